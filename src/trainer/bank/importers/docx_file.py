"""Word documents as lines: paragraphs and tables in order, automatic numbers written out, looks kept.

The parts are read straight from the package: python-docx would unpack every picture of it into memory.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, ClassVar

from lxml import etree

from trainer.bank.importers.base import PICTURE, CannotImport, Importer, Reading, SourceLine
from trainer.bank.importers.numbering import Numbering
from trainer.bank.importers.prose import read_prose
from trainer.bank.importers.tables import read_table

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_AROUND = frozenset(
    f"{W}{name}"
    for name in ("hyperlink", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml")
)
_PICTURES = frozenset({f"{W}drawing", f"{W}pict", f"{W}object"})
#: Ticks and crosses of the symbol fonts, by font and the low byte of the character.
_SYMBOLS = {
    ("wingdings", 0xFC): "√",
    ("wingdings", 0xFB): "×",
    ("wingdings", 0xFE): "√",
    ("wingdings", 0xFD): "×",
    ("wingdings 2", 0x50): "√",
    ("wingdings 2", 0x4F): "×",
    ("wingdings 2", 0x52): "√",
    ("wingdings 2", 0x51): "×",
    ("symbol", 0xD6): "√",
    ("symbol", 0xB4): "×",
}
_SHORT_ANSWER = re.compile("[A-Ha-h、, ]{1,12}|[√×对错]|正确|错误")
_MAX_LINES = 60_000
_PLAIN_COLOURS = frozenset({"auto", "000000", "FFFFFF", "333333", "262626", "0D0D0D", "404040"})


class DocxImporter(Importer):
    suffixes: ClassVar[tuple[str, ...]] = (".docx",)
    title: ClassVar[str] = "Word 文档"

    def read(self, name: str, content: bytes) -> Reading:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                body = _parsed(name, archive, "word/document.xml")
                styles = _parsed(name, archive, "word/styles.xml")
                numbers = _parsed(name, archive, "word/numbering.xml")
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError) as error:
            raise CannotImport(_BROKEN.format(name=name)) from error
        if body is None:
            raise CannotImport(_BROKEN.format(name=name))
        reading = Reading(name)
        for lines, grid in _Document(name, Numbering(numbers, styles)).blocks(body):
            if grid is not None:
                reading.add(read_table(name, lines, grid, reading.section))
            elif lines:
                reading.add(read_prose(name, lines, reading.section))
        return reading


_BROKEN = "“{name}”已经损坏，或者只下载了一部分；请重新下载，或用 Word、WPS 打开后另存再导入。"


def _parsed(name: str, archive: zipfile.ZipFile, part: str) -> Any:
    """The root of a part; None when the package has no such part."""
    if part not in archive.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(archive.read(part), parser)
    except etree.XMLSyntaxError as error:
        raise CannotImport(_BROKEN.format(name=name)) from error
    if root.getroottree().docinfo.doctype:
        raise CannotImport(f"“{name}”里有外部实体声明，正常的 Word 文件不会有，没有读取；请向发来的人核实。")
    return root


#: A table as rows of cell texts.
Grid = list[list[str]]


class _Document:
    def __init__(self, name: str, numbering: Numbering) -> None:
        self._name = name
        self._numbering = numbering
        self._paragraphs = self._tables = self._lines = 0
        self._gap = False

    def blocks(self, root: Any) -> Iterator[tuple[list[SourceLine], Grid | None]]:
        """Runs of lines, and tables of questions that have a header of their own (with the grid of their texts)."""
        lines: list[SourceLine] = []
        for element in _content(root.find(f"{W}body")):
            if element.tag == f"{W}p":
                lines += self._paragraph(element)
            else:
                rows, grid = self._table(element)
                if _is_question_table(grid):
                    yield lines, None
                    yield rows, grid
                    lines = []
                else:
                    lines += _loose(rows, grid)
        yield lines, None

    def _paragraph(self, paragraph: Any) -> list[SourceLine]:
        self._paragraphs += 1
        return self._lines_of(paragraph, f"第 {self._paragraphs} 段")

    def _lines_of(self, paragraph: Any, place: str) -> list[SourceLine]:
        texts, boxes = _runs(paragraph)
        label = self._numbering.label(paragraph)
        found = []
        for index, (text, looks) in enumerate(_broken(texts)):
            if index == 0 and label and text.strip():
                text = f"{label} {text}"  # noqa: PLW2901 - the same line, with its number
                looks = tuple((a + len(label) + 1, b + len(label) + 1, how) for a, b, how in looks)  # noqa: PLW2901
            if not text.strip():
                self._gap = True
                continue
            self._lines += 1
            if self._lines > _MAX_LINES:
                raise CannotImport(f"“{self._name}”超过 {_MAX_LINES} 行，太大了；请拆成几个文件再导入。")
            found.append(SourceLine(text, place, looks, self._gap))
            self._gap = False
        for box in boxes:
            for inner in box.iter(f"{W}p"):
                found += self._lines_of(inner, f"{place}的文本框")
        return found

    def _table(self, table: Any) -> tuple[list[SourceLine], Grid]:
        self._tables += 1
        rows, grid = [], []
        for number, row in enumerate(table.iter(f"{W}tr"), 1):
            place = f"表 {self._tables} 第 {number} 行"
            cells = []
            for cell in row.iterchildren(f"{W}tc", f"{W}sdt"):
                inner = [line.text for p in cell.iter(f"{W}p") for line in self._lines_of(p, place)]
                cells.append("\n".join(inner))
            if any(cells):
                grid.append(cells)
                rows.append(SourceLine(" | ".join(cells), place))
        return rows, grid


def _content(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, out of content controls and the like."""
    for element in parent if parent is not None else ():
        if element.tag in (f"{W}p", f"{W}tbl"):
            yield element
        elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}smartTag", f"{W}customXml"):
            yield from _content(element)


def _runs(paragraph: Any) -> tuple[list[tuple[str, str]], list[Any]]:
    """(text, how it looks) of the runs of a paragraph, and the text boxes that hang on it."""
    texts: list[tuple[str, str]] = []
    boxes: list[Any] = []
    for run in _own_runs(paragraph):
        if run.tag == _MATH:
            texts.append((run.text or "", ""))
            continue
        text, found = _run_text(run)
        boxes += found
        looks = _looks(run)
        if looks == "underline" and text and not text.strip():
            text, looks = "____", ""
        texts.append((text, looks))
    return texts, boxes


def _own_runs(parent: Any) -> Iterator[Any]:
    """Runs and pieces of formulas; not what was deleted under revision, and not what is in text boxes."""
    for child in parent:
        if child.tag == f"{W}r":
            yield child
        elif child.tag in _AROUND:
            yield from _own_runs(child)
        elif isinstance(child.tag, str) and child.tag.startswith(_MATH[:-1]):
            yield from child.iter(_MATH)


def _run_text(run: Any) -> tuple[str, list[Any]]:
    parts, boxes = [], []
    for child in run:
        tag = child.tag
        if tag == f"{W}t":
            parts.append(child.text or "")
        elif tag == f"{W}tab":
            parts.append("\t")
        elif tag in (f"{W}br", f"{W}cr"):
            parts.append("\n")
        elif tag == f"{W}noBreakHyphen":
            parts.append("-")
        elif tag == f"{W}sym":
            parts.append(_symbol(child))
        else:
            inner = list(child.iter(f"{W}txbxContent"))[:1]  # the fallback repeats the same box
            boxes += inner
            if not inner and any(element.tag in _PICTURES for element in child.iter()):
                parts.append(PICTURE)
    return "".join(parts), boxes


def _symbol(element: Any) -> str:
    font = (element.get(f"{W}font") or "").lower()
    try:
        code = int(element.get(f"{W}char") or "", 16)
    except ValueError:
        return "□"
    return _SYMBOLS.get((font, code & 0xFF), "□")


def _looks(run: Any) -> str:
    properties = run.find(f"{W}rPr")
    if properties is None:
        return ""
    underline = properties.find(f"{W}u")
    if underline is not None and underline.get(f"{W}val") not in ("none", None):
        return "underline"
    colour = properties.find(f"{W}color")
    if (
        colour is not None
        and (colour.get(f"{W}val") or "auto").upper().replace("AUTO", "auto") not in _PLAIN_COLOURS
    ):
        return "colour"
    return "colour" if properties.find(f"{W}highlight") is not None else ""


def _broken(texts: list[tuple[str, str]]) -> Iterator[tuple[str, tuple[tuple[int, int, str], ...]]]:
    """The lines of a paragraph that has line breaks, each with its looks."""
    line = ""
    looks: list[tuple[int, int, str]] = []
    for text, how in texts:
        for index, part in enumerate(text.split("\n")):
            if index:
                yield line, tuple(looks)
                line, looks = "", []
            if how and part.strip():
                looks.append((len(line), len(line) + len(part), how))
            line += part
    yield line, tuple(looks)


def _is_question_table(grid: Grid) -> bool:
    from trainer.bank.importers.columns import find_header

    return find_header(grid) is not None


def _loose(rows: list[SourceLine], grid: Grid) -> list[SourceLine]:
    """A table without a header as lines: a row of numbers over a row of answers becomes a key list."""
    found: list[SourceLine] = []
    index = 0
    while index < len(grid):
        below = grid[index + 1] if index + 1 < len(grid) else None
        if below and _is_key_pair(grid[index], below):
            pairs = [
                f"{n.strip()}.{a.strip()}"
                for n, a in zip(grid[index], below, strict=False)
                if n.strip().isdigit()
            ]
            found.append(SourceLine(" ".join(pairs), f"{rows[index].place}至{rows[index + 1].place}"))
            index += 2
            continue
        if joined := _numbered_answers(grid[index]):
            found.append(SourceLine(joined, rows[index].place))
            index += 1
            continue
        for cell in grid[index]:
            found += [SourceLine(text, rows[index].place) for text in cell.split("\n") if text.strip()]
        index += 1
    return found


def _is_key_pair(upper: list[str], lower: list[str]) -> bool:
    numbers = [cell for cell in upper if cell.strip().isdigit()]
    return (
        len(numbers) >= 2
        and len(numbers) >= len([c for c in upper if c.strip()]) - 1
        and len(upper) == len(lower)
    )


def _numbered_answers(cells: list[str]) -> str:
    """A row such as 1 | B | 2 | D as ``1.B 2.D``; "" for any other."""
    texts = [cell.strip() for cell in cells if cell.strip()]
    if len(texts) < 2 or len(texts) % 2:
        return ""
    pairs = list(zip(texts[::2], texts[1::2], strict=True))
    if all(number.isdigit() and _SHORT_ANSWER.fullmatch(answer) for number, answer in pairs):
        return " ".join(f"{number}.{answer}" for number, answer in pairs)
    return ""
