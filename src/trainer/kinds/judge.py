"""判断题: the statement is right or wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from trainer.kinds.base import Kind, Layout, Samples, presented
from trainer.kinds.reading import answer_text, comparable, excerpt, folded, without_lead
from trainer.model.marks import Mark, Marking, Verdict, malformed, unanswered
from trainer.model.points import ZERO, Hundredths
from trainer.model.question import Question

TRUE_WORDS = frozenset(
    [
        "对",
        "对的",
        "正确",
        "正确的",
        "是",
        "是的",
        "√",
        "✓",
        "✔",
        "✅",
        "☑",
        "t",
        "true",
        "y",
        "yes",
        "v",
        "r",
        "right",
    ]
)
FALSE_WORDS = frozenset(
    [
        "错",
        "错的",
        "错误",
        "错误的",
        "不对",
        "不正确",
        "否",
        "不是",
        "×",
        "✗",
        "✘",
        "✕",
        "✖",
        "❌",
        "x",
        "f",
        "false",
        "n",
        "no",
        "wrong",
    ]
)


def _truth(value: object) -> object:
    """The bank's reader gives scalars as typed; nothing but true and false is accepted."""
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


class JudgeQuestion(Question):
    """A statement to judge."""

    kind: Literal["judge"] = Field(description="题型：判断题")
    key: Annotated[bool, BeforeValidator(_truth)] = Field(
        strict=True, description="答案：true 表示说法正确，false 表示说法错误"
    )


def _words(truth: bool) -> str:
    return "对" if truth else "错"


def read_judgement(text: str) -> bool | None:
    """对 or 错 in its usual spellings; None for anything else."""
    plain = without_lead(folded(text)).casefold().strip("。.！!，, 、;；()（）[]【】\"'“”")
    for word in (plain, comparable(plain)):
        if word in TRUE_WORDS or word in FALSE_WORDS:
            return word in TRUE_WORDS
    return None


class JudgeKind(Kind[JudgeQuestion]):
    name: ClassVar[str] = "judge"
    title: ClassVar[str] = "判断题"
    question_type = JudgeQuestion
    instruction: ClassVar[str] = "写“对”或者“错”"

    def problems(self, question: JudgeQuestion) -> Iterator[tuple[str, str]]:
        yield from ()

    def show(self, question: JudgeQuestion, layout: Layout) -> str:
        return question.stem

    def present(self, question: JudgeQuestion, layout: Layout) -> dict[str, Any] | None:
        return presented(self, question)

    def key_text(self, question: JudgeQuestion, layout: Layout) -> str:
        return _words(question.key)

    def mark(
        self, question: JudgeQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        key = _words(question.key)
        typed = answer_text(text)
        if not typed:
            return unanswered(key)
        judged = read_judgement(typed)
        if judged is None:
            return malformed(excerpt(typed), f"没有看懂你写的“{excerpt(typed)}”，请写“对”或者“错”", key)
        if judged == question.key:
            return Mark(Verdict.CORRECT, full, _words(judged), f"答对了。正确答案：{key}。")
        return Mark(
            Verdict.WRONG, ZERO, _words(judged), f"答错了，你写的是“{_words(judged)}”。正确答案：{key}。"
        )

    def samples(self, question: JudgeQuestion, layout: Layout) -> Samples:
        return Samples(right=_words(question.key), wrong=_words(not question.key), malformed="对错")
