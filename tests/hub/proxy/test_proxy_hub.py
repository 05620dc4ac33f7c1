"""A real JupyterHub drives the front with its stock class, everything but the public port on unix sockets."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polling import until

CONFIG = """
import os, sys
from subprocess import Popen
from urllib.parse import quote
from jupyterhub.spawner import Spawner

here = {here!r}
def at(name):
    return "http+unix://" + quote(os.path.join(here, name), safe="")

class Tiny(Spawner):
    "A small server of the person's own on a unix socket."
    process = None
    def path(self):
        return os.path.join(here, self.user.name.encode().hex()[:12] + ".sock")
    async def start(self):
        self.process = Popen([sys.executable, os.path.join(here, "tiny.py"), self.path()])
        return "http+unix://" + quote(self.path(), safe="")
    async def stop(self, now=False):
        self.process.terminate()
        self.process.wait()
        if os.path.exists(self.path()):
            os.unlink(self.path())
    async def poll(self):
        return None if self.process and self.process.poll() is None else 0

c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = at("hub.sock")
c.JupyterHub.db_url = "sqlite:///" + os.path.join(here, "hub.sqlite")
c.JupyterHub.cookie_secret = bytes(32)
c.JupyterHub.spawner_class = Tiny
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.ConfigurableHTTPProxy.command = [sys.executable, "-m", "trainer.hub.proxy", f"--exit-with-parent={{os.getpid()}}"]
c.ConfigurableHTTPProxy.api_url = at("api.sock")
c.ConfigurableHTTPProxy.pid_file = os.path.join(here, "proxy.pid")
c.ConfigurableHTTPProxy.check_running_interval = 1
c.JupyterHub.last_activity_interval = 1
c.JupyterHub.services = [dict(name="tester", api_token="token-of-the-tester")]
c.JupyterHub.load_roles = [dict(name="tester", services=["tester"], scopes=["admin:users", "admin:servers", "proxy"])]
"""

TINY = """
import ctypes, os, signal, socketserver, sys
from http.server import BaseHTTPRequestHandler
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path.endswith("/die"):
            os._exit(0)
        body = f"{self.path} for {self.headers['Host']} from {self.headers['X-Forwarded-For']}".encode()
        self.send_response(200)
        self.send_header("X-JupyterHub-Version", "6.1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def address_string(self): return "-"
    def log_message(self, *a): pass
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
signal.signal(signal.SIGTERM, lambda *a: os._exit(0))
Server(sys.argv[1], Handler).serve_forever()
"""


class Hub:
    def __init__(self, folder: Path, port: int, name: str = "hub.log") -> None:
        self.folder, self.port, self.log = folder, port, folder / name
        (folder / "tiny.py").write_text(TINY)
        (folder / "config.py").write_text(CONFIG.format(here=str(folder), port=port))
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(folder / "config.py")],
                cwd=folder,
                env={key: value for key, value in os.environ.items() if not key.startswith("JUPYTERHUB")},
                stdout=output,
                stderr=output,
            )

    @property
    def proxy(self) -> int:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int((self.folder / "proxy.pid").read_text())
        return 0

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read()

    def api(self, method: str, path: str) -> Any:
        status, body = self.ask(method, f"/hub/api{path}", {"Authorization": "token token-of-the-tester"})
        assert status < 300, (status, body, self.log.read_text()[-3000:])
        return json.loads(body) if body else None

    def up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError):
            return self.ask("GET", "/hub/api/")[0] == 200
        return False

    def tiny(self, path: str) -> bytes:
        """What the person's own server says, or nothing while it cannot be reached."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, body = self.ask("GET", path, {"Host": "county.example"})
            return body if status == 200 and b" for county.example" in body else b""
        return b""


@pytest.fixture
def hub(short: Path) -> Iterator[Hub]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Hub(short, port)
    until(running.up, "the hub is up")
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait(30)


def events(hub: Hub, path: str) -> list[dict[str, Any]]:
    """The spawn's progress as JupyterHub streams it."""
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", f"/hub/api{path}", headers={"Authorization": "token token-of-the-tester"})
        response = connection.getresponse()
        assert response.headers["Content-Type"].startswith("text/event-stream")
        seen = []
        while line := response.readline():
            if line.startswith(b"data:"):
                seen.append(json.loads(line[5:]))
                if seen[-1].get("ready"):
                    break
        return seen


def alive(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_hub_drives_the_front(hub: Hub) -> None:
    names = ("alice", "张三")
    quoted = ("alice", "%E5%BC%A0%E4%B8%89")
    for name in quoted:
        hub.api("POST", f"/users/{name}")
        hub.api("POST", f"/users/{name}/server")
    for name in quoted:
        assert events(hub, f"/users/{name}/server/progress")[-1]["ready"]
        expected = f"/user/{name}/a%2Fb?q for county.example from 127.0.0.1".encode()
        assert hub.tiny(f"/user/{name}/a%2Fb?q") == expected
    routes = hub.api("GET", "/proxy")
    assert {route["data"].get("user") for route in routes.values()} == {None, *names}
    assert routes["/"]["target"].startswith("http+unix://")

    # The hub learns from the front who is active.
    before = hub.api("GET", "/users/alice")["last_activity"]
    until(
        lambda: hub.tiny("/user/alice/") and hub.api("GET", "/users/alice")["last_activity"] != before,
        "activity is passed on",
    )

    # Killed: the hub starts it anew and gives it all routes again.
    killed = hub.proxy
    os.kill(killed, signal.SIGKILL)
    until(lambda: hub.proxy not in (0, killed) and hub.tiny("/user/alice/"), "the front is back")
    until(lambda: hub.tiny(f"/user/{quoted[1]}/"), "with all routes")
    assert hub.ask("GET", "/_chp_healthz")[0] == 200

    # A hub that is checked for stale routes finds none.
    assert hub.ask("POST", "/hub/api/proxy", {"Authorization": "token token-of-the-tester"})[0] == 200
    assert hub.tiny("/user/alice/")

    # A stopped server's addresses belong to the hub again, which asks to log in.
    hub.api("DELETE", "/users/alice/server")
    until(lambda: not hub.api("GET", "/users/alice")["servers"], "it has stopped")
    assert hub.ask("GET", "/user/alice/api/status")[0] == 302

    # A server that died unnoticed: the hub's page for people.
    html = {"Accept": "text/html"}
    assert hub.ask("GET", f"/user/{quoted[1]}/die")[0] == 503
    status, page = hub.ask("GET", f"/user/{quoted[1]}/lab", html)
    assert status == 503
    assert b"jupyterhub" in page.lower()

    # The hub ends in order: so does the front.
    proxy = hub.proxy
    hub.process.send_signal(signal.SIGTERM)
    assert hub.process.wait(30) == 0
    until(lambda: not alive(proxy), "the front has ended")
    assert not [line for line in hub.log.read_text().splitlines() if "入口" in line and line.startswith("[E")]


def test_killing_the_hub_ends_the_front(hub: Hub) -> None:
    proxy = hub.proxy
    assert alive(proxy)
    hub.process.kill()
    hub.process.wait(30)
    until(lambda: not alive(proxy), "the front has ended")
    again = Hub(hub.folder, hub.port, "again.log")
    try:
        until(again.up, "the hub starts again in the same place")
    finally:
        proxy = again.proxy
        again.process.terminate()
        again.process.wait(30)
    until(lambda: not alive(proxy), "and ends")
