"""The front as a program: opens its two sides, serves, and ends in order."""

from __future__ import annotations

import asyncio
import logging
import signal

import uvloop
from aiohttp.web import Server

from trainer.hub.proxy import lifetime
from trainer.hub.proxy.api import Api
from trainer.hub.proxy.door import Crowd, Door, DoorLimits
from trainer.hub.proxy.front import Front, FrontRules
from trainer.hub.proxy.listening import Listeners, serve
from trainer.hub.proxy.options import Options
from trainer.hub.proxy.routes import RouteTable
from trainer.hub.proxy.upstream import Upstream

log = logging.getLogger("trainer.front")

_LINGER_SECONDS = 10.0
_LOOK_SECONDS = 0.02
_SHUTDOWN_SECONDS = 0.1


def run(options: Options, token: str, listeners: Listeners) -> None:
    """Serve until told to end. Raises TrainerError."""
    uvloop.run(_run(options, token, listeners))


async def _run(options: Options, token: str, listeners: Listeners) -> None:
    upstream = Upstream(options.connect_seconds)
    try:
        service = _Service(options, token, upstream)
        servers = await serve(options, listeners, service.door, service.api)
        await _until_told(options.parent)
        log.info("入口正在关闭")
        for server in servers:
            server.close()
        await service.finish()
    finally:
        await upstream.close()


class _Service:
    """Both sides of the front, and what they share. Made inside the loop that runs them."""

    def __init__(self, options: Options, token: str, upstream: Upstream) -> None:
        self._grace_seconds = options.grace_seconds
        self._table = RouteTable()
        self._crowd = Crowd(
            lifetime.allow_connections(options.max_connections), options.max_connections_per_address
        )
        rules = FrontRules(
            max_head=options.max_head,
            max_body=options.max_body,
            stall_seconds=options.stall_seconds,
            host_routing=options.host_routing,
            error_target=options.error_target,
        )
        behind_fronts = Crowd(options.max_connections, options.max_connections_per_address)
        self._front = Front(self._table, upstream, options.trusted, behind_fronts, rules)
        limits = DoorLimits(
            max_head=options.max_head,
            idle_seconds=options.idle_seconds,
            linger_seconds=min(_LINGER_SECONDS, options.stall_seconds),
        )
        self.door = Door(self._front.handle, self._crowd, options.trusted, limits)
        self.api = Server(Api(self._table, token, self._figures).handle, access_log=None)

    def _figures(self) -> dict[str, int]:
        return {
            "connections": self._crowd.total,
            "connections_turned_away_total": self._crowd.turned_away,
            "websockets": len(self._front.tunnels),
            "requests_total": self._front.requests,
            "upstream_failures_total": self._front.failures,
            "routes": len(self._table),
        }

    async def finish(self) -> None:
        """Let requests that run finish, for so long; then end whatever is left."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._grace_seconds
        self._front.closing = True
        # A websocket never finishes by itself; its browser connects again when the front is back.
        for connection in list(self._front.tunnels):
            connection.force_close()
        while self.door.close_idle() and loop.time() < end:
            await asyncio.sleep(_LOOK_SECONDS)
        await self.door.shutdown(_SHUTDOWN_SECONDS)
        await self.api.shutdown(_SHUTDOWN_SECONDS)


async def _until_told(parent: int | None) -> None:
    """Return on SIGTERM, SIGINT, or the end of the parent."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    if parent is None:
        await told.wait()
        return
    watch = asyncio.create_task(lifetime.parent_gone(parent))
    watch.add_done_callback(lambda _: told.set())
    await told.wait()
    watch.cancel()
