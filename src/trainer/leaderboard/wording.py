"""Figures and rules of a board as people read them, shared by the page, the plots and the tables.

The law of this module: rounding happens here, once, half up, from exact integers and fractions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from trainer.model.contest import Board, ContestRules, Standing, Summary
from trainer.model.points import as_text, half_up

PROVISIONAL = "暂定"
BEIJING = timedelta(hours=8)


def points_number(hundredths: Fraction | int) -> float:
    """Points with two decimals as a number, from (fractions of) hundredths."""
    return half_up(hundredths) / 100


def points_text(hundredths: Fraction | int) -> str:
    """Points with two decimals: ``86.50``."""
    return f"{points_number(hundredths):.2f}"


def rate_number(rate: Fraction) -> float:
    """A rate as a fraction of 1 that is exact to a hundredth of a per cent."""
    return half_up(rate * 10000) / 10000


def percent_text(rate: Fraction) -> str:
    """A rate as a percentage with two decimals: ``83.33%``."""
    return f"{half_up(rate * 10000) / 100:.2f}%"


def wall_time(at: datetime, rules: ContestRules) -> datetime:
    """The clock time at the place of the competition, to the second and without a zone, as sheets want it."""
    return at.astimezone(rules.opens.tzinfo).replace(tzinfo=None, microsecond=0)


def day_and_time(at: datetime, rules: ContestRules) -> str:
    """A moment in prose: 2025年11月20日 09:30."""
    local = wall_time(at, rules)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def zone_text(rules: ContestRules) -> str:
    """The name of the clock that every time on the board is told by."""
    offset = rules.opens.utcoffset() or timedelta()
    if offset == BEIJING:
        return "北京时间"
    minutes = int(offset.total_seconds()) // 60
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def remarks(standing: Standing) -> list[str]:
    """What a reader must know beside the score: 并列, 迟交, 待评 2 题, 未答 1 题, 缺考, 交卷待处理."""
    if standing.rank is None:
        return ["交卷待处理"] if standing.problem else ["缺考"]
    notes = {
        "并列": standing.tied,
        "迟交": standing.late,
        f"待评 {standing.pending} 题": standing.pending,
        f"未答 {standing.unanswered} 题": standing.unanswered,
    }
    return [note for note, holds in notes.items() if holds]


def absence(summary: Summary) -> str:
    """How many did not sit, and how many handed in what could not be marked yet."""
    waiting = f"，交卷待处理 {summary.unmarked} 人" if summary.unmarked else ""
    return f"缺考 {summary.absent} 人{waiting}"


def pass_word(standing: Standing) -> str:
    """及格 or 不及格; empty for those who did not sit."""
    if standing.rank is None:
        return ""
    return "及格" if standing.passed else "不及格"


def pass_points(board: Board) -> int:
    """The lowest score, in hundredths, that passes; above the full score when nothing can."""
    return -(-board.full * Fraction(board.rules.pass_percent) // 100)


def pass_line(board: Board) -> str:
    """The pass line in a sentence."""
    percent = f"{board.rules.pass_percent.normalize():f}"
    return f"满分 {as_text(board.full)} 分，及格线为满分的 {percent}%，即 {as_text(pass_points(board))} 分。"


def counts_present(rules: ContestRules) -> bool:
    """Whether the headline pass rate is of those present rather than of those expected."""
    denominator = rules.pass_denominator
    return denominator == "present"


def pass_rates(board: Board) -> str:
    """Both pass rates with their denominators, and which of them is the headline."""
    summary = board.summary
    by_present = counts_present(board.rules)
    lines = [
        ("按实考人数计算（及格人数÷实考人数）", summary.pass_rate_present, by_present),
        ("按应考人数计算（及格人数÷应考人数）", summary.pass_rate_expected, not by_present),
    ]
    parts = [
        f"{what}为 {'无数据' if rate is None else percent_text(rate)}，{'以此为准' if headline else '供参考'}"
        for what, rate, headline in lines
    ]
    return f"及格率{'；'.join(parts)}。"


def provisional(board: Board) -> str:
    """The sentence of the provisional banner; empty when every answer has been marked."""
    if not board.pending:
        return ""
    return f"{PROVISIONAL}榜单：还有 {board.pending} 题待评，待评的题目前按 0 分计，名次可能变动。"


def headline(board: Board) -> str:
    """The title of the competition, marked when the board is provisional."""
    return board.rules.title + (f"（{PROVISIONAL}）" if board.pending else "")


def period(rules: ContestRules) -> str:
    """When the competition was held."""
    return f"{day_and_time(rules.opens, rules)} 至 {day_and_time(rules.closes, rules)}（{zone_text(rules)}）"


def rule_sentences(board: Board) -> list[tuple[str, str]]:
    """All the rules of the board in prose, as (heading, text) in reading order."""
    rules = board.rules
    absent = "缺考人员和交卷待处理的人员不参加个人排名，列在榜末。"
    parts = [
        ("比赛时间", f"{period(rules)}。榜上的交卷时间都是{zone_text(rules)}。"),
        ("个人排名", f"{rules.explain_ties()}{absent}"),
        ("团体排名", rules.team.explain()),
        ("评分办法", board.marking),
        ("及格线", pass_line(board)),
        ("及格率", pass_rates(board)),
    ]
    return [(heading, text) for heading, text in parts if text.strip()]
