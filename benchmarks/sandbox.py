"""实操题的运行：nbgrader 原来的执行、沙箱、下限，同一批笔记本，同一次运行。

    python benchmarks/sandbox.py [份数]

比的是处理器时间（程序和它启动的全部进程）。后一张表是整个命令，每份 20 题、60 个单元格：读、执行、记分、写阅过的笔记本。
下限是不隔离的：从载入好的进程复制一份，用 IPython 运行同样的单元格，不画出错的详情。
"""

from __future__ import annotations

import os
import resource
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from traitlets.config import Config

from support import peer
from support.common import marginal, run
from trainer.nbgrader.execution import CodeRunner, TestCell, test_scores

ITEMS = 20
SEED = 2026
STOCK = 5


def notebook(number: int) -> tuple[dict[str, Any], dict[str, float]]:
    """A notebook with 20 answers, three in five right, and the scores that its tests must have."""
    random = Random(SEED + number)
    cells, truth = [], {}
    for item in range(1, ITEMS + 1):
        key = random.choice("ABCD")
        answer = key if random.random() < 0.6 else random.choice([word for word in "ABCD" if word != key])
        truth[f"q{item}-test"] = float(answer == key)
        cells.append(_cell(f"q{item}", f'answer = "{answer}"', solution=True))
        test = f'assert answer in ("A", "B", "C", "D")\nassert answer == "{key}"'
        cells.append(_cell(f"q{item}-test", test, grade=True, locked=True, points=1))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}, truth


def _cell(name: str, source: str, **flags: Any) -> dict[str, Any]:
    own = {
        "schema_version": 3,
        "grade_id": name,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    }
    return {
        "cell_type": "code", "id": name, "metadata": {"nbgrader": own | flags}, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def cost(work: Callable[[int], None], count: int, start: float = 0.0) -> tuple[float, float]:
    """CPU and wall milliseconds for each of ``count`` notebooks; ``start`` is the CPU seconds of starting up."""
    began, used = time.perf_counter(), cpu()
    work(count)
    return (cpu() - used - start) / count * 1e3, (time.perf_counter() - began) / count * 1e3


def stock(count: int) -> None:
    from nbformat import from_dict
    from nbgrader.preprocessors import Execute

    for number in range(count):
        made, truth = notebook(number)
        node, _ = Execute().preprocess(from_dict(made), {"metadata": {"path": str(Path.cwd())}})
        assert test_scores(node, truth) == truth


def ours(apart: bool, workers: int = 1) -> Callable[[int], None]:
    tests = {f"q{item}-test": TestCell(f"q{item}", "") for item in range(1, ITEMS + 1)} if apart else {}

    def work(count: int) -> None:
        with CodeRunner(Config()) as runner:
            runner.protection()
            made = [notebook(number) for number in range(count)]
            for done, (_, truth) in zip(
                runner.run_all([m for m, _ in made], tests, workers), made, strict=True
            ):
                assert not isinstance(done, Exception), done
                assert test_scores(done, truth) == truth

    return work


def floor(count: int) -> None:
    import gc

    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.showtraceback = lambda *_, **__: None
    shell._format_exception_for_storage = lambda *_, **__: {}  # noqa: SLF001
    gc.freeze()
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            made, truth = notebook(number)
            got = {
                cell["id"]: float(shell.run_cell(cell["source"], store_history=False).success)
                for cell in made["cells"]
            }
            os._exit(0 if {name: got[name] for name in truth} == truth else 1)
        assert os.waitpid(pid, 0)[1] == 0


def whole(count: int) -> list[tuple[str, float, float]]:
    """CPU and wall milliseconds a submission of whole commands on the same assignment, their start-up taken off."""
    with TemporaryDirectory(prefix="trainer-bench-") as place:
        folder = Path(place)
        few, many = peer.measure(folder / "stock", STOCK + 1, ITEMS)
        by_stock = marginal(many, few, STOCK)
        costs = [run(["trainer", "grade", peer.ASSIGNMENT], _ordinary(folder, n)) for n in (1, count + 1)]
    ours = marginal(costs[1], costs[0], count)
    named = (("nbgrader autograde（原样）", by_stock), ("trainer grade（普通的 nbgrader 作业）", ours))
    return [(name, cost.cpu * 1e3, cost.wall * 1e3) for name, cost in named]


def _ordinary(folder: Path, people: int) -> Path:
    """The same assignment with so many submissions in a course of ours."""
    course = folder / f"ours-{people}"
    course.mkdir()
    peer.make_course(course, people, ITEMS)
    (course / "nbgrader_config.py").write_text(
        "from trainer.nbgrader.configuration import configure\nc = get_config()\nconfigure(c)\n"
        "c.CourseDirectory.course_id = 'peer'\n"
    )
    with closing(sqlite3.connect(course / "gradebook.db")) as database, database:
        accounts = [(folder.name,) for folder in (course / "submitted").iterdir()]
        database.executemany("insert into student (id) values (?)", accounts)
    return course


def show(title: str, table: list[tuple[str, float, float]]) -> None:
    print(f"{title}\n\n| | 处理器，毫秒/份 | 历时，毫秒/份 | 比原来省 |\n| --- | ---: | ---: | ---: |")
    for name, each, wall in table:
        print(f"| {name} | {each:.1f} | {wall:.1f} | {table[0][1] / each:.0f} × |")
    print()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    stock(1)  # imports
    table = [("nbgrader 原来的执行", *cost(stock, STOCK))]
    used = cpu()
    ours(apart=True)(0)
    start = cpu() - used
    cores = os.cpu_count() or 1
    table.append(("沙箱，测试另外运行", *cost(ours(apart=True), count, start)))
    table.append(
        (f"沙箱，测试另外运行，{cores} 份同时", *cost(ours(apart=True, workers=cores), count, start))
    )
    table.append(("沙箱，测试和答案一起运行", *cost(ours(apart=False), count, start)))
    floor(1)
    table.append(("下限（不隔离）", *cost(floor, count)))
    show(
        f"只是执行：每份 {ITEMS} 题（{2 * ITEMS} 个单元格），{count} 份（原来的执行 {STOCK} 份）；"
        f"启动沙箱一次 {start:.2f} 秒处理器时间",
        table,
    )
    show(f"整个命令：每份 {ITEMS} 题（{3 * ITEMS} 个单元格），{count} 份（原样 {STOCK} 份）", whole(count))


if __name__ == "__main__":
    main()
