"""Marks made by people: a sheet to fill in, and back into the gradebook."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import BadSheet, NotFound
from trainer.grading.mark import treatment_of
from trainer.kinds.base import question_from_snapshot
from trainer.kinds.reading import answer_text, excerpt
from trainer.model.paper import Form, Item
from trainer.model.points import Hundredths, as_float, to_hundredths
from trainer.nbgrader.amending import ManualMark, no_such_submissions, record_manual
from trainer.nbgrader.course import Course
from trainer.nbgrader.entries import CellScore, GradebookEntry, entries
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.submissions import cell_source, grade_id
from trainer.nbgrader.waiting import unmarked_answers
from trainer.people.mark_rows import MarkRow
from trainer.people.mark_sheet import read_mark_sheet, write_mark_sheet
from trainer.workflow.papers import forms_named
from trainer.workflow.people import roster_of


@dataclass(frozen=True)
class ImportedMarks:
    """What importing a mark sheet did."""

    written: int
    waiting: int


def stored_answers(notebook: Path, form: Form) -> dict[str, str]:
    """The answers of a form as they were graded, from an autograded notebook."""
    cells = json.loads(notebook.read_bytes())["cells"]
    wanted = {item.cell for item in form.items}
    return {str(grade_id(cell)): cell_source(cell) for cell in cells if grade_id(cell) in wanted}


def _rows(
    course: Course, form: Form, found: dict[str, GradebookEntry], *, everyone: bool
) -> Iterator[MarkRow]:
    names = {trainee.account: trainee.name for trainee in roster_of(course)}
    manual = [item for item in form.items if treatment_of(item) == "manual"]
    for account, notebook in course.autograded(form.assignment):
        answers = stored_answers(notebook, form)
        for item in manual:
            answer = answer_text(answers.get(item.cell, ""))
            score = found[account].cells.get(item.cell) if account in found else None
            if answer and score is not None and (everyone or _open(score)):
                yield _row(form, item, account, names.get(account, ""), answer, score)


def _open(score: CellScore) -> bool:
    return score.manual is None or score.needs_manual_grade


def _row(form: Form, item: Item, account: str, name: str, answer: str, score: CellScore) -> MarkRow:
    return MarkRow(
        account=account,
        name=name,
        assignment=form.assignment,
        cell=item.cell,
        question=excerpt(str(item.question["stem"])),
        answer=answer,
        full=item.hundredths,
        points=None if score.manual is None else to_hundredths(score.manual),
        comment="",
    )


def export_marks(
    course: Course, names: Sequence[str], path: Path, *, everyone: bool = False, anonymous: bool = False
) -> int:
    """Write a mark sheet of the answers that wait for a person (``everyone``: of all); returns how many.

    Raises NotFound when nothing waits.
    """
    forms = forms_named(course, names)
    rubrics: dict[str, list[tuple[str, Hundredths]]] = {}
    rows: list[MarkRow] = []
    with CourseGradebook(course.db_url) as gradebook:
        for _, form in forms:
            found = {entry.account: entry for entry in entries(gradebook, [form.assignment])}
            rows += _rows(course, form, found, everyone=everyone)
            for item in form.items:
                rubric = getattr(question_from_snapshot(item.question), "rubric", ())
                if rubric:
                    lines = [(point.point, to_hundredths(point.points)) for point in rubric]
                    rubrics[f"{form.assignment}/{item.cell}"] = lines
    if not rows:
        raise NotFound(
            "没有要人工评阅的作答：要么还没有运行 trainer grade，要么已经全部评完（要重看全部请加 --all）。"
        )
    title = f"{forms[0][0].title} 评分表"
    write_mark_sheet(path, title, rows, anonymous=anonymous, rubrics=rubrics)
    return len(rows)


def import_marks(course: Course, path: Path) -> ImportedMarks:
    """Put the marks of a filled-in sheet into the gradebook: all of them or, when any line is wrong, none.

    Raises BadSheet naming the lines, and Conflict when a line belongs to no submission.
    """
    rows = read_mark_sheet(path)
    forms = {
        form.assignment: form for _, form in forms_named(course, dict.fromkeys(r.assignment for r in rows))
    }
    by_assignment: dict[str, list[ManualMark]] = defaultdict(list)
    for row in rows:
        item = forms[row.assignment].by_cell().get(row.cell)
        if item is not None and row.points is not None:
            if row.points > item.hundredths:
                raise BadSheet(
                    f"{path.name}：{row.account} 第 {row.cell.lstrip('q0')} 题的得分超过试卷上的满分，没有写入，请核对。"
                )
            by_assignment[row.assignment].append((row.account, row.cell, as_float(row.points), row.comment))
        else:
            by_assignment[row.assignment].append((row.account, row.cell, 0.0, ""))
    with CourseGradebook(course.db_url) as gradebook:
        missing = record_manual(gradebook, by_assignment)
        if missing:
            raise no_such_submissions(missing)
        waiting = unmarked_answers(gradebook, list(forms))
    return ImportedMarks(len(rows), waiting)
