"""What goes into a backup, and what a restore refuses."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trainer.errors import Conflict, TrainerError, UsageError
from trainer.hub.data_folder import DataFolder, Identities
from trainer.workflow.backup import create
from trainer.workflow.backup.archive import Damaged
from trainer.workflow.backup.contents import BESIDE, CACHES, LOGS, SPECIAL, TOO_DEEP
from trainer.workflow.backup.create import AS_FILE, HOLES, UNSTABLE, Done, back_up, place_for
from trainer.workflow.backup.postgresql import hall_database, how_to_dump
from trainer.workflow.backup.restore import restore

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WHO = Identities(os.getuid() == 0, 200_000)
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="owners need root")
Make = Callable[[str], DataFolder]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other users may enter: a database is copied as its owner."""
    folder = Path(tempfile.mkdtemp(prefix="trainer-backup-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    for data in folder.iterdir():
        shutil.rmtree(DataFolder(data).runtime, ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def data(place: Path) -> DataFolder:
    """A small data folder as a server leaves it, with a person's home."""
    data = DataFolder(place / "data")
    data.create(WHO)
    database(data.hub_db, "of the hub", "delete")
    for path in (data.accounts_db, data.hall_db):
        database(path, f"in {path.name}")
    data.secret("cookie")
    (data.logs / "hub.log").write_text("a line")
    home = home_of(data, "sl001")
    (home / "答案.ipynb").write_text("{}")
    give(home, WHO.trainee(1))
    return data


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


# -- where it may be restored ------------------------------------------------------------------------------------------


def test_only_an_empty_folder_is_filled(data: DataFolder) -> None:
    done = save(data)
    with pytest.raises(Conflict, match=r"已经有东西.*\.old"):
        restore(done.path, data, WHO)
    empty = DataFolder(data.root.parent / "empty")
    empty.root.mkdir(mode=0o755)
    restore(done.path, empty, WHO)
    assert stat.S_IMODE(empty.root.stat().st_mode) == 0o711
    with pytest.raises(Conflict):
        restore(done.path, empty, WHO)


def test_a_running_server_is_noticed(data: DataFolder) -> None:
    done = save(data)
    there = DataFolder(data.root.parent / "there")
    there.doors.mkdir(parents=True)
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(there.hub_socket))
        listening.listen()
        with pytest.raises(Conflict, match="JupyterHub"):
            restore(done.path, there, WHO)
    restore(done.path, there, WHO)


@needs_root
def test_owners_follow_when_the_numbers_begin_elsewhere(data: DataFolder) -> None:
    done = save(data)
    other = Identities(True, 500_000)
    back = DataFolder(data.root.parent / "restored")
    restore(done.path, back, other)
    assert back.hall_db.stat().st_uid == back.courses.stat().st_uid == 500_000
    assert (back.homes / "sl001").stat().st_uid == 0  # the hub gives it to its person at the start


def test_links_into_the_old_data_folder_lead_into_the_new_one(data: DataFolder) -> None:
    (data.homes / "sl001" / "课程").symlink_to(data.courses)
    (data.homes / "sl001" / "beside").symlink_to(f"{data.root}-other")
    back = again(save(data))
    assert (back.homes / "sl001" / "课程").readlink() == back.courses
    assert (back.homes / "sl001" / "beside").readlink() == Path(f"{data.root}-other")


@needs_root
def test_without_root_everything_belongs_to_whoever_restores(data: DataFolder) -> None:
    done = save(data)
    folder = data.root.parent / "nobody"
    folder.mkdir()
    done.path.rename(folder / "b")
    for path in (folder, folder / "b"):
        os.chown(path, 65534, 65534)
    script = """
import sys
from pathlib import Path
from trainer.hub.data_folder import DataFolder, Identities
from trainer.workflow.backup.create import back_up
from trainer.workflow.backup.restore import restore
from datetime import datetime, UTC
data = DataFolder(Path(sys.argv[1]) / "data"); who = Identities(False, 200000)
restore(Path(sys.argv[1]) / "b", data, who)
print(back_up(Path(sys.argv[1]) / "again", data, who, None, datetime.now(UTC)).databases)
"""
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", script]
    run = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False, cwd="/")
    assert run.stdout == "3\n", run.stderr
    assert {path.lstat().st_uid for path in (folder / "data").rglob("*")} == {65534}


# -- what is not believed ----------------------------------------------------------------------------------------------


def remade(
    done: Done, change: Callable[[tarfile.TarInfo, bytes], list[tuple[tarfile.TarInfo, bytes]]]
) -> Done:
    """The same backup with members changed, left out or added."""
    with tarfile.open(done.path) as old, tarfile.open(done.path.with_name("changed"), "w:gz") as new:
        for info in old:
            stream = old.extractfile(info)
            for other, content in change(info, stream.read() if stream else b""):
                new.addfile(other, io.BytesIO(content))
    return Done(done.path.with_name("changed"), 0, 0, 0, 0, done.left_out)


def extra(name: str, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


@pytest.mark.parametrize(
    "bad",
    [
        [extra("data/../../evil", size=1)],
        [extra("/etc/evil", size=1)],
        [extra("data//evil", size=1)],
        [extra("evil", size=1)],
        [extra("data/hard", type=tarfile.LNKTYPE, linkname="data/hub.sqlite")],
        [extra("data/device", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
        [extra("data/pipe", type=tarfile.FIFOTYPE)],
        [extra("data/way", type=tarfile.SYMTYPE, linkname="/var/tmp"), extra("data/way/evil", size=1)],
        [extra("data/hub.sqlite", size=1)],
        [extra("data/nowhere/evil", size=1)],
        [extra("data/not-in-the-manifest", size=1)],
    ],
    ids=lambda bad: bad[-1].name,
)
def test_members_that_a_backup_never_has_are_refused(data: DataFolder, bad: list[tarfile.TarInfo]) -> None:
    def change(info: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        added = [(member, b"x" * member.size) for member in bad] if info.name == "manifest.jsonl" else []
        return [*added, (info, content)]

    refused(remade(save(data), change), Damaged)
    assert not list(Path("/var/tmp").glob("evil"))


def test_an_altered_file_is_noticed(data: DataFolder) -> None:
    def change(info: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        return [(info, content.swapcase() if info.name.endswith("secrets/cookie") else content)]

    refused(remade(save(data), change), Damaged, "secrets/cookie")


def test_a_missing_file_is_noticed(data: DataFolder) -> None:
    refused(
        remade(save(data), lambda info, content: [] if "hall.sqlite" in info.name else [(info, content)]),
        Damaged,
        "hall.sqlite",
    )


def test_a_backup_that_was_cut_short_or_is_none_is_refused(data: DataFolder) -> None:
    done = save(data)
    whole = done.path.read_bytes()
    for part in (
        whole[:-1],
        whole[: len(whole) // 2],
        whole[:50],
        b"",
        b"PK\3\4",
        gzip.compress(b"x" * 9999),
    ):
        done.path.write_bytes(part)
        refused(done, Damaged)
    flipped = bytearray(whole)
    for place in range(len(whole) // 2, len(whole) // 2 + 8):  # a single bit may be one that deflate skips
        flipped[place] ^= 0x10
    done.path.write_bytes(flipped)
    refused(done, Damaged)
    done.path.unlink()
    refused(done, UsageError)


def test_a_newer_format_asks_for_a_newer_program(data: DataFolder) -> None:
    def change(info: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        if info.name == "trainer-backup.json":
            content = content.replace(b'"format": 1', b'"format": 9')
        return [(info, content)]

    refused(remade(save(data), change), Damaged, "升级")


@needs_root
def test_rights_of_programs_do_not_come_back(data: DataFolder) -> None:
    program = home_of(data, "sl001") / "program"
    program.write_text("x")
    program.chmod(0o4755)
    back = again(save(data))
    assert stat.S_IMODE((back.homes / "sl001" / "program").stat().st_mode) == 0o755


def refused(done: Done, kind: type[Exception], words: str = "。") -> None:
    """Nothing is there afterwards, not even in part."""
    there = DataFolder(done.path.parent / "restored")
    with pytest.raises(kind, match=words):
        restore(done.path, there, WHO)
    assert {path.name for path in done.path.parent.iterdir()} <= {"data", "b.tar.gz", "changed"}


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


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
