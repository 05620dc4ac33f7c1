"""Papers to answer on the plain page: released straight at the hall, with questions from the contract's cases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page

from trainer.hall.client import HallClient
from trainer.kinds.reading import ANSWER_STUB

from .burglary import as_service
from .conftest import LiveServer

COURSE = "shouji"


def definition(repository: Path, kind: str) -> dict[str, Any]:
    """A question of that kind, as the pages get it."""
    cases = json.loads((repository / "tests/data/answers" / f"{kind}.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = cases["definition"]
    return found


def notebook(definitions: list[dict[str, Any]], title: str) -> bytes:
    """A released notebook as our papers are: title, section, and for each question a locked stem and an answer cell."""
    cells = [_cell("title", f"# {title}\n\n共 {len(definitions)} 题（虚构）", locked=True)]
    cells.append(_cell("section-1", "## 一、全部题目", locked=True))
    for number, one in enumerate(definitions, 1):
        name = f"q{number:02}"
        cells.append(_cell(f"{name}-stem", f"**{number}.** {one['stem']}", locked=True))
        cell = _cell(name, ANSWER_STUB, grade=True, solution=True, points=2)
        cell["metadata"]["trainer"] = {**one, "number": number, "points": "2"}
        if one["kind"] == "code":
            cell |= {"cell_type": "code", "source": "# 在这里写程序", "execution_count": None, "outputs": []}
            cell["metadata"]["trainer"] = {"kind": "code"}
        cells.append(cell)
    return json.dumps(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False
    ).encode()


def _cell(name: str, source: str, **flags: Any) -> dict[str, Any]:
    mark = {
        "grade_id": name,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "schema_version": 3,
    }
    metadata = {"nbgrader": {**mark, "cell_type": "markdown", **flags}}
    return {"cell_type": "markdown", "id": name, "metadata": metadata, "source": source}


@dataclass(frozen=True)
class SheetPaper:
    """A paper that is out, and the instructors' view of it."""

    server: LiveServer
    assignment: str

    @property
    def hall(self) -> HallClient:
        return as_service(self.server)

    def address(self, account: str) -> str:
        return f"{self.server.url}/user/{account}/trainer/paper/{COURSE}/{quote(self.assignment)}"

    def texts(self, account: str) -> dict[str, str]:
        """What the hall has of a person, by cell."""
        return {
            cell: saved["text"] for cell, saved in self.hall.answers(COURSE, self.assignment, account).items()
        }

    def handed_in(self, account: str) -> dict[str, str]:
        """What the answer cells of the last submission say."""
        receipt = self.hall.submissions(COURSE, self.assignment, account)[-1]
        files = self.hall.submission_files(COURSE, self.assignment, receipt["id"])
        cells = json.loads(files[f"{self.assignment}.ipynb"])["cells"]
        texts = {
            c["metadata"]["nbgrader"]["grade_id"]: c["source"]
            for c in cells
            if c["metadata"]["nbgrader"]["solution"]
        }
        return {name: "".join(source).replace(ANSWER_STUB, "") for name, source in texts.items()}


def release(
    server: LiveServer, repository: Path, assignment: str, kinds: Sequence[str | dict[str, Any]], **rules: Any
) -> SheetPaper:
    """Put a paper out: its questions by kind, or as definitions; ``rules`` are the hall's, times as seconds from now."""
    now = datetime.now().astimezone()
    times = {
        name: (now + timedelta(seconds=rules.pop(name))).isoformat()
        for name in ("opens", "closes")
        if name in rules
    }
    title = f"虚构卷：{assignment}"
    questions = [definition(repository, one) if isinstance(one, str) else one for one in kinds]
    content = notebook(questions, title)
    as_service(server).release(
        COURSE, assignment, {f"{assignment}.ipynb": content}, {"title": title, **times, **rules}, force=True
    )
    return SheetPaper(server, assignment)


def question(page: Page, number: int) -> Locator:
    return page.locator(f"#question-q{number:02}")


def choose(page: Page, number: int, option: str) -> None:
    """Tap the option with this text."""
    question(page, number).get_by_text(option, exact=True).click()
