"""Real hall processes on unix sockets, and a small stand-in for the hub's ``GET /user``."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

from polling import until
from trainer.hall.client import HallClient, HallUnreachable

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
