"""Copies of SQLite databases that others are writing to: SQLite's online backup, of one moment, without holding anyone up.

A database belongs to whom its file belongs, and that may be a trainee: links, journals and locks beside it are theirs to
make. So root does not open it. A fork opens the copy, shuts itself into the folder of the database, becomes its owner for
good, and only then reads.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from trainer.errors import TrainerError
from trainer.workflow.backup.contents import Entry

_PATIENCE_SECONDS = 60.0
_LONGEST_REPORT = 4000


class CannotCopy(TrainerError):
    """A file that looks like a database could not be copied as one."""


def copy_database(entry: Entry, to: Path, *, check: bool) -> None:
    """Copy the database ``entry`` to the new file ``to``; ``check`` its structure. Raises CannotCopy."""
    problem = _in_fork(lambda: _copy(entry, to)) or (_damage(to) if check else "")
    if problem:
        raise CannotCopy(f"数据库 {entry.path} 没能复制：{problem}。")


def _copy(entry: Entry, to: Path) -> None:
    with contextlib.closing(sqlite3.connect(to, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = OFF")  # no second file: this process may soon not make one there
        copy.execute("PRAGMA synchronous = OFF")
        os.fchdir(entry.folder)
        if os.getuid() == 0:
            _become(entry.status.st_uid, entry.status.st_gid)
        try:
            _copy_from("ro", entry, copy)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
                raise
            _copy_from("rw", entry, copy)  # a crash left a transaction to be undone first


def _damage(copy: Path) -> str:
    """What is wrong within a copy, "" for a good one. Only for databases of the server itself."""
    try:
        with contextlib.closing(sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)) as connection:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        found = str(error)
    return "" if found == "ok" else f"内容损坏（{found}），请从更早的备份恢复它"


def _copy_from(mode: str, entry: Entry, copy: sqlite3.Connection) -> None:
    """All pages in one step: in between, another process could write and the copy begin anew, for ever."""
    deadline = time.monotonic() + _PATIENCE_SECONDS

    def patiently(status: int, _left: int, _all: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise TimeoutError(f"{_PATIENCE_SECONDS:.0f} 秒里一直被别的程序占用")

    address = f"file:{quote(os.fsencode(entry.name))}?mode={mode}"
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
            os.write(write, str(error).encode("utf-8", "replace")[:_LONGEST_REPORT] or b"?")
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        problem = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(pid, 0)
    return problem or ("" if status == 0 else "进程意外退出")
