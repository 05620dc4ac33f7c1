"""Copies of SQLite databases that others are writing to: SQLite's online backup, of one moment, without holding anyone up.

The copying is done by :mod:`reader`, a process of its own with a single thread.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from trainer.errors import TrainerError
from trainer.workflow.backup.contents import Entry
from trainer.workflow.backup.reader import LONGEST_REPORT


class CannotCopy(TrainerError):
    """A file that looks like a database could not be copied as one."""


class DatabaseCopier:
    """Copies databases until it is closed."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "trainer.workflow.backup.reader"], stdin=theirs.fileno(), cwd="/"
            )

    def copy(self, entry: Entry, to: Path, *, check: bool) -> None:
        """Copy the database ``entry`` to the new file ``to``; ``check`` its structure. Raises CannotCopy."""
        problem = self._ask(entry, to) or (_damage(to) if check else "")
        if problem:
            raise CannotCopy(f"数据库 {entry.path} 没能复制：{problem}。")

    def _ask(self, entry: Entry, to: Path) -> str:
        wanted = {
            "name": entry.name,
            "to": str(to.absolute()),
            "uid": entry.status.st_uid,
            "gid": entry.status.st_gid,
        }
        try:
            socket.send_fds(self._ours, [json.dumps(wanted).encode("utf-8")], [entry.folder])
            answer = self._ours.recv(LONGEST_REPORT + 1)
        except OSError:
            answer = b""
        return answer[1:].decode("utf-8", "replace") if answer else "复制数据库的进程意外退出"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ours.close()
        self._process.wait()


def _damage(copy: Path) -> str:
    """What is wrong within a copy, "" for a good one. Only for databases of the server itself."""
    try:
        with contextlib.closing(sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)) as connection:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        found = str(error)
    return "" if found == "ok" else f"内容损坏（{found}），请从更早的备份恢复它"
