"""案例分析题: an essay with a rubric of weighted points, marked by people."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from trainer.kinds.base import Kind, Layout, Samples, presented
from trainer.kinds.reading import answer_text, excerpt
from trainer.model.marks import Mark, Marking, Verdict, unanswered
from trainer.model.points import Hundredths
from trainer.model.question import ExactDecimal, Question, Strict, Text


class RubricPoint(Strict):
    """One thing that a good answer says."""

    point: Text = Field(description="得分要点")
    points: ExactDecimal = Field(gt=0, decimal_places=2, description="这一点的分值")


class CaseQuestion(Question):
    """An essay question."""

    kind: Literal["case"] = Field(description="题型：案例分析题，由人评阅")
    rubric: tuple[RubricPoint, ...] = Field(
        min_length=1, description="评分标准：要点和分值，分值之和等于 points"
    )
    reference: Text = Field(description="参考答案")


class CaseKind(Kind[CaseQuestion]):
    name: ClassVar[str] = "case"
    title: ClassVar[str] = "案例分析题"
    question_type = CaseQuestion
    treatment = "manual"
    instruction: ClassVar[str] = "用自己的话写，分点作答，由评委评阅"

    def problems(self, question: CaseQuestion) -> Iterator[tuple[str, str]]:
        total = sum((point.points for point in question.rubric), Decimal(0))
        if total != question.points:
            yield (
                "rubric",
                f"评分标准各要点合计 {total} 分，与题目分值 {question.points} 分不等，请改成一致。",
            )

    def show(self, question: CaseQuestion, layout: Layout) -> str:
        return question.stem

    def present(self, question: CaseQuestion, layout: Layout) -> dict[str, Any] | None:
        return presented(self, question, instruction=self.instruction)

    def key_text(self, question: CaseQuestion, layout: Layout) -> str:
        return ""

    def mark(
        self, question: CaseQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        typed = answer_text(text)
        return Mark(Verdict.PENDING, None, excerpt(typed), None) if typed else unanswered("")

    def samples(self, question: CaseQuestion, layout: Layout) -> Samples:
        return Samples(right=question.reference, wrong="不知道。", malformed="？")
