"""Mark sheets: out to the markers, filled in, and back."""

from dataclasses import replace

import openpyxl
import pytest

from trainer.errors import BadSheet
from trainer.model.points import Hundredths
from trainer.people.cells import CELL_LIMIT, CUT_NOTE
from trainer.people.mark_sheet import MarkRow, read_mark_sheet, write_mark_sheet

HEADER = ["账号", "姓名", "试卷", "题号", "题目", "作答", "满分", "得分", "评语"]
FIRST_ROW = 4
LI = MarkRow("20260001", "李秀英", "exam-1", "q38", "简述三会一课", "支部党员大会……", Hundredths(1000))
WANG = replace(LI, account="20260002", name="王建国", answer="不知道")
LI_39 = replace(LI, cell="q39", full=Hundredths(250))


def written(path, rows, **options):
    write_mark_sheet(path, "第一次擂台比武 主观题评分表", rows, **options)
    return openpyxl.load_workbook(path)


def fill(path, marks):
    """Fills in 得分 and 评语 of the rows, as a marker does."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    for number, (points, comment) in enumerate(marks, start=FIRST_ROW):
        sheet.cell(number, 8).value = points
        sheet.cell(number, 9).value = comment
    workbook.save(path)


def problems(path):
    with pytest.raises(BadSheet) as caught:
        read_mark_sheet(path)
    return str(caught.value).splitlines()[1:]


def test_what_markers_get(tmp_path):
    (sheet,) = written(tmp_path / "a.xlsx", [LI, WANG]).worksheets
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "第一次擂台比武 主观题评分表"
    assert "只填写黄底的“得分”和“评语”两列" in rows[1][0]
    assert list(rows[2]) == HEADER
    assert list(rows[3]) == [
        "20260001",
        "李秀英",
        "exam-1",
        "q38",
        "简述三会一课",
        "支部党员大会……",
        10,
        None,
        None,
    ]
    assert sheet.freeze_panes == "A4"


def test_only_points_and_comments_can_be_filled_in(tmp_path):
    (sheet,) = written(tmp_path / "a.xlsx", [LI, WANG]).worksheets
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert [cell.protection.locked for cell in sheet[FIRST_ROW]] == [True] * 7 + [False] * 2
    assert [cell.fill.fgColor.rgb == "00FFF2CC" for cell in sheet[FIRST_ROW]] == [False] * 7 + [True] * 2
    assert all(cell.alignment.wrap_text for cell in sheet[FIRST_ROW])


def test_points_are_validated_against_the_full_points_of_their_row(tmp_path):
    (sheet,) = written(tmp_path / "a.xlsx", [LI, WANG]).worksheets
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.type, rule.operator or "between", rule.formula1, rule.formula2) == (
        "decimal",
        "between",
        "0",
        "$G4",
    )
    assert str(rule.sqref) == "H4:H5"


def test_marks_and_comments_come_back(tmp_path):
    path = tmp_path / "a.xlsx"
    written(path, [LI, WANG, LI_39])
    fill(path, [(7.5, "要点不全\n第三点缺"), (None, None), (0, None)])
    assert read_mark_sheet(path) == (
        replace(LI, points=Hundredths(750), comment="要点不全\n第三点缺"),
        replace(LI_39, points=Hundredths(0)),
    )


def test_marks_that_were_there_are_shown_and_read_back(tmp_path):
    marked = replace(LI, points=Hundredths(933), comment="好")
    written(tmp_path / "a.xlsx", [marked, WANG])
    assert read_mark_sheet(tmp_path / "a.xlsx") == (marked,)


def test_blind_marking_leaves_names_out(tmp_path):
    path = tmp_path / "a.xlsx"
    workbook = written(path, [LI, WANG], anonymous=True)
    cells = [str(cell) for row in workbook.worksheets[0].iter_rows(values_only=True) for cell in row]
    assert cells.count("匿名") == 2
    assert not any("李秀英" in cell for cell in cells)
    fill(path, [(1, None), (2, None)])
    assert [mark.key for mark in read_mark_sheet(path)] == [LI.key, WANG.key]


def test_rubrics_become_a_second_sheet(tmp_path):
    rubrics = {"exam-1/q38": [("支部党员大会", Hundredths(250)), ("=党课", Hundredths(300))]}
    _, sheet = written(tmp_path / "a.xlsx", [LI], rubrics=rubrics).worksheets
    assert sheet.title == "评分标准"
    assert list(sheet.iter_rows(values_only=True)) == [
        ("试卷", "题号", "评分要点", "分值"),
        ("exam-1", "q38", "支部党员大会", 2.5),
        ("exam-1", "q38", "=党课", 3),
    ]
    assert sheet["C3"].data_type == "s"


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        '=HYPERLINK("http://x.example","点我")',
        "+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(1)",
        "{=1+1}",
        "http://x.example",
        "007",
        "  前后有空格  ",
        "一\n二\n\n三",
        "_x0041_",
        "<b>&amp;</b>",
        "<r>没有闭合</r>",
        "#N/A",
        "😀",
    ],
)
def test_what_trainees_typed_stays_text(tmp_path, typed):
    path = tmp_path / "a.xlsx"
    row = replace(LI, answer=typed, question=typed, name=typed, points=Hundredths(100), comment=typed)
    sheet = written(path, [row]).worksheets[0]
    for column in "BEFI":
        assert sheet[f"{column}4"].data_type == "s"
        assert sheet[f"{column}4"].hyperlink is None
    (mark,) = read_mark_sheet(path)
    assert (mark.answer, mark.comment) == (typed.strip(), typed.strip())


def test_characters_that_a_workbook_may_not_hold_are_removed(tmp_path):
    row = replace(LI, answer="a\x00b\x0bc\x1bd\ud800e\uffff\r\nf\rg")
    sheet = written(tmp_path / "a.xlsx", [row]).worksheets[0]
    assert sheet["F4"].value == "abcde\nf\ng"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("长" * CELL_LIMIT, "长" * CELL_LIMIT),
        ("长" * (CELL_LIMIT + 1), "长" * (CELL_LIMIT - len(CUT_NOTE)) + CUT_NOTE),
        ("😀" * CELL_LIMIT, "😀" * ((CELL_LIMIT - len(CUT_NOTE)) // 2) + CUT_NOTE),
    ],
    ids=["just fits", "one too long", "two units each"],
)
def test_an_answer_beyond_a_cell_is_cut_with_a_note(tmp_path, typed, shown):
    assert written(tmp_path / "a.xlsx", [replace(LI, answer=typed)]).worksheets[0]["F4"].value == shown


def test_a_sheet_without_rows(tmp_path):
    written(tmp_path / "a.xlsx", [])
    with pytest.raises(BadSheet, match="只有表头"):
        read_mark_sheet(tmp_path / "a.xlsx")


@pytest.mark.parametrize("header", ["得分", "分数", "评分", "得 分", "得分（必填）"])
@pytest.mark.parametrize("comment", ["评语", "意见", "备注", "阅卷意见"])
def test_other_words_in_the_header(xlsx, header, comment):
    path = xlsx([["工号", "试卷", "题号", "满分", header, comment], [20260001, "exam-1", "q38", 10, 8, "好"]])
    (mark,) = read_mark_sheet(path)
    assert (mark.account, mark.points, mark.comment) == ("20260001", 800, "好")


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        (8, 800),
        (8.25, 825),
        (0, 0),
        (10, 1000),
        (0.1 + 0.2, 30),
        ("8", 800),
        (" 8.50 ", 850),
        ("８．５", 850),
        ("１０", 1000),
        (".5", 50),
        ("8.", 800),
        ("+3", 300),
        ("8.500", 850),
    ],
)
def test_points_as_people_type_them(tmp_path, typed, points):
    path = tmp_path / "a.xlsx"
    written(path, [LI])
    fill(path, [(typed, None)])
    assert [mark.points for mark in read_mark_sheet(path)] == [points]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (10.01, "得分“10.01”超过满分 10 分。"),
        ("１１", "得分“１１”超过满分 10 分。"),
        (-1, "得分“-1”是负数，最低为 0 分。"),
        ("－０．５", "得分“－０．５”是负数，最低为 0 分。"),
        (7.125, "得分“7.125”超过两位小数。"),
        ("好", "得分“好”不是数字；还没有评阅的请留空。"),
        ("8分", "得分“8分”不是数字；还没有评阅的请留空。"),
        ("10²", "得分“10²”不是数字；还没有评阅的请留空。"),
        ("8。5", "得分“8。5”不是数字；还没有评阅的请留空。"),
        ("1e1", "得分“1e1”不是数字；还没有评阅的请留空。"),
        ("nan", "得分“nan”不是数字；还没有评阅的请留空。"),
        (True, "得分“TRUE”不是数字；还没有评阅的请留空。"),
        pytest.param("9" * 5000, "不是数字；还没有评阅的请留空。", id="endless"),
    ],
)
def test_points_that_cannot_be(tmp_path, typed, sentence):
    path = tmp_path / "a.xlsx"
    written(path, [WANG, LI])
    fill(path, [(5, None), (typed, None)])
    (found,) = problems(path)
    assert found.startswith("  第 5 行：得分“")
    assert found.endswith(sentence)


def test_all_problems_are_told_together_and_nothing_is_returned(xlsx):
    rows = [
        ["a1", "", "exam-1", "q38", "", "", 10, 8, ""],
        ["", "", "exam-1", "", "", "", 10, 8, ""],
        ["合计", "", "", "", "", "", "", 85, ""],
        ["a2", "", "exam-1", "q38", "", "", "十分", 12.345, ""],
        ["a1", "", "exam-1", "q38", "", "", 10, 8, ""],
        ["a1", "", "exam-1", "q38", "", "", 10, 9, ""],
        ["a1", "", "exam-1", "q38", "", "", 10, "", ""],
        ["阅卷人：赵"],
    ]
    twice = "账号“a1”试卷“exam-1”题号“q38”在第 2 行已经评过，两处的得分、满分或评语不一致，请只留一处。"
    assert problems(xlsx([HEADER, *rows])) == [
        "  第 3 行：有得分，却没有账号、题号；请补上，如果是合计之类的行，请删去。",
        "  第 4 行：有得分，却没有试卷、题号、满分；请补上，如果是合计之类的行，请删去。",
        "  第 5 行：得分“12.345”超过两位小数。",
        "  第 5 行：满分“十分”不是合适的分数，请改回发下来时的满分。",
        f"  第 7 行：{twice}",
    ]


def test_the_same_mark_twice_counts_once(xlsx):
    row = ["a1", "", "exam-1", "q38", "", "", 10, 8, "好"]
    assert len(read_mark_sheet(xlsx([HEADER, row, row]))) == 1
