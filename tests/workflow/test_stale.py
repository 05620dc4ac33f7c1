"""When a regulation was replaced: which questions, papers and lessons have to be looked at."""

from __future__ import annotations

import json
import shutil

import pytest

from trainer.bank.reader import read_bank
from trainer.errors import NotFound, ProblemsFound
from trainer.model.paper import Blueprint
from trainer.papers.files import paper_path, write_paper
from trainer.workflow.papers import paper_from_bank
from trainer.workflow.stale import find_stale


def test_the_questions_of_2014_are_listed_with_what_changed(bank_folder):
    found = find_stale(bank_folder, "2014版")
    assert {one.entry.question.id for one in found.old} == {f"fzdy-t00{n}" for n in range(1, 9)}
    assert {one.state for one in found.old} == {"已停用"}
    said = {one.entry.question.id: one.what for one in found.old}
    assert "“备案”改为“同意”" in said["fzdy-t001"]
    assert "第37条" in said["fzdy-t004"]
    assert found.touched == ()
    assert {one.state for one in found.new} == {"已按新版"}
    assert find_stale(bank_folder, "2026-05-11").old == found.old
    assert find_stale(bank_folder, "fazhan-xize-2014").old == found.old


@pytest.mark.parametrize("since", ["2026-05-12", "1990版", "2026-13-40"])
def test_nothing_is_meant(bank_folder, since):
    with pytest.raises(NotFound, match="现有：《发展党员工作细则（2014）》2014年"):
        find_stale(bank_folder, since)


def test_everything_that_asks_the_old_text_is_found(tmp_path, bank_folder):
    """As on the day of a new version: the bank is refused, and what has to be changed is listed."""
    chosen = [
        one.question
        for one in read_bank(bank_folder).eligible()
        if one.topic == "dangfei" and one.question.kind == "judge"
    ]
    first, second = chosen[:2]
    bank, course, lessons = tmp_path / "bank", tmp_path / "course", tmp_path / "lessons"
    shutil.copytree(bank_folder, bank)
    section = {
        "title": "判断题",
        "kind": "judge",
        "count": 2,
        "points": 1,
        "questions": [first.id, second.id],
    }
    blueprint = Blueprint.model_validate(
        {"format": 1, "id": "juan", "title": "虚构", "forms": 1, "sections": [section]}
    )
    write_paper(paper_from_bank(bank_folder, blueprint, "1"), paper_path(course, "juan"))
    inline = {"sources": [{"regulation": first.sources[0].regulation, "article": first.sources[0].article}]}
    cells = [
        {"metadata": {"trainer": {"exercise": said}}}
        for said in ({"id": "e1", "question": first.id}, {"id": "e2", "inline": inline})
    ]
    (lessons / "tests").mkdir(parents=True)
    (lessons / "01-ke.ipynb").write_text(json.dumps({"cells": cells}))
    (lessons / "02-huai.ipynb").write_text("{")
    (lessons / "tests" / "01.txt").write_text(f"{second.id}\n---\n")
    register = bank / "regulations.yaml"
    text = register.read_text(encoding="utf-8")
    old = first.sources[0].regulation
    text = text.replace(f"  - id: {old}\n", f"  - id: {old}\n    replaced_by: xin-gui\n", 1)
    text += (
        "\n  - id: xin-gui\n    name: 虚构的新规\n    short_name: 虚构的新规\n    issuing_body: 虚构\n    version: 2030年\n"
        "    in_force_since: 2030-01-01\n    articles: [1]\n    verified: 虚构\n"
    )
    register.write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound, match="已被《虚构的新规》（2030年）取代"):
        read_bank(bank)
    found = find_stale(bank, "2030-01-01", course=course, lessons=lessons)
    assert {first.id, second.id} <= {
        one.entry.question.id for one in found.old if one.state == "要改或者停用"
    }
    assert found.old[0].what == "没有登记这一条的变化，请对照新旧条文"
    assert [(one.kind, one.name, sorted(one.questions)) for one in found.touched] == [
        ("试卷", "juan", sorted([first.id, second.id])),
        ("课", "01-ke", sorted([first.id, "练习 e2"])),
        ("小测验", "01.txt", [second.id]),
    ]
