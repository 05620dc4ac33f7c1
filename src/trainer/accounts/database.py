"""The file in which accounts are kept: SQLite, one transaction per change, shared by several processes."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from trainer.errors import Conflict, TrainerError

#: Raised whenever the tables change; an older program refuses a newer file.
SCHEMA = 1
_BUSY_SECONDS = 15.0
_TABLES = (
    # AUTOINCREMENT: a number is never given twice, since files of its owner may still carry it as their uid.
    """CREATE TABLE account (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL UNIQUE COLLATE NOCASE,
        name TEXT NOT NULL,
        unit TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('instructor', 'trainee')),
        password TEXT NOT NULL,
        must_change INTEGER NOT NULL,
        expires INTEGER,
        disabled INTEGER NOT NULL DEFAULT 0,
        last_login INTEGER,
        created INTEGER NOT NULL
    ) STRICT""",
    # What was typed is kept as a hash only: people type passwords into the field for the account.
    """CREATE TABLE failure (
        key TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        count INTEGER NOT NULL,
        first INTEGER NOT NULL,
        until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX failure_subject ON failure (subject)",
    "CREATE INDEX failure_first ON failure (first)",
)


class Database:
    """One connection, which the threads of a process share. Keeps nothing in memory: other processes write too."""

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it with mode 0600. Raises TrainerError."""
        self.path = path
        self._lock = threading.RLock()
        try:
            _make_file(path)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for one statement that reads. Raises TrainerError."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise _unusable(self.path, error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: durable when the block ends, undone when it raises. Raises TrainerError."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _prepare(self) -> None:
        connection = self._connection
        connection.row_factory = sqlite3.Row
        _use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        if _version(connection) < SCHEMA:
            with self.writing():
                if _version(connection) == 0:  # another process may have been first
                    for table in _TABLES:
                        connection.execute(table)
                    connection.execute(f"PRAGMA user_version = {SCHEMA}")
        if _version(connection) > SCHEMA:
            connection.close()
            raise Conflict(f"账号数据库 {self.path} 是更新版本的程序建立的，请先升级本程序。")


def _make_file(path: Path) -> None:
    """The file with mode 0600; made by root, it belongs to whom its folder does (SQLite's other files follow it).

    Not through a link: the folder's owner could have root give away another file. A file that is there is not opened
    for reading or writing: to close it again would drop the locks that other connections of this process hold on it (POSIX),
    and the next process to close the database would delete the write-ahead log under them.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        state, folder = os.fstat(descriptor), path.parent.stat()
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        if os.geteuid() == 0 == state.st_uid != folder.st_uid and state.st_nlink == 1:
            os.chown(f"/proc/self/fd/{descriptor}", folder.st_uid, folder.st_gid)
    finally:
        os.close(descriptor)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for others when the journal mode changes, so that two first openers need this loop."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _unusable(path: Path, error: Exception) -> TrainerError:
    return TrainerError(
        f"账号数据库 {path} 不能使用（{error}）。请检查磁盘空间、文件的权限，以及它是否损坏；损坏时用备份恢复。"
    )
