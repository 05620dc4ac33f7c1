"""What the benchmarks share: CPU seconds of a whole process tree, tables, and a course with made-up people."""

from __future__ import annotations

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

from trainer.grading.mark import treatment_of
from trainer.model.paper import Form, Paper
from trainer.nbgrader.course import Course, create_course, put_environment_on_path
from trainer.papers.files import read_blueprint
from trainer.people.roster import write_roster
from trainer.simulation.answers import essay, typed_answer
from trainer.simulation.county import made_up_roster
from trainer.simulation.exchange import write_answers
from trainer.workflow.allotment import write_allocation
from trainer.workflow.papers import make, release
from trainer.workflow.people import import_roster

REPOSITORY = Path(__file__).resolve().parents[2]
INSTALLATION = REPOSITORY / "jupyter_config.py"
BANK = REPOSITORY / "question_bank"
TEMPLATE = REPOSITORY / "courses" / "leitai"
SEED = 2026


@dataclass(frozen=True)
class Cost:
    """What something cost; ``cpu`` is user and system time of the process and all that it started and waited for."""

    wall: float
    cpu: float


def median(costs: Sequence[Cost]) -> Cost:
    """Medians of wall and of CPU time, each by itself."""
    return Cost(statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs))


def marginal(many: Cost, few: Cost, more: int) -> Cost:
    """Cost of each of ``more`` further submissions: what is left once start-up is taken off."""
    return Cost((many.wall - few.wall) / more, (many.cpu - few.cpu) / more)


def run(command: Sequence[str], folder: Path, *, expect: int = 0) -> Cost:
    """Run a program of this environment in ``folder``; its output is shown only when it ends otherwise than expected."""
    put_environment_on_path()
    log = folder / ".benchmark.log"
    with log.open("wb") as file:
        began = time.perf_counter()
        process = subprocess.Popen(list(command), cwd=folder, stdout=file, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != expect:
        tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        sys.exit(f"{' '.join(command)} 的退出码是 {process.returncode}，应当是 {expect}：\n{tail}")
    log.unlink()
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def here(work: Callable[[], object]) -> Cost:
    """Cost of a call in this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def show(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool = False
) -> None:
    """One table; the first column is text, the others are numbers."""
    if markdown:
        marks = ["---", *["---:"] * (len(columns) - 1)]
        print(f"### {title}\n")
        print("\n".join(f"| {' | '.join(row)} |" for row in (columns, marks, *rows)))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=not number)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def seconds(value: float) -> str:
    """A time in the unit that suits it; what is below the noise of a difference is said to be so."""
    if value <= 0:
        return "≈ 0"
    return f"{value:.2f} 秒" if value >= 1 else f"{value * 1000:.1f} 毫秒"


def times(one: float, other: float) -> str:
    """How many times ``other`` goes into ``one``."""
    if other <= 0 or one <= 0:
        return "—"
    ratio = one / other
    return f"{ratio:.0f} 倍" if ratio >= 10 else f"{ratio:.1f} 倍"


# -- a course with made-up people --------------------------------------------------------------------------------------


def blueprint_of(folder: Path, items: int) -> Path:
    """The demo's blueprint, in the same proportions with another number of items when that is asked for."""
    own = TEMPLATE / "blueprints" / "leitai.yaml"
    path = folder / "leitai.yaml"
    shutil.copyfile(own, path)
    counts = [section.count for section in read_blueprint(own).sections]
    if items == sum(counts):
        return path
    plan = yaml.safe_load(own.read_text(encoding="utf-8"))
    # Whole parts first, then the largest remainders; quotas of topics and difficulty belong to the original size.
    exact = [items * count / sum(counts) for count in counts]
    whole = [int(share) for share in exact]
    by_rest = sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])
    for i in by_rest[: items - sum(whole)]:
        whole[i] += 1
    plan["sections"] = [s | {"count": n} for s, n in zip(plan["sections"], whole, strict=True) if n]
    for quota in ("topics", "topic_tolerance", "facility"):
        plan.pop(quota, None)
    path.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    return path


def make_course(folder: Path, people: int, items: int = 38) -> tuple[Course, Paper]:
    """A course whose paper is released and whose roster is imported; nobody has handed in yet."""
    create_course(folder, "leitai", INSTALLATION)
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"\nc.Exchange.root = {str(folder / 'exchange')!r}\n")
    (folder / "exchange").mkdir()
    (folder / "exchange").chmod(0o777)
    shutil.copytree(TEMPLATE / "contests", folder / "contests", dirs_exist_ok=True)
    course = Course(folder)
    paper = make(course, BANK, blueprint_of(folder / "blueprints", items), str(SEED)).paper
    roster, _ = made_up_roster(people, SEED)
    sheet = folder / "名册.csv"
    write_roster(roster, sheet)
    import_roster(course, sheet)
    release(course, [paper.id])
    return course, paper


def submit(course: Course, paper: Paper) -> dict[str, dict[str, str]]:
    """Everybody's answers, straight into submitted/; returns them by account and cell."""
    people = sum(1 for _ in (course.root / "people" / "roster.csv").open(encoding="utf-8")) - 1
    roster, abilities = made_up_roster(people, SEED)
    allotted = write_allocation(course, paper, roster)
    typed: dict[str, dict[str, str]] = {}
    for trainee in roster:
        form = paper.form_for(allotted[trainee.account])
        assert form is not None
        typed[trainee.account] = _answers(form, trainee.account, abilities[trainee.account])
        place = course.root / "submitted" / trainee.account / form.assignment
        place.mkdir(parents=True)
        notebook = place / f"{form.assignment}.ipynb"
        shutil.copyfile(course.root / "release" / form.assignment / notebook.name, notebook)
        write_answers(notebook, typed[trainee.account])
        (place / "timestamp.txt").write_text("2026-11-20 02:00:00.000000 UTC", encoding="utf-8")
    return typed


def _answers(form: Form, account: str, ability: float) -> dict[str, str]:
    random = Random(f"{SEED}/{form.assignment}/{account}")
    return {
        item.cell: essay(item, ability, random).text
        if treatment_of(item) == "manual"
        else typed_answer(item, ability, random)
        for item in form.items
    }


def scores(gradebook: Path) -> dict[str, dict[str, float | None]]:
    """Automatic scores by account and cell, read with the plainest of queries."""
    query = (
        "select sa.student_id, b.name, g.auto_score from grade g join base_cell b on b.id = g.cell_id "
        "join submitted_notebook sn on sn.id = g.notebook_id "
        "join submitted_assignment sa on sa.id = sn.assignment_id"
    )
    found: dict[str, dict[str, float | None]] = {}
    with closing(sqlite3.connect(gradebook)) as database:
        for account, cell, score in database.execute(query):
            found.setdefault(account, {})[cell] = score
    return found
