"""Working days and months: which days are holidays is data that is replaced every year."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import Field, model_validator

from trainer.model.question import FormatOne, Strict, Text
from trainer.model.validation import read_yaml

#: The table that comes with the program; a folder of lessons may have its own of the same name.
HOLIDAYS_FILE = "holidays.yaml"
#: The same as it travels with a published lesson.
PUBLISHED_HOLIDAYS = "holidays.json"
_PACKAGED = Path(__file__).with_name(HOLIDAYS_FILE)
#: A count that runs longer than this has lost its way.
_MOST_DAYS = 400


class DayRange(Strict):
    """Days off in a row, both ends included."""

    name: Text = Field(description="节日")
    first: date = Field(description="第一天")
    last: date = Field(description="最后一天")

    @model_validator(mode="after")
    def _in_order(self) -> DayRange:
        if not timedelta(0) <= self.last - self.first <= timedelta(days=30):
            raise ValueError("“last”要在“first”当天或者以后，相差不超过 30 天。")
        return self


class YearOfHolidays(Strict):
    """What the State Council's office announced for a year."""

    year: int = Field(ge=2000, le=2100, description="年份")
    source: Text = Field(description="出自哪个通知")
    off: tuple[DayRange, ...] = Field(description="放假的日子")
    work: tuple[date, ...] = Field(description="调休上班的周六、周日")

    @model_validator(mode="after")
    def _of_the_year(self) -> YearOfHolidays:
        days = [day for one in self.off for day in (one.first, one.last)] + list(self.work)
        if any(day.year != self.year for day in days):
            raise ValueError(f"{self.year} 年下面有别的年份的日子。")
        if any(day.weekday() < 5 for day in self.work):
            raise ValueError("“work”只写调休上班的周六、周日。")
        return self


class HolidayTable(Strict):
    """holidays.yaml"""

    format: FormatOne = Field(description="格式版本，现在是 1")
    checked: date = Field(description="哪一天核对的；每年国务院办公厅发了通知以后要再核对")
    years: tuple[YearOfHolidays, ...] = Field(description="各年")


@dataclass(frozen=True)
class WorkCalendar:
    """Knows working days. Years that are not in the table have Saturdays and Sundays off, and nothing else."""

    table: HolidayTable

    @cached_property
    def _off(self) -> frozenset[date]:
        ranges = [one for year in self.table.years for one in year.off]
        return frozenset(
            one.first + timedelta(days=n) for one in ranges for n in range((one.last - one.first).days + 1)
        )

    @cached_property
    def _work(self) -> frozenset[date]:
        return frozenset(day for year in self.table.years for day in year.work)

    def is_working(self, day: date) -> bool:
        """Whether people work on a day."""
        return day in self._work or (day.weekday() < 5 and day not in self._off)

    def working_days(self, first: date, count: int, *, first_counts: bool) -> list[date]:
        """The first ``count`` working days from a day on; the day itself only when ``first_counts``."""
        day = first if first_counts else first + timedelta(days=1)
        found: list[date] = []
        for _ in range(_MOST_DAYS):
            if self.is_working(day):
                found.append(day)
            if len(found) == count:
                return found
            day += timedelta(days=1)
        raise AssertionError(f"no {count} working days within {_MOST_DAYS} days after {first}")

    def covers(self, first: date, last: date) -> bool:
        """Whether the table has every year from one day to another."""
        known = {year.year for year in self.table.years}
        return set(range(first.year, last.year + 1)) <= known

    def days_off(self, first: date, last: date) -> list[str]:
        """The holidays between two days, as people call them."""
        ranges = [one for year in self.table.years for one in year.off]
        return list(dict.fromkeys(one.name for one in ranges if one.first <= last and one.last >= first))


def read_holidays(path: Path) -> WorkCalendar:
    """The calendar of a file. Raises NotFound and ProblemsFound."""
    return WorkCalendar(read_yaml(path, HolidayTable, "放假安排"))


@lru_cache(maxsize=2)
def calendar_in(content: bytes) -> WorkCalendar:
    """The calendar of a published table, which was checked before it travelled. Raises ValueError."""
    return WorkCalendar(HolidayTable.model_validate_json(content))


@lru_cache(maxsize=1)
def packaged_calendar() -> WorkCalendar:
    """The calendar that comes with the program."""
    return read_holidays(_PACKAGED)


def add_months(day: date, months: int) -> date:
    """The same day so many months later (or earlier); the month's last day where it has no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, index = divmod(month, 12)
    last = calendar.monthrange(year, index + 1)[1]
    return date(year, index + 1, min(day.day, last))


def add_years(day: date, years: int) -> date:
    """The same day so many years later; 28 February for the 29th."""
    return add_months(day, 12 * years)


def in_chinese(day: date) -> str:
    """For example 2026年6月15日."""
    return f"{day.year}年{day.month}月{day.day}日"
