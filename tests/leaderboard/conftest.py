"""Small boards made by the real ranking, with every difficulty a board can have."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from trainer.contest.ranking import make_board
from trainer.leaderboard.publish import publish
from trainer.model.contest import Board, ContestRules, Result
from trainer.model.people import Roster, Trainee
from trainer.model.points import Hundredths

CHINA = timezone(timedelta(hours=8))
OPENS = datetime(2025, 11, 20, 9, 0, tzinfo=CHINA)
GENERATED = datetime(2025, 11, 21, 8, 30, tzinfo=CHINA)
SECTIONS = {"一、单项选择题": Hundredths(6000), "二、案例分析题": Hundredths(4000)}

#: account, name, team, cohort, points of the two sections (None: absent), minutes used, rest of the result
PEOPLE: list[tuple[Any, ...]] = [
    ("u1", "王,建国", "青山镇", "第1期", (6000, 3550), 20, {}),
    ("u2", '李"小明"', "青山镇", "第2期", (5000, 3000), 30, {}),
    ("u3", "<script>alert(1)</script>", "白水河乡", "第1期", (5000, 3000), 30, {"late": True}),
    ("u4", "=1+1", "白水河乡", "第2期", (5000, 3000), 31, {"pending": 2, "unanswered": 1}),
    ("u5", "赵六", "白水河乡", "第1期", (2000, 1001), 40, {}),
    ("u6", "孙七", "青山镇", "第2期", None, None, {}),
    ("u7", "周八", "石桥&街道", "第1期", None, None, {}),
]


def make_rules(**changes: Any) -> ContestRules:
    values: dict[str, Any] = {
        "format": 1,
        "id": "leitai",
        "title": "2025年党务知识擂台比武",
        "organiser": "中共某县委组织部",
        "notice": "示例数据，人名和单位均为虚构",
        "paper": "p1",
        "opens": OPENS,
        "closes": OPENS + timedelta(hours=1),
    }
    return ContestRules(**(values | changes))


def make(people: list[tuple[Any, ...]] = PEOPLE, sections=SECTIONS, **rules: Any) -> Board:
    trainees, results = [], {}
    for account, name, team, cohort, points, minutes, more in people:
        trainees.append(Trainee(account, name, team, branch="第一党支部", post="组织委员", cohort=cohort))
        if points is not None:
            given = {title: Hundredths(value) for title, value in zip(sections, points, strict=True)}
            at = OPENS + timedelta(minutes=minutes)
            results[account] = Result(account, "p1", Hundredths(sum(points)), at, given, **more)
    return make_board(
        make_rules(**rules),
        Roster(tuple(trainees)),
        results,
        sections=sections,
        paper_title="党务综合卷",
        marking="多选题漏选得一半分，错选不得分。",
        remarks=["签到表缺 1 人，按开赛时间计时。"],
    )


def crowd(teams: int, sections: int = 8) -> Board:
    """Many teams with names of eight characters; the last one stays away."""
    titles = {f"第{index + 1}大题数据处理": Hundredths(1000) for index in range(sections)}
    people: list[tuple[Any, ...]] = []
    for team in range(teams):
        for seat in range(3):
            points = tuple((team * 37 + seat * 211 + index * 97) % 1001 for index in range(sections))
            given = points if team < teams - 1 else None
            people.append((f"u{team}-{seat}", "某某", f"第{team:02d}经济开发区", "", given, 30 + seat, {}))
    return make(people, titles)


@pytest.fixture
def board() -> Board:
    return make()


@pytest.fixture
def board_of() -> Callable[..., Board]:
    return make


@pytest.fixture
def crowd_of() -> Callable[..., Board]:
    return crowd


@pytest.fixture
def generated_at() -> datetime:
    return GENERATED


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The board above, published once."""
    folder = tmp_path_factory.mktemp("site") / "擂台"
    publish(make(), folder, generated_at=GENERATED)
    return folder
