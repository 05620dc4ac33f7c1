"""Killed (SIGKILL) at any moment, the grader run again ends in the same gradebook, byte for byte, and tells the truth."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from trainer.nbgrader.course import Course
from trainer.papers.files import paper_path, read_paper
from trainer.people.roster import write_roster
from trainer.workflow.people import import_roster

from .conftest import bridge, forget_grading, hand_in, made_up_people, sample_answers
from .dumping import autograded_files, dump
from .killing import Graders, Outcome

#: How often the grader is killed; more with TRAINER_GRADER_KILLS=1000.
KILLS = int(os.environ.get("TRAINER_GRADER_KILLS", "100"))
POSTGRESQL_KILLS = max(1, KILLS // 10)
SEED = 20261120
PEOPLE = 24
TORN = "c07"

#: Each kill is followed by a whole run; how long a hundred take depends on who else uses the machine.
pytestmark = pytest.mark.timeout(300 + 10 * KILLS)


@dataclass
class Storm:
    """A course in which everybody has handed in, what grading it leaves, and a process that grades."""

    course: Course
    graders: Graders
    pristine: bytes = b""
    random: Random = field(default_factory=lambda: Random(SEED))
    settled: list[tuple[object, ...]] = field(default_factory=list)

    def clear(self) -> None:
        """Nobody was graded yet."""
        forget_grading(self.course)
        if self.pristine:
            file = self.course.root / "gradebook.db"
            for beside in ("-wal", "-shm", "-journal"):
                Path(f"{file}{beside}").unlink(missing_ok=True)
            file.write_bytes(self.pristine)

    def left(self) -> tuple[object, ...]:
        """The gradebook without random ids, with ids if there are none that are random, and the notebooks."""
        rows, exact = dump(self.course.db_url)
        same_ids = len({run[1] for run in self.settled}) == 1
        return rows, exact if len(self.settled) < 2 or same_ids else None, autograded_files(self.course.root)

    def learn(self) -> Outcome:
        """Two clean runs: what they leave, and whether their ids are the same."""
        for _ in range(2):
            self.clear()
            clean = self.graders.grade()
            self.settled.append(self.left())
        assert self.settled[0][0] == self.settled[1][0]
        assert self.settled[0][2] == self.settled[1][2]
        assert (clean.graded, clean.unchanged) == (PEOPLE - 1, 0)
        return clean

    def wanted(self) -> tuple[object, ...]:
        rows, exact, files = self.settled[0]
        return rows, exact if exact == self.settled[1][1] else None, files

    def somewhere(self, usual: Outcome) -> dict[str, float]:
        """A point of a run to be killed at."""
        if self.random.random() < 0.5:
            return {"event": self.random.randint(1, usual.events)}
        return {"after": self.random.uniform(0, usual.seconds)}

    @contextmanager
    def first_answers(self) -> Iterator[None]:
        """What everybody handed in the first time, instead of the second."""
        now, other = self.course.root / "submitted", self.course.root / "submitted.other"
        aside = now.with_suffix(".aside")
        for old, new in ((now, aside), (other, now), (aside, other)):
            old.rename(new)
        yield
        for old, new in ((now, aside), (other, now), (aside, other)):
            old.rename(new)

    def graded_notebooks(self) -> int:
        return sum(
            len(list(person.glob("keguan/keguan.ipynb")))
            for person in (self.course.root / "autograded").glob("*")
        )


def everybody_hands_in(course: Course) -> None:
    """Made-up people, twice; the file of one of them is torn. ``submitted.other`` is what was there the first time."""
    sheet = course.root / "名册.csv"
    write_roster(made_up_people(PEOPLE), sheet)
    import_roster(course, sheet)
    submitted = course.root / "submitted"
    answers_of_all(course, 1)
    submitted.rename(submitted.with_suffix(".other"))
    answers_of_all(course, 0)


def answers_of_all(course: Course, shift: int) -> None:
    (form,) = read_paper(paper_path(course.root, "keguan")).forms
    kinds = ("right", "wrong", "malformed", "blank")
    for number in range(1, PEOPLE + 1):
        at = f"2026-11-20 0{number % 3 + 1}:00:0{shift}.000000 UTC"
        answers = sample_answers(form, kinds[(number + shift) % 4])
        path = hand_in(course, f"c{number:02d}", form, answers, at)
        if path.parent.parent.name == TORN:
            path.write_bytes(path.read_bytes()[:1000])


@pytest.fixture
def storm(released_template: Path, tmp_path: Path, repository: Path) -> Iterator[Storm]:
    root = tmp_path / "course"
    shutil.copytree(released_template, root)
    bridge(root, repository)
    course = Course(root)
    everybody_hands_in(course)
    with Graders(repository, root, "keguan") as graders:
        yield Storm(course, graders, (root / "gradebook.db").read_bytes())


@pytest.fixture
def postgresql_storm(postgresql_course: Course, repository: Path) -> Iterator[Storm]:
    everybody_hands_in(postgresql_course)
    with Graders(repository, postgresql_course.root, "keguan") as graders:
        storm = Storm(postgresql_course, graders)
        yield storm
        storm.clear()
    for folder in ("submitted", "submitted.other"):
        shutil.rmtree(postgresql_course.root / folder)


def test_killed_anywhere_the_next_run_ends_in_the_same_gradebook(storm: Storm) -> None:
    assert kill_often(storm, KILLS) == KILLS
    check_soundness(storm.course)


@pytest.mark.xdist_group("postgresql")
def test_killed_anywhere_on_postgresql(postgresql_storm: Storm) -> None:
    assert kill_often(postgresql_storm, POSTGRESQL_KILLS) == POSTGRESQL_KILLS


def kill_often(storm: Storm, kills: int) -> int:
    """How often it was killed, at a moment or at a step between two files, in each of the states that a course can be in."""
    clean = storm.learn()
    again = storm.graders.grade(force=True)
    done = 0
    while done < kills:
        begin = ("new", "handed in again", "by force")[done % 3]
        if begin != "by force":
            storm.clear()
        if begin == "handed in again":
            with storm.first_answers():
                storm.graders.grade()
        force = begin == "by force"
        outcome = storm.graders.grade(force=force, **storm.somewhere(again if force else clean))
        if not outcome.killed:  # it was quicker this time
            continue
        done += 1
        if done % 5 == 0 and done < kills:  # and the one that goes on as well
            done += storm.graders.grade(**storm.somewhere(clean)).killed
        present = storm.graded_notebooks()
        rerun = storm.graders.grade()
        check_truth(rerun, present)
        assert storm.left() == storm.wanted(), f"{begin}, kill {done}"
        if done % 10 == 0:
            idle = storm.graders.grade()
            assert (idle.graded, idle.unchanged) == (0, PEOPLE - 1)
            assert storm.left() == storm.wanted()
    return done


def check_truth(rerun: Outcome, present: int) -> None:
    """Everybody is accounted for, and nobody is called unchanged who was not wholly there."""
    assert rerun.report is not None, rerun.error
    assert rerun.graded + rerun.unchanged == PEOPLE - 1
    assert rerun.unchanged <= present
    assert [(line["account"], "内容损坏" in line["reason"]) for line in rerun.report["bad"]] == [(TORN, True)]


def check_soundness(course: Course) -> None:
    engine = create_engine(course.db_url, poolclass=NullPool)
    with engine.connect() as connection:
        for pragma, wanted in (("integrity_check", "ok"), ("journal_mode", "wal")):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == wanted
    engine.dispose()
    for ledger in (course.root / ".trainer").glob("graded-*.json"):
        json.loads(ledger.read_bytes())
