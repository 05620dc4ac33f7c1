"""The common ground of reading answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.kinds.reading import answer_text, comparable, excerpt, folded, read_letters, split_entries


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        pytest.param("党支部", "党 支　部。", True, id="space-and-stop"),
        pytest.param("ABC", "ａｂｃ", True, id="case-and-width"),
        pytest.param("**党支部**", "党支部", True, id="markdown"),
        pytest.param("3-5", "3至5", True, id="range"),
        pytest.param("3－5", "3~5", True, id="range-dashes"),
        pytest.param("3-5", "35", False, id="range-is-not-a-number"),
        pytest.param("1.5", "15", False, id="decimal-point"),
        pytest.param("1/2", "12", False, id="fraction"),
        pytest.param("3:2", "32", False, id="ratio"),
        pytest.param("50%", "50", False, id="percent"),
        pytest.param("≥3", "≤3", False, id="comparison"),
        pytest.param("√", "×", False, id="tick-and-cross"),
    ],
)
def test_texts_compare_by_what_matters(one, other, equal):
    assert (comparable(one) == comparable(other)) is equal


@given(st.text())
def test_an_excerpt_is_one_short_line(text):
    assert len(excerpt(text)) <= 42
    assert "\n" not in excerpt(text)


def test_what_is_written_beside_the_stub_counts():
    assert answer_text("前\n（在这里写答案，写完请删掉这一行）\n后") == "前\n\n后"


def test_piles_of_combining_marks_are_cut_down_only_in_long_texts():
    assert folded("e\u0301") == "é"
    assert len(folded("a" + "\u0300\u0316" * 5000)) < 10


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        pytest.param("CAB", [2, 0, 1], id="order-kept"),
        pytest.param("AAB", [0, 0, 1], id="repeats-kept"),
        pytest.param("甲；丙", [0, 2], id="texts"),
        pytest.param("1、丙\n2、甲", [2, 0], id="numbered-texts"),
        pytest.param("A甲\nB乙", [0, 1], id="letters-with-text"),
        pytest.param("A乙", None, id="letter-contradicts-text"),
        pytest.param("甲乙", None, id="texts-run-together"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_letters_are_read(typed, read):
    assert read_letters(typed, ["甲", "乙", "丙"]) == read


@pytest.mark.parametrize(
    ("typed", "count", "entries"),
    [
        pytest.param("甲\n乙", 2, ["甲", "乙"], id="lines"),
        pytest.param("甲", 2, ["甲", ""], id="missing-at-the-end"),
        pytest.param("甲\n\n丙", 3, ["甲", "", "丙"], id="empty-in-the-middle"),
        pytest.param("甲、乙；丙", 2, ["甲、乙", "丙"], id="semicolon-before-comma"),
        pytest.param("甲、乙", 1, ["甲、乙"], id="one-blank-is-not-split"),
        pytest.param("甲\n乙", 1, None, id="too-many"),
        pytest.param("2026年\n3月", 2, ["2026年", "3月"], id="digits-are-not-numbers-of-lines"),
        pytest.param("1.5\n2.5", 2, ["1.5", "2.5"], id="decimals-are-not-numbers-of-lines"),
    ],
)
def test_entries_are_split(typed, count, entries):
    assert split_entries(typed, count) == entries
