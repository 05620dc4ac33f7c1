"""The report of an import as a workbook that is corrected and imported again."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from trainer.bank.importers.base import Reading, Role
from trainer.bank.importers.drafts import Draft
from trainer.bank.importers.own_sheet import STATUSES
from trainer.bank.importers.xlsx_file import HOW_TO, LEFT_OVER
from trainer.kinds.base import all_kinds
from trainer.model.question import Status

LETTERS = "ABCDEFGHIJKL"
QUESTIONS = "题目"
_MOST = 32_000
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: (column, width): first what the importer says, then what people fill in and correct.
REMARK_COLUMNS = (("导入结果", 10), ("待审原因", 42), ("置信度", 7), ("来源文件", 16), ("位置", 16))
OWN_COLUMNS = (
    ("题目编号", 18),
    ("专题", 14),
    ("题型", 9),
    ("题干", 60),
    *((f"选项{letter}", 22) for letter in "ABCDEF"),
    ("答案", 16),
    ("解析", 40),
    ("分值", 6),
    ("预计得分率", 10),
    ("依据法规", 20),
    ("依据条", 8),
    ("状态", 8),
    ("评分标准", 20),
    ("出题人备注", 30),
)


@dataclass(frozen=True)
class Row:
    """One question of the sheet: remarks, and its cells by column."""

    remarks: tuple[str, ...]
    cells: dict[str, str]


def draft_row(draft: Draft, outcome: str, remark: str, topic: str) -> Row:
    """A draft as a row of the report, every field as text."""
    raw, own = draft.raw, draft.raw.own
    why = "；".join(sentence.rstrip("。") for sentence in draft.doubts) or remark
    if not draft.doubts and draft.inferred:
        why = "；".join(filter(None, [remark, *(sentence.rstrip("。") for sentence in draft.inferred)]))
    options = list(raw.options)
    if draft.kind == "match":
        options = [(LETTERS[i], f"{left} → {right}") for i, (left, right) in enumerate(raw.pairs[:12])]
    title = all_kinds()[draft.kind].title if draft.kind in all_kinds() else ""
    cells = {
        "题目编号": draft.id,
        "专题": own.get("topic") or topic,
        "题型": title,
        "题干": raw.stem,
        **{f"选项{label}": text for label, text in options},
        "答案": _answer(draft),
        "解析": raw.explanation,
        "分值": own.get("points", ""),
        "预计得分率": own.get("facility", ""),
        "依据法规": own.get("regulation", ""),
        "依据条": own.get("article", ""),
        "状态": STATUSES[Status(own.get("status") or "draft")],
        "评分标准": own.get("rubric", ""),
        "出题人备注": own.get("note") or _note(draft),
    }
    return Row((outcome, why, draft.confidence, draft.file, raw.place), cells)


def _note(draft: Draft) -> str:
    note = (draft.definition or {}).get("author_note")
    return str(note) if note else f"导入自“{draft.file}”{draft.raw.place}。"


def _answer(draft: Draft) -> str:
    key = draft.key
    if key is None:
        return draft.raw.answer
    if draft.kind == "judge":
        return "对" if key else "错"
    if draft.kind in ("single", "multiple", "order"):
        return "".join(key)
    if draft.kind == "blank":
        return "；".join("|".join(accepted) for accepted in key)
    return draft.raw.answer


def workbook(
    rows: Sequence[Row], left_over: Iterable[tuple[str, str, str, str]], notices: Sequence[str]
) -> bytes:
    """The report; ``left_over`` are (file, place, role, text) of what became no part of a question."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    _questions(book, rows, [*REMARK_COLUMNS, *OWN_COLUMNS])
    sheet = book.add_worksheet(LEFT_OVER)
    head, plain = _formats(book)
    for column, (name, width) in enumerate((("来源文件", 20), ("位置", 18), ("当作", 8), ("内容", 100))):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, head)
    line = 0
    for line, cells in enumerate([*(("", "", "说明", notice) for notice in notices), *left_over], 1):
        for column, text in enumerate(cells):
            sheet.write_string(line, column, _fit(text), plain)
    sheet.freeze_panes(1, 0)
    book.close()
    return file.getvalue()


def _questions(book: Any, rows: Sequence[Row], columns: Sequence[tuple[str, int]]) -> None:
    sheet = book.add_worksheet(QUESTIONS)
    head, plain = _formats(book)
    doubtful = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FFF2CC", "num_format": "@"})
    extra = sorted({name for row in rows for name in row.cells} - {name for name, _ in columns})
    at = next(i for i, (name, _) in enumerate(columns) if name == "答案")
    columns = [*columns[:at], *((name, 18) for name in extra), *columns[at:]]
    for column, (name, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, head)
    for line, row in enumerate(rows, 1):
        style = doubtful if row.remarks and row.remarks[0] == "待审" else plain
        texts = [*row.remarks, *(row.cells.get(name, "") for name, _ in columns[len(row.remarks) :])]
        for column, text in enumerate(texts):
            if text:
                sheet.write_string(line, column, _fit(text), style)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)


def template(rows: Sequence[Row]) -> bytes:
    """The sheet that instructors fill in: our columns, with the given questions or none."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    _questions(book, rows, OWN_COLUMNS)
    sheet = book.add_worksheet(HOW_TO)
    for line, text in enumerate(_HELP):
        sheet.write_string(line, 0, text)
    sheet.set_column(0, 0, 110)
    book.close()
    return file.getvalue()


_HELP = (
    "一行一道题。题型写：单选题、多选题、判断题、填空题、计算题、排序题、连线题、案例分析题。",
    "单选、多选：选项写在选项A、选项B……，答案写字母，例如 B 或 ABD。",
    "判断：答案写 对 或 错，选项不填。",
    "填空：题干里每个空写 ____（四个下划线），几个空的答案用分号隔开，同一个空的几种写法用竖线隔开，例如 三|3；半年。",
    "排序：步骤写在选项A、选项B……，答案写正确的次序，例如 CABD。",
    "连线：一个选项格写一对，例如 左边 → 右边；答案不填。",
    "案例分析：参考答案写在答案列，评分标准一行一个要点，例如 指出计算方法错误（2分）。",
    "题目编号、专题、分值、预计得分率可以不填；依据法规写登记表里的编号或简称，依据条写数字。",
    "状态写 草稿、已审、停用；只有对照条文审过、写了依据和解析的才写 已审。",
)


def _formats(book: Any) -> tuple[Any, Any]:
    head = book.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1, "valign": "top"})
    return head, book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})


def _fit(text: str) -> str:
    plain = _ILLEGAL.sub("", text)
    return plain if len(plain) <= _MOST else f"{plain[:_MOST]}……（内容过长，后面的没有显示）"


def left_over(reading: Reading) -> list[tuple[str, str, str, str]]:
    """(file, place, role, text) of every piece that is no part of a question, in the order of the source."""
    shown = []
    for piece in reading.pieces:
        if piece.question is None or piece.role in (Role.NOISE, Role.DOUBT):
            line = reading.lines[piece.line]
            text = line.text[piece.start : piece.end].strip()
            if text:
                shown.append((reading.file, line.place, piece.role.value, text))
    return shown
