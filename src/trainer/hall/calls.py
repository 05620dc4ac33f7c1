"""One request of the API, once its body is complete: what it says, who asks, and the parts that it works with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine

from trainer.hall.answers import read_json
from trainer.hall.bundle import BadBundle, Files, Limits, from_json
from trainer.hall.catalogue import Released
from trainer.hall.desk import Caller
from trainer.hall.identity import Asker
from trainer.hall.operations import Note
from trainer.hall.policy import Policy
from trainer.hall.reading import Reading
from trainer.hall.refusals import Refused, invalid, no_assignment
from trainer.hall.writer import Writer

Value = TypeVar("Value")


@dataclass(frozen=True)
class Hall:
    """The parts that endpoints work with."""

    writer: Writer
    readers: Engine
    policy: Policy
    key_id: str


@dataclass(slots=True)
class Call:
    """One request, its body complete. ``names`` are the decoded parts of the path that the route leaves open."""

    hall: Hall
    asker: Asker
    caller: Caller
    names: tuple[str, ...]
    query: dict[str, str]
    body: bytes | bytearray

    def released(self) -> Released:
        """The assignment of the path. Raises Refused (404)."""
        return self.hall.writer.catalogue.find(self.names[0], self.names[1])

    async def known(self) -> Released:
        """The same for whoever it is for, instructors, and those who once fetched it or handed it in. Raises Refused (404)."""
        released, who = self.released(), self.asker
        if who.instruct or released.rules.is_for(who.name):
            return released
        if not await self.read(lambda store: store.worked(released, who.name)):
            raise no_assignment(released.course, released.name)
        return released

    async def read(self, query: Callable[[Reading], Value]) -> Value:
        """Run a query on a thread."""
        hall = self.hall
        reading = Reading(hall.readers, hall.writer.catalogue, self.caller.arrived, self.asker.instruct)
        return await asyncio.to_thread(query, reading)

    def json(self) -> dict[str, Any]:
        """The body's object. Raises Refused (422)."""
        try:
            value = read_json(self.body.decode("utf-8"))
        except ValueError:
            raise invalid("请求的内容不是完整的 JSON，或者结构多得不正常。", "json") from None
        if not isinstance(value, dict):
            raise invalid("请求的内容应是一个 JSON 对象。", "json")
        return value

    def files(self, body: dict[str, Any], most: int) -> Files:
        """The bundle of a decoded body. Raises Refused (422)."""
        try:
            return from_json(body.get("files"), Limits(files=self.hall.policy.files, total=most))
        except BadBundle as error:
            raise invalid(str(error), "files") from None

    def whose(self) -> str | None:
        """The person asked about: trainees only themselves, instructors anybody or (None) all. Raises Refused (403)."""
        named = self.query.get("user")
        if self.asker.instruct:
            return named
        if named not in (None, self.asker.name):
            raise Refused(403, "not-yours", "这是别人的，不能看。")
        return self.asker.name

    async def noted(self, what: str, detail: str = "") -> None:
        """Add an audit line about something read. The reading goes on when the line cannot be written."""
        course, assignment = (*self.names, "", "")[:2]
        note = Note(self.caller, what, course, assignment, detail, "ok")
        await asyncio.gather(self.hall.writer.put(note), return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Reply:
    """``body`` is JSON."""

    status: int
    body: bytes


def shown(value: Any, status: int = 200) -> Reply:
    """A value as JSON."""
    return Reply(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))
