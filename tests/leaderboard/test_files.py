"""The files for spreadsheets and programs: CSV, the workbook, the JSON snapshot."""

import csv
import json
from datetime import timedelta
from fractions import Fraction

import openpyxl
import pytest

from trainer.leaderboard import frames
from trainer.leaderboard.export_csv import guarded, write_csv
from trainer.leaderboard.export_xlsx import text_width, write_xlsx


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_begins_with_the_mark_and_ends_lines_with_crlf(published):
    for name in ["个人榜", "团体榜", "期次榜", "大题", "统计"]:
        data = (published / f"{name}.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbf"), name
        assert data.count(b"\n") == data.count(b"\r\n") > 1, name


def test_csv_round_trip_keeps_commas_and_quotes(published):
    lines = read_csv(published / "个人榜.csv")
    assert [line["名次"] for line in lines] == ["1", "2", "2", "4", "5", "", ""]
    assert [line["姓名"] for line in lines[:3]] == ["王,建国", '李"小明"', "<script>alert(1)</script>"]
    first = lines[0]
    assert (first["总分"], first["用时"], first["交卷时间"]) == ("95.50", "20分00秒", "2025-11-20 09:20:00")
    assert (lines[-1]["总分"], lines[-1]["备注"]) == ("", "缺考")


def test_csv_guards_formulas(published):
    assert read_csv(published / "个人榜.csv")[3]["姓名"] == "'=1+1"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_every_start_of_a_formula_is_guarded(start):
    assert guarded(f"{start}cmd") == f"'{start}cmd"


def test_ordinary_text_is_not_touched():
    assert [guarded(text) for text in ["", "张三", "1-2", "—"]] == ["", "张三", "1-2", "—"]


def test_csv_guards_headers_too(board_of, tmp_path):
    people = [("u1", "甲", "某镇", "", (100,), 5, {})]
    write_csv(frames.views(board_of(people, {"=大题": 1000})), tmp_path)
    assert "'=大题" in read_csv(tmp_path / "个人榜.csv")[0]


def test_csv_rates_are_percentages(published):
    assert read_csv(published / "统计.csv")[0]["及格率（按应考人数，供参考）"] == "57.14%"


@pytest.fixture
def workbook(published):
    return openpyxl.load_workbook(published / "榜单.xlsx")


def header_row(sheet):
    return sheet.auto_filter.ref and int("".join(filter(str.isdigit, sheet.auto_filter.ref.split(":")[0])))


def table(sheet):
    rows = list(sheet.iter_rows(min_row=header_row(sheet), values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_workbook_has_a_sheet_for_each_view(workbook):
    assert workbook.sheetnames == ["个人榜", "团体榜", "期次榜", "大题", "统计"]


def test_sheets_are_titled_frozen_filtered_and_ready_to_print(workbook):
    for sheet in workbook:
        row = header_row(sheet)
        assert sheet["A1"].value == f"2025年党务知识擂台比武（暂定）　{sheet.title}"
        assert sheet["A2"].value == "示例数据，人名和单位均为虚构"
        assert sheet["A3"].value.startswith("暂定榜单：还有 2 题待评")
        assert sheet.freeze_panes == f"A{row + 1}"
        assert sheet.print_title_rows == f"${row}:${row}"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)


def test_rules_stand_above_the_tables(workbook, board):
    assert workbook["个人榜"]["A4"].value == board.rules.explain_ties()
    assert workbook["团体榜"]["A4"].value == board.rules.team.explain()


def test_workbook_holds_numbers_and_times_not_text(workbook):
    first = table(workbook["个人榜"])[0]
    assert (first["名次"], first["总分"]) == (1, 95.5)
    assert first["交卷时间"].isoformat() == "2025-11-20T09:20:00"
    assert first["用时"] == timedelta(minutes=20)
    sheet = workbook["个人榜"]
    cell = next(cell for cell in sheet[header_row(sheet) + 1] if cell.value == 95.5)
    assert cell.number_format == "0.00"
    rate = next(cell for row in workbook["统计"].iter_rows() for cell in row if cell.value == 0.5714)
    assert rate.number_format == "0.00%"


def test_no_cell_of_the_workbook_is_a_formula(workbook):
    sheet = workbook["个人榜"]
    name = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1")
    assert name.data_type == "s"
    assert not any(cell.data_type == "f" for sheet in workbook for row in sheet.iter_rows() for cell in row)


def test_links_in_names_stay_text(board_of, tmp_path, generated_at):
    people = [("u1", "http://a.b/", "某镇", "", (100, 200), 5, {})]
    board = board_of(people)
    path = write_xlsx(board, frames.views(board), tmp_path, generated_at=generated_at)
    sheet = openpyxl.load_workbook(path)["个人榜"]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "http://a.b/")
    assert cell.hyperlink is None


def test_columns_are_wide_enough_for_chinese(workbook):
    sheet = workbook["个人榜"]
    for cell in sheet[header_row(sheet) + 3]:
        if isinstance(cell.value, str):
            assert sheet.column_dimensions[cell.column_letter].width >= min(text_width(cell.value), 44)


def test_full_width_characters_count_two():
    assert text_width("青山镇A1") == 8


@pytest.fixture
def snapshot(published):
    return json.loads((published / "standings.json").read_text(encoding="utf-8"))


def test_snapshot_is_exact(snapshot):
    assert snapshot["full"] == "100"
    assert [line["rank"] for line in snapshot["individuals"]] == [1, 2, 2, 4, 5, None, None]
    assert snapshot["individuals"][4]["score"] == "30.01"
    assert snapshot["individuals"][4]["sections"] == {"一、单项选择题": "20", "二、案例分析题": "10.01"}
    assert snapshot["individuals"][5]["score"] is None
    assert Fraction(snapshot["summary"]["pass_rate_of_expected"]["exact"]) == Fraction(4, 7)
    assert Fraction(snapshot["summary"]["mean"]["exact"]) == Fraction(36551, 500)
    assert snapshot["summary"]["mean"]["printed"] == "73.10"
    assert snapshot["team_sections"]["白水河乡"]["一、单项选择题"] == {"exact": "40", "printed": "40.00"}
    assert (snapshot["provisional"], snapshot["pending"]) == (True, 2)


def test_snapshot_holds_no_floats(published):
    def refuse(text):
        raise AssertionError(text)

    json.loads((published / "standings.json").read_text(encoding="utf-8"), parse_float=refuse)


def test_snapshot_is_sorted(published):
    text = (published / "standings.json").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
