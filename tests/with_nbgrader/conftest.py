"""A small course on real nbgrader: one paper with all nine kinds, released, and people to sit it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, delete
from sqlalchemy.pool import NullPool

from database_server import Postgresql
from halls import HallProcess, StandInHub
from trainer.kinds.base import kind_of, question_from_snapshot
from trainer.model.paper import Form, Paper
from trainer.model.people import Roster, Trainee
from trainer.nbgrader.course import Course, create_course
from trainer.nbgrader.tables import COMMENT, GRADE, SUBMITTED, SUBMITTED_NOTEBOOK
from trainer.papers.files import paper_path, read_paper
from trainer.people.roster import write_roster
from trainer.workflow.papers import make, release
from trainer.workflow.people import import_roster

from .under_hub import Answers, Room, Seat

BLUEPRINT = """
format: 1
id: quanti
title: 全题型小卷
forms: 1
sections:
  - {title: 单选, kind: single, count: 2, points: 2}
  - {title: 多选, kind: multiple, count: 2, points: 3}
  - {title: 判断, kind: judge, count: 2, points: 1}
  - {title: 填空, kind: blank, count: 2, points: 2}
  - {title: 计算, kind: number, count: 1, points: 4}
  - {title: 排序, kind: order, count: 1, points: 6}
  - {title: 连线, kind: match, count: 1, points: 6}
  - {title: 案例, kind: case, count: 1, points: 10}
  - {title: 实操, kind: code, count: 1, points: 5}
"""
QUESTIONS_ONLY = BLUEPRINT.replace("quanti", "keguan").replace(
    "  - {title: 实操, kind: code, count: 1, points: 5}\n", ""
)
PEOPLE = 12


def made_up_people(count: int = PEOPLE) -> Roster:
    """Made-up people in three townships."""
    return Roster(
        tuple(
            Trainee(f"c{i:02d}", f"学员{i:02d}", f"{'甲乙丙'[i % 3]}镇", cohort=f"第{i % 2 + 1}期")
            for i in range(1, count + 1)
        )
    )


def bridge(course: Path, repository: Path, course_id: str = "ceshi") -> None:
    """(Re)write the course's nbgrader_config.py so that it finds the installation from where it is now."""
    config = course / "nbgrader_config.py"
    config.unlink(missing_ok=True)
    create_course(course, course_id, repository / "jupyter_config.py")
    with config.open("a", encoding="utf-8") as file:
        file.write(f"c.Exchange.root = {str(course / 'exchange')!r}\n")
        file.write(f"c.Exchange.cache = {str(course / 'cache')!r}\n")


@pytest.fixture(scope="session")
def released_template(tmp_path_factory: pytest.TempPathFactory, repository: Path, bank_folder: Path) -> Path:
    """A course in which both papers were made and released; tests work on copies."""
    root = tmp_path_factory.mktemp("template") / "course"
    make_released(root, repository, bank_folder, {"quanti": BLUEPRINT, "keguan": QUESTIONS_ONLY})
    return root


def make_released(
    root: Path, repository: Path, bank_folder: Path, blueprints: Mapping[str, str], *lines: str
) -> Course:
    """A course whose papers were made and released; ``lines`` are added to its nbgrader_config.py."""
    root.mkdir()
    bridge(root, repository)
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    (root / "exchange").mkdir()
    (root / "exchange").chmod(0o777)
    course = Course(root)
    sheet = root / "名册.csv"
    write_roster(made_up_people(), sheet)
    import_roster(course, sheet)
    for name, blueprint in blueprints.items():
        path = root / "blueprints" / f"{name}.yaml"
        path.write_text(blueprint, encoding="utf-8")
        make(course, bank_folder, path, "7")
        release(course, [name])
    return course


@pytest.fixture(scope="session")
def postgresql_course(
    tmp_path_factory: pytest.TempPathFactory,
    repository: Path,
    bank_folder: Path,
    postgresql: Postgresql,
) -> Course:
    """The same course with its gradebook in PostgreSQL and only the paper without code; tests clear away after themselves."""
    url = postgresql.new().replace("postgresql:", "postgresql+psycopg:")
    root = tmp_path_factory.mktemp("postgresql") / "course"
    line = f"c.CourseDirectory.db_url = {url!r}"
    return make_released(root, repository, bank_folder, {"keguan": QUESTIONS_ONLY}, line)


def forget_grading(course: Course) -> None:
    """Nobody was graded yet: rows, notebooks and ledgers are gone."""
    for folder in ("autograded", "feedback"):
        shutil.rmtree(course.root / folder, ignore_errors=True)
    for ledger in (course.root / ".trainer").glob("graded-*"):
        shutil.rmtree(ledger) if ledger.is_dir() else ledger.unlink()
    engine = create_engine(course.db_url, poolclass=NullPool)
    with engine.begin() as connection:
        for table in (GRADE, COMMENT, SUBMITTED_NOTEBOOK, SUBMITTED):
            connection.execute(delete(table))
    engine.dispose()


@pytest.fixture
def course(released_template: Path, tmp_path: Path, repository: Path) -> Course:
    """A fresh copy of the released course."""
    root = tmp_path / "course"
    shutil.copytree(released_template, root)
    bridge(root, repository)
    return Course(root)


@pytest.fixture
def paper(course: Course) -> Paper:
    """The paper with declared kinds and an essay: grading it needs no kernel."""
    return read_paper(paper_path(course.root, "keguan"))


@pytest.fixture
def full_paper(course: Course) -> Paper:
    """The paper with all nine kinds, code included."""
    return read_paper(paper_path(course.root, "quanti"))


Submit = Callable[..., Path]


def sample_answers(form: Form, which: str) -> dict[str, str]:
    """The right, wrong, malformed or blank sample answer of every item."""
    answers = {}
    for item in form.items:
        question = question_from_snapshot(item.question)
        answers[item.cell] = getattr(kind_of(question).samples(question, item.layout), which)
    return answers


def hand_in(
    course: Course,
    account: str,
    form: Form,
    answers: Answers,
    at: str = "2026-11-20 02:00:00.000000 UTC",
    **extra: Any,
) -> Path:
    """Hand in a form for somebody, as collected by nbgrader."""
    released = course.root / "release" / form.assignment / f"{form.assignment}.ipynb"
    notebook = json.loads(released.read_bytes())
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name]
    if "edit" in extra:
        extra["edit"](notebook)
    folder = course.root / "submitted" / account / form.assignment
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{form.assignment}.ipynb"
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    (folder / "timestamp.txt").write_text(at)
    return path


@pytest.fixture
def submit(course: Course) -> Submit:
    """Hand in a form for somebody in the course of this test."""
    return partial(hand_in, course)


def gradebook_rows(course: Course) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that grading leaves in the gradebook, without the random ids, read by plain SQL."""
    import sqlite3

    with sqlite3.connect(course.root / "gradebook.db") as db:
        place = (
            " join submitted_notebook n on n.id = g.notebook_id"
            " join submitted_assignment s on s.id = n.assignment_id"
            " join assignment a on a.id = s.assignment_id join base_cell b on b.id = g.cell_id order by 1, 2, 3"
        )
        rows = {
            "grades": db.execute(
                "select a.name, s.student_id, b.name, g.auto_score, g.manual_score, g.extra_credit,"
                f" g.needs_manual_grade from grade g{place}"
            ).fetchall(),
            "comments": db.execute(
                "select a.name, s.student_id, b.name, g.auto_comment, g.manual_comment from comment g" + place
            ).fetchall(),
            "submissions": db.execute(
                "select a.name, s.student_id, s.timestamp, s.extension, n.late_submission_penalty, n.flagged"
                " from submitted_assignment s join assignment a on a.id = s.assignment_id"
                " join submitted_notebook n on n.assignment_id = s.id order by 1, 2"
            ).fetchall(),
        }
    db.close()
    return rows


# -- the hall ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def hall() -> Iterator[HallProcess]:
    """A real hall for all tests of a process; each works in a course of its own."""
    with tempfile.TemporaryDirectory(prefix="hall-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # some tests come as another user
        with StandInHub(folder / "hub.sock") as hub:
            hub.people |= {
                f"token-c{i:02d}": {"kind": "user", "name": f"c{i:02d}", "scopes": ["custom:hall:take"]}
                for i in range(1, PEOPLE + 1)
            }
            process = HallProcess(folder, hub.url, "--HallApp.rate=9999", "--HallApp.burst=9999").start()
            yield process
            assert process.end() == 0, process.log.read_text()
            hub.shutdown()


@pytest.fixture
def room(
    hall: HallProcess,
    released_template: Path,
    tmp_path: Path,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Room:
    """A fresh copy of the course, with a course id of its own and the hall for its exchange."""
    root = tmp_path / "course"
    shutil.copytree(released_template, root)
    bridge(root, repository, f"ke-{uuid4().hex[:12]}")

    def seat(account: str) -> Seat:
        home = tmp_path / "homes" / account
        home.mkdir(parents=True, exist_ok=True)
        return Seat(hall, course, f"token-{account}", home, monkeypatch)

    monkeypatch.setenv("TRAINER_HALL_URL", hall.url)
    course = Course(root)
    instructor = Seat(hall, course, "token-chen", root, monkeypatch)
    return Room(course, instructor, seat)


@pytest.fixture
def form(room: Room) -> Form:
    """The form of the paper without code."""
    return read_paper(paper_path(room.course.root, "keguan")).forms[0]


@pytest.fixture
def released(room: Room) -> Room:
    """The paper without code is released to the hall."""
    room.instructor.verb("ReleaseAssignment", "keguan")
    return room
