"""计算题: a number, its tolerance and its unit."""

import pytest

from trainer.model.marks import Verdict

FEE = {"key": "12.50", "unit": "元", "unit_aliases": ["块", "元整"]}


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("12.50", id="as-keyed"),
        pytest.param("12.5", id="shorter"),
        pytest.param("12.500", id="longer"),
        pytest.param("12.50元", id="with-unit"),
        pytest.param("12.50 元", id="unit-apart"),
        pytest.param("12.5块", id="unit-alias"),
        pytest.param("12.5元整", id="longer-alias"),
        pytest.param("12.5（元）", id="unit-in-brackets"),
        pytest.param("１２．５０元", id="full-width"),
        pytest.param("+12.5", id="plus"),
        pytest.param("¥12.50", id="currency-sign"),
        pytest.param("￥12.50", id="full-width-currency-sign"),
        pytest.param("=12.5", id="equals"),
        pytest.param("应交党费=12.50元", id="formula"),
        pytest.param("答案：12.50元。", id="introduced"),
        pytest.param("12.5.", id="trailing-point"),
    ],
)
def test_these_spellings_are_right(ask, typed):
    mark = ask("number", **FEE).mark(typed)
    assert (mark.verdict, mark.points) == (Verdict.CORRECT, 600)


@pytest.mark.parametrize(
    ("key", "unit", "typed"),
    [
        pytest.param("1250", "元", "1,250元", id="thousands-separator"),
        pytest.param("1250000", "", "1,250,000", id="two-separators"),
        pytest.param("15", "人", "十五人", id="chinese-numeral"),
        pytest.param("1250", "元", "一千二百五十元", id="long-chinese-numeral"),
        pytest.param("3", "千克", "三千克", id="unit-that-begins-like-a-numeral"),
        pytest.param("5", "千克", "5千克", id="digit-before-such-a-unit"),
        pytest.param("20", "m²", "20m²", id="unit-that-folds-to-a-digit"),
        pytest.param("20", "㎡", "20平方米", id="alias-of-a-square-unit"),
        pytest.param("5", "KM", "5km", id="case-of-the-unit"),
        pytest.param("30", "%", "30％", id="percent"),
        pytest.param("-3", "", "-3", id="negative"),
        pytest.param("-3", "", "－３", id="full-width-minus"),
        pytest.param("0.5", "", ".5", id="without-the-zero"),
        pytest.param("0", "元", "零元", id="zero"),
    ],
)
def test_number_and_unit_are_told_apart(ask, key, unit, typed):
    assert ask("number", key=key, unit=unit, unit_aliases=["平方米"]).points(typed) == 600


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        pytest.param("12.51", Verdict.WRONG, id="off-by-a-cent"),
        pytest.param("125", Verdict.WRONG, id="without-the-point"),
        pytest.param("-12.5", Verdict.WRONG, id="negative"),
        pytest.param("12.50角", Verdict.WRONG, id="wrong-unit"),
        pytest.param("12.50万元", Verdict.WRONG, id="ten-thousand-times"),
        pytest.param("大约十几", Verdict.MALFORMED, id="words"),
        pytest.param("12.5 13", Verdict.MALFORMED, id="two-numbers"),
        pytest.param("12 .5", Verdict.MALFORMED, id="space-inside"),
        pytest.param("12,5", Verdict.MALFORMED, id="comma-for-point"),
        pytest.param("1e1", Verdict.MALFORMED, id="scientific"),
        pytest.param("nan", Verdict.MALFORMED, id="not-a-number"),
        pytest.param("inf", Verdict.MALFORMED, id="infinite"),
        pytest.param("元", Verdict.MALFORMED, id="unit-alone"),
        pytest.param("1" * 30, Verdict.MALFORMED, id="thirty-digits"),
        pytest.param("一" * 5000, Verdict.MALFORMED, id="five-thousand-numerals"),
    ],
)
def test_these_earn_nothing(ask, typed, verdict):
    mark = ask("number", **FEE).mark(typed)
    assert (mark.verdict, mark.points) == (verdict, 0)


def test_a_unit_where_none_is_asked_is_wrong_and_said_so(ask):
    mark = ask("number", key="3").mark("3元")
    assert mark.points == 0
    assert "不用写单位" in mark.comment


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        pytest.param("9.9", 600, id="lower-end"),
        pytest.param("10.1", 600, id="upper-end"),
        pytest.param("9.8999999999", 0, id="just-below"),
        pytest.param("10.1000000001", 0, id="just-above"),
    ],
)
def test_the_tolerance_is_exact_at_its_ends(ask, typed, points):
    assert ask("number", key="10", tolerance="0.1").points(typed) == points


def test_the_key_is_shown_as_it_was_written(ask):
    asked = ask("number", **FEE)
    assert asked.kind.key_text(asked.question, ()) == "12.50元"


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        pytest.param(FEE, [], id="fine"),
        pytest.param({"key": "1e3"}, ["key"], id="scientific-key"),
        pytest.param({"key": "1" * 16}, ["key"], id="too-many-digits"),
        pytest.param({"key": "0." + "1" * 11}, ["key"], id="too-many-decimals"),
        pytest.param({"key": "3", "unit": "10"}, ["unit"], id="unit-is-a-number"),
        pytest.param({"key": "3", "unit": "十"}, ["unit"], id="unit-is-a-numeral"),
    ],
)
def test_definitions_are_checked(ask, fields, places):
    assert [place for place, _ in ask("number", **fields).problems] == places
