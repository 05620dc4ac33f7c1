"""Bundles: paths that lead nowhere else, folders read and written without following links."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.errors import Conflict, NotFound
from trainer.hall.bundle import (
    BadBundle,
    Limits,
    check_files,
    content_hash,
    file_hashes,
    from_json,
    manifest_of,
    path_problem,
    read_folder,
    to_json,
    write_folder,
)

BAD_PATHS = [
    "",
    "/etc/passwd",
    "../x",
    "a/../b",
    "a/./b",
    "a//b",
    "a/",
    ".hidden",
    "a/.ipynb_checkpoints/x",
    "a\\b",
    "a\nb",
    "a\x00b",
    "a\u202eb",
    "a\ud800",
    " a",
    "a /b",
    "x" * 241,
    "字" * 100,
    "/".join("abcdefghi"),
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_paths_that_may_not_travel(path):
    assert path_problem(path)
    with pytest.raises(BadBundle):
        from_json({path: {"text": "x"}})


@pytest.mark.parametrize("path", ["a.ipynb", "图/第 1 张.png", "data/数据　表.csv", "a.b/c..d"])
def test_paths_that_may_travel(path):
    assert path_problem(path) is None


def test_numbers_and_sizes_are_limited():
    with pytest.raises(BadBundle, match="最多 2 个"):
        check_files({"a": b"", "b": b"", "c": b""}, Limits(files=2))
    with pytest.raises(BadBundle, match="MB"):
        check_files({"a": b"1234"}, Limits(total=3))
    with pytest.raises(BadBundle, match="没有文件"):
        from_json({})
    with pytest.raises(BadBundle, match="既是文件又是文件夹"):
        check_files({"a": b"", "a/b": b""})


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "x",
        {},
        {"text": 1},
        {"base64": "%%"},
        {"base64": "a"},
        {"text": "a", "base64": ""},
        {"text": "\ud800"},
    ],
)
def test_contents_that_cannot_be_read(entry):
    with pytest.raises(BadBundle, match="读不懂"):
        from_json({"a": entry})


names = st.text("abc中文 .-", min_size=1, max_size=8).filter(lambda n: path_problem(n) is None)


@given(st.dictionaries(names, st.binary(max_size=50), min_size=1, max_size=5))
def test_json_and_folders_keep_every_byte(files):
    assert from_json(to_json(files)) == files


def test_the_manifest_is_what_sha256sum_checks(tmp_path):
    files = {"b.txt": b"2", "a/图.bin": b"\xff"}
    write_folder(files, tmp_path / "out")
    hashes = file_hashes(files)
    done = subprocess.run(
        ["sha256sum", "-c", "-"],
        check=False,
        cwd=tmp_path / "out",
        input=manifest_of(hashes).encode(),
        capture_output=True,
    )
    assert done.returncode == 0
    assert content_hash(hashes) == content_hash(dict(reversed(hashes.items())))


def test_reading_a_folder_leaves_hidden_files_out(tmp_path):
    write_folder({"a.ipynb": b"{}", "图/x.png": b"\x89"}, tmp_path / "work")
    (tmp_path / "work" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "work" / ".ipynb_checkpoints" / "a.ipynb").write_bytes(b"old")
    (tmp_path / "work" / ".hidden").write_bytes(b"h")
    assert read_folder(tmp_path / "work") == {"a.ipynb": b"{}", "图/x.png": b"\x89"}


@pytest.mark.parametrize("kind", ["file", "folder", "fifo"])
def test_reading_never_follows_links_or_special_files(tmp_path, kind):
    work = tmp_path / "work"
    work.mkdir()
    if kind == "fifo":
        os.mkfifo(work / "bad")
    else:
        (work / "bad").symlink_to("/etc/passwd" if kind == "file" else "/etc")
    with pytest.raises(BadBundle, match="bad"):
        read_folder(work)
    (tmp_path / "link").symlink_to(work)
    with pytest.raises(NotFound):
        read_folder(tmp_path / "link")


def test_reading_stops_at_the_limit(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 100)
    (tmp_path / "b").write_bytes(b"x" * 100)
    with pytest.raises(BadBundle, match="合计超过"):
        read_folder(tmp_path, Limits(total=150))
    with pytest.raises(BadBundle, match="文件太多"):
        read_folder(tmp_path, Limits(files=1))


def test_writing_never_follows_links(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "target"
    target.mkdir()
    (target / "sub").symlink_to(outside)
    with pytest.raises(BadBundle, match="sub"):
        write_folder({"sub/x": b"1"}, target, existing="replace")
    (outside / "file").write_bytes(b"mine")
    (target / "x").symlink_to(outside / "file")
    write_folder({"x": b"new"}, target, existing="replace")
    assert (outside / "file").read_bytes() == b"mine"
    assert not (target / "x").is_symlink()
    with pytest.raises(BadBundle, match="链接"):
        write_folder({"x": b"1"}, target / "sub")
    assert [p.name for p in outside.iterdir()] == ["file"]


def test_what_is_there_already(tmp_path: Path):
    folder = tmp_path / "work"
    assert write_folder({"a": b"1", "b/c": b"2"}, folder) == ["a", "b/c"]
    with pytest.raises(Conflict):
        write_folder({"a": b"9"}, folder)
    (folder / "b" / "c").unlink()
    assert write_folder({"a": b"9", "b/c": b"9"}, folder, existing="missing") == ["b/c"]
    assert (folder / "a").read_bytes() == b"1"
    assert write_folder({"a": b"8"}, folder, existing="replace") == ["a"]
    assert read_folder(folder) == {"a": b"8", "b/c": b"9"}
    assert not list(folder.rglob("*.part"))
