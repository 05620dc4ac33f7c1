"""The main job end to end on a made-up county: from the question bank to published boards and feedback.

Everything goes through the real parts; made up are the people, what they type and the time on their clocks.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Protocol

from trainer.contest.files import read_contest
from trainer.errors import Conflict
from trainer.grading.mark import treatment_of
from trainer.model.contest import Board, ContestRules
from trainer.model.paper import Form, Paper
from trainer.nbgrader.course import Course, create_course, quiet_nbgrader
from trainer.nbgrader.grade import BadSubmission
from trainer.papers.files import read_blueprint
from trainer.people.replacing import replace_file
from trainer.people.roster import write_roster
from trainer.simulation.answers import Essay, essay, typed_answer
from trainer.simulation.county import Sitting, made_up_roster, made_up_sittings
from trainer.simulation.marker import fill_mark_sheet
from trainer.workflow.allotment import write_allocation
from trainer.workflow.feedback import generate_feedback
from trainer.workflow.grading import grade
from trainer.workflow.leaderboard import publish_board
from trainer.workflow.marks import export_marks, import_marks
from trainer.workflow.papers import collect, make, release
from trainer.workflow.people import import_roster

MARKER = ".trainer-demo"
SEED = 2026
_STRANGER = "wairen01"


class Progress(Protocol):
    """Where the demo says what it does: a stage with a total, and steps in it."""

    def stage(self, title: str, total: int | None) -> None: ...
    def advance(self, steps: int = 1) -> None: ...


@dataclass(frozen=True)
class DemoOutcome:
    """What the demo made."""

    folder: Path
    paper: Paper
    board: Board
    bad: tuple[BadSubmission, ...]
    files: tuple[Path, ...]
    feedback_pages: int


def _fresh_folder(folder: Path) -> None:
    """Empty the demo's own folder; never one that holds something else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise Conflict(f"{folder} 里有别的文件，演示不会覆盖它。请用 --to 指定一个空文件夹。")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARKER).write_text("演示文件夹，每次运行 trainer demo 都会重新生成。\n", encoding="utf-8")


def run_demo(
    folder: Path,
    installation: Path,
    template: Path,
    bank: Path,
    now: datetime,
    progress: Progress,
    people: int = 120,
) -> DemoOutcome:
    """Run a whole competition below ``folder``, which is emptied first.

    ``installation`` is the jupyter_config.py, ``template`` the course folder whose blueprint and contest are used.
    """
    progress.stage("组卷：从题库抽题，生成两份平行卷", 1)
    _fresh_folder(folder)
    course, rules, paper = _course(folder, installation, template, bank)
    progress.advance()
    progress.stage("建名册：九个乡镇，示例学员导入 nbgrader", 1)
    roster, abilities = made_up_roster(people, SEED)
    sheet = folder / "名册.csv"
    write_roster(roster, sheet)
    import_roster(course, sheet)
    allotted = write_allocation(course, paper, roster)
    progress.advance()
    progress.stage("发布：generate_assignment 和 release_assignment", len(paper.forms))
    for form in paper.forms:
        release(course, [form.assignment])
        progress.advance()
    sittings = made_up_sittings(roster, abilities, allotted, (rules.opens, rules.closes), SEED)
    essays = _sit(course, paper, sittings, allotted, progress)
    progress.stage("收卷：collect", len(paper.forms))
    collect(course, [paper.id], advance=progress.advance)
    progress.stage("阅卷：客观题对答案，写入成绩册", None)
    reports = grade(course, [paper.id], advance=progress.advance)
    progress.stage("人工评阅：导出案例题评分表，填分，导入", 1)
    _mark_essays(course, paper, essays)
    progress.advance()
    progress.stage("榜单：计算并导出", 1)
    published = publish_board(course, rules.id, now)
    progress.advance()
    progress.stage("反馈：generate_feedback 和 release_feedback", None)
    pages, _ = generate_feedback(course, [paper.id], release=True, advance=progress.advance)
    bad = tuple(line for report in reports for line in report.bad)
    return DemoOutcome(folder, paper, published.board, bad, published.files, pages)


def _course(
    folder: Path, installation: Path, template: Path, bank: Path
) -> tuple[Course, ContestRules, Paper]:
    """A course of its own: exchange, cache and gradebook all below the demo folder."""
    config = create_course(folder, "leitai", installation)
    with config.open("a", encoding="utf-8") as file:
        file.write(
            "\n# 演示用的交换区和缓存都在本文件夹里，不经考场。\n"
            "c.pop('ExchangeFactory', None)\n"
            f"c.Exchange.root = {str(folder / 'exchange')!r}\n"
            f"c.Exchange.cache = {str(folder / 'exchange-cache')!r}\n"
            "c.ExchangeCollect.check_owner = False\n"
        )
    for name in ("blueprints", "contests"):
        shutil.copytree(template / name, folder / name, dirs_exist_ok=True)
    (folder / "exchange").mkdir(mode=0o777)
    (folder / "exchange").chmod(0o777)
    course = Course(folder)
    blueprint = folder / "blueprints" / "leitai.yaml"
    made = make(course, bank, blueprint, str(SEED))
    rules = read_contest(folder / "contests" / "leitai.yaml")
    assert read_blueprint(blueprint).id == rules.paper
    return course, rules, made.paper


def _sit(
    course: Course, paper: Paper, sittings: Sequence[Sitting], allotted: dict[str, str], progress: Progress
) -> dict[tuple[str, str], Essay]:
    """Everybody fetches, answers and submits; returns the essays by (account, cell)."""
    from trainer.simulation.exchange import Desk, spoil, write_answers

    present = [sitting for sitting in sittings if sitting.submitted is not None]
    desks = {
        s.trainee.account: Desk(course.config, course.root / "homes", s.trainee.account) for s in present
    }
    notebooks: dict[str, Path] = {}
    progress.stage("领卷：fetch_assignment", len(present))
    with quiet_nbgrader():
        for sitting in present:
            account = sitting.trainee.account
            notebooks[account] = desks[account].fetch(allotted[account])
            progress.advance()
    progress.stage("答卷：按能力和题目难度模拟作答", len(present))
    essays: dict[tuple[str, str], Essay] = {}
    for sitting in present:
        account = sitting.trainee.account
        form = paper.form_for(allotted[account])
        assert form is not None
        answers, written = _answers(form, sitting)
        essays |= {(account, cell): essay for cell, essay in written.items()}
        write_answers(notebooks[account], answers)
        spoil(notebooks[account], sitting.mishap)
        progress.advance()
    progress.stage("交卷：submit", len(present) + 1)
    with quiet_nbgrader():
        for sitting in present:
            account = sitting.trainee.account
            assert sitting.submitted is not None
            desks[account].submit(allotted[account], sitting.submitted)
            progress.advance()
        stranger = Desk(course.config, course.root / "homes", _STRANGER)
        stranger.fetch(paper.forms[0].assignment)
        assert present[0].submitted is not None
        stranger.submit(paper.forms[0].assignment, present[0].submitted)
        progress.advance()
    _write_check_in(course, present)
    return essays


def _answers(form: Form, sitting: Sitting) -> tuple[dict[str, str], dict[str, Essay]]:
    """What somebody types; a twin types what the other one types, if both sit the same form."""
    author = sitting.mishap.partition(":")[2] or sitting.trainee.account
    random = Random(f"{SEED}/{form.assignment}/{author}")  # noqa: S311 - a simulation, not a secret
    answers: dict[str, str] = {}
    essays: dict[str, Essay] = {}
    for item in form.items:
        if treatment_of(item) == "manual":
            essays[item.cell] = essay(item, sitting.ability, random)
            answers[item.cell] = essays[item.cell].text
        else:
            answers[item.cell] = typed_answer(item, sitting.ability, random)
    return answers, essays


def _write_check_in(course: Course, present: Sequence[Sitting]) -> None:
    lines = ["账号,姓名,签到时间"]
    lines += [f"{s.trainee.account},{s.trainee.name},{s.started:%Y-%m-%d %H:%M:%S}" for s in present]
    replace_file(course.root / "people" / "签到.csv", ("\ufeff" + "\r\n".join(lines) + "\r\n").encode())


def _mark_essays(course: Course, paper: Paper, essays: dict[tuple[str, str], Essay]) -> None:
    """Export the mark sheet, fill it in as the made-up markers do, import it."""
    sheet = course.root / "评分表.xlsx"
    export_marks(course, [paper.id], sheet)
    fill_mark_sheet(sheet, {key: (essay.points, essay.comment) for key, essay in essays.items()})
    import_marks(course, sheet)
