"""Real hall processes on unix sockets, a small stand-in for the hub's ``GET /user``, and notebooks to hand in."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from polling import until
from trainer.hall.client import HallClient, HallUnreachable
from trainer.hall.policy import Policy

from .stored import Store, opened

STUB = "（在这里写答案，写完请删掉这一行）"
PREFIX = "/services/hall/"
#: token → the hub's answer
PEOPLE = {
    "token-zhang": {"kind": "user", "name": "zhang", "scopes": ["custom:hall:take"]},
    "token-li": {"kind": "user", "name": "li", "scopes": ["custom:hall:take!user=li"]},
    "token-wang": {"kind": "user", "name": "wang", "scopes": ["custom:hall:take!server=wang/"]},
    "token-chen": {"kind": "user", "name": "chen", "scopes": ["custom:hall:take", "custom:hall:instruct"]},
    "token-console": {"kind": "service", "name": "console", "scopes": ["custom:hall:instruct"]},
    "token-visitor": {"kind": "user", "name": "visitor", "scopes": ["custom:hall:take!user=zhang"]},
}


class StandInHub(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers ``GET /hub/api/user`` as the hub does; ``asked`` counts questions by token; ``down`` makes it answer 500."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, path: Path) -> None:
        self.people = dict(PEOPLE)
        self.asked: dict[str, int] = {}
        self.down = False
        super().__init__(str(path), _HubHandler)
        self.url = f"http+unix://{quote(str(path), safe='')}/hub/api"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _HubHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StandInHub

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("token ")
        self.server.asked[token] = self.server.asked.get(token, 0) + 1
        model = self.server.people.get(token)
        if token.startswith("pupil-"):
            model = {"kind": "user", "name": token, "scopes": ["custom:hall:take"]}
        status = 500 if self.server.down else 200 if model and self.path == "/hub/api/user" else 403
        body = json.dumps(model if status == 200 else {"status": status}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: object) -> None:
        """Quiet."""


class HallProcess:
    """A hall that can be stopped, killed and started again on the same data."""

    def __init__(self, folder: Path, hub_url: str, *options: str, data: str = "", **started: object) -> None:
        self.folder, self._hub_url, self._options = folder, hub_url, options
        self._started = started
        self.data = data or str(folder / "data")
        self.socket = folder / "hall.sock"
        self.url = f"http+unix://{quote(str(self.socket), safe='')}{PREFIX}"
        self.log = folder / "hall.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> HallProcess:
        """Start it and wait until it answers."""
        self.spawn()
        until(self.answers, f"hall did not start:\n{self.log.read_text()}")
        return self

    def spawn(self) -> None:
        """Start it; while another has the data open it waits for its turn."""
        environment = os.environ | {
            "JUPYTERHUB_SERVICE_URL": f"http+unix://{quote(str(self.socket), safe='')}",
            "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
            "JUPYTERHUB_API_URL": self._hub_url,
            "JUPYTERHUB_API_TOKEN": "the-hall-itself",
            "JUPYTERHUB_CLIENT_ID": "service-hall",
            "TZ": "Asia/Shanghai",
        }
        command = [sys.executable, "-m", "trainer.hall", f"--data={self.data}", *self._options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, **self._started)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"hall ended:\n{self.log.read_text()}"
        try:
            return bool(self.client("").time())
        except HallUnreachable:
            return False

    def client(self, token: str) -> HallClient:
        return HallClient(self.url, token)

    def raw(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(30)
        connection.connect(str(self.socket))
        return connection

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """A plain request; names of headers with _ for -."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = self.raw()
        with closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)


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


class Postgresql:
    """A private cluster in a folder of its own, reached only through a unix socket, run by an ordinary user."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs, self._made = folder, programs, 0
        self._user = (
            ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        )
        if self._user:
            shutil.chown(folder, "nobody", "nogroup")
        self._run(
            "initdb", "-D", f"{folder}/db", "-U", "hall", "-A", "trust", "-E", "UTF8", "--no-sync", "-N"
        )
        self._run(
            "pg_ctl",
            "-D",
            f"{folder}/db",
            "-w",
            "-l",
            f"{folder}/log",
            "-o",
            f"-k {folder} -c listen_addresses='' -c fsync=off",
            "start",
        )

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._user, str(self._programs / program), *arguments]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def new(self) -> str:
        """The URL of a new, empty database."""
        self._made += 1
        self._run("createdb", "-h", str(self._folder), "-U", "hall", f"hall{self._made}")
        return f"postgresql://hall@/hall{self._made}?host={self._folder}"

    def restart(self) -> None:
        """As a machine that crashed and came back."""
        self._run(
            "pg_ctl",
            "-D",
            f"{self._folder}/db",
            "-w",
            "-m",
            "immediate",
            "-l",
            f"{self._folder}/log",
            "restart",
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", f"{self._folder}/db", "-w", "-m", "immediate", "stop")


@pytest.fixture(name="postgresql", scope="session")
def _postgresql() -> Iterator[Postgresql]:
    """PostgreSQL's own programs, from PATH or where Debian puts them."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = [place for place in places if (place / "pg_ctl").exists() and (place / "createdb").exists()]
    if not places:
        pytest.skip("没有 PostgreSQL 的程序（initdb、pg_ctl），装上 postgresql 才能做这一项")
    with tempfile.TemporaryDirectory(prefix="hall-pg-", ignore_cleanup_errors=True) as folder:
        cluster = Postgresql(Path(folder), places[0])
        yield cluster
        cluster.stop()


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
