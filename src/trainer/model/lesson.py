"""Lessons: what a notebook in courses/notebooks says about itself and about its exercises."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from trainer.model.question import Identifier, Strict, Text

#: The version of the exercises file that travels with a published lesson.
EXERCISES_FORMAT = 1
EXERCISES_FILE = "exercises.json"


class LessonAbout(Strict):
    """``metadata.trainer.lesson`` of a lesson's notebook."""

    id: Identifier = Field(description="课的编号：小写字母、数字和短横线；发布以后不再改变")
    title: Text = Field(description="课的名称")
    minutes: int = Field(ge=1, le=240, description="学完大约要多少分钟")
    topic: Identifier | None = Field(
        default=None, description="题库里的专题编号；讲怎样使用平台的课不填，归入“入门”"
    )
    order: int = Field(ge=0, description="排在第几，小的在前")
    reads_on: tuple[Identifier, ...] = Field(default=(), description="学完以后接着学哪几课（编号）")


class ExerciseCell(Strict):
    """``metadata.trainer.exercise`` of a Markdown cell: a question of the bank, or one written here."""

    id: Identifier = Field(description="练习的编号，一课之内不重复")
    question: Identifier | None = Field(default=None, description="题库里的题目编号")
    inline: dict[str, Any] | None = Field(
        default=None, description="写在课里的题：字段和题库相同，不写 id、version、status、facility"
    )
    layout: tuple[int, ...] | None = Field(
        default=None,
        description="写在课里的题，选项、步骤或右边的内容按这个次序排（从 0 数起）；不填则由程序排一次，以后不变",
    )
    rehearsal: bool = Field(
        default=False, description="只练怎样作答，不考知识：可以没有依据，做错也不进错题本"
    )

    @model_validator(mode="after")
    def _one_question(self) -> ExerciseCell:
        if (self.question is None) == (self.inline is None):
            raise ValueError("“question”（题库里的题）和“inline”（写在课里的题）要写一个，也只能写一个。")
        if self.layout is not None and self.inline is None:
            raise ValueError("“layout”只能用在写在课里的题上。")
        return self
