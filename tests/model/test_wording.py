"""Sentences that the rules make of themselves."""

import pytest

from trainer.errors import Problem, ProblemsFound
from trainer.model.contest import TeamRules
from trainer.model.marks import Marking, malformed, unanswered


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({}, "多选题全部选对才得分", id="default"),
        pytest.param({"multiple": "subset"}, "多选题选对一部分的按比例得分", id="subset"),
        pytest.param({"order": "exact"}, "排序题全部排对才得分", id="exact"),
    ],
)
def test_marking_explains_itself(fields, says):
    assert says in Marking.model_validate(fields).explain()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({}, "团体分＝实考人员平均分，", id="mean"),
        pytest.param({"score": "sum", "participation": True}, "总分 × 参赛率", id="sum-by-participation"),
        pytest.param({"score": "best", "best": 5}, "前 5 名的平均分", id="best"),
        pytest.param({"ties": []}, "保留两位小数；仍相同的并列。", id="no-ties"),
        pytest.param({"ties": ["mean"]}, "同分依次比：平均分高者", id="ties"),
    ],
)
def test_team_rules_explain_themselves(fields, says):
    assert says in TeamRules.model_validate(fields).explain()


def test_problems_are_sorted_and_counted():
    problems = [
        Problem("b.yaml", 2, "", "乙。"),
        Problem("a.yaml", 9, "q", "丙。"),
        Problem("a.yaml", 0, "", "甲。"),
    ]
    assert str(ProblemsFound("题库", problems)) == (
        "题库有 3 处问题，请改正后再运行：\n  a.yaml：甲。\n  a.yaml 第 9 行，题目 q：丙。\n  b.yaml 第 2 行：乙。"
    )


@pytest.mark.parametrize(
    ("mark", "comment"),
    [
        (unanswered("A"), "未作答。正确答案：A。"),
        (unanswered(""), "未作答。"),
        (malformed("x", "没有看懂", "A"), "没有看懂，这道题不得分。正确答案：A。"),
    ],
)
def test_marks_without_points_say_why(mark, comment):
    assert (mark.points, mark.comment) == (0, comment)
