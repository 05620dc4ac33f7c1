"""Who is at the other end of a connection."""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass
from typing import Any

from tornado.httputil import HTTPHeaders

#: The numeric user of the proxy, where it has one of its own.
FRONT_VARIABLE = "TRAINER_FRONT_UID"


@dataclass(eq=False, slots=True)
class Peer:
    """The other end of a connection; ``uid`` on a unix socket, None otherwise. ``trusted``: our proxy may speak for others.

    ``front``: it is the proxy, whose connections are everybody's who comes from outside.
    """

    remote_ip: str
    uid: int | None
    trusted: bool
    front: bool = False
    protocol: str = "http"

    def address(self, headers: HTTPHeaders) -> str:
        """Where a request comes from, for the audit log."""
        forwarded = headers.get("X-Forwarded-For") if self.trusted else None
        last = forwarded.rpartition(",")[2].strip()[:64] if forwarded else ""
        return last if last and last.isprintable() else self.remote_ip

    def __str__(self) -> str:
        return self.remote_ip


def peer_of(connection: socket.socket, address: Any) -> Peer:
    """Who is at the other end: on a unix socket the kernel knows the uid."""
    if connection.family != socket.AF_UNIX:
        ip = str(address[0])
        return Peer(ip, None, ip in ("127.0.0.1", "::1"))
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    uid = struct.unpack("3i", raw)[1]
    front = os.environ.get(FRONT_VARIABLE) == str(uid)
    return Peer(f"uid:{uid}", uid, front or uid in (0, os.getuid()), front)
