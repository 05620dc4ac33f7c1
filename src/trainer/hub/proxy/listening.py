"""Opening the two sides of the front: one for everybody, one for the hub."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import ssl
import stat
from pathlib import Path

from aiohttp.web import Server

from trainer.errors import Conflict, TrainerError
from trainer.hub.proxy.options import Options

log = logging.getLogger("trainer.front")

_HANDSHAKE_SECONDS = 10.0
_BACKLOG = 1024


async def open_both(options: Options, public: Server, api: Server) -> list[asyncio.Server]:
    """Listen. The API comes last, so that whoever reaches it finds the other side open. Raises TrainerError."""
    listeners = [await _open_public(options, public), await _open_api(options, api)]
    log.info("入口已打开：%s", options.socket or f"{options.ip or '*'}:{options.port}")
    return listeners


async def _open_public(options: Options, public: Server) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    context = _tls(options)
    handshake = _HANDSHAKE_SECONDS if context else None
    if options.socket is not None:
        listener = listen_unix(options.socket, private=False)
        return await loop.create_unix_server(
            public, sock=listener, ssl=context, ssl_handshake_timeout=handshake
        )
    try:
        return await loop.create_server(
            public, options.ip, options.port, backlog=_BACKLOG, ssl=context, ssl_handshake_timeout=handshake
        )
    except OSError as error:
        raise _cannot_listen(options.ip, options.port, error) from None


async def _open_api(options: Options, api: Server) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    if options.api_socket is not None:
        return await loop.create_unix_server(api, sock=listen_unix(options.api_socket, private=True))
    try:
        return await loop.create_server(api, options.api_ip, options.api_port)
    except OSError as error:
        raise _cannot_listen(options.api_ip, options.api_port, error) from None


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
