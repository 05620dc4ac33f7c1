"""评议汇总 and 支部自查."""

from datetime import date

import pytest

from trainer.model.branch import BranchRecords, Meeting, Member, Presence
from trainer.procedures.appraisal import cells_of, most_excellent, summary, tallies
from trainer.procedures.findings import Impossible
from trainer.procedures.self_check import self_check


@pytest.mark.parametrize(("members", "most"), [(17, 5), (18, 6), (20, 6)])
def test_a_third_at_most(members, most):
    assert most_excellent(members) == most


def test_ballots_and_counts_come_to_the_same():
    by_ballot = tallies(cells_of("姓名\t等次\n甲\t优秀\n甲\t合格\n乙\t合格\n乙\t合格"))
    by_count = tallies(cells_of("| 姓名 | 优秀 | 合格 | 不合格 |\n| 甲 | 1 | 1 | 0 |\n| 乙 | 0 | 2 | 0 |"))
    assert by_ballot == by_count
    assert [(one.name, one.counts) for one in by_ballot] == [("甲", (1, 1, 0, 0, 0)), ("乙", (0, 2, 0, 0, 0))]


def test_a_count_is_not_a_conclusion():
    found = summary(tallies(cells_of("姓名 优秀 合格\n甲 2 1\n乙 0 3")), 17, ["乙"])
    words = "".join(one.sentence for one in found)
    assert "5 人" in words
    assert "票多不等于就是这个等次" in words
    assert "不定等次" in words
    assert [one.holds for one in found if one.what == "票数"] == [True]
    uneven = summary(tallies(cells_of("姓名 优秀 合格\n甲 2 1\n乙 0 2")), 17)
    assert uneven[0].holds is False


@pytest.mark.parametrize(
    "text", ["", "甲 1 2", "姓名 等次\n甲 很好", "姓名 优秀\n甲 多", "姓名 职务\n甲 书记"]
)
def test_tables_that_cannot_be_read(text):
    with pytest.raises(Impossible):
        tallies(cells_of(text))


MEMBERS = tuple(Member(f"p{n}", f"虚构{n}", full=n <= 8) for n in range(1, 10))


def meeting(day, kind, **counts):
    return Meeting(date.fromisoformat(day), kind, **{"expected": None, "present": None} | counts)


def check(meetings, presences=(), today=date(2026, 7, 15)):
    return self_check(BranchRecords(MEMBERS, tuple(meetings), tuple(presences)), 2026, today)


def test_what_is_over_and_not_recorded_is_missing():
    found = {
        one.what: one
        for one in check([meeting("2026-02-01", "党员大会"), meeting("2026-03-01", "支委会")]).gaps
    }
    assert "第二季度" in found["党员大会一般每季度 1 次"].sentence
    assert "第三季度" not in found["党员大会一般每季度 1 次"].sentence
    assert found["支委会会议一般每月 1 次"].sentence == "没有记录：1月、2月、4月、5月、6月。"
    assert found["组织生活会每年至少 1 次"].holds is None, "the year is not over"
    over = {one.what: one for one in check([], today=date(2027, 1, 2)).gaps}
    assert over["组织生活会每年至少 1 次"].holds is False


@pytest.mark.parametrize(
    ("topic", "present", "holds"),
    [("", 4, True), ("", 3, False), ("接收预备党员", 4, False), ("接收预备党员", 5, True), ("换届选举", 6, None),
     ("换届选举", 7, None), ("", None, None), ("", 9, False)],
)  # fmt: skip
def test_each_meeting_has_its_own_line(topic, present, holds):
    (found,) = check([meeting("2026-02-01", "党员大会", present_entitled=present, topic=topic)]).quorums
    assert found.holds is holds


def test_attendance_and_who_has_not_come():
    days = [date(2026, month, 5) for month in range(2, 7)]
    presences = [Presence(day, "党员大会", "p1", came=day.month == 2) for day in days[:1]]
    presences += [Presence(day, "党员大会", "p2", came=False) for day in days]
    presences += [
        Presence(days[0], "党员大会", "p3", came=None),
        Presence(days[0], "党员大会", "无此人", came=True),
    ]
    found = check([], presences)
    assert [(one.name, one.came, one.of, one.percent) for one in found.attendance] == [
        ("虚构1", 1, 1, 100),
        ("虚构2", 0, 5, 0),
    ]
    warned = {one.what: one.sentence for one in found.warnings}
    assert "虚构2" in warned["连续 6 个月没有参加"]
    assert "不是结论" in warned["连续 6 个月没有参加"]
    assert "无此人" in warned["名册和签到对不上"]
