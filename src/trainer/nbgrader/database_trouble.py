"""What is said when the database of a gradebook refuses: which one it is, what happened to the marks, what to do next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from trainer.errors import TrainerError
from trainer.nbgrader import disks

BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@contextmanager
def in_words(url: URL) -> Iterator[None]:
    """Failures of a gradebook's database leave as TrainerError; defects of ours leave as they are."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(original, sqlite3.Error):
            said = _sqlite_trouble(original, Path(str(url.database)).absolute())
        else:
            said = _postgresql_trouble(error, url)
        if said is None:
            raise
        raise said from error


def _sqlite_trouble(error: sqlite3.Error, file: Path) -> TrainerError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in BUSY:
        return _busy(f"成绩册 {file} ")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(file)
    if code == sqlite3.SQLITE_CONSTRAINT:
        return _contradicted()
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
        return _cannot_write(code, file)
    if code == sqlite3.SQLITE_ERROR and str(error).startswith(("no such ", "table ")):
        return _foreign(f"成绩册 {file} ")
    return None


def _cannot_write(code: int, file: Path) -> TrainerError:
    """SQLite says “cannot open” and “input/output error” of full disks too; the disk itself knows better."""
    if code == sqlite3.SQLITE_FULL or disks.is_full(file):
        return disks.full(file)
    if "ro" in disks.mounted_as(file)[1]:
        return disks.read_only(file)
    if code == sqlite3.SQLITE_IOERR:
        return disks.failing(file)
    # A log beside it that is somebody else's stops a database as well.
    beside = [Path(f"{file}{ending}") for ending in ("", "-wal", "-shm", "-journal")]
    return disks.forbidden(
        next((path for path in beside if path.exists() and not _writable(path)), file.parent)
    )


def _writable(path: Path) -> bool:
    try:
        with path.open("r+b"):
            return True
    except OSError:
        return False


def _postgresql_trouble(error: DBAPIError | sqlite3.Error, url: URL) -> TrainerError | None:
    original = error.orig if isinstance(error, DBAPIError) else error
    state = str(getattr(original, "sqlstate", None) or "")
    name = f"成绩册的数据库（{url.render_as_string()}）"
    if isinstance(error, DBAPIError) and (error.connection_invalidated or not state):
        state = _CONNECTION_FAILURE
    said = next((said for states, said in _POSTGRESQL if state.startswith(states)), None)
    return said(name, state) if said else None


#: What PostgreSQL says when it cannot be reached; its driver says nothing then.
_CONNECTION_FAILURE = "08000"
_Sentence = Callable[[str, str], TrainerError]
#: The beginnings of PostgreSQL's states, and what to say of them.
_POSTGRESQL: Sequence[tuple[tuple[str, ...], _Sentence]] = (
    (("55P03", "40001", "40P01"), lambda name, _: _busy(name)),
    (("42P01", "42703"), lambda name, _: _foreign(name)),
    (("23",), lambda *_: _contradicted()),
    (
        ("53",),
        lambda name, _: TrainerError(
            f"{name}没有空间了，写不进去。请在数据库服务器上腾出空间，再运行一次，会接着做完。"
        ),
    ),
    (
        ("25006",),
        lambda name, _: TrainerError(
            f"{name}现在只读（可能连到了备用服务器），写不进去。请检查地址，再运行一次，会接着做完。"
        ),
    ),
    (
        ("28", "3D", "42501"),
        lambda name, _: TrainerError(
            f"{name}不让进：请检查用户、密码、库名和权限（c.CourseDirectory.db_url）。什么也没有写。"
        ),
    ),
    (
        ("08", "57"),
        lambda name, _: TrainerError(
            f"{name}连不上，或者中途断开了。没有写完的不算数；请看看数据库服务器是否在运行，"
            "地址、用户、密码、库名对不对（c.CourseDirectory.db_url），再运行一次，会接着做完。"
        ),
    ),
    (
        ("XX", "58"),
        lambda name, state: TrainerError(
            f"{name}内部出错（{state}），可能损坏了。请找管理员查看数据库服务器的日志。"
        ),
    ),
)


def _busy(name: str) -> TrainerError:
    return TrainerError(
        f"{name}一直被别的程序占用，等了很久也没有轮到。没有写完的不算数。"
        "请看看是不是有别的阅卷、formgrader 或数据库工具停在半中间，关掉它，再运行一次，会接着做完。"
    )


def _damaged(file: Path) -> TrainerError:
    return TrainerError(
        f"成绩册 {file} 损坏了，不能用，没有再往里写。请不要删它：先复制一份留着，"
        "再用最近的备份恢复（trainer restore），然后重新运行 trainer grade；交卷都还在。"
    )


def _foreign(name: str) -> TrainerError:
    return TrainerError(
        f"{name}里缺少 nbgrader 的表或列：可能是旧版 nbgrader 建的，或者不是成绩册。什么也没有写。"
        "旧版的请先备份，再在课程文件夹里运行 nbgrader db upgrade；空文件请删掉，再运行 trainer release。"
    )


def _contradicted() -> TrainerError:
    return TrainerError(
        "写成绩册时，另一个程序同时写了同一份卷的成绩，这一批没有写入。请等它做完，再运行一次，会接着做完。"
    )
