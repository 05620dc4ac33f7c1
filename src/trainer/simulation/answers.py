"""What a made-up cadre types: from ability and item difficulty, with the slips and the spellings of real people.

The model is the Rasch model (one-parameter logistic; Rasch 1960): the chance of a right answer is
1 / (1 + exp(difficulty - ability)), where the difficulty of an item is the logit of its expected failure rate, so that
somebody of ability 0 gets it right as often as its prior facility says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from trainer.kinds.base import LETTERS, kind_of, question_from_snapshot
from trainer.model.marks import Marking, Verdict
from trainer.model.paper import Item
from trainer.model.points import ZERO, Hundredths, to_hundredths

_OMITTED, _MALFORMED = 0.02, 0.012


@dataclass(frozen=True)
class Essay:
    """A made-up essay and the marks that a made-up marker gives it."""

    text: str
    points: Hundredths
    comment: str


def chance(ability: float, facility: float) -> float:
    """The probability of a right answer."""
    return 1 / (1 + math.exp(-(ability + math.log(facility / (1 - facility)))))


def typed_answer(item: Item, ability: float, random: Random) -> str:
    """The text that a cadre of this ability leaves in the answer cell."""
    question = question_from_snapshot(item.question)
    samples = kind_of(question).samples(question, item.layout)
    luck = random.random()
    if luck < _OMITTED:
        return ""
    if luck < _OMITTED + _MALFORMED:
        return samples.malformed
    if random.random() < chance(ability, question.facility):
        return _spelled(question.kind, samples.right, random)
    slip = _slip(question, samples, random)
    # A slip can happen to be right: two steps that may be exchanged, two lefts with the same right.
    marked = kind_of(question).mark(question, item.layout, slip, item.hundredths, Marking())
    return str(samples.wrong) if marked.verdict is Verdict.CORRECT else slip


def _spelled(kind: str, right: str, random: Random) -> str:
    """A right answer as different people write it."""
    ways = [right]
    if kind in ("single", "multiple", "order"):
        joined = right.replace(" ", "")
        full_width = "".join(chr(ord(c) + 0xFEE0) for c in joined)
        ways += [right.lower(), joined, "、".join(joined), full_width, f"答案：{joined}"]
    elif kind == "judge":
        ways += {"对": ["正确", "√", "T", "对。"], "错": ["错误", "×", "F", "错。"]}[right]
    elif kind == "match":
        ways += [right.replace("-", ""), right.replace("\n", "，"), right.replace("-", "：").lower()]
    return random.choice(ways)


def _slip(question: Any, samples: Any, random: Random) -> str:
    """A wrong answer of the sort that people give: near the right one where there is such a thing."""
    if question.kind == "single":
        right = samples.right
        return random.choice([c for c in LETTERS[: len(question.options)] if c != right])
    if question.kind == "multiple":
        return _one_off(samples.right.split(), LETTERS[: len(question.options)], random)
    if question.kind == "order":
        steps = samples.right.split()
        i = random.randrange(len(steps) - 1)
        steps[i], steps[i + 1] = steps[i + 1], steps[i]
        return " ".join(steps)
    if question.kind == "match":
        rights = [line.partition("-")[2] for line in samples.right.split("\n")]
        i, j = random.sample(range(len(rights)), 2)
        rights[i], rights[j] = rights[j], rights[i]
        return "\n".join(f"{n}-{letter}" for n, letter in enumerate(rights, 1))
    if question.kind == "blank" and len(question.key) > 1:
        entries = samples.right.split("\n")
        entries[random.randrange(len(entries))] = "记不清"
        return "\n".join(entries)
    return str(samples.wrong)


def _one_off(key: list[str], letters: str, random: Random) -> str:
    """One choice too many or too few."""
    others = [c for c in letters if c not in key]
    if others and random.random() < 0.5:
        return " ".join(sorted([*key, random.choice(others)]))
    dropped = random.choice(key)
    return " ".join(c for c in key if c != dropped)


def essay(item: Item, ability: float, random: Random) -> Essay:
    """An essay that makes some of the rubric's points, and the marks for those points."""
    question = question_from_snapshot(item.question)
    made = [
        point
        for point in getattr(question, "rubric", ())
        if random.random() < chance(ability, question.facility)
    ]
    if not made:
        return Essay("我认为这件事要按规定办，具体条款记不清了。", ZERO, "没有答出要点。")
    text = "\n".join(f"{number}. {point.point}" for number, point in enumerate(made, 1))
    points = Hundredths(sum(to_hundredths(point.points) for point in made))
    return Essay(text, points, f"答出 {len(made)} 个要点。")
