"""What a line of a mark sheet holds, and the columns in which it stands."""

from __future__ import annotations

from dataclasses import dataclass

from trainer.model.points import Hundredths
from trainer.people.columns import ACCOUNT, NAME, Column

PAPER = Column("试卷", ("试卷编号", "试卷名称", "卷别", "作业", "assignment", "paper"), required=True)
CELL = Column("题号", ("题目编号", "试题编号", "题目id", "单元格", "cell"), required=True)
QUESTION = Column("题目", ("题干", "试题", "question"))
ANSWER = Column("作答", ("答案", "学员作答", "考生作答", "作答内容", "answer"))
FULL = Column("满分", ("分值", "本题满分", "题目满分", "本题分值", "full"), required=True)
POINTS = Column(
    "得分", ("分数", "评分", "打分", "给分", "成绩", "本题得分", "points", "score"), required=True
)
COMMENT = Column("评语", ("意见", "备注", "点评", "评阅意见", "阅卷意见", "评分意见", "说明", "comment"))

#: In the order in which they are written.
MARK_COLUMNS = (ACCOUNT, NAME, PAPER, CELL, QUESTION, ANSWER, FULL, POINTS, COMMENT)


@dataclass(frozen=True)
class MarkRow:
    """One answer to be marked by a person.

    ``account``, ``assignment`` and ``cell`` (the question's id in the paper, e.g. q38) together say which
    answer. ``question`` is a short stem, ``answer`` the full text as typed. ``points`` is None while nobody
    has marked it.
    """

    account: str
    name: str
    assignment: str
    cell: str
    question: str
    answer: str
    full: Hundredths
    points: Hundredths | None = None
    comment: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.account, self.assignment, self.cell
