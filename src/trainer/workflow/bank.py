"""Check a question bank and count what it covers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.bank.reader import Bank, read_bank
from trainer.bank.schema import bank_schema
from trainer.kinds.base import all_kinds
from trainer.model.question import Status

#: Difficulty bands by expected facility, as instructors speak of them.
BANDS = ("易", "中", "难")


def band(facility: float) -> str:
    """易 from 0.8, 难 below 0.6, 中 between."""
    return BANDS[0] if facility >= 0.8 else BANDS[2] if facility < 0.6 else BANDS[1]


@dataclass(frozen=True)
class Coverage:
    """How many reviewed questions there are by topic × kind × difficulty band."""

    topics: dict[str, str]
    kinds: dict[str, str]
    counts: Counter[tuple[str, str, str]]
    drafts: int
    retired: int

    def cell(self, topic: str | None, kind: str | None, difficulty: str | None = None) -> int:
        """Questions of a topic, kind and band; None for any."""
        return sum(
            count
            for (t, k, d), count in self.counts.items()
            if topic in (None, t) and kind in (None, k) and difficulty in (None, d)
        )


def check_bank(folder: Path) -> Bank:
    """Read the bank strictly. Raises ProblemsFound with everything that is wrong."""
    return read_bank(folder)


def coverage(bank: Bank) -> Coverage:
    """What the bank covers."""
    counts: Counter[tuple[str, str, str]] = Counter()
    statuses = Counter(entry.question.status for entry in bank.entries)
    for entry in bank.eligible():
        counts[entry.topic, entry.question.kind, band(entry.question.facility)] += 1
    return Coverage(
        topics=dict(bank.topics),
        kinds={name: kind.title for name, kind in all_kinds().items()},
        counts=counts,
        drafts=statuses[Status.DRAFT],
        retired=statuses[Status.RETIRED],
    )


def write_schema(path: Path) -> dict[str, Any]:
    """Write the JSON Schema of question files, for editors."""
    schema = bank_schema()
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    beside.replace(path)
    return schema
