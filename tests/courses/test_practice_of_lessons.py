"""What the lessons need besides their text: their end tests are papers, their flowcharts are drawn, their records made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trainer.bank.reader import read_bank
from trainer.hub.singleuser.flowchart_svg import draw
from trainer.papers.assemble import Candidate, assemble
from trainer.workflow.lessons.end_tests import blueprint_of
from trainer.workflow.lessons.reading import read_lessons
from trainer.workflow.lessons.records import record_docx

ROOT = Path(__file__).resolve().parents[2]
BANK = read_bank(ROOT / "question_bank")
LESSONS = read_lessons(ROOT / "courses" / "notebooks", BANK)
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.about.id)


@each_lesson
def test_the_end_test_is_a_paper(lesson):
    if lesson.about.topic is None:  # how to use the platform is not tested
        assert lesson.end_test is None
        return
    blueprint = blueprint_of(lesson.end_test, lesson.about.id, lesson.about.title, BANK)
    candidates = [Candidate(entry.question, entry.topic) for entry in BANK.eligible()]
    (form,) = assemble(blueprint, candidates, "1").forms
    assert {one.question.id for section in form for one in section} == set(lesson.end_test.questions)


@each_lesson
def test_flowcharts_are_drawn_on_the_plain_page(lesson):
    cells = ["".join(cell["source"]) for cell in lesson.notebook["cells"]]
    charts = [chart for cell in cells for chart in re.findall(r"```mermaid\n(.*?)```", cell, re.DOTALL)]
    assert [chart for chart in charts if draw(chart) is None] == []


@each_lesson
def test_a_record_is_made(lesson):
    for template in list(lesson.records.values())[:1]:
        assert record_docx(template).startswith(b"PK")
