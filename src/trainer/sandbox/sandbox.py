"""The grader's end: start the warm process within its walls, and have forks of it run what submissions contain."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from trainer.errors import TrainerError
from trainer.sandbox import landlock, view, walls
from trainer.sandbox.frames import Channel
from trainer.sandbox.limits import Limits
from trainer.sandbox.walls import Protection

#: Importing pandas and matplotlib takes seconds on a slow machine with cold disks.
_READY_SECONDS = 120
_LARGEST = 1 << 16
#: Programs of the environment take the number of processors for the number of threads to start.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class NoSandbox(TrainerError):
    """No protection can be had here, so nothing is run; the text says what to install."""


class Fork:
    """One process in the sandbox, and the conversation with it."""

    def __init__(self, warm: _Warm, number: int, channel: Channel) -> None:
        self._warm, self._number, self.channel = warm, number, channel

    def interrupt(self) -> None:
        """Have KeyboardInterrupt raised in what it runs."""
        self._warm.order({"do": "interrupt", "number": self._number})

    def end(self, *, gone: bool = False) -> dict[str, Any]:
        """End it, and all that it started. See Children.end."""
        self.channel.close()
        return self._warm.order({"do": "end", "number": self._number, "gone": gone})


class Sandbox:
    """Runs code in forks of warm processes, which are started when they are first needed: one with little imported, whose
    forks cost next to nothing, and one with pandas and matplotlib.

    Its methods may be called from several threads at once. ``unsafe`` is the operator's decision to run code without any
    protection where none can be had.
    """

    def __init__(self, limits: Limits, *, unsafe: bool = False) -> None:
        self.limits = limits
        self._warm = {tables: _Warm(unsafe, tables) for tables in (False, True)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def protection(self) -> Protection:
        """What is in force. Raises NoSandbox."""
        return self._warm[False].protection

    def close(self) -> None:
        """End the warm processes and everything in the sandbox."""
        for warm in self._warm.values():
            warm.close()

    @contextmanager
    def fork(self, role: str) -> Iterator[Fork]:
        """A process in the sandbox (``trainee`` or ``evaluator``), ended at the end of the block."""
        fork = self.start(role)
        try:
            yield fork
        finally:
            fork.end()

    def start(self, role: str, *, tables: bool = False) -> Fork:
        """A process in the sandbox, which the caller has to end; with ``tables`` it has pandas and matplotlib at hand.

        Raises NoSandbox, TrainerError.
        """
        ours, theirs = socket.socketpair()
        warm = self._warm[tables]
        try:
            order = {"do": "start", "role": role, "limits": asdict(self.limits)}
            reply = warm.order(order, theirs.fileno())
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return Fork(warm, reply["number"], Channel(ours))


class _Warm:
    """One warm process."""

    def __init__(self, unsafe: bool, tables: bool) -> None:
        self._unsafe, self._tables = unsafe, tables
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._folder: str | None = None
        self._protection: Protection | None = None

    @property
    def protection(self) -> Protection:
        with self._lock:
            self._ready()
            assert self._protection is not None
            return self._protection

    def close(self) -> None:
        """End it and all its forks."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._control = self._folder = self._protection = None

    def order(self, message: dict[str, Any], *descriptors: int) -> dict[str, Any]:
        """Have the warm process do something. Raises NoSandbox, TrainerError."""
        with self._lock:
            control = self._ready()
            try:
                socket.send_fds(control, [json.dumps(message).encode()], descriptors)
                reply = control.recv(_LARGEST)
            except OSError:
                reply = b""
            if not reply:
                self.close()
                raise TrainerError("沙箱意外结束了，请再运行一次；还是这样，请看日志。")
        answer: dict[str, Any] = json.loads(reply)
        if "error" in answer:
            raise TrainerError(f"沙箱没有启动学员的程序：{answer['error']}")
        return answer

    def _ready(self) -> socket.socket:
        if self._control is not None:
            return self._control
        reasons = [walls.missing()]
        if not reasons[0]:
            for with_bubblewrap in (True, False):
                if with_bubblewrap and view.bubblewrap() is None:
                    continue
                reason = self._start(with_bubblewrap=with_bubblewrap)
                if not reason:
                    assert self._control is not None
                    return self._control
                reasons.append(reason)
        if self._unsafe and not self._start(with_bubblewrap=False, unsafe=True):
            assert self._control is not None
            return self._control
        said = "；".join(dict.fromkeys(reason.rstrip("。") for reason in reasons if reason))
        raise NoSandbox(walls.REFUSAL.format(reason=said))

    def _start(self, *, with_bubblewrap: bool, unsafe: bool = False) -> str:
        """Start the warm process; "" or why there is no protection this way."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(_READY_SECONDS)
        self._folder = None if with_bubblewrap else tempfile.mkdtemp(prefix="trainer-sandbox-")
        home = walls.HOME if with_bubblewrap else Path(self._folder or "", "home")
        if self._folder:
            Path(self._folder).chmod(0o711)
        root = os.getuid() == 0 and not unsafe
        place = {
            "uid": walls.NOBODY_ELSE if root else os.getuid(),
            "gid": walls.NOBODY_ELSE if root else os.getgid(),
            "private": with_bubblewrap,
            "nest_users": with_bubblewrap,
            "readable": walls.readable(),
            "folders": walls.folders(),
            "unsafe": unsafe,
        }
        said_to = os.memfd_create("stderr")
        self._process = subprocess.Popen(
            [
                *walls.command(with_bubblewrap=with_bubblewrap),
                sys.executable, "-P", "-m", "trainer.sandbox", str(theirs.fileno()), json.dumps(place), "tables" if self._tables else "plain",
            ],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said_to,
            env=_environment(home),
        )  # fmt: skip
        theirs.close()
        self._control = ours
        try:
            said = ours.recv(_LARGEST)
        except OSError:
            said = b""
        words = os.pread(said_to, _LARGEST, 0).decode("utf-8", "replace").strip().splitlines()
        os.close(said_to)
        ready = json.loads(said) if said else {"error": words[-1] if words else "没有启动成功"}
        if "error" in ready:
            self.close()
            return str(ready["error"])
        self._protection = Protection(with_bubblewrap, bool(ready["private"]), landlock.version(), unsafe)
        return ""


def _environment(home: Path) -> dict[str, str]:
    """Nothing of ours: what is in the grader's environment may open something."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TERM": "dumb",
        "NBGRADER_EXECUTION": "autograde",
        **dict.fromkeys(_THREADS, "1"),
    }
