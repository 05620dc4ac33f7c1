"""A grader beside another grader, beside formgrader, beside stock nbgrader: nobody's work is lost, nobody is told "locked"."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine, select
from sqlalchemy.pool import NullPool
from tests.browser.conftest import Lab, running_lab

from polling import until
from trainer.errors import Conflict
from trainer.model.paper import Form, Paper
from trainer.nbgrader.course import Course
from trainer.nbgrader.entries import entries
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.tables import GRADE
from trainer.papers.files import paper_path, read_paper
from trainer.simulation.marker import fill_mark_sheet
from trainer.workflow.feedback import generate_feedback
from trainer.workflow.grading import grade
from trainer.workflow.leaderboard import board_of, contest_named
from trainer.workflow.marks import export_marks, import_marks
from trainer.workflow.turns import refuse_if_busy

from .conftest import forget_grading, hand_in, sample_answers
from .killing import Graders
from .test_regrade import CONTEST

ACCOUNTS = [f"c{number:02d}" for number in range(1, 13)]
#: How often everybody is graded anew while marks are given in formgrader, and how many marks at the least.
ROUNDS, MARKS = 6, 60
TRAINER = str(Path(sys.executable).parent / "trainer")


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Nobody else can write meanwhile."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def everybody(course: Course, form: Form) -> None:
    for number, account in enumerate(ACCOUNTS):
        hand_in(course, account, form, sample_answers(form, ("right", "wrong")[number % 2]))


def test_of_two_graders_the_second_is_told_and_the_first_completes(course: Course, paper: Paper) -> None:
    everybody(course, paper.forms[0])
    command = [TRAINER, "grade", paper.id]
    with held(course.root / "gradebook.db"):
        first = subprocess.Popen(command, cwd=course.root, stdout=subprocess.PIPE, text=True)
        until(lambda: busy(course.root), "the first is at work")
        second = subprocess.run(command, cwd=course.root, check=False, capture_output=True, text=True)
        assert first.poll() is None  # it waits for its turn to write
    said, _ = first.communicate(timeout=120)
    assert (second.returncode, f"正在进行：阅卷 {paper.id}" in second.stderr) == (1, True)
    assert "Traceback" not in second.stderr
    assert first.returncode == 0, said
    with CourseGradebook(course.db_url) as gradebook:
        assert {entry.account for entry in entries(gradebook, [paper.id])} == set(ACCOUNTS)


def busy(root: Path) -> bool:
    try:
        refuse_if_busy(root)
    except Conflict:
        return True
    return False


# -- formgrader --------------------------------------------------------------------------------------------------------


@dataclass
class Marker:
    """A person in formgrader who gives marks without pause; ``given`` are the last ones, by formgrader's id of the grade."""

    lab: Lab
    grades: list[str]
    stop: threading.Event = field(default_factory=threading.Event)
    given: dict[str, float] = field(default_factory=dict)
    count: int = 0
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"token {self.lab.token}"
            while not self.stop.is_set():
                self.one(session)

    def one(self, session: requests.Session) -> None:
        grade = self.grades[self.count % len(self.grades)]
        points = (self.count % 5) / 2 + 0.5
        base = f"http://127.0.0.1:{self.lab.port}/formgrader/api"
        if self.count % 7 == 0:
            answer = session.get(f"{base}/submissions/keguan", timeout=60)
            if answer.status_code != 200:
                self.refused.append(answer.text)
        answer = session.put(f"{base}/grade/{grade}", json={"manual_score": points}, timeout=60)
        if answer.status_code == 200:
            self.given[grade] = points
        else:
            self.refused.append(answer.text)
        self.count += 1


def grade_ids(course: Course) -> list[str]:
    """Everybody's first three grades."""
    engine = create_engine(course.db_url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = connection.execute(select(GRADE.c.notebook_id, GRADE.c.id).order_by(GRADE.c.cell_id)).all()
    engine.dispose()
    by_notebook: dict[str, list[str]] = {}
    for notebook, key in rows:
        by_notebook.setdefault(notebook, []).append(key)
    return [key for keys in by_notebook.values() for key in keys[:3]]


def manual_marks(course: Course) -> dict[str, float]:
    engine = create_engine(course.db_url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = connection.execute(
            select(GRADE.c.id, GRADE.c.manual_score).where(GRADE.c.manual_score.is_not(None))
        )
        found = {key: float(score) for key, score in rows}
    engine.dispose()
    return found


def mark_while_grading(course: Course, home: Path, repository: Path) -> None:
    """No mark is lost and nobody is refused, whoever comes first."""
    (form,) = read_paper(paper_path(course.root, "keguan")).forms
    everybody(course, form)
    with Graders(repository, course.root, "keguan") as graders:
        assert graders.grade().graded == len(ACCOUNTS)
        with running_lab(course.root, home, "jupyter-server") as lab:
            marker = Marker(lab, grade_ids(course))
            thread = threading.Thread(target=marker.run)
            thread.start()
            try:
                until(lambda: marker.count > 0, "the first mark", 60)
                rounds = 0
                while rounds < ROUNDS or (marker.count < MARKS and thread.is_alive()):
                    assert graders.grade(force=True).graded == len(ACCOUNTS)
                    rounds += 1
            finally:
                marker.stop.set()
                thread.join(60)
        assert marker.refused == []
        assert marker.count >= MARKS
        assert manual_marks(course) == marker.given
        assert graders.grade().unchanged == len(ACCOUNTS)


def test_marks_given_in_formgrader_meanwhile_are_all_there(
    course: Course, tmp_path: Path, repository: Path
) -> None:
    mark_while_grading(course, tmp_path / "home", repository)


@pytest.mark.xdist_group("postgresql")
def test_marks_given_in_formgrader_meanwhile_on_postgresql(
    postgresql_course: Course, tmp_path: Path, repository: Path
) -> None:
    mark_while_grading(postgresql_course, tmp_path / "home", repository)
    forget_grading(postgresql_course)


# -- stock nbgrader ----------------------------------------------------------------------------------------------------


def test_stock_autograde_of_another_assignment_beside_ours(
    course: Course, paper: Paper, full_paper: Paper, repository: Path
) -> None:
    everybody(course, paper.forms[0])
    form = full_paper.forms[0]
    for account in ACCOUNTS[:2]:
        hand_in(course, account, form, sample_answers(form, "right"))
    with Graders(repository, course.root, paper.id) as graders:
        stock = subprocess.Popen(
            ["nbgrader", "autograde", form.assignment], cwd=course.root, stderr=subprocess.PIPE, text=True
        )
        rounds = 0
        while stock.poll() is None:
            assert graders.grade(force=True).graded == len(ACCOUNTS)
            rounds += 1
        assert stock.stderr is not None
        log = stock.stderr.read()
        stock.stderr.close()
    assert stock.returncode == 0, log
    assert rounds > 1
    assert "locked" not in log
    with CourseGradebook(course.db_url) as gradebook:
        marked = entries(gradebook, [paper.id, form.assignment])
    essays = {item.cell for item in (*form.items, *paper.forms[0].items) if item.section == "案例"}
    assert len(marked) == len(ACCOUNTS) + 2
    unmarked = {name for entry in marked for name, cell in entry.cells.items() if cell.auto is None}
    assert unmarked == essays


def test_stock_nbgrader_waits_as_long_as_we_do(course: Course) -> None:
    """As its own command loads our configuration, so do its connections."""
    program = (
        "from nbgrader.apps import AutogradeApp\n"
        "from nbgrader.api import Gradebook\n"
        "app = AutogradeApp(); app.initialize(['--assignment=keguan'])\n"
        "with Gradebook(app.coursedir.db_url) as gradebook:\n"
        "    with gradebook.engine.connect() as c: print(c.exec_driver_sql('PRAGMA busy_timeout').scalar())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=course.root, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["30000"]


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


@pytest.mark.xdist_group("postgresql")
def test_a_whole_round_on_postgresql(postgresql_course: Course, tmp_path: Path) -> None:
    course = postgresql_course
    (form,) = read_paper(paper_path(course.root, "keguan")).forms
    everybody(course, form)
    (report,) = grade(course, ["keguan"])
    assert (report.graded, report.bad) == (len(ACCOUNTS), ())
    (again,) = grade(course, ["keguan"])
    assert again.unchanged == len(ACCOUNTS)
    sheet = tmp_path / "评分表.xlsx"
    waiting = export_marks(course, ["keguan"], sheet)
    essay = next(item for item in form.items if item.section == "案例")
    assert fill_mark_sheet(sheet, {(a, essay.cell): (essay.hundredths, "好") for a in ACCOUNTS}) == waiting
    assert import_marks(course, sheet).waiting == 0
    (course.root / "contests" / "bisai.yaml").write_text(CONTEST, encoding="utf-8")
    board = board_of(course, contest_named(course, "bisai"))
    right = sum(item.hundredths for item in form.items)
    assert [standing.score for standing in board.individuals][:6] == [right] * 6
    pages, failed = generate_feedback(course, ["keguan"])
    assert (pages, failed) == (len(ACCOUNTS), [])
    forget_grading(course)
