"""Files of a shared folder: only below it, only regular ones, never through a link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trainer.errors import NotFound
from trainer.workflow.inside import files_inside, open_inside


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("secret")
    root = tmp_path / "course"
    (root / "boards" / "one").mkdir(parents=True)
    (root / "boards" / "one" / "榜单.csv").write_text("名次")
    (root / "boards" / "one" / ".hidden").write_text("x")
    (root / "boards" / "one" / "link").symlink_to(tmp_path / "secret")
    (root / "boards" / "two").symlink_to(tmp_path)
    os.mkfifo(root / "boards" / "one" / "pipe")
    return root


def test_a_file_below_the_folder_is_read(root):
    with open_inside(root, "boards", "one", "榜单.csv") as file:
        assert file.read().decode() == "名次"


@pytest.mark.parametrize(
    "parts",
    [
        ("boards", "one", "link"),
        ("boards", "two", "secret"),
        ("boards", "one", "pipe"),
        ("boards", "one"),
        ("boards", "..", "..", "secret"),
        ("boards", "one", "../../../secret"),
        ("boards", "one", "/etc/passwd"),
        ("boards/one", "榜单.csv"),
        ("boards", "one", "\0"),
        ("boards", "", "secret"),
        ("nothing",),
    ],
)
def test_nothing_else_is(root, parts):
    with pytest.raises(NotFound):
        open_inside(root, *parts)


def test_only_regular_files_are_listed(root):
    assert [str(path) for path in files_inside(root, "boards")] == ["boards/one/榜单.csv"]
    assert list(files_inside(root, "boards", "two")) == []
    assert list(files_inside(root, "nowhere")) == []
    assert list(files_inside(root, "boards", "..")) == []
