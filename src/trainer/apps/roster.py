"""``trainer roster``: import and show the people."""

from __future__ import annotations

from pathlib import Path

from traitlets import Bool

from trainer.apps.base import TrainerApp
from trainer.workflow.people import import_roster, roster_of


class RosterImportApp(TrainerApp):
    """Import a roster sheet."""

    name = "trainer-roster-import"
    doing = "导入名册"
    description = "导入名册（.xlsx 或 .csv）：账号、姓名、单位/乡镇必填，支部、职务、期次选填。"
    usage = "<名册文件> [选项]"
    arguments = (("名册文件", "Excel 或 csv；列名的常见写法都认得"),)
    examples = "trainer roster import 名册.xlsx --course=courses/2026leitai"
    least = most = 1

    replace = Bool(False, help="允许去掉已经交卷的人").tag(config=True)
    flags = TrainerApp.flags | {
        "replace": ({"RosterImportApp": {"replace": True}}, "新名册里少了已经交卷的人也照样导入")
    }

    def run(self) -> None:
        done = import_roster(self.open_course(), Path(self.extra_args[0]), replace=self.replace)
        sizes = done.roster.team_sizes()
        self.print_table(
            f"名册共 {len(done.roster)} 人（新增 {done.added}，更新 {done.updated}，去掉 {len(done.removed)}）",
            ["单位", "人数"],
            list(sizes.items()),
            removed=list(done.removed),
        )


class RosterShowApp(TrainerApp):
    """Show the roster."""

    name = "trainer-roster-show"
    description = "查看已导入的名册。"

    def run(self) -> None:
        roster = roster_of(self.open_course())
        rows = [(t.account, t.name, t.team, t.branch, t.post, t.cohort) for t in roster]
        self.print_table(f"名册（{len(roster)} 人）", ["账号", "姓名", "单位", "支部", "职务", "期次"], rows)


class RosterApp(TrainerApp):
    """Commands on the roster."""

    name = "trainer-roster"
    description = "名册：导入、查看。"
    subcommands = {  # noqa: RUF012
        "import": (RosterImportApp, "导入名册"),
        "show": (RosterShowApp, "查看名册"),
    }
