"""Check-in sheets, signed by hand or exported by a door."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from trainer.errors import BadSheet
from trainer.people.check_in import read_check_in

CHINA = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 11, 20, 9, 3, tzinfo=CHINA)


def problems(path):
    with pytest.raises(BadSheet) as caught:
        read_check_in(path, CHINA)
    return str(caught.value).splitlines()[1:]


@pytest.mark.parametrize("header", ["签到时间", "开始时间", "入场时间", "开考时间", "签到 时间（必填）"])
def test_the_header_of_the_time(xlsx, header):
    path = xlsx([["签到表"], ["工号", "姓名", header], [20260001, "李秀英", "2026-11-20 09:03"]])
    assert read_check_in(path, CHINA) == {"20260001": NINE}


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        (datetime.fromisoformat("2026-11-20 09:03:12"), NINE + timedelta(seconds=12)),
        ("2026-11-20 09:03:12", NINE + timedelta(seconds=12)),
        ("2026-11-20 09:03:12.5", NINE + timedelta(seconds=12.5)),
        ("2026-11-20T09:03:12", NINE + timedelta(seconds=12)),
        ("2026/11/20 9:03", NINE),
        ("2026.11.20 9:03", NINE),
        ("2026年11月20日 9:03", NINE),
        ("2026年11月20日9：03", NINE),
        ("２０２６-11-20　09：03", NINE),
        ("2026-11-20 09:03+08:00", NINE),
        ("2026-11-20 01:03:00Z", NINE),
        ("2026-11-20 10:03 +0900", NINE),
    ],
)
def test_a_time_as_people_write_it(xlsx, typed, moment):
    read = read_check_in(xlsx([["账号", "签到时间"], ["a1", typed]]), CHINA)
    assert read == {"a1": moment}
    assert read["a1"].utcoffset() == timedelta(hours=8)


def test_a_time_without_an_offset_is_in_the_given_zone(text):
    path = text("账号,签到时间\na1,2026-11-20 09:03\n")
    assert read_check_in(path, UTC)["a1"] == datetime(2026, 11, 20, 9, 3, tzinfo=UTC)
    west = timezone(timedelta(hours=-5))
    assert read_check_in(path, west)["a1"] == datetime(2026, 11, 20, 9, 3, tzinfo=west)


@pytest.mark.parametrize(
    "typed",
    [
        "9:03",
        "2026-11-20",
        "11-20 9:03",
        "2026-13-20 9:03",
        "2026-11-31 9:03",
        "2026-11-20 24:03",
        "2026-11-20 9:60",
        "2026-11-209:03",
        "2026-11-20 下午2:03",
        "2026-11-20 09:03 +99:00",
        "已签",
        46346.377,
        datetime.fromisoformat("2026-11-20"),
    ],
)
def test_a_time_that_cannot_be_read(xlsx, typed):
    (found,) = problems(xlsx([["账号", "签到时间"], ["a1", typed]]))
    assert found.startswith("  第 2 行：签到时间“")
    assert found.endswith("看不懂，请写明日期和时刻，例如 2026-11-20 09:03:12。")


def test_who_has_no_time_did_not_check_in(xlsx):
    assert read_check_in(xlsx([["账号", "签到时间"], ["a1", "2026-11-20 9:03"], ["a2", ""]]), CHINA) == {
        "a1": NINE
    }


def test_all_bad_rows_are_told_together(xlsx):
    rows = [
        ["a1", "2026-11-20 9:03"],
        ["", "2026-11-20 9:03"],
        ["a2", "已签"],
        ["a1", "2026/11/20 09:03:00"],
        ["A1", "2026-11-20 9:04"],
        ["", "", "监考：赵主任"],
    ]
    assert problems(xlsx([["账号", "签到时间", "备注"], *rows])) == [
        "  第 3 行：没有填写账号；如果是合计、备注之类的行，请删去。",
        "  第 4 行：签到时间“已签”看不懂，请写明日期和时刻，例如 2026-11-20 09:03:12。",
        "  第 6 行：账号“A1”的签到时间与第 2 行的“2026-11-20 9:03”不一致，请只留一个。",
        "  第 7 行：没有填写账号；如果是合计、备注之类的行，请删去。",
    ]
