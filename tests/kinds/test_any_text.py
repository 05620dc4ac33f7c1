"""Whatever stands in an answer cell, marking answers: no exception, no hanging, points between nothing and full."""

import pytest
from hypothesis import example as explicit
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.kinds.base import all_kinds
from trainer.kinds.reading import ANSWER_STUB
from trainer.model.marks import Mark, Verdict

KINDS = list(all_kinds())
COMPARED = [name for name, kind in all_kinds().items() if kind.treatment == "compared"]
SNIPPETS = [
    *"ABCDabcd1239０Ａ①、，。；：:;-~→>()（）【】 \t\n\r\0\u200b\u200f\u202e\u2066\ufeff\u3000_*`#<|/=%¥.,+对错√×十百千万零一",
    "答案：", "我选", "第1空", "对应", "正确", "3个月", "<br>", "</p>", "\r\n", "\u0300\u0316", "ﷺ", "½", "👍🏽", "YOUR ANSWER HERE", ANSWER_STUB,
]  # fmt: skip
ANSWERS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.lists(st.sampled_from(SNIPPETS), max_size=25).map("".join),
)


@pytest.mark.parametrize("kind", KINDS)
@given(text=ANSWERS)
@explicit(text="\0")
@explicit(text="万")
@explicit(text="(1)" * 400)
@settings(max_examples=80, deadline=None)
def test_any_text_gets_a_mark_between_nothing_and_full(example, kind, text):
    for rules in ({}, {"multiple": "subset", "order": "exact"}):
        mark = example(kind).mark(text, 600, **rules)
        assert isinstance(mark, Mark)
        assert mark.points is None or 0 <= mark.points <= 600
        assert (mark.points == 600) == (mark.verdict is Verdict.CORRECT)
        assert (mark.points is None) == (mark.verdict is Verdict.PENDING)
        mark.answer.encode()


@pytest.mark.parametrize("kind", COMPARED)
@given(text=ANSWERS)
@settings(max_examples=40, deadline=None)
def test_marking_the_same_text_again_gives_the_same_mark(example, kind, text):
    assert example(kind).mark(text) == example(kind).mark(text)


EMPTY = [
    pytest.param("", id="nothing"),
    pytest.param(" \t\n\u3000\xa0", id="white-space"),
    pytest.param("\u200b\u200d\ufeff\u2060", id="zero-width"),
    pytest.param("\u200f\u202e\u2066\u2069\u061c", id="bidirectional-marks"),
    pytest.param("\u3164\u115f\ufe0f\u00ad", id="fillers"),
    pytest.param("\0\x01\x7f", id="controls"),
    pytest.param(ANSWER_STUB, id="stub"),
    pytest.param(f"\n{ANSWER_STUB}\r\n", id="stub-with-lines"),
    pytest.param("YOUR ANSWER HERE", id="nbgraders-stub"),
]


@pytest.mark.parametrize("text", EMPTY)
@pytest.mark.parametrize("kind", [*COMPARED, "case"])
def test_an_empty_answer_is_unanswered(example, kind, text):
    mark = example(kind).mark(text)
    assert (mark.verdict, mark.points) == (Verdict.UNANSWERED, 0)


UNITS = [
    "1", "A", "A ", "A,", "、", "，A", " ", "\t", "\n", "\r\n", "\n ", "\u3000", "1-", "1 - ", "1-B ", "-", "->", "→", "对应", "对", "_",
    "*", "`", "~", "~~", "> ", ">", "1.", "1、", "(1)", "(", "（A）", "第1空", "第 1 步：", "第 ", "答案", "答案：", "选", "一", "零", "十", "百",
    "万", "一万", "1,", "1,000,", "0.", "=", "a=", "¥", "元", "<p>", "<p ", "<", "至", "1至", "1 ~ ", "1/", "1:", "；", ";", "|", "\u200b",
    "\u202e", "ﷺ", "½", "①", "\u0300\u0316", "a\u0300\u0316\u0334", "\0", "👍🏽", "A1", "1\n", "A\n", "一年\n",
]  # fmt: skip
AROUND = [("", ""), ("1", "z"), ("A", "!"), ("选", "\n!"), ("=", "!")]


@pytest.mark.parametrize("kind", COMPARED)
@pytest.mark.parametrize("around", [pytest.param(pair, id=repr(pair)) for pair in AROUND])
def test_long_repetitive_answers_are_marked_without_hanging(example, kind, around):
    asked = example(kind)
    before, after = around
    for unit in UNITS:
        mark = asked.mark(f"{before}{unit * (20_000 // len(unit))}{after}")
        assert mark.points is not None
        assert len(mark.answer) < 1000


@pytest.mark.parametrize("kind", COMPARED)
def test_a_hundred_kilobytes_are_marked_without_hanging(example, kind):
    for unit in ("A", "1-B ", "一", "\n", "  ", "a\u0300\u0316", "> ", "(1)"):
        assert example(kind).points(f"1{unit * (100_000 // len(unit))}!") == 0
