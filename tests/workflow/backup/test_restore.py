"""What a restore brings back, and what it refuses."""

from __future__ import annotations

import gzip
import io
import os
import socket
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from trainer.errors import Conflict, UsageError
from trainer.hub.data_folder import DataFolder, Identities
from trainer.workflow.backup.archive import Damaged
from trainer.workflow.backup.create import Done
from trainer.workflow.backup.restore import restore

from .folders import WHO, again, home_of, needs_root, refused, save


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
