"""A fresh server has lessons for its trainees without anybody publishing them, and says so in the journal."""

from __future__ import annotations

import json

import pytest

from polling import until
from trainer.console.place import Place

from .conftest import LiveServer, needs_root

pytestmark = [needs_root, pytest.mark.xdist_group("live")]

LESSON = "zenyang-dati"


def test_lessons_came_with_the_program(county: LiveServer) -> None:
    journal = Place(county.data.root, "leitai").log
    until(lambda: journal.is_file() and "第一次启动" in journal.read_text("utf-8"), "the first lessons")
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    first = next(line for line in lines if "第一次启动" in line["what"])
    assert (first["who"], first["outcome"]) == ("console", "done")
    assert LESSON in first["detail"]["lessons"]
    assert "怎样答题" in county.person("sl001").open_server().get("trainer/").text
