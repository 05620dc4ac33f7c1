"""多选题: letters in any order, and two rules for a part of them."""

import pytest

from trainer.model.marks import Verdict

OPTIONS = {"A": "党员大会", "B": "支委会", "C": "党小组会", "D": "党课"}


@pytest.fixture
def multiple(ask):
    return ask("multiple", options=OPTIONS, key=["A", "C", "D"])


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("ACD", id="run"),
        pytest.param("acd", id="lower-case"),
        pytest.param("A、C、D", id="chinese-commas"),
        pytest.param("A C D", id="spaces"),
        pytest.param("A,C,D", id="commas"),
        pytest.param("Ａ，Ｃ，Ｄ。", id="full-width"),
        pytest.param("D;A；C", id="any-order"),
        pytest.param("A\nC\nD", id="lines"),
        pytest.param("- A\n- C\n- D", id="bullets"),
        pytest.param("1. A\n2. C\n3. D", id="numbered-lines"),
        pytest.param("(A)(C)(D)", id="bracketed"),
        pytest.param("【A】【C】【D】", id="square-brackets"),
        pytest.param("A+C+D", id="plus"),
        pytest.param("AACDD", id="repeated"),
        pytest.param("答案：ACD", id="introduced"),
        pytest.param("选 A、C、D", id="choose"),
        pytest.param("党员大会\n党小组会\n党课", id="texts"),
        pytest.param("党课；党员大会；党小组会", id="texts-on-a-line"),
        pytest.param("A. 党员大会\nC. 党小组会\nD", id="letters-and-texts"),
        pytest.param("A\r\nC\r\nD\r\n", id="windows-lines"),
        pytest.param("A\u2028C\u2028D", id="line-separators"),
    ],
)
def test_these_spellings_of_acd_are_right(multiple, typed):
    mark = multiple.mark(typed)
    assert (mark.verdict, mark.points, mark.answer) == (Verdict.CORRECT, 600, "A、C、D")


@pytest.mark.parametrize(
    ("typed", "all_or_nothing", "subset"),
    [
        pytest.param("ACD", 600, 600, id="all"),
        pytest.param("A", 0, 200, id="one-of-three"),
        pytest.param("AC", 0, 400, id="two-of-three"),
        pytest.param("AB", 0, 0, id="one-wrong"),
        pytest.param("ABCD", 0, 0, id="one-too-many"),
        pytest.param("B", 0, 0, id="only-wrong"),
        pytest.param("AE", 0, 0, id="no-such-option"),
        pytest.param("", 0, 0, id="nothing"),
    ],
)
def test_a_part_earns_what_the_papers_rule_says(multiple, typed, all_or_nothing, subset):
    assert multiple.points(typed) == all_or_nothing
    assert multiple.points(typed, multiple="all_or_nothing") == all_or_nothing
    assert multiple.points(typed, multiple="subset") == subset


@pytest.mark.parametrize(
    ("full", "typed", "points"),
    [
        pytest.param(100, "A", 33, id="a-third-of-one"),
        pytest.param(100, "AC", 67, id="two-thirds-round-up"),
        pytest.param(50, "A", 17, id="a-third-of-a-half"),
        pytest.param(250, "AC", 167, id="two-thirds-of-two-and-a-half"),
    ],
)
def test_part_marks_are_rounded_half_up_to_a_hundredth(multiple, full, typed, points):
    assert multiple.points(typed, full, multiple="subset") == points


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("AC", "少选了 D", id="missing"),
        pytest.param("ABCD", "多选了 B", id="surplus"),
        pytest.param("AB", "多选了 B，少选了 C、D", id="both"),
    ],
)
def test_the_comment_names_what_is_missing_and_surplus(multiple, typed, said):
    assert said in multiple.mark(typed).comment


def test_the_letters_are_those_of_the_layout(ask):
    asked = ask("multiple", (3, 2, 1, 0), options=OPTIONS, key=["A", "B"])
    assert asked.points("CD") == 600
    assert asked.kind.key_text(asked.question, asked.layout) == "C、D"


@pytest.mark.parametrize(
    ("key", "places"),
    [
        pytest.param(["A", "B"], [], id="fine"),
        pytest.param(["A"], ["key"], id="only-one"),
        pytest.param(["A", "A"], ["key"], id="repeated"),
        pytest.param(["A", "X"], ["key"], id="names-no-option"),
    ],
)
def test_definitions_are_checked(ask, key, places):
    assert [place for place, _ in ask("multiple", options=OPTIONS, key=key).problems] == places


def test_when_every_option_is_right_the_wrong_sample_still_earns_less(ask):
    asked = ask("multiple", options=OPTIONS, key=list("ABCD"))
    samples = asked.kind.samples(asked.question, asked.layout)
    assert asked.points(samples.wrong) == 0
    assert asked.points(samples.wrong, multiple="subset") < 600
