"""多选题: several options are right. Partial credit is the paper's choice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from trainer.kinds.base import LETTERS, Layout, Samples
from trainer.kinds.choice import ChoiceKind, ChoiceQuestion, Label
from trainer.kinds.reading import answer_text, excerpt, letters, read_letters
from trainer.model.marks import Mark, Marking, MultipleRule, Verdict, malformed, unanswered
from trainer.model.points import ZERO, Hundredths, share


class MultipleQuestion(ChoiceQuestion):
    """A multiple-choice question with several right options."""

    kind: Literal["multiple"] = Field(description="题型：多选题")
    key: tuple[Label, ...] = Field(min_length=1, description="答案：选项字母的列表，例如 [A, C]")


class MultipleKind(ChoiceKind[MultipleQuestion]):
    name: ClassVar[str] = "multiple"
    title: ClassVar[str] = "多选题"
    question_type = MultipleQuestion
    instruction: ClassVar[str] = "有两项或两项以上正确，把字母都写出来，例如：A C D"

    def problems(self, question: MultipleQuestion) -> Iterator[tuple[str, str]]:
        yield from self.option_problems(question, question.key)
        if len(set(question.key)) < len(question.key):
            yield "key", "答案里有重复的字母，请删掉多余的。"
        elif len(question.key) < 2:
            yield "key", "多选题的答案至少要有两项；只有一项时请改成单选题。"

    def _key(self, question: MultipleQuestion, layout: Layout) -> list[int]:
        return sorted(self.shown_position(question, layout, label) for label in question.key)

    def key_text(self, question: MultipleQuestion, layout: Layout) -> str:
        return letters(self._key(question, layout))

    def mark(
        self, question: MultipleQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        key = set(self._key(question, layout))
        shown = self.key_text(question, layout)
        typed = answer_text(text)
        if not typed:
            return unanswered(shown)
        read = read_letters(typed, self.shown_options(question, layout))
        if read is None:
            return malformed(excerpt(typed), f"没有看懂你写的“{excerpt(typed)}”，请只写选项的字母", shown)
        chosen = set(read)
        answer = letters(sorted(chosen))
        if chosen == key:
            return Mark(Verdict.CORRECT, full, answer, f"答对了。正确答案：{shown}。")
        if chosen < key and marking.multiple is MultipleRule.SUBSET:
            comment = f"选对了一部分（{answer}），还少选 {letters(sorted(key - chosen))}。正确答案：{shown}。"
            return Mark(Verdict.PARTIAL, share(full, len(chosen), len(key)), answer, comment)
        parts = [f"多选了 {letters(sorted(chosen - key))}"] if chosen - key else []
        parts += [f"少选了 {letters(sorted(key - chosen))}"] if key - chosen else []
        comment = f"答错了，你选的是 {answer}，{'，'.join(parts)}。正确答案：{shown}。"
        return Mark(Verdict.WRONG, ZERO, answer, comment)

    def samples(self, question: MultipleQuestion, layout: Layout) -> Samples:
        key = self._key(question, layout)
        count = len(question.options)
        rest = [i for i in range(count) if i not in key]
        wrong = [*key[:-1], *rest[:1]] if rest else key[:-1]
        return Samples(
            right=" ".join(LETTERS[i] for i in key), wrong=letters(wrong), malformed=f"{LETTERS[count]}9"
        )
