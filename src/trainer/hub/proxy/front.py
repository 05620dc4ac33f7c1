"""What happens to a request: checked, routed, sent on, and its answer passed back."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse
from aiohttp.web import BaseRequest, Response, StreamResponse
from multidict import CIMultiDict

from trainer.hub.proxy import pages
from trainer.hub.proxy.checks import Refused, check_head, checked_path, wants_websocket
from trainer.hub.proxy.door import Connection, Crowd
from trainer.hub.proxy.headers import Caller, TrustedFronts, upstream_headers
from trainer.hub.proxy.relay import Relayed, relay
from trainer.hub.proxy.routes import Route, RouteTable, Target, segments_of
from trainer.hub.proxy.tunnel import tunnel
from trainer.hub.proxy.upload import Upload
from trainer.hub.proxy.upstream import Upstream

log = logging.getLogger("trainer.front")

HEALTH = "/_chp_healthz"
_ERROR_PAGE_SECONDS = 5.0


@dataclass(frozen=True)
class FrontRules:
    """Sizes in bytes (``max_body`` 0: any), times in seconds. ``error_target`` gives pages for 404 and 503."""

    max_head: int
    max_body: int
    stall_seconds: float
    host_routing: bool = False
    error_target: Target | None = None


class Front:
    """The handler of the public side."""

    def __init__(
        self,
        table: RouteTable,
        upstream: Upstream,
        trusted: TrustedFronts,
        behind_fronts: Crowd,
        rules: FrontRules,
    ) -> None:
        self._table = table
        self._upstream = upstream
        self._trusted = trusted
        self._behind_fronts = behind_fronts
        self._rules = rules
        self.requests = 0
        self.failures = 0
        #: Set when the front is about to end: answers then tell clients not to send more on their connection.
        self.closing = False
        #: The connections that have become websockets.
        self.tunnels: set[Connection] = set()

    async def handle(self, request: BaseRequest) -> StreamResponse:
        """Answer one request."""
        started = time.monotonic()
        self.requests += 1
        try:
            response = await self._answer(request)
        except Refused as refused:
            log.debug("没有转交：%s", refused.reason)
            response = pages.notice(request, refused.status)
        if log.isEnabledFor(logging.DEBUG):
            # Never the query or a header: tokens travel in them.
            path = ascii(request.raw_path.partition("?")[0])
            log.debug(
                "%d %s %s %.1f ms", response.status, request.method, path, 1e3 * (time.monotonic() - started)
            )
        return response

    async def _answer(self, request: BaseRequest) -> StreamResponse:
        if request.raw_path == HEALTH:
            return pages.healthy()
        check_head(request, self._rules.max_head)
        path = checked_path(request.raw_path)
        connection = _connection(request)
        scheme = "https" if connection.ssl_context else "http"
        caller = self._trusted.caller(request, connection.address, scheme)
        route = self._route(request, path)
        if route is None:
            # An empty table means that the hub has not come to fill it again: nothing is missing for good.
            return await self._notice(request, path, 404 if len(self._table) else 503)
        if connection.counted:
            return await self._send_on(request, path, caller, route)
        # Behind another front one connection carries many people, so each of their requests is counted instead.
        if not self._behind_fronts.enter(caller.address):
            return pages.notice(request, 503, pages.TOO_MANY)
        try:
            return await self._send_on(request, path, caller, route)
        finally:
            self._behind_fronts.leave(caller.address)

    def _route(self, request: BaseRequest, path: str) -> Route | None:
        segments = segments_of(path.partition("?")[0])
        if self._rules.host_routing:
            segments = (request.headers["Host"].partition(":")[0].lower(), *segments)
        return self._table.find(segments)

    async def _send_on(self, request: BaseRequest, path: str, caller: Caller, route: Route) -> StreamResponse:
        websocket = wants_websocket(request)
        headers = upstream_headers(request, caller)
        upload = Upload(request, self._rules.max_body, self._rules.stall_seconds)
        if websocket:
            headers["Connection"] = "Upgrade"
            headers["Upgrade"] = "websocket"
        pieces = upload.pieces() if request.body_exists else None
        try:
            answer = await self._upstream.request(request.method, route.target.url(path), headers, pieces)
        except (ClientError, TimeoutError) as error:
            if upload.refused is not None:
                raise upload.refused from None
            return await self._failed(request, path, route, _reason(error))
        try:
            if answer.status < 200 and not websocket:
                return await self._failed(request, path, route, f"status {answer.status}")
            return await self._pass_back(request, answer, route)
        finally:
            answer.close()

    async def _failed(self, request: BaseRequest, path: str, route: Route, reason: str) -> StreamResponse:
        self._complain(route, "没有应答", reason)
        return await self._notice(request, path, 503)

    def _complain(self, route: Route, what: str, reason: str) -> None:
        self.failures += 1
        level = logging.WARNING if route.may_complain() else logging.DEBUG
        log.log(level, "%r 后面的服务%s（%s）", route.key, what, reason)

    async def _pass_back(self, request: BaseRequest, answer: ClientResponse, route: Route) -> StreamResponse:
        connection = _connection(request)
        try:
            if answer.status == 101:
                self.tunnels.add(connection)
                return await tunnel(request, answer, route.touch)
            response = await relay(request, answer, self._rules.stall_seconds, last=self.closing)
        except (ClientError, TimeoutError) as error:
            if connection.connected:
                self._complain(route, "应答到一半就断了", _reason(error))
            # Half an answer must not look like a whole one: the connection ends without its last chunk.
            connection.force_close()
            return Relayed(answer.status, keep_alive=False)
        finally:
            self.tunnels.discard(connection)
        if answer.status < 300:
            route.touch()
        return response

    async def _notice(self, request: BaseRequest, path: str, status: int) -> StreamResponse:
        """404 or 503: the hub's own page for people, if it can be had; otherwise ours."""
        target = self._rules.error_target
        if target is not None and pages.wants_page(request):
            page = await self._error_page(target, request, path.partition("?")[0], status)
            if page is not None:
                return page
        return pages.notice(request, status)

    async def _error_page(
        self, target: Target, request: BaseRequest, path: str, status: int
    ) -> Response | None:
        url = target.url(f"/{status}?url={quote(path, safe='')}")
        headers = CIMultiDict({"Host": request.headers["Host"], "Accept": "text/html"})
        try:
            async with (
                asyncio.timeout(_ERROR_PAGE_SECONDS),
                await self._upstream.request("GET", url, headers) as answer,
            ):
                return pages.passed_on(answer, await answer.read(), status)
        except (ClientError, TimeoutError):
            return None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _connection(request: BaseRequest) -> Connection:
    connection = request.protocol
    assert isinstance(connection, Connection)
    return connection
