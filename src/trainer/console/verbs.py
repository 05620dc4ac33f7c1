"""The verbs as a worker runs them: each calls the workflow function that the command line calls, and says what came out."""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.console.job import Desk
from trainer.console.lesson_verbs import publish_lessons, withdraw_lessons
from trainer.console.outcome import Given, Outcome, table
from trainer.errors import UsageError
from trainer.model.points import as_text
from trainer.nbgrader.course import Course
from trainer.settings import Accounts, Grading, QuestionBank

if TYPE_CHECKING:  # it loads python-docx, which most verbs do not need
    from trainer.accounts.slips import Slip

_GIB = 1024**3
#: What reading an uploaded workbook may take: a bomb ends here and not with the machine.
_SHEET_MEMORY, _SHEET_CPU_SECONDS = 2 * _GIB, 300
_STEPS_OF_GRADING = 40


# -- papers ------------------------------------------------------------------------------------------------------------


def make(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.papers import make as make_paper

    course = desk.course()
    desk.say("正在从题库抽题、配平各卷，题目多时要一两分钟。")
    made = make_paper(
        course,
        Path(QuestionBank(config=course.config).directory),
        course.root / "blueprints" / given["blueprint"],
        given["seed"],
        forms=given["forms"],
        replace=given["replace"],
    )
    paper = made.paper
    rows = [[f.letter, f.assignment, len(f.items), as_text(f.full)] for f in paper.forms]
    message = f"已组卷：{paper.title}（{paper.id}），{len(paper.forms)} 份平行卷。"
    return Outcome(message, {"paper": paper.id, "tables": [table("各卷", _FORM_COLUMNS, rows)]})


_FORM_COLUMNS = ("卷别", "作业", "题数", "满分")


def allot(desk: Desk, given: Given) -> Outcome:
    from trainer.papers.files import paper_path, read_paper
    from trainer.workflow.allotment import write_allocation
    from trainer.workflow.people import roster_of

    course = desk.course()
    paper = read_paper(paper_path(course.root, given["paper"]))
    allotted = list(write_allocation(course, paper, roster_of(course)).values())
    rows = [[f.letter, f.assignment, allotted.count(f.assignment)] for f in paper.forms]
    counts = table("各卷人数", ("卷别", "作业", "人数"), rows)
    message = f"已给 {len(allotted)} 人分好卷，分过的人不变。发布（或再发布一次）以后，考场才照这份名单给卷。"
    return Outcome(message, {"tables": [counts]})


def release(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.allotment import audience_of
    from trainer.workflow.papers import forms_named
    from trainer.workflow.papers import release as release_papers

    course = desk.course()
    rules = dict(given["rules"])
    for name in ("opens", "closes"):
        rules[name] = datetime.fromisoformat(rules[name]) if rules.get(name) else None
    found = forms_named(course, [given["paper"]])
    forms, everybody = [form.assignment for _, form in found], given["everybody"]
    desk.reporter.total(len(forms))
    for assignment in forms:
        desk.say(f"正在发布 {assignment}")
        release_papers(course, [assignment], rules, everybody=everybody)
        desk.reporter.advance()
    desk.reporter.finish()
    whom = audience_of(course, found[0][0], everybody=everybody).sentence
    return Outcome(f"已发布：{'、'.join(forms)}。到了开始时间，学员就能在自己的页面上看到。{whom}")


# -- submissions -------------------------------------------------------------------------------------------------------


def collect(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.papers import collect as collect_papers
    from trainer.workflow.papers import forms_named

    course = desk.course()
    desk.reporter.total(len(forms_named(course, [given["paper"]])))
    done = collect_papers(
        course, [given["paper"]], include_saved=given["saved"], advance=desk.reporter.advance
    )
    desk.reporter.finish()
    message = f"已收卷，共 {sum(count for _, count in done)} 份。下一步：阅卷。"
    return Outcome(message, {"tables": [table("收到", ("作业", "份数"), done)]})


def grade(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.grading import grade as grade_papers
    from trainer.workflow.papers import forms_named

    course = desk.course()
    forms = forms_named(course, [given["paper"]])
    total = sum(1 for _, form in forms for _ in course.submitted(form.assignment))
    _in_small_batches(course, total)
    desk.reporter.total(total)
    reports = grade_papers(
        course, [given["paper"]], accept=set(given["accept"]), advance=desk.reporter.advance
    )
    desk.reporter.finish()
    bad = [
        {"account": line.account, "assignment": line.assignment, "reason": line.reason}
        for report in reports
        for line in report.bad
    ]
    columns = ("作业", "本次阅卷", "没有变化", "待人工评阅（题）", "未作答（题）", "有问题")
    rows = [[r.assignment, r.graded, r.unchanged, r.pending, r.unanswered, len(r.bad)] for r in reports]
    troubled = f"有 {len(bad)} 份有问题，没有阅，文件原样未动。" if bad else ""
    done = f"阅卷完成，本次阅了 {sum(r.graded for r in reports)} 份。{troubled}"
    protected = sorted({report.protection for report in reports if report.protection})
    return Outcome("\n".join([done, *protected]), {"tables": [table("阅卷", columns, rows)], "bad": bad})


def _in_small_batches(course: Course, total: int) -> None:
    """Each batch is one step of the progress bar; batches are whole whatever their size."""
    settings = Grading(config=course.config)
    course.config.Grading.batch_size = min(settings.batch_size, max(5, total // _STEPS_OF_GRADING))


# -- marks made by people ----------------------------------------------------------------------------------------------


def export_marks(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.marks import export_marks as export

    path = desk.file("评分表.xlsx")
    count = export(
        desk.course(), [given["paper"]], path, everyone=given["everyone"], anonymous=given["anonymous"]
    )
    return Outcome(f"评分表已经做好，共 {count} 份作答，请在下面下载。")


def import_marks(desk: Desk, _given: Given) -> Outcome:
    from trainer.workflow.marks import import_marks as import_sheet

    _bound_sheets()
    done = import_sheet(desk.course(), desk.upload())
    return Outcome(f"已写入 {done.written} 份评分，还有 {done.waiting} 题等人工评阅。")


# -- outcomes ----------------------------------------------------------------------------------------------------------


def publish(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.leaderboard import publish_board

    desk.say("正在计算名次、画图、写表。")
    done = publish_board(desk.course(), given["contest"], desk.now)
    board = done.board
    pending = f"还有 {board.pending} 题等人工评阅，榜单为暂定。" if board.pending else ""
    rows = [[remark] for remark in board.remarks]
    tables = [table("注意", ("说明",), rows)] if rows else []
    return Outcome(f"榜单已经做好：{board.rules.title}。{pending}", {"tables": tables})


def feedback(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.feedback import generate_feedback
    from trainer.workflow.papers import forms_named

    course = desk.course()
    forms = forms_named(course, [given["paper"]])
    desk.reporter.total(sum(1 for _, form in forms for _ in course.autograded(form.assignment)))
    pages, failed = generate_feedback(
        course, [given["paper"]], release=given["release"], advance=desk.reporter.advance
    )
    desk.reporter.finish()
    sent = "，并发给了本人" if given["release"] else "，还没有发给本人"
    tables = [table("没有成功的", ("账号", "原因"), failed)] if failed else []
    return Outcome(f"反馈已生成 {pages} 份{sent}。", {"tables": tables})


def export(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.export import export_round

    path = desk.file(given["paper"] + ".zip")
    desk.say("正在打包试卷、名册、交卷、成绩、榜单和反馈。")
    count = export_round(desk.course(), given["paper"], path, advance=desk.reporter.advance)
    return Outcome(f"已打包 {count} 个文件，请在下面下载。里面有答案和全部成绩，请妥善保管。")


# -- people ------------------------------------------------------------------------------------------------------------


def import_roster(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.people import import_roster as import_sheet

    _bound_sheets()
    done = import_sheet(desk.course(), desk.upload(), replace=given["replace"])
    message = (
        f"名册共 {len(done.roster)} 人：新增 {done.added}，更新 {done.updated}，去掉 {len(done.removed)}。"
    )
    rows = list(done.roster.team_sizes().items())
    tables = [table("各单位人数", ("单位", "人数"), rows)]
    if done.removed:
        tables.append(table("去掉的人", ("账号",), [[account] for account in done.removed]))
    return Outcome(message, {"tables": tables})


def create_accounts(desk: Desk, _given: Given) -> Outcome:
    from trainer.workflow.accounts import create_accounts as create
    from trainer.workflow.accounts import open_accounts
    from trainer.workflow.people import roster_of

    course = desk.course()
    settings = Accounts(config=course.config)
    with closing(open_accounts(desk.place.data)) as store:
        done = create(store, roster_of(course), settings, desk.now)
    _write_slips(desk, done.slips, settings)
    return Outcome(
        f"新建账号 {len(done.slips)} 个，原来已有 {done.existing} 个。{_slips_sentence(done.slips)}"
    )


def reset_accounts(desk: Desk, given: Given) -> Outcome:
    from trainer.workflow.accounts import open_accounts, reset_unused
    from trainer.workflow.accounts import reset_accounts as reset

    settings = Accounts(config=desk.course().config)
    with closing(open_accounts(desk.place.data)) as store:
        if given["unused"]:
            slips = reset_unused(store, settings, desk.now)
        else:
            slips = reset(store, _trainees_only(store.named(given["accounts"])), settings, desk.now)
    _write_slips(desk, slips, settings)
    return Outcome(f"已重发一次性密码 {len(slips)} 个，原来的密码作废。{_slips_sentence(slips)}")


def _trainees_only(accounts: Sequence[Any]) -> list[str]:
    """Raises UsageError: whoever could give a colleague a new password could log in as that colleague."""
    others = [account.account for account in accounts if account.role != "trainee"]
    if others:
        raise UsageError(
            f"{'、'.join(others)} 是教师账号，教务台不能改，没有改动。请系统管理员在服务器上运行 trainer accounts。"
        )
    return [account.account for account in accounts]


def _write_slips(desk: Desk, slips: Sequence[Slip], settings: Accounts) -> None:
    from trainer.workflow.accounts import SlipFile

    if slips:
        SlipFile(desk.file("密码条.docx", private=True)).write(slips, settings)


def _slips_sentence(slips: Sequence[Slip]) -> str:
    return "密码条请在下面下载，只能下载一次，打印、裁开、发给本人。" if slips else ""


def _bound_sheets() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_SHEET_MEMORY, _SHEET_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SHEET_CPU_SECONDS, _SHEET_CPU_SECONDS))


VERBS: dict[str, Callable[[Desk, Given], Outcome]] = {
    "make": make,
    "allot": allot,
    "release": release,
    "collect": collect,
    "grade": grade,
    "export-marks": export_marks,
    "import-marks": import_marks,
    "publish": publish,
    "feedback": feedback,
    "export": export,
    "import-roster": import_roster,
    "create-accounts": create_accounts,
    "reset-accounts": reset_accounts,
    "publish-lessons": publish_lessons,
    "withdraw-lessons": withdraw_lessons,
}
