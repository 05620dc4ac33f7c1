"""Which headers pass through the front, and what it says about who asked."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from multidict import CIMultiDict, CIMultiDictProxy, MultiMapping

if TYPE_CHECKING:
    from aiohttp.web import BaseRequest

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
#: What servers behind a front believe about the client. Only the front may say it.
_ABOUT_CLIENT = frozenset({"forwarded", "x-real-ip", "x-scheme", "x-client-ip"})


def end_to_end(headers: MultiMapping[str]) -> CIMultiDict[str]:
    """A copy without the headers that concern one connection only, those named by ``Connection`` included."""
    dropped = _HOP_BY_HOP
    if "Connection" in headers:
        listed = ",".join(headers.getall("Connection")).lower().split(",")
        dropped = dropped.union(word.strip() for word in listed)
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in dropped)


@dataclass(frozen=True)
class Caller:
    """Who asks, as far as we know it: address, scheme, and the host and port they typed."""

    address: str
    scheme: str
    host: str
    port: str


class TrustedFronts:
    """The addresses of other fronts before this one (a TLS server, for instance), whose word about clients counts.

    Made from addresses, networks and the word ``unix``; raises ValueError for anything else.
    """

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        self._unix = "unix" in names
        self._networks = tuple(ip_network(name, strict=False) for name in names if name != "unix")

    def __contains__(self, address: str) -> bool:
        if address == "unix":
            return self._unix
        if not self._networks:
            return False
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._networks)

    def caller(self, request: BaseRequest, peer: str, scheme: str) -> Caller:
        """Who asks; what the headers claim is believed only of a trusted peer."""
        headers = request.headers
        host = headers["Host"]
        if peer not in self:
            return Caller(peer, scheme, host, _port(host, scheme))
        claimed = headers.get("X-Forwarded-Proto", "").lower()
        scheme = claimed if claimed in ("http", "https") else scheme
        host = headers.get("X-Forwarded-Host", host)
        port = headers.get("X-Forwarded-Port", "")
        return Caller(
            self._client(headers, peer), scheme, host, port if port.isdigit() else _port(host, scheme)
        )

    def _client(self, headers: CIMultiDictProxy[str], peer: str) -> str:
        """The last address in ``X-Forwarded-For`` that no trusted front has added."""
        for entry in reversed(",".join(headers.getall("X-Forwarded-For", ())).split(",")):
            address = entry.strip()
            try:
                ip_address(address)
            except ValueError:
                return peer
            if address not in self:
                return address
        return peer


def _port(host: str, scheme: str) -> str:
    port = host.rpartition(":")[2]
    return port if ":" in host and port.isdigit() else ("443" if scheme == "https" else "80")


def upstream_headers(request: BaseRequest, caller: Caller) -> CIMultiDict[str]:
    """The headers for the server behind: the client's own, and who asks in place of whatever was claimed about it."""
    headers = end_to_end(request.headers)
    for name in list(headers):
        plain = name.lower().replace("_", "-")
        if plain.startswith("x-forwarded-") or plain in _ABOUT_CLIENT or plain == "expect":
            headers.popall(name, None)
    headers["Host"] = request.headers["Host"]
    headers["X-Forwarded-For"] = caller.address
    headers["X-Forwarded-Proto"] = caller.scheme
    headers["X-Forwarded-Host"] = caller.host
    headers["X-Forwarded-Port"] = caller.port
    return headers
