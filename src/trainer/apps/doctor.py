"""``trainer doctor``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from traitlets import Bool

from trainer.apps.backup import DataCommand
from trainer.apps.base import find_installation
from trainer.settings import Accounts, Server
from trainer.workflow.doctor.examine import examine, sound
from trainer.workflow.doctor.finding import Level, Place


class DoctorApp(DataCommand):
    """What is missing or unsafe."""

    name = "trainer-doctor"
    description = (
        "检查这台机器、这份程序和数据文件夹：缺什么、哪里不安全，一句话说明，并写出怎样改。只看，不改。"
        "有“问题”时退出状态为 1。"
    )
    examples = "trainer doctor --data=/srv/trainer\ntrainer doctor --all"
    classes = [Server, Accounts]  # noqa: RUF012 - a traitlets declaration

    everything = Bool(False, help="连同正常的一起显示").tag(config=True)
    flags = DataCommand.flags | {"all": ({"DoctorApp": {"everything": True}}, "连同正常的一起显示")}

    def run(self) -> int:
        place = Place(
            data=self.data,
            who=self.who,
            server=self.server,
            accounts=Accounts(config=self.config),
            now=datetime.now().astimezone(),
            configuration=find_installation(Path.cwd()),
            tls=bool(self.config.JupyterHub.get("ssl_cert", "")),
        )
        findings = examine(place)
        shown = [
            f
            for f in findings
            if self.everything or self.output_format == "json" or f.level is not Level.GOOD
        ]
        counts = {level: sum(finding.level is level for finding in findings) for level in Level}
        title = f"检查了 {len(findings)} 处：" + "，".join(
            f"{level.value} {count}" for level, count in counts.items() if count
        )
        self.print_table(
            title,
            ["级别", "检查", "说明", "怎样改"],
            [[finding.level.value, finding.about, finding.sentence, finding.cure] for finding in shown],
            sound=sound(findings),
        )
        return 0 if sound(findings) else 1
