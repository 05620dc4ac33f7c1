"""``trainer paper``: make, show, rebuild papers, and say who sits which form."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from traitlets import Bool, Unicode

from trainer.apps.base import TrainerApp
from trainer.kinds.base import all_kinds
from trainer.model.paper import Paper
from trainer.model.points import as_text
from trainer.papers.files import paper_path, read_paper
from trainer.papers.make import UNPROVED
from trainer.workflow.allotment import write_allocation
from trainer.workflow.papers import make, rebuild
from trainer.workflow.people import roster_of


def _balance(paper: Paper) -> list[list[str | int | float]]:
    """A line a form: what shows that the forms are parallel."""
    rows: list[list[str | int | float]] = []
    for form in paper.forms:
        expected = sum(item.hundredths * float(item.question["facility"]) for item in form.items) / form.full
        topics = Counter(item.topic for item in form.items)
        spread = "、".join(f"{topic} {count}" for topic, count in sorted(topics.items()))
        rows.append(
            [form.letter, form.assignment, len(form.items), as_text(form.full), round(expected, 3), spread]
        )
    return rows


_BALANCE_COLUMNS = ["卷别", "作业", "题数", "满分", "预计得分率", "各专题题数"]


class PaperMakeApp(TrainerApp):
    """Make a paper from a blueprint."""

    name = "trainer-paper-make"
    doing = "组卷"
    description = (
        "按命题蓝图从题库组卷，生成难度和内容相同的平行卷，写成 nbgrader 的作业。同样的种子总是得到同样的卷。"
    )
    usage = "<命题蓝图> [选项]"
    arguments = (("命题蓝图", "YAML 文件，写法见 docs/reference/blueprint.md"),)
    examples = "trainer paper make blueprints/leitai.yaml --seed=2026"
    least = most = 1

    seed = Unicode("1", help="随机种子，任意文字").tag(config=True)
    replace = Bool(False, help="替换同名的试卷").tag(config=True)
    aliases = TrainerApp.aliases | {"seed": ("PaperMakeApp.seed", "随机种子，任意文字，默认 1")}
    flags = TrainerApp.flags | {
        "replace": ({"PaperMakeApp": {"replace": True}}, "替换同名的试卷（有人交卷以后不能替换）")
    }

    def run(self) -> None:
        course = self.open_course()
        made = make(
            course, self.bank_folder(course), Path(self.extra_args[0]), self.seed, replace=self.replace
        )
        self.print_table(f"{made.paper.title}（{made.paper.id}）", _BALANCE_COLUMNS, _balance(made.paper))
        if made.paper.made_with.endswith(UNPROVED):
            self.say(
                "注意：题目太多，规定的计算量内没有证明这是唯一的选法，换一台机器可能选出别的题；请保存好试卷文件。"
            )
        self.say(f"试卷文件（含答案，只存放在教师一侧）：{made.path}")


class PaperShowApp(TrainerApp):
    """Show which questions stand on a paper."""

    name = "trainer-paper-show"
    description = "查看试卷：每道题的编号、版本、分值、答案和依据（只给教师看）。"
    usage = "<试卷编号>"
    least = most = 1

    def run(self) -> None:
        from trainer.kinds.base import kind_of, question_from_snapshot

        paper = read_paper(paper_path(self.open_course().root, self.extra_args[0]))
        titles = {name: kind.title for name, kind in all_kinds().items()}
        rows = []
        for form in paper.forms:
            for number, item in enumerate(form.items, 1):
                question = question_from_snapshot(item.question)
                key = kind_of(question).key_text(question, item.layout)
                rows.append(
                    [
                        form.letter,
                        number,
                        titles[question.kind],
                        question.id,
                        question.version,
                        as_text(item.hundredths),
                        key,
                        item.citation,
                    ]
                )
        columns = ["卷别", "题号", "题型", "题目", "版本", "分值", "答案", "依据"]
        self.print_table(f"{paper.title}（{paper.id}）", columns, rows)


class PaperRebuildApp(TrainerApp):
    """Write the notebooks of a paper again."""

    name = "trainer-paper-rebuild"
    doing = "恢复试卷"
    description = "只凭试卷文件重新生成各卷的笔记本，不看题库：去年的卷也能原样恢复。"
    usage = "<试卷编号>"
    least = most = 1

    def run(self) -> None:
        for path in rebuild(self.open_course(), self.extra_args[0]):
            self.say(f"已生成 {path}")


class PaperAllotApp(TrainerApp):
    """Say who sits which form."""

    name = "trainer-paper-allot"
    doing = "分卷"
    description = (
        "分卷：每个单位的人平均分到各平行卷，写入 people/ 下的分卷表；分过的人不变。计分时只认分给本人的卷。"
    )
    usage = "<试卷编号>"
    least = most = 1

    def run(self) -> None:
        course = self.open_course()
        paper = read_paper(paper_path(course.root, self.extra_args[0]))
        allotted = write_allocation(course, paper, roster_of(course))
        rows = [
            [form.letter, form.assignment, list(allotted.values()).count(form.assignment)]
            for form in paper.forms
        ]
        self.print_table("分卷", ["卷别", "作业", "人数"], rows)


class PaperApp(TrainerApp):
    """Commands on papers."""

    name = "trainer-paper"
    description = "试卷：组卷、查看、恢复、分卷。"
    subcommands = {  # noqa: RUF012
        "make": (PaperMakeApp, "按命题蓝图组卷"),
        "show": (PaperShowApp, "查看试卷和答案"),
        "rebuild": (PaperRebuildApp, "凭试卷文件恢复笔记本"),
        "allot": (PaperAllotApp, "分卷：谁做哪一份"),
    }
