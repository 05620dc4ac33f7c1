"""How people reach the server, and the numeric users that it gives out."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from trainer.accounts.store import AccountStore
from trainer.workflow.backup.running import running_parts
from trainer.workflow.doctor.finding import Finding, Place, good, note, problem, warning

_PARTS = 4
_LOOPBACK = ("127.", "::1", "localhost")
#: Room for accounts to come.
_SPARE = 2000


def port(place: Place) -> Iterator[Finding]:
    running = running_parts(place.data)
    if running:
        if len(running) == _PARTS:
            yield good("运行", "服务器正在运行，各部分都有应答。")
        else:
            yield problem(
                "运行",
                f"服务器没有完全运行，只有 {'、'.join(running)} 有应答。",
                "看日志（journalctl -u trainer），再重新启动。",
            )
        return
    ip, number = place.server.ip, place.server.port
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, number))
        except OSError as error:
            why = "被别的程序占着" if error.errno == errno.EADDRINUSE else f"不能用（{error.strerror}）"
            yield problem(
                "端口",
                f"{ip} 的端口 {number} {why}。",
                "停掉那个程序（ss -ltnp 查看），或换一个：--port=8080。",
            )
        else:
            yield good("端口", f"{ip} 的端口 {number} 空着，服务器没有运行。")


def address(place: Place) -> Iterator[Finding]:
    ip, address = place.server.ip, place.accounts.address
    local = ip.startswith(_LOOPBACK)
    secure = address.startswith("https:")
    if not address:
        yield note(
            "网址",
            "没有写学员用的网址，密码条上不会印。",
            'jupyter_config.py 里写 c.Accounts.address = "http://…/"',
        )
    if not local and not (secure or place.tls):
        yield warning(
            "加密",
            f"在 {ip} 上直接接受访问，没有 TLS，密码在网络上是明文。",
            "前面放 Caddy 或 nginx（deploy/tls），只让它接受访问；至少也要是单独的考场网络。",
        )
    if local and not secure and address and _elsewhere(address):
        yield warning(
            "网址",
            f"网址是 {address}，而服务器只在本机（{ip}）接受访问，前面又没有写明是 https 的前端。",
            'c.Server.ip = "0.0.0.0"，或在前面放 Caddy、nginx（deploy/tls）。',
        )
    if secure and not place.tls and not place.server.trust_forwarded:
        yield warning(
            "网址",
            "前面有 TLS 前端，但没有写它的地址：所有人看起来来自同一个地址，人多时会被挡在外面。",
            'c.Server.trust_forwarded = ["127.0.0.1"]',
        )


def _elsewhere(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return not host.startswith(_LOOPBACK)


def numbers(place: Place) -> Iterator[Finding]:
    """Our numeric users must be nobody else's: files and processes would be shared."""
    if not place.who.separate:
        return
    first, last = place.who.first_uid, place.who.trainee(_accounts(place) + _SPARE)
    span = f"{first}–{last}"
    taken = [name for name, uid in _passwd(place.etc / "passwd") if first <= uid <= last]
    if taken:
        yield problem(
            "用户号",
            f"学员用的用户号（{span}）和系统用户 {'、'.join(taken[:5])} 重了。",
            "还没有学员时，改 c.Server.first_uid；已经有了，给那个系统用户换号。",
        )
    shared = [
        f"{path.name} 里的 {name}"
        for path in (place.etc / "subuid", place.etc / "subgid")
        for name, start, count in _ranges(path)
        if start <= last and first < start + count
    ]
    if shared:
        yield warning(
            "用户号",
            f"学员用的用户号（{span}）和 {'、'.join(shared[:5])} 的号段有重叠：那个用户的容器能碰到学员的文件。",
            "不用容器就删掉那一行；要用，给它换一段。",
        )
    if not taken and not shared:
        yield good("用户号", f"学员用的用户号（{span}）没有别人用。")


def _accounts(place: Place) -> int:
    if not place.data.accounts_db.is_file():
        return 0
    with closing(AccountStore(place.data.accounts_db)) as store:
        return max((account.number for account in store.everyone()), default=0)


def _passwd(path: Path) -> Iterator[tuple[str, int]]:
    for line in _lines(path):
        parts = line.split(":")
        if len(parts) > 2 and parts[2].isdigit():
            yield parts[0], int(parts[2])


def _ranges(path: Path) -> Iterator[tuple[str, int, int]]:
    for line in _lines(path):
        parts = line.split(":")
        if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
            yield parts[0], int(parts[1]), int(parts[2])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


NETWORK = (port, address, numbers)
