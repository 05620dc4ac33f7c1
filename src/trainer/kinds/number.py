"""计算题: a number with a tolerance and a unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from trainer.kinds.base import Kind, Layout, Samples
from trainer.kinds.numerals import to_decimal
from trainer.kinds.reading import answer_text, excerpt, folded, without_lead
from trainer.model.marks import Mark, Marking, Verdict, malformed, unanswered
from trainer.model.points import ZERO, Hundredths
from trainer.model.question import ExactDecimal, Question

_NUMBER = r"[+-]?[\d,.零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟]+"
_SPLIT = re.compile(rf"^(?:[^\d=]*=\s*)?(?:¥|￥)?\s*({_NUMBER})\s*([^\d\s]*?)[。.]?$")


class NumberQuestion(Question):
    """A computation whose result is one number."""

    kind: Literal["number"] = Field(description="题型：计算题")
    key: ExactDecimal = Field(description='答案：一个数，写在引号里，例如 "12.50"')
    tolerance: ExactDecimal = Field(default=Decimal(0), ge=0, description="允许的误差（绝对值），默认 0")
    unit: str = Field(default="", description="单位，例如 元；没有单位就不填")
    unit_aliases: tuple[str, ...] = Field(default=(), description="同样算对的单位写法，例如 [块, 元整]")


class NumberKind(Kind[NumberQuestion]):
    name: ClassVar[str] = "number"
    title: ClassVar[str] = "计算题"
    question_type = NumberQuestion
    instruction: ClassVar[str] = "只写计算结果，单位可写可不写，例如：12.50"

    def problems(self, question: NumberQuestion) -> Iterator[tuple[str, str]]:
        if not question.key.is_finite() or not question.tolerance.is_finite():
            yield "key", "答案和误差必须是普通的数。"
        if to_decimal(question.unit) is not None:
            yield "unit", "单位不能是数字，请改成 元、人、天 这样的单位。"

    def show(self, question: NumberQuestion, layout: Layout) -> str:
        return f"{question.stem}\n\n（单位：{question.unit}）" if question.unit else question.stem

    def key_text(self, question: NumberQuestion, layout: Layout) -> str:
        return f"{question.key}{question.unit}"

    def mark(
        self, question: NumberQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        key = self.key_text(question, layout)
        typed = answer_text(text)
        if not typed:
            return unanswered(key)
        plain = without_lead(folded(typed))
        split = _SPLIT.match(plain)
        value = to_decimal(split[1].rstrip(".")) if split else None
        if split is None or value is None:
            return malformed(excerpt(typed), f"没有从“{excerpt(typed)}”里读出一个数，请只写计算结果", key)
        unit = split[2].strip("()（）")
        if unit and unit not in (question.unit, *question.unit_aliases):
            wanted = f"应当是“{question.unit}”" if question.unit else "这道题不用写单位"
            return Mark(
                Verdict.WRONG,
                ZERO,
                excerpt(plain),
                f"单位不对，你写的是“{excerpt(unit)}”，{wanted}。正确答案：{key}。",
            )
        if abs(value - question.key) <= question.tolerance:
            return Mark(Verdict.CORRECT, full, excerpt(plain), f"答对了。正确答案：{key}。")
        return Mark(
            Verdict.WRONG, ZERO, excerpt(plain), f"答错了，你写的是 {excerpt(plain)}。正确答案：{key}。"
        )

    def samples(self, question: NumberQuestion, layout: Layout) -> Samples:
        wrong = question.key + question.tolerance + 1
        return Samples(right=f"{question.key}{question.unit}", wrong=str(wrong), malformed="大概这么多")
