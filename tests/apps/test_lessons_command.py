"""``trainer lessons`` as a person types it, the hall being a real one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from halls import HallProcess, StandInHub
from trainer.hall.learning_client import LearningClient

Cli = Any


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[HallProcess]:
    """A hall, and this process in the place of an instructor's server."""
    with tempfile.TemporaryDirectory(prefix="hall-") as folder, StandInHub(Path(folder) / "hub.sock") as hub:
        process = HallProcess(Path(folder), hub.url).start()
        monkeypatch.setenv("TRAINER_HALL_URL", process.url)
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "token-chen")
        yield process
        process.end()
        hub.shutdown()


def test_checked_published_learnt_and_withdrawn(cli: Cli, hall: HallProcess) -> None:
    checked = json.loads(cli("lessons", "check", "--format=json").out)
    names = [row["编号"] for row in checked["rows"]]
    assert "zenyang-dati" in names
    published = json.loads(cli("lessons", "publish", "--format=json").out)["rows"]
    assert [(row["编号"], row["版本"], row["状态"]) for row in published] == [(n, 1, "已发布") for n in names]
    again = cli("lessons", "publish", "zenyang-dati")
    assert (again.status, again.err) == (0, "")
    assert "没有变" in again.out

    LearningClient(hall.url, "token-zhang").try_exercise("zenyang-dati", "judge", "right", "对")
    progress = json.loads(cli("lessons", "progress", "--format=json").out)
    row = next(row for row in progress["rows"] if row["编号"] == "zenyang-dati")
    assert (row["打开的人"], row["学完的人"]) == (1, 0)
    assert progress["people"]["zenyang-dati"][0]["user"] == "zhang"

    assert cli("lessons", "withdraw", "zenyang-dati").status == 0
    assert "zenyang-dati" not in cli("lessons", "progress").out


def test_what_does_not_work_is_said(cli: Cli, hall: HallProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = cli("lessons", "publish", "mei-you")
    assert (unknown.status, "没有编号为 mei-you 的课" in unknown.err) == (1, True)
    assert "请检查路径" in cli("lessons", "check", "--lessons=tests").err
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "token-zhang")
    assert "只有教师可以这样做" in cli("lessons", "publish").err
    monkeypatch.delenv("TRAINER_HALL_URL")
    assert "没有连上考场服务" in cli("lessons", "publish").err
