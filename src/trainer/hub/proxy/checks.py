"""What a request must look like before anybody decides where it goes.

Two programs that read one request differently are how walls are got around: a ``..`` that only the second one resolves,
a length that only the first one believes. Whatever can be read in two ways is refused here, not mended.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from aiohttp import HttpVersion10, HttpVersion11
from aiohttp.web import BaseRequest

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HOST = re.compile(r"[A-Za-z0-9._~-]{1,255}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Refused(Exception):
    """The front answers this request itself. ``status`` is an HTTP status; ``reason`` is for the log, in English."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def checked_path(raw: str) -> str:
    """Path and query of a request as they go upstream: unchanged, but bytes beyond ASCII percent-encoded.

    Raises Refused (400) for what is not an absolute path, and for ``..`` in any spelling.
    """
    if not raw.startswith("/") or raw.startswith("//") or "#" in raw:
        raise Refused(400, "not an absolute path")
    if not raw.isascii():
        raw = "".join(c if c.isascii() else _percent(c) for c in raw)
    path = raw.partition("?")[0]
    if "%" in path or "." in path or "\\" in path:
        decoded = unquote(path, errors="surrogateescape")
        if ".." in decoded.replace("\\", "/").split("/"):
            raise Refused(400, "dot-dot segment")
        if _CONTROL.search(decoded):
            raise Refused(400, "control character in the path")
    return raw


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def check_head(request: BaseRequest, max_head: int) -> None:
    """Refuse methods we do not know, heads over ``max_head`` bytes, and every ambiguity about where a body ends."""
    if request.method not in METHODS:
        raise Refused(405, f"method {request.method!r}")
    if request.version not in (HttpVersion10, HttpVersion11):
        raise Refused(400, "neither HTTP/1.0 nor HTTP/1.1")
    headers = request.headers
    if (
        sum(len(name) + len(value) + 4 for name, value in request.raw_headers) + len(request.raw_path)
        > max_head
    ):
        raise Refused(431, "head too large")
    hosts = headers.getall("Host", ())
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise Refused(400, "not exactly one sensible Host")
    _check_framing(request)


def _check_framing(request: BaseRequest) -> None:
    lengths = request.headers.getall("Content-Length", ())
    codings = request.headers.getall("Transfer-Encoding", ())
    if codings:
        if lengths or len(codings) > 1 or codings[0].lower() != "chunked" or request.version != HttpVersion11:
            raise Refused(400, "ambiguous Transfer-Encoding")
    elif lengths and (len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit())):
        raise Refused(400, "ambiguous Content-Length")
    expectations = request.headers.getall("Expect", ())
    if expectations and [e.lower() for e in expectations] != ["100-continue"]:
        raise Refused(417, "unknown expectation")


def wants_websocket(request: BaseRequest) -> bool:
    """Whether this asks to become a websocket. Raises Refused (400) for one that also has a body."""
    headers = request.headers
    if request.method != "GET" or headers.get("Upgrade", "").lower() != "websocket":
        return False
    connection = ",".join(headers.getall("Connection", ()))
    if "upgrade" not in {word.strip().lower() for word in connection.split(",")}:
        return False
    if request.body_exists:
        raise Refused(400, "websocket with a body")
    return True
