"""Verbs in worker processes: one at a time, watched, and visible to every instructor.

nbgrader's API keeps global state and is not for threads; in a process of its own a verb is exactly what the command line
runs. A worker dies with the console (its standard input closes), and whatever it was doing is as safe as after a kill of
the command line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from trainer.console.catalogue import NEEDS_HALL, TITLES
from trainer.console.journal import Journal
from trainer.console.place import Place
from trainer.console.records import FILES, GIVEN, LOG, Record, read_records
from trainer.errors import Conflict, NotFound, TrainerError
from trainer.workflow.inside import open_inside
from trainer.workflow.turns import refuse_if_busy

log = logging.getLogger("trainer.console")

_KEPT = 60
_LONGEST_LINE = 16 * 1024 * 1024
_ENDING_SECONDS = 10.0
_INTERRUPTED = "做到一半被中断了（程序被结束，或者服务器重新启动）。已经做完的都在，没有做完的没有改动；再做一次即可接着做。"
_STOPPED = "被{name}停下了。已经做完的都在，没有做完的没有改动；再做一次即可接着做。"
_NO_FILE = "没有这个文件：可能已经下载过（密码条只能由制作的人下载一次），或者太久以前，已经清理了。"
#: What a worker has no business with. Only verbs that talk to the hall get the token that opens it.
_HUBS = ("JUPYTERHUB_", "CONFIGPROXY_")


@dataclass(frozen=True)
class Order:
    """A verb to be run. ``given`` are its arguments as JSON, ``upload`` a file that came with it (name, content)."""

    verb: str
    about: str
    who: str
    name: str
    given: Mapping[str, Any] = field(default_factory=dict)
    upload: tuple[str, bytes] | None = None


class Jobs:
    """The jobs of one course: at most one runs, the last ones are remembered."""

    def __init__(self, place: Place, journal: Journal) -> None:
        """Reads what was; a job that was running when the console ended was interrupted."""
        self._place, self._journal = place, journal
        self._records = {record.id: record for record in read_records(place.jobs)}
        self._process: asyncio.subprocess.Process | None = None
        self._current: Record | None = None
        self._watching: asyncio.Task[None] | None = None
        for record in self._records.values():
            if record.running:
                self._end(record, {"end": "interrupted", "message": _INTERRUPTED})
            shutil.rmtree(record.folder / GIVEN, ignore_errors=True)

    # -- looking -------------------------------------------------------------------------------------------------------

    @property
    def current(self) -> Record | None:
        """The job that runs now."""
        return self._current

    def newest_first(self) -> list[Record]:
        return sorted(self._records.values(), key=lambda record: record.id, reverse=True)

    def last(self, verb: str, about: str) -> Record | None:
        """The last job of a verb on something that was not cut short."""
        fitting = (r for r in self.newest_first() if (r.verb, r.about, r.state) == (verb, about, "done"))
        return next(fitting, None)

    def find(self, job: str) -> Record:
        """Raises NotFound."""
        record = self._records.get(job)
        if record is None:
            raise NotFound("没有这项操作的记录，可能太久以前，已经清理了。")
        return record

    # -- doing ---------------------------------------------------------------------------------------------------------

    async def start(self, order: Order) -> Record:
        """Begin a verb. Raises Conflict while another one runs, here or on the command line."""
        if self._current is not None:
            running = self._current
            since = datetime.fromisoformat(running.started)
            raise Conflict(
                f"正在进行：{running.title}（{running.name}，{since:%H:%M} 开始）。同一时间只能做一件，请等它做完再试。"
            )
        refuse_if_busy(self._place.root)
        record = self._prepared(order)
        self._current = record
        try:
            self._process = await self._spawn(record, order)
        except OSError as error:
            self._current = None
            self._end(
                record, {"end": "defect", "message": "工作进程启动不了，什么也没有做。请告诉技术人员。"}
            )
            raise TrainerError("工作进程启动不了，什么也没有做。请告诉技术人员查看日志。") from error
        self._watching = asyncio.create_task(self._watch(record, self._process))
        return record

    def stop(self, record: Record, who: str, name: str) -> None:
        """End a running job at once; nothing happens to one that has ended."""
        if record is self._current and self._process is not None and record.running:
            self._end(record, {"end": "interrupted", "message": _STOPPED.format(name=name)}, by=who)
            _kill(self._process)

    async def close(self) -> None:
        """End what runs: the console is ending."""
        if self._process is not None and self._watching is not None:
            _kill(self._process)
            await asyncio.wait([self._watching], timeout=_ENDING_SECONDS)

    def open_file(self, record: Record, name: str) -> BinaryIO:
        """A file that a job made for everybody. Raises NotFound."""
        entry = record.file(name)
        if entry is None or entry["private"]:
            raise NotFound(_NO_FILE)
        return open_inside(record.folder, FILES, name)

    def take_file(self, record: Record, name: str, who: str) -> BinaryIO:
        """A private file: for whoever started the job, and only once; from then on it is nowhere. Raises NotFound."""
        entry = record.file(name)
        if entry is None or not entry["private"] or who != record.who:
            raise NotFound(_NO_FILE)
        mine = record.folder / f"taken-{secrets.token_hex(4)}"
        try:
            (record.folder / FILES / name).rename(mine)  # of two who ask at once, one gets it
        except FileNotFoundError:
            raise NotFound(_NO_FILE) from None
        file = mine.open("rb")
        mine.unlink()
        record.add({"taken": name})
        self._journal.note(who, "下载", {"job": record.id, "file": name}, "ok", _now())
        return file

    # -- the worker ----------------------------------------------------------------------------------------------------

    def _prepared(self, order: Order) -> Record:
        at = _now()
        job = f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        record = Record(job, self._place.jobs / job)
        for folder in (record.folder, record.folder / FILES, record.folder / GIVEN):
            folder.mkdir(mode=0o700)
        if order.upload is not None:
            (record.folder / GIVEN / order.upload[0]).write_bytes(order.upload[1])
        title = TITLES[order.verb] + (f" {order.about}" if order.about else "")
        begin = {
            "verb": order.verb,
            "title": title,
            "about": order.about,
            "who": order.who,
            "name": order.name,
        }
        self._journal.note(order.who, title, {"job": job, **order.given}, "begin", at)
        record.add({"begin": begin | {"started": at.isoformat(timespec="seconds")}})
        self._records[job] = record
        self._forget()
        return record

    async def _spawn(self, record: Record, order: Order) -> asyncio.subprocess.Process:
        request = {
            "verb": order.verb,
            "title": record.title,
            "name": record.name,
            "data": str(self._place.data),
            "course": self._place.folder,
            "job": str(record.folder),
            "given": dict(order.given),
        }
        with (record.folder / LOG).open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "trainer.console.job"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=_LONGEST_LINE,
                cwd=self._place.root,
                env=_environment(order.verb),
                start_new_session=True,
            )
        assert process.stdin is not None
        # Standard input stays open: that it closes tells the worker that the console is gone.
        process.stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
        return process

    async def _watch(self, record: Record, process: asyncio.subprocess.Process) -> None:
        """Until the worker is gone: a job has ended when the next one can begin."""
        assert process.stdout is not None
        final: Mapping[str, Any] = {"end": "interrupted", "message": _INTERRUPTED}
        try:
            async for line in process.stdout:
                event = json.loads(line)
                if "end" in event:
                    final = event
                elif record.running:
                    record.add(event)
        except (ValueError, KeyError):
            log.exception("Job %s said something that cannot be read", record.id)
        finally:
            _kill(process)
            await process.wait()
            if record.running:
                self._end(record, final)
            shutil.rmtree(record.folder / GIVEN, ignore_errors=True)
            self._current = self._process = None

    def _end(self, record: Record, event: Mapping[str, Any], by: str = "") -> None:
        at = _now()
        record.add({**event, "at": at.isoformat(timespec="seconds")})
        detail = {"job": record.id, "message": record.message[:500]}
        self._journal.note(by or record.who, record.title, detail, record.state, at)
        log.info("%s by %s: %s", record.title, record.who, record.state)

    def _forget(self) -> None:
        for record in self.newest_first()[_KEPT:]:
            if not record.running:
                del self._records[record.id]
                shutil.rmtree(record.folder, ignore_errors=True)


def _environment(verb: str) -> dict[str, str]:
    token = {"JUPYTERHUB_API_TOKEN"} if verb in NEEDS_HALL else set()
    return {name: value for name, value in os.environ.items() if name in token or not name.startswith(_HUBS)}


def _kill(process: asyncio.subprocess.Process) -> None:
    """The worker and all that it started: it leads a session of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _now() -> datetime:
    return datetime.now().astimezone()
