"""What is typed without quotes stays as typed wherever text is meant, and is a number wherever a number is meant."""

from decimal import Decimal

import pytest


@pytest.mark.parametrize(
    "typed",
    ["3", "1.50", "007", "1e3", "0x10", "1_000", "12:30", "2026-05-11", "true", "no", "on", "对", "+3", "-0", ".5", "3.", "1,000"],
)  # fmt: skip
def test_an_unquoted_option_keeps_its_text(banks, head, sound, typed):
    bank = banks.read(head + sound.replace("A: 一年", f"A: {typed}"))
    assert bank.entries[0].question.options["A"] == typed


def test_unquoted_numbers_are_texts_everywhere(banks, head, sound, question):
    bodies = [
        "kind: blank\nstem: 是____和____\nkey: [[3, 3.0], [007]]",
        "kind: order\nstem: 2026\nsteps: [1.50, [2, 3.00]]",
        "kind: match\nstem: 题\npairs: [{left: 1.0, right: 10}, {left: 2.0, right: 020}]\ndistractors: [30]",
        "kind: number\nstem: 题二\nkey: 12.50\ntolerance: 0.10\nunit: 100元",
    ]
    bank = banks.read(head + sound + "".join(question(body, f"q-{i}") for i, body in enumerate(bodies)))
    _, blank, order, match, number = [entry.question for entry in bank.entries]
    assert blank.key == (("3", "3.0"), ("007",))
    assert (order.stem, order.steps) == ("2026", ("1.50", ("2", "3.00")))
    assert [(pair.left, pair.right) for pair in match.pairs] == [("1.0", "10"), ("2.0", "020")]
    assert match.distractors == ("30",)
    assert (str(number.key), str(number.tolerance)) == ("12.50", "0.10")


@pytest.mark.parametrize("typed", ["12.50", '"12.50"', "'12.50'"])
def test_a_number_keeps_its_decimals_quoted_or_not(banks, head, question, typed):
    bank = banks.read(head + question(f"kind: number\nstem: 题\nkey: {typed}"))
    assert str(bank.entries[0].question.key) == "12.50"


def test_numbers_are_numbers(banks, head, sound):
    text = sound.replace("points: 2", "points: 0.10").replace("version: 1", "version: 12")
    read = banks.read(head + text).entries[0].question
    assert (read.version, read.points, read.facility) == (12, Decimal("0.1"), 0.6)
    assert (read.sources[0].article, read.shuffle) == (1, True)


@pytest.mark.parametrize(
    ("typed", "truth"), [("true", True), ("True", True), ("FALSE", False), ("false", False)]
)
def test_truth_values_are_truth_values(banks, head, question, typed, truth):
    bank = banks.read(head + question(f"kind: judge\nstem: 题\nkey: {typed}"))
    assert bank.entries[0].question.key is truth


def test_a_multiple_key_may_be_listed_either_way(banks, head, question):
    text = head + question("kind: multiple\nstem: 题\noptions: {A: 3, B: 5, C: 7}\nkey:\n- A\n- C")
    assert banks.read(text).entries[0].question.key == ("A", "C")
