"""Data folders to be saved, and what tests do with them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trainer.hub.data_folder import DataFolder, Identities
from trainer.workflow.backup.create import Done, back_up
from trainer.workflow.backup.restore import restore

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WHO = Identities(os.getuid() == 0, 200_000)
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="owners need root")
Make = Callable[[str], DataFolder]


def home_of(data: DataFolder, account: str) -> Path:
    home = data.homes / account
    home.mkdir(mode=0o700, exist_ok=True)
    return home


def give(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        WHO.give(path, uid)


def database(path: Path, text: str, journal: str = "wal") -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("CREATE TABLE said (text)")
        connection.execute("INSERT INTO said VALUES (?)", (text,))
    shutil.chown(path, path.parent.stat().st_uid, path.parent.stat().st_gid)
    path.chmod(0o600)


def said(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM said ORDER BY rowid")]


def save(data: DataFolder, name: str = "b.tar.gz") -> Done:
    return back_up(data.root.parent / name, data, WHO, None, NOW)


def again(done: Done, name: str = "restored") -> DataFolder:
    data = DataFolder(done.path.parent / name)
    restore(done.path, data, WHO)
    return data


def state(root: Path) -> dict[str, tuple[int, int, str]]:
    """What is in a folder: mode, owner, and content or target."""
    found = {}
    for path in (root, *root.rglob("*")):
        status = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else ""
        found[path.relative_to(root).as_posix()] = (status.st_mode, status.st_uid, content)
    return found


def refused(done: Done, kind: type[Exception], words: str = "。") -> None:
    """Nothing is there afterwards, not even in part."""
    there = DataFolder(done.path.parent / "restored")
    with pytest.raises(kind, match=words):
        restore(done.path, there, WHO)
    assert {path.name for path in done.path.parent.iterdir()} <= {"data", "b.tar.gz", "changed"}
