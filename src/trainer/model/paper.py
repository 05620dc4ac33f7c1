"""Papers: a blueprint says what is needed; a paper is a fixed set of questions in parallel forms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field, model_validator

from trainer.model.marks import Marking
from trainer.model.points import Hundredths, to_hundredths
from trainer.model.question import ExactDecimal, FormatOne, Identifier, Strict, Text

BLUEPRINT_FORMAT = 1
PAPER_FORMAT = 1
FORM_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class SectionPlan(Strict):
    """One section (大题) of a blueprint."""

    title: Text = Field(description="大题名称，例如 单项选择题")
    kind: str = Field(description="题型")
    count: int = Field(ge=1, description="题数")
    points: ExactDecimal = Field(gt=0, decimal_places=2, description="每题分值")
    topics: tuple[Identifier, ...] = Field(default=(), description="只从这些专题里选；不填表示全部专题")
    questions: tuple[Identifier, ...] = Field(
        default=(), description="就用这几道题（编号），个数要和题数相同；不填表示由程序选"
    )

    @model_validator(mode="after")
    def _as_many(self) -> SectionPlan:
        if self.questions and len(set(self.questions)) != self.count:
            raise ValueError(
                f"“questions”里有 {len(set(self.questions))} 道不同的题，“count”是 {self.count}，要相同。"
            )
        return self

    @property
    def hundredths(self) -> Hundredths:
        return to_hundredths(self.points)


class FacilityTarget(Strict):
    """How hard a form should be."""

    target: float = Field(gt=0, lt=1, description="整卷预计得分率（按分值加权）")
    tolerance: float = Field(default=0.03, gt=0, lt=0.5, description="允许相差多少，默认 0.03")


class Blueprint(Strict):
    """How many of which kind, topic and difficulty a paper needs (命题蓝图)."""

    format: FormatOne = Field(description="格式版本，现在是 1")
    id: Identifier = Field(description="试卷编号，也是 nbgrader 作业名的前半")
    title: Text = Field(description="试卷名称，印在卷首")
    instructions: str = Field(default="", description="印在卷首的说明，可不填")
    forms: int = Field(default=2, ge=1, le=len(FORM_LETTERS), description="平行卷份数")
    overlap: int = Field(default=0, ge=0, description="任意两份平行卷最多可以共用几道题")
    sections: tuple[SectionPlan, ...] = Field(min_length=1, description="大题，按卷面顺序")
    topics: dict[Identifier, ExactDecimal] = Field(
        default={}, description="各专题占多少分值（比例，不必合计为 100）；不填表示不限"
    )
    topic_tolerance: ExactDecimal = Field(
        default=Decimal(10), ge=0, le=100, description="专题分值与计划最多相差几个百分点，默认 10"
    )
    facility: FacilityTarget | None = Field(default=None, description="难度要求；不填表示只要求各卷难度相同")
    marking: Marking = Field(default=Marking(), description="部分得分的规则")
    own_order: bool = Field(
        default=False,
        description="答题页上每名学员的选项次序是否各不相同；存下来的字母和卷面一致，阅卷不受影响",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Blueprint:
        titles = [section.title for section in self.sections]
        if len(set(titles)) < len(titles):
            raise ValueError("有两个大题名称相同，请改掉一个。")
        if any(weight < 0 for weight in self.topics.values()) or (
            self.topics and sum(self.topics.values()) <= 0
        ):
            raise ValueError("“topics” 的比例不能是负数，也不能全是 0。")
        named = sum(len(section.questions) for section in self.sections)
        if self.forms > 1 and self.overlap < named:
            raise ValueError(
                f"指定了题目（questions），各份卷就都用这几道：请写 forms: 1，或者 overlap: {named}。"
            )
        return self

    @property
    def full(self) -> Hundredths:
        """Full points of a form."""
        return Hundredths(sum(section.hundredths * section.count for section in self.sections))


class Item(Strict):
    """One question on a form. ``question`` is a snapshot, so that the form can be rebuilt whatever the bank becomes."""

    cell: str = Field(description="作答单元格的编号（nbgrader 的 grade_id）")
    section: str = Field(description="所属大题")
    points: ExactDecimal = Field(description="分值")
    layout: tuple[int, ...] = Field(default=(), description="选项、步骤或右边内容的排列")
    topic: str = Field(description="专题")
    citation: str = Field(description="依据，写给人看的")
    question: dict[str, Any] = Field(description="题目全文，组卷时的样子")

    @property
    def hundredths(self) -> Hundredths:
        return to_hundredths(self.points)

    @property
    def question_id(self) -> str:
        return str(self.question["id"])


class Form(Strict):
    """One of the parallel versions of a paper; an ordinary nbgrader assignment."""

    letter: str = Field(description="卷别")
    assignment: str = Field(description="nbgrader 的作业名，也是笔记本的名字")
    items: tuple[Item, ...] = Field(description="题目，按卷面顺序")

    @property
    def full(self) -> Hundredths:
        return Hundredths(sum(item.hundredths for item in self.items))

    def by_cell(self) -> dict[str, Item]:
        return {item.cell: item for item in self.items}


class Correction(Strict):
    """A key (or an explanation) that was corrected after the paper was made."""

    question: str = Field(description="题目编号")
    from_version: int = Field(description="原版本")
    to_version: int = Field(description="新版本")
    at: str = Field(description="更正时间")
    reason: str = Field(default="", description="说明")


class Paper(Strict):
    """papers/<id>.json: every question's id, version and text, so that a paper of last year can be rebuilt."""

    format: FormatOne = Field(description="格式版本，现在是 1")
    id: Identifier = Field(description="试卷编号")
    title: Text = Field(description="试卷名称")
    instructions: str = Field(default="", description="卷首说明")
    seed: str = Field(description="随机种子")
    made_with: str = Field(default="", description="组卷的软件版本")
    blueprint: dict[str, Any] = Field(description="组卷所用的命题蓝图")
    marking: Marking = Field(description="部分得分的规则")
    sections: tuple[str, ...] = Field(description="大题名称，按卷面顺序")
    forms: tuple[Form, ...] = Field(min_length=1, description="平行卷")
    corrections: tuple[Correction, ...] = Field(default=(), description="更正记录")

    def form_for(self, assignment: str) -> Form | None:
        """The form with this assignment name, if there is one."""
        return next((form for form in self.forms if form.assignment == assignment), None)

    @property
    def own_order(self) -> bool:
        """Whether pages show options in an order of each trainee's own."""
        return bool(self.blueprint.get("own_order", False))

    def section_points(self) -> dict[str, Hundredths]:
        """Full points by section in paper order (equal on all forms)."""
        points = dict.fromkeys(self.sections, Hundredths(0))
        for item in self.forms[0].items:
            points[item.section] = Hundredths(points[item.section] + item.hundredths)
        return points
