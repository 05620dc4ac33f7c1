"""Regrading after a key was corrected: shown first, applied on demand, kind to marks made by people."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from trainer.model.paper import Item, Paper
from trainer.nbgrader.amending import record_manual
from trainer.nbgrader.course import Course
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.papers.files import paper_path, read_paper
from trainer.workflow.grading import grade
from trainer.workflow.regrade import Regrading, regrade

from .conftest import Submit, gradebook_rows, sample_answers

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CONTEST = """
format: 1
id: bisai
title: 测试比赛
paper: keguan
opens: 2026-11-20T09:00:00+08:00
closes: 2026-11-20T11:00:00+08:00
ties: []
"""


@pytest.fixture
def graded(course: Course, paper: Paper, submit: Submit) -> Course:
    """c01 has everything right, c02 everything but the first question, c03 nothing."""
    form = paper.forms[0]
    right, wrong = sample_answers(form, "right"), sample_answers(form, "wrong")
    submit("c01", form, right)
    submit("c02", form, right | {"q01": wrong["q01"]})
    submit("c03", form, wrong)
    (course.root / "contests" / "bisai.yaml").write_text(CONTEST, encoding="utf-8")
    grade(course, [paper.id])
    return course


@pytest.fixture
def own_bank(bank_folder: Path, tmp_path: Path) -> Path:
    """A copy of the bank to correct keys in."""
    return shutil.copytree(bank_folder, tmp_path / "question_bank")


def correct(bank: Path, item: Item, version: int = 2, **changes: object) -> None:
    """Change fields of the question of an item in the bank's files."""
    for path in bank.glob("*/*.yaml"):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        for question in data["questions"]:
            if question["id"] == item.question_id:
                question |= {"version": version, **changes}
                path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
                return
    raise AssertionError(item.question_id)


def other_key(paper: Paper) -> str:
    """The option that c02 chose in question 1: the wrong sample, as the bank labels it."""
    item = paper.forms[0].items[0]
    shown = "ABCDEFG".index(sample_answers(paper.forms[0], "wrong")["q01"])
    return "ABCDEFG"[item.layout[shown]] if item.layout else "ABCDEFG"[shown]


def run(course: Course, bank: Path, **options: bool) -> Regrading:
    return regrade(course, bank, "keguan", NOW, reason="答案印错", **options)


def test_nothing_changes_while_the_bank_agrees(graded: Course, own_bank: Path) -> None:
    assert run(graded, own_bank).empty


def test_preview_shows_marks_and_ranks_and_changes_nothing(
    graded: Course, own_bank: Path, paper: Paper
) -> None:
    correct(own_bank, paper.forms[0].items[0], key=other_key(paper))
    before, file = gradebook_rows(graded), paper_path(graded.root, paper.id).read_bytes()
    shown = run(graded, own_bank)
    assert {(c.account, c.number, c.before, c.after) for c in shown.marks} == {
        ("c01", "1", 200, 0),
        ("c02", "1", 0, 200),
        ("c03", "1", 0, 200),
    }
    assert {(r.account, r.before, r.after) for r in shown.ranks} == {("c01", 1, 2), ("c02", 2, 1)}
    assert gradebook_rows(graded) == before
    assert paper_path(graded.root, paper.id).read_bytes() == file


def test_applying_does_what_was_shown_once(graded: Course, own_bank: Path, paper: Paper) -> None:
    correct(own_bank, paper.forms[0].items[0], key=other_key(paper))
    assert run(graded, own_bank, apply=True).applied
    scores = {a: s for _, a, cell, s, *_ in gradebook_rows(graded)["grades"] if cell == "q01"}
    assert scores == {"c01": 0.0, "c02": 2.0, "c03": 2.0}
    recorded = read_paper(paper_path(graded.root, paper.id)).corrections
    assert [(c.from_version, c.to_version, c.reason) for c in recorded] == [(1, 2, "答案印错")]
    after = gradebook_rows(graded)
    assert run(graded, own_bank, apply=True).empty
    assert gradebook_rows(graded) == after


def test_grading_again_after_a_correction_leaves_everything(
    graded: Course, own_bank: Path, paper: Paper
) -> None:
    correct(own_bank, paper.forms[0].items[0], key=other_key(paper))
    run(graded, own_bank, apply=True)
    after = gradebook_rows(graded)
    (report,) = grade(graded, [paper.id])
    assert (report.graded, report.unchanged) == (0, 3)
    grade(graded, [paper.id], force=True)
    assert gradebook_rows(graded)["comments"] == after["comments"]
    assert [row[:4] for row in gradebook_rows(graded)["grades"]] == [row[:4] for row in after["grades"]]


def test_killed_between_marks_and_paper_the_next_run_completes(
    graded: Course, own_bank: Path, paper: Paper
) -> None:
    correct(own_bank, paper.forms[0].items[0], key=other_key(paper))
    path = paper_path(graded.root, paper.id)
    old = path.read_bytes()
    run(graded, own_bank, apply=True)
    done = gradebook_rows(graded)
    path.write_bytes(old)
    again = run(graded, own_bank, apply=True)
    assert again.corrections
    assert not again.marks
    assert gradebook_rows(graded) == done
    assert read_paper(path).corrections


def test_marks_and_flags_by_people_stay(graded: Course, own_bank: Path, paper: Paper) -> None:
    essay = next(item.cell for item in paper.forms[0].items if item.section == "案例")
    with CourseGradebook(graded.db_url) as gradebook:
        record_manual(gradebook, {"keguan": [("c01", "q01", 1.5, "酌情"), ("c01", essay, 8.0, "好")]})
    correct(own_bank, paper.forms[0].items[0], key=other_key(paper))
    done = run(graded, own_bank, apply=True)
    assert [c.account for c in done.marks if c.kept_manual] == ["c01"]
    assert "c01" not in {r.account for r in done.ranks if r.before == r.after}
    manual = {
        c: (m, flag)
        for _, a, c, _, m, _, flag in gradebook_rows(graded)["grades"]
        if a == "c01" and m is not None
    }
    assert manual == {"q01": (1.5, 0), essay: (8.0, 0)}


def test_a_corrected_explanation_alone_changes_no_mark(graded: Course, own_bank: Path, paper: Paper) -> None:
    correct(own_bank, paper.forms[0].items[0], explanation="换一种说法的解析。")
    done = run(graded, own_bank, apply=True)
    assert done.corrections
    assert not done.marks
    recorded = read_paper(paper_path(graded.root, paper.id)).forms[0].items[0]
    assert recorded.question["explanation"] == "换一种说法的解析。"


def test_a_changed_stem_or_option_is_another_question(graded: Course, own_bank: Path, paper: Paper) -> None:
    item = paper.forms[0].items[0]
    correct(own_bank, item, stem="完全不同的题干？", key=other_key(paper))
    done = run(graded, own_bank, apply=True)
    assert not done.corrections
    assert not done.marks
    assert "不是同一道题" in done.refused[0]


def test_a_change_without_a_new_version_is_refused(graded: Course, own_bank: Path, paper: Paper) -> None:
    correct(own_bank, paper.forms[0].items[0], version=1, key=other_key(paper))
    done = run(graded, own_bank)
    assert not done.corrections
    assert not done.marks
    assert "版本号没有加一" in done.refused[0]


def test_steps_put_into_another_right_order_follow_the_texts_that_people_saw(
    graded: Course, own_bank: Path, paper: Paper
) -> None:
    item = next(item for item in paper.forms[0].items if item.section == "排序")
    steps = item.question["steps"]
    correct(own_bank, item, steps=[steps[1], steps[0], *steps[2:]])
    done = run(graded, own_bank)
    moved = {c.account: (c.before, c.after) for c in done.marks if c.cell == item.cell}
    assert moved["c01"][0] == 600
    assert 0 < moved["c01"][1] < 600


def test_somebody_whose_answers_are_gone_is_named(graded: Course, own_bank: Path, paper: Paper) -> None:
    shutil.rmtree(graded.root / "autograded" / "c02")
    correct(own_bank, paper.forms[0].items[0], key=other_key(paper))
    done = run(graded, own_bank)
    assert done.without_answers == (("c02", "keguan"),)
    assert "c02" not in {change.account for change in done.marks}
