"""实操题: a code cell with tests, executed in the sandbox."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from trainer.kinds.base import Kind, Layout, Samples
from trainer.model.marks import Mark, Marking, Verdict
from trainer.model.points import Hundredths
from trainer.model.question import Question, Text


class CodeQuestion(Question):
    """A small program to write."""

    kind: Literal["code"] = Field(description="题型：实操题，写一段 Python")
    starter: Text = Field(description="给出的开头")
    solution: Text = Field(description="参考程序，能通过全部测试")
    tests: Text = Field(description="学员看得见的测试，用 assert 写")
    hidden_tests: str = Field(default="", description="学员看不见的测试，可不填")


class CodeKind(Kind[CodeQuestion]):
    name: ClassVar[str] = "code"
    title: ClassVar[str] = "实操题"
    question_type = CodeQuestion
    treatment = "executed"
    instruction: ClassVar[str] = "在代码单元格里补全程序，运行下面的测试没有报错就算通过"

    def problems(self, question: CodeQuestion) -> Iterator[tuple[str, str]]:
        for field in ("starter", "solution", "tests", "hidden_tests"):
            try:
                ast.parse(getattr(question, field))
            except SyntaxError as error:
                yield field, f"第 {error.lineno or 1} 行不是合法的 Python，请改正。"
            except ValueError:
                yield field, "程序里有不能出现的字符（空字符），请删掉。"

    def show(self, question: CodeQuestion, layout: Layout) -> str:
        return question.stem

    def key_text(self, question: CodeQuestion, layout: Layout) -> str:
        return ""

    def mark(
        self, question: CodeQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        """Code is marked by its tests, not by its text: this only says so."""
        return Mark(Verdict.PENDING, None, "", None)

    def samples(self, question: CodeQuestion, layout: Layout) -> Samples:
        return Samples(right=question.solution, wrong=question.starter, malformed="这不是程序（")
