"""The hall's door: accepts connections within limits, and hands each request to the API or to the pages.

API requests are read with tornado's own connection classes, without RequestHandler: they come thousands of times a
second and need none of a web page's comforts. Pages go to a tornado Application.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any

from tornado.http1connection import HTTP1ConnectionParameters, HTTP1ServerConnection
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerConnectionDelegate
from tornado.iostream import IOStream
from tornado.tcpserver import TCPServer
from tornado.web import Application

from trainer.hall.peers import Peer, peer_of
from trainer.hall.policy import MEGABYTE
from trainer.hall.request import Desks, Request

API = "api/v1/"
_LARGEST_PAGE_BODY = MEGABYTE
_LARGEST_HEADER = 16 * 1024


class Front(TCPServer, HTTPServerConnectionDelegate):
    """The server. ``prefix`` starts and ends with a slash."""

    def __init__(self, desks: Desks, pages: Application, prefix: str) -> None:
        super().__init__()
        self._desks, self._pages, self._api = desks, pages, prefix + API
        self._policy = policy = desks.hall.policy
        self._connections: dict[object, tuple[HTTP1ServerConnection, Peer]] = {}
        self._by_uid: Counter[int | None] = Counter()
        self._closing = False
        self._parameters = HTTP1ConnectionParameters(
            header_timeout=policy.idle_seconds,
            body_timeout=policy.body_seconds,
            max_header_size=_LARGEST_HEADER,
            max_body_size=_LARGEST_PAGE_BODY,
        )

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """A new connection; one too many is closed at once."""
        peer = peer_of(stream.socket, address)
        crowded = self._by_uid[peer.uid] >= self._share(peer)
        if self._closing or crowded or len(self._connections) >= self._policy.connections:
            stream.close()
            return
        connection = HTTP1ServerConnection(stream, self._parameters, peer)
        self._connections[connection] = (connection, peer)
        self._by_uid[peer.uid] += 1
        connection.start_serving(self)

    def _share(self, peer: Peer) -> int:
        """How many connections a peer may hold. The outside gets half, so that it cannot lock out people's servers."""
        most = self._policy.connections
        if not peer.trusted:
            return self._policy.peer_connections
        return most // 2 if peer.front else most

    def on_close(self, server_conn: object) -> None:
        """A connection has ended."""
        _, peer = self._connections.pop(server_conn)
        self._by_uid[peer.uid] -= 1

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """A new request."""
        return _Incoming(self._desks, self._pages, self._api, server_conn, request_conn)

    async def end(self, patience: float) -> None:
        """Accept nothing new, finish what has begun (at most ``patience`` seconds), close all connections."""
        self._closing = True
        self.stop()
        if self._desks.working:
            await asyncio.wait(self._desks.working, timeout=patience)
        for connection, _ in list(self._connections.values()):
            await connection.close()


class _Incoming(HTTPMessageDelegate):
    """A request of which not even the first line is known: API or page?"""

    __slots__ = ("_api", "_connection", "_desks", "_pages", "_server", "_to")

    def __init__(self, desks: Desks, pages: Application, api: str, server: object, connection: Any) -> None:
        self._desks, self._pages, self._api = desks, pages, api
        self._server, self._connection = server, connection
        self._to: HTTPMessageDelegate | None = None

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Awaitable[None] | None:
        if start_line.path.startswith(self._api):
            self._to = Request(self._desks, self._connection, len(self._api))
        else:
            self._to = self._pages.start_request(self._server, self._connection)
        return self._to.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._to.data_received(chunk) if self._to else None

    def finish(self) -> None:
        if self._to:
            self._to.finish()

    def on_connection_close(self) -> None:
        if self._to:
            self._to.on_connection_close()
