"""Publishing: everything is there, again the same, and a failure leaves the old board."""

import os
import time
from dataclasses import replace

import pytest

from trainer.errors import Conflict
from trainer.leaderboard.publish import publish

SHEETS = ["个人榜", "团体榜", "期次榜", "大题", "统计"]
PLOTS = ["分数分布", "团体对比", "大题得分率"]
NAMES = {
    *(f"{name}.csv" for name in SHEETS),
    *(f"{name}.{kind}" for name in PLOTS for kind in ("png", "svg")),
    *("榜单.xlsx", "榜单.html", "standings.json"),
}


def names(folder):
    return [path.name for path in folder.iterdir()]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_everything_is_published_and_named(board, tmp_path, generated_at):
    paths = publish(board, tmp_path / "站点" / "擂台", generated_at=generated_at)
    assert {path.name for path in paths} == NAMES
    assert all(path.is_file() and path.parent == tmp_path / "站点" / "擂台" for path in paths)
    assert names(tmp_path / "站点") == ["擂台"]


def test_publishing_again_gives_the_same_bytes(board, published, tmp_path, generated_at, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        publish(board, tmp_path / "擂台", generated_at=generated_at)
        publish(board, tmp_path / "擂台", generated_at=generated_at)
    finally:
        monkeypatch.undo()
        time.tzset()
    again, before = contents(tmp_path / "擂台"), contents(published)
    assert again.keys() == before.keys() == NAMES
    for name, data in before.items():
        assert again[name] == data, name


def test_files_of_others_stay(board, tmp_path, generated_at):
    folder = tmp_path / "擂台"
    (folder / "照片").mkdir(parents=True)
    (folder / "照片" / "合影.txt").write_text("合影", encoding="utf-8")
    (folder / "榜单.html").write_text("旧", encoding="utf-8")
    publish(board, folder, generated_at=generated_at)
    assert (folder / "照片" / "合影.txt").read_text(encoding="utf-8") == "合影"
    assert (folder / "榜单.html").read_text(encoding="utf-8") != "旧"
    assert names(tmp_path) == ["擂台"]


def test_a_failure_leaves_the_old_board(board, tmp_path, generated_at):
    folder = tmp_path / "擂台"
    publish(board, folder, generated_at=generated_at)
    before = contents(folder)
    unwritable = replace(board, remarks=("\ud800",))  # no encoding has this
    with pytest.raises(UnicodeEncodeError):
        publish(unwritable, folder, generated_at=generated_at)
    assert contents(folder) == before
    assert names(tmp_path) == ["擂台"]


def test_an_interrupted_exchange_is_mended(board, tmp_path, generated_at):
    aside = tmp_path / ".擂台.old"
    aside.mkdir()
    (aside / "说明.txt").write_text("别人的", encoding="utf-8")
    (aside / "榜单.html").write_text("旧", encoding="utf-8")
    publish(board, tmp_path / "擂台", generated_at=generated_at)
    assert (tmp_path / "擂台" / "说明.txt").read_text(encoding="utf-8") == "别人的"
    assert (tmp_path / "擂台" / "榜单.html").read_text(encoding="utf-8") != "旧"
    assert names(tmp_path) == ["擂台"]


def test_readers_of_other_accounts_may_read(board, tmp_path, generated_at):
    before = os.umask(0o022)
    try:
        paths = publish(board, tmp_path / "擂台", generated_at=generated_at)
    finally:
        os.umask(before)
    assert (tmp_path / "擂台").stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o644}


def test_a_file_in_the_way_is_a_conflict(board, tmp_path, generated_at):
    (tmp_path / "擂台").write_text("我的", encoding="utf-8")
    with pytest.raises(Conflict, match="是一个文件"):
        publish(board, tmp_path / "擂台", generated_at=generated_at)
    assert (tmp_path / "擂台").read_text(encoding="utf-8") == "我的"
