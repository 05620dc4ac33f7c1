"""Run cells as a Jupyter kernel runs them, and collect what they show as notebook outputs.

One shell is made in the warm process; every fork has its own copy. Runs inside the sandbox, beside the code that it runs:
nothing here decides marks.
"""

from __future__ import annotations

import ast
import base64
import builtins
import fcntl
import io
import linecache
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import CodeType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

_FRAMES = 8
_LONGEST_ERROR = 4000
CUT = "……输出太多，后面的没有保留……\n"

Output = dict[str, Any]


class Collector:
    """The outputs of one cell, in their order; what goes beyond the limits is left out and said."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self._most, self._most_figures = 0, 0
        self._cut = False

    def begin(self, most: int, most_figures: int) -> None:
        self.outputs, self._most, self._most_figures, self._cut = [], most, most_figures, False

    def stream(self, name: str, text: str) -> None:
        if self._cut or not text:
            return
        if len(text) > self._most:
            text, self._cut = text[: self._most] + CUT, True
        self._most -= len(text)
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["parts"].append(text)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "parts": [text]})

    def rich(
        self, kind: str, data: dict[str, Any], metadata: dict[str, Any], count: int | None = None
    ) -> None:
        clean = {mime: _clean(value) for mime, value in data.items()}
        size = sum(len(value) for value in clean.values() if isinstance(value, str))
        text = clean.get("text/plain")
        if size > self._most_figures:
            clean = {"text/plain": (text[:1000] if isinstance(text, str) else "") + CUT}
        self._most_figures -= size
        output: Output = {"output_type": kind, "data": clean, "metadata": _clean(metadata)}
        self.outputs.append(output if count is None else output | {"execution_count": count})

    def error(self, name: str, value: str, lines: list[str]) -> None:
        self.outputs.append({"output_type": "error", "ename": name, "evalue": value, "traceback": lines})

    def finished(self) -> list[Output]:
        """The outputs as nbformat has them."""
        for output in self.outputs:
            if "parts" in output:
                output["text"] = "".join(output.pop("parts"))
        return self.outputs


class _Stream(io.TextIOBase):
    """What ``print`` writes to."""

    encoding = "utf-8"

    def __init__(self, collector: Collector, name: str, descriptor: int) -> None:
        self._collector, self._name, self._descriptor = collector, name, descriptor

    def write(self, text: str) -> int:
        self._collector.stream(self._name, str(text))
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor


class _ShowResult(DisplayHook):
    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        shell: Any = self.shell
        shell.collector.rich("execute_result", format_dict, md_dict or {}, shell.number)

    def finish_displayhook(self) -> None:
        pass


class _Publisher(DisplayPublisher):
    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        self.shell.collector.rich("display_data", data, metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.collector.outputs.clear()


class Shell(InteractiveShell):
    """An IPython shell whose outputs are collected, as ipykernel's are sent."""

    displayhook_class = Type(_ShowResult)
    display_pub_class = Type(_Publisher)
    collector: Collector
    #: The execution count of the cell that is running.
    number = 0

    def init_io(self) -> None:
        self.collector = Collector()

    def system(self, cmd: str) -> None:
        """``!command``: there is no terminal in here."""
        command = self.var_expand(cmd, depth=1)  # type: ignore[no-untyped-call]
        done = subprocess.run(["/bin/sh", "-c", command], check=False, stdin=subprocess.DEVNULL)
        self.user_ns["_exit_code"] = done.returncode

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Nothing: IPython would render each exception a second time, for a history that is not kept."""
        return {}

    def _tee(self, *_: Any, **__: Any) -> Any:
        """Nothing: IPython would keep all that is printed a second time, without any limit."""
        return nullcontext()

    def ask_exit(self) -> None:
        """``exit`` in a cell ends nothing."""

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        kind, value, trace = exc_tuple or sys.exc_info()
        if kind is not None:
            self.collector.error(*rendered(kind, value, trace))

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        self.showtraceback()

    def showindentationerror(self) -> None:
        self.showtraceback()


def make_shell() -> Shell:
    """The shell of this process, with no files and no history."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell: Shell = Shell.instance(config=config)
    builtins.input = _no_input
    return shell


def warm_up(shell: Shell) -> None:
    """Run a little of everything, so that what IPython makes at first use is made once, and not in each fork."""
    for number, source in enumerate(_WARMING, 1):
        run_cell(shell, source, number, (1000, 1000))
    shell.reset(new_session=True)  # type: ignore[no-untyped-call]
    shell.last_execution_succeeded, shell.last_execution_result = True, None
    sys.last_type = sys.last_value = sys.last_traceback = None


_WARMING = ("1", "1 / 0", "x = 2", "print(1)", "def (", "def f():\n    return [1]\nf()", "%pwd")


def _no_input(*_: object) -> str:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


class Streams:
    """Standard output and error of this process: what Python prints, and what programs write to the descriptors."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._files = {name: os.memfd_create(name) for name in ("stdout", "stderr")}
        for number, (name, file) in enumerate(self._files.items(), 1):
            fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)
            os.dup2(file, number)
            setattr(sys, name, _Stream(shell.collector, name, number))

    def collect(self) -> None:
        """Add what was written to the descriptors since the last time."""
        for name, file in self._files.items():
            size = os.fstat(file).st_size
            if size:
                text = os.pread(file, min(size, 1 << 20), 0).decode("utf-8", "replace")
                os.ftruncate(file, 0)
                self._shell.collector.stream(name, text)


def run_cell(shell: Shell, source: str, count: int, most: tuple[int, int]) -> None:
    """Run one cell under its execution count; characters of text and of figures that it may show in ``most``.

    Its outputs are in the shell's collector then.
    """
    shell.execution_count = shell.number = count
    shell.collector.begin(*most)
    name = shell.compile.cache(source, count, source)
    statements = None if shell.ast_transformers else _statements(source, name)
    with interruptible():
        try:
            if statements is None:
                shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
            else:
                # What IPython does with such a cell, at a fifth of the cost.
                history: Any = shell.history_manager
                history.store_inputs(count, source, source)
                exec(statements, shell.user_ns)  # noqa: S102 -- this is what the sandbox is for
        except BaseException:  # noqa: BLE001 -- whatever ends a cell is shown
            shell.showtraceback()
        if statements is not None:
            shell.events.trigger("post_execute")


def _statements(source: str, name: str) -> CodeType | None:
    """The code of a cell that is plain Python and shows no value at its end; None for one that needs IPython."""
    try:
        tree = ast.parse(source)
        if not tree.body or isinstance(tree.body[-1], ast.Expr):
            return None
        code: CodeType = compile(tree, name, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return code


@contextmanager
def interruptible() -> Iterator[None]:
    """Within, SIGINT raises KeyboardInterrupt; outside it is nothing, whatever handlers the code had left behind."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def rendered(kind: type[BaseException], value: Any, trace: Any) -> tuple[str, str, list[str]]:
    """An exception as an ``error`` output: its name, its text, the lines of its traceback.

    Only frames of cells, with the one line each; IPython's coloured surroundings cost more than running the cell.
    """
    name = getattr(kind, "__name__", "Exception")
    text = _safe_text(value)
    lines = ["Traceback (most recent call last):"]
    try:
        frames = [(frame, line) for frame, line in traceback.walk_tb(trace) if _number(frame)]
        for frame, line in frames[-_FRAMES:]:
            code = linecache.getline(frame.f_code.co_filename, line).rstrip()[:500]
            lines += [
                f"Cell In[{_number(frame)}], line {line}, in {frame.f_code.co_name}",
                f"----> {line} {code}",
            ]
        if issubclass(kind, SyntaxError):
            lines += [f"  line {value.lineno}: {str(value.text or '').rstrip()[:500]}"]
    except Exception:  # noqa: BLE001 -- the exception is the trainee's own class: anything may happen
        lines = lines[:1]
    return str(name)[:200], text, [*lines, f"{name}: {text}" if text else str(name)]


def _number(frame: Any) -> str:
    """The execution count of the cell that a frame belongs to, "" for the frame of a library."""
    name = str(frame.f_code.co_filename)
    return name.split("-")[2] if name.startswith("<ipython-input-") else ""


def _safe_text(value: Any) -> str:
    try:
        return str(value)[:_LONGEST_ERROR]
    except Exception:  # noqa: BLE001 -- __str__ is the trainee's own
        return "（这个错误没有文字）"


def _clean(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(key): _clean(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(part) for part in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)[:1000]
