"""Rules, rosters and results in a few words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from trainer.contest.ranking import make_board
from trainer.model.contest import Board, ContestRules, Result
from trainer.model.people import Roster, Trainee

BEIJING = timezone(timedelta(hours=8))
OPENS = datetime(2026, 11, 20, 9, tzinfo=BEIJING)
SECTIONS = {"单选题": 4000, "多选题": 6000}


@pytest.fixture(scope="session")
def rules() -> Callable[..., ContestRules]:
    """Makes contest rules."""

    def make(**fields: Any) -> ContestRules:
        given = {
            "format": 1,
            "id": "bisai",
            "title": "比赛",
            "paper": "juan",
            "opens": OPENS,
            "closes": OPENS + timedelta(hours=2),
            **fields,
        }
        return ContestRules.model_validate(given)

    return make


@pytest.fixture(scope="session")
def board(rules: Callable[..., ContestRules]) -> Callable[..., Board]:
    """Makes a board from lines (account, team, score in hundredths or None, seconds used, first section's points)."""

    def make(lines: list[tuple[Any, ...]], /, cohorts: dict[str, str] | None = None, **options: Any) -> Board:
        people, results = [], {}
        for account, team, score, *more in lines:
            people.append(Trainee(account, account, team, cohort=(cohorts or {}).get(account, "")))
            if score is not None:
                seconds = more[0] if more else 600
                first = more[1] if len(more) > 1 else min(score, 4000)
                at = None if seconds is None else OPENS + timedelta(seconds=seconds)
                sections = {"单选题": first, "多选题": score - first}
                results[account] = Result(account, "juan-a", score, at, sections)
        passed = {
            key: options.pop(key) for key in ("starts", "unmarked", "results", "remarks") if key in options
        }
        results.update(passed.pop("results", {}))
        return make_board(rules(**options), Roster(tuple(people)), results, sections=SECTIONS, **passed)

    return make
