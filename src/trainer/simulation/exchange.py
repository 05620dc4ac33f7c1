"""Made-up cadres at nbgrader's real exchange: fetch, write, submit. Only the clock is simulated."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeSubmit
from traitlets.config import Config


class SimulatedSubmit(ExchangeSubmit):  # type: ignore[misc]
    """nbgrader's submit at a moment of our choosing."""

    moment: datetime

    def set_timestamp(self) -> None:
        self.timestamp = self.moment.astimezone(UTC).strftime(self.timestamp_format)


class Desk:
    """Where one cadre works: a folder of their own and nbgrader's exchange."""

    def __init__(self, config: Config, homes: Path, account: str) -> None:
        self.account = account
        self.home = homes / account
        self.home.mkdir(parents=True, exist_ok=True)
        self._config = deepcopy(config)
        self._config.Exchange.assignment_dir = str(self.home)

    def _coursedir(self, assignment: str) -> CourseDirectory:
        coursedir = CourseDirectory(config=self._config)
        coursedir.assignment_id, coursedir.student_id = assignment, self.account
        return coursedir

    def fetch(self, assignment: str) -> Path:
        """Fetch an assignment; returns its notebook."""
        coursedir = self._coursedir(assignment)
        authenticator = Authenticator(config=self._config)
        ExchangeFetchAssignment(coursedir=coursedir, authenticator=authenticator, config=self._config).start()
        return self.home / assignment / f"{assignment}.ipynb"

    def submit(self, assignment: str, moment: datetime) -> None:
        """Hand in what is there."""
        coursedir = self._coursedir(assignment)
        authenticator = Authenticator(config=self._config)
        submit = SimulatedSubmit(coursedir=coursedir, authenticator=authenticator, config=self._config)
        submit.moment = moment
        submit.start()


def write_answers(notebook: Path, answers: dict[str, str]) -> None:
    """Type answers into the answer cells and save."""
    content: dict[str, Any] = json.loads(notebook.read_bytes())
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if answers.get(name):
            cell["source"] = answers[name]
    notebook.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def spoil(notebook: Path, mishap: str) -> None:
    """What goes wrong in real rooms: a torn file, a copy beside, a deleted cell."""
    if mishap == "corrupt":
        notebook.write_bytes(notebook.read_bytes()[: notebook.stat().st_size // 2])
    elif mishap == "copy":
        notebook.with_name(f"{notebook.stem}-Copy1.ipynb").write_bytes(notebook.read_bytes())
    elif mishap == "deleted-cell":
        content = json.loads(notebook.read_bytes())
        names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in content["cells"]]
        del content["cells"][names.index("q05")]
        notebook.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
