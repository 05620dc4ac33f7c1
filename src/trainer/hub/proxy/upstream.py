"""Requests to the servers behind the front, over TCP and unix sockets, passed on without any change of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import (
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.client_exceptions import UnixClientConnectorError
from multidict import CIMultiDict
from yarl import URL

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.tracing import Trace

#: Bytes that one direction of one request may hold in memory, times two; reading stops above it.
BUFFER = 64 * 1024
#: Longest line and header of an answer. Ours are far below; a limit keeps a broken server from filling memory.
_ANSWER_LINE = 64 * 1024
_POOLED_SECONDS = 30.0
#: aiohttp would add these when the client sent none.
_NEVER_ADD = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")
#: What may be sent again when a kept connection turns out to be dead (RFC 9110, 9.2.2), if it has no body.
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


class _Connector(TCPConnector):
    """TCP, and unix sockets for URLs ``http+unix://<path in hexadecimal>``."""

    allowed_protocol_schema_set = TCPConnector.allowed_protocol_schema_set | {"http+unix"}

    async def _create_connection(
        self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout
    ) -> ResponseHandler:
        if req.url.scheme != "http+unix":
            return await super()._create_connection(req, traces, timeout)
        path = bytes.fromhex(req.url.raw_host or "").decode()
        try:
            async with asyncio.timeout(timeout.sock_connect):
                _, protocol = await self._loop.create_unix_connection(self._factory, path)
        except TimeoutError:
            raise
        except OSError as error:
            raise UnixClientConnectorError(path, req.connection_key, error) from error
        return protocol


class Upstream:
    """Sends requests on. Only those that may safely be sent twice use a kept connection: one that the server closes at
    that very moment loses the request, and nobody could tell whether a submission had arrived.
    """

    def __init__(self, connect_seconds: float) -> None:
        self._kept = _session(connect_seconds, force_close=False)
        self._fresh = _session(connect_seconds, force_close=True)

    async def request(
        self, method: str, url: URL, headers: CIMultiDict[str], body: AsyncIterator[bytes] | None = None
    ) -> ClientResponse:
        """Send one request; the answer is returned as soon as its head is there. The caller closes it.

        Raises aiohttp.ClientError or TimeoutError.
        """
        fresh = body is not None or method not in _REPEATABLE or "Upgrade" in headers
        session = self._fresh if fresh else self._kept
        return await session.request(
            method, url, headers=headers, data=body, skip_auto_headers=_NEVER_ADD, allow_redirects=False
        )

    async def close(self) -> None:
        """Close what is kept."""
        await self._kept.close()
        await self._fresh.close()


def _session(connect_seconds: float, *, force_close: bool) -> ClientSession:
    # No limit on connections: a hundred slow requests must not hold up the next one.
    connector = (
        _Connector(limit=0, force_close=True)
        if force_close
        else _Connector(limit=0, keepalive_timeout=_POOLED_SECONDS)
    )
    return ClientSession(
        connector=connector,
        timeout=ClientTimeout(total=None, sock_connect=connect_seconds),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        read_bufsize=BUFFER,
        max_line_size=_ANSWER_LINE,
        max_field_size=_ANSWER_LINE,
    )
