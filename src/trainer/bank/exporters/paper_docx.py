"""A paper to print, its answers apart, and the answer sheet that is marked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.shared import Mm

from trainer.bank.exporters.printed import Printed, sections_of
from trainer.bank.exporters.word import HEI, line, new_document, numeral, saved, write
from trainer.kinds.base import LETTERS

_SHORT_OPTION, _ROW_OPTION = 8, 18
_MARKS_A_ROW = 4


def paper(title: str, instructions: str, questions: Sequence[Printed]) -> bytes:
    """The questions as a .docx without any answer."""
    document = new_document(title)
    line(document, title, 18, bold=True, font=HEI, centred=True)
    line(document, "单位：____________________　姓名：______________　得分：__________", 12, centred=True)
    if instructions:
        line(document, instructions, 11)
    number = 0
    for index, (section, found) in enumerate(sections_of(questions), 1):
        line(document, f"{numeral(index)}、{section}（{_worth(found)}）", 13, bold=True, font=HEI)
        for question in found:
            number += 1
            _question(document, number, question)
    return saved(document)


def _worth(found: Sequence[Printed]) -> str:
    each = {question.points for question in found}
    total = sum(question.points for question in found)
    every = f"每题 {each.pop()} 分，" if len(each) == 1 else ""
    return f"共 {len(found)} 题，{every}满分 {total} 分"


def _question(document: Any, number: int, question: Printed) -> None:
    stem, *rest = question.lines
    hint = "（　　）" if question.kind == "judge" else ""
    line(document, f"{number}. {stem}{hint}")
    for text in _packed(rest):
        line(document, text).paragraph_format.left_indent = Mm(7)
    if question.kind in ("number", "order", "match"):
        line(document, "答：____________________").paragraph_format.left_indent = Mm(7)
    for _ in range({"case": 8, "code": 12}.get(question.kind, 0)):
        line(document, "")


def _packed(texts: Sequence[str]) -> list[str]:
    """Short options side by side: four a line, two a line, or one."""
    if not texts or not all(text[:2] in {f"{letter}." for letter in LETTERS} for text in texts):
        return list(texts)
    longest = max(map(len, texts))
    width = 4 if longest <= _SHORT_OPTION else 2 if longest <= _ROW_OPTION else 1
    return ["　　".join(texts[at : at + width]) for at in range(0, len(texts), width)]


def answers(title: str, questions: Sequence[Printed]) -> bytes:
    """The answers with reasons and articles as a .docx of their own."""
    document = new_document(f"{title}（答案）")
    line(document, f"{title}（答案）", 16, bold=True, font=HEI, centred=True)
    number = 0
    for index, (section, found) in enumerate(sections_of(questions), 1):
        line(document, f"{numeral(index)}、{section}", 13, bold=True, font=HEI)
        for question in found:
            number += 1
            line(document, f"{number}. {question.key}", bold=True)
            for text in (question.explanation, f"依据：{question.citation}" if question.citation else ""):
                for part in filter(None, text.split("\n")):
                    line(document, part, 10.5).paragraph_format.left_indent = Mm(7)
    return saved(document)


def answer_sheet(title: str, questions: Sequence[Printed]) -> bytes:
    """The answer sheet (答题卡): letters to black out, lines and boxes to write in; marked by people."""
    document = new_document(f"{title}（答题卡）")
    line(document, f"{title}（答题卡）", 16, bold=True, font=HEI, centred=True)
    line(document, "单位：____________________　姓名：______________　账号：__________________", 12)
    line(document, "选择题、判断题用黑色笔把选中的方格涂满，改动要擦净；其余写在横线上或方框里。", 10.5)
    number = 0
    for index, (section, found) in enumerate(sections_of(questions), 1):
        line(
            document,
            f"{numeral(index)}、{section}（{_worth(found)}）　得分：________",
            12,
            bold=True,
            font=HEI,
        )
        numbered = list(enumerate(found, number + 1))
        number += len(found)
        marked = [(n, _letters(question)) for n, question in numbered if _letters(question)]
        _grid(document, marked)
        for n, question in numbered:
            if not _letters(question):
                _space(document, n, question)
    return saved(document)


def _letters(question: Printed) -> str:
    if question.kind == "judge":
        return "√×"
    return LETTERS[: question.choices]


def _grid(document: Any, marked: Sequence[tuple[int, str]]) -> None:
    if not marked:
        return
    width = _MARKS_A_ROW if max(len(letters) for _, letters in marked) <= _MARKS_A_ROW else _MARKS_A_ROW - 1
    table = document.add_table(rows=-(-len(marked) // width), cols=width)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for at, (number, letters) in enumerate(marked):
        cell = table.rows[at // width].cells[at % width]
        boxes = " ".join(f"[{letter}]" for letter in letters)
        write(cell.paragraphs[0], f"{number:>2}  {boxes}", 10.5)
    line(document, "", 6)


def _space(document: Any, number: int, question: Printed) -> None:
    if question.kind == "blank":
        line(
            document,
            f"{number}. " + "　".join("____________________" for _ in range(max(question.blanks, 1))),
        )
    elif question.kind in ("number", "order", "match"):
        line(document, f"{number}. ____________________________________")
    else:
        line(document, f"{number}.（{question.points} 分）")
        table = document.add_table(rows=1, cols=1)
        table.style = "Table Grid"
        table.rows[0].height = Mm(75)
        line(document, "", 6)
