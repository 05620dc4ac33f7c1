"""What a leaderboard costs: reading, ranking and writing ours, stock ``nbgrader export``, and one GROUP BY.

Compare CPU seconds, and only within one run. The export is measured with few people only: its cost grows with their
square.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from support.common import Cost, here, make_course, median, run, seconds, show, submit, times
from trainer.leaderboard.publish import publish
from trainer.model.paper import Paper
from trainer.nbgrader.course import Course
from trainer.nbgrader.gradebook import CourseGradebook, GradebookEntry
from trainer.workflow.grading import grade
from trainer.workflow.leaderboard import board_of, contest_named

MOMENT = datetime(2026, 11, 21, tzinfo=UTC)
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


def entries_of(course: Course, paper: Paper) -> list[GradebookEntry]:
    with CourseGradebook(course.db_url) as gradebook:
        return gradebook.entries([form.assignment for form in paper.forms])


def graded_course(folder: Path, people: int) -> tuple[Course, Paper]:
    """Everybody has handed in and was graded."""
    course, paper = make_course(folder, people)
    submit(course, paper)
    reports = grade(course, [paper.id])
    if sum(report.graded for report in reports) != people:
        raise SystemExit("模拟的交卷没有全部阅完")
    return course, paper


def measure(folder: Path, people: int, repeats: int, *, export: bool) -> list[list[str]]:
    """The rows of one size."""
    fresh = folder / f"empty-{people}"
    course, paper = graded_course(folder / f"course-{people}", people)
    root = course.root
    rules = contest_named(course, "leitai")
    entries = entries_of(course, paper)
    board = board_of(course, rules, entries)
    parts = {
        "下限：一条 GROUP BY": lambda: group_by(root / "gradebook.db"),
        "读成绩册 entries()": lambda: entries_of(course, paper),
        "排名次 board_of()": lambda: board_of(course, rules, entries),
        "导出网页、xlsx、csv、图 publish()": lambda: publish(board, root / "board", generated_at=MOMENT),
    }
    for work in parts.values():
        work()  # imports and fonts are start-up, not the cost of a board
    costs = {name: median([here(work) for _ in range(repeats)]) for name, work in parts.items()}
    costs["trainer leaderboard（整个命令）"] = median(
        [run(["trainer", "leaderboard"], root) for _ in range(repeats)]
    )
    if export:
        whole = median([run(["nbgrader", "export"], root) for _ in range(repeats)])
        costs["nbgrader export（整个命令，只有总分的 csv）"] = whole
        shutil.copytree(root, fresh, ignore=shutil.ignore_patterns("submitted", "autograded", "board"))
        empty_gradebook(fresh / "gradebook.db")
        start = median([run(["nbgrader", "export"], fresh) for _ in range(repeats)])
        costs["nbgrader export（减去启动）"] = Cost(whole.wall - start.wall, whole.cpu - start.cpu)
    least = costs["下限：一条 GROUP BY"]
    return [
        [name, str(people), seconds(c.cpu), seconds(c.wall), times(c.cpu, least.cpu)]
        for name, c in costs.items()
    ]


def empty_gradebook(path: Path) -> None:
    """Nobody on it: what is left of the cost is start-up."""
    with closing(sqlite3.connect(path)) as database, database:
        for table in ("grade", "comment", "submitted_notebook", "submitted_assignment", "student"):
            database.execute(f"delete from {table}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description="榜单要多少 CPU：读成绩册、排名次、导出，nbgrader export，下限。"
    )
    parser.add_argument(
        "--people", type=int, nargs="+", default=[120, 1000], help="参赛人数（默认 120 和 1000）"
    )
    parser.add_argument(
        "--export-up-to", type=int, default=120, help="不超过多少人时也运行 nbgrader export（默认 120）"
    )
    parser.add_argument("--repeats", type=int, default=3, help="重复几次取中位数（默认 3）")
    asked = parser.parse_args()
    rows: list[list[str]] = []
    with TemporaryDirectory(prefix="trainer-bench-") as folder:
        for people in asked.people:
            rows += measure(Path(folder), people, asked.repeats, export=people <= asked.export_up_to)
    show("榜单，每人 38 题", ("做什么", "人数", "CPU", "实际用时", "是下限的"), rows)


if __name__ == "__main__":
    main()
