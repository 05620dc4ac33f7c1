"""The command line: what JupyterHub's ``ConfigurableHTTPProxy`` passes, and our own limits."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from trainer.errors import UsageError
from trainer.hub.proxy.headers import TrustedFronts
from trainer.hub.proxy.routes import Target

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Options:
    """Everything the front is told. Sizes in bytes, times in seconds; ``ip`` None means all interfaces.

    ``socket`` and ``api_socket`` take the place of address and port. ``parent`` is the process to end with, or None.
    """

    ip: str | None
    port: int
    socket: Path | None
    api_ip: str
    api_port: int
    api_socket: Path | None
    error_target: Target | None
    host_routing: bool
    ssl_key: str
    ssl_cert: str
    log_level: str
    trusted: TrustedFronts
    max_body: int
    max_head: int
    max_connections: int
    max_connections_per_address: int
    idle_seconds: float
    stall_seconds: float
    connect_seconds: float
    grace_seconds: float
    parent: int | None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"入口的参数不对：{message}。用 --help 看有哪些参数。")


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line. Raises UsageError."""
    given = _parser().parse_args(arguments)
    try:
        error_target = Target.parse(given.error_target) if given.error_target else None
        trusted = TrustedFronts(
            tuple(name.strip() for name in given.trust_forwarded.split(",") if name.strip())
        )
    except ValueError as error:
        raise UsageError(f"入口的参数不对：{error}。") from None
    if bool(given.ssl_key) != bool(given.ssl_cert):
        raise UsageError("--ssl-key 和 --ssl-cert 要么都给，要么都不给。")
    return Options(
        ip=None if given.ip in ("", "*") else given.ip,
        port=given.port,
        socket=given.socket,
        api_ip=given.api_ip,
        api_port=given.api_port or given.port + 1,
        api_socket=given.api_socket,
        error_target=error_target,
        host_routing=given.host_routing,
        ssl_key=given.ssl_key,
        ssl_cert=given.ssl_cert,
        log_level={"warn": "WARNING"}.get(given.log_level, given.log_level.upper()),
        trusted=trusted,
        max_body=given.max_body * MEBIBYTE,
        max_head=given.max_head * 1024,
        max_connections=given.max_connections,
        max_connections_per_address=given.max_connections_per_address,
        idle_seconds=given.idle_timeout,
        stall_seconds=given.stall_timeout,
        connect_seconds=given.connect_timeout,
        grace_seconds=given.grace,
        parent=os.getppid() if given.exit_with_parent == 0 else given.exit_with_parent,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m trainer.hub.proxy",
        description="入口：对外的反向代理，由 JupyterHub 启动和指挥。令牌从环境变量 CONFIGPROXY_AUTH_TOKEN 读取。",
        allow_abbrev=False,
    )
    _hub_options(parser)
    _own_options(parser)
    return parser


def _hub_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("JupyterHub 自己会给的参数")
    group.add_argument("--ip", default="", help="对外监听的地址；不给就是全部")
    group.add_argument("--port", type=int, default=8000, help="对外监听的端口")
    group.add_argument("--socket", type=Path, help="对外改在这个 unix 套接字上监听")
    group.add_argument("--api-ip", default="127.0.0.1", help="接口监听的地址")
    group.add_argument("--api-port", type=int, default=0, help="接口监听的端口；不给就是 --port 加一")
    group.add_argument("--api-socket", type=Path, help="接口改在这个 unix 套接字上监听，只有属主能连")
    group.add_argument("--error-target", default="", help="到哪里取 404、503 的页面")
    group.add_argument("--host-routing", action="store_true", help="每人一个子域名")
    group.add_argument("--ssl-key", default="", help="TLS 私钥文件")
    group.add_argument("--ssl-cert", default="", help="TLS 证书文件")
    group.add_argument(
        "--log-level", default="info", choices=["debug", "info", "warn", "error"], help="日志详细程度"
    )


def _own_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("本入口的参数")
    group.add_argument(
        "--trust-forwarded",
        default="",
        metavar="地址,…",
        help="前面的 TLS 服务的地址或网段，逗号隔开（unix 表示经套接字来的）；只信它们说的 X-Forwarded-*",
    )
    group.add_argument("--max-body", type=int, default=64, metavar="MiB", help="请求体最大多少 MiB；0 不限")
    group.add_argument("--max-head", type=int, default=32, metavar="KiB", help="请求头最大多少 KiB")
    group.add_argument("--max-connections", type=int, default=4096, help="同时最多多少条连接")
    group.add_argument("--max-connections-per-address", type=int, default=2048, help="同一地址最多多少条")
    group.add_argument(
        "--idle-timeout",
        type=float,
        default=75,
        metavar="秒",
        help="一条连接多久等不来一个完整的请求头就断开",
    )
    group.add_argument(
        "--stall-timeout", type=float, default=60, metavar="秒", help="上传、下载中途停多久就断开"
    )
    group.add_argument(
        "--connect-timeout", type=float, default=5, metavar="秒", help="连后面的服务最多等多久"
    )
    group.add_argument(
        "--grace", type=float, default=3, metavar="秒", help="收到 SIGTERM 后最多等多久让请求做完"
    )
    group.add_argument(
        "--exit-with-parent",
        type=int,
        nargs="?",
        const=0,
        metavar="PID",
        help="启动它的进程结束时自己也结束；给了 PID，启动时还核对父进程是不是它",
    )
