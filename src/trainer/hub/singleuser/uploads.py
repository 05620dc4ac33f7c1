"""An upload that is too large is read to its end, or to a limit, and thrown away, so that its sender gets a sentence.

tornado closes the connection at once; what was still on its way then makes the operating system drop the answer as well,
and the front can only say that the server behind did not answer.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)

#: How many bytes above the limit are thrown away before the connection is closed after all.
DRAINED = 64 * 1024**2


class BoundedUploads(HTTPServerConnectionDelegate):
    """In front of an application: no request's body above ``most`` bytes reaches it."""

    def __init__(self, application: HTTPServerConnectionDelegate, most: int) -> None:
        self._application = application
        self._most = most

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        inner = self._application.start_request(server_conn, request_conn)
        return _Bounded(inner, request_conn, self._most)

    def on_close(self, server_conn: object) -> None:
        self._application.on_close(server_conn)


class _Bounded(HTTPMessageDelegate):
    def __init__(self, inner: HTTPMessageDelegate, connection: Any, most: int) -> None:
        self._inner: HTTPMessageDelegate | None = inner
        self._connection = connection
        self._most = most
        self._size = 0

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert self._inner is not None
        # What is announced is known before the application holds anything of it. tornado refuses what is no number.
        announced = headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > self._most:
            self._inner = None
            return None
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._size += len(chunk)
        if self._inner is not None and self._size > self._most:
            self._inner.on_connection_close()  # lets go of what it held
            self._inner = None
        return None if self._inner is None else self._inner.data_received(chunk)

    def finish(self) -> None:
        if self._inner is not None:
            self._inner.finish()
            return
        sentence = f"内容太大（上限约 {max(1, self._most >> 20)} MB），没有存上。请删去多余的内容再试。"
        body = json.dumps({"message": sentence, "reason": "too-large"}, ensure_ascii=False).encode()
        headers = HTTPHeaders(
            {"Content-Type": "application/json; charset=UTF-8", "Content-Length": str(len(body))}
        )
        start = ResponseStartLine("HTTP/1.1", 413, "Request Entity Too Large")
        self._connection.write_headers(start, headers, body)
        self._connection.finish()

    def on_connection_close(self) -> None:
        if self._inner is not None:
            self._inner.on_connection_close()
