"""A frugal load generator: raw keep-alive connections on a unix socket, requests made of parts that are there already."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Load:
    """What came back. ``latencies`` are in seconds, ``bodies`` the acknowledgements."""

    wall: float = 0.0
    latencies: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    refused: int = 0

    def percentile(self, share: float) -> float:
        """Seconds within which ``share`` of the requests were answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered."""

    def __init__(self, following: Callable[[], bytes | None], load: Load, ended: Callable[[], None]) -> None:
        self._following, self._load, self._ended = following, load, ended
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        request = self._following()
        if request is None:
            self._transport.close()
            self._ended()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data if self._received else data
        head = received.find(b"\r\n\r\n")
        if head < 0:
            return
        at = received.find(b"Content-Length: ") + 16
        if len(received) < head + 4 + int(received[at : received.index(b"\r", at)]):
            return
        self._load.latencies.append(time.perf_counter() - self._sent)
        if received[9:11] == b"20":
            self._load.bodies.append(received[head + 4 :])
        else:
            self._load.refused += 1
        self._received = b""
        self._send()


async def storm(path: str, requests: Sequence[bytes], at_once: int) -> Load:
    """Send all requests over ``at_once`` connections, each waiting for its answer before the next."""
    load, loop = Load(), asyncio.get_running_loop()
    waiting = iter(requests)
    done = asyncio.Event()
    left = at_once

    def ended() -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    start = time.perf_counter()
    for _ in range(at_once):
        await loop.create_unix_connection(lambda: _Connection(lambda: next(waiting, None), load, ended), path)
    await done.wait()
    load.wall = time.perf_counter() - start
    return load


def request(method: str, path: str, token: str, body: bytes) -> bytes:
    """One request's bytes."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: hall\r\nAuthorization: token {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
