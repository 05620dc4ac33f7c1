"""Worksheets, csv and JSON: columns under any name and in any order."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

from .conftest import options


def book(*sheets: tuple[str, list[list[object]]], merge: str = "") -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets:
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


HEAD = ["题干", "选项A", "选项B", "选项C", "答案"]
ROW = ["灯会由谁主持？", "甲组", "乙组", "丙组", "B"]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([HEAD, ROW], id="plain"),
        pytest.param([["某村题库"], [None], HEAD, ROW], id="title-above"),
        pytest.param([["答案", "题目", "A", "B", "C"], ["B", *ROW[:4]]], id="answer-first"),
        pytest.param([["正确答案（只能输入ABCD）", "试题内容", "备选项A", "备选项B", "备选项C"], ["B", *ROW[:4]]], id="names"),
        pytest.param([["question", "optionA", "optionB", "optionC", "answer"], ROW], id="english"),
        pytest.param([["题目", "选项", "标准答案"], [ROW[0], "A.甲组|B.乙组|C.丙组", "B"]], id="one-cell-letters"),
        pytest.param([["题目", "选项", "标准答案"], [ROW[0], "甲组\n乙组\n丙组", "B"]], id="one-cell-lines"),
        pytest.param([["题目", "选项", "标准答案"], [ROW[0], "A、甲组 B、乙组 C、丙组", "Ｂ"]], id="one-cell-spaces"),
        pytest.param([["题目", "选项", "标准答案"], [ROW[0], "单选题, A.甲组, B.乙组, C.丙组", "b "]], id="one-cell-kind"),
        pytest.param([["题目", "答案"], ["灯会由谁主持？A.甲组B.乙组C.丙组", "B"]], id="in-the-stem-cell"),
        pytest.param([HEAD, ["灯会由谁主持？", "A.甲组", "B、乙组", "C 丙组", "乙组"]], id="labels-in-cells"),
        pytest.param([[*HEAD, "题型"], [*ROW, "单选"]], id="kind-column"),
    ],
)  # fmt: skip
def test_every_table_gives_the_same_question(drafts, rows):
    (found,) = drafts(book(("Sheet1", rows)), "表.xlsx")
    assert (found.raw.stem, options(found), found.key, found.doubts) == (
        "灯会由谁主持？",
        "A甲组 B乙组 C丙组",
        "B",
        [],
    )


def test_one_sheet_a_kind_and_places_name_the_row(drafts):
    found = drafts(
        book(
            ("单选题", [["某村题库"], HEAD, ROW]),
            ("多选题", [["某村题库"], HEAD, ["选哪些？", "甲", "乙", "丙", "A B C "]]),
            ("判断题", [["某村题库"], ["题目", "答案"], ["灯是红的。", "×"]]),
            ("填空", [["某村题库"], ["题目", "答案"], ["灯有（）盏。", "三"]]),
            merge="A1:D1",
        ),
        "分表.xlsx",
    )
    assert [(d.kind, d.key, d.raw.place) for d in found] == [
        ("single", "B", "单选题!第 3 行"),
        ("multiple", ["A", "B", "C"], "多选题!第 3 行"),
        ("judge", False, "判断题!第 3 行"),
        ("blank", [["三"]], "填空!第 3 行"),
    ]
    assert all(not d.doubts for d in found)


@pytest.mark.parametrize(
    ("answers", "keys"),
    [(["0", "2", "1"], ["A", "C", "B"]), (["1", "3", "2"], ["A", "C", "B"]), ([0, 2, 1], ["A", "C", "B"])],
)
def test_answers_by_index_are_read_when_the_whole_table_tells_the_base(drafts, answers, keys):
    rows = [HEAD] + [[f"第{i}场谁主持？", "甲", "乙", "丙", answer] for i, answer in enumerate(answers)]
    found = drafts(book(("Sheet1", rows)), "序号.xlsx")
    assert [d.key for d in found] == keys
    assert all(d.confidence == "中" and not d.doubts for d in found)


def test_answers_by_index_are_doubted_when_it_does_not(drafts):
    rows = [HEAD] + [[f"第{i}场谁主持？", "甲", "乙", "丙", answer] for i, answer in enumerate("122")]
    assert all("不知道从 0 数还是从 1 数" in d.doubts[0] for d in drafts(book(("S", rows)), "序号.xlsx"))


def test_gaps_formulas_and_errors_are_doubted(drafts):
    rows = [
        HEAD,
        ["谁？", "甲", None, "丙", "A"],
        ["谁呢？", "甲", "=1+1", "丙", "A"],
        ["谁啊？", "甲", "#REF!", "丙", "A"],
    ]
    gap, formula, error = drafts(book(("S", rows)), "错.xlsx")
    assert "选项 B 没有文字。" in gap.doubts
    assert "有单元格是公式，不知道算出来是什么；请在表格里把它改成文字。" in formula.doubts
    assert "有单元格是出错的公式。" in error.doubts


def test_rows_between_the_questions_are_headings_and_a_second_header_too(drafts):
    rows = [HEAD, ["一、单选题"], ROW, HEAD, ["二、多选题"], ["选哪些？", "甲", "乙", "丙", "AB"]]
    assert [d.kind for d in drafts(book(("S", rows)), "段.xlsx")] == ["single", "multiple"]


def test_columns_that_are_not_known_stay_in_the_note(drafts, read):
    content = book(("S", [[*HEAD, "出题人"], [*ROW, "某甲（虚构）"]]))
    (found,) = drafts(content, "注.xlsx")
    assert "出题人：某甲（虚构）" in found.definition["author_note"]
    assert read(content, "注.xlsx").notices == ["没有用到的列：出题人（内容留在出题人备注里）。"]


def test_a_table_without_a_header_is_read_with_a_remark(drafts, read):
    rows = [[f"第{i}场灯会由谁来主持？", "甲组", "乙组", "丙组", "ABC"[i % 3]] for i in range(5)]
    content = book(("S", rows))
    found = drafts(content, "无表头.xlsx")
    assert [(d.key, d.confidence) for d in found] == [
        ("A", "中"),
        ("B", "中"),
        ("C", "中"),
        ("A", "中"),
        ("B", "中"),
    ]
    assert "表格没有表头" in read(content, "无表头.xlsx").notices[0]


def test_questions_typed_into_cells_line_by_line(drafts):
    rows = [
        ["1、灯会由谁主持？"],
        ["A、甲组"],
        ["B、乙组"],
        ["答案：A"],
        ["2、在哪里？"],
        ["A、东 B、西"],
        ["答案：B"],
    ]
    assert [d.key for d in drafts(book(("S", rows)), "逐行.xlsx")] == ["A", "B"]


def test_a_hidden_sheet_is_not_read_but_named(read):
    workbook = openpyxl.load_workbook(io.BytesIO(book(("甲", [HEAD, ROW]), ("乙", [HEAD, ROW]))))
    workbook["乙"].sheet_state = "hidden"
    file = io.BytesIO()
    workbook.save(file)
    reading = read(file.getvalue(), "隐.xlsx")
    assert len(reading.raws) == 1
    assert "隐藏" in reading.notices[0]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv(drafts, encoding, delimiter):
    text = "\n".join(delimiter.join(map(str, row)) for row in (HEAD, ROW)) + "\n"
    (found,) = drafts(text.encode(encoding), "表.csv")
    assert (options(found), found.key, found.raw.place) == ("A甲组 B乙组 C丙组", "B", "第 2 行")


LISTED = [{"label": "A", "content": "甲"}, {"label": "B", "content": "乙"}]


@pytest.mark.parametrize(
    "record",
    [
        {"question": "谁？", "options": LISTED, "answer": "B"},
        {"title": "谁？", "options": {"A": "甲", "B": "乙"}, "key": "B"},
        {"question": "谁？", "options": ["甲", "乙"], "answer": "乙"},
        {"question": "谁？", "options": ["A. 甲", "B. 乙"], "answer": ["B"]},
        {"stem": "谁？", "A": "甲", "B": "乙", "正确答案": "B"},
        {"content": "谁？", "options": [{"value": "A", "text": "A.甲"}, {"value": "B", "text": "B.乙"}], "answer": "b"},
        {"题目": "谁？", "选项": "A.甲;B.乙", "答案": "B", "题型": "单选题"},
        {"question": "谁？", "options": [{"text": "甲", "isCorrect": False}, {"text": "乙", "isCorrect": True}]},
        {"fldName": "谁？", "rightAnswer": "B", "QuestionOptionList": [{"fldOptionText": "甲", "fldOptionIndex": "A"}, {"fldOptionText": "乙", "fldOptionIndex": "B"}]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", [lambda r: [r], lambda r: {"data": {"questions": [r]}}])
def test_json_under_any_keys(drafts, record, around):
    (found,) = drafts(json.dumps(around(record), ensure_ascii=False), "题.json")
    assert (found.raw.stem, options(found), found.key, found.doubts) == ("谁？", "A甲 B乙", "B", [])


def test_json_kinds_indexes_and_lines(drafts):
    records = [
        {"type": "judge", "question": "红的。", "options": [{"key": "A", "text": "正确"}, {"key": "B", "text": "错误"}], "answer": "B"},
        {"type": "blank", "question": "（）盏。", "answer": "三|3"},
        {"type": "multiple", "question": "哪些？", "options": ["甲", "乙", "丙"], "answer": ["A", "C"]},
        {"question": "绿的。", "answer": True, "type": "判断题"},
    ]  # fmt: skip
    found = drafts("\n".join(json.dumps(r, ensure_ascii=False) for r in records), "行.json")
    assert [(d.kind, d.key, d.doubts) for d in found] == [
        ("judge", False, []),
        ("blank", [["三", "3"]], []),
        ("multiple", ["A", "C"], []),
        ("judge", True, []),
    ]
    by_index = [
        {"question": f"第{i}？", "options": ["甲", "乙", "丙"], "correctOption": i} for i in (0, 2, 1)
    ]
    assert [d.key for d in drafts(json.dumps(by_index), "序.json")] == ["A", "C", "B"]


def test_json_that_holds_no_question_says_so(read):
    reading = read(json.dumps({"a": [1, 2], "b": "x"}), "无.json")
    assert reading.raws == []
    assert "没有找到题目" in reading.notices[0]
    assert len(reading.pieces) == 3
