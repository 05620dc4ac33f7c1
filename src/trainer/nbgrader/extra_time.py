"""How long after the due date each person was still in time, as the hall had it when their work was collected.

Kept beside the ledger of grading, so that grading knows who is late without asking anybody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from trainer.people.replacing import replace_file


def _path(course: Path, assignment: str) -> Path:
    return course / ".trainer" / f"extra-time-{assignment}.json"


def write_extra_time(course: Path, assignment: str, seconds: Mapping[str, int]) -> None:
    """Remember these people's extra seconds; others stay as they were."""
    known = {
        account: int(extra.total_seconds()) for account, extra in read_extra_time(course, assignment).items()
    }
    path = _path(course, assignment)
    path.parent.mkdir(exist_ok=True)
    replace_file(path, json.dumps({**known, **seconds}, ensure_ascii=False, sort_keys=True).encode())


def read_extra_time(course: Path, assignment: str) -> dict[str, timedelta]:
    """Extra time by account; empty when the assignment was not collected from a hall."""
    try:
        known = json.loads(_path(course, assignment).read_bytes())
        return {str(account): timedelta(seconds=seconds) for account, seconds in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
