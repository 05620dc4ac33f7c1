"""Marking in other processes and on other machines leaves the gradebook that marking here leaves."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from trainer.errors import TrainerError
from trainer.model.paper import Paper
from trainer.nbgrader import cluster
from trainer.nbgrader.course import Course
from trainer.workflow.grading import grade

from .conftest import Submit, gradebook_rows, sample_answers

pytestmark = pytest.mark.xdist_group("dask")
_SECONDS = 60


class Cluster:
    """A real scheduler and its workers on this machine, reachable from it alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(self.file))
        self._wait(lambda: self.file.exists() and self.file.stat().st_size > 0)
        self.address = str(json.loads(self.file.read_bytes())["address"])
        self.workers: list[subprocess.Popen[bytes]] = []

    def add_worker(self) -> subprocess.Popen[bytes]:
        number = len(self.workers)
        worker = self._start(
            "worker", self.address, "--no-nanny", "--nthreads", "1", "--memory-limit", "0",
            "--local-directory", str(self.folder / f"worker-{number}"), "--name", f"w{number}",
        )  # fmt: skip
        self.workers.append(worker)
        return worker

    def until_workers(self, count: int) -> None:
        from distributed import Client

        with Client(self.address, set_as_default=False, timeout=_SECONDS) as client:
            client.wait_for_workers(count, timeout=_SECONDS)

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{command[0]}.log").open("ab")
        own = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        line = [sys.executable, "-m", "dask", *command, *own]
        return subprocess.Popen(line, stdout=log, stderr=log, cwd=self.folder)

    def _wait(self, condition) -> None:
        deadline = time.monotonic() + _SECONDS
        while not condition():
            assert time.monotonic() < deadline, (self.folder / "scheduler.log").read_text()
            time.sleep(0.05)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait(_SECONDS)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "dask"
    folder.mkdir()
    there = Cluster(folder)
    try:
        yield there
    finally:
        there.close()


def hand_in(submit: Submit, paper: Paper) -> None:
    """Ten people, one of them with a torn file and one with a lone surrogate."""
    form = paper.forms[0]
    for number in range(1, 11):
        which = ("right", "wrong", "malformed", "blank")[number % 4]
        path = submit(f"c{number:02d}", form, sample_answers(form, which))
        if number == 5:
            path.write_bytes(path.read_bytes()[:1000])
        if number == 6:
            path.write_bytes(path.read_bytes().replace(b'"source": "', b'"source": "\\ud800', 3))


def everything(course: Course) -> tuple[object, dict[str, bytes]]:
    """The rows of the gradebook with their ids, and all that was written to autograded/."""
    import sqlite3

    with sqlite3.connect(course.root / "gradebook.db") as db:
        dump = sorted(line for line in db.iterdump() if line.startswith("INSERT"))
    db.close()
    files = course.root / "autograded"
    return dump, {str(p.relative_to(files)): p.read_bytes() for p in files.rglob("*") if p.is_file()}


def copy_of(course: Course, name: str) -> Course:
    root = course.root.with_name(name)
    shutil.copytree(course.root, root)
    return Course(root)


def in_small_steps(course: Course) -> Course:
    course.config.Grading.batch_size = 2
    return course


def test_processes_of_their_own_leave_the_same(course: Course, paper: Paper, submit: Submit) -> None:
    hand_in(submit, paper)
    here, there = in_small_steps(copy_of(course, "here")), in_small_steps(copy_of(course, "there"))
    there.config.Grading.workers = 2
    assert grade(here, [paper.id]) == grade(there, [paper.id])
    assert everything(here) == everything(there)


def test_two_workers_leave_the_same_code_included(
    course: Course, paper: Paper, full_paper: Paper, submit: Submit, workers: Cluster
) -> None:
    hand_in(submit, paper)
    form = full_paper.forms[0]
    submit("c01", form, sample_answers(form, "right"))
    submit("c02", form, sample_answers(form, "wrong"))
    here, there = in_small_steps(copy_of(course, "here")), in_small_steps(copy_of(course, "there"))
    workers.add_worker()
    workers.add_worker()
    workers.until_workers(2)
    assert _ports_open_to_others(workers) == []
    there.config.Grading.dask = workers.address
    names = [paper.id, full_paper.id]
    assert grade(here, names) == grade(there, names)
    assert everything(here) == everything(there)
    assert all(report.unchanged for report in grade(there, names))


def _ports_open_to_others(workers: Cluster) -> list[object]:
    return [
        connection
        for process in (workers.scheduler, *workers.workers)
        for connection in psutil.Process(process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.ip != "127.0.0.1"
    ]


def test_a_worker_that_dies_costs_nothing_and_a_scheduler_that_dies_is_a_sentence(
    course: Course, paper: Paper, submit: Submit, workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(submit, paper)
    here = in_small_steps(copy_of(course, "here"))
    survived, broken = in_small_steps(copy_of(course, "survived")), in_small_steps(copy_of(course, "broken"))
    expected = grade(here, [paper.id])
    first = workers.add_worker()
    workers.add_worker()
    workers.until_workers(2)
    survived.config.Grading.dask = broken.config.Grading.dask = workers.address
    assert grade(survived, [paper.id], advance=lambda _: first.kill()) == expected
    assert everything(survived) == everything(here)

    for worker in workers.workers:
        worker.kill()
        worker.wait(_SECONDS)
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 1.0)
    with pytest.raises(TrainerError, match="没有工作机可用"):
        grade(broken, [paper.id])
    look = cluster._workers

    def dying(client: object) -> dict[str, object]:
        workers.scheduler.kill()
        return look(client)

    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 30.0)
    monkeypatch.setattr(cluster, "_workers", dying)
    with pytest.raises(TrainerError, match="连接断了"):
        grade(broken, [paper.id])
    assert gradebook_rows(broken)["grades"] == []
    with pytest.raises(TrainerError, match="连不上 dask 调度器"):
        grade(broken, [paper.id])
    broken.config.Grading.dask = ""
    grade(broken, [paper.id])
    assert gradebook_rows(broken) == gradebook_rows(here)
    assert everything(broken) == everything(here)


def test_a_worker_with_another_program_is_refused(
    course: Course, paper: Paper, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainer.nbgrader import workforce

    submit("c01", paper.forms[0], sample_answers(paper.forms[0], "right"))
    monkeypatch.setattr(workforce, "_PROGRAM_HERE", "0.0.9-abc")
    course.config.Grading.workers = 2
    with pytest.raises(TrainerError, match="不是同一个版本"):
        grade(course, [paper.id])
    assert gradebook_rows(course)["grades"] == []
