"""A request's body on its way to the server behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp.web import BaseRequest, RequestPayloadError

from trainer.hub.proxy.checks import Refused


class Upload:
    """Iterating gives the pieces as they come. Why it broke off, if it did, is in ``refused``: the HTTP client between
    here and there turns every exception into its own.
    """

    def __init__(self, request: BaseRequest, most: int, stall_seconds: float) -> None:
        """``most`` bytes are let through (0: any number). Raises Refused (413) at once when more are announced."""
        self._request = request
        self._most = most
        self._stall_seconds = stall_seconds
        self.refused: Refused | None = None
        announced = request.content_length
        if most and announced is not None and announced > most:
            raise Refused(413, f"{announced} bytes announced")

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body. The client is told to go ahead (100 Continue) once the server behind has been reached."""
        request = self._request
        if "Expect" in request.headers:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # the answer itself has not begun
        size = 0
        while True:
            try:
                async with asyncio.timeout(self._stall_seconds):
                    piece = await request.content.readany()
            except TimeoutError:
                raise self._stop(408, "upload stalled") from None
            except RequestPayloadError:
                raise self._stop(400, "malformed body") from None
            if not piece:
                return
            size += len(piece)
            if self._most and size > self._most:
                raise self._stop(413, "body grew too large")
            yield piece

    def _stop(self, status: int, reason: str) -> Refused:
        self.refused = Refused(status, reason)
        return self.refused
