"""``trainer bank import`` and ``trainer bank export``."""

from __future__ import annotations

from pathlib import Path

from traitlets import Bool, CaselessStrEnum, Unicode

from trainer.apps.base import TrainerApp
from trainer.errors import NotFound, UsageError

_SHOWN = 40
_LONG = 44


class BankImportApp(TrainerApp):
    """Import question banks from office files."""

    name = "trainer-bank-import"
    description = (
        "导入 Word、Excel、文本等格式的题库：拿得准的写成草稿，拿不准的列入待审，每一行原文都有交代。\n"
        "报告是一张 Excel 表，改好以后再导入一次即可。不写 --topic 时只试读，不写题库。"
    )
    usage = "文件 [文件…] [选项]"
    arguments = (("文件", ".docx .xlsx .txt .md .csv .json .gift .xml（Moodle），可以一次给几个"),)
    examples = """
trainer bank import 题库.docx
trainer bank import 题库.docx 补充.xlsx --topic=dangfei
trainer bank import 导入报告.xlsx --topic=dangfei --out=第二次.xlsx
"""
    least = 1
    most = None

    topic = Unicode("", help="写进哪个专题（专题编号）；不写则只试读、出报告").tag(config=True)
    out = Unicode("", help="报告写到哪里，默认为当前文件夹的 导入报告.xlsx；已有同名文件时编号，不覆盖").tag(
        config=True
    )

    aliases = {  # noqa: RUF012 - a traitlets declaration
        **TrainerApp.aliases,
        "topic": ("BankImportApp.topic", "写进哪个专题（专题编号）；不写则只试读、出报告"),
        "out": ("BankImportApp.out", "报告写到哪里，默认为 导入报告.xlsx；不覆盖已有的文件"),
    }

    def run(self) -> int:
        from trainer.workflow.bank_import import import_files

        out = Path(self.out) if self.out else None
        if out is not None and out.suffix.lower() != ".xlsx":
            raise UsageError("报告是 Excel 表，--out 请写以 .xlsx 结尾的文件名。")
        done = import_files([Path(word) for word in self.extra_args], self.bank_folder(), self.topic, out)
        words = ("新题", "已更新", "已在题库", "重复", "待审")
        rows = [
            [file.name, file.questions, *(file.outcomes.get(word, 0) for word in words), file.left_over]
            for file in done.files
        ]
        doubtful = [
            {"文件": file, "位置": place, "题干": stem, "原因": why}
            for file, place, stem, why in done.doubtful
        ]
        self.print_table(
            "导入结果",
            ("文件", "题数", *words, "其余内容"),
            rows,
            doubtful=doubtful,
            written=[str(path) for path in done.written],
            report=str(done.report),
            notices=[f"{file.name}：{notice}" for file in done.files for notice in file.notices],
        )
        if self.output_format == "json":
            return 0
        for file in done.files:
            for notice in file.notices:
                self.say(f"{file.name}：{notice}")
        if doubtful:
            shown = [[d["文件"], d["位置"], _short(d["题干"]), d["原因"]] for d in doubtful[:_SHOWN]]
            more = f"（先列 {_SHOWN} 道，全部见报告）" if len(doubtful) > _SHOWN else ""
            self.print_table(f"待审 {len(doubtful)} 道{more}", ("文件", "位置", "题干", "原因"), shown)
        for path in done.written:
            self.say(f"草稿已写入 {path}")
        if done.tried_only:
            self.say("这次只是试读，没有写题库；要写入请加 --topic=专题编号。")
        self.say(f"报告：{done.report}（改好后再导入一次；没有成为题目的内容在“其余内容”一页）")
        return 0


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONG else f"{line[:_LONG]}……"


class BankExportApp(TrainerApp):
    """Export questions for Excel, for print and for other platforms."""

    name = "trainer-bank-export"
    description = (
        "导出题目，格式看文件名的结尾：.xlsx 填写用的表格，.docx 打印的试卷（另有答案和手工阅卷的答题卡各一份），"
        ".gift 和 .xml 供 Moodle 等平台导入。已有的文件不覆盖。"
    )
    usage = "文件 [选项]"
    arguments = (("文件", "写到哪里，以 .xlsx、.docx、.gift、.xml 结尾"),)
    examples = """
trainer bank export 空白表.xlsx --empty
trainer bank export 党费.xlsx --topic=dangfei --status=all
trainer bank export 自测.docx --topic=dangfei --kind=single
trainer bank export 甲卷.docx --paper=leitai-a --course=leitai
trainer bank export 题库.gift
"""
    least = most = 1

    topic = Unicode("", help="只要这个专题").tag(config=True)
    kind = Unicode("", help="只要这种题型，例如 single").tag(config=True)
    status = CaselessStrEnum(
        ["reviewed", "draft", "retired", "all"],
        "reviewed",
        help="只要这种状态的题：reviewed、draft、retired、all",
    ).tag(config=True)
    paper = Unicode("", help="不从题库选题，导出课程里的这份试卷（作业名）").tag(config=True)
    empty = Bool(False, help="只要空白的填写表").tag(config=True)

    aliases = {  # noqa: RUF012 - a traitlets declaration
        **TrainerApp.aliases,
        "topic": ("BankExportApp.topic", "只要这个专题"),
        "kind": ("BankExportApp.kind", "只要这种题型，例如 single"),
        "status": ("BankExportApp.status", "reviewed（默认）、draft、retired 或 all"),
        "paper": ("BankExportApp.paper", "不从题库选题，导出课程里的这份试卷（作业名，例如 leitai-a）"),
    }
    flags = {  # noqa: RUF012 - a traitlets declaration
        **TrainerApp.flags,
        "empty": ({"BankExportApp": {"empty": True}}, "只要空白的填写表（.xlsx）"),
    }

    def run(self) -> None:
        from trainer.workflow.bank_export import export_bank, export_form

        target = Path(self.extra_args[0])
        if self.paper:
            from trainer.papers.files import find_papers

            found = [(made, made.form_for(self.paper)) for made in find_papers(Path(self.course))]
            made, form = next(((made, form) for made, form in found if form is not None), (None, None))
            if made is None or form is None:
                raise NotFound(f"课程里没有作业“{self.paper}”，请用 trainer paper show 看有哪些试卷。")
            for path in export_form(made, form, target):
                self.say(f"已写入 {path}")
            return
        paths, count, left_out = export_bank(
            self.bank_folder(),
            target,
            topic=self.topic,
            kind=self.kind,
            status=self.status,
            empty=self.empty,
        )
        for path in paths:
            self.say(f"已写入 {path}")
        self.say("是空白的填写表。" if self.empty else f"共 {count} 道题。")
        if left_out:
            self.say(f"另有 {left_out} 道实操题，表格里放不下，没有导出。")
