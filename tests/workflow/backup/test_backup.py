"""What goes into a backup."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from trainer.errors import Conflict, TrainerError, UsageError
from trainer.hub.data_folder import DataFolder
from trainer.workflow.backup import create
from trainer.workflow.backup.contents import BESIDE, CACHES, LOGS, SPECIAL, TOO_DEEP
from trainer.workflow.backup.create import AS_FILE, HOLES, UNSTABLE, back_up, place_for
from trainer.workflow.backup.postgresql import hall_database, how_to_dump

from .folders import NOW, WHO, again, database, give, home_of, needs_root, said, save, state

# -- what is copied ----------------------------------------------------------------------------------------------------


def test_everything_comes_back_as_it_was(data: DataFolder) -> None:
    home = home_of(data, "sl001")
    (home / "别处").symlink_to("/etc/shadow")
    (home / "没有").symlink_to("nowhere")
    (home / os.fsdecode(b"gb\xb8\xb4.txt")).write_text("bytes")
    (home / "只读").mkdir()
    (home / "只读" / "题.txt").write_text("题")
    (home / "只读").chmod(0o500)
    os.utime(home / "答案.ipynb", (1e9, 1e9))
    back = again(save(data))
    before, after = state(data.homes), state(back.homes)
    assert after == before
    assert (back.homes / "sl001" / "答案.ipynb").stat().st_mtime == 1e9
    for name in ("secrets", "hall", "accounts", "courses", "."):
        assert (back.root / name).stat()[:6:4] == (data.root / name).stat()[:6:4]
    assert back.secret("cookie") == data.secret("cookie")
    assert not back.logs.exists()


def test_databases_are_copied_by_content_with_what_is_still_in_their_journals(data: DataFolder) -> None:
    odd = data.courses / "备忘"
    database(odd, "first")
    with closing(sqlite3.connect(odd)) as open_one, open_one:
        open_one.execute("INSERT INTO said VALUES ('in the log only')")
        open_one.commit()
        assert Path(f"{odd}-wal").stat().st_size > 0
        done = save(data)
    back = again(done)
    assert said(back.courses / "备忘") == ["first", "in the log only"]
    assert not list(back.root.rglob("*-wal"))
    assert done.left_out.counts[BESIDE] >= 2
    assert done.databases == 4


def test_a_gradebook_is_copied_with_what_is_only_in_its_log(data: DataFolder) -> None:
    """As it is while a grader and formgrader have it open."""
    folder = data.courses / "leitai"
    folder.mkdir()
    WHO.give(folder, WHO.course)
    gradebook = folder / "gradebook.db"
    database(gradebook, "before")
    with closing(sqlite3.connect(gradebook)) as grader, closing(sqlite3.connect(gradebook)) as formgrader:
        assert formgrader.execute("SELECT text FROM said").fetchall() == [("before",)]
        with grader:
            grader.execute("INSERT INTO said VALUES ('only in the log')")
        assert b"only in the log" not in gradebook.read_bytes()
        for beside in folder.glob("gradebook.db-*"):
            WHO.give(beside, WHO.course)
        done = save(data)
    copy = again(done).courses / "leitai" / "gradebook.db"
    assert [path.name for path in copy.parent.iterdir()] == ["gradebook.db"]
    assert said(copy) == ["before", "only in the log"]


def test_a_transaction_that_a_crash_left_is_undone(data: DataFolder) -> None:
    path = data.courses / "x.db"
    database(path, "kept", "delete")
    script = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1]); c.execute("pragma cache_size = 2")
c.executemany("insert into said values (?)", [("x" * 2000,)] * 500)
os._exit(1)
"""
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert Path(f"{path}-journal").exists()
    give(data.courses, WHO.course)
    assert said(again(save(data)).courses / "x.db") == ["kept"]


def test_a_writer_is_not_held_up_and_the_copy_is_of_one_moment(data: DataFolder) -> None:
    """Two rows are always written together: a copy with an odd number is torn."""
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(data.hall_db, timeout=1)) as connection:
            while not stop.is_set():
                with connection:
                    connection.executemany("INSERT INTO said VALUES (?)", [("x" * 500,)] * 2)
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(30)
        done = save(data)
        written.clear()
        assert written.wait(30)
    finally:
        stop.set()
        writer.join()
    rows = len(said(again(done).hall_db)) - 1
    assert rows > 0
    assert rows % 2 == 0


def test_what_is_not_worth_keeping_is_left_out_and_counted(data: DataFolder) -> None:
    home = home_of(data, "sl001")
    for path in (home / ".cache", home / ".local" / "runtime", data.courses / "__pycache__"):
        path.mkdir(parents=True)
        (path / "x").write_text("x")
    os.mkfifo(home / "pipe")
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(home / "s"))
        done = save(data)
    assert done.left_out.counts == {LOGS: 1, CACHES: 3, SPECIAL: 2}
    assert done.left_out.examples == []
    assert sorted(path.name for path in (again(done).homes / "sl001").iterdir()) == [".local", "答案.ipynb"]


def test_a_home_cannot_make_a_backup_endless(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    home = home_of(data, "sl001")
    monkeypatch.setattr(create, "_MOST_HOLES", 1 << 20)
    with (home / "空").open("wb") as file:
        file.truncate(1 << 40)
    (home / "small").write_bytes(b"")
    here = os.open(home, os.O_RDONLY)
    for _ in range(80):
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    done = save(data)
    assert dict(done.left_out.examples) == {"homes/sl001/空": HOLES, f"homes/sl001{'/d' * 63}": TOO_DEEP}
    assert (again(done).homes / "sl001" / "small").exists()


@needs_root
def test_a_database_of_a_trainee_is_read_with_the_rights_of_the_trainee(data: DataFolder) -> None:
    """What root would follow or lock, its owner cannot: the file is copied as it is, or without what lies elsewhere."""
    home = home_of(data, "sl001")
    aim = data.root.parent / "aim"
    aim.write_text("untouched")
    database(home / "h.sqlite", "own")
    (home / "h.sqlite-wal").unlink(missing_ok=True)
    (home / "h.sqlite-wal").symlink_to(aim)
    (home / "garbage.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    give(home, WHO.trainee(1))
    os.chown(aim, 0, 0)
    done = save(data)
    assert aim.read_text() == "untouched"
    assert ("homes/sl001/garbage.sqlite", AS_FILE) in done.left_out.examples
    assert (again(done).homes / "sl001" / "garbage.sqlite").stat().st_size == 5016


def test_a_file_that_never_stands_still_is_taken_as_it_was_last(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home_of(data, "sl001") / "答案.ipynb"
    real, turn = os.fstat, iter(range(1 << 30))

    def restless(descriptor: int) -> os.stat_result:
        if Path(f"/proc/self/fd/{descriptor}").readlink() == path:
            path.write_text(f"{next(turn)}")
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", restless)
    done = save(data)
    assert done.left_out.examples == [("homes/sl001/答案.ipynb", UNSTABLE)]
    assert (again(done).homes / "sl001" / "答案.ipynb").read_text().isdigit()


def test_a_damaged_database_of_the_server_is_no_backup(data: DataFolder) -> None:
    with data.hall_db.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3000)
    with pytest.raises(TrainerError, match=r"hall/hall\.sqlite.*更早的备份"):
        save(data)
    assert [path.name for path in data.root.parent.iterdir()] == ["data"]


def test_a_full_disk_leaves_no_file(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create, "_FLOOR", 1 << 60)
    with pytest.raises(TrainerError, match="不够放下备份"):
        save(data)
    assert [path.name for path in data.root.parent.iterdir()] == ["data"]


def test_where_a_backup_may_go(data: DataFolder) -> None:
    outside = data.root.parent
    assert place_for(outside, data, NOW).name == "trainer-2026-11-20-020000.tar.gz"
    (outside / "there").write_text("important")
    with pytest.raises(Conflict, match="已经有了"):
        place_for(outside / "there", data, NOW)
    (outside / "way").symlink_to(data.root)
    for inside in (data.root / "b", outside / "way" / "b"):
        with pytest.raises(UsageError, match="数据文件夹里面"):
            place_for(inside, data, NOW)
    with pytest.raises(UsageError, match="没有文件夹"):
        place_for(outside / "no" / "b", data, NOW)


def test_the_configuration_of_the_installation_travels_along(data: DataFolder) -> None:
    config = data.root.parent / "jupyter_config.py"
    config.write_text("c.Server.port = 80")
    back = again(back_up(data.root.parent / "b", data, WHO, config, NOW))
    assert (back.root / create.CONFIGURATION).read_text() == "c.Server.port = 80"
    config.write_text("c.Server.port = 81")
    back = again(back_up(data.root.parent / "b2", back, WHO, config, NOW), "third")
    assert (back.root / create.CONFIGURATION).read_text() == "c.Server.port = 81"


def test_a_database_server_is_named_without_its_password() -> None:
    from traitlets.config import Config

    config = Config()
    assert hall_database(config) == ""
    config.HallApp.data = "/srv/hall"
    assert hall_database(config) == ""
    config.HallApp.data = "postgresql://hall:geheim@db.example/hall"
    found = hall_database(config)
    assert found == "postgresql://hall@db.example/hall"
    assert any("pg_dump" in line and found in line for line in how_to_dump(found))
