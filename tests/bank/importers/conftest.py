"""Made-up sources, read and settled as an import does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.bank.importers.base import Reading, read_source
from trainer.bank.importers.drafts import Draft
from trainer.bank.importers.settle import settle
from trainer.model.regulation import Regulation

REGULATIONS = {
    regulation["id"]: Regulation.model_validate(regulation)
    for regulation in (
        {
            "id": "yangban-2026",
            "name": "中国共产党样板工作细则",
            "short_name": "样板工作细则",
            "issuing_body": "某机关",
            "version": "2026年修订",
            "articles": [1, 2],
            "verified": "虚构",
        },
        {
            "id": "yangban-2014",
            "name": "中国共产党样板工作细则",
            "short_name": "样板工作细则（2014）",
            "issuing_body": "某机关",
            "version": "2014年",
            "replaced_by": "yangban-2026",
            "articles": [1],
            "verified": "虚构",
        },
        {
            "id": "zhangcheng-2022",
            "name": "中国共产党章程",
            "short_name": "党章",
            "issuing_body": "某大会",
            "version": "2022年修改",
            "articles": [1],
            "verified": "虚构",
        },
    )
}


def tiled(reading: Reading) -> Reading:
    """The reading, once every character of every line is known to belong to exactly one piece."""
    at: dict[int, int] = {}
    for piece in sorted(reading.pieces, key=lambda piece: (piece.line, piece.start, piece.end)):
        assert piece.start == at.get(piece.line, 0), (piece, reading.lines[piece.line])
        at[piece.line] = piece.end
        assert piece.question is None or 0 <= piece.question < len(reading.raws)
    assert [at.get(i, 0) for i in range(len(reading.lines))] == [len(line.text) for line in reading.lines]
    return reading


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """Read a text (or bytes) as a file of some name."""

    def run(content: str | bytes, name: str = "题库.txt") -> Reading:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tiled(read_source(path))

    return run


@pytest.fixture
def drafts(read: Callable[..., Reading]) -> Callable[..., list[Draft]]:
    """The drafts that a source gives."""

    def run(content: str | bytes, name: str = "题库.txt") -> list[Draft]:
        reading = read(content, name)
        return [settle(raw, reading.file, REGULATIONS) for raw in reading.raws]

    return run


def options(draft: Draft) -> str:
    """Options in short: ``A甲 B乙``."""
    return " ".join(f"{label}{text}" for label, text in draft.raw.options)
