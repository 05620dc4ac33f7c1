"""The whole server, as `trainer serve` starts it, and people who log in to it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from polling import until
from trainer.accounts.passwords import HashCost, Hashing
from trainer.accounts.store import AccountStore
from trainer.hub.data_folder import DataFolder, Identities

PASSWORD = "lianxi-2026-mima"
PATIENCE = 120.0
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="walls need root")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class LiveServer:
    """A `trainer serve` process on a data folder of its own. ``said``: what it printed; ``before``: what stands before the
    command, for instance what makes it another user's.
    """

    folder: Path
    repository: Path
    options: tuple[str, ...] = ("--demo", "--attached")
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> DataFolder:
        return DataFolder(self.folder / "data")

    @property
    def who(self) -> Identities:
        return Identities(os.getuid() == 0, 200_000)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "serve.log"

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def start(self) -> LiveServer:
        command = [*self.before, sys.executable, "-m", "trainer.apps.main", "serve"]
        command += [f"--data={self.data.root}", f"--port={self.port}", *self.options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.repository,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=os.environ | self.environment,
            )
        until(self._answers, f"the server did not start:\n{self.said[-3000:]}")
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended:\n{self.said[-3000:]}"
        try:
            return requests.get(f"{self.url}/hub/login", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                pytest.fail(f"the server does not end:\n{self.said[-5000:]}")
        self.process = None

    def set_password(self, *accounts: str, password: str = PASSWORD) -> None:
        """Give people an own password, as if they had changed their first one."""
        kept = Hashing(HashCost(memory_kib=8, rounds=1, lanes=1)).hash(password)
        with AccountStore(self.data.accounts_db) as store:
            for account in store.named(accounts):
                assert store.set_password(account, kept, datetime.now().astimezone())

    def person(self, account: str, password: str = PASSWORD) -> Person:
        return Person(self, account).log_in(password)

    def processes(self) -> list[int]:
        """Everything that belongs to this server: it has the data folder or the runtime folder on its command line."""
        marks = (str(self.data.root).encode(), str(self.data.runtime).encode())
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if any(mark in command for mark in marks) and int(entry.name) != os.getpid():
                found.append(int(entry.name))
        return found


class Person:
    """Somebody with a browser, without the browser."""

    def __init__(self, server: LiveServer, account: str) -> None:
        self.server, self.account = server, account
        self.session = requests.Session()

    def log_in(self, password: str) -> Person:
        page = self.session.get(f"{self.server.url}/hub/login")
        form = {"username": self.account, "password": password, "_xsrf": field_of(page, "_xsrf")}
        # what comes after the login is not waited for
        answer = self.session.post(f"{self.server.url}/hub/login", data=form, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return self

    def open_server(self) -> Person:
        """Start the own server and get its cookies."""
        self.session.get(f"{self.server.url}/hub/spawn")
        until(lambda: self.get("api").status_code == 200, f"the server of {self.account}")
        self.get("tree")
        return self

    def at(self, path: str) -> str:
        """An address at the own server, or from the root of the site for a path that starts with a slash."""
        return (
            f"{self.server.url}{path}"
            if path.startswith("/")
            else f"{self.server.url}/user/{self.account}/{path}"
        )

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.at(path), **options)

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request that changes something, with the cookie's XSRF token as JupyterLab sends it."""
        base = "/".join(self.at(path).split("/")[3:5])
        tokens = [c.value for c in self.session.cookies if c.name == "_xsrf" and c.path.strip("/") == base]
        headers = {"X-XSRFToken": tokens[-1] if tokens else "", **options.pop("headers", {})}
        return self.session.request(method, self.at(path), headers=headers, **options)

    def run(self, code: str) -> str:
        """What a program prints that the person runs in a kernel of their own server."""
        started = self.send("POST", "api/kernels", json={"name": "python3"})
        assert started.status_code == 201, started.text
        kernel = started.json()["id"]
        try:
            return self.run_in(kernel, code)
        finally:
            self.send("DELETE", f"api/kernels/{kernel}")

    def run_in(self, kernel: str, code: str) -> str:
        """The same in a kernel that runs already."""
        import websocket

        cookies = "; ".join(f"{c.name}={c.value}" for c in self.session.cookies)
        address = self.at(f"api/kernels/{kernel}/channels").replace("http://", "ws://")
        channel = websocket.create_connection(address, cookie=cookies, timeout=PATIENCE)
        try:
            header = {
                "msg_id": "1",
                "username": "",
                "session": "s",
                "msg_type": "execute_request",
                "version": "5.3",
            }
            content = {
                "code": code,
                "silent": False,
                "store_history": False,
                "user_expressions": {},
                "allow_stdin": False,
            }
            message = {
                "header": header,
                "parent_header": {},
                "metadata": {},
                "content": content,
                "channel": "shell",
            }
            channel.send(json.dumps(message))
            return _output(channel)
        finally:
            channel.close()


def _output(channel: Any) -> str:
    printed: list[str] = []
    while True:
        message = json.loads(channel.recv())
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "stream":
            printed.append(content["text"])
        elif kind == "error":
            printed.append("\n".join(content["traceback"]))
        elif (
            kind == "status"
            and content["execution_state"] == "idle"
            and message["parent_header"].get("msg_id") == "1"
        ):
            return "".join(printed)


def field_of(page: requests.Response, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text[:2000]
    return found[1]


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Callable[[], Path]]:
    """Makes folders that the numeric users of a server can reach: pytest's own are closed to others."""
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="trainer-live-", dir="/var/tmp"))
        folder.chmod(0o711)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(DataFolder(folder / "data").runtime, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def county(server_folder: Callable[[], Path], repository: Path) -> Iterator[LiveServer]:
    """The demo county, where trainees may run programs, so that tests can try what a trainee would."""
    yield from demo(server_folder(), repository, "c.WalledSpawner.kernels = True\n")


@pytest.fixture(scope="session")
def locked(server_folder: Callable[[], Path], repository: Path) -> Iterator[LiveServer]:
    """The demo county as for an examination: nothing may be run. Two people have other rules, so that the settings are
    seen to be what decides, and one is started the long way.
    """
    settings = """
def _toggle(spawner):
    spawner.terminals = spawner.terminals or spawner.user.name == "sl002"
    spawner.kernels = spawner.kernels or spawner.user.name == "sl003"
    spawner.forked = spawner.user.name != "sl004"

c.Spawner.pre_spawn_hook = _toggle
c.WalledSpawner.upload_mib = 2
"""
    yield from demo(server_folder(), repository, settings)


def demo(folder: Path, repository: Path, settings: str) -> Iterator[LiveServer]:
    """The demo county with an installation's settings; the instructor and twelve trainees have PASSWORD."""
    (folder / "jupyter_config.py").write_text(f"{(repository / 'jupyter_config.py').read_text()}\n{settings}")
    for name in ("question_bank", "courses"):
        (folder / name).symlink_to(repository / name)
    server = LiveServer(folder, folder).start()
    server.set_password("jiaoyuan", *(f"sl{n:03}" for n in range(1, 14)))
    yield server
    server.stop()
    until(lambda: not server.processes(), "everything has ended")
