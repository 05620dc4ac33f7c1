"""Jobs: what runs, what ran, and what came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from trainer.console.boards import attach
from trainer.console.pages import Page
from trainer.console.records import Record

_CHUNK = 256 * 1024


class JobsPage(Page):
    """The last jobs of everybody."""

    async def view(self, *_names: str) -> None:
        self.show("jobs.html", records=self.console.jobs.newest_first())


class JobPage(Page):
    """One job: its progress, then its outcome."""

    async def view(self, *names: str) -> None:
        record = self.console.jobs.find(names[0])
        self.show("job.html", record=record, files=self._files(record))

    def _files(self, record: Record) -> list[tuple[str, bool, str]]:
        """(name, whether it can be had only once, why not or "") of what there is to download."""
        return [(entry["name"], entry["private"], self._refusal(record, entry)) for entry in record.files]

    def _refusal(self, record: Record, entry: dict[str, object]) -> str:
        if not entry["private"]:
            return ""
        if entry["name"] in record.taken:
            return "已经下载过，只能下载一次"
        return "" if record.who == self.account else f"只给{record.name}下载"


class JobData(Page):
    """The same for the script."""

    scripted = True

    async def view(self, *names: str) -> None:
        self.finish(self.console.jobs.find(names[0]).shown())


class JobStop(Page):
    """End a job that runs."""

    async def act(self, *names: str) -> None:
        record = self.console.jobs.find(names[0])
        self.console.jobs.stop(record, self.account, self.person)
        self.go(f"jobs/{record.id}")


class JobFile(Page):
    """Something that a job made: got by a link, or, if it can be had only once, by a button."""

    async def view(self, *names: str) -> None:
        record = self.console.jobs.find(names[0])
        await self._send(lambda: self.console.jobs.open_file(record, names[1]), names[1])

    async def act(self, *names: str) -> None:
        record = self.console.jobs.find(names[0])
        await self._send(lambda: self.console.jobs.take_file(record, names[1], self.account), names[1])

    async def _send(self, opened: Callable[[], BinaryIO], name: str) -> None:
        with await self.aside(opened) as file:
            attach(self, name)
            while chunk := await self.aside(lambda: file.read(_CHUNK)):
                self.write(chunk)
                await self.flush()
        self.finish()
