"""How much a home takes of the disk, and the alarm when the disk fills fast."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trainer.hub.data_folder import Identities
from trainer.hub.homes import DiskAlarm, exceeds, make_home

KIB = 1024


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_files_count_with_what_they_take(home: Path) -> None:
    (home / "a").write_bytes(bytes(100 * KIB))
    assert not exceeds(home, 100 * KIB)
    assert exceeds(home, 99 * KIB)


def test_empty_files_and_links_count_as_a_block_each(home: Path) -> None:
    for n in range(10):
        (home / f"f{n}").touch()
        (home / f"l{n}").symlink_to("/etc/passwd")
    assert not exceeds(home, 80 * KIB)
    assert exceeds(home, 79 * KIB)


def test_what_a_link_leads_to_does_not_count(home: Path, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(500 * KIB))
    (home / "link").symlink_to(tmp_path)
    assert not exceeds(home, 4 * KIB)


def test_files_without_a_name_count_while_they_are_open(home: Path) -> None:
    with (home / "gone").open("wb") as file:
        file.write(bytes(200 * KIB))
        file.flush()
        (home / "gone").unlink()
        assert not exceeds(home, 100 * KIB)
        assert exceeds(home, 100 * KIB, [os.getpid()])


@pytest.mark.parametrize("name", ["d", "d" * 250])
def test_folders_without_end_are_too_much(home: Path, name: str) -> None:
    """Deeper than anybody needs, or with a path longer than the system takes."""
    here = os.open(home, os.O_RDONLY)
    for _ in range(70):
        os.mkdir(name, dir_fd=here)
        deeper = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    assert exceeds(home, 1 << 40)


def test_the_alarm_rings_when_much_is_gone_and_then_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = {"bytes": 1000, "files": 1000}
    monkeypatch.setattr(DiskAlarm, "_room", lambda self: (room["bytes"], room["files"]))
    alarm = DiskAlarm(home, most=100)
    heard = []
    for change in (
        {"bytes": 950},
        {"bytes": 890},
        {"bytes": 800},
        {"bytes": 1000},
        {"bytes": 890},
        {"files": 890},
    ):
        room |= change
        heard.append(alarm.rings())
    assert heard == [False, True, False, False, True, True]
    assert DiskAlarm(home).rings() is False


def test_a_course_that_has_moved_is_found_again(tmp_path: Path) -> None:
    """Without walls the course is a link in the instructor's home; the old one leads nowhere after a move."""
    who = Identities(separate=False, first_uid=200_000)
    old, new = tmp_path / "old" / "leitai", tmp_path / "new" / "leitai"
    old.mkdir(parents=True)
    make_home(tmp_path / "home", os.getuid(), who, [old])
    old.parent.rename(new.parent)
    make_home(tmp_path / "home", os.getuid(), who, [new])
    assert (tmp_path / "home" / "leitai").resolve() == new
