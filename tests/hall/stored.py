"""A writer on SQLite or PostgreSQL with the verbs of the people in the tests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from trainer.hall.answers import count_answers
from trainer.hall.clock import from_iso
from trainer.hall.database import Database, address
from trainer.hall.desk import Caller
from trainer.hall.operations import Release
from trainer.hall.policy import Policy
from trainer.hall.reading import Reading
from trainer.hall.refusals import Refused
from trainer.hall.saving import Save
from trainer.hall.signing import Signer
from trainer.hall.submitting import Submit
from trainer.hall.writer import Writer

COURSE, PAPER = "dangwu", "leitai-A"
NINE, TEN = from_iso("2026-03-01T09:00:00+08:00"), from_iso("2026-03-01T10:00:00+08:00")
TIMES = {"opens": "2026-03-01T09:00:00+08:00", "closes": "2026-03-01T10:00:00+08:00"}
SIGNER = Signer(b"\x07" * 32)


class Store:
    """A writer with the verbs of the people in the tests."""

    def __init__(self, writer: Writer, database: Database, notebook: Callable[..., bytes]) -> None:
        self.writer, self.database, self.notebook = writer, database, notebook

    async def release(self, moment: int = NINE, **rules: Any) -> bool:
        files = {"p.ipynb": self.notebook()}
        return await self.writer.put(
            Release(Caller("chen", "here", moment), COURSE, PAPER, files, rules, False, 100)
        )

    def submission(self, who: str, moment: int, *answers: str) -> Submit:
        files = {"p.ipynb": self.notebook(*answers)}
        cells = self.writer.catalogue.find(COURSE, PAPER).cells
        return Submit.of(Caller(who, "here", moment), COURSE, PAPER, files, count_answers(files, cells))

    async def submit(self, who: str, moment: int, *answers: str) -> dict[str, Any]:
        return json.loads((await self.writer.put(self.submission(who, moment, *answers))).receipt)

    async def save(self, who: str, moment: int, cell: str, said: str) -> None:
        await self.writer.put(
            Save(Caller(who, "here", moment), COURSE, PAPER, cell, said, bool(said), len(said))
        )

    def reading(self, moment: int = TEN) -> Reading:
        return Reading(self.database.readers, self.writer.catalogue, moment, instruct=True)

    def collection(self, *, include_saved: bool = False, moment: int = TEN) -> dict[str, Any]:
        found = self.reading(moment).collection(self.writer.catalogue.find(COURSE, PAPER), include_saved)
        return {one["user"]: one for one in found["users"]}

    def scalar(self, query: str) -> Any:
        with self.database.readers.begin() as connection:
            return connection.scalar(text(query))


@asynccontextmanager
async def opened(url: str, notebook: Callable[..., bytes], policy: Policy = Policy()) -> AsyncIterator[Store]:  # noqa: B008
    database = Database(address(url))
    writer = Writer(database, SIGNER, policy)
    try:
        yield Store(writer, database, notebook)
    finally:
        await writer.close()
        database.close()


async def refusal(waiting: Any) -> str:
    """The code of the refusal."""
    with pytest.raises(Refused) as raised:
        await waiting
    assert str(raised.value).endswith("。")
    return raised.value.code
