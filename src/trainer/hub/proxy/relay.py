"""An answer on its way back to the client, piece by piece as it comes."""

from __future__ import annotations

import asyncio

from aiohttp import ClientResponse, HttpVersion11
from aiohttp.web import BaseRequest, StreamResponse

from trainer.hub.proxy.headers import end_to_end


class Relayed(StreamResponse):
    """Tells aiohttp that the answer has gone out already, head and body as the server behind gave them."""

    def __init__(self, status: int, *, keep_alive: bool) -> None:
        super().__init__(status=status)
        self._keep_alive = keep_alive

    async def prepare(self, request: BaseRequest) -> None:
        """Nothing to send: the head is out."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing to send: the body is out."""


async def relay(request: BaseRequest, answer: ClientResponse, stall_seconds: float, *, last: bool) -> Relayed:
    """Pass an answer on. What has arrived is sent at once, so that event streams flow. ``last``: the connection ends then.

    Raises aiohttp.ClientError when the server behind breaks off, TimeoutError when the client takes nothing for
    ``stall_seconds``, ConnectionError when it is gone.
    """
    writer = request.writer
    headers = end_to_end(answer.headers)
    # After an upgrade that came to nothing, what follows may be meant in the other protocol: it is not read.
    modern = request.version >= HttpVersion11
    keep_alive = request.keep_alive and modern and not last and "Upgrade" not in request.headers
    if request.method == "HEAD" or answer.status in (204, 304):
        if answer.status == 204:
            headers.popall("Content-Length", None)
    elif "Transfer-Encoding" in answer.headers or "Content-Length" not in headers:
        headers.popall("Content-Length", None)
        if modern:
            headers["Transfer-Encoding"] = "chunked"
            writer.enable_chunking()
    if not keep_alive:
        headers["Connection"] = "close"
    await writer.write_headers(f"HTTP/1.1 {answer.status} {answer.reason or ''}", headers)

    content = answer.content
    # What came together with the head goes out with it; if nothing did, the head must not wait.
    chunk = b"" if content.at_eof() else content.read_nowait()
    if not chunk and not content.at_eof():
        writer.send_headers()
    while not content.at_eof():
        if chunk:
            async with asyncio.timeout(stall_seconds):
                await writer.write(chunk)
        chunk = await content.readany()
    async with asyncio.timeout(stall_seconds):
        await writer.write_eof(chunk)
    return Relayed(answer.status, keep_alive=keep_alive)
