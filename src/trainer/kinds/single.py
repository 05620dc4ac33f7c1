"""单选题: one of several options is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from trainer.kinds.base import LETTERS, Layout, Samples
from trainer.kinds.choice import ChoiceKind, ChoiceQuestion, Label
from trainer.kinds.reading import answer_text, excerpt, letters, read_letters
from trainer.model.marks import Mark, Marking, Verdict, malformed, unanswered
from trainer.model.points import ZERO, Hundredths


class SingleQuestion(ChoiceQuestion):
    """A single-choice question."""

    kind: Literal["single"] = Field(description="题型：单选题")
    key: Label = Field(description="答案：一个选项字母")


class SingleKind(ChoiceKind[SingleQuestion]):
    name: ClassVar[str] = "single"
    title: ClassVar[str] = "单选题"
    question_type = SingleQuestion
    instruction: ClassVar[str] = "只选一项，写一个字母，例如：B"

    def problems(self, question: SingleQuestion) -> Iterator[tuple[str, str]]:
        yield from self.option_problems(question, (question.key,))

    def key_text(self, question: SingleQuestion, layout: Layout) -> str:
        return LETTERS[self.shown_position(question, layout, question.key)]

    def mark(
        self, question: SingleQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        key = self.key_text(question, layout)
        typed = answer_text(text)
        if not typed:
            return unanswered(key)
        read = read_letters(typed, self.shown_options(question, layout))
        if read is None:
            return malformed(excerpt(typed), f"没有看懂你写的“{excerpt(typed)}”，请只写选项的字母", key)
        chosen = sorted(set(read))
        if len(chosen) > 1:
            return malformed(letters(chosen), f"单选题只能选一项，你写了 {letters(chosen)}", key)
        if letters(chosen) == key:
            return Mark(Verdict.CORRECT, full, key, f"答对了。正确答案：{key}。")
        return Mark(
            Verdict.WRONG, ZERO, letters(chosen), f"答错了，你选的是 {letters(chosen)}。正确答案：{key}。"
        )

    def samples(self, question: SingleQuestion, layout: Layout) -> Samples:
        key = self.key_text(question, layout)
        other = next(letter for letter in LETTERS if letter != key)
        return Samples(right=key, wrong=other, malformed=f"{key}{other}")
