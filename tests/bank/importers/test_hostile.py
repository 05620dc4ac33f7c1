"""Files that are broken, disguised or meant to do harm: a sentence within seconds, and no memory taken."""

from __future__ import annotations

import io
import resource
import zipfile

import openpyxl
import pytest
from docx import Document

from trainer.bank.importers.base import CannotImport, read_source
from trainer.errors import NotFound

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600
MEGABYTES = 1024  # ru_maxrss counts KiB


def package(parts: dict[str, bytes], deflate: bool = True) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def docx_with(body: bytes) -> bytes:
    file = io.BytesIO()
    Document().save(file)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return package({**parts, "word/document.xml": body})


def xlsx(rows: int = 1) -> bytes:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for _ in range(rows):
        sheet.append(["题干", "答案"])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    b"<w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>"
)
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    b"<quiz><question>&c;</question></quiz>"
)
ZEROS = b"\0" * (60 * 1024 * 1024)


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("旧.doc", lambda: OLE, "旧式的 .doc"),
        ("旧.xls", lambda: OLE + "Workbook".encode("utf-16-le"), "另存为 .xlsx"),
        ("改名.docx", lambda: OLE, "改扩展名没有用"),
        ("改名.xlsx", lambda: OLE + "Workbook".encode("utf-16-le"), "改扩展名没有用"),
        ("加密.docx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
        ("程序.docx", lambda: b"MZ\x90\0" + b"\0" * 500, "其实是一个程序"),
        ("程序.txt", lambda: b"MZ\x90\0" + b"\0" * 500, "其实是一个程序"),
        ("程序.xlsx", lambda: b"\x7fELF" + b"\0" * 500, "其实是一个程序"),
        ("网页.doc", lambda: b"<html><body>1</body></html>", "另存为 .docx"),
        ("文.pdf", lambda: b"%PDF-1.7 ...", "PDF"),
        ("文.docx", lambda: b"%PDF-1.7 ...", "PDF"),
        ("文.rtf", lambda: b"{\\rtf1 x}", "RTF"),
        ("图.docx", lambda: b"\x89PNG....", "图片"),
        ("包.docx", lambda: b"Rar!....", "压缩包"),
        ("包.docx", lambda: package({"a.txt": b"x"}), "不是 Word 或 Excel"),
        ("空.docx", lambda: b"", "空文件"),
        ("空.txt", lambda: b" \n", "空文件"),
        ("断.docx", lambda: docx_with(b"<x/>")[:-400], "已经损坏"),
        ("断.xlsx", lambda: xlsx()[:-200], "已经损坏"),
        ("坏.docx", lambda: docx_with(b"<w:document"), "已经损坏"),
        ("不是.docx", lambda: b"plain text", "已经损坏"),
        ("宏.xlsx", lambda: package({"xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"x"}), "含有宏"),
        ("宏.docx", lambda: package({"word/document.xml": b"<x/>", "word/vbaProject.bin": b"x"}), "含有宏"),
        ("实体.docx", lambda: docx_with(ENTITY), "外部实体"),
        ("实体16.docx", lambda: docx_with(ENTITY.decode().encode("utf-16")), "外部实体"),
        ("实体.xml", lambda: LAUGHS, "外部实体"),
        ("炸弹.docx", lambda: docx_with(ZEROS), "大得不正常"),
        ("炸弹.xlsx", lambda: package({"xl/workbook.xml": b"<x/>", "xl/sharedStrings.xml": ZEROS}), "大得不正常"),
        ("多.xlsx", lambda: package({"xl/workbook.xml": b"<x/>"} | {f"x/{n}.xml": b"" for n in range(6000)}), "大得不正常"),
        ("坏.json", lambda: b'[{"a": 1', "不是合法的 JSON"),
        ("深.json", lambda: b"[" * 200_000, "不是合法的 JSON"),
        ("坏.xml", lambda: b"<quiz><question>", "不是合法的 XML"),
        ("别.xml", lambda: b"<rss/>", "最外层应当是 quiz"),
        ("二进制.txt", lambda: bytes(range(256)) * 20, "不是文本文件"),
        ("乱码.txt", lambda: bytes([0xFF, 0x81, 0xFE, 0x90]) * 400, "认不出来"),
        ("什么.exe", lambda: b"abc", "不是能导入的格式"),
        ("什么", lambda: b"abc", "不是能导入的格式"),
    ],
)  # fmt: skip
def test_a_sentence_says_what_is_wrong_and_what_to_do(tmp_path, name, make, says):
    path = tmp_path / name
    path.write_bytes(make())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CannotImport, match=says) as caught:
        read_source(path)
    assert str(caught.value).startswith(f"“{name}”")
    assert str(caught.value).endswith("。")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * MEGABYTES


def test_a_file_of_two_hundred_megabytes_is_not_read(tmp_path):
    path = tmp_path / "大.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(200 * 1024 * 1024)  # a hole: nothing is on the disk
    with pytest.raises(CannotImport, match="有 200 MB"):
        read_source(path)


def test_a_million_empty_rows_are_refused(tmp_path):
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + b"<row/>" * 1_000_000
        + b"</sheetData></worksheet>"
    )
    with zipfile.ZipFile(io.BytesIO(xlsx())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    path = tmp_path / "空行.xlsx"
    path.write_bytes(package({**parts, "xl/worksheets/sheet1.xml": sheet}))
    with pytest.raises(CannotImport, match="多半是空行"):
        read_source(path)


def test_folders_and_missing_files(tmp_path):
    with pytest.raises(CannotImport, match="是文件夹"):
        read_source(tmp_path)
    with pytest.raises(NotFound, match="找不到文件"):
        read_source(tmp_path / "无.docx")


@pytest.mark.parametrize("text", ["（", "A", "1、", "答案：", "一、单选题", "A、", " ", "1-2 A"])
def test_text_made_to_be_slow_is_not(tmp_path, text):
    path = tmp_path / "慢.txt"
    path.write_text(text * 30_000 + "。")
    read_source(path)
