"""Files of every kind that people send, readable or not."""

import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook

from trainer.errors import BadSheet, NotFound
from trainer.people import grids
from trainer.people.columns import ACCOUNT, NAME, Column
from trainer.people.sheets import read_table

NAMED = Column("姓名", NAME.variants, required=True)
COLUMNS = (ACCOUNT, NAMED, Column("备考"))
HEADER = ["账号", "姓名", "备考"]


def read(path):
    return [(row.number, row["账号"], row["姓名"], row["备考"]) for row in read_table(path, COLUMNS).rows]


def refusal(path):
    with pytest.raises(BadSheet) as caught:
        read_table(path, COLUMNS)
    return str(caught.value)


def test_a_title_and_blank_rows_may_precede_the_header_and_rows_keep_their_numbers(xlsx):
    path = xlsx(
        [["2026年党务干部花名册"], [], [], HEADER, ["a1", "甲"], [], [None, " ", "　"], ["a2", "乙", "x"]]
    )
    assert read(path) == [(5, "a1", "甲", ""), (8, "a2", "乙", "x")]


@pytest.mark.parametrize("above", [9, 10])
def test_the_header_is_sought_in_the_first_ten_rows(xlsx, above):
    path = xlsx([*[["标题"]] * above, HEADER, ["a1", "甲"]])
    if above == 9:
        assert read(path) == [(11, "a1", "甲", "")]
    else:
        assert "前 10 行里找不到表头" in refusal(path)
        assert "账号、姓名" in refusal(path)


def test_the_first_sheet_with_a_complete_header_is_read(xlsx):
    path = xlsx([["说明"]], [["账号", "电话"], ["x", "1"]], [HEADER, ["a1", "甲"]], [HEADER, ["a2", "乙"]])
    assert read(path) == [(2, "a1", "甲", "")]


def test_a_hidden_sheet_is_not_read(tmp_path):
    workbook = Workbook()
    hidden = workbook.worksheets[0]
    hidden.append(HEADER)
    hidden.append(["old", "旧"])
    hidden.sheet_state = "hidden"
    shown = workbook.create_sheet("新")
    shown.append(HEADER)
    shown.append(["new", "新"])
    workbook.active = shown
    workbook.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx") == [(2, "new", "新", "")]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (20260001, "20260001"),
        (20260001.0, "20260001"),
        (0.1 + 0.2, "0.3"),
        (-2.5, "-2.5"),
        (330102199001011234, "3.30102199001011E+17"),
        (True, "TRUE"),
        (date(2026, 11, 20), "2026-11-20"),
        (datetime.fromisoformat("2026-11-20"), "2026-11-20"),
        (datetime.fromisoformat("2026-11-20 09:03:12"), "2026-11-20 09:03:12"),
        (time(9, 3), "09:03:00"),
        ("　x\xa0\ufeff ", "x"),
        ("第一行_x000D_\n第二行", "第一行\n第二行"),
        ("_x005F_x0041_", "_x0041_"),
        (None, ""),
    ],
)
def test_a_cell_of_a_workbook_is_text(xlsx, value, shown):
    assert read(xlsx([HEADER, ["a1", "甲", value]])) == [(2, "a1", "甲", shown)]


def test_the_content_decides_and_not_the_name_of_the_file(xlsx):
    assert read(xlsx([HEADER, ["a1", "甲"]], name="其实是新格式.xls")) == [(2, "a1", "甲", "")]


def test_a_wrong_dimension_written_by_an_exporter_does_not_cut_the_sheet(xlsx, tmp_path):
    path = xlsx([HEADER, ["a1", "甲", "x"], ["a2", "乙"]])
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<dimension ref="A1:C3"', b'<dimension ref="A1"'))
    assert read(broken) == [(2, "a1", "甲", "x"), (3, "a2", "乙", "")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_csv_in_any_usual_encoding_and_delimiter(text, encoding, delimiter, line_end):
    rows = [["干部名册", "", ""], HEADER, ["a1", "王国庆", ""], ["", "", ""], ["a2", "欧阳春", "书记，委员"]]
    content = line_end.join(delimiter.join(row) for row in rows) + line_end
    assert read(text(content, encoding)) == [(3, "a1", "王国庆", ""), (5, "a2", "欧阳春", "书记，委员")]


def test_quoted_commas_quotes_and_line_breaks_in_a_csv(text):
    path = text('账号,姓名,备考\na1,"甲,乙","说""好"";;;;;;\n第二行"\na2,丙,\n')
    assert read(path) == [(2, "a1", "甲,乙", '说"好";;;;;;\n第二行'), (3, "a2", "丙", "")]


def test_text_in_a_csv_stays_as_it_is(text):
    assert read(text("账号,姓名,备考\n007,甲,8.0\n")) == [(2, "007", "甲", "8.0")]


def test_an_open_quote_in_a_csv_does_not_swallow_the_rows_below(text):
    assert "双引号没有成对" in refusal(text('账号,姓名,备考\na1,"甲,\na2,乙,\n'))


def test_two_columns_for_one_field_are_both_named(xlsx):
    sentence = refusal(xlsx([["花名册"], ["工号", "姓名", "电话", "账 号"], ["a1", "甲", "1", "b1"]]))
    assert "“花名册.xlsx”的工作表“表1”第 2 行" in sentence
    assert "A 列“工号”、D 列“账 号”都表示账号" in sentence


def test_a_missing_column_is_named_with_its_other_names(xlsx):
    sentence = refusal(xlsx([["说明"]], [["花名册"], ["账号", "备考"], ["a1", ""]]))
    assert "“花名册.xlsx”的工作表“表2”第 2 行的表头还缺：姓名（也可写作名字、" in sentence


def test_nothing_below_the_header(xlsx):
    assert "只有表头" in refusal(xlsx([["花名册"], HEADER, [], [" "]]))


@pytest.mark.parametrize("sheets", [[[]], [[[None, " "]], []]], ids=["no cells", "blank cells"])
def test_a_blank_workbook(xlsx, sheets):
    assert "没有任何内容" in refusal(xlsx(*sheets))


def test_a_blank_csv(text):
    assert "没有任何内容" in refusal(text(" \n,,\n"))


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xls", OLE, "旧式的 .xls 文件"),
        ("renamed.xlsx", OLE, "旧式的 .xls 文件"),
        ("renamed.csv", OLE, "旧式的 .xls 文件"),
        ("locked.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
        ("a.xlsx", b"", "空文件"),
        ("a.xlsx", b"PK\x03\x04 and then nothing", "另存为 .xlsx 再导入"),
        ("a.xlsx", b"<html><table></table></html>", "另存为 .xlsx 再导入"),
        ("a.pdf", b"%PDF-1.7", "另存为 .xlsx 再导入"),
        ("a.csv", b"\xff\xff\xff", "编码认不出来"),
        ("a.csv", "账号,姓名".encode("utf-16"), "编码认不出来"),
        ("a.csv", b"a\0b,c", "编码认不出来"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    assert words in refusal(tmp_path / name)
    assert name in refusal(tmp_path / name)


def test_any_damage_to_a_workbook_gives_a_sentence_or_the_table(xlsx, tmp_path):
    content = xlsx([HEADER, ["a1", "甲"]]).read_bytes()
    damaged = tmp_path / "damaged.xlsx"
    for cut in range(4, len(content), 97):
        damaged.write_bytes(content[:cut])
        assert "另存为 .xlsx" in refusal(damaged)
        damaged.write_bytes(content[:cut] + b"\0\xff" + content[cut + 2 :])
        try:
            read_table(damaged, COLUMNS)
        except BadSheet as error:
            assert "damaged.xlsx" in str(error)  # noqa: PT017 - either outcome is right


def test_a_zip_that_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "另存为 .xlsx" in refusal(tmp_path / "a.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(xlsx):
    path = xlsx([HEADER, ["a1", "甲"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/x.xml", "w") as part:
        for _ in range(301):
            part.write(bytes(1024 * 1024))
    assert path.stat().st_size < 1024 * 1024
    assert "大得不正常" in refusal(path)


def test_a_row_number_beyond_excel_is_refused_quickly(xlsx, tmp_path):
    path, far = xlsx([HEADER, ["a1", "甲"]]), tmp_path / "far.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(far, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<row r="2"', b'<row r="999999999"'))
    assert "太大了" in refusal(far)


@pytest.mark.parametrize("rows", [grids.MAX_ROWS, grids.MAX_ROWS + 1])
def test_too_many_rows(text, rows):
    path = text("账号,姓名\n" + "a1,甲\n" * (rows - 1))
    if rows == grids.MAX_ROWS:
        assert len(read(path)) == rows - 1
    else:
        assert "超过 100000 行" in refusal(path)


def test_too_many_bytes(text):
    assert "超过 20 MB" in refusal(text("a" * (grids.MAX_BYTES + 1)))


def test_what_is_not_there_and_what_is_a_folder(tmp_path):
    with pytest.raises(NotFound, match="找不到文件"):
        read_table(tmp_path / "none.xlsx", COLUMNS)
    with pytest.raises(NotFound, match="找不到文件"):
        read_table(tmp_path / "none" / "none.xlsx", COLUMNS)
    assert "是文件夹" in refusal(tmp_path)


def test_problems_are_told_in_the_order_of_their_rows(xlsx):
    table = read_table(xlsx([HEADER, ["a1", "甲"]]), COLUMNS)
    table.refuse([])
    with pytest.raises(BadSheet) as caught:
        table.refuse([(12, "丙。"), (3, "甲。")])
    assert str(caught.value) == (
        "“花名册.xlsx”的工作表“表1”有 2 处问题，请改正后重新导入：\n  第 3 行：甲。\n  第 12 行：丙。"
    )
