"""What grading costs: ours, stock nbgrader and the least that could be done, on the same files in one run.

Compare CPU seconds, and only within one run. Every way is run on one submission and on many; the difference, divided by
the number of further submissions, is the cost of one with start-up taken off.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from support import peer
from support.common import Cost, here, make_course, marginal, median, scores, seconds, show, submit, times
from support.grading import Graded, as_stock, floor
from trainer.nbgrader.course import Course

SIZES = (20, 100, 1000)
GROWTH = (100, 1000, 10_000)
COLUMNS = (
    "方式",
    "份数",
    "整个命令 CPU",
    "实际用时",
    "每份 CPU",
    "原版是它的",
    "它是下限的",
    "峰值内存（命令自己）",
)
OURS, AGAIN, DOOR = "trainer grade", "trainer grade，再运行（没有变化）", "nbgrader autograde（本项目的设置）"
STOCK, FLOOR = "nbgrader autograde（原版，执行测试）", "下限：json.loads、比对、一个事务"
SAME = "nbgrader autograde（原版，同样的文件）"


@dataclass(frozen=True)
class Line:
    """One way of grading at one size; ``each`` has start-up taken off. ``guessed``: computed from a smaller run."""

    way: str
    count: int
    whole: Cost
    each: Cost
    guessed: bool = False


def guessed(line: Line, count: int) -> Line:
    """What a way would cost at another size, from what one more submission costs."""
    more = count - line.count
    whole = Cost(line.whole.wall + more * line.each.wall, line.whole.cpu + more * line.each.cpu)
    return Line(line.way, count, whole, line.each, guessed=True)


def measure(folder: Path, asked: argparse.Namespace) -> list[Line]:
    """All lines of the table."""
    root = folder / "course"
    course, paper = make_course(root, max(asked.sizes), asked.items)
    submit(course, paper)
    command = ["trainer", "grade", paper.id]
    people = sorted(path.name for path in (root / "submitted").iterdir())
    # One submission of each form, so that start-up is the same with few and with many.
    forms = {form.assignment for form in paper.forms}
    few = [next(p for p in people if (root / "submitted" / p / form).is_dir()) for form in sorted(forms)]
    start = Graded(root, "few", few)
    first_few = start.first(command, asked.repeats)
    again_few = start.again(command, asked.repeats)
    lines = []
    for count in asked.sizes:
        place = Graded(root, f"some-{count}", people[:count])
        first = place.first(command, asked.repeats)
        again = place.again(command, asked.repeats)
        marked = scores(place.root / "gradebook.db")
        if len(marked) != count:
            raise SystemExit(f"应当阅 {count} 份，成绩册里有 {len(marked)} 份")
        more = count - len(few)
        lines.append(Line(OURS, count, first, marginal(first, first_few, more)))
        lines.append(Line(AGAIN, count, again, marginal(again, again_few, more)))
        costs = []
        for _ in range(asked.repeats):
            place.forget()
            costs.append(here(lambda place=place: floor(Course(place.root), paper)))
        least = median(costs)
        lines.append(Line(FLOOR, count, least, Cost(least.wall / count, least.cpu / count)))
    return lines + _by_nbgrader(folder, root, asked)


def _by_nbgrader(folder: Path, root: Path, asked: argparse.Namespace) -> list[Line]:
    """Stock nbgrader on as few as it takes, the other sizes computed from that; and through our configuration."""
    if asked.stock < 2:
        return []
    form = sorted(path.name for path in (root / "release").iterdir())[0]
    people = sorted(path.parent.name for path in (root / "submitted").glob(f"*/{form}"))[: asked.stock]
    command = ["nbgrader", "autograde", form]
    lines = []
    for name, way, prepare in (("same", SAME, as_stock), ("door", DOOR, lambda course: course)):
        one = prepare(Graded(root, f"{name}-one", people[:1])).first(command, 1)
        place = prepare(Graded(root, f"{name}-all", people))
        all_of_them = place.first(command, 1)
        lines.append(Line(way, len(people), all_of_them, marginal(all_of_them, one, len(people) - 1)))
        if way is DOOR:
            _check_same(root, place, form)
    one, all_of_them = peer.measure(folder / "peer", asked.stock, asked.items)
    stock = Line(STOCK, asked.stock, all_of_them, marginal(all_of_them, one, asked.stock - 1))
    same = lines[0]
    sizes = [count for count in asked.sizes if count != asked.stock]
    return [*lines, stock, *(guessed(line, count) for line in (same, stock) for count in sizes)]


def _check_same(root: Path, place: Graded, form: str) -> None:
    """Both doors have to give the same marks."""
    ours = Graded(root, "check", [path.name for path in (place.root / "submitted").iterdir()])
    ours.first(["trainer", "grade", form], 1)
    if scores(ours.root / "gradebook.db") != scores(place.root / "gradebook.db"):
        raise SystemExit("两个入口给的分数不一样")


def growth(folder: Path, asked: argparse.Namespace) -> list[Line]:
    """Ours alone, up to ten thousand: whether one submission costs more where there are many."""
    root = folder / "course"
    course, paper = make_course(root, max(asked.growth), asked.items)
    submit(course, paper)
    command = ["trainer", "grade", paper.id, "--workers=1"]
    people = sorted(path.name for path in (root / "submitted").iterdir())
    first_few = Graded(root, "few", people[:2]).first(command, asked.repeats)
    lines = []
    for count in asked.growth:
        place = Graded(root, f"some-{count}", people[:count])
        whole = place.first(command, asked.repeats)
        lines.append(Line(OURS, count, whole, marginal(whole, first_few, count - 2)))
    return lines


def rows_of(lines: Sequence[Line]) -> list[list[str]]:
    """The table: ways by size, with the ratios to stock and to the floor at that size."""
    stock = next((line.each.cpu for line in lines if line.way == STOCK), 0.0)
    least = {line.count: line.each.cpu for line in lines if line.way == FLOOR}
    order = [STOCK, SAME, DOOR, OURS, AGAIN, FLOOR]
    ordered = sorted(lines, key=lambda line: (order.index(line.way), line.count))
    return [
        [
            line.way,
            f"{line.count}（推算）" if line.guessed else str(line.count),
            seconds(line.whole.cpu),
            seconds(line.whole.wall),
            seconds(line.each.cpu),
            times(stock, line.each.cpu),
            times(line.each.cpu, least.get(line.count, least.get(max(least, default=0), 0.0))),
            f"{line.whole.peak:.0f} MiB" if line.whole.peak else "—",
        ]
        for line in ordered
    ]


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for docs/performance.md."""
    dashes = ["---", *["---:" for _ in columns[1:]]]
    return "\n".join("| " + " | ".join(row) + " |" for row in (columns, dashes, *rows))


def main() -> None:
    parser = argparse.ArgumentParser(description="阅卷要多少 CPU：本项目、原版 nbgrader、下限，同样的文件。")
    parser.add_argument("--items", type=int, default=50, help="一份卷多少题（默认 50）")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="份数（默认 20 100 1000）")
    parser.add_argument(
        "--stock", type=int, default=20, help="原版阅多少份，其余推算（默认 20；0 表示不跑原版）"
    )
    parser.add_argument("--repeats", type=int, default=3, help="重复几次取中位数（默认 3；原版只做一次）")
    parser.add_argument(
        "--growth", type=int, nargs="*", help="只量每份费用是否随份数增长（默认 100 1000 10000）"
    )
    parser.add_argument("--markdown", action="store_true", help="打印 Markdown 表，供 docs/performance.md 用")
    parser.add_argument("--plot", type=Path, help="另画一张图（.png）")
    asked = parser.parse_args()
    if min(asked.sizes) < 4 or asked.stock == 1:
        parser.error("份数太少：--sizes 至少 4，--stock 至少 2")
    if asked.growth is not None:
        asked.growth = asked.growth or list(GROWTH)
    with TemporaryDirectory(prefix="trainer-bench-") as folder:
        lines = measure(Path(folder), asked) if asked.growth is None else growth(Path(folder), asked)
    rows = rows_of(lines)
    if asked.markdown:
        print(markdown(COLUMNS, rows))
    else:
        show(f"阅卷，每份 {asked.items} 题；原版只跑 {asked.stock} 份，其余以这些推算", COLUMNS, rows)
    if asked.plot:
        from support.plotting import plot_costs

        curves = {
            way: [line for line in lines if line.way == way] for way in (STOCK, SAME, OURS, AGAIN, FLOOR)
        }
        plot_costs(asked.plot, curves, asked.items)


if __name__ == "__main__":
    main()
