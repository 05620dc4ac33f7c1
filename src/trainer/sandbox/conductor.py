"""Have the cells of one submission run and its tests evaluated, in their order, whatever the submission tries.

The trainee's process runs the cells; the tests' process evaluates the tests, and what it asks goes through here. Only the
latter's word decides marks. This side reads nothing of the former's answers but the outputs to be shown.
"""

from __future__ import annotations

import base64
import re
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from trainer.sandbox.frames import ANSWER, ASK, OUTCOME, RUN, Gone, pack, unpack
from trainer.sandbox.outputs import OutputReader, error
from trainer.sandbox.sandbox import Fork, Sandbox

#: How long a cell that was interrupted may take to come to an end.
_GRACE_SECONDS = 2.0
#: How often a submission whose process ended is given a new one for its other cells.
_RESTARTS = 3
_SENDING_SECONDS = 30.0
#: Words of code that will want pandas or matplotlib. Only a guess about what is cheaper: all else imports them itself.
_TABLES = re.compile(r"\b(?:np|numpy|pd|pandas|plt|matplotlib|pyplot|seaborn|scipy)\b")


class Ending(Enum):
    """How a cell came to its end."""

    FINE = "fine"
    FAILED = "failed"  # an exception
    SLOW = "slow"  # out of time
    LOST = "lost"  # its process ended
    LEFT_OUT = "left out"  # not run: too much had gone wrong before


@dataclass(frozen=True)
class Cell:
    """A code cell. A ``test`` is evaluated apart from the others; ``starter`` is the paper's own text of the answer cell that it
    tests, whose imports it may count on.
    """

    source: str
    test: bool = False
    starter: str = ""


@dataclass(frozen=True)
class Ran:
    """What became of a cell: outputs as nbformat has them, its execution count, and in Chinese why it ended badly, if it did."""

    ending: Ending
    outputs: list[dict[str, Any]] = field(default_factory=list)
    count: int | None = None
    reason: str = ""


def run_cells(sandbox: Sandbox, cells: Sequence[Cell], files: Mapping[str, bytes] | None = None) -> list[Ran]:
    """What became of each cell, in order. ``files`` (relative path → content) are put beside the code first.

    Raises NoSandbox, TrainerError; never because of anything in a cell.
    """
    tables = any(_TABLES.search(text) for cell in cells for text in (cell.source, cell.starter))
    conductor = _Conductor(sandbox, files or {}, tables)
    try:
        return [conductor.run(cell) for cell in cells]
    finally:
        conductor.close()


class _Conductor:
    def __init__(self, sandbox: Sandbox, files: Mapping[str, bytes], tables: bool) -> None:
        self._sandbox, self._files, self._tables = sandbox, files, tables
        self._limits = sandbox.limits
        self._until = time.monotonic() + self._limits.total_seconds
        self._trainee: Fork | None = None
        self._evaluator: Fork | None = None
        self._outputs = OutputReader()
        self._count = 0
        self._done: list[dict[str, Any]] = []
        self._starts = 0
        self._reason = ""

    def close(self) -> None:
        for fork in (self._trainee, self._evaluator):
            if fork is not None:
                fork.end()

    def run(self, cell: Cell) -> Ran:
        if not cell.source.strip():
            return Ran(Ending.FINE)
        self._count += 1
        return self._test(cell) if cell.test else self._cell(cell)

    # -- cells of the trainee's --------------------------------------------------------------------------------------------

    def _cell(self, cell: Cell) -> Ran:
        order = {"source": cell.source, "count": self._count}
        fork = self._ready()
        if fork is None:
            return Ran(Ending.LEFT_OUT, [], None, self._reason)
        payload, reason = self._ask(fork, RUN, pack(order), self._cell_deadline())
        if payload is None:
            return Ran(Ending.LOST, [error("DeadKernelError", reason)], self._count, reason)
        outputs = self._outputs.read(payload, self._count)
        if any(output.get("ename") == "MemoryError" for output in outputs):
            # What it filled up may never be let go: the other answers get a process with room.
            fork.end()
            self._trainee = None
        elif not reason:
            self._done.append(order)
        if reason:
            # As nbgrader shows it, with a sentence that says what happened.
            outputs = [output for output in outputs if output["output_type"] != "error"]
            return Ran(Ending.SLOW, [*outputs, error("CellTimeoutError", reason)], self._count, reason)
        failed = [output for output in outputs if output["output_type"] == "error"]
        return Ran(Ending.FAILED if failed else Ending.FINE, outputs, self._count)

    def _ask(self, fork: Fork, kind: bytes, payload: bytes, deadline: float) -> tuple[bytes | None, str]:
        """The answer of the trainee's process, and why it is late; None when the process is lost, and why."""
        slow = ""
        try:
            fork.channel.send(kind, payload, time.monotonic() + _SENDING_SECONDS)
            try:
                _, answer = fork.channel.receive(deadline)
            except TimeoutError:
                slow = f"运行超过 {self._limits.cell_seconds:g} 秒，已停止。"
                fork.interrupt()
                _, answer = fork.channel.receive(time.monotonic() + _GRACE_SECONDS)
        except Gone:
            return None, self._lost(slow, gone=True)
        except TimeoutError:
            return None, self._lost(slow or "程序不再应答，已停止。", gone=False)
        return answer, slow

    def _ready(self) -> Fork | None:
        """The trainee's process. One that was lost is replaced, as long as there is time: the other cells are run again in a
        new one, so that one answer's end is not that of all.
        """
        if self._trainee is None and self._starts <= _RESTARTS and time.monotonic() < self._until:
            self._starts += 1
            fork = self._trainee = self._sandbox.start("trainee", tables=self._tables)
            again = [{"files": {name: base64.b64encode(data).decode() for name, data in self._files.items()}}]
            for order in [*(again if self._files else []), *self._done]:
                if self._ask(fork, RUN, pack(order), self._cell_deadline())[0] is None:
                    break
        return self._trainee

    def _cell_deadline(self) -> float:
        return min(time.monotonic() + self._limits.cell_seconds, max(self._until, time.monotonic() + 0.1))

    def _lost(self, why: str, *, gone: bool) -> str:
        fork, self._trainee = self._trainee, None
        assert fork is not None
        self._reason = why or _why(fork.end(gone=gone), self._limits.memory)
        if why:
            fork.end()
        return self._reason

    # -- tests -------------------------------------------------------------------------------------------------------------

    def _test(self, cell: Cell) -> Ran:
        self._ready()
        if self._evaluator is None:
            self._evaluator = self._sandbox.start("evaluator", tables=self._tables)
        channel = self._evaluator.channel
        deadline = self._cell_deadline()
        reason = "" if self._trainee else self._reason
        order = {"source": cell.source, "starter": cell.starter, "count": self._count}
        try:
            channel.send(RUN, pack(order), deadline)
            kind, payload = channel.receive(deadline + _GRACE_SECONDS)
            while kind == ASK:
                answer, why = self._relay(payload, deadline, stopped=bool(reason))
                reason = reason or why
                channel.send(ANSWER, answer, deadline + 2 * _GRACE_SECONDS)
                kind, payload = channel.receive(deadline + 2 * _GRACE_SECONDS)
            outputs = unpack(payload) if kind == OUTCOME else None
        except (Gone, TimeoutError):
            outputs = None
        if not isinstance(outputs, list):
            self._evaluator.end()
            self._evaluator = None
            reason = reason or f"测试没有在 {self._limits.cell_seconds:g} 秒内做完，或者数据太大，已停止。"
            return Ran(Ending.SLOW, [error("CellTimeoutError", reason)], self._count, reason)
        failed = [output for output in outputs if output["output_type"] == "error"]
        return Ran(Ending.FAILED if failed else Ending.FINE, outputs, self._count, reason if failed else "")

    def _relay(self, payload: bytes, deadline: float, *, stopped: bool) -> tuple[bytes, str]:
        """Bring a question of the tests' to the trainee's process: its answer unread, and why there is none."""
        if stopped or self._trainee is None:
            return pack({"error": ["RuntimeError", self._reason or "学员的程序已停止。"]}), ""
        answer, why = self._ask(self._trainee, ASK, payload, deadline)
        return (pack({"error": ["RuntimeError", why]}) if answer is None or why else answer), why


def _why(end: Mapping[str, Any], memory: int) -> str:
    """Why a process ended, for its author."""
    status = end["status"]
    if end["too_much"]:
        return f"占用的内存或磁盘超过上限（内存 {memory >> 20} MB），已停止。"
    if end["out_of_time"]:
        return "用完了处理器时间，已停止。"
    if status is None:
        return "程序破坏了和阅卷程序之间的联系，已停止。"
    if status >= 0:
        return f"程序自己退出了（退出码 {status}），后面没有运行。"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = str(-status)
    return f"程序崩溃了（{name}），后面没有运行。"
