"""What feedback costs: our two doors, stock nbgrader as it comes, and the least that could be done, on the same files.

Compare CPU seconds, and only within one run. Every door is run on one person and on many; the difference, divided by the
number of further people, is the cost of one with start-up taken off.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from support.common import Cost, here, make_course, marginal, median, run, seconds, show, submit, times
from trainer.nbgrader.course import Course
from trainer.workflow.grading import grade

COLUMNS = ("方式", "份数", "整个命令 CPU", "实际用时", "每份 CPU", "比 trainer feedback", "比下限")
STOCK_CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "peer"\n'


def variant(course: Path, name: str, keep: set[str], *, stock: bool = False) -> Path:
    """A copy of a graded course with only some people's notebooks; ``stock``: with nothing of ours configured."""
    place = course.with_name(name)
    shutil.copytree(course, place, ignore=shutil.ignore_patterns("submitted", "feedback"))
    for person in (place / "autograded").iterdir():
        if person.name not in keep:
            shutil.rmtree(person)
    if stock:
        (place / "nbgrader_config.py").write_text(STOCK_CONFIG, encoding="utf-8")
    return place


def cost_of(command: list[str], course: Path, repeats: int, *, again: bool = False) -> Cost:
    """Median cost of a command, each time where there is no feedback (``again``: where all of it is there)."""
    costs = []
    for _ in range(repeats):
        if not again:
            shutil.rmtree(course / "feedback", ignore_errors=True)
        costs.append(run(command, course))
    return median(costs)


def pages(course: Path) -> dict[str, bytes]:
    """Every page by its place."""
    folder = course / "feedback"
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.html"))}


def floor(course: Course, assignment: str, target: Path) -> None:
    """Read and parse each notebook, and write as many bytes as its page and its data have."""
    for account, notebook in course.autograded(assignment):
        made = course.root / "feedback" / account / assignment
        parsed = json.loads(notebook.read_bytes())
        place = target / account
        place.mkdir(parents=True)
        for name in (f"{assignment}.html", "feedback.json"):
            (place / name).write_bytes(b"x" * (made / name).stat().st_size * bool(parsed))


def measure(folder: Path, people: int, some: int, repeats: int) -> list[list[str]]:
    """The table's rows."""
    root = folder / "course"
    course, paper = make_course(root, 2 * people)  # half of them sit the other form
    submit(course, paper)
    grade(course, [paper.id])
    name = paper.forms[0].assignment
    accounts = [account for account, _ in course.autograded(name)]
    if len(accounts) < people:
        raise SystemExit(f"应当有 {people} 份，只有 {len(accounts)} 份")
    all_of, few_of = set(accounts[:people]), set(accounts[:some])
    one_of = set(accounts[:1])
    one, many, few = (
        variant(root, "one", one_of),
        variant(root, "many", all_of),
        variant(root, "few", few_of),
    )
    ours, stock = ["trainer", "feedback", name], ["nbgrader", "generate_feedback", name]

    start, whole = cost_of(ours, one, repeats), cost_of(ours, many, repeats)
    bulk = marginal(whole, start, people - 1)
    made = pages(many)
    start_again, whole_again = (
        cost_of(ours, one, repeats, again=True),
        cost_of(ours, many, repeats, again=True),
    )
    least_all = median(
        [here(lambda n=n: floor(Course(many), name, folder / f"floor-{n}")) for n in range(repeats)]
    )
    least = Cost(least_all.wall / people, least_all.cpu / people)

    door_one, door_few = cost_of(stock, one, 1), cost_of(stock, few, 1)
    if pages(few).items() - made.items():
        raise SystemExit("两个入口的网页不一样")
    bare_one = cost_of(stock, variant(root, "stock-one", one_of, stock=True), 1)
    bare_few = cost_of(stock, variant(root, "stock-few", few_of, stock=True), 1)

    def line(what: str, count: int, cost: Cost, each: Cost) -> list[str]:
        shown = [seconds(cost.cpu), seconds(cost.wall), seconds(each.cpu)]
        return [what, str(count), *shown, times(each.cpu, bulk.cpu), times(each.cpu, least.cpu)]

    return [
        line("trainer feedback", people, whole, bulk),
        line(
            "trainer feedback，没有变化再运行",
            people,
            whole_again,
            marginal(whole_again, start_again, people - 1),
        ),
        line(
            "nbgrader generate_feedback（本项目的设置）",
            some,
            door_few,
            marginal(door_few, door_one, some - 1),
        ),
        line("nbgrader generate_feedback（原样）", some, bare_few, marginal(bare_few, bare_one, some - 1)),
        line("下限：json.loads、写出同样多的字节", people, least_all, least),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description="反馈要多少 CPU：trainer feedback、nbgrader generate_feedback、下限。"
    )
    parser.add_argument("--people", type=int, default=200, help="多少份（默认 200）")
    parser.add_argument(
        "--stock", type=int, default=20, help="nbgrader generate_feedback 做多少份（默认 20）"
    )
    parser.add_argument(
        "--repeats", type=int, default=3, help="重复几次取中位数（默认 3；nbgrader 只做一次）"
    )
    parser.add_argument(
        "--markdown", action="store_true", help="输出 Markdown 表格，给 docs/performance.md 用"
    )
    asked = parser.parse_args()
    if not 2 <= asked.stock <= asked.people:
        parser.error("份数不对：--stock 至少 2，不超过 --people")
    with TemporaryDirectory(prefix="trainer-bench-") as folder:
        rows = measure(Path(folder), asked.people, asked.stock, asked.repeats)
    show("反馈，每份 38 题", COLUMNS, rows, markdown=asked.markdown)
    print(f"前 {asked.stock} 份在两个入口的网页逐字节相同。")


if __name__ == "__main__":
    main()
