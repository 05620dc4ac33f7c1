"""Shapes that real banks were found to have, with made-up questions: first those that were once read wrongly in silence."""

from __future__ import annotations

import json

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from trainer.bank.importers.base import Role

from .conftest import options
from .test_docx import saved
from .test_tables import book

FIRST = "A.甲组\nB.乙组\nC.丙组\n"


# -- what must never be taken for certain --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(book(("表", [["题干", "答案"], ["灯会由（ ）主持。", "B"]])), id="one-letter"),
        pytest.param(book(("表", [["题干", "答案"], ["灯会由（ ）主持。", "ABD"]])), id="letters"),
        pytest.param(book(("填空", [["题干", "答案"], ["灯会由____主持。", "a"]])), id="stated-as-blank"),
        pytest.param(book(("表", [["题干", "答案"], ["灯会由甲组主持。", "A"]])), id="no-gap"),
    ],
)
def test_letters_without_options_are_no_key(drafts, content):
    (found,) = drafts(content, "表.xlsx")
    assert any("选项的字母，却没有找到选项" in doubt for doubt in found.doubts)


@pytest.mark.parametrize("remark", ["Ps：这道题重复", "PS:看题干", "备注：老制度", "（注）：见上文"])
def test_a_remark_in_a_column_of_options_is_doubted(drafts, remark):
    rows = [["题目", "答案", "A", "B", "C", "D"], ["灯会由谁主持？", "A", "甲组", "乙组", "丙组", remark]]
    (found,) = drafts(book(("表", rows)), "表.xlsx")
    assert any("像是备注" in doubt for doubt in found.doubts)


def test_letters_in_several_brackets_are_one_answer_only_where_several_are_asked_for(drafts):
    stem = "1.主持的是（ A ），敲锣的是（ C ）。\n"
    (unknown,) = drafts(stem + FIRST)
    (several,) = drafts("一、多项选择题\n" + stem + FIRST)
    assert any("几个括号" in doubt for doubt in unknown.doubts)
    assert (several.key, several.doubts) == (["A", "C"], [])


@pytest.mark.parametrize("option", ["丙组正确答案 D", "A-、B+"])
def test_an_option_that_holds_an_answer_or_letters_is_doubted(drafts, option):
    (found,) = drafts(f"1.灯会由谁主持？\nA.甲组\nB.乙组\nC.{option}\n答案：B\n")
    assert any("没有分开" in doubt for doubt in found.doubts)


def test_a_code_in_an_option_is_not_another_option(drafts):
    (found,) = drafts("1.灯会在哪里？\nA.通过菜单（110F）登记的场地\nB.晒谷场\n答案：B\n")
    assert (found.key, found.doubts) == ("B", [])


def test_a_table_without_a_header_is_read_to_its_end(drafts):
    rows = "".join(f"第{i}场灯会在哪里举行？那里摆了{'很多' * 60}花灯,甲村,乙村,B\n" for i in range(2500))
    assert len(drafts(rows, "表.csv")) == 2500


def test_the_head_of_every_page_is_no_part_of_options_and_stems(drafts, read):
    head = "某县灯会知识考核第六批题库（虚构）"
    parts = (
        f"{i}.第{i}场灯会由谁主持？\nA.甲组\nB.第{i}组\n{head}\nC.丙组\n{head if i % 2 else ''}\n答案：B\n"
        for i in range(1, 12, 2)
    )
    text = "一、单项选择题\n" + "".join(part.replace("C.丙组", f"C.丙{n}组") for n, part in enumerate(parts))
    found = drafts(text)
    assert {d.key for d in found} == {"B"}
    assert not any(head in option or d.doubts for d in found for _, option in d.raw.options)
    assert sum(piece.role is Role.NOISE for piece in read(text).pieces) == 12


def test_a_question_that_is_asked_again_and_again_keeps_all_its_lines(drafts):
    question = (
        "灯会由谁主持？\nA.甲组\nB.乙组，由村里选出来的代表\n连同邻村选出来的代表组成\nC.丙组\n答案：B\n"
    )
    found = drafts("".join(f"{i}.{question}" for i in range(1, 8)))
    assert {options(d) for d in found} == {"A甲组 B乙组，由村里选出来的代表连同邻村选出来的代表组成 C丙组"}


def test_a_wide_gap_in_an_option_is_doubted(drafts):
    (found,) = drafts("1.灯会由谁主持？\nA.甲组\tB.乙组\tC.丙组\tD.丁组\t戊组\n答案：ABCD\n")
    assert any("空档" in doubt for doubt in found.doubts)


def test_headings_that_come_in_every_chapter_stay_headings(drafts):
    part = "一、单项选择题（下列各题只有一项最符合题意）\n1.灯会由谁主持？（A）\nA.甲组\nB.乙组\n二、判断题（下列各题对的打勾）\n1.灯会有龙灯。（√）\n"
    found = drafts("".join(f"第{n}章 灯会\n{part}" for n in "一二三四五六七"))
    assert [d.kind for d in found] == ["single", "judge"] * 7


def test_the_last_word_of_a_broken_line_is_no_heading(drafts):
    (first, second) = drafts(
        "一、单选题\n1.灯会由谁主持？\nA.甲组，不应依靠主观\n判断\nB.乙组\n答案：B\n2.灯会在哪里？\nA.甲村\nB.乙村\n答案：A\n"
    )
    assert (options(first), first.key, first.doubts) == ("A甲组，不应依靠主观判断 B乙组", "B", [])
    assert (second.kind, second.doubts) == ("single", [])


# -- answers in further places --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stem", "key"),
    [
        ("灯会由谁主持(   ) A C", ["A", "C"]),
        ("灯会由谁主持（  ） B", "B"),
        ("灯会由(   )主持。 B", "B"),
        ("灯会由(   )主持  A  C", ["A", "C"]),
        ("灯会由（   A   ）和（   C   ）主持", ["A", "C"]),
        ("灯会由( A )和( C )主持", ["A", "C"]),
    ],
)
def test_letters_in_and_behind_a_stem_are_its_answer_and_no_options(drafts, stem, key):
    heading = "一、多项选择题\n" if isinstance(key, list) else ""
    found = drafts(f"{heading}1.{stem}\n{FIRST}2.{stem}\n{FIRST}")
    assert [(options(d), d.key, d.doubts) for d in found] == [("A甲组 B乙组 C丙组", key, [])] * 2
    assert not found[0].raw.stem.endswith(("A", "B", "C"))


def test_a_letter_that_ends_a_stem_without_an_empty_bracket_stays_in_it(drafts):
    (found,) = drafts(f"1.下列哪一项不是  B\n{FIRST}")
    assert found.doubts == ["没有答案。"]


def test_a_judgement_with_its_reason_behind_it(drafts):
    found = drafts("一、判断题\n1.灯会在冬天举行。（ × ）（在春天举行）\n2.灯会有龙灯。（√）\n")
    assert [(d.key, d.raw.explanation, d.doubts) for d in found] == [
        (False, "在春天举行", []),
        (True, "", []),
    ]


def test_a_judgement_on_the_line_below(drafts):
    found = drafts("1.灯会在冬天举行。（）\n错\n2.灯会有龙灯。（）\n对\n3.灯会有舞狮。（）\n对\n")
    assert [(d.raw.stem, d.key, d.doubts) for d in found] == [
        ("灯会在冬天举行。（）", False, []),
        ("灯会有龙灯。（）", True, []),
        ("灯会有舞狮。（）", True, []),
    ]


def test_answers_in_a_column_beside_questions_that_were_typed_into_cells(drafts):
    rows = [
        ["高级", "答案"],
        ["一、单选题", None],
        ["1、灯会由()主持。", "B"],
        ["(A)甲组 (B)乙组", None],
        ["2、龙灯由()舞。", "A"],
        ["(A)丙组 (B)丁组", None],
        ["二、判断题", None],
        ["1、灯会在春天举行。（ ）", "T"],
    ]
    found = drafts(book(("表", rows)), "表.xlsx")
    assert [(options(d), d.key, d.doubts) for d in found] == [
        ("A甲组 B乙组", "B", []),
        ("A丙组 B丁组", "A", []),
        ("", True, []),
    ]


@pytest.mark.parametrize(
    "offered", ["正确\n错误\n", "错误\n正确\n", "true. 正确\nfalse. 错误\n", "正确\n错误\nA. 对\nB. 错\n"]
)
def test_both_judgements_below_a_statement_are_its_options(drafts, offered):
    found = drafts(
        f"1.灯会在冬天举行。（ ）\n{offered}正确答案：错\n2.灯会有龙灯。（ ）\n{offered}正确答案：对\n"
    )
    assert [(d.raw.stem, d.key, d.doubts) for d in found] == [
        ("灯会在冬天举行。（ ）", False, []),
        ("灯会有龙灯。（ ）", True, []),
    ]


def test_yes_and_no(drafts):
    found = drafts("1.灯会有龙灯。\n答案：yes\n2.灯会在冬天举行。\n答案：no\n")
    assert [(d.kind, d.key, d.doubts) for d in found] == [("judge", True, []), ("judge", False, [])]


def test_an_option_coloured_in_markdown_is_perhaps_the_answer(drafts):
    (found,) = drafts("1. 灯会由谁主持？\nA. 甲组\nB. <font color='red'>乙组</font>\nC. 丙组\n", "题库.md")
    assert (options(found), found.key) == ("A甲组 B乙组 C丙组", "B")
    assert any("有颜色" in doubt for doubt in found.doubts)


def test_an_answer_below_its_label_may_be_counted(drafts):
    lines = "41. (填空题)灯会由____主持。\n正确答案：\n(1) 甲组\n42. (填空题)龙灯由____舞。\n正确答案：\n(1) 乙组\n"
    found = drafts(lines + "43. (单选题)灯会在哪里？\nA.甲村\nB.乙村\n正确答案：B\n")
    assert [(d.key, d.doubts) for d in found] == [([["甲组"]], []), ([["乙组"]], []), ("B", [])]


def test_options_without_anything_between_them(drafts):
    (found,) = drafts("1.灯会由谁主持？（B）\nA甲组的人B乙组的人C丙组的人D丁组的人\n")
    assert (options(found), found.key, found.doubts) == ("A甲组的人 B乙组的人 C丙组的人 D丁组的人", "B", [])
    (found,) = drafts("1.灯会由谁主持？\nA.甲组的人\nB.乙组的B类人员\n答案：B\n")
    assert options(found) == "A甲组的人 B乙组的B类人员"
    (found,) = drafts("1.灯会上吃什么？\nA.富含维生素B和维生素C的菜\nB.元宵\n答案：B\n")
    assert options(found) == "A富含维生素B和维生素C的菜 B元宵"


# -- tables ----------------------------------------------------------------------------------------------------------------


def test_the_name_of_a_department_names_no_kind(drafts):
    rows = [["综合岗"], ["题目", "答案", "A", "B"], ["灯会由谁主持？", "B", "甲组", "乙组"]]
    (found,) = drafts(book(("综合", rows)), "表.xlsx")
    assert (found.kind, found.doubts) == ("single", [])
    (found,) = drafts(book(("计算机", rows)), "表.xlsx")
    assert found.doubts == []
    (found,) = drafts(book(("四、论述", [["题目", "答案"], ["说说灯会。", "有龙灯。"]])), "表.xlsx")
    assert found.kind == "case"
    rows = [["综合题"], ["题目", "答案"], ["说说灯会。", "有龙灯。"]]
    (found,) = drafts(book(("表", rows)), "表.xlsx")
    assert (found.kind, found.doubts) == ("case", [])


def test_options_that_a_stem_repeats_are_taken_out_of_it_with_its_number(drafts):
    columns = ["A、甲组", "B、乙组", "C、丙组", "D、", "B、乙组"]
    rows = [["题目", "A", "B", "C", "D", "答案"]]
    rows += [[f"{i}、第{i}场灯会由谁主持？A、甲组B、乙组C、丙组D", *columns] for i in range(1, 7)]
    found = drafts(book(("表", rows)), "表.xlsx")
    assert [(d.raw.stem, options(d), d.key, d.doubts) for d in found] == [
        (f"第{i}场灯会由谁主持？", "A甲组 B乙组 C丙组", "B", []) for i in range(1, 7)
    ]
    rows[2][0] = "2、第2场灯会由谁主持？A、甲组B、丁组C、丙组D"
    assert any("题干里好像也有选项" in doubt for doubt in drafts(book(("表", rows)), "表.xlsx")[1].doubts)


def test_years_that_stems_begin_with_are_no_numbers(drafts):
    rows = [
        ["题目", "A", "B", "答案"],
        *([f"{year}年灯会由谁主持？", "甲组", "乙组", "B"] for year in range(2019, 2026)),
    ]
    assert drafts(book(("表", rows)), "表.xlsx")[0].raw.stem == "2019年灯会由谁主持？"


def test_lists_of_programs_in_cells_and_codes_of_kinds(drafts):
    texts = [{"optionContent": text} for text in ("甲组", "乙组", "丙组")]
    rows = [
        ["questionAnswer", "questionContent", "optionContent", "questionType"],
        ["A,C", "灯会由谁主持？", json.dumps(texts, ensure_ascii=False), "3"],
        ["B", "龙灯由谁舞？", '["甲组", "乙组"]', "2"],
        ["1", "灯会在春天举行。", None, "1"],
    ]
    several, one, judged = drafts(book(("表", rows)), "表.xlsx")
    assert (options(several), several.key, several.doubts) == ("A甲组 B乙组 C丙组", ["A", "C"], [])
    assert (options(one), one.key, one.doubts) == ("A甲组 B乙组", "B", [])
    assert judged.doubts  # nobody says whether 1 is right or wrong


def test_two_columns_without_a_header(drafts):
    rows = "".join(f"第{i}场灯会由（    ）主持。【出题：某校】,['第{i}组 ']\n" for i in range(12))
    found = drafts(rows + "灯会上有（    ）。,\"['龙灯', '花灯']\"\n", "表.csv")
    assert [d.key for d in found[:2]] == [[["第0组"]], [["第1组"]]]
    assert found[0].raw.stem == "第0场灯会由____主持。"
    assert ("出处", "某校") in found[0].raw.extras
    assert any("分不成" in doubt for doubt in found[-1].doubts)


def test_a_table_that_was_saved_as_text(drafts):
    (found,) = drafts("题目,A,B,答案\n灯会由谁主持？,甲组,乙组,B\n", "题库.txt")
    assert (options(found), found.key, found.doubts) == ("A甲组 B乙组", "B", [])


# -- what exports and web pages leave behind ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stem",
    [
        "试题类型单选题题目灯会由谁主持？分值2",
        "题型：单选题 题目：灯会由谁主持？ 分值：2",
        "[2分]灯会由谁主持？",
        "灯会由谁主持？（2分）",
        "灯会由谁主持？(2.0)",
        "灯会由谁主持？(2、0)",
    ],
)
def test_labels_and_points_are_not_part_of_a_stem(drafts, stem):
    (found,) = drafts(f"1、{stem}\n{FIRST}答案：B\n")
    assert (found.raw.stem, found.key, found.doubts) == ("灯会由谁主持？", "B", [])
    assert ("分值", "2.0" if "0" in stem else "2") in found.raw.extras


def test_a_number_in_brackets_that_is_no_points_stays(drafts):
    (found,) = drafts(f"1、灯会由谁主持？（2026）\n{FIRST}答案：B\n")
    assert found.raw.stem == "灯会由谁主持？（2026）"


def picture(paragraph: object) -> None:
    drawing = parse_xml(f"<w:r {nsdecls('w')}><w:drawing/></w:r>")
    paragraph._p.insert(0, drawing)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("pictured", "doubted"), [((1, 2, 3), False), ((1,), True)])
def test_the_buttons_before_options_copied_from_a_page_are_no_pictures_of_the_question(
    drafts, pictured, doubted
):
    document = docx.Document()
    for i, text in enumerate(("1.灯会由谁主持？", "A. 甲组", "B. 乙组", "C. 丙组", "答案：B")):
        paragraph = document.add_paragraph(text)
        if i in pictured:
            picture(paragraph)
    (found,) = drafts(saved(document), "题库.docx")
    assert (options(found), found.key) == ("A甲组 B乙组 C丙组", "B")
    assert any("图片" in doubt for doubt in found.doubts) == doubted
