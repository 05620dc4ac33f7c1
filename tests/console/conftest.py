"""The console's server, and a round on it stage by stage: each stage is done once, through the console's pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from trainer.workflow.allotment import read_allocation

from .serving import (
    COURSE,
    PEOPLE,
    ROSTER,
    Hostile,
    Job,
    Server,
    Visitor,
    as_read,
    running,
)


@pytest.fixture(scope="session")
def server(repository: Path) -> Iterator[Server]:
    with running(repository) as started:
        yield started


@pytest.fixture(scope="session")
def chen(server: Server) -> Visitor:
    """An instructor."""
    return server.person("chen")


@pytest.fixture(scope="session")
def enrolled(server: Server, chen: Visitor) -> Job:
    """The roster, imported."""
    job = chen.finish(chen.upload("roster", "../../名册.csv", ROSTER.encode()))
    assert job.state["state"] == "done", job.state
    return job


@pytest.fixture(scope="session")
def made(server: Server, chen: Visitor, enrolled: Job) -> Job:
    """The paper, built and its forms allotted."""
    job = chen.done("make", {"blueprint": "xiaojuan.yaml", "seed": "7"})
    chen.done("papers/xiaojuan/allot")
    return job


@pytest.fixture(scope="session")
def admitted(server: Server, chen: Visitor, enrolled: Job) -> Job:
    """Accounts for everybody; all but the last have set their passwords."""
    job = chen.done("accounts", {"verb": "create"})
    server.admit(PEOPLE[:-1])
    return job


@pytest.fixture(scope="session")
def released(server: Server, chen: Visitor, made: Job) -> Job:
    """Both forms, open to all from now on."""
    return chen.done("papers/xiaojuan/release", RULES)


@pytest.fixture(scope="session")
def sat(server: Server, admitted: Job, released: Job) -> dict[str, str]:
    """Everybody's form; the first nine have handed in, one with a cell missing; the tenth has only saved an answer."""
    allotted = read_allocation(server.course, server.paper)
    for account in PEOPLE[:8]:
        server.sit(account, allotted[account])
    server.sit(PEOPLE[8], allotted[PEOPLE[8]], edit=without_a_cell)
    saving = server.hall(PEOPLE[9])
    saving.files(COURSE, allotted[PEOPLE[9]])
    saving.save_answer(COURSE, allotted[PEOPLE[9]], "q01", "A")
    return allotted


#: What a form of release sends. Times are those of the server's clock.
CLOSES = datetime.now(ZoneInfo("Asia/Shanghai")).replace(second=0, microsecond=0) + timedelta(days=2)
RULES = {
    "opens": "",
    "closes": f"{CLOSES:%Y-%m-%dT%H:%M}",
    "attempts": "3",
    "counts": "last",
    "late": "keep",
    "grace_seconds": "0",
}


def without_a_cell(notebook: dict[str, Any]) -> None:
    cells = notebook["cells"]
    notebook["cells"] = [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") != "q02"]


@pytest.fixture(scope="session")
def closes() -> datetime:
    """When the paper closes."""
    return CLOSES


@pytest.fixture(scope="session")
def overview_before_grading(chen: Visitor, sat: dict[str, str]) -> str:
    """The first page while people have handed in and nothing is collected, whichever test comes first."""
    return chen.see()


@pytest.fixture(scope="session")
def collected(chen: Visitor, sat: dict[str, str], overview_before_grading: str) -> Job:
    return chen.done("papers/xiaojuan/collect")


@pytest.fixture(scope="session")
def roster_sheet() -> bytes:
    return ROSTER.encode()


@pytest.fixture(scope="session")
def people() -> list[str]:
    return PEOPLE


@pytest.fixture(scope="session")
def hostile() -> type[Hostile]:
    return Hostile


@pytest.fixture(scope="session")
def reading() -> Callable[[str], str]:
    return as_read
