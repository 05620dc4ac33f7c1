"""Rosters as townships send them."""

import csv

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainer.errors import BadSheet
from trainer.model.people import Roster, Trainee
from trainer.people.roster import read_roster, write_roster

HEADER = ["账号", "姓名", "单位", "支部", "职务", "期次"]
LI = Trainee("20260001", "李秀英", "东岭乡", "新村支部", "书记", "第一期")
WANG = Trainee("wang.jg-2_b", "王建国", "西河镇")


def problems(path):
    with pytest.raises(BadSheet) as caught:
        read_roster(path)
    return str(caught.value).splitlines()[1:]


def test_a_roster_in_the_order_of_the_sheet(xlsx):
    path = xlsx(
        [
            ["某县党务干部培训班花名册"],
            ["序号", "姓  名", "工号", "所在乡镇（街道）", "所在党支部", "职务", "培训期次", "电话"],
            [1, "李秀英", 20260001, "东岭乡", "新村支部", "书记", "第一期", "138"],
            [],
            [2, "王建国", "wang.jg-2_b", "西河镇", None, None, None, None],
        ]
    )
    assert read_roster(path).trainees == (LI, WANG)


@pytest.mark.parametrize("typed", [20260001, 20260001.0, "20260001", " 20260001 ", "20260001.0"])
def test_an_account_typed_as_a_number(xlsx, typed):
    assert read_roster(xlsx([HEADER, [typed, "李秀英", "东岭乡"]])).trainees[0].account == "20260001"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["", "甲", "东岭乡"], "没有填写账号。"),
        (["a", " ", "东岭乡"], "没有填写姓名。"),
        (["a", "甲", ""], "没有填写单位（合并的单元格请先取消合并，逐行填写）。"),
        (["a", "", "　"], "没有填写姓名、单位（合并的单元格请先取消合并，逐行填写）。"),
        (["", "", "", "合计：50 人"], "账号、姓名、单位都没有填；如果是合计、备注之类的行，请删去。"),
        (["合计", "", ""], "没有填写姓名、单位"),
        (["合计", "", ""], "账号“合计”含有不能用的字符：合、计。"),
        (["张三", "甲", "东岭乡"], "账号“张三”含有不能用的字符：张、三。账号会成为答卷文件夹的名字"),
        (["a b", "甲", "东岭乡"], "含有不能用的字符：空格。"),
        (["a/b", "甲", "东岭乡"], "含有不能用的字符：/。"),
        (["ａ１", "甲", "东岭乡"], "含有不能用的字符：ａ、１。"),
        (["a\u200bb", "甲", "东岭乡"], "含有不能用的字符：U+200B。"),
        (["..", "甲", "东岭乡"], "账号“..”开头不是字母或数字。"),
        (["-a", "甲", "东岭乡"], "账号“-a”开头不是字母或数字。"),
        (["a" * 65, "甲", "东岭乡"], "有 65 个字符，太长了。"),
        ([330102199001011234, "甲", "东岭乡"], "被 Excel 改成了科学记数法，末尾几位已经丢失"),
        (["3.30102E+17", "甲", "东岭乡"], "被 Excel 改成了科学记数法，末尾几位已经丢失"),
        (["a", "#N/A", "东岭乡"], "姓名是出错的公式，请改成实际的内容。"),
        (["#REF!", "甲", "东岭乡"], "账号是出错的公式，请改成实际的内容。"),
    ],
)
def test_a_bad_row_is_named_by_its_number(xlsx, row, sentence):
    found = problems(xlsx([HEADER, ["ok", "好", "东岭乡"], row]))
    assert all(line.startswith("  第 3 行：") for line in found)
    assert any(sentence in line for line in found)


@pytest.mark.parametrize("account", ["a", "a" * 64, "0", "A1", "20260001", "a.b-c_d"])
def test_an_account_that_can_name_a_folder(xlsx, account):
    assert len(read_roster(xlsx([HEADER, [account, "甲", "东岭乡"]]))) == 1


def test_an_account_that_comes_again_names_both_rows(xlsx):
    rows = [["a1", "甲", "东岭乡"], ["b", "乙", "东岭乡"], ["a1", "丙", "西河镇"], ["A1", "丁", "西河镇"]]
    assert problems(xlsx([["花名册"], HEADER, *rows])) == [
        "  第 5 行：账号“a1”与第 3 行重复，一个账号只能属于一个人。",
        "  第 6 行：账号“A1”与第 3 行的“a1”只有大小写不同，会被当成同一个账号。",
    ]


def test_all_bad_rows_are_told_together(xlsx):
    rows = [
        ["a1", "", "东岭乡"],
        ["a 2", "乙", "东岭乡"],
        ["a3", "丙", "东岭乡"],
        [],
        ["a3", "丁", ""],
        ["备注：以上人员均须到场"],
    ]
    found = problems(xlsx([HEADER, *rows]))
    assert [line.split("：")[0].strip() for line in found] == [
        "第 2 行",
        "第 3 行",
        "第 6 行",
        "第 6 行",
        "第 7 行",
        "第 7 行",
    ]


def test_a_gbk_csv_from_excel(text):
    path = text('账号,姓名,乡镇,职务\r\n20260001,李秀英,东岭乡,"书记,主任"\r\n', "gbk")
    assert read_roster(path).trainees == (Trainee("20260001", "李秀英", "东岭乡", post="书记,主任"),)


def test_the_canonical_csv(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("old", encoding="utf-8")
    write_roster(Roster((LI, WANG)), path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[:2] == [
            HEADER,
            ["20260001", "李秀英", "东岭乡", "新村支部", "书记", "第一期"],
        ]
    assert [p.name for p in tmp_path.iterdir()] == ["roster.csv"]
    assert read_roster(path) == Roster((LI, WANG))


def test_nothing_is_left_behind_when_it_cannot_be_written(tmp_path):
    (tmp_path / "roster.csv").mkdir()
    with pytest.raises(OSError):
        write_roster(Roster((LI,)), tmp_path / "roster.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["roster.csv"]


def _as_read(word):
    """What a sheet can say: no blanks at the ends, no invisible characters, no failed formula."""
    return word.strip().strip("\ufeff\u200b\u200c\u200d\u2060").strip() == word and not word.startswith("#")


WORD = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(';,\t"\n乡'), max_size=12
).filter(_as_read)
TRAINEE = st.builds(
    Trainee,
    st.from_regex(r"[a-z][a-z0-9._-]{0,9}", fullmatch=True),
    WORD.filter(bool),
    WORD.filter(bool),
    WORD,
    WORD,
    WORD,
)


@given(st.lists(TRAINEE, min_size=1, max_size=5, unique_by=lambda t: t.account))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back_the_same(tmp_path, trainees):
    write_roster(Roster(tuple(trainees)), tmp_path / "roster.csv")
    assert read_roster(tmp_path / "roster.csv") == Roster(tuple(trainees))


def test_a_workplace_beside_the_township_is_not_the_team(xlsx):
    header = ["账号", "姓名", "单位", "所在乡镇", "村", "所在党支部"]
    (person,) = read_roster(xlsx([header, ["a1", "甲", "县供销社", "东乡", "一村", "一村党支部"]]))
    assert (person.team, person.branch) == ("东乡", "一村党支部")
