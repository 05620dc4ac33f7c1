"""发展党员日期链, working days and terms, by the worked examples."""

from datetime import date

import pytest

from trainer.errors import ProblemsFound
from trainer.procedures.admission import Steps, chain
from trainer.procedures.findings import Impossible
from trainer.procedures.terms import term
from trainer.procedures.working_days import (
    add_months,
    add_years,
    calendar_in,
    packaged_calendar,
    read_holidays,
)


def lines(posting_day_counts=True, **steps):
    days = {name: date.fromisoformat(day) for name, day in steps.items()}
    found = chain(Steps(**days), packaged_calendar(), posting_day_counts=posting_day_counts)
    return {line.what: line for line in found}


@pytest.mark.parametrize(
    ("given", "what", "day", "article"),
    [
        ({"applied": "2025-03-03"}, "派人同申请人谈话", "最迟 2025年4月3日", "第7条"),
        ({"activist": "2025-04-10"}, "列为发展对象", "最早 2026年4月10日", "第13条"),
        ({"posted": "2026-06-15"}, "公示满 5 个工作日", "到 2026年6月22日", "第13条"),
        ({"prereviewed": "2026-07-01"}, "提交党员大会讨论", "最迟 2026年8月1日", "第19条"),
        ({"meeting": "2026-07-10"}, "党委审批", "最迟 2026年10月10日", "第25条"),
        ({"meeting": "2026-07-10"}, "预备期满", "2027年7月10日", "第31条"),
        ({"meeting": "2026-07-10"}, "党龄（按期转正）", "从 2027年7月10日 算起", "第33条"),
        ({"meeting": "2026-07-10"}, "开始交党费", "从 2026年7月 起", "第8条"),
        ({"approved": "2026-08-20"}, "入党宣誓", "最迟 2026年9月20日", "第29条"),
    ],
)
def test_deadlines(given, what, day, article):
    line = lines(**given)[what]
    assert line.when == day
    assert article in line.basis


def test_whether_the_day_of_posting_counts_is_said_with_both_results():
    counted = lines(posted="2026-06-15")["公示满 5 个工作日"]
    other = lines(posting_day_counts=False, posted="2026-06-15")["公示满 5 个工作日"]
    assert other.when == "到 2026年6月23日"
    assert "2026年6月23日" in counted.note
    assert "端午节" in counted.note
    assert "对照" in lines(posted="2031-06-16")["公示满 5 个工作日"].note


def test_what_was_given_is_compared():
    kept = lines(prereviewed="2026-07-01", meeting="2026-08-01", approved="2026-11-01")
    assert kept["提交党员大会讨论"].holds is True
    assert kept["党委审批"].holds is True
    assert lines(meeting="2026-07-10", approved="2026-12-01")["党委审批"].holds is None, (
        "a special case may be"
    )
    assert lines(meeting="2026-07-10", approved="2027-01-11")["党委审批"].holds is False
    assert lines(activist="2025-04-10", candidate="2026-04-09")["列为发展对象"].holds is False
    assert lines(meeting="2026-07-10", full_meeting="2027-07-09")["讨论转正"].holds is False


@pytest.mark.parametrize(
    "wrong", [{}, {"applied": "2026-01-02", "talked": "2026-01-01"}, {"applied": "0206-01-02"}]
)
def test_days_that_cannot_be(wrong):
    with pytest.raises(Impossible):
        lines(**wrong)


def test_months_and_years():
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)


def test_working_days_and_make_up_days():
    calendar = packaged_calendar()
    assert [calendar.is_working(date(2026, 2, day)) for day in (13, 14, 15, 23, 24, 28)] == [True, True, False, False, True, True]  # fmt: skip


def test_a_table_of_ones_own(tmp_path):
    path = tmp_path / "holidays.yaml"
    text = (
        "format: 1\nchecked: 2026-11-01\nyears:\n  - year: 2027\n    source: 虚构的通知\n"
        "    off: [{name: 元旦, first: 2027-01-01, last: 2027-01-03}]\n    work: [2027-01-09]\n"
    )
    path.write_text(text)
    calendar = read_holidays(path)
    assert calendar.is_working(date(2027, 1, 9))
    assert calendar_in(calendar.table.model_dump_json().encode()) == calendar
    path.write_text(text.replace("2027-01-09", "2027-01-08"))
    with pytest.raises(ProblemsFound, match="只写调休"):
        read_holidays(path)


def test_terms():
    village = term(date(2021, 12, 20), "cun", date(2026, 5, 1))
    assert (village.ends, village.reminder, village.latest) == (
        date(2026, 12, 20),
        date(2026, 6, 20),
        date(2027, 12, 20),
    )
    assert term(date(2024, 3, 1), "zhibu", date(2026, 1, 1)).ends == date(2027, 3, 1)
    states = {day: term(date(2021, 12, 20), "cun", day).findings[-1].holds for day in
              (date(2026, 7, 1), date(2027, 1, 1), date(2028, 1, 1))}  # fmt: skip
    assert list(states.values()) == [True, False, False]
