"""案例分析题 and 实操题: marked by people and by tests, so there is little to compare here."""

import pytest

from trainer.model.marks import Verdict


def test_a_case_waits_for_a_person(ask):
    asked = ask("case", rubric=[{"point": "要点", "points": 6}], reference="参考")
    mark = asked.mark("我认为应当……")
    assert (mark.verdict, mark.points, mark.comment) == (Verdict.PENDING, None, None)


def test_a_case_left_empty_needs_nobody(ask):
    asked = ask("case", rubric=[{"point": "要点", "points": 6}], reference="参考")
    mark = asked.mark("（在这里写答案，写完请删掉这一行）\n\n")
    assert (mark.verdict, mark.points) == (Verdict.UNANSWERED, 0)


@pytest.mark.parametrize(
    ("points", "places"),
    [
        pytest.param(["3", "3"], [], id="sums-up"),
        pytest.param(["2.5", "3.5"], [], id="decimals-sum-up"),
        pytest.param(["3", "2"], ["rubric"], id="too-little"),
        pytest.param(["3", "3.01"], ["rubric"], id="too-much"),
    ],
)
def test_the_rubric_has_to_sum_up_to_the_points(ask, points, places):
    rubric = [{"point": f"要点{i}", "points": p} for i, p in enumerate(points)]
    assert [place for place, _ in ask("case", rubric=rubric, reference="参考").problems] == places


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        pytest.param({}, [], id="fine"),
        pytest.param({"solution": "def f(:"}, ["solution"], id="solution"),
        pytest.param({"tests": "assert ("}, ["tests"], id="tests"),
        pytest.param({"hidden_tests": "1 +"}, ["hidden_tests"], id="hidden-tests"),
        pytest.param({"starter": "x = '\x00'"}, ["starter"], id="null-character"),
    ],
)
def test_programs_have_to_be_python(ask, fields, places):
    given = {"starter": "x = 0", "solution": "x = 1", "tests": "assert x == 1", **fields}
    problems = ask("code", **given).problems
    assert [place for place, _ in problems] == places
    assert all("请" in sentence for _, sentence in problems)


def test_code_is_not_marked_by_its_text(ask):
    asked = ask("code", starter="x = 0", solution="x = 1", tests="assert x == 1")
    assert asked.mark("x = 1").verdict is Verdict.PENDING
