"""``trainer release`` and ``trainer extend``: what is open to whom, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from traitlets import Bool, CaselessStrEnum, Int, Unicode

from trainer.apps.base import TrainerApp
from trainer.errors import UsageError
from trainer.workflow.allotment import audience_of
from trainer.workflow.extra_time import extend
from trainer.workflow.papers import forms_named, release


def moment(option: str, text: str) -> datetime | None:
    """A time as written on the command line, by this machine's clock unless it names an offset; None for "".

    Raises UsageError.
    """
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except ValueError:
        raise UsageError(f"--{option} 的时间“{text}”看不懂，请写成 2026-11-20T09:00 这样。") from None


class ReleaseApp(TrainerApp):
    """Release papers through nbgrader, with the rules that the hall enforces."""

    name = "trainer-release"
    doing = "发布"
    description = (
        "发布试卷：运行 nbgrader 的 generate_assignment 和 release_assignment，之后学员可以领卷。"
        "开始、截止时间取自比赛规则；经考场发布时由服务器执行。可以重复运行：没有写明的规则不变。"
        "有平行卷而且分过卷的，每人只看到分给自己的一份；名单变了，分卷以后再运行一次。"
    )
    usage = "<试卷或作业>… [选项]"
    arguments = (("试卷或作业", "试卷编号（指它的全部平行卷），或某一份卷的作业名"),)
    examples = (
        "trainer release leitai\ntrainer release lianxi --closes=2026-11-20T11:00 --attempts=3 --counts=best"
    )
    least, most = 1, None

    opens = Unicode("", help="开始时间").tag(config=True)
    closes = Unicode("", help="截止时间").tag(config=True)
    attempts = Int(None, min=0, allow_none=True, help="最多交几次").tag(config=True)
    counts = CaselessStrEnum(["first", "last", "best"], None, allow_none=True, help="算哪一次").tag(
        config=True
    )
    late = CaselessStrEnum(["accept", "keep"], None, allow_none=True, help="迟交的算不算").tag(config=True)
    grace = Int(None, min=0, allow_none=True, help="宽限秒数").tag(config=True)
    everybody = Bool(False, help="各份平行卷发给所有人").tag(config=True)
    flags = TrainerApp.flags | {
        "everybody": ({"ReleaseApp": {"everybody": True}}, "各份平行卷所有人都看得到，不按分卷"),
    }
    aliases = TrainerApp.aliases | {
        "opens": ("ReleaseApp.opens", "开始时间，例如 2026-11-20T09:00（本机时区）；以前不能领卷"),
        "closes": ("ReleaseApp.closes", "截止时间，写法相同"),
        "attempts": ("ReleaseApp.attempts", "每人最多交几次，0 表示不限"),
        "counts": ("ReleaseApp.counts", "算哪一次：first 第一次，last 最后一次，best 得分最高的一次"),
        "late": ("ReleaseApp.late", "截止以后交的：keep 保存但不算数，accept 也算并记迟交"),
        "grace": ("ReleaseApp.grace", "截止以后多少秒以内到的仍算按时"),
    }

    def run(self) -> None:
        course = self.open_course()
        release(course, self.extra_args, self._rules(), everybody=self.everybody)
        rows, sentences = [], []
        for paper, form in forms_named(course, self.extra_args):
            audience = audience_of(course, paper, everybody=self.everybody)
            own = None if audience.people is None else audience.people[form.assignment]
            rows.append([form.assignment, "已发布", "所有人" if own is None else f"{len(own)} 人"])
            sentences += [f"{paper.title}：{audience.sentence}"] if audience.sentence else []
        self.print_table("发布", ["作业", "状态", "给谁"], rows)
        for sentence in dict.fromkeys(sentences):
            self.say(sentence)

    def _rules(self) -> dict[str, Any]:
        """What was asked for on the command line."""
        asked = {
            "opens": moment("opens", self.opens),
            "closes": moment("closes", self.closes),
            "counts": self.counts,
            "late": self.late,
            "grace_seconds": self.grace,
        }
        rules = {name: value for name, value in asked.items() if value is not None}
        return rules if self.attempts is None else rules | {"attempts": self.attempts or None}


class ExtendApp(TrainerApp):
    """Give one person extra time."""

    name = "trainer-extend"
    description = (
        "给个人延长时间：这个人的截止时间推后若干分钟（总共，不是再加），别人不变。写 0 取消。"
        "只用于经考场发布的作业。"
    )
    usage = "<试卷或作业> <账号> <分钟>"
    arguments = (
        ("试卷或作业", "试卷编号（指它的全部平行卷）或作业名"),
        ("账号", "学员的登录账号"),
        ("分钟", "一共延长多少分钟"),
    )
    examples = "trainer extend leitai sl012 15"
    least = most = 3

    def run(self) -> None:
        name, account, minutes = self.extra_args
        if not (minutes.isascii() and minutes.isdigit()):
            raise UsageError(f"分钟数“{minutes}”不对，请写 0 或正整数。")
        done = extend(self.open_course(), name, account, int(minutes))
        rows = [[assignment, account, int(minutes)] for assignment in done]
        self.print_table("延长时间", ["作业", "账号", "共延长（分钟）"], rows)
