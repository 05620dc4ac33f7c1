"""单选题: one letter, typed as people type it."""

import pytest

from trainer.model.marks import Verdict

OPTIONS = {"A": "一年", "B": "两年", "C": "三年", "D": "四年"}


@pytest.fixture
def single(ask):
    return ask("single", options=OPTIONS, key="B")


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("B", id="letter"),
        pytest.param("b", id="lower-case"),
        pytest.param("Ｂ", id="full-width"),
        pytest.param("ｂ。", id="full-width-lower-with-stop"),
        pytest.param(" \n B \n", id="space-around"),
        pytest.param("答案：B", id="introduced"),
        pytest.param("答案是B", id="introduced-by-is"),
        pytest.param("答案 B", id="introduced-without-colon"),
        pytest.param("我的答案是：Ｂ", id="introduced-at-length"),
        pytest.param("我选B", id="i-choose"),
        pytest.param("选择 b", id="choose"),
        pytest.param("选B项", id="choose-option"),
        pytest.param("B. 两年", id="letter-and-text"),
        pytest.param("B、两年", id="letter-comma-text"),
        pytest.param("（B）", id="bracketed"),
        pytest.param("两年", id="text"),
        pytest.param("两 年。", id="text-spaced"),
        pytest.param("**B**", id="markdown"),
        pytest.param("`B`", id="code-span"),
        pytest.param("B\nB", id="twice-the-same"),
        pytest.param("\u200bB\u200b", id="zero-width-around"),
        pytest.param("\u202eB\u202c", id="bidirectional-marks"),
        pytest.param("（在这里写答案，写完请删掉这一行）\nB", id="below-the-stub"),
        pytest.param("YOUR ANSWER HERE\nB", id="below-nbgraders-stub"),
        pytest.param("1. B", id="numbered"),
    ],
)
def test_these_spellings_of_b_are_right(single, typed):
    mark = single.mark(typed)
    assert (mark.verdict, mark.points, mark.answer) == (Verdict.CORRECT, 600, "B")


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        pytest.param("A", Verdict.WRONG, id="other-letter"),
        pytest.param("三年", Verdict.WRONG, id="other-text"),
        pytest.param("AB", Verdict.MALFORMED, id="two-letters"),
        pytest.param("B、C", Verdict.MALFORMED, id="two-letters-apart"),
        pytest.param("B. 三年", Verdict.MALFORMED, id="letter-contradicts-text"),
        pytest.param("E", Verdict.MALFORMED, id="no-such-option"),
        pytest.param("不知道", Verdict.MALFORMED, id="words"),
        pytest.param("，。", Verdict.MALFORMED, id="only-punctuation"),
        pytest.param("2", Verdict.MALFORMED, id="digit"),
    ],
)
def test_these_earn_nothing(single, typed, verdict):
    mark = single.mark(typed)
    assert (mark.verdict, mark.points) == (verdict, 0)


def test_two_letters_are_refused_with_the_reason(single):
    assert "单选题只能选一项，你写了 A、B" in single.mark("AB").comment


def test_the_letters_are_those_of_the_layout(ask):
    asked = ask("single", (2, 1, 3, 0), options=OPTIONS, key="A")
    assert asked.points("D") == 600
    assert asked.points("A") == 0
    assert asked.points("一年") == 600
    assert "D. 一年" in asked.kind.show(asked.question, asked.layout)


def test_an_option_that_begins_like_an_introduction_can_be_typed_out(ask):
    asked = ask("single", options={"A": "答案是唯一的", "B": "没有答案"}, key="A")
    assert asked.points("答案是唯一的") == 600


def test_options_that_are_numbers_can_be_typed_out(ask):
    asked = ask("single", options={"A": "3", "B": "5"}, key="A")
    assert asked.points("3") == 600


def test_options_that_differ_by_a_comparison_sign_stay_apart(ask):
    asked = ask("single", options={"A": "≥3人", "B": "≤3人"}, key="A")
    assert asked.problems == []
    assert (asked.points("≥3人"), asked.points("≤3人")) == (600, 0)


@pytest.mark.parametrize(
    ("options", "key", "places"),
    [
        pytest.param(OPTIONS, "E", ["key"], id="key-names-no-option"),
        pytest.param({"A": "一", "C": "二"}, "A", ["options"], id="letters-skip"),
        pytest.param({"B": "一", "A": "二"}, "A", ["options"], id="letters-out-of-order"),
        pytest.param({"A": "一", "B": "二", "C": "一。"}, "B", ["options.C"], id="same-option-twice"),
        pytest.param(OPTIONS, "B", [], id="nothing-wrong"),
    ],
)
def test_definitions_are_checked(ask, options, key, places):
    assert [place for place, _ in ask("single", options=options, key=key).problems] == places
