"""发展党员日期链: from the application to full membership, every deadline with its article (2026 rules)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import pairwise

from trainer.procedures.findings import ADMISSION, DUES, Impossible
from trainer.procedures.working_days import WorkCalendar, add_months, add_years, in_chinese

#: 公示期 in working days (发展党员工作细则 13).
POSTED_DAYS = 5
_FIRST, _LAST = date(1990, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True)
class Steps:
    """The days on which the steps were taken; None for what has not happened yet. In the order of the procedure."""

    applied: date | None = None
    talked: date | None = None
    activist: date | None = None
    posted: date | None = None
    candidate: date | None = None
    prereviewed: date | None = None
    meeting: date | None = None
    approved: date | None = None
    oath: date | None = None
    full_meeting: date | None = None
    full_approved: date | None = None


#: Each step in words.
NAMES = {
    "applied": "递交入党申请书",
    "talked": "派人谈话",
    "activist": "确定为入党积极分子",
    "posted": "公示贴出",
    "candidate": "列为发展对象",
    "prereviewed": "预审合格",
    "meeting": "党员大会通过接收",
    "approved": "党委批复接收",
    "oath": "入党宣誓",
    "full_meeting": "党员大会通过转正",
    "full_approved": "党委批复转正",
}


@dataclass(frozen=True)
class Deadline:
    """One line of the chain. ``holds``: whether the day that was given keeps to it; None when none was given."""

    what: str
    when: str
    basis: str
    holds: bool | None = None
    note: str = ""


def chain(steps: Steps, calendar: WorkCalendar, *, posting_day_counts: bool) -> list[Deadline]:
    """Every earliest and latest day that follows from the days given. Raises Impossible for days out of order.

    ``posting_day_counts``: whether the day on which the notice is put up is the first of the five working days. The
    rules do not say; both are practised, and the other result is named.
    """
    _check(steps)
    return [
        *_application(steps),
        *_candidate(steps, calendar, posting_day_counts),
        *_admission(steps),
        *_probation(steps),
    ]


def _check(steps: Steps) -> None:
    given = [(NAMES[f.name], getattr(steps, f.name)) for f in fields(steps)]
    known = [(name, day) for name, day in given if day is not None]
    if not known:
        raise Impossible("请至少填一个日期。")
    for name, day in known:
        if not _FIRST <= day < _LAST:
            raise Impossible(f"“{name}”的日期不像是对的，请检查年份。")
    for (before, first), (after, second) in pairwise(known):
        if second < first:
            raise Impossible(
                f"“{after}”（{in_chinese(second)}）在“{before}”（{in_chinese(first)}）之前，请检查。"
            )


def _latest(what: str, day: date, article: str, done: date | None, note: str = "") -> Deadline:
    holds = None if done is None else done <= day
    return Deadline(what, f"最迟 {in_chinese(day)}", ADMISSION.format(article), holds, note)


def _earliest(what: str, day: date, article: str, done: date | None, note: str = "") -> Deadline:
    holds = None if done is None else done >= day
    return Deadline(what, f"最早 {in_chinese(day)}", ADMISSION.format(article), holds, note)


def _application(steps: Steps) -> list[Deadline]:
    found = []
    if steps.applied:
        found.append(
            _latest(
                "派人同申请人谈话", add_months(steps.applied, 1), "7", steps.talked, "收到申请书后 1 个月内"
            )
        )
    if steps.activist:
        day = steps.activist
        checks = "、".join(in_chinese(add_months(day, months)) for months in (6, 12))
        found.append(
            Deadline("每半年考察一次", f"{checks}前后", ADMISSION.format(11), None, "从确定为积极分子时起")
        )
        found.append(
            _earliest(
                "列为发展对象",
                add_years(day, 1),
                "13",
                steps.candidate,
                "经过 1 年以上培养教育和考察；单位、居住地变动的，培养时间可以连续计算（第12条）",
            )
        )
    return found


def _candidate(steps: Steps, calendar: WorkCalendar, counts: bool) -> list[Deadline]:
    if not steps.posted:
        return []
    days = calendar.working_days(steps.posted, POSTED_DAYS, first_counts=counts)
    other = calendar.working_days(steps.posted, POSTED_DAYS, first_counts=not counts)[-1]
    end = days[-1]
    said = "贴出当天算第 1 天" if counts else "贴出当天不算，从第二天数起"
    otherwise = "不算" if counts else "算"
    counted = "、".join(f"{day.month}月{day.day}日" for day in days)
    note = [
        f"{said}：{counted}；如果当天{otherwise}，到 {in_chinese(other)}。条文没有写当天算不算，按上级党组织的要求"
    ]
    off = calendar.days_off(steps.posted, max(end, other))
    if off:
        note.append(f"中间放假：{'、'.join(off)}")
    if not calendar.covers(steps.posted, max(end, other)):
        note.append("放假表里没有这一年，只去掉了周六、周日，请对照国务院办公厅的放假通知")
    holds = None if steps.candidate is None else steps.candidate >= end
    what = f"公示满 {POSTED_DAYS} 个工作日"
    return [Deadline(what, f"到 {in_chinese(end)}", ADMISSION.format(13), holds, "；".join(note))]


def _admission(steps: Steps) -> list[Deadline]:
    found = []
    if steps.prereviewed:
        day = add_months(steps.prereviewed, 1)
        found.append(_latest("提交党员大会讨论", day, "19", steps.meeting, "预审合格后 1 个月内"))
    if steps.meeting:
        day = steps.meeting
        usual, most = add_months(day, 3), add_months(day, 6)
        note = f"3 个月内；特殊情况可以延长，不得超过 6 个月（{in_chinese(most)}）"
        line = _latest("党委审批", usual, "25", steps.approved, note)
        if steps.approved and usual < steps.approved <= most:
            line = Deadline(line.what, line.when, line.basis, None, f"超过 3 个月，要有特殊情况：{note}")
        found.append(line)
        found.append(
            Deadline(
                "开始交党费", f"从 {day.year}年{day.month}月 起", DUES.format(8), None, "从党员大会通过之日起"
            )
        )
    if steps.approved:
        day = add_months(steps.approved, 1)
        found.append(_latest("入党宣誓", day, "29", steps.oath, "一般在批复后 1 个月内；不能在批复以前"))
    return found


def _probation(steps: Steps) -> list[Deadline]:
    if not steps.meeting:
        return []
    end = add_years(steps.meeting, 1)
    before = in_chinese(end - timedelta(days=1))
    note = f"预备期 1 年，从党员大会通过之日算起；起止时间写到当天还是前一天（{before}），各地写法不一，按上级党组织的要求"
    extended = f"{in_chinese(add_months(end, 6))}到{in_chinese(add_months(end, 12))}之间"
    found = [
        Deadline("预备期满", in_chinese(end), ADMISSION.format(31), None, note),
        Deadline(
            "如果延长预备期，延到",
            extended,
            ADMISSION.format(31),
            None,
            "只能延长 1 次，不少于半年，最长不超过 1 年",
        ),
        Deadline(
            "转入的预备党员，转正讨论可以推迟到",
            in_chinese(add_months(end, 6)),
            ADMISSION.format(35),
            None,
            "推迟不超过 6 个月；转正的话，时间仍从预备期满之日算起",
        ),
        Deadline(
            "党龄（按期转正）",
            f"从 {in_chinese(end)} 算起",
            ADMISSION.format(33),
            None,
            "从预备期满转为正式党员之日算起，不是开会或者批复那一天",
        ),
    ]
    if steps.full_meeting:
        on_time = Deadline(
            "讨论转正",
            f"在 {in_chinese(end)} 期满以后",
            ADMISSION.format("31条、第32"),
            steps.full_meeting >= end,
        )
        found.append(on_time)
        found.append(
            _latest("党委审批转正", add_months(steps.full_meeting, 3), "33", steps.full_approved, "3 个月内")
        )
    return found
