"""排序题: strict and partial orders, and credit for the longest part in order."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.kinds.base import lay_out
from trainer.kinds.order import longest_in_order
from trainer.model.marks import Verdict

STEPS = ["申请", "谈话", "推优", "公示", "审批"]
SHUFFLED = (3, 0, 4, 1, 2)  # A 公示, B 申请, C 审批, D 谈话, E 推优: the right order is B D E A C


@pytest.fixture
def strict(ask):
    return ask("order", SHUFFLED, steps=STEPS)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("BDEAC", id="run"),
        pytest.param("b d e a c", id="lower-case"),
        pytest.param("B、D、E、A、C", id="commas"),
        pytest.param("B→D→E→A→C", id="arrows"),
        pytest.param("B->D->E->A->C", id="ascii-arrows"),
        pytest.param("B-D-E-A-C", id="dashes"),
        pytest.param("B > D > E > A > C", id="greater-signs"),
        pytest.param("Ｂ，Ｄ，Ｅ，Ａ，Ｃ", id="full-width"),
        pytest.param("B\nD\nE\nA\nC", id="a-letter-a-line"),
        pytest.param("1. B\n2. D\n3. E\n4. A\n5. C", id="numbered-lines"),
        pytest.param("第1步：B\n第2步：D\n第3步：E\n第4步：A\n第5步：C", id="named-steps"),
        pytest.param("申请\n谈话\n推优\n公示\n审批", id="texts"),
        pytest.param("1、申请\n2、谈话\n3、推优\n4、公示\n5、审批", id="numbered-texts"),
        pytest.param("B. 申请\nD. 谈话\nE\nA\n审批", id="mixed"),
        pytest.param("答案：BDEAC", id="introduced"),
    ],
)
def test_these_spellings_are_right(strict, typed):
    mark = strict.mark(typed)
    assert (mark.verdict, mark.points, mark.answer) == (Verdict.CORRECT, 600, "B → D → E → A → C")


@pytest.mark.parametrize(
    ("typed", "full", "points"),
    [
        pytest.param("DBEAC", 600, 480, id="neighbours-exchanged"),
        pytest.param("CBDEA", 600, 480, id="last-comes-first"),
        pytest.param("CAEDB", 600, 120, id="reversed"),
        pytest.param("BDEA", 600, 480, id="one-missing"),
        pytest.param("B", 600, 120, id="only-one"),
        pytest.param("AC", 600, 240, id="only-the-end"),
        pytest.param("CAEDB", 100, 20, id="small-points"),
        pytest.param("DBEAC", 1, 1, id="four-fifths-of-a-hundredth-round-up"),
        pytest.param("DB", 2, 0, id="two-fifths-round-down"),
    ],
)
def test_partial_credit_is_the_share_of_the_longest_part_in_order(strict, typed, full, points):
    mark = strict.mark(typed, full)
    assert (mark.verdict, mark.points) == (Verdict.PARTIAL, points)


def test_half_a_hundredth_is_rounded_up(ask):
    assert ask("order", (0, 1), steps=["甲", "乙"]).points("BA", full=1) == 1


@pytest.mark.parametrize(
    ("typed", "points"),
    [pytest.param("BDEAC", 600, id="right"), pytest.param("DBEAC", 0, id="nearly")],
)
def test_the_exact_rule_gives_all_or_nothing(strict, typed, points):
    assert strict.points(typed, order="exact") == points


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("BDEACB", id="repeated-letter"),
        pytest.param("申请\n申请", id="repeated-text"),
        pytest.param("BDEAX", id="no-such-step"),
        pytest.param("先申请再谈话", id="prose"),
        pytest.param("AB" * 50_000, id="a-hundred-thousand-letters"),
    ],
)
def test_these_are_malformed(strict, typed):
    mark = strict.mark(typed)
    assert (mark.verdict, mark.points) == (Verdict.MALFORMED, 0)
    assert len(mark.answer) < 100


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        pytest.param("ABCD", 600, id="as-authored"),
        pytest.param("ACBD", 600, id="exchangeable-exchanged"),
        pytest.param("BACD", 450, id="group-too-early"),
        pytest.param("DBCA", 300, id="both-ends-wrong"),
    ],
)
def test_steps_of_an_inner_list_may_be_exchanged(ask, typed, points):
    asked = ask("order", (0, 1, 2, 3), steps=["甲", ["乙", "丙"], "丁"])
    assert asked.points(typed) == points


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        pytest.param("ABCD", 600, id="as-authored"),
        pytest.param("BADC", 600, id="another-right-order"),
        pytest.param("BACD", 600, id="a-third"),
        pytest.param("CABD", 450, id="one-against-precedence"),
        pytest.param("DCBA", 300, id="two-against-precedence"),
    ],
)
def test_only_the_precedences_listed_count(ask, typed, points):
    asked = ask("order", (0, 1, 2, 3), steps=["甲", "乙", "丙", "丁"], precedence=[[1, 3], [2, 4]])
    assert asked.points(typed) == points


def test_precedences_follow_from_one_another(ask):
    asked = ask("order", (0, 1, 2), steps=["甲", "乙", "丙"], precedence=[[1, 2], [2, 3]])
    assert asked.question.must_precede() == {(0, 1), (1, 2), (0, 2)}


def test_the_key_of_a_partial_order_says_that_others_are_right_too(ask):
    asked = ask("order", (2, 1, 0), steps=["甲", "乙", "丙"], precedence=[[3, 1]])
    assert asked.kind.key_text(asked.question, asked.layout) == "B → A → C（符合先后要求的其他排法也算对）"


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        pytest.param({"steps": STEPS}, [], id="fine"),
        pytest.param({"steps": [["甲", "乙"], "丙"]}, [], id="group"),
        pytest.param({"steps": [["甲"], "乙"]}, ["steps"], id="group-of-one"),
        pytest.param({"steps": ["甲", "甲。"]}, ["steps"], id="step-twice"),
        pytest.param({"steps": [f"第{i}件" for i in range(27)]}, ["steps"], id="more-than-letters"),
        pytest.param({"steps": ["甲", "乙"], "precedence": [[1, 3]]}, ["precedence"], id="no-such-step"),
        pytest.param({"steps": ["甲", "乙"], "precedence": [[1, 2], [2, 1]]}, ["precedence"], id="circle"),
        pytest.param(
            {"steps": [["甲", "乙"], "丙"], "precedence": [[1, 3]]}, ["precedence"], id="both-ways-at-once"
        ),
    ],
)
def test_definitions_are_checked(ask, fields, places):
    assert [place for place, _ in ask("order", **fields).problems] == places


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"steps": ["甲", "乙"]}, id="two-steps"),
        pytest.param({"steps": ["甲", ["乙", "丙"], "丁"]}, id="group"),
        pytest.param({"steps": [["甲", "乙", "丙", "丁"], "戊"]}, id="large-group"),
        pytest.param({"steps": list("甲乙丙丁"), "precedence": [[4, 1]]}, id="authored-order-is-wrong"),
        pytest.param({"steps": list("甲乙丙丁"), "precedence": [[1, 2]]}, id="one-precedence"),
    ],
)
def test_no_layout_shows_a_right_order(ask, fields):
    asked = ask("order", **fields)
    count = len(asked.layout)
    for seed in range(60):
        layout = lay_out(asked.kind, asked.question, str(seed))
        assert longest_in_order(layout, asked.question.must_precede()) < count


@st.composite
def _answers_and_orders(draw):
    """An answer (some of the steps, in some order) and a random partial order of the steps."""
    count = draw(st.integers(1, 6))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    names = draw(st.permutations(range(count)))
    relation = {(names[a], names[b]) for a, b in pairs if draw(st.booleans())}
    for c in range(count):
        for a in range(count):
            relation |= {(a, b) for b in range(count) if (a, c) in relation and (c, b) in relation}
    answer = draw(st.permutations(range(count)))[: draw(st.integers(1, count))]
    return count, answer, relation


def _common_subsequence(a, b):
    row = [0] * (len(b) + 1)
    for x in a:
        row_before = row[:]
        for j, y in enumerate(b):
            row[j + 1] = row_before[j] + 1 if x == y else max(row[j], row_before[j + 1])
    return row[-1]


@given(_answers_and_orders())
def test_the_longest_part_is_the_best_common_subsequence_with_any_right_order(case):
    count, answer, relation = case
    right = (
        order
        for order in permutations(range(count))
        if all(order.index(a) < order.index(b) for a, b in relation)
    )
    assert longest_in_order(answer, relation) == max(_common_subsequence(answer, order) for order in right)
