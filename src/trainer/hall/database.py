"""Where the store lives: SQLite in WAL mode with ``synchronous=FULL``, or PostgreSQL by URL; schema, lock, failures."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from trainer.errors import TrainerError
from trainer.hall.learning_tables import add_learning
from trainer.hall.refusals import Refused, no_room, try_again
from trainer.hall.tables import METADATA, SCHEMA, add_people

#: Step ``n`` (from 0) brings a store of version ``n + 1`` to version ``n + 2``. Steps are added, never changed.
Migration = Callable[[Connection], None]
MIGRATIONS: Sequence[Migration] = (add_learning, add_people)

FILE_NAME = "hall.sqlite"
#: Threads, and connections, for queries.
READERS = 4
_LARGEST_LOG = 64 * 1024 * 1024
_LOCK_NUMBER = 0x6861_6C6C  # "hall"
_LOCK_PATIENCE = 15.0
_FULL_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
#: PostgreSQL: out of disk, of memory or of other room (53), errors of the system below (58).
_FULL_CLASSES = {"53", "58"}
#: PostgreSQL: connection failures (08), operator's intervention such as a restart (57).
_GONE_CLASSES = {"08", "57"}


def address(data: str) -> URL:
    """The database that ``--data`` means: a URL as it stands, or ``hall.sqlite`` in a folder. Raises TrainerError."""
    if "://" not in data:
        return URL.create("sqlite", database=str(Path(data).resolve() / FILE_NAME))
    try:
        url = make_url(data)
    except ArgumentError:
        raise TrainerError("数据库地址写得不对，例如 postgresql://用户:密码@主机/库名。") from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise TrainerError(f"考场服务只支持 SQLite 和 PostgreSQL，不支持 {url.get_backend_name()}。")
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


class Database:
    """One store, opened by one process at a time.

    :meth:`connect` gives the writer's connection; :attr:`readers` is for queries. Raises TrainerError when another hall
    has it open, when it is of a newer version, or when it cannot be reached.
    """

    def __init__(self, url: URL, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        self._file = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
        self._lock: int | None = None
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _locked(self._file.with_name(f"{self._file.name}.lock"))
        self._engine = create_engine(url, poolclass=NullPool)
        self.readers: Engine = create_engine(
            url, pool_size=READERS, max_overflow=READERS, pool_pre_ping=self._file is None
        )
        if self._file is not None:
            event.listen(self._engine, "connect", _sqlite_writer)
            event.listen(self.readers, "connect", _sqlite_reader)
            for engine, begin in ((self._engine, "BEGIN IMMEDIATE"), (self.readers, "BEGIN")):
                event.listen(
                    engine,
                    "begin",
                    lambda connection, begin=begin: connection.exec_driver_sql(begin) and None,
                )
        else:
            event.listen(self._engine, "connect", _postgresql_writer)
        self._migrations = migrations

    def connect(self) -> Connection:
        """A connection for the only writer. Raises DBAPIError."""
        connection = self._engine.connect()
        if self._file is None:
            _hold(connection)
        return connection

    def prepare(self, connection: Connection) -> None:
        """Make the tables, or bring them to the present version. Raises TrainerError for a newer or a foreign store."""
        newest = len(self._migrations) + 1
        with connection.begin():
            if not inspect(connection).has_table(SCHEMA.name):
                METADATA.create_all(connection)
                connection.execute(insert(SCHEMA).values(version=newest))
                return
            version = connection.scalar(select(SCHEMA.c.version))
            if version is None or version > newest:
                raise TrainerError(
                    f"考场的数据库是更新的版本（{version}），这个程序只认到版本 {newest}。请升级程序，不要用旧程序打开它。"
                )
            for step in self._migrations[version - 1 :]:
                step(connection)
            if version < newest:
                connection.execute(update(SCHEMA).values(version=newest))

    def free_bytes(self) -> int | None:
        """Free space where the store is; None when that is not this machine's business."""
        if self._file is None:
            return None
        room = os.statvfs(self._file.parent)
        return room.f_bavail * room.f_frsize

    def close(self) -> None:
        """Let others open the store."""
        self._engine.dispose()
        self.readers.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def failure(error: BaseException) -> Refused | None:
    """What to answer when the whole store failed; None when the fault lies with what was being written."""
    if isinstance(error, OSError):
        return no_room() if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO) else try_again()
    if not isinstance(error, DBAPIError):
        return None
    code = getattr(error.orig, "sqlite_errorcode", 0)
    state = str(getattr(error.orig, "sqlstate", None) or "")[:2]
    if code & 0xFF in _FULL_CODES or state in _FULL_CLASSES:
        return no_room()
    gone = error.connection_invalidated or state in _GONE_CLASSES or isinstance(error, OperationalError)
    return try_again() if gone else None


def _sqlite_writer(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for line in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA busy_timeout=10000",
        f"PRAGMA journal_size_limit={_LARGEST_LOG}",
    ):
        connection.execute(line)


def _sqlite_reader(connection: Any, _record: Any) -> None:
    """Readers neither write nor move the write-ahead log.

    Two connections that write or checkpoint at the same instant are what SQLite versions before 3.51.3 can be hurt by.
    """
    connection.isolation_level = None
    for line in ("PRAGMA query_only=ON", "PRAGMA busy_timeout=10000", "PRAGMA wal_autocheckpoint=0"):
        connection.execute(line)


def _postgresql_writer(connection: Any, _record: Any) -> None:
    """Acknowledged means durable, whatever the server's default is."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
    connection.commit()


def _locked(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if _patiently(lambda: _try_flock(handle)):
        return handle
    os.close(handle)
    raise _taken()


def _try_flock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _hold(connection: Connection) -> None:
    def attempt() -> bool:
        held = connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": _LOCK_NUMBER})
        connection.commit()
        return bool(held)

    if not _patiently(attempt):
        connection.close()
        raise _taken()


def _patiently(attempt: Callable[[], bool]) -> bool:
    """Try for a while: a hall that was stopped or killed just now may still hold what we want."""
    deadline = time.monotonic() + _LOCK_PATIENCE
    while not attempt():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _taken() -> TrainerError:
    return TrainerError("另一个考场服务正在用这份数据。一份数据只能由一个服务打开；请先停掉那一个。")
