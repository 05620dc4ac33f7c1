"""One sandbox with small limits for all tests of a process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from trainer.sandbox.conductor import Cell, Ending, Ran, run_cells
from trainer.sandbox.limits import Limits
from trainer.sandbox.sandbox import Sandbox

SMALL = Limits(
    cell_seconds=20,
    total_seconds=120,
    cpu_seconds=60,
    memory=300 << 20,
    processes=16,
    file_size=8 << 20,
    folder=8 << 20,
    output=20_000,
    figures=500_000,
)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SMALL) as made:
        yield made


@pytest.fixture(scope="session")
def landlocked() -> Iterator[Sandbox]:
    """A sandbox as it is where there are no namespaces to be had: landlock and the filter of system calls alone."""
    with Sandbox(SMALL) as made:
        umask = os.umask(0o077)  # a careful grader's
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("trainer.sandbox.view.bubblewrap", lambda: None)
                for tables in (False, True):
                    made.start("trainee", tables=tables).end()
        finally:
            os.umask(umask)
        assert not made.protection.walls
        yield made


@pytest.fixture
def either(request: pytest.FixtureRequest) -> Sandbox:
    made: Sandbox = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def hasty(either: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """One that does not wait long, for what never ends."""
    monkeypatch.setattr(either, "limits", replace(SMALL, cell_seconds=1))
    return either


def code(source: str) -> Cell:
    return Cell(source)


def check(source: str, starter: str = "") -> Cell:
    """A test cell."""
    return Cell(source, test=True, starter=starter)


def printed(ran: Ran) -> str:
    return "".join(output["text"] for output in ran.outputs if output["output_type"] == "stream")


def went_wrong(ran: Ran) -> str:
    """Name and text of the error of a cell, "" when there was none."""
    return next((f"{o['ename']}: {o['evalue']}" for o in ran.outputs if o["output_type"] == "error"), "")


def passes(sandbox: Sandbox, answer: str, test: str, starter: str = "") -> bool:
    """Whether an answer passes a test."""
    return run_cells(sandbox, [code(answer), check(test, starter)])[1].ending is Ending.FINE
