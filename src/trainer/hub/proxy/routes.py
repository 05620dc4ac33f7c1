"""Where a path goes: a table of path prefixes, each with the server behind it.

Paths are compared segment by segment after decoding each segment by itself, so ``/user/al%69ce/`` finds the route of
``/user/alice`` and ``/user%2Falice/`` does not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from yarl import URL

Segments = tuple[str, ...]
#: A server that fails is named in the log once in so many seconds.
COMPLAIN_SECONDS = 30.0


def segments_of(path: str) -> Segments:
    """The decoded segments of an encoded path; slashes at its ends do not count. ``"/"`` gives ``()``.

    Bytes that are not UTF-8 become surrogates, so that different paths stay different.
    """
    trimmed = path.strip("/")
    if not trimmed:
        return ()
    if "%" not in trimmed:
        return tuple(trimmed.split("/"))
    return tuple(unquote(part, errors="surrogateescape") for part in trimmed.split("/"))


@dataclass(frozen=True)
class Target:
    """A server behind the front, on TCP or on a unix socket.

    ``origin`` is what requests go to, without a path: ``http://127.0.0.1:8888``, or ``http+unix://<hex>`` with the
    socket's path in hexadecimal, because a URL's host is lower-cased on its way and a path must not be.
    ``prefix`` is put before each request's path; it has no slash at its end and is mostly empty.
    """

    origin: str
    prefix: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read ``http://host[:port][/prefix]`` or ``http+unix://<percent-encoded path>[:80][/prefix]``.

        Raises ValueError for anything else.
        """
        parts = urlsplit(text)
        prefix = parts.path.rstrip("/")
        if parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError(f"not the address of a server: {text!r}")
        if parts.scheme == "http" and parts.hostname:
            _ = parts.port  # raises ValueError when it is no port
            return cls(f"http://{parts.netloc}", prefix)
        if parts.scheme == "http+unix":
            path = unquote(parts.netloc.partition(":")[0])
            if path.startswith("/"):
                return cls(f"http+unix://{path.encode().hex()}", prefix)
        raise ValueError(f"neither http://host:port nor http+unix://path: {text!r}")

    def url(self, raw_path: str) -> URL:
        """The URL of a request there; ``raw_path`` (path and query) goes through byte by byte."""
        return URL(f"{self.origin}{self.prefix}{raw_path}", encoded=True)


@dataclass
class Route:
    """One entry. ``data`` is what the hub gave, target included; ``last_activity`` is in seconds since the epoch."""

    segments: Segments
    target: Target
    data: dict[str, Any]
    last_activity: float = field(default_factory=time.time)
    _complained: float = -COMPLAIN_SECONDS

    @property
    def key(self) -> str:
        """The path in the hub's form: decoded, a slash before and none after."""
        return "/" + "/".join(self.segments)

    def touch(self) -> None:
        """Somebody used it just now."""
        self.last_activity = time.time()

    def may_complain(self) -> bool:
        """Whether a failure of it may be written to the log; not each one, as its pages ask again and again."""
        now = time.monotonic()
        if now - self._complained < COMPLAIN_SECONDS:
            return False
        self._complained = now
        return True

    def as_json(self) -> dict[str, Any]:
        """What the REST API answers."""
        moment = datetime.fromtimestamp(self.last_activity, UTC)
        return {
            **self.data,
            "last_activity": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }


class RouteTable:
    """All routes. The longest prefix wins."""

    def __init__(self) -> None:
        self._routes: dict[Segments, Route] = {}
        self._depth = 0

    def __len__(self) -> int:
        return len(self._routes)

    def add(self, segments: Segments, data: dict[str, Any]) -> Route:
        """Add or replace. Raises ValueError when ``data["target"]`` is not the address of a server."""
        target = Target.parse(str(data.get("target", "")))
        route = self._routes[segments] = Route(segments, target, data)
        self._depth = max(self._depth, len(segments))
        return route

    def remove(self, segments: Segments) -> bool:
        """Take one away; False if there was none."""
        if self._routes.pop(segments, None) is None:
            return False
        self._depth = max(map(len, self._routes), default=0)
        return True

    def get(self, segments: Segments) -> Route | None:
        """The route with exactly these segments."""
        return self._routes.get(segments)

    def find(self, segments: Segments) -> Route | None:
        """The route for a request with these segments."""
        for length in range(min(len(segments), self._depth), -1, -1):
            route = self._routes.get(segments[:length])
            if route is not None:
                return route
        return None

    def inactive_since(self, moment: float | None) -> dict[str, dict[str, Any]]:
        """All routes as JSON by path; with a moment (seconds since the epoch) only those not used since."""
        return {
            route.key: route.as_json()
            for route in self._routes.values()
            if moment is None or route.last_activity < moment
        }
