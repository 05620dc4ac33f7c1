"""Headers as people write them."""

import pytest

from trainer.people.columns import ACCOUNT, Recogniser
from trainer.people.roster import _COLUMNS

ROSTER = Recogniser(_COLUMNS)


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        (["账号", "帐号", "工号", "学号", "编号", "用户名", "登录名", "account", "ID", "Account "], "账号"),
        (["账号*", "＊账号", "账 号", "账\n号", "工号：", "账号（必填）", "账号(工号)", "工号/账号"], "账号"),
        (["姓名", "名字", "党员姓名", "name", "NAME", "Ｎａｍｅ", "姓　　名", "姓名【必填】"], "姓名"),
        (["单位", "乡镇", "乡镇/街道", "乡镇（街道）", "乡镇(街道)", "乡镇、街道", "乡镇〔街道〕"], "单位"),
        (
            ["所在乡镇", "所属乡镇", "所在单位", "代表队", "队名", "team", "单位/乡镇", "所在乡镇（街道）"],
            "单位",
        ),
        (["支部", "党支部", "所在支部", "所在党支部", "村", "branch", "村（社区）", "支部/村"], "支部"),
        (["职务", "岗位", "post", "职务（岗位）"], "职务"),
        (["期次", "班次", "期别", "培训班", "培训期次", "期次/班次", "期次／班次", "cohort"], "期次"),
        (
            [
                "",
                "序号",
                "备注",
                "姓名拼音",
                "2026年花名册",
                "单位/职务",
                "单位（职务）",
                "()",
                "/",
                "姓名/性别",
            ],
            None,
        ),
    ],
    ids=[
        "账号",
        "账号 with trimmings",
        "姓名",
        "单位",
        "单位 by other names",
        "支部",
        "职务",
        "期次",
        "none",
    ],
)
def test_a_header_is_recognised_by_its_usual_words(headers, field):
    assert [ROSTER.field(header) for header in headers] == [field] * len(headers)


@pytest.mark.parametrize(
    ("headers", "positions"),
    [
        (["姓名", "姓名（拼音）"], {"姓名": [0]}),
        (["姓名（拼音）", "姓名"], {"姓名": [1]}),
        (["账号", "账号（工号）"], {"账号": [0, 1]}),
        (["编号", "账号（必填）"], {"账号": [1]}),
        (["编号", "姓名"], {"账号": [0], "姓名": [1]}),
        (["工号", "姓名", "账号"], {"账号": [0, 2], "姓名": [1]}),
    ],
)
def test_every_position_of_a_field_is_told(headers, positions):
    assert ROSTER.locate(headers) == positions


def test_missing_are_the_required_columns_only():
    assert [column.field for column in ROSTER.missing({"姓名": [0]})] == ["账号", "单位"]
    assert Recogniser([ACCOUNT]).missing({"账号": [3]}) == []
