"""Start one person's server: in a fork that joins its walls, or as a program of its own."""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from trainer.hub.forkserver.join import die_with_parent, give_up_root, join_namespaces, open_namespaces
from trainer.hub.forkserver.messages import Start, read_environment
from trainer.hub.forkserver.syscalls import filter_descriptor, refuse_system_calls
from trainer.hub.limits import Limits

#: Where a program finds its listening socket.
SOCKET_VARIABLE = "TRAINER_LISTEN_FD"


def start(order: Start, listening: int, environment: int) -> tuple[int, int]:
    """(pid to watch, pid to ask to end) of the new server, in the pids of this process.

    When the first one ends, nothing of the server is left. Raises OSError.
    """
    if not order.fork:
        pid = _fork(lambda: _execute(order, listening, environment))
        return pid, pid
    if not order.walls:
        pid = _fork(lambda: _run_here(order, listening, environment))
        return pid, pid
    return _fork_within_walls(order, listening, environment)


def _fork_within_walls(order: Start, listening: int, environment: int) -> tuple[int, int]:
    """bubblewrap makes the walls and holds them open with ``cat``, as long as the server has the other end of its pipe."""
    alive_read, alive_write = os.pipe()
    status_read, status_write = os.pipe()
    echo_read, echo_write = os.pipe()
    holder = _fork(lambda: _hold(order, alive_read, status_write, echo_write))
    for descriptor in (alive_read, status_write, echo_write):
        os.close(descriptor)
    try:
        inner = _inner_pid(status_read)
        _until_complete(alive_write, echo_read)
        namespaces = open_namespaces(inner)
        server = _fork_joined(order, listening, environment, namespaces, alive_write)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.kill(holder, signal.SIGKILL)
        raise
    finally:
        for descriptor in (alive_write, status_read, echo_read):
            os.close(descriptor)
    return holder, server


def _hold(order: Start, alive: int, status: int, echo: int) -> None:
    _prepare(order)
    os.dup2(alive, 0)
    os.dup2(echo, 1)
    _close_all_but({0, 1, 2, status})  # cat has the person's own uid: what it has open is theirs to take
    os.set_inheritable(status, True)
    command = [*_filtered(order.walls), *order.become, "cat"]
    command[1:1] = ["--json-status-fd", str(status)]
    os.execvpe(command[0], command, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})  # noqa: S606


def _inner_pid(status: int) -> int:
    """The pid of bubblewrap's child. Its pid namespace is joined, not its user: ``cat`` may already have given up root."""
    text = b""
    while b"\n" not in text:
        part = os.read(status, 4096)
        if not part:
            raise OSError("bubblewrap 没有建成隔离环境")
        text += part
    return int(json.loads(text.split(b"\n")[0])["child-pid"])


def _until_complete(alive: int, echo: int) -> None:
    """bubblewrap tells the pid before it has finished: the walls stand when ``cat`` answers."""
    os.write(alive, b".")
    if not os.read(echo, 1):
        raise OSError("bubblewrap 没有建成隔离环境")


def _fork_joined(order: Start, listening: int, environment: int, namespaces: list[int], alive: int) -> int:
    """Fork twice: the first child joins, the second, in the new pid namespace, is the server."""
    report_read, report_write = os.pipe()

    def join_and_fork() -> None:
        _prepare(order)
        join_namespaces(namespaces)
        pid = os.fork()
        if pid:
            os.write(report_write, str(pid).encode())
            os._exit(0)
        os.close(report_write)
        _run_here(order, listening, environment, keep={alive})

    child = _fork(join_and_fork)
    os.close(report_write)
    for descriptor in namespaces:
        os.close(descriptor)
    answer = os.read(report_read, 32)
    os.close(report_read)
    os.waitpid(child, 0)
    if not answer:
        raise OSError("没有进入隔离环境")
    return int(answer)


def _prepare(order: Start) -> None:
    """What holds for all that the server starts. Entered as root, before the walls."""
    for path in order.cgroups:
        Path(path).write_text(str(os.getpid()))
    Limits(**order.limits).apply_to_self()  # type: ignore[arg-type]
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)


def _execute(order: Start, listening: int, environment: int) -> None:
    """Become the program, within walls or without."""
    _prepare(order)
    os.set_inheritable(listening, True)
    variables = read_environment(environment) | {SOCKET_VARIABLE: str(listening)}
    _close_all_but({0, 1, 2, listening})
    if not order.walls:
        die_with_parent(signal.SIGKILL)
        os.chdir(order.home)
    command = [*_filtered(order.walls), *order.become, sys.executable, "-m", order.module, *order.arguments]
    os.execvpe(command[0], command, variables)  # noqa: S606


def _run_here(order: Start, listening: int, environment: int, keep: set[int] | None = None) -> NoReturn:
    """Be the server, in this fork. Everything that the fork server had open is closed first."""
    if keep is None:
        _prepare(order)
        die_with_parent(signal.SIGKILL)
    else:
        give_up_root(order.uid)
        refuse_system_calls()
    _close_all_but({0, 1, 2, listening, environment, *(keep or ())})
    os.environ.clear()
    os.environ.update(read_environment(environment))
    os.environ[SOCKET_VARIABLE] = str(listening)
    os.chdir(order.home)
    gc.enable()
    signal.set_wakeup_fd(-1)
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(name, signal.SIG_DFL)
    sys.argv = [order.module, *order.arguments]
    importlib.import_module(order.module).main(order.arguments)
    os._exit(0)


def _filtered(walls: list[str]) -> list[str]:
    """The bubblewrap command with the filter of system calls put in; nothing where there are no walls."""
    descriptor = filter_descriptor() if walls else None
    return walls if descriptor is None else [walls[0], "--seccomp", str(descriptor), *walls[1:]]


def _close_all_but(keep: set[int]) -> None:
    edges = sorted({-1, *keep, os.sysconf("SC_OPEN_MAX")})
    for low, high in itertools.pairwise(edges):
        if low + 1 < high:  # an empty range would close everything: close_range takes an inclusive end
            os.closerange(low + 1, high)


def _fork(run: Callable[[], None]) -> int:
    """Fork; ``run`` in the child, which never comes back. Standard error is the log by then, or the fork server's."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        run()
    except BaseException:  # noqa: BLE001 -- the child must not go on as a second fork server
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)
