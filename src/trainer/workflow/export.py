"""Everything of a round in one file: the paper, the people, what they handed in, marks, boards, feedback."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from trainer.contest.files import find_contests
from trainer.errors import NotFound
from trainer.model.paper import Paper
from trainer.model.points import as_float
from trainer.nbgrader.course import Course
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.waiting import has_gradebook
from trainer.papers.files import PAPERS, paper_path, read_paper
from trainer.settings import Publishing
from trainer.workflow.inside import files_inside, open_inside
from trainer.workflow.leaderboard import results_in
from trainer.workflow.people import roster_of

MARKS = "成绩.xlsx"
_TIME = "%Y-%m-%d %H:%M:%S"


def marks_workbook(course: Course, paper: Paper) -> bytes:
    """Everybody's marks of a paper as a workbook: one line for each submission that the gradebook has."""
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    # What people wrote into a name is text, never a formula or a link.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(buffer, {"in_memory": True, **plain}) as book:
        sheet = book.add_worksheet("成绩")
        bold, points = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
        head = [
            "账号",
            "姓名",
            "单位",
            "作业",
            "总分",
            *paper.sections,
            "待人工评阅（题）",
            "交卷时间",
            "迟交",
        ]
        sheet.write_row(0, 0, head, bold)
        for number, row in enumerate(_mark_rows(course, paper), 1):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell, points if isinstance(cell, float) else None)
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, len(head) - 1, 14)
    return buffer.getvalue()


def _mark_rows(course: Course, paper: Paper) -> Iterator[Sequence[Any]]:
    people = roster_of(course).by_account()
    with CourseGradebook(course.db_url) as gradebook:
        results = results_in(gradebook, paper)
    for result in results:
        person, at = people.get(result.account), result.submitted_at
        yield (
            *(
                result.account,
                person.name if person else "",
                person.team if person else "",
                result.assignment,
            ),
            *(as_float(result.score), *(as_float(result.sections[section]) for section in paper.sections)),
            *(result.pending, f"{at.astimezone():{_TIME}}" if at else "", "迟交" if result.late else ""),
        )


def export_round(
    course: Course, paper_id: str, path: Path, *, advance: Callable[[int], None] | None = None
) -> int:
    """Write a zip of all files of a paper's round to ``path``; returns how many. Links are left out.

    Raises NotFound when there is no such paper.
    """
    paper = read_paper(paper_path(course.root, paper_id))
    count = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if has_gradebook(course):
            archive.writestr(f"{paper.id}/{MARKS}", marks_workbook(course, paper))
            count += 1
        for name in _files(course, paper):
            try:
                source = open_inside(course.root, *name.parts)
            except NotFound:
                continue  # gone since it was listed
            with source, archive.open(f"{paper.id}/{name}", "w") as target:
                shutil.copyfileobj(source, target)
            count += 1
            if advance:
                advance(1)
    return count


def _files(course: Course, paper: Paper) -> Iterator[PurePosixPath]:
    """What belongs to a paper, relative to the course folder."""
    root = course.root
    wanted = {f"{paper.id}.json"}
    yield from (name for name in files_inside(root, PAPERS) if name.name in wanted)
    yield from files_inside(root, "people")
    assignments = {form.assignment for form in paper.forms}
    for step in ("submitted", "feedback"):
        yield from (
            name for name in files_inside(root, step) if name.parts[2:3] and name.parts[2] in assignments
        )
    boards = PurePosixPath(Publishing(config=course.config).directory)
    if not boards.is_absolute():
        for contest in find_contests(root):
            if contest.paper == paper.id:
                yield from files_inside(root, *boards.parts, contest.id)
