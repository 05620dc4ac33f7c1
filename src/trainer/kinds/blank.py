"""填空题: one or more blanks in the stem, each with its accepted alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from trainer.kinds.base import Kind, Layout, Samples, presented
from trainer.kinds.numerals import arabic
from trainer.kinds.reading import answer_text, comparable, excerpt, folded, split_entries
from trainer.model.marks import Mark, Marking, Verdict, malformed, unanswered
from trainer.model.points import ZERO, Hundredths, share
from trainer.model.question import Question, Text

_BLANK = re.compile(r"_{4,}")


class BlankQuestion(Question):
    """A stem with blanks, each written as four underscores or more."""

    kind: Literal["blank"] = Field(description="题型：填空题；题干里每个空写成 ____")
    key: tuple[tuple[Text, ...], ...] = Field(
        min_length=1, description="答案：每个空一个列表，列出都算对的写法"
    )
    any_order: bool = Field(default=False, description="各空的答案能否互换位置")


def same(answer: str, accepted: str) -> bool:
    """Whether two entries are equal once width, case, punctuation and the script of numerals are folded."""
    return comparable(arabic(folded(answer))) == comparable(arabic(folded(accepted))) != ""


class BlankKind(Kind[BlankQuestion]):
    name: ClassVar[str] = "blank"
    title: ClassVar[str] = "填空题"
    question_type = BlankQuestion
    instruction: ClassVar[str] = "有几个空就写几行，一行写一个空的答案"

    def problems(self, question: BlankQuestion) -> Iterator[tuple[str, str]]:
        blanks = len(_BLANK.findall(question.stem))
        if blanks == 0:
            yield "stem", "填空题的题干里没有空，请在要填的地方写上 ____（四个下划线）。"
        elif blanks != len(question.key):
            yield "key", f"题干里有 {blanks} 个空，答案却有 {len(question.key)} 个，请补齐或删去。"
        for number, accepted in enumerate(question.key, 1):
            if not accepted:
                yield f"key.{number - 1}", f"第 {number} 个空没有写答案，请补上。"
            elif any(not comparable(text) for text in accepted):
                yield f"key.{number - 1}", f"第 {number} 个空的答案里有一个只有标点或空格，请改正。"

    def show(self, question: BlankQuestion, layout: Layout) -> str:
        numbers = iter(range(1, len(question.key) + 2))
        several = len(question.key) > 1
        return _BLANK.sub(lambda _: f"＿＿（{next(numbers)}）＿＿" if several else "＿＿＿＿", question.stem)

    def present(self, question: BlankQuestion, layout: Layout) -> dict[str, Any] | None:
        gaps = _BLANK.sub("____", question.stem)  # their lengths may hint at the answers'
        return presented(self, question, stem=gaps, blanks=len(_BLANK.findall(gaps)))

    def key_text(self, question: BlankQuestion, layout: Layout) -> str:
        texts = [accepted[0] for accepted in question.key]
        return texts[0] if len(texts) == 1 else "；".join(f"（{i}）{text}" for i, text in enumerate(texts, 1))

    def mark(
        self, question: BlankQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        shown = self.key_text(question, layout)
        typed = answer_text(text)
        if not typed:
            return unanswered(shown)
        count = len(question.key)
        entries = split_entries(typed, count)
        if entries is None:
            return malformed(excerpt(typed), f"这道题有 {count} 个空，你写的比空多，请一行写一个空", shown)
        right = _right_in_any_order(entries, question) if question.any_order else _right(entries, question)
        answer = "；".join(excerpt(entry) or "（空）" for entry in entries)
        if all(right):
            return Mark(Verdict.CORRECT, full, answer, f"答对了。正确答案：{shown}。")
        if not any(entries):
            return unanswered(shown)
        if not any(right):
            return Mark(Verdict.WRONG, ZERO, answer, f"答错了。正确答案：{shown}。")
        wrong = "、".join(f"第 {i} 空" for i, ok in enumerate(right, 1) if not ok)
        comment = f"{count} 个空答对 {sum(right)} 个，{wrong}不对。正确答案：{shown}。"
        return Mark(Verdict.PARTIAL, share(full, sum(right), count), answer, comment)

    def samples(self, question: BlankQuestion, layout: Layout) -> Samples:
        right = "\n".join(accepted[0] for accepted in question.key)
        return Samples(
            right=right,
            wrong="\n".join("没有这个答案" for _ in question.key),
            malformed="\n".join("多写" for _ in range(len(question.key) + 1)),
        )


def _right(entries: list[str], question: BlankQuestion) -> list[bool]:
    return [
        any(same(entry, text) for text in accepted)
        for entry, accepted in zip(entries, question.key, strict=True)
    ]


def _right_in_any_order(entries: list[str], question: BlankQuestion) -> list[bool]:
    """Which entries are right when the blanks may be exchanged: each key is used once, as many as possible."""
    taken: dict[int, int] = {}  # key index -> entry index

    def place(entry: int, tried: set[int]) -> bool:
        for index, accepted in enumerate(question.key):
            if index in tried or not any(same(entries[entry], text) for text in accepted):
                continue
            tried.add(index)
            if index not in taken or place(taken[index], tried):
                taken[index] = entry
                return True
        return False

    for entry in range(len(entries)):
        place(entry, set())
    return [entry in taken.values() for entry in range(len(entries))]
