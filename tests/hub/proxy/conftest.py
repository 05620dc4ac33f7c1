"""A front as its own process, and real servers behind it: one that behaves (aiohttp), one that sends what it is told."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import WSMsgType, web

from polling import until

TOKEN = "secret-of-the-test"
MIB = 1024 * 1024
DEADLINE = 30.0


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short, lower-case name: socket paths have to be both."""
    with tempfile.TemporaryDirectory(prefix="fr") as folder:
        yield Path(folder)


# --- the servers behind -------------------------------------------------------------------------------------------


class Behind:
    """An aiohttp server in a thread, on TCP and on a unix socket. All paths end in one of its verbs."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "behind.sock"
        self.port = 0
        self.connections = 0
        self.holding = 0
        self.cancelled = 0
        self.received = 0
        self.loop = asyncio.new_event_loop()
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._open.wait(DEADLINE)

    @property
    def tcp(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def unix(self) -> str:
        return f"http+unix://{quote(str(self.socket), safe='')}:80"

    def release(self, times: int = 1) -> None:
        """Let so many of the waiting steps (held requests, events) go on."""
        for _ in range(times):
            self.loop.call_soon_threadsafe(self._gate.release)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self._end.set)
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._run())
        self.loop.close()

    async def _run(self) -> None:
        self._gate = asyncio.Semaphore(0)
        self._end = asyncio.Event()
        server = web.Server(self._handle, handler_cancellation=True, access_log=None)

        def counted() -> web.RequestHandler:
            self.connections += 1
            return server()

        tcp = await self.loop.create_server(counted, "127.0.0.1", 0)
        unix = await self.loop.create_unix_server(counted, str(self.socket))
        self.port = tcp.sockets[0].getsockname()[1]
        self._open.set()
        await self._end.wait()
        tcp.close()
        unix.close()
        await server.shutdown(0.1)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        verb = request.raw_path.partition("?")[0].rpartition("/")[2]
        handler = (
            self.do_error if "/hub/error/" in request.raw_path else getattr(self, f"do_{verb}", self.do_echo)
        )
        try:
            return await handler(request)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def do_echo(self, request: web.BaseRequest) -> web.StreamResponse:
        size = 0
        async for piece in request.content.iter_any():
            size += len(piece)
            self.received += len(piece)
        headers = [[k.decode(), v.decode("latin-1")] for k, v in request.raw_headers]
        return web.json_response(
            {"method": request.method, "path": request.raw_path, "headers": headers, "size": size}
        )

    async def do_big(self, request: web.BaseRequest) -> web.StreamResponse:
        size = int(request.query["mb"]) * MIB
        response = web.StreamResponse(headers={"Content-Length": str(size)})
        await response.prepare(request)
        for _ in range(size // MIB):
            await response.write(b"x" * MIB)
        return response

    async def do_hold(self, request: web.BaseRequest) -> web.StreamResponse:
        self.holding += 1
        try:
            await self._gate.acquire()
        finally:
            self.holding -= 1
        return web.Response(text="held")

    async def do_events(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(3):
            await self._gate.acquire()
            await response.write(f"data: {number}\n\n".encode())
        return response

    async def do_refuse(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.Response(status=403, text="refused before reading")
        response.force_close()
        return response

    async def do_gzip(self, request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=b"not really gzip", headers={"Content-Encoding": "gzip", "X-Two": "1"})

    async def do_cookies(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.Response(status=302, headers={"Location": "/elsewhere"})
        response.headers.add("Set-Cookie", "a=1; Path=/")
        response.headers.add("Set-Cookie", "b=2; Path=/")
        return response

    async def do_error(self, request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=f"<p>hub page {request.raw_path}</p>", content_type="text/html")

    async def do_ws(self, request: web.BaseRequest) -> web.StreamResponse:
        """Echo; the words ``close`` and ``drop`` end the connection in two ways."""
        socket_ = web.WebSocketResponse(
            protocols=("v1.kernel", "other"), max_msg_size=64 * MIB, autoping=True
        )
        await socket_.prepare(request)
        async for message in socket_:
            if message.type == WSMsgType.BINARY:
                await socket_.send_bytes(message.data)
            elif message.data == "close":
                await socket_.close(code=4321, message=b"as asked")
            elif message.data == "drop":
                assert request.transport is not None
                request.transport.abort()
            elif message.data == "ping":
                await socket_.ping(b"are you there")
            else:
                await socket_.send_str(message.data)
        return socket_


@pytest.fixture(scope="session")
def behind() -> Iterator[Behind]:
    with tempfile.TemporaryDirectory(prefix="fr") as folder:
        server = Behind(Path(folder))
        yield server
        server.close()


class Script:
    """A server on TCP that answers each connection with given bytes, closes it, and keeps what it was sent."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.seen: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.target = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(DEADLINE)
                data = b""
                while b"\r\n\r\n" not in data and (piece := connection.recv(65536)):
                    data += piece
                self.seen.append(data)
                if data:
                    connection.sendall(self.answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(DEADLINE)


@pytest.fixture
def script() -> Iterator[Callable[[bytes], Script]]:
    with contextlib.ExitStack() as stack:

        def make(answer: bytes) -> Script:
            server = Script(answer)
            stack.callback(server.close)
            return server

        yield make


# --- the front ----------------------------------------------------------------------------------------------------


class UnixHTTP(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=DEADLINE)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(str(self.path))


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Front:
    """A running front. ``ask`` goes in at the public side, ``api`` at the other."""

    process: subprocess.Popen[str]
    port: int
    api_socket: Path
    log: Path
    _prefixes: int = field(default=0)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.msg, response.read())

    def api(self, method: str, path: str, body: Any = None, token: str | None = TOKEN) -> Answer:
        connection = UnixHTTP(self.api_socket)
        headers = {} if token is None else {"Authorization": f"token {token}"}
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return Answer(response.status, response.msg, response.read())

    def route(self, target: str, path: str | None = None) -> str:
        """Add a route, under a new prefix unless one is given; returns the prefix."""
        if path is None:
            self._prefixes += 1
            path = f"/r{self._prefixes}"
        answer = self.api("POST", f"/api/routes{path}", {"target": target, "jupyterhub": True})
        assert answer.status == 201, answer.body
        return path

    def raw(self, data: bytes, seconds: float = DEADLINE) -> bytes:
        """Send bytes on a new connection; everything that comes back until the front closes it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            return read_all(connection)

    def figures(self) -> dict[str, int]:
        lines = self.api("GET", "/metrics").body.decode().splitlines()
        return {name.removeprefix("trainer_front_"): int(value) for name, value in map(str.split, lines)}

    def memory(self, what: str) -> int:
        """``VmRSS`` or ``VmHWM`` in bytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(what)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)


def read_all(connection: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    return data


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


Starter = Callable[..., Front]


def start_front(
    folder: Path, *arguments: str, command: tuple[str, ...] = (), port: int | None = None
) -> Front:
    """Start one. Its API socket is ``api.sock`` in the folder; a free port is looked for anew if it was taken meanwhile."""
    log = folder / "front.log"
    for _ in range(5):
        public = port or free_port()
        with log.open("w") as output:
            process = subprocess.Popen(
                [
                    *command,
                    sys.executable,
                    "-m",
                    "trainer.hub.proxy",
                    "--ip=127.0.0.1",
                    f"--port={public}",
                    f"--api-socket={folder / 'api.sock'}",
                    *arguments,
                ],
                env={**os.environ, "CONFIGPROXY_AUTH_TOKEN": TOKEN},
                stdout=output,
                stderr=output,
                text=True,
            )
        front = Front(process, public, folder / "api.sock", log)

        def up(front: Front = front) -> bool:
            if front.process.poll() is not None:
                return True
            with contextlib.suppress(OSError):
                return front.api("GET", "/api/routes").status == 200
            return False

        until(up, "the front opens")
        if process.poll() is None:
            return front
        if port is not None:
            break
    raise AssertionError(log.read_text())


@pytest.fixture
def start(short: Path) -> Iterator[Starter]:
    """Starts fronts with arguments of the test's choosing; ends those that still run."""
    started: list[Front] = []

    def go(*arguments: str, **more: Any) -> Front:
        front = start_front(short, *arguments, **more)
        started.append(front)
        return front

    yield go
    for front in started:
        if front.process.poll() is None:
            front.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    """One front for a whole module; its routes stay."""
    with tempfile.TemporaryDirectory(prefix="fr") as folder:
        running = start_front(Path(folder))
        yield running
        assert running.stop() == 0, running.log.read_text()


@pytest.fixture(scope="session")
def websocket_request() -> Callable[[str], bytes]:
    def make(path: str, extra: str = "") -> bytes:
        key = base64.b64encode(b"0123456789abcdef").decode()
        return (
            f"GET {path} HTTP/1.1\r\nHost: front.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{extra}\r\n"
        ).encode()

    return make
