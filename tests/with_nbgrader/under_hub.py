"""People at computers under the hub: each with a token, a home, and nbgrader's verbs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nbgrader.exchange import ExchangeError
from tests.conftest import REPOSITORY
from traitlets.config import Config

from halls import HallProcess
from trainer.hall.client import HallClient
from trainer.model.paper import Form
from trainer.nbgrader.course import Course
from trainer.nbgrader.exchange import use_hall

Answers = Mapping[str, str]


@dataclass
class Seat:
    """Somebody at a computer under the hub: an environment with their token, a home, nbgrader's verbs."""

    hall: HallProcess
    course: Course
    token: str
    home: Path
    monkeypatch: pytest.MonkeyPatch

    def sit_down(self) -> None:
        """From here on this process is this person's server."""
        self.monkeypatch.setenv("TRAINER_HALL_URL", self.hall.url)
        self.monkeypatch.setenv("JUPYTERHUB_API_TOKEN", self.token)
        self.monkeypatch.chdir(self.home)

    @property
    def client(self) -> HallClient:
        return self.hall.client(self.token)

    def verb(self, name: str, assignment: str = "", /, **options: Any) -> Any:
        """One of nbgrader's exchange classes as its commands make it, e.g. ``Submit``; ``student`` is --student."""
        from nbgrader.auth import Authenticator
        from nbgrader.coursedir import CourseDirectory
        from nbgrader.exchange import ExchangeFactory

        self.sit_down()
        config = Config()
        use_hall(config)
        config.CourseDirectory.course_id = self.course.course_id
        config.CourseDirectory.root = str(self.course.root)
        config.Exchange.assignment_dir = str(self.home)
        coursedir = CourseDirectory(config=config)
        coursedir.assignment_id, coursedir.student_id = assignment, options.pop("student", "*")
        made = getattr(ExchangeFactory(config=config), name)(
            coursedir=coursedir, authenticator=Authenticator(config=config), config=config
        )
        for option, value in options.items():
            setattr(made, option, value)
        return made.start()

    def command(self, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """A stock command, as typed into a terminal of this person's server."""
        environment = os.environ | {
            "TRAINER_HALL_URL": self.hall.url,
            "JUPYTERHUB_API_TOKEN": self.token,
            "JUPYTER_CONFIG_PATH": str(REPOSITORY),
        }
        return subprocess.run(
            words,
            cwd=self.home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **more,
        )

    def fetch(self, assignment: str) -> Path:
        self.verb("FetchAssignment", assignment)
        return self.home / assignment / f"{assignment}.ipynb"

    def answer(self, form: Form, answers: Answers) -> None:
        """Type answers into the fetched notebook."""
        from trainer.simulation.exchange import write_answers

        write_answers(self.home / form.assignment / f"{form.assignment}.ipynb", dict(answers))

    def hand_in(self, form: Form, answers: Answers) -> dict[str, Any]:
        """Fetch if need be, answer, submit; the receipt."""
        if not (self.home / form.assignment).is_dir():
            self.fetch(form.assignment)
        self.answer(form, answers)
        self.verb("Submit", form.assignment)
        return self.client.submissions(self.course.course_id, form.assignment)[-1]


@dataclass
class Room:
    """A course under the hub: its instructor, and trainees by account."""

    course: Course
    instructor: Seat
    seat: Callable[[str], Seat]

    def open(self) -> Course:
        """The course as the instructor's server reads it now."""
        self.instructor.sit_down()
        return Course(self.course.root)


def refused(seat: Seat, sentence: str, verb: str, assignment: str = "keguan", **options: object) -> None:
    """A verb ends in nbgrader's own error, with a Chinese sentence."""
    with pytest.raises(ExchangeError, match=sentence):
        seat.verb(verb, assignment, **options)
