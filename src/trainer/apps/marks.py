"""``trainer marks``: the sheet for human markers, out and in."""

from __future__ import annotations

from pathlib import Path

from traitlets import Bool

from trainer.apps.base import TrainerApp
from trainer.workflow.marks import export_marks, import_marks


class MarksExportApp(TrainerApp):
    """Write a mark sheet."""

    name = "trainer-marks-export"
    description = "导出评分表：把等待人工评阅的作答列成 Excel，评委填“得分”和“评语”两列。"
    usage = "<评分表.xlsx> <试卷或作业>… [选项]"
    arguments = (("评分表.xlsx", "写到哪里"), ("试卷或作业", "试卷编号或作业名"))
    examples = "trainer marks export 评分表.xlsx leitai --anonymous"
    least, most = 2, None

    everyone = Bool(False, help="已评过的也导出").tag(config=True)
    anonymous = Bool(False, help="不写姓名").tag(config=True)
    flags = TrainerApp.flags | {
        "all": ({"MarksExportApp": {"everyone": True}}, "已经评过的也导出"),
        "anonymous": ({"MarksExportApp": {"anonymous": True}}, "不写姓名，盲评"),
    }

    def run(self) -> None:
        path = Path(self.extra_args[0])
        count = export_marks(
            self.open_course(), self.extra_args[1:], path, everyone=self.everyone, anonymous=self.anonymous
        )
        self.say(f"已导出 {count} 份待评作答：{path}")


class MarksImportApp(TrainerApp):
    """Read a mark sheet back."""

    name = "trainer-marks-import"
    doing = "导入评分表"
    description = "导入填好的评分表。有一行不对就一行也不写，并列出每一处问题；得分空着的行表示还没评，跳过。"
    usage = "<评分表.xlsx>"
    arguments = (("评分表.xlsx", "填好的评分表"),)
    examples = "trainer marks import 评分表.xlsx"
    least = most = 1

    def run(self) -> None:
        done = import_marks(self.open_course(), Path(self.extra_args[0]))
        self.print_table("导入评分表", ["写入（份）", "还等人工评阅（题）"], [[done.written, done.waiting]])


class MarksApp(TrainerApp):
    """Commands on marks made by people."""

    name = "trainer-marks"
    description = "人工评分：导出评分表、导入评分表。"
    subcommands = {  # noqa: RUF012
        "export": (MarksExportApp, "导出评分表"),
        "import": (MarksImportApp, "导入评分表"),
    }
