"""填空题: several blanks, each with its accepted spellings."""

import pytest

from trainer.model.marks import Verdict

TWO = {"stem": "____个月内谈话，至少____人", "key": [["3", "3个月"], ["两", "2人"]]}


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        pytest.param("3个月", "三个月", id="chinese-numeral"),
        pytest.param("三个月", "3个月", id="arabic-for-chinese"),
        pytest.param("3个月", "３个月", id="full-width-digit"),
        pytest.param("3个月", "③个月", id="circled-digit"),
        pytest.param("二十一", "21", id="tens"),
        pytest.param("2026年", "二〇二六年", id="year"),
        pytest.param("1000元", "1,000元", id="thousands-separator"),
        pytest.param("一百五十", "一百五", id="colloquial-hundred"),
        pytest.param("三会一课", "三会一课", id="numerals-in-a-word"),
        pytest.param("三会一课", "“三会一课”。", id="quoted"),
        pytest.param("党支部", "党 支 部", id="spaced"),
        pytest.param("PARTY", "ｐａｒｔｙ", id="case-and-width"),
        pytest.param("党支部", "答案：党支部", id="introduced"),
        pytest.param("3至5人", "3-5人", id="range-as-dash"),
        pytest.param("3至5人", "三到五人", id="range-in-words"),
        pytest.param("12.5%", "１２．５％", id="full-width-percent"),
        pytest.param("党支部", "（1）党支部", id="numbered"),
        pytest.param("党支部", "党\u200b支部", id="zero-width-inside"),
    ],
)
def test_one_blank_accepts(ask, key, typed):
    assert ask("blank", stem="是____。", key=[[key]]).points(typed) == 600


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        pytest.param("1.5", "15", id="decimal-point-matters"),
        pytest.param("3至5", "35", id="range-matters"),
        pytest.param("3", "≥3", id="comparison-matters"),
        pytest.param("≥3", "≤3", id="comparison-direction-matters"),
        pytest.param("50%", "50", id="percent-matters"),
        pytest.param("3个月", "3", id="unlisted-short-form"),
        pytest.param("105", "一百五", id="colloquial-is-not-105"),
    ],
)
def test_one_blank_refuses(ask, key, typed):
    assert ask("blank", stem="是____。", key=[[key]]).points(typed) == 0


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("3\n2人", id="lines"),
        pytest.param("三个月\n两", id="other-accepted-spellings"),
        pytest.param("3；2人", id="semicolon"),
        pytest.param("3、2人", id="comma"),
        pytest.param("3 2人", id="space"),
        pytest.param("（1）3个月\n（2）2人", id="numbered-lines"),
        pytest.param("1. 3个月\n2. 2人", id="dotted-numbers"),
        pytest.param("第1空：3\n第2空：2人", id="named-blanks"),
        pytest.param("（1）3；（2）2人", id="numbered-on-a-line"),
        pytest.param("3\n\n2人\n", id="empty-line-between"),
        pytest.param("- 3个月\n- 2人", id="bullets"),
        pytest.param("3\r2人", id="old-line-ends"),
    ],
)
def test_two_blanks_are_read_from(ask, typed):
    assert ask("blank", **TWO).points(typed) == 600


@pytest.mark.parametrize(
    ("typed", "verdict", "points"),
    [
        pytest.param("3\n5", Verdict.PARTIAL, 300, id="first-only"),
        pytest.param("5\n2人", Verdict.PARTIAL, 300, id="second-only"),
        pytest.param("3", Verdict.PARTIAL, 300, id="one-line-of-two"),
        pytest.param("2人\n3", Verdict.WRONG, 0, id="exchanged"),
        pytest.param("3\n2人\n5", Verdict.MALFORMED, 0, id="one-too-many"),
        pytest.param("；", Verdict.UNANSWERED, 0, id="only-a-separator"),
    ],
)
def test_parts_of_two_blanks(ask, typed, verdict, points):
    mark = ask("blank", **TWO).mark(typed)
    assert (mark.verdict, mark.points) == (verdict, points)


def test_a_share_of_three_blanks_is_rounded_to_a_hundredth(ask):
    asked = ask("blank", stem="____、____、____", key=[["甲"], ["乙"], ["丙"]])
    assert asked.points("甲\n乙\n丁", full=200) == 133


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        pytest.param("乙\n甲\n丙", 600, id="exchanged"),
        pytest.param("甲\n甲\n乙", 400, id="repeated-counts-once"),
        pytest.param("子\n丙\n丁", 400, id="no-key-is-used-twice"),
        pytest.param("子\n甲\n乙", 600, id="alternatives-are-shared-out-best"),
    ],
)
def test_blanks_in_any_order(ask, typed, points):
    key = [["甲", "子"], ["乙"], ["丙", "子", "丁"]]
    assert ask("blank", stem="____、____、____", key=key, any_order=True).points(typed) == points


@pytest.mark.parametrize(
    ("stem", "key", "places"),
    [
        pytest.param("没有空", [["甲"]], ["stem"], id="no-blank"),
        pytest.param("____和____", [["甲"]], ["key"], id="too-few-keys"),
        pytest.param("____", [["甲"], ["乙"]], ["key"], id="too-many-keys"),
        pytest.param("____和____", [["甲"], []], ["key.1"], id="empty-key"),
        pytest.param("____", [["，"]], ["key.0"], id="only-punctuation"),
        pytest.param("________", [["甲"]], [], id="long-blank-is-one"),
    ],
)
def test_definitions_are_checked(ask, stem, key, places):
    assert [place for place, _ in ask("blank", stem=stem, key=key).problems] == places


def test_blanks_are_numbered_where_there_are_several(ask):
    asked = ask("blank", **TWO)
    shown = asked.kind.show(asked.question, ())
    assert "（1）" in shown
    assert "（2）" in shown
    assert "____" not in shown
