"""What boards cost: reading a year's marks, ranking, tables and exports; stock ``nbgrader export``; and one GROUP BY.

Compare CPU seconds, and only within one run. The export is measured with few people only: its cost grows with their
square, and what it would cost for more is worked out from that and marked so.
"""

from __future__ import annotations

import argparse
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from support.common import Cost, here, median, run, seconds, show, times
from support.season import make_season
from trainer.contest.ranking import make_board
from trainer.leaderboard.frames import views
from trainer.leaderboard.publish import publish
from trainer.model.contest import Board, ContestRules, Result
from trainer.model.paper import Paper
from trainer.model.people import Roster
from trainer.nbgrader.course import Course
from trainer.nbgrader.entries import entries
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.workflow.leaderboard import result_of, results_in

MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
COLUMNS = ("做什么", "人数", "份数", "CPU", "实际用时", "是下限的")
GROUP_BY = (
    "select sa.student_id, a.name, sum(coalesce(g.manual_score, g.auto_score, 0) + coalesce(g.extra_credit, 0)) "
    "from grade g join submitted_notebook sn on sn.id = g.notebook_id "
    "join submitted_assignment sa on sa.id = sn.assignment_id join assignment a on a.id = sa.assignment_id "
    "group by sa.student_id, a.name"
)


def group_by(gradebook: Path) -> int:
    """The totals of everybody in one query: all that a list of totals needs."""
    with closing(sqlite3.connect(gradebook)) as database:
        return len(database.execute(GROUP_BY).fetchall())


def from_sums(course: Course, papers: list[Paper]) -> list[Result]:
    with CourseGradebook(course.db_url) as gradebook:
        return results_in(gradebook, *papers)


def from_cells(course: Course, papers: list[Paper]) -> list[Result]:
    """As boards were read before: every cell, added up here."""
    forms = {form.assignment: (paper, form) for paper in papers for form in paper.forms}
    with CourseGradebook(course.db_url) as gradebook:
        return [result_of(entry, *forms[entry.assignment]) for entry in entries(gradebook, list(forms))]


def board(paper: Paper, roster: Roster, found: list[Result]) -> Board:
    rules = ContestRules(
        format=1,
        id=paper.id,
        title="测速（虚构）",
        paper=paper.id,
        opens=MOMENT,
        closes=MOMENT + timedelta(hours=3),
    )
    own = {result.account: result for result in found if result.assignment == paper.id}
    return make_board(rules, roster, own, sections=paper.section_points())


def measure(folder: Path, people: int, asked: argparse.Namespace) -> list[list[str]]:
    """The rows of one size."""
    course, papers, roster = make_season(folder / f"season-{people}", people, asked.papers, asked.items)
    root, database = course.root, course.root / "gradebook.db"
    found = from_sums(course, papers)
    if len(found) != people * asked.papers:
        raise SystemExit(f"应当有 {people * asked.papers} 份，读出 {len(found)} 份")
    boards = [board(paper, roster, found) for paper in papers]
    parts = {
        "下限：一条 GROUP BY": lambda: group_by(database),
        "读全年成绩（各大题、待评、迟交）": lambda: from_sums(course, papers),
        "其中一份卷": lambda: from_sums(course, papers[:1]),
        "一份卷排名次": lambda: board(papers[0], roster, found),
        "一份卷的全部表": lambda: views(boards[0]),
        "一份卷导出网页、xlsx、csv、图": lambda: publish(boards[0], root / "board", generated_at=MOMENT),
    }
    if people <= asked.export_up_to:
        parts["读全年成绩（逐格，以前的办法）"] = lambda: from_cells(course, papers)
        if from_cells(course, papers) != found:
            raise SystemExit("由合计和由逐格读出的成绩不一样")
    for work in parts.values():
        work()  # imports and fonts are start-up, not the cost of a board
    costs = {name: median([here(work) for _ in range(asked.repeats)]) for name, work in parts.items()}
    if people <= asked.export_up_to:
        costs["nbgrader export（减去启动）"] = exported(root)
    least = costs["下限：一条 GROUP BY"]
    return [
        [
            name,
            str(people),
            str(people * (1 if name.startswith(("一份", "其中")) else asked.papers)),
            seconds(cost.cpu),
            seconds(cost.wall),
            times(cost.cpu, least.cpu),
        ]
        for name, cost in costs.items()
    ]


def exported(root: Path) -> Cost:
    """``nbgrader export`` with stock nbgrader's own indexes only, its start-up taken off."""
    with closing(sqlite3.connect(root / "gradebook.db")) as database, database:
        for (name,) in database.execute(
            "select name from sqlite_master where name like 'trainer_%'"
        ).fetchall():
            database.execute(f"drop index {name}")
    whole = run(["nbgrader", "export"], root)
    with closing(sqlite3.connect(root / "gradebook.db")) as database, database:
        for table in ("grade", "comment", "submitted_notebook", "submitted_assignment", "student"):
            database.execute(f"delete from {table}")
    start = run(["nbgrader", "export"], root)
    return Cost(whole.wall - start.wall, whole.cpu - start.cpu)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="榜单要多少 CPU：读成绩、排名次、导出，nbgrader export，下限。"
    )
    parser.add_argument(
        "--people", type=int, nargs="+", default=[100, 1000, 10000], help="人数（默认 100、1000、10000）"
    )
    parser.add_argument("--papers", type=int, default=10, help="一年几份卷（默认 10）")
    parser.add_argument("--items", type=int, default=20, help="一份卷多少题（默认 20）")
    parser.add_argument(
        "--export-up-to", type=int, default=100, help="不超过多少人时也运行 nbgrader export（默认 100）"
    )
    parser.add_argument("--repeats", type=int, default=3, help="重复几次取中位数（默认 3）")
    parser.add_argument(
        "--markdown", action="store_true", help="输出 Markdown 表格，给 docs/performance.md 用"
    )
    asked = parser.parse_args()
    rows: list[list[str]] = []
    with TemporaryDirectory(prefix="trainer-bench-") as folder:
        for people in asked.people:
            rows += measure(Path(folder), people, asked)
    show(f"榜单，{asked.papers} 份卷，每份 {asked.items} 题", COLUMNS, rows, markdown=asked.markdown)


if __name__ == "__main__":
    main()
