"""The hub's own HTTP server: bounded for everybody, and narrow for whoever knocks from within a person's walls.

People's programs reach the hub by a socket that is bound into their walls, so what they ask does not pass the front,
which keeps every limit of the outside. The kernel says which numeric user is at the other end. A person's own finds the
API and nothing else (not the login form, where the address that they claim to come from would be believed), may hold few
connections open and ask so many times a second.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from jupyterhub.utils import url_path_join
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, ResponseStartLine

from trainer.hall.throttle import Throttle
from trainer.hub.data_folder import Identities

#: Largest request: the API's own are a few kilobytes, the login form is less.
_LARGEST_BODY = 256 * 1024
_LARGEST_HEAD = 32 * 1024
_BODY_SECONDS = 30
_IDLE_SECONDS = 120
#: What one person's server and programs may hold and ask; a server at work asks a few times a minute.
_CONNECTIONS = 32
_RATE, _BURST = 20.0, 100.0
#: Seconds that a refusal waits, so that a flood of them costs its sender a connection each.
_SLOWLY = 0.5
_TOO_MANY = "请求太频繁，请过几秒钟再试。"
_NOT_HERE = "这里只有平台的接口。"
_CLAIMS = ("x-forwarded-", "x-real-ip", "x-scheme", "forwarded")


class GateServer(HTTPServer):
    """``HTTPServer.configure(GateServer, who=…)`` puts it in the place of tornado's own."""

    def initialize(self, request_callback: Any, who: Identities | None = None, **options: Any) -> None:  # type: ignore[override]
        bounds = {
            "max_body_size": _LARGEST_BODY,
            "max_buffer_size": 2 * _LARGEST_BODY,
            "max_header_size": _LARGEST_HEAD,
            "body_timeout": _BODY_SECONDS,
            "idle_connection_timeout": _IDLE_SECONDS,
        }
        super().initialize(request_callback, **{**bounds, **options})
        self._who = who
        self._inside: dict[object, int] = {}
        self._each: Counter[int] = Counter()
        self._throttle = Throttle(_RATE, _BURST)

    def handle_stream(self, stream: Any, address: Any) -> None:
        uid = self._person(stream.socket)
        if uid is not None:
            if self._each[uid] >= _CONNECTIONS:
                stream.close()
                return
            self._inside[stream] = uid
            self._each[uid] += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: Any) -> None:
        super().on_close(server_conn)
        uid = self._inside.pop(server_conn.stream, None)
        if uid is not None:
            self._each[uid] -= 1

    def start_request(self, server_conn: Any, request_conn: Any) -> HTTPMessageDelegate:
        uid = self._inside.get(server_conn.stream)
        if uid is None:
            return super().start_request(server_conn, request_conn)
        to: HTTPMessageDelegate = self.request_callback.start_request(server_conn, request_conn)  # type: ignore[union-attr]
        return _FromWithin(to, request_conn, self._api, lambda: self._throttle.wait(str(uid)))

    @property
    def _api(self) -> str:
        return str(url_path_join(self.request_callback.settings["hub"].base_url, "api"))  # type: ignore[union-attr]

    def _person(self, connection: socket.socket) -> int | None:
        """The numeric user of a person at the other end; None for our own services, the front, and over a network."""
        if self._who is None or not self._who.separate or connection.family != socket.AF_UNIX:
            return None
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        uid: int = struct.unpack("3i", raw)[1]
        return None if uid in (0, self._who.course, self._who.front) else uid


class _FromWithin(HTTPMessageDelegate):
    """A request from within somebody's walls: handed on, or refused after a while."""

    def __init__(
        self, to: HTTPMessageDelegate, connection: Any, api: str, throttle: Callable[[], int]
    ) -> None:
        self._to, self._connection, self._api, self._throttle = to, connection, api, throttle
        self._refused: tuple[int, str] | None = None

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Awaitable[None] | None:
        path = start_line.path.partition("?")[0]
        if path != self._api and not path.startswith(f"{self._api}/"):
            self._refused = 404, _NOT_HERE
        elif self._throttle():
            self._refused = 429, _TOO_MANY
        if self._refused is not None:
            return None
        for name in [name for name in headers if name.lower().startswith(_CLAIMS)]:
            del headers[name]
        return self._to.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None if self._refused else self._to.data_received(chunk)

    def finish(self) -> None:
        if self._refused is None:
            self._to.finish()
        else:
            asyncio.get_running_loop().call_later(_SLOWLY, self._refuse, *self._refused)

    def on_connection_close(self) -> None:
        if self._refused is None:
            self._to.on_connection_close()

    def _refuse(self, status: int, sentence: str) -> None:
        body = json.dumps({"status": status, "message": sentence}, ensure_ascii=False).encode()
        headers = HTTPHeaders({"Content-Type": "application/json", "Content-Length": str(len(body))})
        sent = self._connection.write_headers(ResponseStartLine("HTTP/1.1", status, ""), headers, body)
        sent.add_done_callback(lambda done: done.exception())
        self._connection.finish()
