"""``trainer bank``: check, count, and the schema for editors."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from traitlets import Bool, Unicode

from trainer.apps.bank_exchange import BankExportApp, BankImportApp
from trainer.apps.base import TrainerApp
from trainer.errors import ProblemsFound
from trainer.nbgrader.course import CONFIG_FILE
from trainer.settings import Lessons
from trainer.workflow.bank import BANDS, Coverage, check_bank, coverage, write_schema


class BankCheckApp(TrainerApp):
    """Check the bank; exit status 1 when there is anything to mend."""

    name = "trainer-bank-check"
    description = "检查题库：每处问题给出文件、行号、题目编号和改法；没有问题时退出码为 0。"
    examples = "trainer bank check\ntrainer bank check --bank=我的题库 --format=json"
    columns: ClassVar[tuple[str, ...]] = ("文件", "行", "题目", "问题")

    def run(self) -> int:
        try:
            bank = check_bank(self.bank_folder())
        except ProblemsFound as found:
            rows = [(p.file, p.line or None, p.question, p.sentence) for p in found.problems]
            self.print_table(f"题库有 {len(rows)} 处问题", self.columns, rows)
            return 1
        reviewed = len(bank.eligible())
        title = f"题库没有问题：共 {len(bank.entries)} 道题，其中已审 {reviewed} 道。"
        self.print_table(title, self.columns, [], questions=len(bank.entries), reviewed=reviewed)
        return 0


class BankStatsApp(TrainerApp):
    """Count the reviewed questions by topic, kind and difficulty."""

    name = "trainer-bank-stats"
    description = "统计题量：专题 × 题型 × 难度（易：预计得分率 0.8 以上；中：0.6 到 0.8；难：0.6 以下），只数已审的题。"
    examples = "trainer bank stats\ntrainer bank stats --format=json"

    def run(self) -> None:
        counted = coverage(check_bank(self.bank_folder()))
        columns = ["专题", *counted.kinds.values(), "合计", *BANDS]
        rows = [self._row(counted, name, topic) for topic, name in counted.topics.items()]
        rows.append(self._row(counted, "合计", None))
        self.print_table("题量（已审）", columns, rows, cells=_cells(counted))
        self.say(f"另有草稿 {counted.drafts} 道、停用 {counted.retired} 道。")

    @staticmethod
    def _row(counted: Coverage, name: str, topic: str | None) -> list[str | int]:
        by_kind = [counted.cell(topic, kind) for kind in counted.kinds]
        return [
            name,
            *by_kind,
            counted.cell(topic, None),
            *(counted.cell(topic, None, band) for band in BANDS),
        ]


def _cells(counted: Coverage) -> list[dict[str, str | int]]:
    """Topic × kind × difficulty in full, for programs."""
    return [
        {
            "专题": counted.topics[topic],
            "题型": counted.kinds[kind],
            "难度": band,
            "题数": counted.cell(topic, kind, band),
        }
        for topic in counted.topics
        for kind in counted.kinds
        for band in BANDS
    ]


class BankStaleApp(TrainerApp):
    """What has to be looked at when a regulation was replaced."""

    name = "trainer-bank-stale"
    description = (
        "法规换了新版以后，列出依据旧条文的题、试卷、课和小测验，逐条说明改了什么。"
        "在课程文件夹里运行时也查试卷。退出码为 1 表示有题要改。"
    )
    examples = "trainer bank stale --since=2014版\ntrainer bank stale --since=2026-01-01\ntrainer bank stale --everything"
    since = Unicode(
        "", help="哪一版被取代：旧版的编号、版本（2014版）或简称；或者日期，只看这一天以后施行的新版"
    ).tag(config=True)
    everything = Bool(False, help="连同已经按新版出的题").tag(config=True)
    classes = [Lessons]  # noqa: RUF012 - a traitlets declaration
    aliases = TrainerApp.aliases | {
        "since": ("BankStaleApp.since", "哪一版被取代，或者日期；不写就是全部"),
        "lessons": ("Lessons.directory", "放课的文件夹"),
    }
    flags = TrainerApp.flags | {
        "everything": ({"BankStaleApp": {"everything": True}}, "连同已经按新版出的题，便于逐题复核")
    }

    def run(self) -> int:
        from trainer.workflow.stale import find_stale

        course = self.open_course() if (Path(self.course) / CONFIG_FILE).is_file() else None
        lessons = Path(Lessons(config=self.config if course is None else course.config).directory)
        found = find_stale(
            self.bank_folder(course),
            self.since,
            course=course.root if course else None,
            lessons=lessons if lessons.is_dir() else None,
        )
        for pair in found.pairs:
            self.say(f"《{pair.old.short_name}》（{pair.old.version}）已被{pair.new.version}取代：")
            for one in pair.old.changed_articles:
                self.say(f"  第{one.article}条：{pair.said(one.article)}")
        shown = [*found.old, *(found.new if self.everything else ())]
        rows = [
            [one.entry.question.id, one.entry.file, one.entry.line, one.article, one.state, one.what]
            for one in shown
        ]
        touched = [[one.kind, one.name, "、".join(one.questions)] for one in found.touched]
        self.print_table(
            "依据旧条文的题", ["题目", "文件", "行", "依据", "怎么办", "改了什么"], rows, touched=touched
        )
        for kind, name, questions in touched:
            self.say(f"{kind} {name}：{questions}")
        to_do = sum(one.state == "要改或者停用" for one in found.old)
        self.say(
            f"要改或者停用的题 {to_do} 道，用到旧题的试卷、课、小测验 {len(touched)} 份；"
            f"已经按新版出、条文有变化的题 {len(found.new)} 道。"
        )
        return 1 if to_do or touched else 0


class BankSchemaApp(TrainerApp):
    """Write the JSON Schema of question files."""

    name = "trainer-bank-schema"
    description = "生成题库文件的 JSON Schema，编辑器据此提示和检查。"
    usage = "[文件]"
    arguments = (("文件", "写到哪里，默认为题库文件夹里的 schema.json"),)
    most = 1

    def run(self) -> None:
        path = Path(self.extra_args[0]) if self.extra_args else self.bank_folder() / "schema.json"
        write_schema(path)
        self.say(f"已写入 {path}")


class BankApp(TrainerApp):
    """Commands on the question bank."""

    name = "trainer-bank"
    description = "题库：检查、统计、查旧条文、导入、导出，为编辑器生成格式说明。"
    subcommands = {  # noqa: RUF012
        "check": (BankCheckApp, "检查题库"),
        "stats": (BankStatsApp, "统计题量"),
        "stale": (BankStaleApp, "法规换了新版：哪些题、卷、课要看"),
        "schema": (BankSchemaApp, "生成 JSON Schema"),
        "import": (BankImportApp, "导入 Word、Excel 等格式的题库"),
        "export": (BankExportApp, "导出为 Excel、Word 试卷、GIFT、Moodle XML"),
    }
