"""The team board and the figures of groups, with the worked examples of the rules."""

from fractions import Fraction

import pytest

from trainer.model.points import half_up


def _team(name, expected, scores):
    """Lines of a team: as many as expected, the first of them with these scores."""
    padded = [*scores, *[None] * (expected - len(scores))]
    return [(f"{name}{i:02d}", name, score) for i, score in enumerate(padded)]


def _scores(board):
    return [(line.rank, line.team, line.score) for line in board.teams]


def test_participation_puts_the_team_that_came_first(board):
    lines = _team("甲", 30, [8800] * 27) + _team("乙", 12, [8200] * 12)
    made = board(lines, team={"score": "mean", "participation": True})
    assert _scores(made) == [(1, "乙", 8200), (2, "甲", 7920)]
    assert [(t.expected, t.present, t.participation) for t in made.teams] == [
        (12, 12, Fraction(1)),
        (30, 27, Fraction(9, 10)),
    ]


def test_without_participation_the_mean_decides(board):
    lines = _team("甲", 30, [8800] * 27) + _team("乙", 12, [8200] * 12)
    assert _scores(board(lines)) == [(1, "甲", 8800), (2, "乙", 8200)]


@pytest.mark.parametrize(
    ("team", "score"),
    [
        pytest.param({"score": "mean"}, 6667, id="mean-rounded-up"),
        pytest.param({"score": "mean", "participation": True}, 5000, id="mean-by-participation"),
        pytest.param({"score": "sum"}, 20000, id="sum"),
        pytest.param({"score": "sum", "participation": True}, 15000, id="sum-by-participation"),
        pytest.param({"score": "best", "best": 1}, 9000, id="best-one"),
        pytest.param({"score": "best", "best": 2}, 7500, id="best-two"),
        pytest.param({"score": "best", "best": 3}, 6667, id="best-three"),
        pytest.param({"score": "best", "best": 4}, 5000, id="best-four-counts-the-absent-as-nought"),
        pytest.param({"score": "best", "best": 9}, 5000, id="best-of-more-than-expected"),
        pytest.param({"score": "best", "best": 2, "participation": True}, 5625, id="best-by-participation"),
    ],
)
def test_a_team_of_four_of_whom_three_came(board, team, score):
    made = board(_team("甲", 4, [9000, 6000, 5000]), team=team)
    assert _scores(made) == [(1, "甲", score)]


@pytest.mark.parametrize("score", ["mean", "sum", "best"])
def test_a_team_of_whom_nobody_came_is_listed_with_nought(board, score):
    made = board(_team("甲", 2, [100]) + _team("乙", 2, []), team={"score": score, "participation": True})
    assert [(line.team, line.score, line.present) for line in made.teams][1] == ("乙", 0, 0)
    assert "乙" not in made.team_sections


@pytest.mark.parametrize(
    ("ties", "ranks"),
    [
        pytest.param([], {"甲": 1, "乙": 1, "丙": 1}, id="none"),
        pytest.param(["participation"], {"甲": 1, "乙": 1, "丙": 3}, id="participation"),
        pytest.param(["best"], {"乙": 1, "甲": 2, "丙": 2}, id="best"),
        pytest.param(["participation", "best"], {"乙": 1, "甲": 2, "丙": 3}, id="participation-then-best"),
    ],
)
def test_ties_between_teams_are_broken_in_the_declared_order(board, ties, ranks):
    lines = _team("甲", 2, [8000, 8000]) + _team("乙", 2, [9000, 7000]) + _team("丙", 3, [8000, 8000])
    made = board(lines, team={"ties": ties})
    assert {line.team: line.rank for line in made.teams} == ranks
    shared = list(ranks.values())
    assert {line.team: line.tied for line in made.teams} == {t: shared.count(r) > 1 for t, r in ranks.items()}


def test_the_mean_can_break_ties_of_sums(board):
    lines = _team("甲", 2, [4000, 4000]) + _team("乙", 1, [8000])
    made = board(lines, team={"score": "sum", "ties": ["mean"]})
    assert [(line.rank, line.team) for line in made.teams] == [(1, "乙"), (2, "甲")]


def test_pass_rates_have_both_denominators(board):
    made = board(_team("甲", 40, [6000] * 30 + [5999] * 7))
    summary = made.summary
    assert (summary.expected, summary.present, summary.absent, summary.passed) == (40, 37, 3, 30)
    assert round(float(summary.pass_rate_present) * 100, 2) == 81.08
    assert round(float(summary.pass_rate_expected) * 100, 2) == 75.00


def test_the_figures_of_a_group_are_exact(board):
    summary = board(_team("甲", 4, [10000, 5000, 5001])).summary
    assert (summary.mean, summary.median) == (Fraction(20001, 3), 5001)
    assert (summary.highest, summary.lowest) == (10000, 5000)


def test_the_median_of_an_even_number_is_the_middle(board):
    assert board(_team("甲", 2, [5000, 5001])).summary.median == Fraction(10001, 2)


def test_where_nobody_came_there_are_no_figures(board):
    summary = board(_team("甲", 2, [])).summary
    assert (summary.mean, summary.median, summary.highest, summary.lowest) == (None, None, None, None)
    assert (summary.pass_rate_present, summary.pass_rate_expected) == (None, 0)


def test_the_mean_of_each_section_by_team(board):
    lines = [("a", "甲", 8000, 60, 3000), ("b", "甲", 6000, 60, 2000), ("c", "甲", None)]
    assert board(lines).team_sections == {"甲": {"单选题": 2500, "多选题": 4500}}


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (Fraction(1, 2), 1),
        (Fraction(3, 2), 2),
        (Fraction(5, 2), 3),
        (Fraction(149, 100), 1),
        (Fraction(7), 7),
    ],
)
def test_fractions_are_rounded_half_up(value, whole):
    assert half_up(value) == whole
