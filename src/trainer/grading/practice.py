"""One answer judged at once, for somebody who is learning: right or wrong, why, and the right answer.

Pure functions. Where marks count, :mod:`trainer.grading.mark` is what marks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainer.kinds.base import LETTERS, Kind, Layout, all_kinds, question_from_snapshot
from trainer.kinds.reading import answer_text, excerpt
from trainer.model.marks import Mark, Marking, Verdict
from trainer.model.points import as_text, to_hundredths
from trainer.model.question import Question

#: verdict → (word for programs, words for people)
_WORDS = {
    Verdict.CORRECT: ("right", "答对了"),
    Verdict.PARTIAL: ("partial", "答对一部分"),
    Verdict.WRONG: ("wrong", "答错了"),
    Verdict.MALFORMED: ("unread", "没看懂"),
    Verdict.UNANSWERED: ("empty", "还没有作答"),
    Verdict.PENDING: ("self", "请自己对照评分要点"),
}
_LETTER = re.compile("[A-Z]")
_PAIR = re.compile(r"(\d+)\s*-\s*([A-Z])")
#: Letters and numbers, and the signs and words that the kinds put between them.
_OF_LETTERS = re.compile(r"[A-Z0-9、，；→\-\s]+|.*→.*")
#: What a question says to its author and not to whoever answers it.
_INTERNAL = {"author_note", "facts", "hidden_tests"}


@dataclass(frozen=True)
class Judged:
    """What became of one answer.

    ``verdict`` is right, partial, wrong, unread, empty or self (an essay, compared by its author with ``rubric``). Everything
    that gives the answer away is '' or () for unread and empty ones.
    """

    verdict: str
    title: str
    sentence: str
    key: str = ""
    explanation: str = ""
    citation: str = ""
    rubric: tuple[str, ...] = ()
    reference: str = ""

    @property
    def counts(self) -> bool:
        """Whether it was a try at all."""
        return self.verdict not in ("unread", "empty")

    @property
    def right(self) -> bool:
        """Whether the question is done with: right, or an essay that was compared."""
        return self.verdict in ("right", "self")


def entry_of(
    question: Question, layout: Layout, citation: str, topic: str, topic_title: str
) -> dict[str, Any]:
    """What has to be known of a question to practise it, key included, as plain JSON data."""
    snapshot = {name: value for name, value in question.snapshot().items() if name not in _INTERNAL}
    return {
        "question": snapshot,
        "layout": list(layout),
        "citation": citation,
        "topic": topic,
        "topic_title": topic_title,
    }


def read_entry(entry: Mapping[str, Any]) -> tuple[Kind[Any], Question, Layout]:
    """The question of an entry. Raises ValueError when it was made by a version with other kinds."""
    data = dict(entry["question"])
    if data.get("kind") not in all_kinds():
        raise ValueError(str(data.get("kind")))
    question = question_from_snapshot(data)
    return all_kinds()[question.kind], question, tuple(entry.get("layout", ()))


def definition_of(entry: Mapping[str, Any], number: int) -> dict[str, Any] | None:
    """The question for a page that draws it, without its key; None where it is answered as text."""
    kind, question, layout = read_entry(entry)
    definition = kind.present(question, layout)
    if definition is None:
        return None
    points = {"points": as_text(question.hundredths)} if kind.treatment == "manual" else {}
    return {**definition, "number": number, **points}


def shown(entry: Mapping[str, Any]) -> str:
    """The question as Markdown, without its key."""
    kind, question, layout = read_entry(entry)
    return kind.show(question, layout)


def judge(entry: Mapping[str, Any], text: str, marking: Marking = Marking()) -> Judged:  # noqa: B008 - a frozen value
    """The verdict on an answer in the text of an answer cell. Never raises on what a person can write."""
    kind, question, layout = read_entry(entry)
    mark = kind.mark(question, layout, text, question.hundredths, marking)
    verdict, title = _WORDS[mark.verdict]
    sentence = _sentence(kind, question, layout, mark, text)
    if mark.verdict in (Verdict.MALFORMED, Verdict.UNANSWERED):
        return Judged(verdict, title, sentence)
    return Judged(
        verdict,
        title,
        sentence,
        in_words(kind, question, layout, kind.key_text(question, layout)),
        question.explanation,
        str(entry["citation"]),
        tuple(
            f"{point.point}（{as_text(to_hundredths(point.points))} 分）"
            for point in getattr(question, "rubric", ())
        ),
        str(getattr(question, "reference", "")),
    )


def verdict_word(mark: Mark) -> str:
    """The verdict on an answer as :func:`judge` says it to programs."""
    return _WORDS[mark.verdict][0]


def _sentence(kind: Kind[Any], question: Question, layout: Layout, mark: Mark, text: str) -> str:
    if mark.verdict is Verdict.MALFORMED:
        return f"您写的是“{excerpt(answer_text(text))}”。请这样作答：{kind.instruction}。"
    if mark.verdict is Verdict.UNANSWERED:
        return "请先作答，再点“检查”。"
    if mark.verdict is Verdict.PENDING or not mark.answer:
        return ""
    return f"您的答案：{in_words(kind, question, layout, mark.answer)}。"


def in_words(kind: Kind[Any], question: Question, layout: Layout, text: str) -> str:
    """An answer or a key in letters, with what the letters of this layout stand for.

    Choices keep their letters (``B. 六个月``); steps and pairs are said by their texts alone, since on a screen they have
    moved. A text that is not made of letters stays as it is.
    """
    shown = _shown_things(kind, question, layout)
    named = set(_LETTER.findall(text))
    if not shown or not named or not named <= set(LETTERS[: len(shown)]) or not _OF_LETTERS.fullmatch(text):
        return text
    things = {letter: shown[LETTERS.index(letter)] for letter in named}
    if hasattr(question, "options"):
        return "；".join(f"{letter}. {things[letter]}" for letter in dict.fromkeys(_LETTER.findall(text)))
    pairs = getattr(question, "pairs", ())
    if not pairs:
        return _LETTER.sub(lambda found: things[found[0]], text)
    return "；".join(
        f"{pairs[int(number) - 1].left}——{things[letter]}"
        for number, letter in _PAIR.findall(text)
        if 0 < int(number) <= len(pairs)
    )


def _shown_things(kind: Kind[Any], question: Question, layout: Layout) -> list[str]:
    """The options, steps or right-hand sides under their letters."""
    things = list(getattr(question, "options", {}).values()) or kind.arrangeable(question)
    return [things[index] for index in layout] if len(layout) == len(things) else things
