"""``trainer collect``, ``grade`` and ``regrade``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from traitlets import Bool, Unicode

from trainer.apps.base import TrainerApp
from trainer.model.points import as_text

if TYPE_CHECKING:
    from trainer.workflow.regrade import Regrading

_NAMES = (("试卷或作业", "试卷编号（指它的全部平行卷），或某一份卷的作业名"),)


class CollectApp(TrainerApp):
    """Collect submissions from nbgrader's exchange, or from the hall."""

    name = "trainer-collect"
    doing = "收卷"
    description = "从考场或 nbgrader 的交换区收卷，放进 submitted 文件夹。可以重复运行，只收新的。"
    usage = "<试卷或作业>… [选项]"
    arguments = _NAMES
    examples = "trainer collect leitai\ntrainer collect leitai --saved"
    least, most = 1, None

    saved = Bool(False, help="没有交卷、只在考场里保存过作答的人也收").tag(config=True)
    flags = TrainerApp.flags | {
        "saved": (
            {"CollectApp": {"saved": True}},
            "到截止时间仍没有交卷的人，按考场里保存的作答也收一份（只用于经考场的作业）",
        )
    }

    def run(self) -> None:
        from trainer.workflow.papers import collect

        done = collect(self.open_course(), self.extra_args, include_saved=self.saved)
        self.print_table("收卷", ["作业", "份数"], [list(line) for line in done])


class GradeApp(TrainerApp):
    """Grade all submissions in bulk."""

    name = "trainer-grade"
    doing = "阅卷"
    description = (
        "批量阅卷：客观题和答案比对（不启动内核、不执行交卷里的任何内容），案例题留给人评，实操题在沙箱里运行、测试另外运行，"
        "普通的 nbgrader 作业在沙箱里运行，成绩写进 nbgrader 的成绩册。没有变化的交卷不重复阅。有问题的交卷原样留着，最后列成一张表，退出码为 1。"
    )
    usage = "<试卷或作业>… [选项]"
    arguments = _NAMES
    examples = "trainer grade leitai\ntrainer grade leitai-a --accept=sl113,sl120\ntrainer grade ps1"
    least, most = 1, None

    accept = Unicode("", help="虽然缺单元格或多出笔记本，仍按现有内容阅卷的账号").tag(config=True)
    force = Bool(False, help="没有变化的也重新阅").tag(config=True)
    aliases = TrainerApp.aliases | {
        "accept": (
            "GradeApp.accept",
            "这些账号（用逗号分开）虽然缺单元格或多出笔记本，仍按现有内容阅卷，缺的算未作答",
        ),
        "dask": ("Grading.dask", "交给 dask 集群的工作机阅，写调度器的地址，例如 tcp://192.168.1.10:8786"),
        "workers": ("Grading.workers", "用几个进程比对答案；默认 0，份数多时自动用多个"),
    }
    flags = TrainerApp.flags | {
        "force": ({"GradeApp": {"force": True}}, "没有变化的也重新阅（人工分保留，但会标记为待复核）")
    }

    def run(self) -> int:
        from trainer.workflow.grading import grade

        course = self.open_course()
        accept = {name.strip() for name in self.accept.replace("，", ",").split(",") if name.strip()}
        reports = grade(course, self.extra_args, accept=accept, force=self.force)
        bad = [line for report in reports for line in report.bad]
        columns = ["作业", "本次阅卷", "没有变化", "待人工评阅（题）", "未作答（题）", "有问题"]
        rows = [[r.assignment, r.graded, r.unchanged, r.pending, r.unanswered, len(r.bad)] for r in reports]
        problems = [{"账号": line.account, "作业": line.assignment, "原因": line.reason} for line in bad]
        self.print_table("阅卷", columns, rows, problems=problems)
        protections = {report.protection for report in reports if report.protection}
        if self.output_format != "json":
            for sentence in sorted(protections):
                self.say(sentence)
        if bad and self.output_format != "json":
            self.print_table(
                f"有问题的交卷（{len(bad)} 份，本次没有阅，文件原样未动）",
                ["账号", "作业", "原因"],
                [[line.account, line.assignment, line.reason] for line in bad],
            )
        return 1 if bad else 0


class RegradeApp(TrainerApp):
    """Regrade after a key was corrected in the bank."""

    name = "trainer-regrade"
    doing = "重新计分"
    description = (
        "更正答案后重新计分。先在题库里改正答案并把 version 加一，再运行本命令：列出谁的分数、谁的名次会变；"
        "确认无误后加 --apply 写入。人工评的分不变。"
    )
    usage = "<试卷编号> [选项]"
    arguments = (("试卷编号", "要重新计分的试卷"),)
    examples = "trainer regrade leitai\ntrainer regrade leitai --apply --reason=第3题答案印错"
    least = most = 1

    apply = Bool(False, help="写入").tag(config=True)
    reason = Unicode("", help="更正说明").tag(config=True)
    aliases = TrainerApp.aliases | {"reason": ("RegradeApp.reason", "更正说明，记入试卷文件")}
    flags = TrainerApp.flags | {
        "apply": ({"RegradeApp": {"apply": True}}, "确认写入；不加只看影响，不改任何东西")
    }

    def run(self) -> None:
        from trainer.workflow.regrade import regrade

        course = self.open_course()
        done = regrade(
            course,
            self.bank_folder(course),
            self.extra_args[0],
            datetime.now(UTC).replace(microsecond=0),
            reason=self.reason,
            apply=self.apply,
        )
        if self.output_format == "json":
            self.print_json(_as_json(done))
            return
        self._show(done)

    def _show(self, done: Regrading) -> None:
        for line in done.refused:
            self.say(f"注意：{line}")
        for account, assignment in done.without_answers:
            self.say(
                f"注意：{account} 在 {assignment} 里有成绩，但阅过的作答文件不在了，没有重新计分；请重新收卷阅卷。"
            )
        if done.empty:
            self.say("题库里的答案和试卷一致，分数没有变化。")
            return
        if not done.corrections and not done.marks:
            self.say("分数没有变化。")
            return
        corrected = "、".join(
            f"{c.question}（第 {c.from_version} 版 → 第 {c.to_version} 版）" for c in done.corrections
        )
        self.say(f"更正的题目：{corrected or '（试卷已更正过，成绩册还没有跟上）'}")
        marks = [
            [
                c.account,
                c.name,
                c.assignment,
                c.number,
                c.question,
                "" if c.before is None else as_text(c.before),
                as_text(c.after),
                "人工分保留" if c.kept_manual else "",
            ]
            for c in done.marks
        ]
        columns = ["账号", "姓名", "作业", "题号", "题目", "原得分", "新得分", "说明"]
        self.print_table(f"分数有变化的（{len(marks)} 处）", columns, marks)
        ranks = [[r.contest, r.account, r.name, r.team, r.before, r.after] for r in done.ranks]
        self.print_table(
            f"名次有变化的（{len(ranks)} 人）", ["比赛", "账号", "姓名", "单位", "原名次", "新名次"], ranks
        )
        applied = "已写入成绩册。请重新导出榜单和反馈。"
        self.say(applied if done.applied else "以上只是预览，什么也没有改。确认无误后加 --apply 再运行一次。")


def _as_json(done: Regrading) -> dict[str, object]:
    return {
        "applied": done.applied,
        "corrections": [c.model_dump() for c in done.corrections],
        "refused": list(done.refused),
        "without_answers": [list(pair) for pair in done.without_answers],
        "marks": [
            {
                "账号": c.account,
                "姓名": c.name,
                "作业": c.assignment,
                "题号": c.number,
                "题目": c.question,
                "原得分": None if c.before is None else as_text(c.before),
                "新得分": as_text(c.after),
                "人工分保留": c.kept_manual,
            }
            for c in done.marks
        ],
        "ranks": [
            {
                "比赛": r.contest,
                "账号": r.account,
                "姓名": r.name,
                "单位": r.team,
                "原名次": r.before,
                "新名次": r.after,
            }
            for r in done.ranks
        ],
    }
