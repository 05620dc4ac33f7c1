"""Websockets: once both sides have agreed, the front only moves bytes, so frames, pings and close codes stay as sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import ClientResponse, StreamReader
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import StreamWriter
from aiohttp.web import BaseRequest

from trainer.hub.proxy.headers import end_to_end
from trainer.hub.proxy.relay import Relayed
from trainer.hub.proxy.upstream import BUFFER


class _Raw:
    """Stands where aiohttp has its websocket parser, and parses nothing."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Bytes from the connection."""
        self._reader.feed_data(data)
        return False, b""

    def feed_eof(self) -> None:
        """The connection has ended."""
        self._reader.feed_eof()


async def tunnel(request: BaseRequest, answer: ClientResponse, used: Callable[[], None]) -> Relayed:
    """Join the client with the server that has answered 101, until either ends. ``used`` is called for every piece.

    Each direction holds at most some 128 KiB: a side that reads slowly slows the other one down.
    """
    loop = asyncio.get_running_loop()
    connection = answer.connection
    assert connection is not None
    behind = connection.protocol
    assert behind is not None
    headers = end_to_end(answer.headers)
    headers["Connection"] = "Upgrade"
    headers["Upgrade"] = "websocket"
    await request.writer.write_headers("HTTP/1.1 101 Switching Protocols", headers)
    request.writer.send_headers()

    upwards = StreamReader(request.protocol, BUFFER, loop=loop)
    parser: Any = _Raw(upwards)
    request.protocol.set_parser(parser)
    downwards = StreamReader(behind, BUFFER, loop=loop)
    behind.set_parser(_Raw(downwards), downwards)
    directions = (
        loop.create_task(_move(upwards, StreamWriter(behind, loop), used)),
        loop.create_task(_move(downwards, request.writer, used)),
    )
    try:
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)
    return Relayed(101, keep_alive=False)


async def _move(source: StreamReader, sink: AbstractStreamWriter, used: Callable[[], None]) -> None:
    while data := await source.readany():
        used()
        await sink.write(data)
        await sink.drain()
