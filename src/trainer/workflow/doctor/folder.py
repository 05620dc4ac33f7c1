"""The data folder: whose it is, who can read it, whether its databases and its key can be used, who has an account."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from trainer.accounts.store import AccountStore
from trainer.errors import TrainerError
from trainer.hall.database import MIGRATIONS
from trainer.hall.signing import load_or_create
from trainer.workflow.accounts import account_states
from trainer.workflow.doctor.finding import Finding, Place, good, note, problem, warning

_OTHERS = 0o077
#: A check of the whole structure reads the whole file: not of one so large (bytes) that people would notice.
_QUICKLY_READ = 1 << 30
#: What others may do with a folder: only pass through it, or nothing.
_PASSABLE, _PRIVATE = 0o711, 0o700


def exists(place: Place) -> Iterator[Finding]:
    if place.installed:
        yield good("数据文件夹", f"数据在 {place.data.root}。")
    else:
        yield note(
            "数据文件夹",
            f"还没有数据文件夹 {place.data.root}。",
            "第一次运行 trainer serve 时建立；写错了地方请用 --data 写明。",
        )


def owners_and_modes(place: Place) -> Iterator[Finding]:
    """Folders are put right at every start; what is in them is not."""
    if not place.installed:
        return
    data, course, own = place.data, place.who.course, os.getuid()
    wrong = []
    for path, mode, owner in (
        (data.root, _PASSABLE, own),
        (data.homes, _PASSABLE, own),
        (data.courses, _PASSABLE, course),
        (data.secrets, _PRIVATE, own),
        (data.logs, _PRIVATE, own),
        (data.accounts, _PRIVATE, course),
        (data.hall, _PRIVATE, course),
        *((path, _PRIVATE, own) for path in _files(data.secrets)),
        *((path, _PRIVATE, course) for path in (data.accounts_db, data.hall_db)),
        (data.hub_db, _PRIVATE, own),
        *((path, _PRIVATE, None) for path in data.homes.glob("*")),
        *((path, _PRIVATE, course) for path in data.courses.glob("*/gradebook.db")),
    ):
        wrong += list(_wrong(path, mode, owner))
    yield from wrong
    if not wrong:
        yield good("权限", "数据文件夹、数据库和密钥的主人和权限都对。")


def _wrong(path: Path, mode: int, owner: int | None) -> Iterator[Finding]:
    try:
        status = path.lstat()
    except OSError:
        return
    if status.st_mode & _OTHERS & ~mode and not stat.S_ISLNK(status.st_mode):
        folder = stat.S_ISDIR(status.st_mode)
        cure = f"chmod {mode if folder else 0o600:o} {path}"
        yield problem("权限", f"{path} 别的用户也能看（权限 {stat.S_IMODE(status.st_mode):o}）。", cure)
    if owner is not None and status.st_uid != owner:
        yield problem(
            "权限",
            f"{path} 属于用户 {status.st_uid}，应当属于 {owner}，服务会打不开它。",
            f"chown -R {owner}:{owner} {path}",
        )


def course_owners(place: Place) -> Iterator[Finding]:
    """A command run as root leaves files that the instructors' page cannot change."""
    if not (place.installed and place.who.separate):
        return
    course = place.who.course
    strange = [
        Path(folder, name)
        for folder, folders, names in os.walk(place.data.courses)
        for name in (*folders, *names)
        if Path(folder, name).lstat().st_uid != course
    ]
    if strange:
        yield problem(
            "课程文件",
            f"课程里有 {len(strange)} 个文件不属于课程用户，教务台和教员改不了，例如 {strange[0]}。",
            f"chown -R --no-dereference {course}:{course} {place.data.courses}",
        )


def slips(place: Place) -> Iterator[Finding]:
    for path in sorted(place.data.root.glob("*.docx")) if place.installed else ():
        yield note("密码条", f"{path} 还在，里面有一次性密码。", "打印、发完以后请删掉它。")


def signing_key(place: Place) -> Iterator[Finding]:
    path = place.data.hall / "secrets" / "receipt-key.json"
    if not path.exists():
        return
    try:
        yield good("签名钥匙", f"能用，编号 {load_or_create(path).key_id}。")
    except TrainerError as error:
        yield problem("签名钥匙", str(error), "在它可用以前，考场不会启动。")


def databases(place: Place) -> Iterator[Finding]:
    """Each can be read, and is not of a newer program. Only looks; never repairs."""
    newest = len(MIGRATIONS) + 1
    for name, path in (("JupyterHub ", place.data.hub_db), ("考场", place.data.hall_db)):
        if not path.is_file():
            continue
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
                found, version = _state(connection, thorough=path.stat().st_size < _QUICKLY_READ)
        except sqlite3.Error as error:
            found, version = str(error), 0
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                yield note("数据库", f"{name}的数据库上次没有正常关闭，下次启动时会自己恢复。")
                continue
        if found != "ok":
            yield problem(
                "数据库",
                f"{name}的数据库 {path} 损坏了：{found}。",
                "停下服务器，用最近的备份恢复（trainer restore）。",
            )
        elif version > newest:
            yield problem(
                "数据库",
                f"{path} 是更新版本的程序建的（{version}），这个程序只认到 {newest}。",
                "请升级本程序。",
            )
        else:
            yield good("数据库", f"{name}的数据库完好。")


def _state(connection: sqlite3.Connection, *, thorough: bool) -> tuple[str, int]:
    """What a database says about its structure ("ok"), and the version of the hall's tables (0 in others)."""
    found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0]) if thorough else "ok"
    halls = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'hall_schema'").fetchone()
    return found, connection.execute("SELECT version FROM hall_schema").fetchone()[0] if halls else 0


def people(place: Place) -> Iterator[Finding]:
    if not place.data.accounts_db.is_file():
        return
    with closing(AccountStore(place.data.accounts_db)) as store:
        states = account_states(store, place.now)
    if not any(state.account.role == "instructor" and state.state != "disabled" for state in states):
        yield warning(
            "账号",
            "没有教员账号，没有人能发卷、阅卷。",
            "trainer accounts add <账号> --name=<姓名> --instructor",
        )
    expired = sum(state.state == "expired" for state in states)
    waiting = sum(state.state == "waiting" for state in states)
    if expired:
        yield note(
            "账号",
            f"有 {expired} 人的一次性密码过期了，还没有登录过。",
            "trainer accounts reset --unused --slips=补发.docx",
        )
    if waiting:
        yield note(
            "账号", f"有 {waiting} 人还没有用一次性密码登录过。", "请他们考前一天先登录一次，改好密码。"
        )
    if not expired and not waiting:
        yield good("账号", f"{len(states)} 个账号，都已改过密码。")


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return []


FOLDER = (exists, owners_and_modes, course_owners, slips, signing_key, databases, people)
