"""Opening the two sides of the front: one for everybody, one for the hub."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.errors import Conflict, TrainerError
from trainer.hub.proxy.options import Options

if TYPE_CHECKING:
    from aiohttp.web import Server

log = logging.getLogger("trainer.front")

_HANDSHAKE_SECONDS = 10.0
_BACKLOG = 1024
#: A machine without one of the two versions of IP.
_NO_SUCH_FAMILY = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


@dataclass(frozen=True)
class Listeners:
    """Sockets that accept already: whoever connects now is served as soon as the rest of the front is loaded."""

    public: list[socket.socket]
    api: list[socket.socket]


def listen(options: Options) -> Listeners:
    """Listen, with nothing loaded but the standard library: JupyterHub gives us ten seconds, and a cold disk is slow.

    The API comes last, so that whoever reaches it finds the other side open. Raises TrainerError.
    """
    if options.socket is not None:
        public = [listen_unix(options.socket, private=False)]
    else:
        public = _listen_tcp(options.ip, options.port)
    if options.api_socket is not None:
        api = [listen_unix(options.api_socket, private=True)]
    else:
        api = _listen_tcp(options.api_ip, options.api_port)
    return Listeners(public, api)


async def serve(options: Options, listeners: Listeners, public: Server, api: Server) -> list[asyncio.Server]:
    """Answer on what listens. Raises TrainerError when the certificate cannot be read."""
    loop = asyncio.get_running_loop()
    context = _tls(options)
    handshake = _HANDSHAKE_SECONDS if context else None
    servers = [
        await _serve_on(loop, public, sock, ssl=context, ssl_handshake_timeout=handshake)
        for sock in listeners.public
    ]
    servers += [await _serve_on(loop, api, sock) for sock in listeners.api]
    log.info("入口已打开：%s", options.socket or f"{options.ip or '*'}:{options.port}")
    return servers


async def _serve_on(
    loop: asyncio.AbstractEventLoop, server: Server, sock: socket.socket, **options: Any
) -> asyncio.Server:
    if sock.family == socket.AF_UNIX:
        return await loop.create_unix_server(server, sock=sock, **options)
    return await loop.create_server(server, sock=sock, backlog=_BACKLOG, **options)


def _listen_tcp(ip: str | None, port: int) -> list[socket.socket]:
    """One socket for each address of ``ip``; None is every address of the machine, in both versions of IP."""
    opened: list[socket.socket] = []
    refused: OSError | None = None
    try:
        found = socket.getaddrinfo(ip, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise _cannot_listen(ip, port, error) from None
    for family, _, _, _, address in dict.fromkeys(found):
        try:
            opened.append(_bound(family, address))
        except OSError as error:
            if ip is not None or error.errno not in _NO_SUCH_FAMILY or refused:
                for sock in opened:
                    sock.close()
                raise _cannot_listen(ip, port, error) from None
            refused = error
    return opened


def _bound(family: int, address: Any) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def _cannot_listen(ip: str | None, port: int, error: OSError) -> TrainerError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return TrainerError(
        f"不能在{ip or '全部地址'}的端口 {port} 上监听（{reason}）。请换一个端口，或停掉占用它的程序；"
        "1024 以下的端口需要 CAP_NET_BIND_SERVICE。"
    )


def _tls(options: Options) -> ssl.SSLContext | None:
    if not options.ssl_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options.ssl_cert, options.ssl_key)
    except OSError as error:  # ssl.SSLError is one too
        raise TrainerError(
            f"读不了 TLS 证书 {options.ssl_cert} 或私钥 {options.ssl_key}（{error.strerror}）。"
            "请核对文件和权限，两者要配成一对。"
        ) from None
    return context


def listen_unix(path: Path, *, private: bool) -> socket.socket:
    """A listening unix socket; with ``private`` only its owner can connect, else the umask decides.

    A socket file that nobody listens on any more is replaced. Raises Conflict if somebody does, TrainerError if it
    cannot be made there.
    """
    _remove_dead(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    umask = os.umask(0o177) if private else None
    try:
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise TrainerError(
            f"不能在 {path} 建立套接字（{error.strerror or error}）。请换一个短一些、可以写入的位置。"
        ) from None
    finally:
        if umask is not None:
            os.umask(umask)
    listener.setblocking(False)
    return listener


def _remove_dead(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise Conflict(f"{path} 已经存在，而且不是套接字。请移开它，或换一个位置。")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
            else:
                raise Conflict(f"已经有程序在 {path} 上监听。请先停掉它。")
