"""The peer: stock nbgrader on an equivalent assignment of code cells, each graded by a hidden test, nothing configured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

from support.common import SEED, Cost, run

ASSIGNMENT = "quiz"


def _cell(kind: str, name: str, source: str, **flags: Any) -> dict[str, Any]:
    nbgrader = {
        "schema_version": 3,
        "grade_id": name,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    }
    cell = {"cell_type": kind, "id": name, "metadata": {"nbgrader": nbgrader | flags}, "source": source}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell


def _source(key: list[str]) -> dict[str, Any]:
    cells: list[dict[str, Any]] = []
    for number, right in enumerate(key, 1):
        name = f"q{number:02d}"
        answer = f"### BEGIN SOLUTION\nanswer = {right!r}\n### END SOLUTION"
        hidden = f"### BEGIN HIDDEN TESTS\nassert answer == {right!r}\n### END HIDDEN TESTS"
        test = f'assert answer in ("A", "B", "C", "D")\n{hidden}'
        cells += [
            _cell("markdown", f"{name}-stem", f"**{number}.** A, B, C, D?", locked=True),
            _cell("code", name, answer, solution=True),
            _cell("code", f"{name}-test", test, grade=True, locked=True, points=1),
        ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def make_course(folder: Path, people: int, questions: int) -> None:
    """A released assignment and ``people`` submissions of it, six answers in ten right."""
    random = Random(SEED)
    key = [random.choice("ABCD") for _ in range(questions)]
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "peer"\n')
    (source / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(_source(key)))
    run(["nbgrader", "generate_assignment", ASSIGNMENT], folder)
    released = (folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text()
    for person in range(people):
        notebook = json.loads(released)
        right = dict(zip([f"q{n:02d}" for n in range(1, questions + 1)], key, strict=True))
        for cell in notebook["cells"]:
            name = cell["metadata"]["nbgrader"]["grade_id"]
            if name in right:
                cell["source"] = (
                    f"answer = {right[name] if random.random() < 0.6 else random.choice('ABCD')!r}"
                )
        place = folder / "submitted" / f"p{person:03d}" / ASSIGNMENT
        place.mkdir(parents=True)
        (place / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(notebook))


def measure(folder: Path, people: int, questions: int) -> tuple[Cost, Cost]:
    """Cost of ``nbgrader autograde`` on one submission, and on ``people`` others."""
    folder.mkdir()
    make_course(folder, people, questions)
    one = folder.with_name(f"{folder.name}-one")
    shutil.copytree(folder, one)
    for person in sorted((one / "submitted").iterdir())[1:]:
        shutil.rmtree(person)
    command = ["nbgrader", "autograde", ASSIGNMENT, "--create"]
    return run(command, one), run(command, folder)
