"""``trainer lessons``: check lessons, publish them for trainees, see how far people are."""

from __future__ import annotations

from pathlib import Path

from trainer.apps.base import TrainerApp
from trainer.nbgrader.course import CONFIG_FILE
from trainer.settings import Lessons, QuestionBank

_HALL = "要连上考场服务：请在教员自己的服务器里（例如 JupyterLab 的终端）运行。"


class _LessonsVerb(TrainerApp):
    """What the verbs share: the folder of the lessons."""

    classes = [Lessons, QuestionBank]  # noqa: RUF012 - a traitlets declaration
    aliases = TrainerApp.aliases | {"lessons": ("Lessons.directory", "放课的文件夹")}

    def folders(self) -> tuple[Path, Path]:
        """(lessons, bank): as the course says, when this is run in one, else as the installation does."""
        course = self.open_course() if (Path(self.course) / CONFIG_FILE).is_file() else None
        config = self.config if course is None else course.config
        return Path(Lessons(config=config).directory), self.bank_folder(course)


class LessonsCheckApp(_LessonsVerb):
    """Check all lessons of a folder."""

    name = "trainer-lessons-check"
    description = (
        "检查全部课：说明完整，练习用的题已审定、依据现行有效，没有存着的运行结果，图片都在。"
        "“题库题数”是这一课的专题在题库里已审的题。"
    )
    examples = "trainer lessons check\ntrainer lessons check --lessons=courses/notebooks"

    def run(self) -> None:
        from trainer.bank.reader import read_bank
        from trainer.workflow.bank import coverage
        from trainer.workflow.lessons.publishing import check_lessons

        folder, bank = self.folders()
        lessons = check_lessons(folder, bank)
        counted = coverage(read_bank(bank))
        rows = [
            [
                *(one.about.id, one.about.title, one.topic_title, one.about.minutes),
                *(len(one.exercises), len(one.records), "有" if one.end_test else ""),
                counted.cell(one.about.topic, None) if one.about.topic else "",
            ]
            for one in lessons
        ]
        columns = ["编号", "名称", "专题", "分钟", "练习", "样表", "小测验", "题库题数"]
        self.print_table("课程没有问题", columns, rows)


class LessonsTestApp(_LessonsVerb):
    """Write the blueprint of a lesson's end test."""

    name = "trainer-lessons-test"
    doing = "生成小测验的命题蓝图"
    description = (
        "按 tests/ 里的清单，写出一课小测验的命题蓝图（十道指定的题，一份卷），再用 trainer paper make 组卷。"
        "考过一次、题已经公开的，可以用备用题替换（改清单）再生成。"
    )
    usage = "<课的编号或序号> [文件]"
    arguments = (
        ("课的编号或序号", "例如 zhibu-dahui 或 01"),
        ("文件", "写到哪里，默认为课程文件夹里的 blueprints/<课的编号>-ceyan.yaml"),
    )
    examples = "trainer lessons test 01\ntrainer paper make blueprints/zhibu-dahui-ceyan.yaml"
    least, most = 1, 2

    def run(self) -> None:
        from trainer.workflow.lessons.testing import write_test

        asked, *where = self.extra_args
        path = Path(where[0]) if where else None
        path, blueprint = write_test(*self.folders(), asked, path, Path(self.course) / "blueprints")
        rows = [[one.title, one.count, "、".join(one.questions)] for one in blueprint.sections]
        self.print_table(blueprint.title, ["大题", "题数", "题目"], rows)
        self.say(f"已写入 {path}。组卷：trainer paper make {path}")


class LessonsPublishApp(_LessonsVerb):
    """Publish lessons at the hall."""

    name = "trainer-lessons-publish"
    description = f"检查并发布课，学员在学习大厅里就能学。内容没有变的不会重复发布。{_HALL}"
    usage = "[课的编号]… [选项]"
    arguments = (("课的编号", "只发布这几课；不写就发布全部"),)
    examples = "trainer lessons publish\ntrainer lessons publish zenyang-dati"
    most = None

    def run(self) -> None:
        from trainer.hall.learning_client import LearningClient
        from trainer.workflow.lessons.publishing import publish_lessons

        done = publish_lessons(*self.folders(), self.extra_args, LearningClient.from_environment())
        rows = [[one.id, one.title, one.version, "已发布" if one.changed else "没有变"] for one in done]
        self.print_table("发布课程", ["编号", "名称", "版本", "状态"], rows)


class LessonsWithdrawApp(TrainerApp):
    """Take lessons back."""

    name = "trainer-lessons-withdraw"
    description = f"撤下课：学员不再看到，各人的学习进度保留，再发布一次就恢复。{_HALL}"
    usage = "<课的编号>…"
    arguments = (("课的编号", "要撤下的课"),)
    examples = "trainer lessons withdraw zenyang-dati"
    least, most = 1, None

    def run(self) -> None:
        from trainer.hall.learning_client import LearningClient
        from trainer.workflow.lessons.publishing import withdraw_lessons

        withdraw_lessons(self.extra_args, LearningClient.from_environment())
        self.print_table("撤下课程", ["编号", "状态"], [[name, "已撤下"] for name in self.extra_args])


class LessonsProgressApp(TrainerApp):
    """How far people are."""

    name = "trainer-lessons-progress"
    description = f"每一课有多少人打开、学完。--format=json 时连同每个人的进度。{_HALL}"
    examples = "trainer lessons progress --format=json"

    def run(self) -> None:
        from trainer.hall.learning_client import LearningClient

        lessons = LearningClient.from_environment().lessons()
        rows = [
            [one["lesson"], one["title"], one["exercises"], one["opened"], one["finished"]] for one in lessons
        ]
        people = {one["lesson"]: one["users"] for one in lessons}
        self.print_table("学习进度", ["编号", "名称", "练习", "打开的人", "学完的人"], rows, people=people)


class LessonsApp(TrainerApp):
    """Commands on lessons."""

    name = "trainer-lessons"
    description = "课程：笔记本里的课，学员在学习大厅里学，练习当场告诉对错和依据。"
    subcommands = {  # noqa: RUF012 - a traitlets declaration
        "check": (LessonsCheckApp, "检查课"),
        "test": (LessonsTestApp, "生成课后小测验的命题蓝图"),
        "publish": (LessonsPublishApp, "发布课"),
        "withdraw": (LessonsWithdrawApp, "撤下课"),
        "progress": (LessonsProgressApp, "看学习进度"),
    }
