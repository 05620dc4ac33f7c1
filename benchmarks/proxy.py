"""What passing through the front costs: small GETs through ours, through configurable-http-proxy's ports, and directly.

Load, proxy and the server behind share the machine; compare CPU a request, and only within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psutil
import uvloop

from support.common import show

BODY = b"x" * 1000
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n" + BODY
REQUEST = (
    b"GET /user/alice/lab?reset HTTP/1.1\r\nHost: county.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
    b"Accept: text/html\r\nAccept-Encoding: gzip\r\nCookie: _xsrf=2|abcdef|0123456789abcdef; s=0123456789\r\n\r\n"
)
TOKEN = "benchmark"
PYTHON_PORT = "from configurable_http_proxy.cli import main; main()"
COLUMNS = ("经过", "每秒请求", "p50 毫秒", "p99 毫秒", "代理 CPU，每千次", "代理内存 PSS")


@dataclass
class Way:
    """One way to the server behind: where requests go, and the process that is paid for it, if any."""

    name: str
    port: int
    proxy: psutil.Process | None = None


class Behind(asyncio.Protocol):
    """Answers every request with the same kilobyte; as cheap as Python can be."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while b"\r\n\r\n" in self.rest:
            self.rest = self.rest.partition(b"\r\n\r\n")[2]
            self.transport.write(ANSWER)


async def serve(port: int, path: str) -> None:
    loop = asyncio.get_running_loop()
    tcp = await loop.create_server(Behind, "127.0.0.1", port)
    unix = await loop.create_unix_server(Behind, path)  # kept: uvloop closes a server that nobody refers to
    await asyncio.gather(tcp.serve_forever(), unix.serve_forever())


class Client(asyncio.Protocol):
    """Sends one request after another over one connection."""

    def __init__(self, count: int, times: list[float]) -> None:
        self.left = count
        self.times = times
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.data = b""
        self.began = time.perf_counter()
        self.transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        self.data += data
        if self.data.startswith(b"HTTP/1.1 200 ") and not self.data.endswith((BODY, b"0\r\n\r\n")):
            return
        self.times.append(time.perf_counter() - self.began)
        self.left -= 1
        if not self.data.startswith(b"HTTP/1.1 200 "):
            self.done.set_exception(RuntimeError(self.data[:300]))
        elif self.left:
            self.ask()
        else:
            self.transport.close()
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or RuntimeError("closed in the middle"))


async def load(port: int, requests: int, at_once: int) -> tuple[float, list[float]]:
    """Seconds for all requests, and of each."""
    loop = asyncio.get_running_loop()
    times: list[float] = []
    clients = [Client(requests // at_once, times) for _ in range(at_once)]
    began = time.perf_counter()
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
    await asyncio.gather(*(client.done for client in clients))
    return time.perf_counter() - began, sorted(times)


def measure(way: Way, requests: int, at_once: int) -> list[str]:
    """One row."""
    uvloop.run(load(way.port, at_once * 5, at_once))
    before = way.proxy.cpu_times() if way.proxy else None
    wall, times = uvloop.run(load(way.port, requests, at_once))
    row = [
        way.name,
        f"{len(times) / wall:.0f}",
        f"{1e3 * times[len(times) // 2]:.1f}",
        f"{1e3 * times[int(len(times) * 0.99)]:.1f}",
    ]
    if way.proxy is None or before is None:
        return [*row, "—", "—"]
    after = way.proxy.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    return [*row, f"{1e3 * cpu / len(times):.2f} 秒", f"{way.proxy.memory_full_info().pss / 2**20:.0f} MiB"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[psutil.Process]:
    """A program of ours or of others, until it listens; ended afterwards."""
    environment = {**os.environ, "CONFIGPROXY_AUTH_TOKEN": TOKEN}
    process = subprocess.Popen(
        list(command), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, process)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"没有起来：{process.args}")


def proxy(stack: ExitStack, name: str, command: Sequence[str], target: str) -> Way:
    """Start a proxy and send everything to ``target``."""
    port, api = free_port(), free_port()
    addresses = ["--ip", "127.0.0.1", "--port", str(port), "--api-ip", "127.0.0.1", "--api-port", str(api)]
    process = stack.enter_context(running([*command, *addresses, "--log-level", "error"], api))
    connection = http.client.HTTPConnection("127.0.0.1", api)
    connection.request(
        "POST", "/api/routes/", json.dumps({"target": target}), {"Authorization": f"token {TOKEN}"}
    )
    assert connection.getresponse().status == 201
    connection.close()
    return Way(name, port, process)


def python_port(interpreter: str) -> bool:
    """Whether the Python port can be run by this interpreter."""
    if interpreter == sys.executable:
        return find_spec("configurable_http_proxy") is not None
    return subprocess.run([interpreter, "-c", "import configurable_http_proxy"], check=False).returncode == 0


def npm_port() -> str | None:
    """The npm program, if the one on PATH is that (the Python port has the same name)."""
    found = shutil.which("configurable-http-proxy")
    return found if found and b"node" in Path(found).read_bytes().partition(b"\n")[0] else None


def main() -> None:
    parser = argparse.ArgumentParser(
        description="经过入口的一次小请求要多少：本项目的入口、configurable-http-proxy、直连。"
    )
    parser.add_argument("--requests", type=int, default=6000, help="每种方式多少次请求（默认 6000）")
    parser.add_argument("--at-once", type=int, default=32, help="同时多少条连接（默认 32）")
    parser.add_argument(
        "--python-port",
        default=sys.executable,
        metavar="PYTHON",
        help="装有 PyPI 的 configurable-http-proxy 的解释器",
    )
    parser.add_argument("--serve", nargs=2, metavar=("端口", "套接字"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        uvloop.run(serve(int(asked.serve[0]), asked.serve[1]))
        return
    notes = []
    with TemporaryDirectory(prefix="bench") as folder, ExitStack() as stack:
        port, path = free_port(), f"{folder}/behind.sock"
        stack.enter_context(running([sys.executable, __file__, "--serve", str(port), path], port))
        tcp, unix = f"http://127.0.0.1:{port}", f"http+unix://{quote(path, safe='')}"
        ours = [sys.executable, "-m", "trainer.hub.proxy"]
        ways = [
            Way("直连", port),
            proxy(stack, "本项目，后面是 unix 套接字", ours, unix),
            proxy(stack, "本项目，后面是 TCP", ours, tcp),
        ]
        if python_port(asked.python_port):
            ways.append(
                proxy(stack, "configurable-http-proxy（PyPI）", [asked.python_port, "-c", PYTHON_PORT], tcp)
            )
        else:
            notes.append(
                "没有 PyPI 的 configurable-http-proxy，略过。要比，先装：pip install configurable-http-proxy，再用 --python-port 指出装在哪个解释器里。"
            )
        if (npm := npm_port()) is not None:
            ways.append(proxy(stack, "configurable-http-proxy（npm）", [npm], tcp))
        else:
            notes.append(
                "没有 npm 的 configurable-http-proxy，略过。要比，先装：npm install -g configurable-http-proxy。"
            )
        rows = [measure(way, asked.requests, asked.at_once) for way in ways]
    show(f"{asked.requests} 次 GET，应答 1 kB，同时 {asked.at_once} 条连接", COLUMNS, rows)
    print(*notes, sep="\n")


if __name__ == "__main__":
    main()
