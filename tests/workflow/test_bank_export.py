"""Exports, and what comes back from them."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from trainer.bank.importers.base import read_source
from trainer.bank.importers.settle import settle
from trainer.bank.reader import read_bank
from trainer.errors import Conflict, NotFound, UsageError
from trainer.workflow.bank_export import export_bank
from trainer.workflow.bank_import import import_files


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """The repository's bank, one topic of it."""
    root = tmp_path_factory.mktemp("export") / "bank"
    root.mkdir()
    for name in ("regulations.yaml", "topics.yaml"):
        shutil.copyfile(repository / "question_bank" / name, root / name)
    for topic in ("dangfei", "jiaoyu-guanli"):
        shutil.copytree(repository / "question_bank" / topic, root / topic)
    return root


def test_the_sheet_says_all_that_the_bank_says(bank, tmp_path):
    _, count, left_out = export_bank(bank, tmp_path / "题.xlsx", status="all")
    done = import_files([tmp_path / "题.xlsx"], bank, "dangfei", tmp_path / "报告.xlsx")
    assert done.files[0].outcomes == {"已在题库": count}
    assert done.written == []
    assert count + left_out == len(read_bank(bank).entries)


@pytest.mark.parametrize("ending", [".gift", ".xml"])
def test_other_platforms_formats_come_back_with_the_same_keys(bank, tmp_path, ending):
    export_bank(bank, tmp_path / f"题{ending}", status="all")
    read = read_bank(bank)
    drafts = [settle(raw, "题", {}) for raw in read_source(tmp_path / f"题{ending}").raws]
    assert len(drafts) == len(read.entries)
    compared = 0
    for draft, entry in zip(drafts, read.entries, strict=True):
        question = entry.question
        if question.kind in ("single", "multiple", "judge"):
            key = list(question.key) if question.kind == "multiple" else question.key
            assert (draft.kind, draft.key) == (question.kind, key)
            assert [text for _, text in draft.raw.options] == list(getattr(question, "options", {}).values())
            compared += 1
        elif question.kind == "blank" and len(question.key) == 1:
            assert draft.key == [list(question.key[0])]
        elif question.kind == "match":
            assert [left for left, _ in draft.key] == [pair.left for pair in question.pairs]
    assert compared > 20


def test_a_paper_its_answers_and_its_answer_sheet(bank, tmp_path):
    paths, count, _ = export_bank(bank, tmp_path / "自测.docx", topic="dangfei")
    assert [path.name for path in paths] == ["自测.docx", "自测-答案.docx", "自测-答题卡.docx"]
    paper, answers, sheet = ("\n".join(p.text for p in Document(str(path)).paragraphs) for path in paths)
    single = next(
        e.question for e in read_bank(bank).eligible() if e.topic == "dangfei" and e.question.kind == "single"
    )
    assert single.stem.split("\n")[0] in paper
    assert single.explanation.split("\n")[0] in answers
    assert single.explanation.split("\n")[0] not in paper
    assert f"{count}." in answers
    boxes = "\n".join(
        cell.text for table in Document(str(paths[2])).tables for row in table.rows for cell in row.cells
    )
    assert "[A] [B] [C] [D]" in boxes
    assert "答题卡" in sheet


def test_an_empty_sheet_to_fill_in(bank, tmp_path):
    export_bank(bank, tmp_path / "空.xlsx", empty=True)
    workbook = openpyxl.load_workbook(tmp_path / "空.xlsx")
    assert workbook.sheetnames == ["题目", "填写说明"]
    assert workbook["题目"].max_row == 1


def test_nothing_is_overwritten_and_nothing_half_written(bank, tmp_path):
    (tmp_path / "自测-答案.docx").write_text("我的")
    with pytest.raises(Conflict, match="没有覆盖"):
        export_bank(bank, tmp_path / "自测.docx")
    assert [path.name for path in tmp_path.iterdir()] == ["自测-答案.docx"]


@pytest.mark.parametrize(
    ("name", "asked", "error"),
    [
        ("题.pdf", {}, UsageError),
        ("题.gift", {"topic": "meiyou"}, NotFound),
        ("题.gift", {"kind": "meiyou"}, NotFound),
        ("题.gift", {"kind": "single", "status": "retired", "topic": "jiaoyu-guanli"}, NotFound),
        ("无/题.gift", {}, Conflict),
    ],
)
def test_what_is_asked_wrongly_is_said(bank, tmp_path, name, asked, error):
    with pytest.raises(error):
        export_bank(bank, tmp_path / name, **asked)
