"""Rules and counted answers: pure functions."""

from __future__ import annotations

import json

import pytest

from trainer.hall.answers import count_answers, is_filled, released_cells, with_answers
from trainer.hall.clock import from_iso, iso
from trainer.hall.refusals import Refused
from trainer.hall.rules import Rules, counting, merged
from trainer.hall.throttle import Holding, Throttle

NOON = from_iso("2026-03-01T12:00:00+08:00")


def test_times_are_exact_and_need_an_offset():
    assert from_iso(iso(NOON + 125)) == NOON + 125
    assert from_iso("2026-03-01T04:00:00Z") == NOON
    with pytest.raises(ValueError):
        from_iso("2026-03-01T12:00:00")


def test_rules_survive_the_wire():
    rules = Rules("题目", NOON, NOON + 5000, 3, "best", "accept", 30, False)
    assert merged(Rules(), json.loads(json.dumps(rules.as_json()))) == rules


def test_only_what_is_given_changes():
    rules = merged(Rules(title="a", attempts=2), {"attempts": None, "late": "accept"})
    assert (rules.title, rules.attempts, rules.late) == ("a", None, "accept")


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"colour": 1},
        {"title": 1},
        {"title": "a\nb"},
        {"opens": "2026-03-01"},
        {"closes": "2026-03-01T12:00:00"},
        {"closes": 5},
        {"closes": "9999999-01-01T00:00:00Z"},
        {"attempts": 0},
        {"attempts": True},
        {"attempts": 1.5},
        {"counts": "middle"},
        {"counts": ["last"]},
        {"late": None},
        {"grace_seconds": -1},
        {"save": 1},
        {"opens": "2026-03-01T12:00:00Z", "closes": "2026-03-01T11:00:00Z"},
    ],
)
def test_wrong_rules_are_refused_with_a_sentence(wrong):
    with pytest.raises(Refused) as raised:
        merged(Rules(), wrong)
    assert raised.value.status == 422
    assert str(raised.value).endswith("。")


def test_late_is_after_closing_extra_time_and_grace():
    rules = Rules(closes=NOON, grace_seconds=10)
    assert not rules.is_late(NOON + 10_000, 0)
    assert rules.is_late(NOON + 10_001, 0)
    assert not rules.is_late(NOON + 70_000, 1)
    assert rules.is_late(NOON + 70_001, 1)
    assert not Rules().is_late(NOON, 0)


def test_which_submissions_count():
    sent = [("a", False), ("b", False), ("c", True)]
    assert counting(Rules(counts="first"), sent) == ["a"]
    assert counting(Rules(counts="last"), sent) == ["b"]
    assert counting(Rules(counts="last", late="accept"), sent) == ["c"]
    assert counting(Rules(counts="best"), sent) == ["a", "b"]
    assert counting(Rules(counts="best", late="accept"), sent) == ["a", "b", "c"]
    assert counting(Rules(), [("c", True)]) == []


STUB = "（在这里写答案，写完请删掉这一行）"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("A", True),
        ("", False),
        (" \n\u3000\u200b", False),
        (STUB, False),
        (f"\n{STUB}\n", False),
        (f"A\n{STUB}", True),
        ("（在这里写", True),
    ],
)
def test_what_is_an_answer(text, filled):
    assert is_filled(text, STUB) is filled


def test_answers_are_counted_against_the_release(notebook):
    released = released_cells({"a.ipynb": notebook(), "x.csv": b"1"})
    assert list(released["a.ipynb"]) == ["q01", "q02", "q03"]
    assert count_answers({"a.ipynb": notebook()}, released) == 0
    assert count_answers({"a.ipynb": notebook("A", "", "对")}, released) == 2
    assert count_answers({"other.ipynb": notebook("A")}, released) == 0
    assert count_answers({"a.ipynb": notebook("A", "B", "C", "D", "E", cells=5)}, released) == 3
    assert with_answers({"a.ipynb": notebook(), "x.csv": b"1"}, {"q02": "B"}) == {
        "a.ipynb": notebook(STUB, "B") + b"\n",
        "x.csv": b"1",
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"cells": {}}',
        b'{"cells": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"cells": [' + b"[]," * 300_000 + b"1]}",
        b'{"cells": [' + b"9" * 5000 + b"]}",
    ],
)
def test_hostile_notebooks_are_refused(content, notebook):
    released = released_cells({"a.ipynb": notebook()})
    with pytest.raises(Refused, match="不是完整的笔记本"):
        count_answers({"a.ipynb": content}, released)


@pytest.mark.parametrize(
    "cell",
    [
        1,
        None,
        {},
        {"metadata": []},
        {"metadata": {"nbgrader": 1}},
        {"metadata": {"nbgrader": {"solution": 1}}},
        {"metadata": {"nbgrader": {"solution": True, "grade_id": []}}},
        {"metadata": {"nbgrader": {"solution": True, "grade_id": "q01"}}, "source": [1, {}]},
    ],
)
def test_odd_cells_are_no_answers(cell, notebook):
    released = released_cells({"a.ipynb": notebook()})
    assert count_answers({"a.ipynb": json.dumps({"cells": [cell]}).encode()}, released) == 0


def test_a_throttle_gives_a_burst_and_then_a_rate():
    moment = [0.0]
    throttle = Throttle(2.0, 4.0, lambda: moment[0])
    assert [throttle.wait("a") for _ in range(5)] == [0, 0, 0, 0, 1]
    assert throttle.empty("a")
    assert not throttle.empty("b")
    moment[0] = 1.0
    assert [throttle.wait("a") for _ in range(3)] == [0, 0, 1]
    throttle.charge("a", 10)
    assert throttle.wait("a") == 6


def test_made_up_names_do_not_stay():
    moment = [0.0]
    throttle = Throttle(1.0, 1.0, lambda: moment[0])
    for number in range(10_000):
        throttle.wait(str(number))
    moment[0] = 2.0
    throttle.wait("one more")
    assert len(throttle._buckets) <= 1


def test_bytes_on_the_way_are_limited_for_each_and_for_all():
    holding = Holding(10)
    assert holding.take("a", 6, 8)
    assert not holding.take("a", 3, 8)
    assert not holding.take("b", 5, 8)
    holding.give("a", 6)
    assert holding.take("b", 8, 8)
