"""What all verbs of the exchange share: the hall, the course, the trainee's folders, times, and errors in Chinese."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.exchange.abc import Exchange
from traitlets import Bool, Unicode

from trainer.errors import TrainerError, UsageError
from trainer.hall.client import HallBusy, HallClient
from trainer.nbgrader.exchange.folders import read_folder
from trainer.settings import HallExchange

#: What a collected timestamp.txt holds: the one format in which nbgrader reads back the moment that was meant.
_TIMESTAMP = "%Y-%m-%d %H:%M:%S.%f UTC"
_MOST_TRIES = 10

Got = TypeVar("Got")


class HallVerb(HallExchange, Exchange):  # type: ignore[misc]
    """Base of all verbs. Who asks is known to the hall from the token, never from the operating system."""

    path_includes_course = Bool(
        False, help="学员的作业文件夹前面是否加一层课程名，和 nbgrader 原来的设置相同。"
    ).tag(config=True)

    # A course folder that is also used without a hall has these; here they mean nothing, and are no mistake.
    root = Unicode("考场服务", help="nbgrader 原来的交换区文件夹；经考场时不用。").tag(config=True)
    cache = Unicode("", help="nbgrader 原来的缓存文件夹；经考场时不用。").tag(config=True)

    def start(self) -> Any:
        """As nbgrader's. Raises ExchangeError, whose text is the Chinese sentence of what went wrong."""
        try:
            return super().start()
        except TrainerError as error:
            self.fail(str(error))

    def init_src(self) -> None:
        """Nothing to prepare unless a verb says so."""

    def init_dest(self) -> None:
        """Nothing to prepare unless a verb says so."""

    @cached_property
    def client(self) -> HallClient:
        """The hall, as whoever the token in the environment belongs to. Raises TrainerError."""
        return HallClient.from_environment()

    @property
    def course(self) -> str:
        """The course that is meant. Raises UsageError when nothing says so."""
        if not self.coursedir.course_id:
            raise UsageError("没有说是哪个课程。请加 --course=课程编号，或在 nbgrader_config.py 里写明。")
        return str(self.coursedir.course_id)

    @property
    def assignment(self) -> str:
        """The assignment that is meant. Raises UsageError."""
        if not self.coursedir.assignment_id:
            raise UsageError("没有说是哪份作业。请在命令后面写上作业名。")
        return str(self.coursedir.assignment_id)

    @property
    def course_root(self) -> Path:
        """The course folder. (``root`` is what formgrader shows as the place of the exchange.)"""
        return Path(self.coursedir.root)

    def step(self, step: str, account: str, assignment: str) -> Path:
        """One of nbgrader's folders, e.g. ``submitted/<account>/<assignment>``."""
        return Path(self.coursedir.format_path(step, account, assignment))

    def work_folder(self, course: str, assignment: str) -> Path:
        """Where a trainee works on an assignment."""
        parts = (course, assignment) if self.path_includes_course else (assignment,)
        return Path(os.path.abspath(os.path.join(self.assignment_dir, *parts)))  # noqa: PTH100, PTH118 - as nbgrader

    def files_in(self, folder: Path) -> dict[str, bytes]:
        """What nbgrader would have copied of a folder. Raises TrainerError for links, and when it is empty."""
        files = read_folder(folder, self.coursedir)
        if not files:
            raise TrainerError(f"文件夹 {folder.name} 里没有文件，没有什么可交的。")
        return files

    def shown(self, moment: datetime) -> str:
        """A moment as this installation shows it (``c.Exchange.timezone`` and ``timestamp_format``)."""
        try:
            zone = ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("UTC")
        return moment.astimezone(zone).strftime(self.timestamp_format)

    def meant(self, account: str) -> bool:
        """Whether --student means this account; without the option it means everybody."""
        return matches(account, self.coursedir.student_id)


def matches(name: str, pattern: str) -> bool:
    """Whether one of nbgrader's patterns means a name; an empty one means all."""
    return not pattern or fnmatchcase(name, pattern)


def patiently(ask: Callable[[], Got]) -> Got:
    """Ask again, as often as is reasonable, while the hall has too much to do: it says when. Raises HallBusy."""
    for _ in range(_MOST_TRIES - 1):
        try:
            return ask()
        except HallBusy as busy:
            time.sleep(busy.retry_after or 1.0)
    return ask()


def timestamp(moment: datetime) -> str:
    """What stands in timestamp.txt."""
    return moment.astimezone(UTC).strftime(_TIMESTAMP)


def listed(names: Iterable[str], most: int = 10) -> str:
    """Some names in a sentence."""
    known = list(names)
    more = f" 等 {len(known)} 个" if len(known) > most else ""
    return "、".join(known[:most]) + more
