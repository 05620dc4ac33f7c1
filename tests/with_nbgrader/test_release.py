"""What a trainee gets: nothing in it helps to find the key."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from trainer.bank.reader import Bank, read_bank
from trainer.kinds.base import kind_of, lay_out
from trainer.model.paper import Blueprint, Form, Item, Paper, SectionPlan
from trainer.nbgrader.course import Course
from trainer.nbgrader.notebooks import write_source
from trainer.papers.files import paper_path, write_paper
from trainer.workflow.papers import release


@pytest.fixture(scope="module")
def bank(bank_folder: Path) -> Bank:
    return read_bank(bank_folder)


def whole_bank_paper(bank: Bank) -> Paper:
    """One form with every reviewed question of the bank."""
    kinds = list(dict.fromkeys(entry.question.kind for entry in bank.eligible()))
    items = []
    for kind in kinds:
        for entry in bank.eligible():
            if entry.question.kind == kind:
                question = entry.question
                items.append(
                    Item(
                        cell=f"q{len(items) + 1:03d}",
                        section=kind,
                        points=question.points,
                        layout=lay_out(kind_of(question), question, "leak"),
                        topic=entry.topic,
                        citation=bank.citation(question),
                        question=json.loads(json.dumps(question.snapshot())),
                    )
                )
    sections = tuple(SectionPlan(title=k, kind=k, count=1, points=1) for k in kinds)
    blueprint = Blueprint(format=1, id="quanbu", title="全部题目", forms=1, sections=sections)
    form = Form(letter="A", assignment="quanbu", items=tuple(items))
    return Paper(
        format=1,
        id="quanbu",
        title="全部题目",
        seed="leak",
        blueprint=blueprint.model_dump(mode="json"),
        marking=blueprint.marking,
        sections=tuple(kinds),
        forms=(form,),
    )


@pytest.fixture(scope="module")
def released(
    bank: Bank, released_template: Path, tmp_path_factory: pytest.TempPathFactory, repository: Path
) -> tuple[Paper, dict[str, Any], str]:
    """The whole bank, generated and released by nbgrader: paper, released notebook, all released text."""
    import shutil

    from .conftest import bridge

    root = tmp_path_factory.mktemp("leak") / "course"
    shutil.copytree(released_template, root)
    bridge(root, repository)
    course = Course(root)
    paper = whole_bank_paper(bank)
    write_paper(paper, paper_path(course.root, paper.id))
    write_source(paper, course.root)
    release(course, [paper.id])
    folder = course.root / "exchange" / "ceshi" / "outbound" / "quanbu"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert [path.name for path in files] == ["quanbu.ipynb"], "nothing but the notebook is handed out"
    text = files[0].read_text(encoding="utf-8")
    return paper, nbformat.reads(text, as_version=4), text


def test_no_explanation_citation_id_or_fact_is_released(released: tuple[Paper, dict[str, Any], str]) -> None:
    paper, notebook, _ = released
    shown = json.dumps(notebook, ensure_ascii=False)
    for item in paper.forms[0].items:
        question = item.question
        secrets = [
            question["explanation"],
            question["id"],
            *question.get("facts", ()),
            question.get("reference", ""),
        ]
        secrets += [point["point"] for point in question.get("rubric", ())]
        for line in (line.strip() for secret in secrets for line in secret.splitlines()):
            if len(line) >= 4:
                assert json.dumps(line, ensure_ascii=False)[1:-1] not in shown, (question["id"], line)


def test_no_solution_and_no_hidden_test_is_released(released: tuple[Paper, dict[str, Any], str]) -> None:
    paper, notebook, _ = released
    cells = {cell["metadata"]["nbgrader"]["grade_id"]: cell["source"] for cell in notebook["cells"]}
    code = [item for item in paper.forms[0].items if item.question["kind"] == "code"]
    assert code
    for item in code:
        given = item.question["starter"] + item.question["tests"]
        own = cells[item.cell] + cells[f"{item.cell}-test"]
        for line in (item.question["solution"] + "\n" + item.question["hidden_tests"]).splitlines():
            if line.strip() and line.strip() not in given:
                assert line.strip() not in own, (item.question_id, line)


def test_no_hash_of_a_key_is_released(released: tuple[Paper, dict[str, Any], str]) -> None:
    paper, _, text = released
    found = set(re.findall(r"[0-9a-f]{32,128}", text))
    for item in paper.forms[0].items:
        key = item.question.get("key")
        for form in {json.dumps(key), str(key), json.dumps(key, ensure_ascii=False)}:
            for name in ("md5", "sha1", "sha256", "sha512"):
                assert hashlib.new(name, form.encode()).hexdigest() not in found, item.question_id


def test_metadata_holds_only_what_the_viewer_needs(released: tuple[Paper, dict[str, Any], str]) -> None:
    _, notebook, _ = released
    # Each kind's own parts are watched by tests/kinds/test_present.py.
    shown = {"kind", "version", "title", "stem", "number", "points", "instruction"}
    shown |= {"options", "blanks", "unit", "steps", "left", "right"}
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}
    for cell in notebook["cells"]:
        assert set(cell["metadata"]) <= {"nbgrader", "trainer", "deletable", "editable"}
        assert set(cell["metadata"].get("trainer", {})) <= shown
        assert not cell.get("outputs")


def test_answer_cells_hold_only_the_stub(released: tuple[Paper, dict[str, Any], str]) -> None:
    paper, notebook, _ = released
    cells = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in notebook["cells"]}
    for item in paper.forms[0].items:
        cell = cells[item.cell]
        if item.question["kind"] == "code":
            expected = item.question["starter"].rstrip() + "\n\n# 在这里写程序"
            assert cell["source"] == expected
        else:
            assert cell["source"] == "（在这里写答案，写完请删掉这一行）"
            assert cell["cell_type"] == "markdown"


def test_released_notebooks_are_valid_and_stems_locked(released: tuple[Paper, dict[str, Any], str]) -> None:
    _, notebook, text = released
    nbformat.validate(nbformat.reads(text, as_version=4))
    stems = [c for c in notebook["cells"] if c["metadata"]["nbgrader"]["grade_id"].endswith("-stem")]
    assert stems
    assert all(c["metadata"]["editable"] is False and c["metadata"]["deletable"] is False for c in stems)


def test_key_is_not_where_the_first_option_always_is(released: tuple[Paper, dict[str, Any], str]) -> None:
    """Options are shuffled from the seed: the shown keys are spread over the letters."""
    paper, _, _ = released
    from trainer.kinds.base import question_from_snapshot

    keys = []
    for item in paper.forms[0].items:
        if item.question["kind"] == "single":
            question = question_from_snapshot(item.question)
            keys.append(kind_of(question).key_text(question, item.layout))
    assert {"A", "B", "C", "D"} <= set(keys)
    assert max(keys.count(letter) for letter in "ABCD") < len(keys) / 2


def test_source_notebooks_hold_no_key_either(course: Course, paper: Paper) -> None:
    source = (course.root / "source" / paper.id / f"{paper.id}.ipynb").read_text(encoding="utf-8")
    for item in paper.forms[0].items:
        assert item.question["explanation"].splitlines()[0] not in source
