"""Real hall processes on unix sockets, a small stand-in for the hub's ``GET /user``, and notebooks to hand in."""

from __future__ import annotations

import asyncio
import json
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from halls import HallProcess, StandInHub
from trainer.hall.client import HallClient
from trainer.hall.policy import Policy

from .stored import Store, opened

STUB = "（在这里写答案，写完请删掉这一行）"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="hall-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def shared_place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hall-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def hub(shared_place: Path) -> Iterator[StandInHub]:
    """One stand-in hub for all tests of a process."""
    with StandInHub(shared_place / "hub.sock") as server:
        yield server
        server.shutdown()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where to keep a store: a folder for SQLite, a URL for PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "store")
    return request.getfixturevalue("postgresql").new()


@pytest.fixture(scope="session")
def own_hall(hub: StandInHub) -> Callable[..., AbstractContextManager[HallProcess]]:
    """A context manager with a hall of one's own, started with options."""

    @contextmanager
    def started(*options: str, **more: object) -> Iterator[HallProcess]:
        with tempfile.TemporaryDirectory(prefix="hall-") as folder:
            process = HallProcess(Path(folder), hub.url, *options, **more)
            try:
                yield process.start()
            finally:
                process.end(signal.SIGKILL)

    return started


@pytest.fixture(scope="session")
def hall_process_class() -> type[HallProcess]:
    return HallProcess


@pytest.fixture
def hall_process(hub: StandInHub) -> Iterator[Callable[..., HallProcess]]:
    """Halls in a folder that the test gives, not started; ended after the test."""
    made: list[HallProcess] = []

    def make(folder: Path, *options: str, **more: object) -> HallProcess:
        made.append(HallProcess(folder, hub.url, *options, **more))
        return made[-1]

    yield make
    for process in made:
        if process.process is not None:
            process.end(signal.SIGKILL)


@pytest.fixture
def make_hall(
    own_hall: Callable[..., AbstractContextManager[HallProcess]],
) -> Iterator[Callable[..., HallProcess]]:
    """Starts halls of one's own, with options; ended after the test."""
    with ExitStack() as stack:
        yield lambda *options, **more: stack.enter_context(own_hall(*options, **more))


@pytest.fixture(scope="session")
def hall(shared_place: Path, hub: StandInHub) -> Iterator[HallProcess]:
    """A hall for tests that need nothing of their own but an assignment name."""
    folder = shared_place / "hall"
    folder.mkdir()
    process = HallProcess(folder, hub.url, "--HallApp.rate=5000", "--HallApp.burst=50000").start()
    yield process
    assert process.end() == 0, process.log.read_text()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """An assignment name that no other test uses."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name)[:100]


def notebook(*answers: str, cells: int = 3) -> bytes:
    """A notebook with answer cells q01…; those not given hold the released stub."""
    made: list[dict[str, object]] = []
    for number in range(cells):
        name = f"q{number + 1:02}"
        text = answers[number] if number < len(answers) else STUB
        made.append(_cell(f"{name}-stem", f"**{number + 1}.** 虚构的题目", locked=True))
        made.append(_cell(name, text, grade=True, solution=True))
    content = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _cell(name: str, source: str, **flags: bool) -> dict[str, object]:
    mark = {"grade_id": name, "grade": False, "solution": False, "locked": False, "schema_version": 3}
    return {"cell_type": "markdown", "id": name, "metadata": {"nbgrader": mark | flags}, "source": source}


@pytest.fixture(name="notebook")
def _notebook() -> Callable[..., bytes]:
    return notebook


@pytest.fixture
def instructor(hall: HallProcess) -> HallClient:
    return hall.client("token-chen")


@pytest.fixture
def zhang(hall: HallProcess) -> HallClient:
    return hall.client("token-zhang")


@pytest.fixture
def li(hall: HallProcess) -> HallClient:
    return hall.client("token-li")


@pytest.fixture
def in_store(store_url, notebook):
    """Run a coroutine function with an open store."""

    def run(scene: Callable[[Store], Any], **policy: Any) -> None:
        async def play() -> None:
            async with opened(store_url, notebook, Policy(**policy)) as store:
                await scene(store)

        asyncio.run(play())

    return run
