"""Word documents made with python-docx: automatic numbers, tables, looks, symbols."""

from __future__ import annotations

import io
from typing import Any

import pytest
from docx import Document
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import RGBColor

from .conftest import options


def saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def numbered(document: Any, number: int, formats: list[tuple[str, str]]) -> None:
    """Define a list with one level for each (format, text)."""
    root = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{how}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for i, (how, text) in enumerate(formats)
    )
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number + 50}">{levels}</w:abstractNum>'
    )
    root.insert(0, abstract)
    root.append(
        parse_xml(
            f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{number + 50}"/></w:num>'
        )
    )


def restarted(document: Any, number: int, of: int) -> None:
    """A further list of the same kind that begins again at 1 on its first two levels."""
    overrides = "".join(
        f'<w:lvlOverride w:ilvl="{i}"><w:startOverride w:val="1"/></w:lvlOverride>' for i in (0, 1)
    )
    document.part.numbering_part.element.append(
        parse_xml(
            f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{of + 50}"/>{overrides}</w:num>'
        )
    )


def item(document: Any, text: str, number: int, level: int = 0) -> None:
    properties = document.add_paragraph(text)._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = level
    properties.get_or_add_numId().val = number


def test_automatic_numbers_and_letters_are_written_out(drafts):
    document = Document()
    numbered(document, 90, [("decimal", "%1．"), ("upperLetter", "%2、")])
    restarted(document, 91, 90)
    document.add_paragraph("一、单选题")
    for stem in ("灯会由谁主持", "灯会在哪里"):
        item(document, stem, 90)
        for text in ("甲组", "乙组"):
            item(document, text, 90, 1)
        document.add_paragraph("答案：B")
    document.add_paragraph("二、判断题")
    item(document, "灯是红的。（√）", 91)
    found = drafts(saved(document), "自动编号.docx")
    assert [(d.raw.number, options(d), d.key, d.doubts) for d in found] == [
        (1, "A甲组 B乙组", "B", []),
        (2, "A甲组 B乙组", "B", []),
        (1, "", True, []),
    ]
    assert found[0].raw.place == "第 2 段"


def test_numbers_come_from_styles_too_and_sections_count_in_chinese(read):
    document = Document()
    numbered(document, 90, [("chineseCounting", "%1、")])
    properties = document.styles["List Number"].element.get_or_add_pPr()
    for old in properties.findall(qn("w:numPr")):
        properties.remove(old)
    properties.append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="90"/></w:numPr>'))
    document.add_paragraph("单选题", style="List Number")
    document.add_paragraph("多选题", style="List Number")
    assert [line.text for line in read(saved(document), "样式.docx").lines] == ["一、 单选题", "二、 多选题"]


def test_a_table_with_a_header_is_a_table_of_questions_of_its_section(drafts):
    document = Document()
    document.add_paragraph("二、多选题")
    table = document.add_table(rows=0, cols=5)
    for row in (("序号", "题干", "选项A", "选项B", "答案"), ("1", "选哪些？", "甲", "乙", "AB")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("三、判断题")
    document.add_paragraph("1、灯是红的。（×）")
    found = drafts(saved(document), "表.docx")
    assert [(d.kind, d.key, d.raw.place) for d in found] == [
        ("multiple", ["A", "B"], "表 1 第 2 行"),
        ("judge", False, "第 3 段"),
    ]


def test_options_in_a_table_without_a_header_and_a_key_table(drafts):
    document = Document()
    document.add_paragraph("1、灯会由谁主持？")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [c for row in table.rows for c in row.cells], ("A、甲", "B、乙", "C、丙", "D、丁"), strict=True
    ):
        cell.text = text
    document.add_paragraph("2、灯会在哪里？")
    document.add_paragraph("A、村东 B、村西")
    document.add_paragraph("参考答案")
    key = document.add_table(rows=2, cols=3)
    for cell, text in zip(
        [c for row in key.rows for c in row.cells], ("题号", "1", "2", "答案", "D", "A"), strict=True
    ):
        cell.text = text
    found = drafts(saved(document), "表格选项.docx")
    assert [(options(d), d.key, d.doubts) for d in found] == [
        ("A甲 B乙 C丙 D丁", "D", []),
        ("A村东 B村西", "A", []),
    ]


def test_underlined_spaces_are_a_blank_and_underlined_words_a_filled_one(drafts):
    document = Document()
    document.add_paragraph("一、填空题")
    paragraph = document.add_paragraph("1、灯有")
    paragraph.add_run("      ").underline = True
    paragraph.add_run("盏。")
    document.add_paragraph("答案：三")
    paragraph = document.add_paragraph("2、绳有")
    paragraph.add_run("两条").underline = True
    paragraph.add_run("。")
    first, second = drafts(saved(document), "下划线.docx")
    assert (first.raw.stem, first.key, first.doubts) == ("灯有____盏。", [["三"]], [])
    assert (second.raw.stem, second.key) == ("绳有____。", [["两条"]])
    assert second.doubts == ["空已经填好，按填在里面的文字定了答案，请核对哪些是空。"]


def test_a_coloured_option_is_a_doubtful_answer(drafts):
    document = Document()
    document.add_paragraph("1、灯会由谁主持？")
    document.add_paragraph("A、甲组")
    document.add_paragraph().add_run("B、乙组").font.color.rgb = RGBColor(255, 0, 0)
    (found,) = drafts(saved(document), "红字.docx")
    assert found.key == "B"
    assert found.doubts == ["没有写答案，选项 B 的字有颜色，可能是答案，请核对。"]


@pytest.mark.parametrize(("char", "key"), [("F0FC", True), ("F0FB", False)])
def test_ticks_of_symbol_fonts_are_read(drafts, char, key):
    document = Document()
    document.add_paragraph("判断题")
    paragraph = document.add_paragraph("1、灯是红的。（")
    symbol = OxmlElement("w:sym")
    symbol.set(qn("w:font"), "Wingdings")
    symbol.set(qn("w:char"), char)
    paragraph.add_run()._r.append(symbol)
    paragraph.add_run("）")
    (found,) = drafts(saved(document), "符号.docx")
    assert (found.key, found.doubts) == (key, [])


def test_line_breaks_tabs_and_deleted_text(drafts):
    document = Document()
    paragraph = document.add_paragraph("1、灯会由谁主持？")
    run = paragraph.add_run()
    run.add_break()
    run.add_text("A、甲\tB、乙")
    deleted = parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>C、丙</w:delText></w:r></w:del>")
    paragraph._p.append(deleted)
    document.add_paragraph("答案：A")
    (found,) = drafts(saved(document), "换行.docx")
    assert (options(found), found.key, found.doubts) == ("A甲 B乙", "A", [])
