"""Marks: points for one answer, with the verdict and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from trainer.model.points import ZERO, Hundredths
from trainer.model.question import Strict


class Verdict(StrEnum):
    """What became of an answer; the value is the word that people read."""

    CORRECT = "正确"
    PARTIAL = "部分正确"
    WRONG = "错误"
    UNANSWERED = "未作答"
    MALFORMED = "写法有误"
    PENDING = "待人工评阅"


class MultipleRule(StrEnum):
    """How a multiple-choice answer that is not exactly right is marked (多选题计分规则)."""

    ALL_OR_NOTHING = "all_or_nothing"
    SUBSET = "subset"


class OrderRule(StrEnum):
    """How an order that is not exactly right is marked (排序题计分规则)."""

    COMMON_SUBSEQUENCE = "common_subsequence"
    EXACT = "exact"


class Marking(Strict):
    """The partial-credit rules of a paper."""

    multiple: MultipleRule = Field(
        default=MultipleRule.ALL_OR_NOTHING,
        description="多选题：all_or_nothing 全对才得分；subset 少选按选对的比例得分，有错选得零分",
    )
    order: OrderRule = Field(
        default=OrderRule.COMMON_SUBSEQUENCE,
        description="排序题：common_subsequence 按最长的正确先后得部分分；exact 全对才得分",
    )

    def explain(self) -> str:
        """The rules in a sentence, printed on papers and boards."""
        multiple = {
            MultipleRule.ALL_OR_NOTHING: "多选题全部选对才得分，多选、少选、错选都不得分",
            MultipleRule.SUBSET: "多选题选对一部分的按比例得分，只要有一项选错就不得分",
        }[self.multiple]
        order = {
            OrderRule.COMMON_SUBSEQUENCE: "排序题按先后顺序正确的最长一串步骤占全部步骤的比例得分",
            OrderRule.EXACT: "排序题全部排对才得分",
        }[self.order]
        return f"{multiple}；{order}。"


@dataclass(frozen=True)
class Mark:
    """What one answer earned.

    ``points`` is None while a person has to mark it. ``answer`` is the answer as it was understood, in the words that
    the paper uses (``A、C``), or an excerpt of what was typed when it could not be understood. ``comment`` is a
    sentence for the trainee, or None when there is nothing to say yet.
    """

    verdict: Verdict
    points: Hundredths | None
    answer: str
    comment: str | None


def unanswered(key: str) -> Mark:
    """The mark of an empty answer."""
    return Mark(Verdict.UNANSWERED, ZERO, "", f"未作答。正确答案：{key}。" if key else "未作答。")


def malformed(answer: str, why: str, key: str) -> Mark:
    """The mark of an answer that was written in a way that cannot count."""
    return Mark(Verdict.MALFORMED, ZERO, answer, f"{why}，这道题不得分。正确答案：{key}。")
