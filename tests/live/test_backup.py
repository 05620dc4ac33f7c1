"""A backup while people hand in, restored into an empty folder of another path, and a server started on it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from polling import until
from trainer.hall.bundle import file_hashes
from trainer.hall.client import HallBusy, HallClient
from trainer.hall.receipts import verify
from trainer.nbgrader.course import Course
from trainer.workflow.grading import grade
from trainer.workflow.papers import collect, release

from .conftest import LiveServer, Person

pytestmark = [pytest.mark.xdist_group("live")]

COURSE, PAPER = "leitai", "beifen"
TRAINER = [sys.executable, "-m", "trainer.apps.main"]
PEOPLE = [f"sl{number:03}" for number in range(1, 7)]


def hall_of(server: LiveServer, token: str) -> HallClient:
    return HallClient(f"{server.url}/services/hall/", token)


def token_of(person: Person) -> str:
    """A token of a person, asked for as the hub's own page does. It is in the hub's database, so a restored hub knows it."""
    hub = person.server.url + "/hub/"
    person.session.get(f"{hub}token")
    xsrf = [c.value for c in person.session.cookies if c.name == "_xsrf" and c.path == "/hub/"][-1]
    answer = person.session.post(
        f"{hub}api/users/{person.account}/tokens",
        json={"note": "test"},
        headers={"X-XSRFToken": xsrf, "Referer": f"{hub}token"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def instructor(server: LiveServer) -> HallClient:
    return hall_of(server, server.data.secret("service-console"))


def trainer(server: LiveServer, *words: str) -> dict[str, Any]:
    """What a command of ours prints with --format=json."""
    done = subprocess.run(
        [*TRAINER, *words, "--format=json"],
        cwd=server.repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


@dataclass
class Pupil:
    """Saves and hands in without pause. ``receipts`` and ``saved`` are what was acknowledged, in order."""

    name: str
    client: HallClient
    stop: threading.Event
    receipts: list[dict[str, Any]] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    error: BaseException | None = None

    def run(self) -> None:
        number = 0
        try:
            while not self.stop.is_set():
                number += 1
                text = f"{self.name} {number}"
                try:
                    self.client.save_answer(COURSE, PAPER, "q01", text)
                    self.saved.append(text)
                    self.receipts.append(self.client.submit(COURSE, PAPER, {"p.ipynb": notebook(text)}))
                except HallBusy as error:  # more than one person may do in a second
                    self.stop.wait(error.retry_after or 0.1)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            self.error = error


def notebook(answer: str) -> bytes:
    marks = {"grade_id": "q01", "grade": True, "solution": True, "locked": False, "schema_version": 3}
    cell = {"cell_type": "markdown", "id": "q01", "metadata": {"nbgrader": marks}, "source": answer}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@dataclass
class Storm:
    """What the pupils had been promised when the backup began and when it had ended, and the backup."""

    tokens: dict[str, str]
    receipts: dict[str, list[dict[str, Any]]]
    later: dict[str, list[dict[str, Any]]]
    saved: dict[str, str]
    report: dict[str, Any]
    key: dict[str, Any]


@pytest.fixture(scope="module")
def storm(county: LiveServer, server_folder: Callable[[], Path]) -> Storm:
    tokens = {name: token_of(county.person(name)) for name in PEOPLE}
    instructor(county).release(COURSE, PAPER, {"p.ipynb": notebook("")})
    stop = threading.Event()
    pupils = [Pupil(name, hall_of(county, token), stop) for name, token in tokens.items()]
    threads = [threading.Thread(target=pupil.run) for pupil in pupils]
    for thread in threads:
        thread.start()
    try:
        until(lambda: min(len(pupil.receipts) for pupil in pupils) > 5, "everybody hands in")
        receipts = {pupil.name: list(pupil.receipts) for pupil in pupils}
        saved = {pupil.name: pupil.saved[-1] for pupil in pupils}
        report = trainer(county, "backup", str(server_folder()), f"--data={county.data.root}")
        count = [len(pupil.receipts) for pupil in pupils]
        until(
            lambda: all(len(p.receipts) > n for p, n in zip(pupils, count, strict=True)), "it goes on after"
        )
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert [pupil.error for pupil in pupils] == [None] * len(pupils)
    later = {pupil.name: pupil.receipts for pupil in pupils}
    return Storm(tokens, receipts, later, saved, report, instructor(county).key())


@pytest.fixture(scope="module")
def restored(county: LiveServer, storm: Storm, server_folder: Callable[[], Path]) -> Iterator[LiveServer]:
    """A server on the restored data: another path, another port."""
    server = LiveServer(server_folder(), county.repository, options=())
    trainer(server, "restore", storm.report["path"], f"--data={server.data.root}")
    with ExitStack() as stack:
        stack.callback(lambda: until(lambda: not server.processes(), "everything has ended"))
        stack.callback(server.stop)
        yield server.start()


def test_a_backup_is_private_and_names_what_it_left_out(storm: Storm) -> None:
    path = Path(storm.report["path"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert [other.name for other in path.parent.iterdir()] == [path.name]
    counts = {row["内容"]: row["数量"] for row in storm.report["rows"]}
    assert counts["其中数据库"] >= 4
    assert counts["没有备份：数据库的临时文件"] >= 2
    assert storm.report["left_out"] == []


def test_what_was_acknowledged_before_is_there_with_its_receipt(restored: LiveServer, storm: Storm) -> None:
    keys = instructor(restored).key()["keys"]
    for name, token in storm.tokens.items():
        client = hall_of(restored, token)
        kept = {receipt["id"]: receipt for receipt in client.submissions(COURSE, PAPER)}
        for receipt in storm.receipts[name]:
            assert kept[receipt["id"]] == receipt
        assert all(verify(receipt, keys).valid for receipt in kept.values())
        known = {receipt["id"] for receipt in storm.later[name]}
        assert set(kept) <= known, "nothing is there that nobody handed in"
        last = list(kept.values())[-1]
        assert file_hashes(client.submission_files(COURSE, PAPER, last["id"])) == last["files"]
        number = int(client.answers(COURSE, PAPER)["q01"]["text"].split()[1])
        assert number >= int(storm.saved[name].split()[1])


def test_the_signing_key_is_the_same(restored: LiveServer, storm: Storm) -> None:
    assert instructor(restored).key() == storm.key


def test_people_log_in_with_their_passwords(restored: LiveServer) -> None:
    assert restored.person("jiaoyuan").get("/hub/home").status_code == 200
    assert restored.person(PEOPLE[0]).open_server().get("api/contents/").status_code == 200


def test_the_course_goes_on_to_the_marks(
    restored: LiveServer, storm: Storm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAINER_HALL_URL", f"{restored.url}/services/hall/")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", restored.data.secret("service-console"))
    course = Course(restored.data.courses / COURSE)
    release(course, ["leitai-a"])
    client = hall_of(restored, storm.tokens[PEOPLE[0]])
    client.submit(COURSE, "leitai-a", client.files(COURSE, "leitai-a"))
    assert collect(course, ["leitai-a"]) == [("leitai-a", 1)]
    [report] = grade(course, ["leitai-a"])
    assert (report.graded, report.bad) == (1, ())


def test_a_restore_refuses_while_a_server_runs(restored: LiveServer, storm: Storm) -> None:
    aside = restored.data.root.with_name("moved")
    restored.data.root.rename(aside)
    try:
        done = subprocess.run(
            [*TRAINER, "restore", storm.report["path"], f"--data={restored.data.root}"],
            cwd=restored.repository,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        aside.rename(restored.data.root)
    assert done.returncode == 1
    assert "正在这个数据文件夹上运行" in done.stderr
    assert "systemctl stop" in done.stderr
