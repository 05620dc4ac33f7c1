"""Who gets in: how many connections, how much head, and how long a connection may do nothing."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import StreamReader
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.web import BaseRequest, RequestHandler, Server, StreamResponse

from trainer.hub.proxy import pages
from trainer.hub.proxy.headers import TrustedFronts
from trainer.hub.proxy.upstream import BUFFER

log = logging.getLogger("trainer.front")


class Crowd:
    """How many are in, and how many of each address."""

    def __init__(self, most: int, most_each: int) -> None:
        self.most = most
        self.most_each = most_each
        self.total = 0
        self.turned_away = 0
        self._each: Counter[str] = Counter()

    def enter(self, address: str, *, counted: bool = True) -> bool:
        """One more; False if that is too many. ``counted`` is false for fronts that stand for many clients."""
        full = self.total >= self.most or (counted and self._each[address] >= self.most_each)
        if full:
            self.turned_away += 1
            return False
        self.total += 1
        if counted:
            self._each[address] += 1
        return True

    def leave(self, address: str, *, counted: bool = True) -> None:
        """One less; call once for each time that ``enter`` was true."""
        self.total -= 1
        if counted:
            self._each[address] -= 1
            if self._each[address] <= 0:
                del self._each[address]


@dataclass(frozen=True)
class DoorLimits:
    """``max_head`` in bytes; ``idle_seconds`` is how long a connection may go without one whole request head,
    ``linger_seconds`` how long the rest of a refused upload is thrown away so that its sender can read the answer.
    """

    max_head: int
    idle_seconds: float
    linger_seconds: float


class Connection(RequestHandler):
    """One client's connection.

    aiohttp closes it when ``keepalive_timeout`` passes between two complete heads, however slowly bytes trickle in; what
    it does not bound is the size of a head that is still incomplete, and of requests sent ahead of their turn.
    """

    def __init__(self, door: Door) -> None:
        super().__init__(
            door,
            loop=door.loop,
            access_log=None,  # type: ignore[arg-type]  # aiohttp tests for None itself
            keepalive_timeout=door.limits.idle_seconds,
            max_line_size=door.limits.max_head,
            max_field_size=door.limits.max_head,
            lingering_time=door.limits.linger_seconds,
            read_bufsize=BUFFER,
            auto_decompress=False,
        )
        self.door = door
        self.address = ""
        self.counted = False
        self._inside = False
        self._unread = 0

    def connection_made(self, transport: Any) -> None:
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if isinstance(peer, tuple) else "unix"
        self.counted = self.address not in self.door.trusted
        self._inside = self.door.crowd.enter(self.address, counted=self.counted)
        if self._inside:
            super().connection_made(transport)
        else:
            transport.write(pages.busy_answer())
            transport.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._inside:
            self._inside = False
            self.door.crowd.leave(self.address, counted=self.counted)
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._inside:
            return
        current = self._current_request
        # No request in hand: before the first one, or waiting for the next. (Neither, while the rest of a refused
        # upload is thrown away.)
        idle = self.idle or self._request_count == 0
        ahead = current is not None and current.content.is_eof() and not self._upgraded
        super().data_received(data)
        if ahead or (idle and not self._messages):
            self._unread += len(data)
            if self._unread > 2 * self.door.limits.max_head:
                log.info("来自 %s 的请求头超过上限，已断开", self.address)
                self.force_close()

    def begin(self) -> None:
        """A request was read and is about to be handled."""
        self._unread = 0

    @property
    def idle(self) -> bool:
        """Whether no request of it is being handled or waits its turn."""
        return not self._messages and self._waiter is not None and not self._waiter.done()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> StreamResponse:
        """Answer in Chinese, and keep what a client sent out of both the answer and the log."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun and cannot be replaced")
        if isinstance(exc, LineTooLong):
            status = 431
        elif isinstance(exc, HttpProcessingError):
            log.debug("来自 %s 的请求不合规范（%s）", self.address, type(exc).__name__)
        else:
            status = 500
            log.error("处理一个请求时出错", exc_info=exc)
        return pages.notice(request, status)


class Door(Server):
    """Accepts connections for one handler, within limits."""

    def __init__(
        self,
        handler: Callable[[BaseRequest], Awaitable[StreamResponse]],
        crowd: Crowd,
        trusted: TrustedFronts,
        limits: DoorLimits,
    ) -> None:
        # handler_cancellation: a client that went away takes its request to the server behind with it.
        super().__init__(handler, handler_cancellation=True, request_factory=self._begin)
        self.loop = self._loop
        self.crowd = crowd
        self.trusted = trusted
        self.limits = limits

    def __call__(self) -> Connection:
        return Connection(self)

    def close_idle(self) -> int:
        """Close the connections that nothing is being done on; returns how many are left.

        aiohttp's own ``pre_shutdown`` also stops reading on the others, and would cut an upload in the middle.
        """
        for connection in self.connections:
            if isinstance(connection, Connection) and connection.idle:
                connection.force_close()
        return len(self.connections)

    def _begin(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> BaseRequest:
        assert isinstance(protocol, Connection)
        protocol.begin()
        return BaseRequest(message, payload, protocol, writer, task, self.loop)
