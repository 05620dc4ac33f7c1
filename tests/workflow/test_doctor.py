"""The doctor notices what is broken, each thing broken for real where a test can."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from trainer.accounts.store import AccountStore, OneTime, Person
from trainer.hall.signing import load_or_create
from trainer.hub.data_folder import DataFolder, Identities
from trainer.settings import Accounts, Server
from trainer.workflow.doctor import folder, machine, network, programs, storage
from trainer.workflow.doctor.examine import CHECKS, examine, sound
from trainer.workflow.doctor.finding import Check, Finding, Level, Place
from trainer.workflow.doctor.gradebooks import gradebooks

ROOT = os.getuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="root's rights are what is looked at")
BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=BEIJING)


@pytest.fixture
def place() -> Iterator[Place]:
    """A data folder in good order, in which an instructor and a trainee have passwords of their own."""
    top = Path(tempfile.mkdtemp(prefix="trainer-doctor-", dir="/var/tmp"))
    top.chmod(0o755)
    who = Identities(ROOT, 200_000)
    data = DataFolder(top / "data")
    data.create(who)
    data.secret("cookie")
    with closing(sqlite3.connect(data.hub_db)) as hub:
        hub.execute("CREATE TABLE users (name)")
    with closing(sqlite3.connect(data.hall_db)) as hall, hall:
        hall.execute("CREATE TABLE hall_schema (version)")
        hall.execute("INSERT INTO hall_schema VALUES (1)")
    load_or_create(data.hall / "secrets" / "receipt-key.json")
    with AccountStore(data.accounts_db) as store:
        people = [Person("jiaoyuan", "教员", role="instructor"), Person("sl001", "学员")]
        for account in store.add([(p, OneTime("hash", NOW)) for p in people], NOW):
            store.set_password(account, "own", NOW)
    for path in (data.hub_db, data.hall_db, data.accounts_db):
        path.chmod(0o600)
    for path in (
        data.hall_db,
        data.accounts_db,
        data.hall / "secrets",
        data.hall / "secrets/receipt-key.json",
    ):
        who.give(path, who.course)
    config = top / "jupyter_config.py"
    config.touch(0o644)
    etc = top / "etc"
    etc.mkdir()
    (etc / "passwd").write_text("root:x:0:0::/:/bin/sh\n")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(port=port)
    yield Place(data, who, server, Accounts(address="https://x/"), NOW, config, tls=True, etc=etc)
    shutil.rmtree(data.runtime, ignore_errors=True)
    shutil.rmtree(top)


def check(place: Place, *checks: Check) -> list[Finding]:
    """What the checks find that is not good."""
    return [finding for finding in examine(place, checks) if finding.level is not Level.GOOD]


def the(place: Place, check_: Check, level: Level, words: str, cure: str = "") -> Finding:
    """The one finding of a check that says these words."""
    [found] = [finding for finding in check(place, check_) if words in finding.sentence]
    assert (found.level, cure in found.cure) == (level, True), found
    assert found.sentence.endswith("。"), found
    return found


PROBLEM, WARNING, NOTE = Level.PROBLEM, Level.WARNING, Level.NOTE


def test_nothing_is_wrong_with_a_good_folder(place: Place) -> None:
    of_this_machine = {
        machine.control_groups,
        machine.memory,
        machine.open_files,
        machine.clock,
        storage.room,
    }
    checks = [c for c in CHECKS if c not in {*of_this_machine, storage.durability}]
    assert [f for f in check(place, *checks) if ROOT or f.about != "身份"] == []


@needs_root
def test_a_machine_without_its_tools(place: Place, repository: Path) -> None:
    """The command itself, in a view of the machine without bwrap and control groups, with the data in memory."""
    script = f"""
set -e
mount --make-rprivate /
mount -t tmpfs none /sys/fs/cgroup
mount --bind /dev/null "$(command -v bwrap)"
mount -t tmpfs -o size=3m none {place.data.root}
ulimit -n 200
exec {sys.executable} -m trainer.apps.main doctor --format=json --data={place.data.root} --Server.port={place.server.port}
"""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", place.server.port))
        taken.listen()
        found = said(["unshare", "--mount", "sh", "-c", script], repository, status=1)
    assert {("问题", "围墙"), ("问题", "限额"), ("问题", "端口"), ("问题", "磁盘")} <= found
    assert {("注意", "文件系统"), ("注意", "打开文件数")} <= found


@needs_root
def test_a_machine_that_does_not_let_walls_be_built(place: Place, repository: Path) -> None:
    command = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", sys.executable]
    command += ["-m", "trainer.apps.main", "doctor", "--format=json", f"--data={place.data.root}"]
    assert ("问题", "围墙") in said(command, repository, status=1)


def said(command: list[str], cwd: Path, status: int) -> set[tuple[str, str]]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    assert printed["sound"] is (status == 0)
    return {(row["级别"], row["检查"]) for row in printed["rows"]}


@needs_root
def test_programs_that_others_cannot_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual environment made under a strict umask."""
    prefix = place.data.root.parent / "venv"
    prefix.mkdir(mode=0o755)
    python = prefix / "python"
    shutil.copy(Path(sys.executable).resolve(), python)
    python.chmod(0o700)
    monkeypatch.setattr(sys, "prefix", str(prefix))
    monkeypatch.setattr(sys, "executable", str(python))
    the(place, machine.walls, PROBLEM, "不能运行本程序", "chmod")
    the(place, programs.files, PROBLEM, "读不了", "o+rX")
    python.chmod(0o757)
    the(place, programs.files, PROBLEM, "任何用户都能改", "o-w")


def test_old_versions_with_known_holes(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "jupyter_server-2.17.0.dist-info"
    old.mkdir()
    (old / "METADATA").write_text("Metadata-Version: 2.1\nName: jupyter-server\nVersion: 2.17.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    the(place, programs.versions, PROBLEM, "jupyter-server 是 2.17.0", "升级")


def test_a_configuration_that_others_can_change(place: Place) -> None:
    assert place.configuration is not None
    place.configuration.chmod(0o664)
    the(place, programs.configuration, PROBLEM, "也能改", "chmod go-w")
    the(replace(place, configuration=None), programs.configuration, WARNING, "默认设置")


def test_clocks(place: Place) -> None:
    the(replace(place, now=NOW.replace(year=1970)), machine.clock, PROBLEM, "明显不对")
    the(replace(place, now=NOW.astimezone(UTC)), machine.clock, WARNING, "不是北京时间")


def test_more_people_than_memory(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_PERSON_MIB", 10**9)
    the(place, machine.memory, WARNING, "学员账号有 1 个")


def test_without_root(place: Place) -> None:
    the(replace(place, who=Identities(False, 200_000)), machine.rights, WARNING, "只能试用")


@needs_root
def test_a_disk_that_cannot_be_written(place: Place) -> None:
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=40", "none", place.data.root], check=True
    )
    try:
        the(place, storage.room, PROBLEM, "快满了")
        the(place, storage.file_system, WARNING, "内存盘")
        for number in range(39):
            (place.data.root / str(number)).touch()
        the(place, storage.room, WARNING, "个文件")
        subprocess.run(["mount", "-o", "remount,ro", place.data.root], check=True)
        the(place, storage.durability, PROBLEM, "写不进去")
    finally:
        subprocess.run(["umount", place.data.root], check=True)


def test_no_data_folder_yet(place: Place) -> None:
    there = replace(place, data=DataFolder(place.data.root / "no" / "where"))
    the(there, folder.exists, NOTE, "还没有数据文件夹", "--data")
    assert sound(examine(there, (folder.exists, *storage.STORAGE, *folder.FOLDER)))


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("secrets", 0o755),
        ("secrets/cookie", 0o640),
        ("accounts/accounts.sqlite", 0o644),
        ("hub.sqlite", 0o644),
        ("hall", 0o711),
        ("homes", 0o755),
        ("", 0o755),
    ],
)
def test_what_others_can_see(place: Place, name: str, mode: int) -> None:
    path = place.data.root / name
    path.chmod(mode)
    found = the(place, folder.owners_and_modes, PROBLEM, f"{path} 别的用户也能看", "chmod")
    subprocess.run(["sh", "-c", found.cure], check=True)
    assert check(place, folder.owners_and_modes) == []


@needs_root
def test_what_belongs_to_somebody_else(place: Place) -> None:
    os.chown(place.data.hall_db, 0, 0)
    found = the(place, folder.owners_and_modes, PROBLEM, "应当属于 200000", "chown")
    subprocess.run(["sh", "-c", found.cure], check=True)
    assert check(place, folder.owners_and_modes) == []
    (place.data.courses / "leitai").mkdir()
    (place.data.courses / "leitai" / "way").symlink_to("/etc/passwd")
    found = the(place, folder.course_owners, PROBLEM, "2 个文件不属于课程用户", "chown")
    subprocess.run(["sh", "-c", found.cure], check=True)
    assert check(place, folder.course_owners) == []
    assert Path("/etc/passwd").stat().st_uid == 0


def test_a_signing_key_that_others_can_read(place: Place) -> None:
    key = place.data.hall / "secrets" / "receipt-key.json"
    key.chmod(0o644)
    the(place, folder.signing_key, PROBLEM, "别人也能读")
    key.chmod(0o600)
    key.write_text("{}")
    the(place, folder.signing_key, PROBLEM, "损坏")


def test_databases(place: Place) -> None:
    with closing(sqlite3.connect(place.data.hall_db)) as hall, hall:
        hall.execute("UPDATE hall_schema SET version = 99")
    the(place, folder.databases, PROBLEM, "更新版本", "升级")
    with place.data.hub_db.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 500)
    the(place, folder.databases, PROBLEM, "损坏", "trainer restore")


def test_accounts(place: Place) -> None:
    (place.data.root / "学员密码条.docx").touch()
    the(place, folder.slips, NOTE, "一次性密码", "删掉")
    with AccountStore(place.data.accounts_db) as store:
        store.disable(["jiaoyuan"], disabled=True)
        store.add(
            [(Person(f"sl00{n}", "学员"), OneTime("hash", NOW + timedelta(days=n - 3))) for n in (2, 4)],
            NOW - timedelta(days=9),
        )
    the(place, folder.people, WARNING, "没有教员账号", "trainer accounts add")
    the(place, folder.people, NOTE, "1 人的一次性密码过期了", "--unused")
    the(place, folder.people, NOTE, "1 人还没有用一次性密码登录过")


def test_a_port_that_is_taken_and_a_server_that_runs_in_part(place: Place) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", place.server.port))
        taken.listen()
        the(place, network.port, PROBLEM, "占着", "ss -ltnp")
    the(replace(place, server=Server(ip="203.0.113.7")), network.port, PROBLEM, "不能用")
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(place.data.hub_socket))
        listening.listen()
        the(place, network.port, PROBLEM, "只有 JupyterHub 有应答")


@pytest.mark.parametrize(
    ("server", "accounts", "tls", "level", "words"),
    [
        ({"ip": "0.0.0.0"}, {"address": "http://10.0.0.5:8000/"}, False, WARNING, "明文"),
        ({}, {"address": "http://10.0.0.5:8000/"}, False, WARNING, "只在本机"),
        ({}, {"address": "https://ks.example/"}, False, WARNING, "同一个地址"),
        ({}, {}, False, NOTE, "没有写学员用的网址"),
    ],
)
def test_how_people_get_there(
    place: Place, server: dict[str, Any], accounts: dict[str, Any], tls: bool, level: Level, words: str
) -> None:
    there = replace(place, server=Server(**server), accounts=Accounts(**accounts), tls=tls)
    the(there, network.address, level, words, "c." if "明文" not in words else "deploy/tls")


@needs_root
def test_numeric_users_that_are_somebody_elses(place: Place) -> None:
    (place.etc / "passwd").write_text("zhang:x:200005:200005::/home:/bin/sh\nli:x:199999:1::/:/bin/sh\n")
    (place.etc / "subuid").write_text("tester:100000:65536\nwang:165536:65536\n")
    the(place, network.numbers, PROBLEM, "zhang")
    assert "tester" not in the(place, network.numbers, WARNING, "subuid 里的 wang").sentence


@pytest.mark.skipif(not ROOT, reason="becomes another user")
def test_what_may_not_be_looked_at_is_said(place: Place, repository: Path) -> None:
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/nonexistent"]
    command += [sys.executable, "-m", "trainer.apps.main", "doctor", "--format=json"]
    found = said([*command, f"--data={place.data.root}"], repository, status=1)
    assert {("注意", "身份"), ("问题", "检查")} <= found


# -- gradebooks --------------------------------------------------------------------------------------------------------


def gradebook_of(place: Place, journal: str) -> Path:
    """A gradebook as far as the doctor looks, in a course of its own, owned as everything in courses is."""
    folder = place.data.courses / "leitai"
    folder.mkdir(exist_ok=True)
    path = folder / "gradebook.db"
    with closing(sqlite3.connect(path)) as gradebook, gradebook:
        gradebook.execute(f"PRAGMA journal_mode = {journal}")
        gradebook.execute("CREATE TABLE IF NOT EXISTS submitted_notebook (id, said)")
        gradebook.executemany(
            "INSERT INTO submitted_notebook VALUES (?, ?)", [(n, "x" * 900) for n in range(99)]
        )
    path.chmod(0o600)
    for one in (folder, path):
        place.who.give(one, place.who.course)
    return path


def test_a_gradebook_in_good_order(place: Place) -> None:
    path = gradebook_of(place, "wal")
    assert "完好，WAL 方式" in examine(place, [gradebooks])[0].sentence
    assert check(place, gradebooks, folder.owners_and_modes, folder.course_owners) == []
    gradebook_of(place, "delete")
    the(place, gradebooks, NOTE, "还不是 WAL 方式", "自动换过来")
    with closing(sqlite3.connect(path)) as gradebook:
        assert gradebook.execute("PRAGMA journal_mode").fetchone() == ("delete",)  # the doctor only looks


def test_a_gradebook_on_a_network_disk(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    gradebook_of(place, "wal")
    monkeypatch.setattr("trainer.workflow.doctor.gradebooks.mounted_as", lambda _: ("nfs4", set()))
    the(place, gradebooks, WARNING, "放在网络盘上", "PostgreSQL")


def test_gradebooks_that_cannot_be_used(place: Place) -> None:
    path = gradebook_of(place, "wal")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8 * 4096))
    the(place, gradebooks, PROBLEM, "课程 leitai 的成绩册损坏了", "trainer restore")
    path.write_bytes(b"something else " * 100)
    the(place, gradebooks, PROBLEM, "打不开", "复制一份留着")
    path.unlink()
    path.symlink_to(place.data.hall_db)
    the(place, gradebooks, PROBLEM, "不是普通文件")
    path.unlink()
    path.touch()
    the(place, gradebooks, NOTE, "还没有 nbgrader 的表")


@needs_root
def test_looking_at_a_gradebook_follows_no_links_with_roots_rights(place: Place) -> None:
    """A log beside it that leads to a file of root's: the doctor looks with the owner's rights, and the file stays."""
    path = gradebook_of(place, "wal")
    secret = place.data.root / "secrets" / "of-root"
    secret.write_bytes(b"as it was")
    Path(f"{path}-wal").symlink_to(secret)
    the(place, gradebooks, PROBLEM, "打不开")
    assert secret.read_bytes() == b"as it was"
