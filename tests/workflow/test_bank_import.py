"""An import from files to drafts and report, and back again from the corrected report."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from trainer.bank.importers.base import CannotImport
from trainer.bank.reader import read_bank
from trainer.errors import Conflict, NotFound
from trainer.model.question import Status
from trainer.workflow.bank_import import import_files

REGISTERS = {
    "topics.yaml": "format: 1\ntopics:\n  denghui: 灯会（虚构）\n  qita: 其他\n",
    "regulations.yaml": (
        "format: 1\nregulations:\n  - {id: denghui-guize, name: 灯会规则, short_name: 灯会规则, issuing_body: 某村, "
        "version: 2026年, articles: [1, 2], verified: 虚构}\n"
    ),
}
TEXT = (
    "一、单选题\n1、灯会由谁主持？\nA、甲组\nB、乙组\n答案：B\n2、灯会在哪里？\nA、村东\nB、村西\n"
    "二、判断题\n1、灯是红的。（√）\n2、灯是红的。（√）\n3、绳是长的。（√）\n4、绳是长的。（×）\n"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    root = tmp_path / "bank"
    root.mkdir()
    for name, text in REGISTERS.items():
        (root / name).write_text(text)
    (tmp_path / "题库.txt").write_text(TEXT)
    return tmp_path


def run(place: Path, *names: str, topic: str = "denghui"):
    return import_files([place / name for name in names], place / "bank", topic, place / "报告.xlsx")


def files(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


def test_good_questions_become_drafts_and_doubtful_ones_wait(place):
    done = run(place, "题库.txt")
    assert done.files[0].outcomes == {"新题": 2, "待审": 3, "重复": 1}
    entries = read_bank(place / "bank").entries
    assert [(e.question.stem, e.question.status, e.question.sources) for e in entries] == [
        ("灯会由谁主持？", Status.DRAFT, ()),
        ("灯是红的。", Status.DRAFT, ()),
    ]
    assert [path.name for path in done.written] == ["导入-题库.yaml"]
    assert [(d[1], d[3]) for d in done.doubtful] == [
        ("第 6 行", "没有答案"),
        ("第 12 行", "和第 13 行的题问的一样，答案却不同，请核对条文"),
        ("第 13 行", "和第 12 行的题问的一样，答案却不同，请核对条文"),
    ]
    assert read_bank(place / "bank").eligible() == []


def test_importing_twice_adds_nothing_twice(place):
    run(place, "题库.txt")
    before = {name: (place / name).read_bytes() for name in files(place) if name.endswith(".yaml")}
    again = run(place, "题库.txt")
    assert again.files[0].outcomes["已在题库"] == 2
    assert again.written == []
    assert again.report.name == "报告-2.xlsx"
    assert {name: (place / name).read_bytes() for name in files(place) if name.endswith(".yaml")} == before


def test_without_a_topic_nothing_is_written_but_the_report(place):
    done = run(place, "题库.txt", topic="")
    assert done.tried_only
    assert read_bank(place / "bank").entries == ()
    assert done.report.is_file()


def corrected(place: Path, changes: dict[tuple[str, str], str]) -> None:
    """Fill cells of the report: (start of the stem, column) -> text."""
    workbook = openpyxl.load_workbook(place / "报告.xlsx")
    sheet = workbook["题目"]
    names = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        stem = str(sheet.cell(row, names["题干"]).value)
        for (start, column), text in changes.items():
            if stem.startswith(start):
                sheet.cell(row, names[column]).value = text
    workbook.save(place / "改好.xlsx")


def test_the_corrected_report_replaces_drafts_and_adds_what_waited(place):
    run(place, "题库.txt")
    corrected(
        place,
        {
            ("灯会由谁", "答案"): "A",
            ("灯会由谁", "解析"): "规则第1条。",
            ("灯会由谁", "依据法规"): "灯会规则",
            ("灯会由谁", "依据条"): "1",
            ("灯会由谁", "状态"): "已审",
            ("灯会在", "答案"): "村西",
            ("绳是", "答案"): "对",
        },
    )
    done = run(place, "改好.xlsx")
    assert done.files[0].outcomes == {"已更新": 1, "新题": 2, "已在题库": 1, "重复": 2}
    found = {entry.question.stem: entry.question for entry in read_bank(place / "bank").entries}
    first = found["灯会由谁主持？"]
    assert (first.key, first.status, first.sources[0].article) == ("A", Status.REVIEWED, 1)
    assert found["灯会在哪里？"].key == "B"
    assert run(place, "改好.xlsx").written == []


def test_what_is_reviewed_is_not_changed_by_an_import(place):
    run(place, "题库.txt")
    filled = {"解析": "规则。", "依据法规": "denghui-guize", "依据条": "1", "状态": "已审"}
    corrected(place, {("灯会由谁", column): text for column, text in filled.items()})
    run(place, "改好.xlsx")
    corrected(place, {("灯会由谁", "答案"): "A"})
    (doubtful,) = [d for d in run(place, "改好.xlsx").doubtful if d[2].startswith("灯会由谁")]
    assert "已经审过或停用，导入不会改动它" in doubtful[3]
    assert read_bank(place / "bank").entries[0].question.key == "B"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"依据法规": "无此规则", "依据条": "1"}, "没有登记"),
        ({"依据法规": "灯会规则", "依据条": "9"}, "没有登记第9条"),
        ({"依据法规": "灯会规则"}, "没有写是第几条"),
        ({"状态": "已审"}, "“sources”至少要有 1 项"),
        ({"状态": "随便"}, "状态“随便”不认识"),
        ({"专题": "没有"}, "专题“没有”没有登记"),
    ],
)
def test_what_is_filled_in_wrongly_waits_again(place, cells, says):
    run(place, "题库.txt")
    corrected(place, {("灯会由谁", column): text for column, text in cells.items()})
    (doubtful,) = [d for d in run(place, "改好.xlsx").doubtful if d[2].startswith("灯会由谁")]
    assert says in doubtful[3]


def test_another_key_than_the_banks_waits(place):
    run(place, "题库.txt")
    (place / "另一份.txt").write_text(TEXT.replace("答案：B", "答案：A"))
    done = run(place, "另一份.txt")
    (doubtful,) = [d for d in done.doubtful if d[2].startswith("灯会由谁")]
    assert doubtful[3].endswith("问的一样，答案却不同，请核对条文")
    assert done.written == []


def test_a_file_that_cannot_be_read_leaves_nothing_behind(place):
    (place / "坏.docx").write_bytes(b"MZ")
    before = files(place)
    with pytest.raises(CannotImport):
        run(place, "题库.txt", "坏.docx")
    assert files(place) == before


def test_what_is_asked_wrongly_is_said(place):
    with pytest.raises(NotFound, match="能用的有：denghui（灯会（虚构））"):
        run(place, "题库.txt", topic="meiyou")
    with pytest.raises(Conflict, match="没有文件夹"):
        import_files([place / "题库.txt"], place / "bank", "denghui", place / "无" / "报告.xlsx")


def test_the_report_accounts_for_what_is_no_question(place):
    (place / "题库.txt").write_text("某村题库（虚构）\n" + TEXT)
    run(place, "题库.txt")
    sheet = openpyxl.load_workbook(place / "报告.xlsx")["其余内容"]
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)]
    assert ("题库.txt", "第 1 行", "标题", "某村题库（虚构）") in rows
