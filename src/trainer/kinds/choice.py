"""What single and multiple choice have in common: lettered options, shuffled per form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

from pydantic import Field, StringConstraints

from trainer.kinds.base import LETTERS, Kind, Layout, lettered, presented, under_letters
from trainer.kinds.reading import comparable
from trainer.model.question import Question, Text

Label = Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]


class ChoiceQuestion(Question):
    """A question with lettered options."""

    options: dict[Label, Text] = Field(min_length=2, max_length=12, description="选项：字母对应文字")
    shuffle: bool = Field(
        default=True, description="组卷时是否打乱选项；选项有固定顺序（如由小到大）时填 false"
    )

    def texts(self) -> list[str]:
        """Option texts in the authored order."""
        return list(self.options.values())

    def index(self, label: str) -> int:
        """The authored position of an option."""
        return list(self.options).index(label)


C = TypeVar("C", bound=ChoiceQuestion)


class ChoiceKind(Kind[C]):
    """Shared moments of the choice kinds."""

    def option_problems(self, question: C, key: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        expected = list(LETTERS[: len(question.options)])
        if list(question.options) != expected:
            yield "options", f"选项的字母应当依次为 {'、'.join(expected)}，请重新编号。"
        seen: dict[str, str] = {}
        for label, text in question.options.items():
            folded = comparable(text)
            if folded in seen:
                yield f"options.{label}", f"选项 {seen[folded]} 和 {label} 内容相同，请改掉其中一个。"
            seen.setdefault(folded, label)
        for label in key:
            if label not in question.options:
                yield "key", f"答案 {label} 不在选项里，请改答案或补上这个选项。"

    def arrangeable(self, question: C) -> list[str]:
        return question.texts() if question.shuffle else []

    def shown_options(self, question: C, layout: Layout) -> list[str]:
        texts = question.texts()
        return [texts[i] for i in layout] if layout else texts

    def shown_position(self, question: C, layout: Layout, label: str) -> int:
        index = question.index(label)
        return layout.index(index) if layout else index

    def show(self, question: C, layout: Layout) -> str:
        return f"{question.stem}\n\n{lettered(self.shown_options(question, layout))}"

    def present(self, question: C, layout: Layout) -> dict[str, Any] | None:
        return presented(self, question, options=under_letters(self.shown_options(question, layout)))
