"""A real JupyterHub with our login, on a port of its own, and something like a browser to visit it."""

from __future__ import annotations

import html
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from polling import until
from trainer.accounts.store import AccountStore, Person
from trainer.settings import Accounts
from trainer.workflow.accounts import add_account

HERE = Path(__file__).parent
#: Cheap hashes: what is tested is who comes in, not how long it takes.
CHEAP = Accounts(hash_memory_kib=64, hash_rounds=1)
_INPUT = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


@dataclass
class Page:
    """An answer, read as a person or a browser reads it."""

    answer: requests.Response

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def goes_to(self) -> str:
        return self.answer.headers.get("Location", "")

    @property
    def text(self) -> str:
        return self.answer.content.decode("utf-8")

    @property
    def problem(self) -> str:
        found = re.search(r'<p class="problem" role="alert">(.*?)</p>', self.text)
        return html.unescape(found[1]) if found else ""

    @property
    def fields(self) -> dict[str, str]:
        tags = (dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(self.text))
        return {tag["name"]: html.unescape(tag.get("value", "")) for tag in tags if "name" in tag}


@dataclass
class Browser:
    """Keeps cookies, follows no redirect by itself, fills in forms with the hidden fields that they have."""

    url: str
    address: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **kwargs: Any) -> Page:
        return Page(self._send("GET", path, **kwargs))

    def post(self, path: str, data: dict[str, str]) -> Page:
        return Page(self._send("POST", path, data=data))

    def log_in(self, account: str, password: str, *, following: str = "") -> Page:
        path = "/hub/login" + (f"?next={requests.utils.quote(following, safe='')}" if following else "")
        form = self.get(path).fields
        return self.post(path, form | {"username": account, "password": password})

    def set_password(self, new: str, again: str | None = None, *, current: str = "", path: str = "") -> Page:
        path = path or "/hub/change-password"
        form = self.get(path).fields | {"new": new, "again": new if again is None else again}
        return self.post(path, form | ({"current": current} if current else {}))

    @property
    def is_in(self) -> bool:
        return self.get("/hub/home").status == 200

    def cookie(self, name: str) -> Any:
        return next((cookie for cookie in self.session.cookies if cookie.name == name), None)

    def _send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        headers = {"X-Forwarded-For": self.address, "User-Agent": "test", **kwargs.pop("headers", {})}
        url = path if path.startswith("http") else self.url + path
        return self.session.request(method, url, headers=headers, allow_redirects=False, timeout=30, **kwargs)


@dataclass
class Hub:
    """A running hub and its accounts."""

    url: str
    store: AccountStore
    log: Path
    _people: int = 0

    def browser(self) -> Browser:
        """A visitor at an address of their own."""
        self._people += 1
        return Browser(
            self.url, f"10.{self._people >> 16 & 255}.{self._people >> 8 & 255}.{self._people & 255}"
        )

    def issue(self, account: str, name: str = "虚构人", **about: Any) -> str:
        """A new account's one-time password."""
        return add_account(self.store, Person(account, name, **about), CHEAP, datetime.now(UTC)).password

    def person(self, account: str, password: str, **about: Any) -> Browser:
        """Somebody who has an own password and is logged in."""
        browser = self.browser()
        browser.log_in(account, self.issue(account, **about))
        assert browser.set_password(password).status == 302
        assert browser.is_in
        return browser


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code < 500
    except requests.ConnectionError:
        return False


@contextmanager
def running(command: list[str], folder: Path, log: Path, url: str) -> Iterator[None]:
    """A server process that answers at ``url``; ended with the block."""
    with (
        log.open("wb") as file,
        subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT) as process,
    ):
        try:
            until(lambda: process.poll() is not None or answers(url), f"{command}; see {log}")
            assert process.poll() is None, log.read_text("utf-8", "replace")[-3000:]
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def start_hub(folder: Path, extra: str) -> Iterator[Hub]:
    """A hub in ``folder``, configured as in hub_config.py and by the text ``extra``."""
    port = free_port()
    config = folder / "jupyterhub_config.py"
    settings = {"PORT": port, "FOLDER": str(folder)}
    lines = [f"{name} = {value!r}" for name, value in settings.items()]
    text = "\n".join([*lines, (HERE / "hub_config.txt").read_text("utf-8"), extra])
    config.write_text(text, encoding="utf-8")
    log = folder / "hub.log"
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
    with (
        AccountStore(folder / "accounts.sqlite") as store,
        running(command, folder, log, f"{url}/hub/health"),
    ):
        yield Hub(url, store, log)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub with accounts of our own, shared by the tests: each makes its own people."""
    with start_hub(tmp_path_factory.mktemp("hub"), "") as started:
        yield started


@pytest.fixture(scope="session")
def login_tools() -> SimpleNamespace:
    """For tests that start more: another hub, another server, waiting."""
    return SimpleNamespace(free_port=free_port, running=running, start_hub=start_hub, until=until)
