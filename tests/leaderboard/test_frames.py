"""The tables: ranks, missing values, exact rounding, names of columns."""

from datetime import datetime, timedelta
from fractions import Fraction

import pandas as pd
import pytest

from trainer.leaderboard import frames, wording
from trainer.leaderboard.frames import Kind
from trainer.model.points import half_up


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 2), 1),
        (Fraction(49, 100), 0),
        (Fraction(3, 2), 2),
        (Fraction(5, 2), 3),
        (Fraction(20001, 3), 6667),
        (7, 7),
    ],
    ids=["half goes up", "below half", "one and a half", "not to even", "a sixth above half", "whole"],
)
def test_rounding_is_half_up_and_exact(value, expected):
    assert half_up(value) == expected


def test_points_that_floats_would_round_wrongly():
    assert wording.points_number(Fraction(205, 2)) == 1.03  # 1.025 as a float rounds to 1.02
    assert wording.percent_text(Fraction(33335, 100000)) == "33.34%"  # a float is 0.333349999…
    assert wording.rate_number(Fraction(2, 3)) == 0.6667


def test_individuals_rank_1_2_2_4_and_the_absent_last(board):
    frame = frames.individuals(board).frame
    assert frame["名次"].tolist()[:5] == [1, 2, 2, 4, 5]
    assert frame["名次"].dtype == "Int64"
    assert frame["姓名"].tolist()[5:] == ["孙七", "周八"]
    absent = frame.iloc[5:]
    for column in ["名次", "总分", "一、单项选择题", "用时", "交卷时间"]:
        assert absent[column].isna().all(), column
    assert absent["备注"].tolist() == ["缺考", "缺考"]
    assert absent["及格"].tolist() == ["", ""]


def test_individuals_hold_real_numbers_times_and_remarks(board):
    view = frames.individuals(board)
    first, _, third, fourth, fifth = (view.frame.iloc[index] for index in range(5))
    assert first["总分"] == 95.5
    assert pd.api.types.is_float_dtype(view.frame["总分"])
    assert first["用时"] == timedelta(minutes=20)
    assert first["交卷时间"].isoformat() == "2025-11-20T09:20:00"
    assert third["备注"] == "并列；迟交"
    assert "用时 30分00秒" in third["同分依据"]
    assert fourth["备注"] == "待评 2 题；未答 1 题"
    assert (fifth["总分"], fifth["及格"]) == (30.01, "不及格")


def test_rows_are_plain_values(board):
    row = frames.individuals(board).rows()[-1]
    assert [cell for cell in row if cell is not None and not isinstance(cell, str)] == []
    assert {type(cell) for cell in frames.individuals(board).rows()[0]} == {
        int,
        str,
        float,
        timedelta,
        datetime,
    }


def test_teams_show_both_pass_rates_and_mark_the_headline(board, board_of):
    frame = frames.teams(board).frame
    line = frame[frame["乡镇"] == "青山镇"].iloc[0]
    assert (line["应考"], line["实考"], line["缺考"], line["参赛率"]) == (3, 2, 1, 0.6667)
    assert line["及格率（按实考人数，以此为准）"] == 1.0
    assert line["及格率（按应考人数，供参考）"] == 0.6667
    other = frames.teams(board_of(pass_denominator="expected")).frame
    assert "及格率（按应考人数，以此为准）" in other
    assert "及格率（按实考人数，供参考）" in other


def test_a_team_of_which_nobody_came_has_no_means(board):
    frame = frames.teams(board).frame
    line = frame[frame["乡镇"] == "石桥&街道"].iloc[0]
    assert (line["团体分"], line["备注"]) == (0.0, "无人参赛")
    assert pd.isna(line["平均分"])
    assert pd.isna(line["及格率（按实考人数，以此为准）"])
    assert line["及格率（按应考人数，供参考）"] == 0.0


def test_cohorts_rank_within_themselves(board):
    frame = frames.cohorts(board).frame
    assert frame.columns[0] == "期次"
    second = frame[frame["期次"] == "第2期"]
    assert second["姓名"].tolist() == ['李"小明"', "=1+1", "孙七"]
    assert second["名次"].tolist()[:2] == [1, 2]


def test_sections_give_means_and_rates_of_everybody_and_of_teams(board):
    frame = frames.sections(board).frame
    assert frame["乡镇"].tolist()[:4] == ["全体", "青山镇", "白水河乡", "石桥&街道"]
    assert frame["平均分"].tolist()[:3] == [46.0, 55.0, 40.0]
    assert frame["得分率"].tolist()[:3] == [0.7667, 0.9167, 0.6667]
    assert pd.isna(frame["得分率"].iloc[3])


def test_statistics_by_both_denominators(board):
    frame = frames.statistics(board).frame
    everybody = frame.iloc[0]
    assert frame["范围"].tolist() == ["全体", "第1期", "第2期"]
    assert (everybody["应考"], everybody["实考"], everybody["缺考"], everybody["及格人数"]) == (7, 5, 2, 4)
    assert everybody["及格率（按实考人数，以此为准）"] == 0.8
    assert everybody["及格率（按应考人数，供参考）"] == 0.5714
    assert (everybody["平均分"], everybody["中位数"]) == (73.10, 80.0)
    assert (everybody["最高分"], everybody["最低分"]) == (95.5, 30.01)


def test_words_of_the_contest_that_collide_stay_apart(board_of):
    sections = {"总分": 5000, "姓名": 5000}
    people = [("u1", "甲", "一支部", "", (100, 200), 5, {})]
    view = frames.individuals(board_of(people, sections, team_word="支部", cohort_word="支部"))
    assert len(set(view.headers)) == len(view.headers)
    row = dict(zip(view.headers, view.rows()[0], strict=True))
    assert (row["支部"], row["支部（2）"], row["总分"], row["总分（2）"]) == (
        "一支部",
        "第一党支部",
        3.0,
        1.0,
    )


def test_an_empty_board_has_all_tables(board_of):
    views = frames.views(board_of([]))
    assert [view.name for view in views] == ["个人榜", "团体榜", "期次榜", "大题", "统计"]
    assert views[0].rows() == []
    assert dict(zip(views[4].headers, views[4].rows()[0], strict=True))["平均分"] is None


def test_kinds_fit_the_columns(board):
    for view in frames.views(board):
        assert len(view.kinds) == len(view.headers)
    assert frames.individuals(board).kinds[:2] == (Kind.RANK, Kind.TEXT)


@pytest.mark.parametrize(
    ("percent", "lowest"),
    [(60, 6000), ("62.5", 6250), ("33.333", 3334), (0, 0), (100, 10000)],
    ids=[
        "whole",
        "half per cent",
        "rounded up: one hundredth less would fail",
        "everybody",
        "full points only",
    ],
)
def test_the_pass_line_is_the_lowest_score_that_passes(board_of, percent, lowest):
    assert wording.pass_points(board_of(pass_percent=percent)) == lowest


def test_rules_in_prose_name_both_denominators(board):
    text = dict(wording.rule_sentences(board))
    assert text["及格率"] == (
        "及格率按实考人数计算（及格人数÷实考人数）为 80.00%，以此为准；"
        "按应考人数计算（及格人数÷应考人数）为 57.14%，供参考。"
    )
    assert text["及格线"] == "满分 100 分，及格线为满分的 60%，即 60 分。"
    assert text["评分办法"] == board.marking
    assert text["团体排名"] == board.rules.team.explain()
