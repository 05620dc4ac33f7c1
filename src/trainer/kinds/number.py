"""计算题: a number with a tolerance and a unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from trainer.kinds.base import Kind, Layout, Samples, presented
from trainer.kinds.numerals import arabic, to_decimal
from trainer.kinds.reading import answer_text, excerpt, folded, without_lead
from trainer.model.marks import Mark, Marking, Verdict, malformed, unanswered
from trainer.model.points import ZERO, Hundredths
from trainer.model.question import ExactDecimal, Question

#: 12元5角, 12块5毛, 12元5角6分, 12块5: how people write money besides 12.5元.
_MONEY = re.compile(r"(\d{1,12})\s*(?:元|块)\s*(\d)\s*(?:(?:角|毛)\s*(?:(\d)\s*分)?)?")
_NUMBER = re.compile(
    r"([+-]?(?:[\d,.]++|[零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟]++))\s*+(.*)", re.DOTALL
)
_SPACE = re.compile(r"\s")
_DIGIT_OR_SPACE = re.compile(r"[\d\s]")


class NumberQuestion(Question):
    """A computation whose result is one number."""

    kind: Literal["number"] = Field(description="题型：计算题")
    key: ExactDecimal = Field(description="答案：一个数，例如 12.50")
    tolerance: ExactDecimal = Field(default=Decimal(0), ge=0, description="允许的误差（绝对值），默认 0")
    unit: str = Field(default="", description="单位，例如 元；没有单位就不填")
    unit_aliases: tuple[str, ...] = Field(default=(), description="同样算对的单位写法，例如 [块, 元整]")


def _unit(text: str) -> str:
    """A unit as it is compared: width, case, spaces and brackets folded."""
    return "".join(folded(text).casefold().split()).strip("()")


def _read(plain: str, units: set[str]) -> tuple[Decimal | None, str]:
    """The number and the unit after it; no number when there is anything else.

    After an equals sign only the result counts. A known unit at the end is taken off first, so that 三千克 is 3 千克 where 千克 is the unit.
    """
    rest = plain.rpartition("=")[2].casefold().replace("(", " ").replace(")", " ").strip().lstrip("¥￥ ")
    money = _MONEY.fullmatch(arabic(rest)) if "元" in units else None
    if money:
        return Decimal(f"{money[1]}.{money[2]}{money[3] or 0}"), "元"
    for known in sorted(filter(None, units), key=len, reverse=True):
        number = rest.removesuffix(known).rstrip()
        if rest.endswith(known) and not _SPACE.search(number) and (value := to_decimal(number)) is not None:
            return value, known
    found = _NUMBER.fullmatch(rest)
    if not found or _DIGIT_OR_SPACE.search(found[2]):
        return None, ""
    return to_decimal(found[1].rstrip(".")), found[2]


class NumberKind(Kind[NumberQuestion]):
    name: ClassVar[str] = "number"
    title: ClassVar[str] = "计算题"
    question_type = NumberQuestion
    instruction: ClassVar[str] = "只写计算结果，单位可写可不写，例如：12.50"

    def problems(self, question: NumberQuestion) -> Iterator[tuple[str, str]]:
        if to_decimal(str(question.key)) is None:
            yield "key", "答案要写成普通的数：整数部分不超过 15 位，小数不超过 10 位，不用科学记数法。"
        if to_decimal(question.unit) is not None:
            yield "unit", "单位不能是数字，请改成 元、人、天 这样的单位。"

    def show(self, question: NumberQuestion, layout: Layout) -> str:
        return f"{question.stem}\n\n（单位：{question.unit}）" if question.unit else question.stem

    def present(self, question: NumberQuestion, layout: Layout) -> dict[str, Any] | None:
        return presented(self, question, unit=question.unit)

    def key_text(self, question: NumberQuestion, layout: Layout) -> str:
        return f"{question.key}{question.unit}"

    def mark(
        self, question: NumberQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        key = self.key_text(question, layout)
        typed = answer_text(text)
        if not typed:
            return unanswered(key)
        plain = without_lead(folded(typed)).rstrip("。.").rstrip()
        units = {_unit(name) for name in (question.unit, *question.unit_aliases)}
        value, unit = _read(plain, units)
        if value is None:
            return malformed(excerpt(typed), f"没有从“{excerpt(typed)}”里读出一个数，请只写计算结果", key)
        if unit and unit not in units:
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
