"""Lessons are read strictly: what is wrong is said with the file and the cell, all of it at once."""

from __future__ import annotations

import io
import json
import shutil
from copy import deepcopy
from datetime import date

import pytest
from docx.oxml.ns import qn

from trainer.errors import NotFound, ProblemsFound
from trainer.model.lesson import EXERCISES_FILE
from trainer.papers.files import read_blueprint
from trainer.procedures.working_days import HOLIDAYS_FILE, PUBLISHED_HOLIDAYS, calendar_in
from trainer.workflow.lessons.publishing import bundle_of, check_lessons
from trainer.workflow.lessons.testing import write_test
from trainer.workflow.papers import paper_from_bank

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
        (cell(0, source="[表](records/01/biao.docx)"), "找不到 records/01/biao.md"),
        (cell(0, source="[表](../records/biao.docx)"), "学员打不开"),
        (cell(0, source="[课](01-ke.ipynb)"), "学员打不开"),
        (lambda lesson: lesson["cells"].append(markdown(calculator="mei-you")), "第 6 格：没有计算器“mei-you”"),
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


RECORD = """# 会议记录（样表）

时间：＿＿＿＿　　地点：＿＿＿＿

## 议题

| 姓名 | 意见 |
| --- | --- |
| ＿＿＿＿ | **同意**<br>（签名） |
"""


def test_records_become_word_files_that_stay_the_same(tmp_path, lesson, bank_folder):
    from docx import Document

    lesson["cells"][0]["source"] = (
        "[记录](records/00/会议记录（样表）.docx) [题](#练习) [网](https://example.org/)"
    )
    folder = write(tmp_path / "lessons", lesson)
    (folder / "records" / "00").mkdir(parents=True)
    template = folder / "records" / "00" / "会议记录（样表）.md"
    template.write_text(RECORD, encoding="utf-8")
    bundle = bundle_of(check_lessons(folder, bank_folder)[0])
    content = bundle["records/00/会议记录（样表）.docx"]
    document = Document(io.BytesIO(content))
    assert [one.text for one in document.paragraphs[:3]] == [
        "会议记录（样表）",
        "时间：＿＿＿＿　　地点：＿＿＿＿",
        "议题",
    ]
    assert document.tables[0].style.name == "Table Grid"
    rows = document.tables[0].rows
    assert [cell.text for cell in rows[1].cells] == ["", "同意\n（签名）"], "a blank is left to write in"
    assert {round(row.height.mm) for row in rows} == {8}
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in rows] == [True, False]
    assert round(sum(column.width.mm for column in document.tables[0].columns)) == 158
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    fonts = {run._element.rPr.rFonts.get(qn("w:eastAsia")) for one in document.paragraphs for run in one.runs}
    assert fonts == {"宋体", "黑体", "仿宋"}
    assert bundle_of(check_lessons(folder, bank_folder)[0]) == bundle, "the same again, byte for byte"
    template.write_text(RECORD.replace("| ＿＿＿＿ | **", "| ＿＿＿＿ | 甲 | **"), encoding="utf-8")
    with pytest.raises(ProblemsFound, match="列数不一样"):
        check_lessons(folder, bank_folder)
    template.write_text("没有标题", encoding="utf-8")
    with pytest.raises(ProblemsFound, match="第一行应当是"):
        check_lessons(folder, bank_folder)


def test_calculators_travel_with_the_holidays_of_the_folder(tmp_path, lesson, bank_folder):
    lesson["cells"].append(markdown("算一算", calculator="fazhan-riqi"))
    folder = write(tmp_path / "lessons", lesson)
    bundle = bundle_of(check_lessons(folder, bank_folder)[0])
    cells = json.loads(bundle["xu-gou.ipynb"])["cells"]
    assert cells[-1]["metadata"]["trainer"] == {"calculator": "fazhan-riqi"}
    assert PUBLISHED_HOLIDAYS not in bundle
    (folder / HOLIDAYS_FILE).write_text(
        "format: 1\nchecked: 2026-11-01\nyears:\n  - {year: 2027, source: 虚构, off: [], work: [2027-01-09]}\n"
    )
    bundle = bundle_of(check_lessons(folder, bank_folder)[0])
    assert calendar_in(bundle[PUBLISHED_HOLIDAYS]).is_working(date(2027, 1, 9))
    (folder / HOLIDAYS_FILE).write_text("format: 1\n")
    with pytest.raises(ProblemsFound, match="放假安排"):
        check_lessons(folder, bank_folder)


@pytest.fixture
def tested(tmp_path, lesson, bank_folder, known):
    """A folder with a lesson that has an end test, and the ids in its list."""
    from trainer.bank.reader import read_bank

    eligible = [entry.question for entry in read_bank(bank_folder).eligible()]
    kinds = {
        kind: [one.id for one in eligible if one.kind == kind and one.id != known[0]]
        for kind in ("judge", "single", "case")
    }
    ids = [*kinds["judge"][:5], *kinds["single"][:4], kinds["case"][0], *kinds["single"][4:9]]
    folder = write(tmp_path / "lessons", lesson)
    (folder / "tests").mkdir()
    write_list(folder, ids)
    return folder, ids


def write_list(folder, ids):
    (folder / "tests" / "00.txt").write_text("\n".join([*ids[:10], "---", *ids[10:]]) + "\n")


def test_an_end_test_becomes_a_paper_of_exactly_these_questions(tested, tmp_path, bank_folder):
    folder, ids = tested
    path, blueprint = write_test(folder, bank_folder, "00", None, tmp_path / "blueprints")
    assert path == tmp_path / "blueprints" / "xu-gou-ceyan.yaml"
    assert read_blueprint(path) == blueprint
    paper = paper_from_bank(bank_folder, blueprint, "1")
    (form,) = paper.forms
    assert {item.question_id for item in form.items} == set(ids[:10])
    with pytest.raises(NotFound, match="现有：00 xu-gou"):
        write_test(folder, bank_folder, "99", None, tmp_path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda ids, known: ids[:9], "小测验要有 10 道题"),
        (lambda ids, known: ["mei-you", *ids[1:]], "题库里没有这道题"),
        (lambda ids, known: [known[0], *ids[1:]], "这道题在课里做过"),
        (lambda ids, known: [ids[1], *ids[1:]], "这道题写了两次"),
        (lambda ids, known: ["fzdy-t001", *ids[1:]], "还没有审定，或者已经停用"),
    ],
)
def test_lists_that_cannot_be_used(tested, bank_folder, known, change, sentence):
    folder, ids = tested
    write_list(folder, change(ids, known))
    with pytest.raises(ProblemsFound, match=sentence):
        check_lessons(folder, bank_folder)


def test_a_folder_without_lessons(tmp_path, bank_folder):
    with pytest.raises(NotFound, match="没有课"):
        check_lessons(tmp_path, bank_folder)
    (tmp_path / "a.ipynb").write_text("{")
    with pytest.raises(ProblemsFound, match="不是完整的笔记本文件"):
        check_lessons(tmp_path, bank_folder)
