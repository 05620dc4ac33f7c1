"""Framed messages on a stream socket, written so that the other side may be hostile: bounded length, bounded time."""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from typing import Any

_HEADER = struct.Struct(">I1s")
#: The longest message that is taken from the other side.
LONGEST = 12 * 1024**2

RUN, OUTCOME, ASK, ANSWER = b"R", b"O", b"A", b"V"


class Gone(Exception):
    """The other side has ended, or broken the rules of the conversation."""


class Channel:
    """One end of a conversation. What has arrived of a message stays when waiting for the rest took too long."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self._buffer = bytearray()

    def send(self, kind: bytes, payload: bytes, deadline: float | None = None) -> None:
        """Send one message. Raises Gone, TimeoutError at ``deadline`` (of time.monotonic())."""
        self._until(deadline, write=True)
        try:
            self.socket.sendall(_HEADER.pack(len(payload), kind) + payload)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise Gone from None

    def receive(self, deadline: float | None = None) -> tuple[bytes, bytes]:
        """The next message: kind and payload. Raises Gone, TimeoutError."""
        length, kind = _HEADER.unpack(self._take(_HEADER.size, deadline))
        if length > LONGEST:
            raise Gone
        whole = self._take(_HEADER.size + length, deadline)
        del self._buffer[: _HEADER.size + length]
        return kind, whole[_HEADER.size :]

    def close(self) -> None:
        self.socket.close()

    def _take(self, size: int, deadline: float | None) -> bytes:
        while len(self._buffer) < size:
            self._until(deadline, write=False)
            try:
                part = self.socket.recv(min(1 << 18, LONGEST))
            except TimeoutError:
                raise
            except OSError:
                raise Gone from None
            if not part:
                raise Gone
            self._buffer += part
        return bytes(self._buffer[:size])

    def _until(self, deadline: float | None, *, write: bool) -> None:
        """Wait until something can be done, and let the socket itself wait no longer than that either."""
        if deadline is None:
            return
        left = deadline - time.monotonic()
        if left <= 0:
            # What is there already is still taken: the deadline is about waiting.
            ready = select.select([] if write else [self.socket], [self.socket] if write else [], [], 0)
            if not (ready[0] or ready[1]):
                raise TimeoutError
            left = 0.05
        self.socket.settimeout(left)


def pack(message: Any) -> bytes:
    """A message as JSON."""
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")


def unpack(payload: bytes) -> Any:
    """A message from JSON. Raises Gone when it is none."""
    try:
        return json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Gone from None
