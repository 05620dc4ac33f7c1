"""The least that an acknowledging server can do: tornado, SQLite in WAL mode, one fsync for all that wait. No checks.

Throw-away code: what the hall is measured against. ``python hall_floor.py SOCKET DATABASE``.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from queue import Empty, SimpleQueue
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.web import Application, RequestHandler

_queue: SimpleQueue[tuple[str, bytes, Any]] = SimpleQueue()


def write(path: str, loop: asyncio.AbstractEventLoop) -> None:
    """The writer's thread."""
    database = sqlite3.connect(path, isolation_level=None)
    for line in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE kept (path TEXT, body BLOB)",
    ):
        database.execute(line)
    while True:
        batch = [_queue.get()]
        try:
            while True:
                batch.append(_queue.get_nowait())
        except Empty:
            pass
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO kept VALUES (?, ?)", [one[:2] for one in batch])
        database.execute("COMMIT")
        loop.call_soon_threadsafe(lambda done: [future.set_result(None) for _, _, future in done], batch)


class Keep(RequestHandler):
    """Takes anything."""

    async def post(self) -> None:
        future = asyncio.get_running_loop().create_future()
        _queue.put((self.request.path, self.request.body, future))
        await future
        self.finish(b'{"id":"kept"}')

    put = post


async def serve(path: str, database: str) -> None:
    """Until killed."""
    threading.Thread(target=write, args=(database, asyncio.get_running_loop()), daemon=True).start()
    server = HTTPServer(Application([(".*", Keep)], log_function=lambda _: None))
    server.add_socket(bind_unix_socket(path, backlog=1024))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
