"""连线题: pairs of a number and a letter."""

import pytest

from trainer.kinds.base import lay_out
from trainer.model.marks import Verdict

PAIRS = [{"left": f"左{i}", "right": f"右{i}"} for i in range(1, 4)]
SHUFFLED = (2, 0, 1)  # A 右3, B 右1, C 右2: the right pairs are 1-B 2-C 3-A


@pytest.fixture
def match(ask):
    return ask("match", SHUFFLED, pairs=PAIRS)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("1-B\n2-C\n3-A", id="a-pair-a-line"),
        pytest.param("1B 2C 3A", id="without-dashes"),
        pytest.param("1B2C3A", id="run"),
        pytest.param("1：b\n2：c\n3：a", id="full-width-colons"),
        pytest.param("1. B、2. C、3. A", id="points-and-commas"),
        pytest.param("１－Ｂ；２－Ｃ；３－Ａ", id="full-width"),
        pytest.param("1→B\n2→C\n3→A", id="arrows"),
        pytest.param("1 -> B, 2 -> C, 3 -> A", id="ascii-arrows"),
        pytest.param("1=B 2=C 3=A", id="equals"),
        pytest.param("1——B\n2——C\n3——A", id="long-dashes"),
        pytest.param("1对应B，2对应C，3对应A", id="in-words"),
        pytest.param("(1) B\n(2) C\n(3) A", id="bracketed"),
        pytest.param("①B ②C ③A", id="circled"),
        pytest.param("B-1 C-2 A-3", id="reversed-sides"),
        pytest.param("3-A\n1-B\n2-C", id="any-order"),
        pytest.param("B C A", id="letters-alone"),
        pytest.param("bca", id="letters-run"),
        pytest.param("1-B\n2-C\n3-A\n1-B", id="same-pair-twice"),
        pytest.param("答案：1-B 2-C 3-A", id="introduced"),
    ],
)
def test_these_spellings_are_right(match, typed):
    mark = match.mark(typed)
    assert (mark.verdict, mark.points, mark.answer) == (Verdict.CORRECT, 600, "1-B、2-C、3-A")


@pytest.mark.parametrize(
    ("typed", "full", "verdict", "points"),
    [
        pytest.param("1-B 2-A 3-C", 600, Verdict.PARTIAL, 200, id="one-of-three"),
        pytest.param("1-B", 100, Verdict.PARTIAL, 33, id="only-one-written"),
        pytest.param("1-B 2-C", 100, Verdict.PARTIAL, 67, id="two-round-up"),
        pytest.param("1-A 2-B 3-C", 600, Verdict.WRONG, 0, id="none"),
        pytest.param("1-B 1-C", 600, Verdict.MALFORMED, 0, id="one-left-two-rights"),
        pytest.param("1-B 4-C", 600, Verdict.MALFORMED, 0, id="no-such-left"),
        pytest.param("0-B", 600, Verdict.MALFORMED, 0, id="nought"),
        pytest.param("1-D", 600, Verdict.MALFORMED, 0, id="no-such-right"),
        pytest.param("BC", 600, Verdict.MALFORMED, 0, id="too-few-letters"),
        pytest.param("1-B 不知道", 600, Verdict.MALFORMED, 0, id="words-after"),
        pytest.param("1-2", 600, Verdict.MALFORMED, 0, id="digits-only"),
    ],
)
def test_other_answers_earn(match, typed, full, verdict, points):
    mark = match.mark(typed, full)
    assert (mark.verdict, mark.points) == (verdict, points)


def test_two_lefts_may_share_a_right(ask):
    pairs = [{"left": "甲", "right": "同"}, {"left": "乙", "right": "同"}, {"left": "丙", "right": "异"}]
    asked = ask("match", (1, 0), pairs=pairs)
    assert asked.points("1-B 2-B 3-A") == 600


def test_distractors_stand_among_the_rights(ask):
    asked = ask("match", (3, 0, 1, 2), pairs=PAIRS, distractors=["多余"])
    assert "A. 多余" in asked.kind.show(asked.question, asked.layout)
    assert asked.points("1-B 2-C 3-D") == 600


@pytest.mark.parametrize(
    ("count", "distractors"),
    [
        pytest.param(2, [], id="two-pairs"),
        pytest.param(3, [], id="three-pairs"),
        pytest.param(2, ["多", "余"], id="with-distractors"),
    ],
)
def test_no_layout_shows_the_pairs_side_by_side(ask, count, distractors):
    asked = ask("match", pairs=PAIRS[:count], distractors=distractors)
    plain = "、".join(f"{i}-{'ABC'[i - 1]}" for i in range(1, count + 1))
    for seed in range(60):
        layout = lay_out(asked.kind, asked.question, str(seed))
        assert asked.kind.key_text(asked.question, layout) != plain


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        pytest.param({"pairs": PAIRS}, [], id="fine"),
        pytest.param(
            {"pairs": [*PAIRS, {"left": "左1。", "right": "新"}]}, ["pairs.3.left"], id="left-twice"
        ),
        pytest.param(
            {"pairs": PAIRS, "distractors": ["多", "右1"]}, ["distractors.1"], id="distractor-is-right"
        ),
        pytest.param(
            {"pairs": [{"left": "甲", "right": "同"}, {"left": "乙", "right": "同"}]},
            ["pairs"],
            id="one-right",
        ),
        pytest.param(
            {"pairs": [{"left": "甲", "right": "同"}, {"left": "乙", "right": "同。"}, PAIRS[0]]},
            ["pairs"],
            id="rights-that-look-the-same",
        ),
    ],
)
def test_definitions_are_checked(ask, fields, places):
    assert [place for place, _ in ask("match", **fields).problems] == places
