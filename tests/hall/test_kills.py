"""Killed at any moment: what was acknowledged is there, once, and nothing is there by half."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from polling import until
from trainer.hall.bundle import content_hash, file_hashes
from trainer.hall.client import HallClient, HallUnreachable
from trainer.hall.clock import from_iso
from trainer.hall.database import address
from trainer.hall.receipts import verify

#: How often the hall is killed; more with TRAINER_HALL_KILLS=200.
KILLS = int(os.environ.get("TRAINER_HALL_KILLS", "15"))
SEED = 20260301
PEOPLE = 8
COURSE, PAPER = "dangwu", "leitai"


@dataclass
class Pupil:
    """Saves and submits without pause; after a kill either sends the same again or goes on to the next."""

    number: int
    client: HallClient
    notebook: Any
    stop: threading.Event
    told: threading.Semaphore
    random: Random
    receipts: list[dict[str, Any]] = field(default_factory=list)
    saved: list[tuple[str, str]] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    torn: int = 0

    def run(self) -> None:
        n = 0
        while not self.stop.is_set():
            n += 1
            try:
                self.one(n)
                self.told.release()
            except HallUnreachable:
                self.torn += 1
                self.stop.wait(0.05)
                n -= self.random.randint(0, 1)

    def one(self, n: int) -> None:
        answer = f"{self.number}-{n}"
        if n % 3:
            said = self.client.save_answer(COURSE, PAPER, "q01", answer)
            self.saved.append((answer, said["saved_at"]))
            return
        files = {"p.ipynb": self.notebook(answer, *(["对"] * (n % 2)))}
        self.sent.add(content_hash(file_hashes(files)))
        receipt = self.client.submit(COURSE, PAPER, files)
        assert receipt["answers"] == 1 + n % 2
        self.receipts.append(receipt)


@pytest.mark.parametrize(
    ("kind", "kills"),
    [("sqlite", KILLS), pytest.param("postgresql", 3, marks=pytest.mark.xdist_group("postgresql"))],
)
def test_a_storm_with_kills(place, hall_process, notebook, request, kind, kills):
    data = request.getfixturevalue("postgresql").new() if kind == "postgresql" else str(place / "data")
    options = (
        f"--key-file={place / 'key.json'}",
        "--HallApp.rate=100000",
        "--HallApp.burst=100000",
        "--HallApp.person_submissions=100000",
    )
    random = Random(SEED)
    hall = hall_process(place, *options, data=data).start()
    hall.client("token-chen").release(COURSE, PAPER, {"p.ipynb": notebook()})
    stop, told = threading.Event(), threading.Semaphore(0)
    pupils = [
        Pupil(n, hall.client(f"pupil-{n}"), notebook, stop, told, Random(SEED + n)) for n in range(PEOPLE)
    ]
    threads = [threading.Thread(target=pupil.run) for pupil in pupils]
    for thread in threads:
        thread.start()
    try:
        for _ in range(kills):
            following = hall_process(place, *options, data=data)
            following.spawn()  # waits for its turn
            for _ in range(random.randint(1, 120)):
                assert told.acquire(timeout=60), hall.log.read_text()
            hall.end(signal.SIGKILL)
            hall = following
        assert told.acquire(timeout=60), hall.log.read_text()
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    hall.end(signal.SIGKILL)
    hall = hall_process(place, *options, data=data).start()
    assert sum(pupil.torn for pupil in pupils) > 0
    keys = hall.client("token-chen").key()["keys"]
    for pupil in pupils:
        check_submissions(pupil, keys)
    check_saves(pupils, data)


def check_submissions(pupil: Pupil, keys: dict[str, str]) -> None:
    """Every acknowledged receipt is there once and unchanged; whatever else is there is whole and was really sent."""
    kept = pupil.client.submissions(COURSE, PAPER)
    ids = Counter(receipt["id"] for receipt in kept)
    assert set(ids.values()) <= {1}
    by_id = {receipt["id"]: receipt for receipt in kept}
    for receipt in pupil.receipts:
        assert by_id[receipt["id"]] == receipt
    assert [receipt["attempt"] for receipt in kept] == list(range(1, len(kept) + 1))
    assert len({receipt["sha256"] for receipt in kept}) == len(kept)
    for receipt in kept:
        assert verify(receipt, keys).valid
        assert receipt["sha256"] in pupil.sent
    for receipt in kept[-3:]:
        files = pupil.client.submission_files(COURSE, PAPER, receipt["id"])
        assert file_hashes(files) == receipt["files"]


def check_saves(pupils: list[Pupil], data: str) -> None:
    """Every acknowledged save is there exactly once, and the store is sound."""
    engine = create_engine(address(data))
    with engine.connect() as connection:
        rows = Counter(map(tuple, connection.execute(text("select account, text, saved_at from saves"))))
        if engine.dialect.name == "sqlite":
            assert connection.scalar(text("pragma integrity_check")) == "ok"
        receipts = connection.scalars(text("select receipt from submissions")).all()
        whole = text(
            "select count(*) from submissions s join contents c on c.id = s.content and length(c.content) = s.size"
        )
        assert connection.scalar(whole) == len(receipts)
    engine.dispose()
    assert len({json.loads(receipt)["id"] for receipt in receipts}) == len(receipts)
    acknowledged = [(f"pupil-{p.number}", said, from_iso(at)) for p in pupils for said, at in p.saved]
    assert acknowledged
    assert {rows[one] for one in acknowledged} == {1}


def test_told_to_end_it_finishes_what_has_begun(place, hall_process, notebook):
    hall = hall_process(place, "--HallApp.burst=10000").start()
    hall.client("token-chen").release(COURSE, PAPER, {"p.ipynb": notebook()})
    stop, told = threading.Event(), threading.Semaphore(0)
    pupils = [Pupil(n, hall.client(f"pupil-{n}"), notebook, stop, told, Random(n)) for n in range(4)]
    threads = [threading.Thread(target=pupil.run) for pupil in pupils]
    for thread in threads:
        thread.start()
    for _ in range(20):
        assert told.acquire(timeout=60)
    assert hall.end(signal.SIGTERM) == 0
    stop.set()
    for thread in threads:
        thread.join(60)
    assert "Traceback" not in hall.log.read_text()
    hall.start()
    keys = hall.client("token-chen").key()["keys"]
    for pupil in pupils:
        check_submissions(pupil, keys)


def test_it_ends_with_the_process_that_started_it(place, hall_process):
    """A parent that is killed takes the hall along."""
    hall = hall_process(place)
    program = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'trainer.hall', '--end-with-parent', '--data', sys.argv[1]])\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    environment = os.environ | {
        "JUPYTERHUB_SERVICE_URL": hall.url.removesuffix("/services/hall/"),
        "JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api",
        "JUPYTERHUB_CLIENT_ID": "service-hall",
    }
    command = [sys.executable, "-c", program, str(place / "data")]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        until(hall.socket.exists, "the hall did not start")
        parent.kill()
    until(lambda: not running(child), "the hall outlives its parent")


def running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - gone at any moment
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
