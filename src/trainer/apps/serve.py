"""``trainer serve``: the whole server, with one command."""

from __future__ import annotations

import errno
import os
import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from traitlets import Bool, Int, Unicode

from trainer.apps.base import TrainerApp, find_installation
from trainer.errors import TrainerError
from trainer.hub.data_folder import DataFolder, Identities
from trainer.sandbox.view import bubblewrap
from trainer.settings import Accounts, Server
from trainer.workflow.server import (
    courses_of,
    ensure_instructor,
    install_demo,
    make_accounts,
    prepare_data,
)

_TRIAL = (
    "注意：现在不是以 root 身份运行，所有人的程序都用同一个系统用户，彼此之间没有围墙。只能试用，不能考试。\n"
    "　　　正式使用请以 root 身份运行（见 docs/how-to/operate-server.md）。"
)


class ServeApp(TrainerApp):
    """启动整台服务器：JupyterHub、入口代理、考场、教务台和每个人的学习环境。

    第一次运行时建立数据文件夹和第一个教员账号，并显示他的一次性密码。按 Ctrl-C 结束，它启动的一切随之结束。
    """

    name = "trainer serve"
    description = (
        "启动整台服务器。按 Ctrl-C 结束，它启动的一切随之结束；数据都在数据文件夹里，下次启动接着用。"
    )
    usage = "[选项]"
    classes = [Accounts, Server]  # noqa: RUF012 - a traitlets declaration
    demo = Bool(False, help="数据文件夹里还没有课程时，建立虚构的示例县（课程、名册、试卷、账号）").tag(
        config=True
    )
    exit_with_parent = Bool(False, help="启动它的进程结束时，它也结束").tag(config=True)
    data = Unicode("", help="数据文件夹").tag(config=True)
    ip = Unicode("", help="在哪个地址上接受访问").tag(config=True)
    port = Int(0, help="端口").tag(config=True)
    aliases = {  # noqa: RUF012
        "data": ("ServeApp.data", "数据文件夹，默认为当前文件夹下的 data"),
        "ip": ("ServeApp.ip", "在哪个地址上接受访问，默认 127.0.0.1（只有本机）；0.0.0.0 表示所有网卡"),
        "port": ("ServeApp.port", "端口，默认 8000"),
    }
    flags = {  # noqa: RUF012
        "demo": ({"ServeApp": {"demo": True}}, "还没有课程时，建立虚构的示例县（课程、名册、试卷、账号）"),
        "attached": ({"ServeApp": {"exit_with_parent": True}}, "启动它的进程结束时，它也结束"),
    }
    examples = """
trainer serve --demo
trainer serve --data=/srv/trainer --ip=0.0.0.0
"""

    def run(self) -> NoReturn:
        os.umask(0o077)
        settings, server = Accounts(config=self.config), Server(config=self.config)
        data = DataFolder(Path(self.data or server.data))
        who = Identities(os.getuid() == 0, server.first_uid)
        ip, port = self.ip or server.ip, self.port or server.port
        if who.separate and bubblewrap() is None:
            raise TrainerError("没有找到 bwrap，围墙建不起来。请先安装：apt-get install bubblewrap")
        refuse_taken(ip, port)
        installation = find_installation(Path.cwd())
        prepare_data(data, who)
        address = settings.address or f"http://{'127.0.0.1' if ip == '0.0.0.0' else ip}:{port}/"  # noqa: S104
        settings.address = address
        if self.demo and not courses_of(data):
            self._install_demo(data, who, settings, installation)
        self._welcome(data, who, settings, address)
        courses = courses_of(data)
        command = [sys.executable, "-m", "trainer.hub", f"--data={data.root}", f"--ip={ip}", f"--port={port}"]
        command += [f"--course={courses[0] if courses else ''}", f"--first-uid={server.first_uid}"]
        command += [f"--config={installation}"] if installation else []
        command += ["--exit-with-parent"] if self.exit_with_parent else []
        sys.stdout.flush()
        if sys.stdout.isatty():  # under systemd the log belongs to the journal
            log = os.open(data.logs / "hub.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(log, 1)
            os.dup2(log, 2)
        os.execv(command[0], command)  # noqa: S606 - ourselves; the hub needs none of what the command line loaded

    def _install_demo(
        self, data: DataFolder, who: Identities, settings: Accounts, installation: Path | None
    ) -> None:
        print("正在建立示例课程（人物和单位全部是虚构的）……", flush=True)
        now = datetime.now().astimezone()
        course = install_demo(data, who, installation.parent if installation else Path.cwd(), 36, now)
        sheet = data.root / "学员密码条.docx"
        if not sheet.exists():
            slips = make_accounts(data, who, course, settings, sheet, now)
            print(f"示例学员 {len(slips)} 人的账号已经建立，一次性密码在 {sheet}", flush=True)
            if slips:
                print(f"　　例如：账号 {slips[0].account}　一次性密码 {slips[0].password}", flush=True)

    def _welcome(self, data: DataFolder, who: Identities, settings: Accounts, address: str) -> None:
        first = ensure_instructor(data, who, settings, datetime.now().astimezone())
        lines = [f"数据文件夹：{data.root}"]
        if first:
            lines.append(
                f"第一个教员：账号 {first.account}　一次性密码 {first.password}　（第一次登录时必须改掉，只显示这一次）"
            )
        lines.append(f"请用浏览器打开：{address}")
        if not who.separate:
            lines.append(_TRIAL)
        if sys.stdout.isatty():
            lines.append(f"日志：{data.logs / 'hub.log'}")
        lines.append("正在启动，约需十秒。按 Ctrl-C 结束。")
        print("\n".join(lines), flush=True)


def refuse_taken(ip: str, port: int) -> None:
    """Raises TrainerError when something else listens there already, or the address is not this machine's."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError as error:
            why = (
                "已经被别的程序占用（也许服务器已经在运行）"
                if error.errno == errno.EADDRINUSE
                else f"不能用：{error.strerror}"
            )
            raise TrainerError(f"{ip} 的端口 {port} {why}。请换一个：trainer serve --port=8080") from error
