"""What grading costs: our two doors, stock nbgrader on an equivalent assignment, and the least that could be done.

Compare CPU seconds, and only within one run. Every door is run on a few and on many submissions; the difference,
divided by the number of further submissions, is the cost of one with start-up taken off.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from support import peer
from support.common import (
    Cost,
    here,
    make_course,
    marginal,
    median,
    run,
    scores,
    seconds,
    show,
    submit,
    times,
)
from trainer.kinds.reading import answer_text
from trainer.model.paper import Paper
from trainer.nbgrader.course import Course
from trainer.nbgrader.notebooks import graded_cell

COLUMNS = ("方式", "份数", "整个命令 CPU", "实际用时", "其中启动", "每份 CPU", "比批量阅卷", "比下限")


def variant(course: Path, name: str, keep: set[str] | None, assignment: str | None = None) -> Path:
    """A copy of a course with only some people's submissions (None: all; with ``assignment``: only of that form)."""
    place = course.with_name(name)
    shutil.copytree(course, place)
    for person in (place / "submitted").iterdir():
        wrong_form = assignment is not None and not (person / assignment).is_dir()
        if wrong_form or (keep is not None and person.name not in keep):
            shutil.rmtree(person)
    return place


def forget(course: Path, gradebook: Path) -> None:
    """Back to where nothing was graded."""
    for name in ("autograded", ".trainer"):
        shutil.rmtree(course / name, ignore_errors=True)
    shutil.copyfile(gradebook, course / "gradebook.db")


def repeated(command: list[str], course: Path, gradebook: Path, repeats: int) -> Cost:
    """Median cost of a command, each time on a course where nothing was graded."""
    costs = []
    for _ in range(repeats):
        forget(course, gradebook)
        costs.append(run(command, course))
    return median(costs)


def floor(course: Course, paper: Paper, keys: dict[str, dict[str, str]]) -> None:
    """Read, compare, write the rows that grading writes, in one transaction. No notebook is written, no comment made."""
    rows: list[tuple[str, str, dict[str, float]]] = []
    for form in paper.forms:
        key = keys[form.assignment]
        points = {item.cell: float(item.points) for item in form.items}
        for account, folder in course.submitted(form.assignment):
            cells = json.loads((folder / f"{form.assignment}.ipynb").read_bytes())["cells"]
            typed = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell["source"] for cell in cells}
            rows.append(
                (
                    account,
                    form.assignment,
                    {c: points[c] if typed[c] == right else 0.0 for c, right in key.items()},
                )
            )
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database, database:
        ids = {
            (name, cell): (assignment, notebook, base)
            for name, assignment, notebook, base, cell in database.execute(
                "select a.name, a.id, n.id, b.id, b.name from assignment a join notebook n on n.assignment_id = a.id "
                "join base_cell b on b.notebook_id = n.id where b.type = 'GradeCell'"
            )
        }
        for account, name, marks in rows:
            submitted, own = uuid4().hex, uuid4().hex
            assignment, notebook, _ = ids[name, next(iter(marks))]
            database.execute(
                "insert into submitted_assignment (id, assignment_id, student_id) values (?, ?, ?)",
                (submitted, assignment, account),
            )
            database.execute(
                "insert into submitted_notebook (id, assignment_id, notebook_id) values (?, ?, ?)",
                (own, submitted, notebook),
            )
            database.executemany(
                "insert into grade (id, cell_id, notebook_id, auto_score, needs_manual_grade) values (?, ?, ?, ?, 0)",
                [(uuid4().hex, ids[name, cell][2], own, score) for cell, score in marks.items()],
            )


def plain_keys(paper: Paper) -> dict[str, dict[str, str]]:
    """One text for each cell to compare with; whether it is right does not matter for the cost."""
    return {
        form.assignment: {graded_cell(i): answer_text(i.cell) for i in form.items} for form in paper.forms
    }


def line(name: str, count: int, whole: Cost, each: Cost, bulk: Cost, least: Cost) -> list[str]:
    """A row of the table."""
    return [
        name,
        str(count),
        seconds(whole.cpu),
        seconds(whole.wall),
        seconds(whole.cpu - each.cpu * count),
        seconds(each.cpu),
        times(each.cpu, bulk.cpu),
        times(each.cpu, least.cpu),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description="阅卷要多少 CPU：批量阅卷、nbgrader autograde、执行式阅卷、下限。"
    )
    parser.add_argument("--submissions", type=int, default=100, help="模拟多少份交卷（默认 100）")
    parser.add_argument("--items", type=int, default=38, help="一份卷多少题（默认 38，和示例蓝图相同）")
    parser.add_argument("--stock", type=int, default=10, help="nbgrader autograde 阅多少份（默认 10）")
    parser.add_argument("--peer", type=int, default=6, help="执行式阅卷阅多少份（默认 6）")
    parser.add_argument(
        "--repeats", type=int, default=5, help="重复几次取中位数（默认 5；nbgrader autograde 只做一次）"
    )
    asked = parser.parse_args()
    if min(asked.submissions // 2, asked.stock, asked.peer) < 2:
        parser.error("份数太少：--submissions 至少 4，--stock 和 --peer 至少 2")
    with TemporaryDirectory(prefix="trainer-bench-") as folder:
        measure(Path(folder), asked)


def measure(folder: Path, asked: argparse.Namespace) -> None:
    root = folder / "course"
    course, paper = make_course(root, asked.submissions, asked.items)
    submit(course, paper)
    gradebook = folder / "fresh.db"
    shutil.copyfile(root / "gradebook.db", gradebook)
    form = paper.forms[0]
    first = [account for account, _ in course.submitted(form.assignment)]
    stock = min(asked.stock, len(first))

    few = variant(root, "few", {first[0]})
    bulk_few = repeated(["trainer", "grade", paper.id], few, gradebook, asked.repeats)
    bulk_many = repeated(["trainer", "grade", paper.id], root, gradebook, asked.repeats)
    bulk = marginal(bulk_many, bulk_few, asked.submissions - 1)
    marked = scores(root / "gradebook.db")
    if len(marked) != asked.submissions:
        raise SystemExit(f"应当阅 {asked.submissions} 份，成绩册里有 {len(marked)} 份")

    command = ["nbgrader", "autograde", form.assignment]
    some = variant(root, "some", set(first[:stock]))
    door_few = repeated(command, few, gradebook, 1)
    door_many = repeated(command, some, gradebook, 1)
    door = marginal(door_many, door_few, stock - 1)
    by_stock = scores(some / "gradebook.db")
    if by_stock != {account: marked[account] for account in first[:stock]}:
        raise SystemExit("两个入口给的分数不一样")

    peer_few, peer_many = peer.measure(folder / "peer", asked.peer)
    executed = marginal(peer_many, peer_few, asked.peer - 1)

    costs = []
    for _ in range(asked.repeats):
        shutil.copyfile(gradebook, root / "gradebook.db")
        costs.append(here(lambda: floor(course, paper, plain_keys(paper))))
    least_all = median(costs)
    least = Cost(least_all.wall / asked.submissions, least_all.cpu / asked.submissions)

    rows = [
        line("trainer grade（批量阅卷）", asked.submissions, bulk_many, bulk, bulk, least),
        line("nbgrader autograde（本项目的设置）", stock, door_many, door, bulk, least),
        line(
            f"nbgrader autograde（原样，{peer.QUESTIONS} 题执行测试）",
            asked.peer,
            peer_many,
            executed,
            bulk,
            least,
        ),
        line("下限：json.loads、比对、一个事务", asked.submissions, least_all, least, bulk, least),
    ]
    show(f"阅卷，每份 {len(form.items)} 题", COLUMNS, rows)
    print(f"前 {stock} 份在两个入口的逐题得分完全相同。")


if __name__ == "__main__":
    main()
