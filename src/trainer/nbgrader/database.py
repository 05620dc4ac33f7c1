"""The gradebook's database: how it is opened, how writers take turns, and what is said when it refuses.

SQLite is kept in WAL mode, so that formgrader reads while grading writes, and a writer begins with ``BEGIN IMMEDIATE``: a
database that is busy is waited for at the start, never given up half-way. PostgreSQL keeps its own order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from trainer.errors import NotFound, TrainerError
from trainer.nbgrader import disks
from trainer.nbgrader.database_trouble import BUSY, in_words

#: How long anybody waits for a writer before giving up; ``?timeout=`` in the URL of the gradebook says otherwise.
PATIENCE_SECONDS = 30
#: Switching to WAL needs the file for itself for an instant; if it is busy, another time will do.
_SWITCH_SECONDS = 1.0
_READING = "trainer_reading"

Journal = Literal["wal", "delete", "truncate", "persist", "memory", "off"]


class Database:
    """Connections to one gradebook. Its failures are TrainerErrors that say what to do."""

    def __init__(self, db_url: str) -> None:
        """Raises TrainerError when the URL cannot be used."""
        self.url = _parsed(db_url)
        self.file = database_file(db_url)
        self.engine = _engine(self.url)
        self._journal_seen = self.file is None

    def close(self) -> None:
        """Close all connections; the last one to leave a SQLite gradebook empties its log into it."""
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that writes: all of it or nothing, one after another. Raises TrainerError, NotFound."""
        with self._in_words():
            if not self._journal_seen and self.file is not None:
                use_wal(self.file)
                self._journal_seen = True
            with self.engine.begin() as connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, and sees one moment of the gradebook however long it takes."""
        with self._in_words(), self.engine.connect() as connection:
            options: dict[str, Any] = {_READING: True}
            if self.file is None and self.url.get_backend_name() == "postgresql":
                options["isolation_level"] = "REPEATABLE READ"
            with connection.execution_options(**options).begin():
                yield connection

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        if self.file is not None and not self.file.is_file():
            raise NotFound(
                f"还没有成绩册（{self.file}）。请先导入名册（trainer roster import）或发布试卷（trainer release）。"
            )
        with in_words(self.url):
            yield


def database_file(db_url: str) -> Path | None:
    """The file of a SQLite gradebook; None for a database server. Raises TrainerError when the URL is none."""
    url = _parsed(db_url)
    own = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)).absolute() if own else None


def use_wal(file: Path) -> Journal:
    """Switch a SQLite gradebook to WAL where that is safe; what it is in afterwards. Raises sqlite3.Error.

    It stays as it is on network file systems, where processes of several machines share no memory, and when it is busy.
    """
    with closing(sqlite3.connect(file, timeout=_SWITCH_SECONDS, isolation_level=None)) as connection:
        journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if journal == "wal" or disks.mounted_as(file)[0] in disks.NETWORK:
            return journal  # type: ignore[no-any-return]
        try:
            journal = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in BUSY:
                raise
        return journal  # type: ignore[no-any-return]


def be_patient() -> None:
    """From now on every SQLite connection of this process, nbgrader's own too, waits for writers as long as ours."""
    if not event.contains(Engine, "connect", _patient):
        event.listen(Engine, "connect", _patient)


def _patient(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        (now,) = connection.execute("PRAGMA busy_timeout").fetchone()
        if now == _PYTHONS_OWN_TIMEOUT:
            connection.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")


#: Milliseconds; another one was asked for by name, in the URL.
_PYTHONS_OWN_TIMEOUT = 5000


def _parsed(db_url: str) -> URL:
    try:
        url = make_url(db_url)
    except ArgumentError:
        raise TrainerError(
            "成绩册的地址（c.CourseDirectory.db_url）写得不对，"
            "例如 sqlite:////srv/course/gradebook.db 或 postgresql+psycopg://用户:密码@主机/库名。"
        ) from None
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise TrainerError(
            f"成绩册用的数据库 {url.get_backend_name()} 缺少驱动程序。请用 SQLite，或者装上 PostgreSQL 的驱动："
            "pip install 'trainer[postgresql]'。"
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
    elif url.get_backend_name() == "postgresql":
        event.listen(engine, "connect", _postgresql_connected)
    return engine


def _sqlite_connected(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, not at the first write
    _patient(connection, record)


def _sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _postgresql_connected(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")
        cursor.execute("SET synchronous_commit TO on")
    connection.commit()
