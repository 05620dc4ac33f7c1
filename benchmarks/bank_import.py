"""What importing a bank costs: a made-up bank in Word and Excel, with plain reading by the same libraries as the floor."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import openpyxl
from docx import Document

from support.common import BANK, Cost, here, median, seconds, show, times
from trainer.bank.importers.base import read_source
from trainer.bank.importers.settle import settle
from trainer.bank.reader import read_bank
from trainer.workflow.bank_import import import_files

GROUPS = ("甲组", "乙组", "丙组", "丁组")


def main() -> None:
    parser = argparse.ArgumentParser(description="导入一份题库要多少时间：虚构的题，Word 和 Excel 各一份。")
    parser.add_argument("--questions", type=int, default=1000, help="多少道题（默认 1000）")
    parser.add_argument("--repeats", type=int, default=3, help="重复几次取中位数（默认 3）")
    asked = parser.parse_args()
    regulations = read_bank(BANK).regulations
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {
            "Word": word(folder / "题库.docx", asked.questions),
            "Excel": excel(folder / "题库.xlsx", asked.questions),
        }
        floors = {"Word": plain_word, "Excel": plain_excel}
        rows = []
        for kind, path in files.items():
            floor = several(asked.repeats, lambda f=floors[kind], p=path: f(p))
            reading = several(asked.repeats, lambda p=path: check(settled(p, regulations), asked.questions))
            whole = several(1, lambda p=path: import_files([p], BANK, "", folder / "报告.xlsx"))
            rows += [
                row(f"{kind}：下限，只读出文字", floor, floor),
                row(f"{kind}：读出题目，判定疑点", reading, floor),
                row(f"{kind}：整个导入（读题库、比较、写报告）", whole, floor),
            ]
    show(f"导入 {asked.questions} 道题", ("做什么", "CPU", "实际用时", "是下限的"), rows)


def several(repeats: int, work: object) -> Cost:
    assert callable(work)
    return median([here(work) for _ in range(repeats)])


def row(what: str, cost: Cost, floor: Cost) -> list[str]:
    return [what, seconds(cost.cpu), seconds(cost.wall), times(cost.cpu, floor.cpu)]


def stem(number: int) -> str:
    return f"第{number}场灯谜会（虚构）由哪个组主持？"


def word(path: Path, count: int) -> Path:
    """Six paragraphs a question, as most banks have them."""
    document = Document()
    document.add_paragraph("一、单选题")
    for number in range(1, count + 1):
        document.add_paragraph(f"{number}、{stem(number)}（ ）")
        for letter, group in zip("ABCD", GROUPS, strict=True):
            document.add_paragraph(f"{letter}、{group}")
        document.add_paragraph(f"正确答案：{'ABCD'[number % 4]}")
    document.save(str(path))
    return path


def excel(path: Path, count: int) -> Path:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("单选题")
    sheet.append(["题干", *(f"选项{letter}" for letter in "ABCD"), "答案"])
    for number in range(1, count + 1):
        sheet.append([stem(number), *GROUPS, "ABCD"[number % 4]])
    workbook.save(path)
    return path


def plain_word(path: Path) -> int:
    return sum(len(paragraph.text) for paragraph in Document(str(path)).paragraphs)


def plain_excel(path: Path) -> int:
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    return sum(len(str(cell)) for row in sheet.iter_rows(values_only=True) for cell in row)


def settled(path: Path, regulations: object) -> list[object]:
    reading = read_source(path)
    return [settle(raw, reading.file, regulations) for raw in reading.raws]  # type: ignore[arg-type]


def check(drafts: list[object], count: int) -> None:
    """A run that lost a question measures nothing."""
    assert len(drafts) == count
    assert not any(draft.doubts for draft in drafts)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
