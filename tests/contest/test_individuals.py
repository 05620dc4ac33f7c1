"""The individual board: ranks, ties, those who did not come."""

from datetime import UTC, datetime, timedelta

import pytest

from trainer.contest.ranking import competition_ranks, duration_text
from trainer.errors import UsageError
from trainer.model.contest import Result


def _ranks(board):
    return [(line.trainee.account, line.rank) for line in board.individuals]


@pytest.mark.parametrize(
    ("values", "ranks"),
    [
        pytest.param([9, 8, 8, 7], [1, 2, 2, 4], id="1-2-2-4"),
        pytest.param([9, 9, 9], [1, 1, 1], id="all-equal"),
        pytest.param([9, 9, 8, 8, 7], [1, 1, 3, 3, 5], id="two-pairs"),
        pytest.param([9], [1], id="alone"),
        pytest.param([], [], id="nobody"),
    ],
)
def test_equal_keys_share_a_rank_and_the_next_ones_are_skipped(values, ranks):
    ranked = competition_ranks(values, lambda value: value)
    assert [rank for rank, _, _ in ranked] == ranks
    assert [tied for _, tied, _ in ranked] == [values.count(value) > 1 for value in values]


def test_equal_scores_without_tie_rules_share_a_rank(board):
    made = board([("a", "甲", 9000), ("b", "甲", 8000), ("c", "甲", 8000), ("d", "甲", 7000)], ties=[])
    assert _ranks(made) == [("a", 1), ("b", 2), ("c", 2), ("d", 4)]
    assert [line.tied for line in made.individuals] == [False, True, True, False]


def test_scores_a_hundredth_apart_are_not_equal(board):
    made = board([("a", "甲", 8999), ("b", "甲", 9000), ("c", "甲", 8998)], ties=[])
    assert _ranks(made) == [("b", 1), ("a", 2), ("c", 3)]


@pytest.mark.parametrize(
    ("ties", "order"),
    [
        pytest.param(["time"], [("b", 1), ("a", 2), ("c", 2)], id="time"),
        pytest.param(["section:单选题"], [("c", 1), ("a", 2), ("b", 2)], id="section"),
        pytest.param(["time", "section:单选题"], [("b", 1), ("c", 2), ("a", 3)], id="time-then-section"),
        pytest.param(["section:单选题", "time"], [("c", 1), ("b", 2), ("a", 3)], id="section-then-time"),
        pytest.param(["section:多选题"], [("a", 1), ("b", 1), ("c", 3)], id="other-section"),
    ],
)
def test_ties_are_broken_in_the_declared_order(board, ties, order):
    lines = [("a", "甲", 8000, 600, 3000), ("b", "甲", 8000, 500, 3000), ("c", "甲", 8000, 600, 3500)]
    assert _ranks(board(lines, ties=ties)) == order


def test_ones_own_start_counts_for_the_time_but_not_for_submission(board):
    start = {"a": datetime(2026, 11, 20, 1, 5, tzinfo=UTC)}  # 09:05 in Beijing
    lines = [("a", "甲", 8000, 600), ("b", "甲", 8000, 500)]
    assert _ranks(board(lines, ties=["time"], starts=start)) == [("a", 1), ("b", 2)]
    assert _ranks(board(lines, ties=["submitted"], starts=start)) == [("b", 1), ("a", 2)]


def test_fractions_of_a_second_do_not_decide(board):
    made = board([("a", "甲", 8000, 600.9), ("b", "甲", 8000, 600.1)])
    assert _ranks(made) == [("a", 1), ("b", 1)]
    assert all(line.tied for line in made.individuals)
    assert {line.time_used for line in made.individuals} == {timedelta(seconds=600)}


def test_who_submits_at_an_unknown_time_comes_after_equals(board):
    made = board([("a", "甲", 8000, None), ("b", "甲", 8000, 7000)])
    assert _ranks(made) == [("b", 1), ("a", 2)]
    assert made.individuals[1].tie_evidence == "用时不详，交卷时间不详"


def test_evidence_is_given_where_scores_are_equal_and_only_there(board):
    made = board(
        [("a", "甲", 9000), ("b", "甲", 8000, 3723, 3050), ("c", "甲", 8000, 65)],
        ties=["time", "submitted", "section:单选题"],
    )
    assert [line.tie_evidence for line in made.individuals] == [
        "",
        "用时 1分05秒，交卷 09:01:05，单选题 40 分",
        "用时 1小时02分03秒，交卷 10:02:03，单选题 30.5 分",
    ]


def test_no_time_at_all_is_a_time_known(board):
    made = board([("a", "甲", 8000, 0), ("b", "甲", 8000, 10)], ties=["time"])
    assert [line.tie_evidence for line in made.individuals] == ["用时 0分00秒", "用时 0分10秒"]


def test_submitting_before_ones_start_counts_as_no_time(board):
    made = board([("a", "甲", 8000, -30)])
    assert made.individuals[0].time_used == timedelta()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0分00秒"), (65, "1分05秒"), (3599, "59分59秒"), (3600, "1小时00分00秒"), (36061, "10小时01分01秒")],
)
def test_durations_read_as_people_write_them(seconds, text):
    assert duration_text(timedelta(seconds=seconds)) == text


def test_the_absent_and_the_unmarked_are_listed_without_a_rank(board):
    made = board([("a", "甲", None), ("b", "甲", 0), ("c", "甲", None)], unmarked={"c": "交了卷，但没有成绩"})
    assert _ranks(made) == [("b", 1), ("a", None), ("c", None)]
    assert [line.problem for line in made.individuals] == ["", "", "交了卷，但没有成绩"]


def test_results_of_people_who_are_not_on_the_roster_are_left_out(board):
    stranger = Result("x", "juan-a", 9900, None, {})
    assert _ranks(board([("a", "甲", 8000)], results={"x": stranger})) == [("a", 1)]


@pytest.mark.parametrize(
    ("score", "percent", "passed"),
    [
        pytest.param(6000, 60, True, id="just"),
        pytest.param(5999, 60, False, id="a-hundredth-short"),
        pytest.param(6667, "66.67", True, id="decimal-line"),
        pytest.param(6666, "66.67", False, id="below-decimal-line"),
        pytest.param(0, 0, True, id="no-line"),
    ],
)
def test_the_pass_line_is_exact(board, score, percent, passed):
    assert board([("a", "甲", score)], pass_percent=percent).individuals[0].passed is passed


def test_a_tie_rule_about_an_unknown_section_is_refused(board):
    with pytest.raises(UsageError) as refused:
        board([("a", "甲", 1)], ties=["time", "section:判断题"])
    assert str(refused.value) == (
        "比赛规则里的“section:判断题”对不上试卷：没有叫“判断题”的大题，只有 单选题、多选题。"
    )


def test_cohorts_are_ranked_among_themselves(board):
    lines = [("a", "甲", 9000), ("b", "乙", 8000), ("c", "甲", 7000), ("d", "乙", None), ("e", "乙", 100)]
    made = board(lines, cohorts={"a": "一期", "b": "二期", "c": "一期", "d": "二期"})
    ranks = {c.cohort: [(s.trainee.account, s.rank) for s in c.standings] for c in made.cohorts}
    assert ranks == {"一期": [("a", 1), ("c", 2)], "二期": [("b", 1), ("d", None)]}
    assert [c.summary.expected for c in made.cohorts] == [2, 2]


def test_a_tie_with_someone_of_another_cohort_is_no_tie_within_the_cohort(board):
    made = board([("a", "甲", 9000), ("b", "甲", 9000)], cohorts={"a": "一期", "b": "二期"}, ties=[])
    assert all(line.tied for line in made.individuals)
    assert not any(line.tied for cohort in made.cohorts for line in cohort.standings)


def test_thousands_are_ranked(board):
    made = board([(f"p{i:05d}", "甲", i % 100 * 100, i % 7) for i in range(5000)])
    assert [line.rank for line in made.individuals] == sorted(line.rank for line in made.individuals)


def test_whoever_hands_in_after_the_end_is_late_whatever_nbgrader_was_told():
    from datetime import UTC, datetime, timedelta

    from trainer.contest.ranking import make_board
    from trainer.model.contest import ContestRules, Result
    from trainer.model.people import Roster, Trainee
    from trainer.model.points import Hundredths

    closes = datetime(2026, 11, 20, 2, tzinfo=UTC)
    rules = ContestRules(
        format=1, id="b", title="t", paper="p", opens=closes - timedelta(hours=1), closes=closes
    )
    people = Roster((Trainee("in", "甲", "t"), Trainee("out", "乙", "t")))
    at = {"in": closes, "out": closes + timedelta(seconds=1)}
    results = {a: Result(a, "p", Hundredths(1), at[a], {"s": Hundredths(1)}) for a in at}
    board = make_board(rules, people, results, sections={"s": Hundredths(2)})
    assert {line.trainee.account: line.late for line in board.individuals} == {"in": False, "out": True}
