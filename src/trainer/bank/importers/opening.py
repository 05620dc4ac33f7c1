"""Opening files that strangers made: what they really are, and whether it is safe to go on.

Whatever a file contains, the outcome within seconds and bounded memory is its content or a CannotImport that says
what to do.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from trainer.bank.importers.base import CannotImport
from trainer.errors import NotFound

MEGABYTE = 1024 * 1024
MAX_BYTES = 20 * MEGABYTE
MAX_TEXT_BYTES = 5 * MEGABYTE
#: Unpacked sizes: a thousand questions are about 3 MB of XML; a parsed tree takes ten times its text.
MAX_PART, MAX_UNPACKED = 40 * MEGABYTE, 120 * MEGABYTE
MAX_ENTRIES = 5000
MAX_ROWS = 100_000
#: Parts of a package that hold XML that we, python-docx or openpyxl parse.
_XML = re.compile(r"\.(?:xml|rels)$", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_HEADS = (
    ((b"MZ", b"\x7fELF"), "“{name}”其实是一个程序，不是题库，没有读取；请向发来的人核实，不要打开它。"),
    ((b"%PDF",), "“{name}”是 PDF；请用 WPS 或 Word 打开，另存为 .docx 再导入。"),
    ((b"{\\rtf",), "“{name}”是 RTF；请用 Word 或 WPS 打开，另存为 .docx 再导入。"),
    ((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b"), "“{name}”是压缩包，请先解压，再导入里面的文件。"),
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), "“{name}”是图片，不能导入；请先用文字识别软件转成文字。"),
)
_TEXT_SUFFIXES = {".txt", ".md", ".csv", ".json", ".gift", ".xml"}


def open_source(path: Path) -> tuple[str, bytes]:
    """(ending of the format that the content has, content). Raises NotFound and CannotImport."""
    content = _content(path)
    suffix = path.suffix.lower()
    if content.startswith(b"PK"):
        return _package_suffix(path.name, content), content
    refused = _refusal(path.name, suffix, content)
    if refused:
        raise CannotImport(refused)
    if suffix in (".docx", ".xlsx"):
        raise CannotImport(
            f"“{path.name}”已经损坏，或者只下载了一部分；请重新下载或用 Word、WPS 打开后另存。"
        )
    if len(content) > MAX_TEXT_BYTES:
        raise CannotImport(
            f"“{path.name}”超过 {MAX_TEXT_BYTES // MEGABYTE} MB，太大了；请拆成几个文件再导入。"
        )
    return suffix, content


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size if path.is_file() else -1
        if path.is_dir():
            raise CannotImport(f"“{path}”是文件夹，请指明具体的文件。")
        if size > MAX_BYTES:
            raise CannotImport(
                f"“{path.name}”有 {size // MEGABYTE} MB，超过 {MAX_BYTES // MEGABYTE} MB；"
                "题库的文字用不了这么大，请删去图片和多余的工作表，或拆成几个文件再导入。"
            )
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"找不到文件“{path}”，请检查文件名和所在的文件夹。") from None
    except OSError:
        raise CannotImport(f"“{path}”打不开，请检查是否有读取这个文件的权限。") from None
    if not content.strip():
        raise CannotImport(f"“{path.name}”是空文件，请检查是否选错了文件。")
    return content


def _refusal(name: str, suffix: str, content: bytes) -> str | None:
    """Why a file that is no package cannot be read, by the first bytes that it has."""
    if content.startswith(_OLE):
        return _ole_sentence(name, content)
    for heads, sentence in _HEADS:
        if content.startswith(heads):
            return sentence.format(name=name)
    if suffix in (".doc", ".xls", ".wps", ".et"):
        as_what = ".xlsx" if suffix in (".xls", ".et") else ".docx"
        return f"“{name}”是 {suffix} 文件；请用 Word、Excel 或 WPS 打开，另存为 {as_what} 再导入。"
    if content[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return f"“{name}”其实是网页；请用浏览器打开，把文字复制到 Word，存为 .docx 再导入。"
    if suffix not in _TEXT_SUFFIXES | {".docx", ".xlsx"}:
        return (
            f"“{name}”不是能导入的格式；能导入 .docx .xlsx .txt .md .csv .json .gift .xml，请另存后再导入。"
        )
    return None


def _ole_sentence(name: str, content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return f"“{name}”设有打开密码；请打开它，取消密码，另存后再导入。"
    if "Workbook".encode("utf-16-le") in content or name.lower().endswith((".xls", ".xlsx", ".et")):
        return f"“{name}”是旧式的 .xls（改扩展名没有用）；请用 Excel 或 WPS 打开，另存为 .xlsx 再导入。"
    return f"“{name}”是旧式的 .doc（改扩展名没有用）；请用 Word 或 WPS 打开，另存为 .docx 再导入。"


def _package_suffix(name: str, content: bytes) -> str:
    """.docx or .xlsx by what a package holds. Raises CannotImport for all others and for the dangerous ones."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bomb(name, archive)
            _refuse_macros(name, archive)
            _refuse_entities(name, archive)
            _refuse_rows(name, archive)
            names = set(archive.namelist())
    except CannotImport:
        raise
    except Exception as error:  # zipfile and zlib raise a dozen kinds of them on damaged archives
        raise CannotImport(_broken(name)) from error
    if "word/document.xml" in names:
        return ".docx"
    if "xl/workbook.xml" in names:
        return ".xlsx"
    raise CannotImport(
        f"“{name}”不是 Word 或 Excel 文件（也可能是压缩包，请先解压）；请另存为 .docx 或 .xlsx 再导入。"
    )


def _broken(name: str) -> str:
    return f"“{name}”已经损坏，或者只下载了一部分；请重新下载，或用 Word、Excel、WPS 打开后另存再导入。"


def _refuse_bomb(name: str, archive: zipfile.ZipFile) -> None:
    """Before anything is unpacked: zipfile unpacks no more than the sizes stated here."""
    entries = archive.infolist()
    texts = [entry.file_size for entry in entries if _XML.search(entry.filename)]
    if len(entries) > MAX_ENTRIES or sum(texts) > MAX_UNPACKED or max(texts, default=0) > MAX_PART:
        raise CannotImport(f"“{name}”解开后大得不正常，没有读取；请只把题目复制到新的文件里，保存后再导入。")


def _refuse_macros(name: str, archive: zipfile.ZipFile) -> None:
    if any(part.lower().endswith("vbaproject.bin") for part in archive.namelist()):
        raise CannotImport(
            f"“{name}”含有宏（程序），没有读取；请用 Word、Excel 或 WPS 打开，"
            "另存为不含宏的 .docx 或 .xlsx 再导入。"
        )


def _refuse_rows(name: str, archive: zipfile.ZipFile) -> None:
    """Rows are counted before openpyxl builds anything of them."""
    for entry in archive.infolist():
        if not entry.filename.startswith("xl/worksheets/"):
            continue
        rows, tail = 0, b""
        with archive.open(entry) as part:
            while chunk := part.read(MEGABYTE):
                rows += (tail + chunk).count(b"<row") - tail.count(b"<row")
                tail = chunk[-3:]
        if rows > MAX_ROWS:
            raise CannotImport(
                f"“{name}”里有一张工作表超过 {MAX_ROWS} 行（多半是空行），太大了；"
                "请只把有题目的行复制到新的工作簿，保存后再导入。"
            )


def _refuse_entities(name: str, archive: zipfile.ZipFile) -> None:
    """Office never writes document type declarations; entities reach for files and blow up memory."""
    for entry in archive.infolist():
        if _XML.search(entry.filename):
            with archive.open(entry) as part:
                head = part.read(64 * 1024).replace(
                    b"\0", b""
                )  # a declaration stands before the root element
            if _DECLARATION.search(head):
                raise CannotImport(
                    f"“{name}”里有外部实体声明，正常的 Word、Excel 文件不会有，没有读取；请向发来的人核实。"
                )
