"""What the hall acknowledges per second: signed durable submissions and durable saves, beside the least possible server.

Load and server share this machine. Nothing counts that is not in the database afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import uvloop

from support.common import show
from support.hall_load import Load, request, storm
from trainer.hall.client import HallClient, HallUnreachable

PREFIX = "/services/hall/"
COURSE, ASSIGNMENT = "dangwu", "leitai"
STUB = "（在这里写答案，写完请删掉这一行）"
CELLS = 38
FLOOR = Path(__file__).parent / "support" / "hall_floor.py"
COLUMNS = ("做什么", "每秒", "p50 毫秒", "p99 毫秒", "每次服务器 CPU 毫秒", "确认", "库里", "丢失")


@dataclass(frozen=True)
class Measured:
    """One run: acknowledged per second, latencies in seconds, the server's CPU seconds a request, and the count."""

    rate: float
    p50: float
    p99: float
    cpu: float
    acknowledged: int
    kept: int


def notebook(answer: str) -> bytes:
    """A notebook of about 15 kB with 38 answer cells; its people and questions are made up."""
    cells = []
    for number in range(CELLS):
        mark = {
            "schema_version": 3,
            "solution": True,
            "grade": True,
            "locked": False,
            "grade_id": f"q{number:02}",
        }
        text = answer if number else f"{answer}{STUB}"
        for name, source in ((f"stem-{number}", "虚构的题目，用来测速。" * 3), (mark["grade_id"], text)):
            metadata = {"nbgrader": mark} if name == mark["grade_id"] else {}
            cells.append({"cell_type": "markdown", "id": name, "metadata": metadata, "source": source})
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")


def submissions(count: int, people: Sequence[str]) -> list[bytes]:
    """Requests that hand in a notebook each, all different."""
    whole = json.dumps(
        {"files": {f"{ASSIGNMENT}.ipynb": {"text": notebook("@@@@@@@@").decode()}}}, ensure_ascii=False
    )
    path = f"{PREFIX}api/v1/assignments/{COURSE}/{ASSIGNMENT}/submissions"
    return [
        request("POST", path, people[n % len(people)], whole.replace("@@@@@@@@", f"{n:08}").encode())
        for n in range(count)
    ]


def saves(count: int, people: Sequence[str]) -> list[bytes]:
    """Requests that save one answer each."""
    path = f"{PREFIX}api/v1/assignments/{COURSE}/{ASSIGNMENT}/answers/q"
    body = json.dumps({"text": "批评和自我批评、民主集中制"}, ensure_ascii=False).encode()
    return [request("PUT", f"{path}{n % CELLS:02}", people[n % len(people)], body) for n in range(count)]


# -- servers -----------------------------------------------------------------------------------------------------------


async def _answer_who(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The hub's part: says who holds a token."""
    with suppress(asyncio.IncompleteReadError):
        while True:
            _say_who(await reader.readuntil(b"\r\n\r\n"), writer)
    writer.close()


def _say_who(head: bytes, writer: asyncio.StreamWriter) -> None:
    token = head.partition(b"token ")[2].partition(b"\r")[0].decode()
    scopes = ["custom:hall:take"] + (["custom:hall:instruct"] if token == "instructor" else [])
    body = json.dumps({"kind": "user", "name": token, "scopes": scopes}).encode()
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body)
    )


@contextmanager
def started(command: Sequence[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server process, ended afterwards."""
    with subprocess.Popen([sys.executable, *command], env=os.environ | environment) as process:
        try:
            yield process
        finally:
            process.terminate()


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """User and system time of a process so far, in seconds."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def when_there(ready: object) -> None:
    """Wait until ``ready()`` is true."""
    deadline = time.monotonic() + 30
    while not ready():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise SystemExit("服务没有起来")
        time.sleep(0.05)


def answers(client: HallClient) -> bool:
    """Whether the hall is up."""
    try:
        return bool(client.time())
    except HallUnreachable:
        return False


# -- measuring ---------------------------------------------------------------------------------------------------------


async def measure(
    path: str, process: subprocess.Popen[bytes], requests: Sequence[bytes], at_once: int
) -> tuple[Load, float]:
    """A storm, and the server's CPU seconds during it."""
    before = cpu_of(process)
    load = await storm(path, requests, at_once)
    return load, cpu_of(process) - before


def measured(load: Load, cpu: float, kept: int) -> Measured:
    """As a row."""
    done = len(load.bodies)
    return Measured(
        done / load.wall, load.percentile(0.5), load.percentile(0.99), cpu / max(done, 1), done, kept
    )


async def hall(folder: Path, asked: argparse.Namespace, people: Sequence[str]) -> dict[str, Measured]:
    """The hall, on a database of its own."""
    hub = await asyncio.start_unix_server(_answer_who, folder / "hub.sock", backlog=512)
    socket = folder / "hall.sock"
    url = f"http+unix://{quote(str(socket), safe='')}"
    environment = {
        "JUPYTERHUB_SERVICE_URL": url,
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_API_URL": f"http+unix://{quote(str(folder / 'hub.sock'), safe='')}/hub/api",
        "JUPYTERHUB_API_TOKEN": "benchmark",
        "JUPYTERHUB_CLIENT_ID": "service-hall",
    }
    data = asked.database or str(folder / "data")
    key = f"--key-file={folder / 'key.json'}"
    results = {}
    async with hub:
        with started(["-m", "trainer.hall", f"--data={data}", key, *asked.option], **environment) as process:
            client = HallClient(url + PREFIX, "instructor")
            await asyncio.to_thread(when_there, lambda: answers(client))
            files = {f"{ASSIGNMENT}.ipynb": notebook(STUB)}
            await asyncio.to_thread(client.release, COURSE, ASSIGNMENT, files)
            await storm(str(socket), saves(len(people), people), asked.at_once)
            for name, requests in (
                ("交卷（15 kB，签名）", submissions(asked.submissions, people)),
                ("存一个答案", saves(asked.saves, people)),
            ):
                load, cpu = await measure(str(socket), process, requests, asked.at_once)
                if load.refused:
                    raise SystemExit(f"{name}：有 {load.refused} 次没有被接受，测速作废")
                results[name] = measured(load, cpu, 0)
                if name.startswith("交卷"):
                    receipts = {json.loads(body)["id"] for body in load.bodies}
    kept = count_kept(folder, asked, receipts, len(people))
    return {name: Measured(**{**vars(one), "kept": kept[n]}) for n, (name, one) in enumerate(results.items())}


def count_kept(folder: Path, asked: argparse.Namespace, receipts: set[str], warming: int) -> tuple[int, int]:
    """Acknowledged submissions (by receipt) and saves that are in the database after the end."""
    from sqlalchemy import create_engine, text

    from trainer.hall.database import address

    engine = create_engine(address(asked.database or str(folder / "data")))
    with engine.connect() as connection:
        ids = set(connection.scalars(text("select id from submissions")))
        count = connection.scalar(text("select count(*) from saves")) or 0
    engine.dispose()
    return len(receipts & ids), count - warming


async def floor(folder: Path, asked: argparse.Namespace, people: Sequence[str]) -> dict[str, Measured]:
    """The floor, on a database of its own for each kind of load."""
    results = {}
    for name, requests in (
        ("下限：交卷", submissions(asked.submissions, people)),
        ("下限：存一个答案", saves(asked.saves, people)),
    ):
        socket, database = folder / f"floor-{len(results)}.sock", folder / f"floor-{len(results)}.sqlite"
        with started([str(FLOOR), str(socket), str(database)]) as process:
            await asyncio.to_thread(when_there, socket.exists)
            load, cpu = await measure(str(socket), process, requests, asked.at_once)
        with closing(sqlite3.connect(database)) as connection:
            kept = connection.execute("select count(*) from kept").fetchone()[0]
        results[name] = measured(load, cpu, kept)
    return results


def once(asked: argparse.Namespace) -> dict[str, Measured]:
    """One round of everything."""
    people = [f"pupil-{n:04}" for n in range(asked.people)]
    with TemporaryDirectory(prefix="hall-") as folder:
        return uvloop.run(_both(Path(folder), asked, people))


async def _both(folder: Path, asked: argparse.Namespace, people: Sequence[str]) -> dict[str, Measured]:
    ours = await hall(folder, asked, people)
    return ours if asked.no_floor else ours | await floor(folder, asked, people)


def row(name: str, runs: Sequence[Measured]) -> list[str]:
    """Medians of several runs; the counts are sums."""

    def middle(what: str) -> float:
        return statistics.median(getattr(one, what) for one in runs)

    acknowledged, kept = sum(one.acknowledged for one in runs), sum(one.kept for one in runs)
    return [
        name,
        f"{middle('rate'):.0f}",
        f"{middle('p50') * 1000:.0f}",
        f"{middle('p99') * 1000:.0f}",
        f"{middle('cpu') * 1000:.2f}",
        str(acknowledged),
        str(kept),
        str(acknowledged - kept),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description="考场服务每秒确认多少次交卷、多少次存答案；负载和服务在同一台机器上。"
    )
    parser.add_argument("--submissions", type=int, default=4000, help="每轮交卷多少次（默认 4000）")
    parser.add_argument("--saves", type=int, default=10000, help="每轮存多少个答案（默认 10000）")
    parser.add_argument("--at-once", type=int, default=200, help="同时多少个连接（默认 200）")
    parser.add_argument("--people", type=int, default=800, help="多少个学员（默认 800）")
    parser.add_argument("--repeats", type=int, default=3, help="做几轮取中位数（默认 3）")
    parser.add_argument("--database", default="", help="PostgreSQL 的地址；默认用 SQLite")
    parser.add_argument("--option", action="append", default=[], help="传给考场服务的选项，可以写多次")
    parser.add_argument("--no-floor", action="store_true", help="不量下限")
    asked = parser.parse_args()
    rounds = [once(asked) for _ in range(asked.repeats)]
    title = f"考场服务：{asked.at_once} 个连接，{asked.people} 个学员，{asked.repeats} 轮的中位数"
    show(title, COLUMNS, [row(name, [one[name] for one in rounds]) for name in rounds[0]])


if __name__ == "__main__":
    main()
