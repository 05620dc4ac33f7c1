"""到会与票数, by the worked examples."""

import pytest

from trainer.procedures.findings import Impossible
from trainer.procedures.votes import (
    Ballots,
    admission_vote,
    branch_vote,
    committee_meeting,
    election,
    least_candidates,
)


def holds(findings):
    return [one.holds for one in findings]


@pytest.mark.parametrize(("present", "can"), [(9, True), (8, False), (18, True)])
def test_half_is_enough_for_an_ordinary_vote(present, can):
    (found,) = branch_vote(18, present)
    assert found.holds is can
    assert "第11条" in found.basis


@pytest.mark.parametrize(("present", "can"), [(9, False), (10, True)])
def test_half_is_not_enough_for_an_admission(present, can):
    (found,) = admission_vote(18, present)
    assert found.holds is can
    assert "第19条、第32条" in found.basis


@pytest.mark.parametrize(("in_favour", "carried"), [(9, False), (10, True)])
def test_carried_by_more_than_half_of_those_entitled(in_favour, carried):
    assert holds(branch_vote(18, 12, in_favour)) == [True, carried]
    assert holds(admission_vote(18, 12, in_favour)) == [True, carried]


def test_written_votes_count_as_votes_and_not_as_presence():
    quorum, carried, written = admission_vote(18, 9, 8, written=2)
    assert (quorum.holds, carried.holds, written.holds) == (False, False, None)
    assert "不算到会人数" in written.sentence
    assert holds(admission_vote(18, 10, 8, written=2))[:2] == [True, True]


def test_the_committee():
    assert holds(committee_meeting(3, 2)) == [True]
    assert holds(committee_meeting(5, 2)) == [False]


@pytest.mark.parametrize(("entitled", "present", "can"), [(25, 20, True), (25, 19, False), (24, 20, True), (24, 19, False)])  # fmt: skip
def test_four_fifths_for_an_election(entitled, present, can):
    quorum, enough = election(entitled, present, 5, 6)
    assert quorum.sentence.endswith("人，够。") is can
    assert enough.sentence.endswith("名，够。")
    assert "第19条前后" in quorum.basis


@pytest.mark.parametrize(("seats", "candidates"), [(3, 4), (5, 6), (7, 9)])
def test_a_fifth_more_candidates_than_seats(seats, candidates):
    assert least_candidates(seats) == candidates
    assert election(20, 18, seats, candidates - 1)[1].sentence.endswith("不够。")


def test_votes_of_an_election_are_tried_against_the_common_line():
    found = election(20, 20, 3, 4, Ballots(20, 20, [("甲", 19), ("乙", 15), ("丙", 12), ("丁", 10)]))[-1]
    assert "够的有：甲（19 票）、乙（15 票）、丙（12 票）。是不是当选" in found.sentence
    short = election(20, 20, 3, 4, Ballots(20, 20, [("甲", 19), ("乙", 10), ("丙", 9)]))[-1]
    assert "少 2 名" in short.sentence
    tie = election(20, 20, 2, 3, Ballots(20, 20, [("甲", 19), ("乙", 12), ("丙", 12)]))[-1]
    assert "乙、丙票数相等" in tie.sentence
    more = election(20, 20, 1, 3, Ballots(20, 20, [("甲", 19), ("乙", 12), ("丙", 1)]))[-1]
    assert "多 1 名" in more.sentence
    assert "多于投票人数" in election(20, 20, 2, 3, Ballots(19, 20))[-1].sentence


def test_an_election_is_never_decided_by_numbers_that_nobody_checked():
    found = election(25, 12, 3, 3, Ballots(12, 13, [("甲", 13), ("乙", 1)]))
    assert [one.holds for one in found] == [None] * 4
    for one in found:
        assert one.what.startswith("试算")
        assert "没有核对过原文" in one.basis
        assert "请示上级党组织" in one.basis


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: branch_vote(0, 0),
        lambda: branch_vote(10, 11),
        lambda: branch_vote(10, 8, 9),
        lambda: admission_vote(18, 10, 8, written=9),
        lambda: election(20, 18, 0, 4),
        lambda: election(20, 18, 3, 4, Ballots(19, 19)),
        lambda: election(20, 18, 3, 4, Ballots(18, 18, [("甲", 19)])),
    ],
)
def test_numbers_that_cannot_be(impossible):
    with pytest.raises(Impossible):
        impossible()
