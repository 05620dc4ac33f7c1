"""What a person costs the server: memory with a document open, seconds to the document, logins a second.

Beside it, in the same run, stock JupyterLab with everything that is installed, nbgrader's panels among it. Load and server
share the machine. As root the servers are behind their walls; otherwise they are plain processes, and the table says so.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil
import requests

from support.common import show
from trainer.accounts.passwords import HashCost, Hashing
from trainer.accounts.store import AccountStore
from trainer.hub.data_folder import DataFolder, Identities

REPOSITORY = Path(__file__).resolve().parents[1]
PASSWORD = "ceshi-2026-mima"
NOTEBOOK = (
    b'{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "1. A B C D"}],'
    b' "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
)
#: What a browser asks for besides the page when it opens a notebook.
ASKED = (
    "api/contents/paper.ipynb",
    "lab/api/settings",
    "lab/api/translations/zh_CN",
    "api/kernels",
    "api/me",
)
MIB = 1024**2


@dataclass(frozen=True)
class Server:
    """A running `trainer serve`."""

    data: DataFolder
    who: Identities
    url: str
    process: psutil.Process

    def servers(self) -> dict[str, list[psutil.Process]]:
        """account → the processes of the person's server: those of the uid, and bubblewrap's, which are root's."""
        found: dict[str, list[psutil.Process]] = {}
        for process in psutil.process_iter():
            try:
                account = process.environ().get("USER") if not self.who.separate else self._account(process)
            except (psutil.AccessDenied, psutil.NoSuchProcess, OSError):
                continue
            if account:
                found.setdefault(account, []).append(process)
        return found

    def _account(self, process: psutil.Process) -> str | None:
        """By the control group, which holds everything that the server started."""
        for line in Path(f"/proc/{process.pid}/cgroup").read_text().splitlines():
            if self.data.runtime.name in line:
                return line.rpartition("/")[2]
        return None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it all and print two tables."""
    options = _options(arguments)
    with serving() as server:
        cold, warm = seconds_to_document(server, options.people)
        memory = memory_of(server)
        rate, cpu = logins(server, options.logins)
        hub = pss(server.process)
    stock, stock_seconds = stock_servers(options.stock)
    rows = [
        (f"本平台，{len(memory)} 人同时", typical(memory), f"{cold:.2f}", f"{warm:.2f}"),
        (f"原装 JupyterLab 全部扩展，{options.stock} 个", typical(stock), f"{stock_seconds:.2f}", ""),
    ]
    show(
        "一个人打开一份文档",
        ("方式", "内存 PSS，MiB（中位数）", "从登录到文档，秒（服务器没开）", "服务器已开"),
        rows,
    )
    walls = "有" if server.who.separate else "没有（不是 root）"
    show(
        "服务器",
        ("围墙", "hub 进程 PSS，MiB", "每秒登录", "每次登录的 CPU，毫秒"),
        [(walls, f"{hub / MIB:.0f}", f"{rate:.1f}", f"{1000 * cpu:.0f}")],
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20, help="how many open a document")
    parser.add_argument("--stock", type=int, default=3, help="how many stock servers")
    parser.add_argument("--logins", type=int, default=200)
    return parser.parse_args(arguments)


@contextmanager
def serving() -> Iterator[Server]:
    """`trainer serve` on a data folder of its own, with the demo county."""
    folder = Path(tempfile.mkdtemp(prefix="trainer-bench-", dir="/var/tmp"))
    folder.chmod(0o711)
    port = free_port()
    command = [sys.executable, "-m", "trainer.apps.main", "serve", "--demo", f"--data={folder / 'data'}"]
    process = subprocess.Popen(
        [*command, f"--port={port}"],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    data, who = DataFolder(folder / "data"), Identities(os.getuid() == 0, 200_000)
    try:
        url = f"http://127.0.0.1:{port}"
        until_it_answers(f"{url}/hub/login", process)
        admit(data)
        yield Server(data, who, url, psutil.Process(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(data.runtime, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def admit(data: DataFolder) -> None:
    """Own passwords for everybody, hashed as an installation does."""
    kept = Hashing(HashCost()).hash(PASSWORD)
    with AccountStore(data.accounts_db) as store:
        for account in store.everyone():
            store.set_password(account, kept, datetime.now().astimezone())


def until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    """Raises RuntimeError when the process ends instead."""
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended")
        try:
            if requests.get(url, timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.1)


def log_in(url: str, account: str) -> requests.Session:
    """A session with the hub's cookies."""
    session = requests.Session()
    page = session.get(f"{url}/hub/login", timeout=60).text
    xsrf = re.search(r'name="_xsrf" value="([^"]*)"', page)
    assert xsrf, page
    form = {"username": account, "password": PASSWORD, "_xsrf": xsrf[1]}
    answer = session.post(f"{url}/hub/login", data=form, allow_redirects=False, timeout=60)
    assert answer.status_code == 302, answer.text
    return session


def open_document(server: Server, account: str) -> float:
    """Seconds from the login to the last thing that a browser asks for to show the document."""
    start = time.perf_counter()
    session = log_in(server.url, account)
    page = session.get(f"{server.url}/hub/user-redirect/notebooks/paper.ipynb", timeout=120)
    while "/hub/" in page.url:
        time.sleep(0.05)
        page = session.get(f"{server.url}/hub/user-redirect/notebooks/paper.ipynb", timeout=120)
    for path in ASKED:
        answer = session.get(f"{server.url}/user/{account}/{path}", timeout=60)
        assert answer.status_code == 200, (path, answer.text[:300])
    return time.perf_counter() - start


def seconds_to_document(server: Server, people: int) -> tuple[float, float]:
    """(cold, warm): medians over ``people``, one after the other."""
    accounts = [f"sl{number:03}" for number in range(1, people + 1)]
    for account in accounts:
        home = server.data.homes / account
        home.mkdir(mode=0o700, exist_ok=True)
        (home / "paper.ipynb").write_bytes(NOTEBOOK)
    cold = statistics.median(open_document(server, account) for account in accounts)
    warm = statistics.median(open_document(server, account) for account in accounts)
    return cold, warm


def memory_of(server: Server) -> list[float]:
    """PSS of each person's server, all its processes together, in bytes."""
    return [sum(pss(process) for process in processes) for processes in server.servers().values()]


def pss(process: psutil.Process) -> float:
    """In bytes; 0 for a process that has ended."""
    try:
        return float(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0.0


def typical(values: Sequence[float]) -> str:
    return f"{statistics.median(values) / MIB:.0f}" if values else "没有量到"


def logins(server: Server, count: int) -> tuple[float, float]:
    """(logins a second, CPU seconds of the hub a login), sixteen at once."""
    before, start = server.process.cpu_times(), time.perf_counter()
    with ThreadPoolExecutor(16) as pool:
        for session in pool.map(lambda n: log_in(server.url, f"sl{n % 36 + 1:03}"), range(count)):
            session.close()
    passed, after = time.perf_counter() - start, server.process.cpu_times()
    return count / passed, (after.user + after.system - before.user - before.system) / count


def stock_servers(count: int) -> tuple[list[float], float]:
    """(PSS of each in bytes, median seconds from the start to the document) of stock JupyterLab without a hub."""
    token, folder = secrets.token_hex(16), Path(tempfile.mkdtemp(prefix="trainer-stock-"))
    (folder / "paper.ipynb").write_bytes(NOTEBOOK)
    running: list[subprocess.Popen[bytes]] = []
    seconds = []
    try:
        for _ in range(count):
            start, port = time.perf_counter(), free_port()
            running.append(start_stock(folder, port, token))
            until_it_answers(f"http://127.0.0.1:{port}/notebooks/paper.ipynb?token={token}", running[-1])
            for path in ASKED:
                requests.get(f"http://127.0.0.1:{port}/{path}?token={token}", timeout=60).raise_for_status()
            seconds.append(time.perf_counter() - start)
        return [pss(psutil.Process(process.pid)) for process in running], statistics.median(seconds)
    finally:
        for process in running:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def start_stock(folder: Path, port: int, token: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "jupyter", "lab", "--allow-root", "--no-browser", f"--port={port}"]
    return subprocess.Popen(
        [*command, f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"],
        env={**os.environ, "HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "config")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
