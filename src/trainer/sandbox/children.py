"""The forks of the warm process: started, watched, interrupted, ended with all that they started."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import signal
import socket
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from trainer.sandbox.confine import Place, confine
from trainer.sandbox.evaluator import Evaluator
from trainer.sandbox.frames import Channel, Gone
from trainer.sandbox.limits import Limits
from trainer.sandbox.namespaces import ProcessNamespaces
from trainer.sandbox.trainee import Trainee

TRAINEE, EVALUATOR = "trainee", "evaluator"
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
#: How long a process whose end of the conversation is closed may take to end by itself.
_ENDING_SECONDS = 1.0


@dataclass
class _Child:
    pid: int
    limits: Limits
    folder: Path | None
    status: int | None = None
    too_much: bool = False
    out_of_time: bool = False


class Children:
    """All forks that have not been ended yet, by number."""

    def __init__(self, place: Place, shell: Any, home: Path) -> None:
        self._place, self._shell, self._home = place, shell, home
        self._children: dict[int, _Child] = {}
        self._last = 0
        self._namespaces = ProcessNamespaces() if place.private else None
        self._shared = _own_pages(os.getpid())

    @property
    def running(self) -> bool:
        return bool(self._children)

    def start(self, role: str, limits: dict[str, Any], conversation: int) -> int:
        """Fork a trainee's process or a tests' one, with its end of a conversation. Raises OSError."""
        self._last += 1
        most = Limits(**limits)
        alone = role == EVALUATOR or not self._place.private
        folder = self._home / f"run-{self._last}" if alone else None
        if folder is not None:
            folder.mkdir(mode=0o700)
        private = None if alone else self._namespaces
        if private is not None:
            private.next_child()
        try:
            pid = os.fork()
        except OSError:
            if private is not None:
                private.back()
            raise
        if pid == 0:
            self._be(role, most, folder or self._home, conversation, alone)
        if private is not None:
            private.back()
        self._children[self._last] = _Child(pid, most, folder)
        return self._last

    def interrupt(self, number: int) -> None:
        child = self._children.get(number)
        if child is not None and child.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGINT)

    def end(self, number: int, *, gone: bool = False) -> dict[str, Any]:
        """End a fork and what it started: its exit status (negative: the signal), None if it was still running.

        ``gone`` says that its end of the conversation is closed, so that it is probably ending by itself.
        """
        child = self._children.pop(number)
        if gone:
            self._await(child)
        self._reap(child, os.WNOHANG)
        status = child.status
        if status is None:
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if self._place.unsafe else os.kill)(child.pid, signal.SIGKILL)
            self._reap(child, 0)
        if child.folder is not None:
            shutil.rmtree(child.folder, ignore_errors=True)
        return {"status": status, "too_much": child.too_much, "out_of_time": child.out_of_time}

    def close(self) -> None:
        for number in list(self._children):
            self.end(number)

    def look(self) -> None:
        """End those that use more memory, disk or processor than they may, together with all that they started: no single
        process's limit shows what many use together.
        """
        if self._place.unsafe:
            return
        tree = _Tree()
        for child in self._children.values():
            processes = [child.pid, *tree.below(child.pid)]
            pages = sum(max(0, _own_pages(pid) - self._shared) for pid in processes)
            seconds = sum(tree.seconds.get(pid, 0.0) for pid in processes)
            child.too_much |= pages * _PAGE > child.limits.memory or _size(child.folder) > child.limits.folder
            child.out_of_time |= seconds > child.limits.cpu_seconds
            if child.too_much or child.out_of_time:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)

    @staticmethod
    def _reap(child: _Child, options: int) -> None:
        if child.status is None:
            pid, status, usage = os.wait4(child.pid, options)
            if pid:
                child.out_of_time |= usage.ru_utime + usage.ru_stime >= child.limits.cpu_seconds - 1
                child.status = os.waitstatus_to_exitcode(status)

    def _await(self, child: _Child) -> None:
        until = time.monotonic() + _ENDING_SECONDS
        self._reap(child, os.WNOHANG)
        while child.status is None and time.monotonic() < until:
            time.sleep(0.002)
            self._reap(child, os.WNOHANG)

    def _be(self, role: str, limits: Limits, folder: Path, conversation: int, alone: bool) -> NoReturn:
        """Be the fork. Never comes back."""
        try:
            os.setsid()
            keep = os.dup2(conversation, 3)
            os.closerange(4, os.sysconf("SC_OPEN_MAX"))
            end = Channel(socket.socket(fileno=keep))
            most = limits.output, limits.figures
            conversant = (Evaluator if role == EVALUATOR else Trainee)(self._shell, end, most)
            confine(self._place, limits, folder, alone=alone)
            gc.enable()
            with contextlib.suppress(Gone):
                conversant.run()
        except BaseException:  # noqa: BLE001 -- the fork must not go on as a second warm process
            traceback.print_exc()
        finally:
            os._exit(1)


def _own_pages(pid: int) -> int:
    """Resident pages of a process that are no file's."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return int(resident) - int(shared)


class _Tree:
    """All processes as they are now: whose child each is, and the seconds of processor time that it and those of its
    children that have ended used.
    """

    def __init__(self) -> None:
        self._children: dict[int, list[int]] = {}
        self.seconds: dict[int, float] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    self._add(int(entry.name), (entry / "stat").read_text(errors="replace"))

    def _add(self, pid: int, stat: str) -> None:
        """``stat`` is as proc(5) has it; a name in it may hold anything, also brackets."""
        fields = stat.rpartition(")")[2].split()
        self._children.setdefault(int(fields[1]), []).append(pid)
        self.seconds[pid] = sum(int(ticks) for ticks in fields[11:15]) / _TICKS

    def below(self, pid: int) -> Iterator[int]:
        """The processes that this one started, and those that these started."""
        for child in self._children.get(pid, ()):
            yield child
            yield from self.below(child)


def _size(folder: Path | None) -> int:
    """Bytes of disk that a folder takes."""
    if folder is None:
        return 0
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(f"{place}/{name}").st_blocks * 512
    return total
