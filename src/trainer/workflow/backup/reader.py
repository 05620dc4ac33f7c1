"""``python -m trainer.workflow.backup.reader``: the process that opens other people's databases.

A database belongs to whom its file belongs, and that may be a trainee: links, journals and locks beside it are theirs to
make. So root does not open it. A fork opens the copy, shuts itself into the folder of the database, becomes its owner for
good, and only then reads. That forking needs a process without threads: a fork keeps the locks of threads that it does not
have, SQLite's among them, and would wait for ever.

Asked over the socket that is its standard input: a packet is JSON (name, to, uid, gid) with the descriptor of the folder; the
answer is a byte and what went wrong.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import sys
import time
from collections.abc import Callable
from urllib.parse import quote

LONGEST_REPORT = 4000
_LONGEST_WISH = 64 * 1024
_PATIENCE_SECONDS = 60.0


def main() -> int:
    """Answer until the other side is closed."""
    with socket.socket(fileno=sys.stdin.fileno()) as asked:
        while True:
            wish, folders, _, _ = socket.recv_fds(asked, _LONGEST_WISH, 1)
            if not wish:
                return 0
            (folder,) = folders
            problem = _in_fork(lambda folder=folder, wish=wish: _copy(folder, **json.loads(wish)))  # type: ignore[misc]
            os.close(folder)
            asked.send(b"!" + problem.encode("utf-8")[:LONGEST_REPORT])


def _copy(folder: int, name: str, to: str, uid: int, gid: int) -> None:
    with contextlib.closing(sqlite3.connect(to, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = OFF")  # no second file: this process may soon not make one there
        copy.execute("PRAGMA synchronous = OFF")
        os.fchdir(folder)
        if os.getuid() == 0:
            _become(uid, gid)
        try:
            _copy_from("ro", name, copy)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
                raise
            _copy_from("rw", name, copy)  # a crash left a transaction to be undone first


def _copy_from(mode: str, name: str, copy: sqlite3.Connection) -> None:
    """All pages in one step: in between, another process could write and the copy begin anew, for ever."""
    deadline = time.monotonic() + _PATIENCE_SECONDS

    def patiently(status: int, _left: int, _all: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise TimeoutError(f"{_PATIENCE_SECONDS:.0f} 秒里一直被别的程序占用")

    address = f"file:{quote(os.fsencode(name))}?mode={mode}"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as source:
        source.backup(copy, pages=-1, progress=patiently, sleep=0.05)


def _become(uid: int, gid: int) -> None:
    """The present folder is all that exists, and root's rights are gone, unless the file is root's own."""
    os.chroot(".")
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _in_fork(run: Callable[[], None]) -> str:
    """What went wrong in a fork, "" when nothing did."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            run()
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - it must not go on as a second program
            os.write(write, str(error).encode("utf-8", "replace")[:LONGEST_REPORT] or b"?")
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        problem = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(pid, 0)
    return problem or ("" if status == 0 else "进程意外退出")


if __name__ == "__main__":
    sys.exit(main())
