"""Everything is killed once while people save and hand in; then the disk is full. What was acknowledged is there, once."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import psutil
import pytest
import requests

from polling import until
from trainer.hall.bundle import content_hash, file_hashes
from trainer.hall.client import HallBusy, HallClient, HallNotSaved, HallUnreachable
from trainer.hall.receipts import verify
from trainer.hub.limits import ControlGroups

from .burglary import as_service, hub_call
from .conftest import LiveServer, Person, needs_root

pytestmark = [needs_root, pytest.mark.xdist_group("live")]

SEED = 20261123
COURSE, PAPER = "baofeng", "juan"
PEOPLE = 6
#: What must be told between two kills.
BETWEEN = 30


def cell(number: int, text: str = "") -> dict[str, Any]:
    nbgrader = {"grade_id": f"q{number}", "solution": True, "grade": True, "locked": False, "task": False}
    nbgrader |= {"schema_version": 3, "points": 1, "cell_type": "markdown"}
    return {"cell_type": "markdown", "id": f"q{number}", "metadata": {"nbgrader": nbgrader}, "source": text}


def notebook(text: str = "") -> bytes:
    cells = [cell(number, text) for number in (1, 2)]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@dataclass
class Pupil:
    """Saves and hands in without pause, by one of the two ways; what is not acknowledged is an error that says so."""

    account: str
    client: HallClient
    stop: threading.Event
    told: threading.Semaphore
    receipts: list[dict[str, Any]] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    refused: int = 0
    unknown: int = 0
    wrong: list[BaseException] = field(default_factory=list)

    def run(self) -> None:
        n = 0
        while not self.stop.is_set():
            n += 1
            try:
                self.one(n)
                self.told.release()
            except (HallBusy, HallNotSaved):
                self.refused += 1
                self.stop.wait(0.05)
            except HallUnreachable:
                self.unknown += 1
                n -= 1  # the same again, which is what people do
                self.stop.wait(0.05)
            except BaseException as error:  # noqa: BLE001 - shown by the test
                self.wrong.append(error)
                return

    def one(self, n: int) -> None:
        text = f"{self.account}-{n}"
        if n % 3:
            self.client.save_answer(COURSE, PAPER, "q1", text)
            self.saved.append(text)
            return
        files = {f"{PAPER}.ipynb": notebook(text)}
        self.sent.add(content_hash(file_hashes(files)))
        self.receipts.append(self.client.submit(COURSE, PAPER, files))


@pytest.fixture(scope="module")
def small(server_folder: Callable[[], Path], repository: Path) -> Iterator[LiveServer]:
    """A server whose data folder is a disk of its own, of 500 MB."""
    folder = server_folder()
    (folder / "jupyter_config.py").write_text((repository / "jupyter_config.py").read_text())
    for name in ("question_bank", "courses"):
        (folder / name).symlink_to(repository / name)
    disk = folder / "data"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    server = LiveServer(folder, folder)
    try:
        server.start()
        server.set_password("jiaoyuan", *(f"sl{n:03}" for n in range(1, PEOPLE + 3)))
        as_service(server).release(COURSE, PAPER, {f"{PAPER}.ipynb": notebook()}, {"title": "风暴"})
        yield server
    finally:
        server.stop(signal.SIGKILL)
        until(lambda: not server.processes(), "everything has ended")
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.fixture(scope="module")
def tokens(small: LiveServer) -> dict[str, str]:
    accounts = [f"sl{n:03}" for n in range(1, PEOPLE + 1)]
    made = {a: hub_call(small.person(a), "POST", f"users/{a}/tokens", json={"note": "x"}) for a in accounts}
    return {account: answer.json()["token"] for account, answer in made.items()}


def client_of(server: LiveServer, token: str, *, within: bool) -> HallClient:
    """By the way that people's servers take, or through the front."""
    place = f"http+unix://{quote(str(server.data.hall_socket_within), safe='')}" if within else server.url
    return HallClient(f"{place}/services/hall/", token, timeout=20)


def all_of(server: LiveServer) -> list[psutil.Process]:
    """The hub and all that it started, people's servers and walls included."""
    assert server.process is not None
    hub = psutil.Process(server.process.pid)
    found = {hub, *hub.children(recursive=True)}
    groups = ControlGroups(server.data.runtime.name)
    for path in server.data.servers.glob("*.sock"):
        for pid in groups.processes(path.stem):
            with suppress(psutil.NoSuchProcess):
                found.add(psutil.Process(pid))
    return list(found)


def one(server: LiveServer, module: str) -> psutil.Process:
    """The process that is `python -m <module>`."""
    (found,) = [process for process in all_of(server) if _is(process, module)]
    return found


def _is(process: psutil.Process, module: str) -> bool:
    try:
        runs = process.name().startswith("python") and module in process.cmdline()
        return runs and (module != "trainer.hub.forkserver" or process.uids().real == 0)
    except psutil.NoSuchProcess:  # ended while it was looked at
        return False


def within_walls(server: LiveServer, account: str, what: str) -> psutil.Process:
    """The server of a person, or the bubblewrap around it."""
    groups = ControlGroups(server.data.runtime.name)
    running = [psutil.Process(pid) for pid in groups.processes(server.data.socket_of(account).stem)]
    return next(p for p in running if what in p.cmdline()[0] or what in p.cmdline()[-2:][0])


class Kills:
    """What is killed, and how it is seen to be back. Each returns when it is."""

    def __init__(self, server: LiveServer, token: str) -> None:
        self.server, self.token = server, token
        self.person = Person(server, f"sl{PEOPLE + 1:03}")

    def hall(self) -> None:
        one(self.server, "trainer.hall").kill()
        self._until(lambda: client_of(self.server, self.token, within=True).time())

    def console(self) -> None:
        one(self.server, "trainer.console").kill()
        self._until(lambda: self._status("/services/console/") == 302)

    def front(self) -> None:
        one(self.server, "trainer.hub.proxy").kill()
        self._until(lambda: self._status("/hub/login") == 200)

    def fork_server(self) -> None:
        one(self.server, "trainer.hub.forkserver").kill()
        self._served()

    def server_of_a_person(self) -> None:
        within_walls(self.server, self.person.account, "trainer.hub.forkserver").kill()
        self._served()

    def walls_of_a_person(self) -> None:
        within_walls(self.server, self.person.account, "bwrap").kill()
        self._served()

    def hub(self) -> None:
        """Everything ends with it; the same command on the same data goes on."""
        before = all_of(self.server)
        self.server.stop(signal.SIGKILL)
        self._all_gone(before)
        self.server.start()
        self.person = Person(self.server, self.person.account)
        self._served()

    def _all_gone(self, before: list[psutil.Process]) -> None:
        until(lambda: not [p for p in before if p.is_running() and p.status() != "zombie"], "all have ended")
        until(lambda: not self.server.processes(), "everything has ended")

    def _served(self) -> None:
        def served() -> bool:
            with suppress(requests.ConnectionError):
                if not self.person.session.cookies:
                    self.person.log_in("lianxi-2026-mima")
                self.person.get("/hub/spawn")
                return self.person.get("api/status").status_code == 200
            return False

        until(served, f"{self.person.account} has a server again")

    def _status(self, path: str) -> int:
        return requests.get(f"{self.server.url}{path}", allow_redirects=False, timeout=20).status_code

    def _until(self, back: Callable[[], Any]) -> None:
        def tried() -> Any:
            with suppress(requests.ConnectionError, HallUnreachable, HallBusy):
                return back()
            return None

        until(tried, "it is back")


def test_a_storm_in_which_everything_is_killed(small: LiveServer, tokens: dict[str, str]) -> None:
    stop, told = threading.Event(), threading.Semaphore(0)
    pupils = [
        Pupil(account, client_of(small, token, within=bool(n % 2)), stop, told)
        for n, (account, token) in enumerate(tokens.items())
    ]
    kills = Kills(small, tokens["sl001"])
    kills._served()
    order = [kills.hall, kills.console, kills.front, kills.fork_server, kills.server_of_a_person]
    order += [kills.walls_of_a_person, kills.hub, kills.hall, kills.front]
    Random(SEED).shuffle(order)
    threads = [threading.Thread(target=pupil.run) for pupil in pupils]
    for thread in threads:
        thread.start()
    try:
        for kill in order:
            for _ in range(BETWEEN):
                assert told.acquire(timeout=60), [pupil.wrong for pupil in pupils]
            kill()
        for _ in range(BETWEEN):
            assert told.acquire(timeout=60)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert [pupil.wrong for pupil in pupils] == [[]] * PEOPLE
    assert sum(pupil.unknown for pupil in pupils) > 0, "the kills came between the requests"
    _count(small, pupils)


def _count(server: LiveServer, pupils: list[Pupil]) -> None:
    keys = as_service(server).key()["keys"]
    for pupil in pupils:
        kept = as_service(server).submissions(COURSE, PAPER, pupil.account)
        by_id = {receipt["id"]: receipt for receipt in kept}
        assert len(by_id) == len(kept)
        assert pupil.receipts
        for receipt in pupil.receipts:
            assert by_id[receipt["id"]] == receipt
        assert len({receipt["sha256"] for receipt in kept}) == len(kept), "handed in twice, stored twice"
        assert {receipt["sha256"] for receipt in kept} <= pupil.sent
        assert all(verify(receipt, keys).valid for receipt in kept)
        assert [receipt["attempt"] for receipt in kept] == list(range(1, len(kept) + 1))
    with closing(sqlite3.connect(server.data.hall_db)) as store:
        rows = Counter(store.execute("SELECT account, text FROM saves"))
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    acknowledged = Counter((pupil.account, text) for pupil in pupils for text in pupil.saved)
    # one that went unanswered and was sent again may be there twice: both times it was the person's answer
    assert all(rows[entry] >= 1 for entry in acknowledged)
    assert sum(rows.values()) <= sum(acknowledged.values()) + sum(pupil.unknown for pupil in pupils)


def test_on_a_full_disk_nothing_is_promised_and_nothing_is_lost(
    small: LiveServer, tokens: dict[str, str]
) -> None:
    hall = client_of(small, tokens["sl001"], within=True)
    receipt = hall.submit(COURSE, PAPER, {f"{PAPER}.ipynb": notebook("vorher")})
    ballast = small.data.root / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    for attempt in (
        lambda: hall.submit(COURSE, PAPER, {f"{PAPER}.ipynb": notebook("voll")}),
        lambda: hall.save_answer(COURSE, PAPER, "q1", "voll"),
    ):
        with pytest.raises(HallNotSaved, match=r"没有存上|没有保存"):
            attempt()
    assert requests.get(f"{small.url}/hub/login").status_code == 200
    with suppress(AssertionError):
        small.person("sl002")  # a login is written down: it may be refused now, but the hub goes on
    assert hall.submissions(COURSE, PAPER)[-1] == receipt
    ballast.unlink()
    until(lambda: _taken(hall), "what is handed in is taken again")
    small.person("sl003").open_server()
    texts = [text for text in hall.answers(COURSE, PAPER).values() if text["text"] == "voll"]
    assert texts == []


def _taken(hall: HallClient) -> bool:
    with suppress(HallNotSaved, HallBusy):
        hall.submit(COURSE, PAPER, {f"{PAPER}.ipynb": notebook("nachher")})
        return True
    return False


def test_told_to_end_everything_ends(small: LiveServer) -> None:
    """With people's servers running."""
    small.person("sl004").open_server()
    before = all_of(small)
    small.stop(signal.SIGTERM)
    until(lambda: not [p for p in before if p.is_running() and p.status() != "zombie"], "all have ended", 30)
    # One that the hub was about to start when it was told to end notices that its parent is gone.
    until(lambda: not small.processes(), "nothing was started after that", 30)
