"""A year of papers that many made-up people sat, written straight into the gradebook: too many to be graded one by one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from random import Random
from uuid import uuid4

from nbgrader import api
from sqlalchemy import insert

from support.common import BANK, INSTALLATION, SEED, TEMPLATE
from trainer.model.paper import Paper
from trainer.model.people import Roster
from trainer.nbgrader.course import Course, create_course
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.notebooks import graded_cell
from trainer.nbgrader.tables import COMMENT, GRADE, STUDENT, SUBMITTED, SUBMITTED_NOTEBOOK
from trainer.simulation.county import made_up_roster
from trainer.workflow.papers import make


def make_season(folder: Path, people: int, papers: int, items: int) -> tuple[Course, list[Paper], Roster]:
    """A course whose gradebook holds ``people`` × ``papers`` submissions of ``items`` questions, six in ten right."""
    create_course(folder, "season", INSTALLATION)
    course = Course(folder)
    whole = make(course, BANK, TEMPLATE / "blueprints" / "leitai.yaml", str(SEED)).paper
    roster, _ = made_up_roster(people, SEED)
    # evenly out of all its questions, so that every section is there
    of = whole.forms[0].items
    chosen = tuple(of[place * len(of) // items] for place in range(min(items, len(of))))
    season = [
        whole.model_copy(
            update={
                "id": f"p{n:02}",
                "forms": (whole.forms[0].model_copy(update={"assignment": f"p{n:02}", "items": chosen}),),
            }
        )
        for n in range(papers)
    ]
    course.ensure_gradebook()
    random = Random(SEED)
    with CourseGradebook(course.db_url) as gradebook, gradebook.transaction() as connection:
        empty = {"first_name": "", "last_name": "", "email": "", "lms_user_id": ""}
        connection.execute(insert(STUDENT), [empty | {"id": trainee.account} for trainee in roster])
    for paper in season:
        _sat(course, paper, [trainee.account for trainee in roster], random)
    return course, season, roster


def _sat(course: Course, paper: Paper, accounts: list[str], random: Random) -> None:
    (form,) = paper.forms
    name = form.assignment
    with api.Gradebook(course.db_url, course.course_id) as nbgrader:
        nbgrader.add_assignment(name)
        nbgrader.add_notebook(name, name)
        for item in form.items:
            nbgrader.add_grade_cell(
                graded_cell(item), name, name, max_score=float(item.points), cell_type="markdown"
            )
            nbgrader.add_solution_cell(item.cell, name, name)
        notebook = nbgrader.find_notebook(name, name)
        assignment, number = notebook.assignment.id, notebook.id
        cells = [(cell.id, cell.max_score) for cell in notebook.grade_cells]
        answers = [cell.id for cell in notebook.solution_cells]
    at = datetime(2026, 11, 20, 2)  # noqa: DTZ001 - nbgrader keeps naive UTC
    submitted = [
        {"id": uuid4().hex, "assignment_id": assignment, "student_id": account, "timestamp": at}
        for account in accounts
    ]
    own = [{"id": uuid4().hex, "assignment_id": one["id"], "notebook_id": number} for one in submitted]
    with CourseGradebook(course.db_url) as gradebook, gradebook.transaction() as connection:
        connection.execute(insert(SUBMITTED), submitted)
        connection.execute(insert(SUBMITTED_NOTEBOOK), own)
        for start in range(0, len(own), 500):
            batch = own[start : start + 500]
            grades = [
                {
                    "id": uuid4().hex,
                    "cell_id": cell,
                    "notebook_id": one["id"],
                    "auto_score": top if random.random() < 0.6 else 0.0,
                    "needs_manual_grade": False,
                }
                for one in batch
                for cell, top in cells
            ]
            said = [
                {"id": uuid4().hex, "cell_id": cell, "notebook_id": one["id"], "auto_comment": "正确。"}
                for one in batch
                for cell in answers
            ]
            connection.execute(insert(GRADE), grades)
            connection.execute(insert(COMMENT), said)
