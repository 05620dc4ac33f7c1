"""Lessons are read strictly: what is wrong is said with the file and the cell, all of it at once."""

from __future__ import annotations

import json
import shutil
from copy import deepcopy

import pytest

from trainer.errors import NotFound, ProblemsFound
from trainer.model.lesson import EXERCISES_FILE
from trainer.workflow.lessons.publishing import bundle_of, check_lessons

INLINE = {
    "kind": "judge",
    "stem": "虚构的一句话。",
    "key": True,
    "explanation": "虚构的理由。",
    "sources": [{"regulation": "dangfei-2008", "article": 1}],
}


def markdown(source: str = "文字", **trainer) -> dict:
    return {"cell_type": "markdown", "metadata": {"trainer": trainer} if trainer else {}, "source": source}


@pytest.fixture(scope="module")
def known(bank_folder) -> tuple[str, dict]:
    """A judgement of the bank, and a source that can be cited."""
    from trainer.bank.reader import read_bank

    entry = next(one for one in read_bank(bank_folder).eligible() if one.question.kind == "judge")
    return entry.question.id, entry.question.sources[0].model_dump()


@pytest.fixture
def lesson(known) -> dict:
    """A lesson without problems: one question of the bank, one of its own, one rehearsal."""
    inline = {**INLINE, "sources": [known[1]]}
    rehearsal = {name: INLINE[name] for name in ("kind", "stem", "key", "explanation")}
    cells = [
        markdown("# 虚构的一课"),
        markdown(exercise={"id": "e1", "question": known[0]}),
        markdown(exercise={"id": "e2", "inline": inline}),
        markdown(exercise={"id": "e3", "inline": rehearsal, "rehearsal": True}),
        {
            "cell_type": "code",
            "metadata": {"jupyter": {"source_hidden": True}},
            "source": "1",
            "outputs": [],
            "execution_count": None,
        },
    ]
    about = {"id": "xu-gou", "title": "虚构的一课", "minutes": 5, "order": 1, "topic": "dangfei"}
    return {"cells": cells, "metadata": {"trainer": {"lesson": about}}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def folder(tmp_path, lesson):
    return write(tmp_path / "lessons", lesson)


def write(folder, *lessons):
    folder.mkdir(exist_ok=True)
    for number, one in enumerate(lessons):
        (folder / f"{number:02}.ipynb").write_text(json.dumps(one, ensure_ascii=False), encoding="utf-8")
    return folder


def test_a_sound_lesson_and_its_bundle(folder, bank_folder, known):
    (lesson,) = check_lessons(folder, bank_folder)
    assert [one.id for one in lesson.exercises] == ["e1", "e2", "e3"]
    bundle = bundle_of(lesson)
    assert set(bundle) == {"xu-gou.ipynb", EXERCISES_FILE}
    exercises = json.loads(bundle[EXERCISES_FILE])["exercises"]
    assert exercises["e1"]["question"]["id"] == known[0]
    assert exercises["e2"]["citation"].startswith("《")
    assert (exercises["e3"]["citation"], exercises["e3"]["rehearsal"]) == ("", True)
    assert exercises["e2"]["topic_title"] == "党费收缴使用管理"
    notebook = bundle["xu-gou.ipynb"].decode()
    assert "虚构的理由" not in notebook
    assert '"inline"' not in notebook
    assert bundle_of(check_lessons(folder, bank_folder)[0]) == bundle, "the same again, byte for byte"


def cell(number: int, **changes):
    def change(lesson: dict) -> None:
        lesson["cells"][number] |= changes

    return change


def about(**changes):
    return lambda lesson: lesson["metadata"]["trainer"]["lesson"].update(changes)


def exercise(number: int, **changes):
    return lambda lesson: lesson["cells"][number]["metadata"]["trainer"]["exercise"].update(changes)


def inline(**changes):
    return lambda lesson: lesson["cells"][2]["metadata"]["trainer"]["exercise"]["inline"].update(changes)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lesson: lesson["metadata"].pop("trainer"), "没有课的说明"),
        (about(minutes=0), "课的说明"),
        (about(topic="mei-you"), "题库里没有专题“mei-you”"),
        (about(reads_on=["mei-you"]), "课 mei-you 没有"),
        (cell(4, outputs=[{}]), "第 5 格：存着运行结果"),
        (cell(4, metadata={}), "第 5 格：代码露在外面"),
        (exercise(1, question="mei-you"), "第 2 格：题库里没有这道题"),
        (exercise(1, inline=INLINE), "要写一个，也只能写一个"),
        (exercise(1, layout=[0]), "“layout”只能用在写在课里的题上"),
        (exercise(2, id="e1"), "练习的编号 e1 和前面一格的重复"),
        (exercise(2, layout=[0]), "没有可以排的内容"),
        (inline(kind="code"), "不能当场回答"),
        (inline(key=None), "第 3 格"),
        (inline(sources=[{"regulation": "mei-you", "article": 1}]), "引用的法规 mei-you 没有登记"),
        (lambda lesson: lesson["cells"][2]["metadata"]["trainer"]["exercise"]["inline"].pop("sources"), "缺少“sources”"),
        (cell(1, cell_type="raw"), "练习要放在 Markdown 格里"),
        (cell(0, source="![图](https://example.org/a.png)"), "在别的网站上"),
        (cell(0, source="![图](mei-you.png)"), "图片 mei-you.png 没有"),
        (cell(0, source="![图](../a.png)"), "图片 ../a.png 没有，或者不在笔记本旁边"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path, lesson, bank_folder, change, sentence):
    change(lesson)
    with pytest.raises(ProblemsFound) as raised:
        check_lessons(write(tmp_path / "lessons", lesson), bank_folder)
    assert sentence in str(raised.value)
    assert "00.ipynb" in str(raised.value)


def test_a_question_that_is_not_reviewed_is_refused(tmp_path, folder, bank_folder, known):
    bank = tmp_path / "question_bank"
    shutil.copytree(bank_folder, bank)
    for path in bank.glob("*/*.yaml"):
        text = path.read_text(encoding="utf-8")
        head, found, rest = text.partition(f"id: {known[0]}\n")
        if found:
            path.write_text(
                head + found + rest.replace("status: reviewed", "status: draft", 1), encoding="utf-8"
            )
    with pytest.raises(ProblemsFound, match="还没有审定"):
        check_lessons(folder, bank)


def test_two_lessons_of_one_id(tmp_path, lesson, bank_folder):
    with pytest.raises(ProblemsFound, match=r"编号 xu-gou 和 00.ipynb 的重复"):
        check_lessons(write(tmp_path / "lessons", lesson, deepcopy(lesson)), bank_folder)


def test_images_travel_with_the_lesson(tmp_path, lesson, bank_folder):
    lesson["cells"][0]["source"] = "![图](tu/liu%20cheng.png)"
    folder = write(tmp_path / "lessons", lesson)
    (folder / "tu").mkdir()
    (folder / "tu" / "liu cheng.png").write_bytes(b"\x89PNG")
    (made,) = check_lessons(folder, bank_folder)
    assert bundle_of(made)["tu/liu cheng.png"] == b"\x89PNG"
    (folder / "tu" / "liu cheng.png").write_bytes(bytes(400_000))
    with pytest.raises(ProblemsFound, match="太大"):
        check_lessons(folder, bank_folder)


def test_a_folder_without_lessons(tmp_path, bank_folder):
    with pytest.raises(NotFound, match="没有课"):
        check_lessons(tmp_path, bank_folder)
    (tmp_path / "a.ipynb").write_text("{")
    with pytest.raises(ProblemsFound, match="不是完整的笔记本文件"):
        check_lessons(tmp_path, bank_folder)
