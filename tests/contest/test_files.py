"""contests/<id>.yaml: read as typed, and refused in Chinese."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from trainer.contest.files import find_contests, read_contest
from trainer.errors import NotFound, ProblemsFound

RULES = """\
format: 1
id: bisai
title: 2026
paper: juan
opens: 2026-11-20T09:00:00+08:00
closes: 2026-11-20T10:30:00+08:00
pass_percent: 60.50
ties: [time, "section:案例分析题"]
team:
  score: best
  best: 3
  participation: true
"""


def _write(folder, text):
    (folder / "bisai.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / "bisai.yaml"


def test_rules_are_read(tmp_path):
    rules = read_contest(_write(tmp_path, RULES))
    assert (rules.title, rules.pass_percent, rules.team.best) == ("2026", Decimal("60.5"), 3)
    assert rules.team.participation is True
    assert rules.closes - rules.opens == timedelta(minutes=90)
    assert rules.opens.utcoffset() == timedelta(hours=8)


def test_all_contests_of_a_course_are_found_by_name(tmp_path):
    folder = tmp_path / "contests"
    folder.mkdir()
    for name in ("b", "a"):
        (folder / f"{name}.yaml").write_text(RULES.replace("bisai", name), encoding="utf-8")
    assert [rules.id for rules in find_contests(tmp_path)] == ["a", "b"]


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound, match="没有找到比赛规则"):
        read_contest(tmp_path / "meiyou.yaml")


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        pytest.param("T09:00:00+08:00", "T11:00:00+08:00", "“closes”（截止时间）应当晚于“opens”", id="closed-before-open"),
        pytest.param("T09:00:00+08:00", "T09:00:00", "“opens”要写明时区", id="no-zone"),
        pytest.param("2026-11-20T09:00:00+08:00", "2026-11-20", "“opens”要写明时区", id="only-a-date"),
        pytest.param("2026-11-20T09:00:00+08:00", "2026-13-45T09:00:00+08:00", "“opens”应当是时间", id="no-such-month"),
        pytest.param("2026-11-20T09:00:00+08:00", "上午九点", "“opens”应当是时间", id="time-in-words"),
        pytest.param("60.50", "101", "“pass_percent”不能大于 100", id="percent"),
        pytest.param("60.50", "六十", "“pass_percent”应当是数", id="percent-in-words"),
        pytest.param("[time,", "[speed,", "“ties 的第 1 项”", id="unknown-tie"),
        pytest.param('"section:案例分析题"', '"section:"', "“ties 的第 2 项”", id="tie-without-section"),
        pytest.param("score: best", "score: top", "“score”只能是 mean, sum 或 best", id="score"),
        pytest.param("best: 3", "best: 0", "“best”不能小于 1", id="best"),
        pytest.param("participation: true", "participation: 也许", "“participation”应当写 true 或 false", id="bool"),
        pytest.param("paper: juan\n", "", "缺少“paper”", id="missing"),
        pytest.param("paper: juan", "papers: juan", "不认识“papers”", id="unknown"),
        pytest.param("paper: juan", "paper: juan\npaper: juan", "第 5 行：“paper”写了两次", id="twice"),
        pytest.param("paper: juan", "paper: [juan", "文件不是合法的 UTF-8 YAML", id="syntax"),
        pytest.param("format: 1", "format: 9", "“format”只能是 1", id="format"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_chinese(tmp_path, was, becomes, says):
    assert RULES.count(was) == 1
    with pytest.raises(ProblemsFound) as found:
        read_contest(_write(tmp_path, RULES.replace(was, becomes)))
    assert says in str(found.value)
    assert not re.search(r"Input|should|valid|Value error", str(found.value))


def test_all_mistakes_are_told_together(tmp_path):
    text = RULES.replace("paper: juan\n", "").replace("best: 3", "best: 三").replace("60.50", "x")
    with pytest.raises(ProblemsFound, match="有 3 处问题"):
        read_contest(_write(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("title: 比赛".encode("gbk"), id="gbk"),
        pytest.param("a: \x01", id="control"),
        pytest.param("", id="empty"),
        pytest.param("- 1", id="list"),
        pytest.param("比赛", id="word"),
        pytest.param("[a]: 1", id="odd-key"),
        pytest.param("? [a, b]\n: 1", id="odder-key"),
    ],
)
def test_what_is_no_rules_file_is_refused_in_chinese(tmp_path, text):
    with pytest.raises(ProblemsFound, match="比赛规则有"):
        read_contest(_write(tmp_path, text))
