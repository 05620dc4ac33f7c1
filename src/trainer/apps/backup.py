"""``trainer backup`` and ``trainer restore``."""

from __future__ import annotations

import os
import signal
from datetime import datetime
from pathlib import Path

from trainer.apps.base import TrainerApp, find_installation
from trainer.hub.data_folder import DataFolder, Identities
from trainer.settings import Server
from trainer.workflow.backup.create import CONFIGURATION, back_up, place_for
from trainer.workflow.backup.postgresql import hall_database, how_to_dump, how_to_load
from trainer.workflow.backup.restore import restore


class DataCommand(TrainerApp):
    """What commands on the whole data folder share."""

    classes = [Server]  # noqa: RUF012 - a traitlets declaration
    aliases = {  # noqa: RUF012
        "data": ("Server.data", "数据文件夹，默认为当前文件夹下的 data"),
        "format": TrainerApp.aliases["format"],
    }

    @property
    def server(self) -> Server:
        return Server(config=self.config)

    @property
    def data(self) -> DataFolder:
        return DataFolder(Path(self.server.data))

    @property
    def who(self) -> Identities:
        return Identities(os.getuid() == 0, self.server.first_uid)


class BackupApp(DataCommand):
    """Everything that the server keeps, into one file, while it runs."""

    name = "trainer-backup"
    description = (
        "把服务器的全部数据备份成一个文件：账号、课程、成绩册、答卷和回执、签名钥匙、每个人的文件夹。"
        "服务器不用停。日志、缓存不备份。"
    )
    usage = "<文件> [选项]"
    arguments = (("文件", "写到哪里，例如 trainer.tar.gz；写一个文件夹，则按时间取名放进去"),)
    examples = "trainer backup /media/usb --data=/srv/trainer"
    least = most = 1

    def run(self) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave nothing half done behind
        now = datetime.now().astimezone()
        path = place_for(Path(self.extra_args[0]), self.data, now)
        elsewhere = hall_database(self.config)
        done = back_up(path, self.data, self.who, find_installation(Path.cwd()), now, elsewhere)
        left_out = done.left_out
        self.print_table(
            f"已备份到 {done.path}（{_size(done.bytes)}）",
            ["内容", "数量"],
            [
                ["文件", done.files],
                ["其中数据库", done.databases],
                ["合计", _size(done.data_bytes)],
                *([f"没有备份：{why}", count] for why, count in sorted(left_out.counts.items())),
            ],
            path=str(done.path),
            bytes=done.bytes,
            left_out=[{"path": where, "why": why} for where, why in left_out.examples],
            elsewhere=elsewhere,
        )
        for where, why in left_out.examples:
            self.say(f"  {where}：{why}")
        self.say("这个文件里有全部成绩、账号和签名钥匙，请像保管试卷一样保管它。")
        for line in how_to_dump(elsewhere) if elsewhere else ():
            self.say(line)


class RestoreApp(DataCommand):
    """A backup into an empty data folder."""

    name = "trainer-restore"
    description = (
        "把备份恢复到空的或还没有的数据文件夹。先核对整个备份，完好才放进去；里面已有东西时不动它。"
        "服务器要先停下。"
    )
    usage = "<文件> [选项]"
    arguments = (("文件", "trainer backup 做的备份"),)
    examples = "trainer restore trainer-2026-11-20-020000.tar.gz --data=/srv/trainer"
    least = most = 1

    def run(self) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        os.umask(0o077)
        data, who = self.data, self.who
        done = restore(Path(self.extra_args[0]), data, who)
        header = done.header
        self.print_table(
            f"已恢复到 {data.root}",
            ["内容", "数量"],
            [
                ["备份的时间", f"{header.moment:%Y-%m-%d %H:%M:%S}"],
                ["文件", done.files],
                ["合计", _size(done.data_bytes)],
            ],
            data=str(data.root),
            created=header.created,
            elsewhere=header.elsewhere,
        )
        for line in _next_steps(data, who, header.separate):
            self.say(line)
        for line in how_to_load(header.elsewhere) if header.elsewhere else ():
            self.say(line)


def _next_steps(data: DataFolder, who: Identities, separate: bool) -> list[str]:
    lines = []
    if separate and not who.separate:
        lines.append("注意：备份来自以 root 运行的服务器，这里不是 root，所有文件都归当前用户，只能试用。")
    if (data.root / CONFIGURATION).is_file():
        lines.append(
            f"原来那台机器的设置（jupyter_config.py）在 {data.root / CONFIGURATION}，供对照；现在用的设置没有改动。"
        )
    lines.append(f"下一步：trainer doctor --data={data.root}，再 trainer serve --data={data.root}。")
    lines.append("原来的服务器不要再启动，以免同一个人的答卷分在两处。")
    return lines


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
