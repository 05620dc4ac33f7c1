"""Plain text and Markdown, in whatever encoding it was saved."""

from __future__ import annotations

import codecs
import re
from typing import ClassVar

from trainer.bank.importers.base import CannotImport, Importer, Looks, Reading, Role, SourceLine
from trainer.bank.importers.columns import find_header
from trainer.bank.importers.prose import read_prose

_MAX_LINES = 200_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENTITIES = {
    "&nbsp;": " ",
    "&lt;": "<",
    "&gt;": ">",
    "&amp;": "&",
    "&quot;": '"',
    "&ldquo;": "“",
    "&rdquo;": "”",
}
_ENTITY = re.compile("|".join(_ENTITIES))
_LINE_END = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_MD_PREFIX = re.compile(
    r"\s{0,3}(?:>\s?)*(?:[-*+]\s+(?=\**[\[(]?[A-L]\**\s*[、.．:：)\]]|\**[A-L]\**[.、])|\d+\.\s+(?=\*\*))?"
)
_COLOUR = re.compile(
    r"<(?:font|span)\s[^<>]{0,80}colou?r[^<>]{0,80}>([^<>]{1,300})</(?:font|span)>", re.IGNORECASE
)
_MD_TABLE = re.compile(r"\s*\|.*\|\s*$")
#: A share of signs that no Chinese text has: the encoding was recognised wrongly.
_STRANGE = re.compile("[\ue000-\uf8ff\u0080-\u009f\x00-\x08\x0e-\x1f]")


class TextImporter(Importer):
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".md")
    title: ClassVar[str] = "文本"

    def read(self, name: str, content: bytes) -> Reading:
        text, notices = decode(name, content)
        if is_table(text):
            from trainer.bank.importers.csv_file import CsvImporter

            return CsvImporter().read(name, content)
        lines = text_lines(name, text, markdown=name.lower().endswith(".md") or "**" in text)
        reading = read_prose(name, lines)
        reading.notices += notices
        _doubt_the_end(reading, cut=not text.endswith(("\n", "\r")))
        return reading


def is_table(text: str) -> bool:
    """Whether a text is a table with delimiters: its first line names the columns of one."""
    first = next((line for line in text.lstrip("\ufeff").splitlines() if line.strip()), "")
    return any(find_header([first.split(delimiter)]) is not None for delimiter in (",", "\t", ";", "|"))


def _doubt_the_end(reading: Reading, *, cut: bool) -> None:
    """A file that ends in the middle of something may have been cut off: its last question is doubtful."""
    if not reading.raws or not reading.pieces or reading.pieces[-1].question != len(reading.raws) - 1:
        return
    raw, role = reading.raws[-1], reading.pieces[-1].role
    ended = reading.lines[-1].text.rstrip().endswith(("。", "）", ")", "】", "！", "？", "”"))
    before = [len(other.options) for other in reading.raws[-4:-1]]
    fewer = len(before) == 3 and bool(raw.options) and len(raw.options) < min(before)
    open_end = role is Role.OPTION or (role is Role.ANSWER and not raw.options and len(raw.answer) > 15)
    if fewer or (cut and open_end and not ended):
        raw.doubt("文件到这道题就断了，可能不完整。")


def decode(name: str, content: bytes) -> tuple[str, list[str]]:
    """(text, remarks): by its byte order mark, else UTF-8, else GB18030, else UTF-16. Raises CannotImport."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), []
    if b"\0" in content[:4096]:
        return _without_mark(name, content), []
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 4:
            return content[: error.start].decode("utf-8"), ["文件在最后一个字中间断开了，可能没有下载完整。"]
    return _by_guess(name, content)


def _by_guess(name: str, content: bytes) -> tuple[str, list[str]]:
    """GB18030 when that gives ordinary text, else whichever encoding loses least. Raises CannotImport."""
    try:
        text = content.decode("gb18030")
        if len(_STRANGE.findall(text)) * 50 <= len(text):
            return text, []
    except UnicodeDecodeError:
        pass
    for encoding in ("utf-8", "gb18030"):
        text = content.decode(encoding, errors="replace")
        lost = text.count("\ufffd")
        if lost * 50 <= len(text):
            return text, [f"有 {lost} 处字读不出（编码有损坏），所在的题列入待审。"]
    raise CannotImport(f"“{name}”的文字编码认不出来；请用记事本打开，另存为 UTF-8 再导入。")


def _without_mark(name: str, content: bytes) -> str:
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and sum("\u4e00" <= c <= "\u9fff" or c.isascii() for c in text) * 2 > len(text):
            return text
    raise CannotImport(f"“{name}”不是文本文件，没有读取；请检查是否选错了文件。")


def text_lines(name: str, text: str, *, markdown: bool = False) -> list[SourceLine]:
    """The lines that say something, numbered as editors number them. Raises CannotImport when there are too many."""
    found: list[SourceLine] = []
    gap = False
    for number, raw in enumerate(_LINE_END.split(text), 1):
        line = _INVISIBLE.sub("", _ENTITY.sub(lambda match: _ENTITIES[match[0]], raw))
        if markdown:
            line = _plain(line)
        line, looks = _coloured(line)
        if not line.strip():
            gap = True
            continue
        found.append(SourceLine(line, f"第 {number} 行", looks, after_gap=gap))
        gap = False
        if len(found) > _MAX_LINES:
            raise CannotImport(f"“{name}”超过 {_MAX_LINES} 行，太大了；请拆成几个文件再导入。")
    return found


def _coloured(line: str) -> tuple[str, Looks]:
    """A line without the HTML that colours words, and where these words are."""
    text, looks, at = "", [], 0
    for match in _COLOUR.finditer(line):
        text += line[at : match.start()]
        looks.append((len(text), len(text) + len(match[1]), "colour"))
        text, at = text + match[1], match.end()
    return text + line[at:], tuple(looks)


def _plain(line: str) -> str:
    """A line of Markdown without bold marks, quoting marks and the bullets of options."""
    line = (
        line.replace("**", "").replace("\\_", "_").replace("\\.", ".").replace("\\(", "(").replace("\\)", ")")
    )
    return _MD_PREFIX.sub("", line, count=1).rstrip()
