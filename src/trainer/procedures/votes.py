"""到会与票数: whether a meeting may be held, and whether a vote carries.

Three lines that must not be mixed: 半数以上 includes exactly half, 超过半数 does not, and elections take four fifths.
A vote carries with more than half of those entitled, never of those present.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainer.procedures.findings import ADMISSION, BRANCH, ELECTION, Finding, Impossible


def is_half_or_more(count: int, of: int) -> bool:
    """半数以上, exactly half included: 支部工作条例 11 (meetings that vote), 12 (the committee)."""
    return count * 2 >= of


def is_more_than_half(count: int, of: int) -> bool:
    """超过半数, exactly half not included: 支部工作条例 11 (carried), 发展党员工作细则 19, 20, 32."""
    return count * 2 > of


def is_four_fifths(count: int, of: int) -> bool:
    """不少于五分之四: 选举工作条例 (2020); exactly four fifths is enough."""
    return count * 5 >= of * 4


def least_half(of: int) -> int:
    """The least number that is half or more."""
    return -(-of // 2)


def least_majority(of: int) -> int:
    """The least number that is more than half."""
    return of // 2 + 1


def least_four_fifths(of: int) -> int:
    """The least number that is four fifths."""
    return -(-of * 4 // 5)


def least_candidates(seats: int) -> int:
    """Candidates for the seats of a committee: a fifth more than there are seats (选举工作条例 13)."""
    return -(-seats * 6 // 5)


def branch_vote(entitled: int, present: int, in_favour: int | None = None) -> list[Finding]:
    """An ordinary vote of the 党员大会 (支部工作条例 11). Numbers of members with a vote. Raises Impossible."""
    _check(entitled, present, "有表决权的党员")
    basis = BRANCH.format(11)
    found = [_opens(is_half_or_more(present, entitled), present, least_half(entitled), "半数以上", basis)]
    if in_favour is not None:
        _check_votes(in_favour, present, "赞成票")
        found.append(_carried(in_favour, entitled, basis, valid=bool(found[0].holds)))
    return found


def admission_vote(
    entitled: int, present: int, in_favour: int | None = None, written: int = 0
) -> list[Finding]:
    """A vote on admission or on full membership (发展党员工作细则 19, 20, 32).

    ``written``: votes in favour that absent members put in writing before the meeting; they count as votes and not as
    presence. Raises Impossible.
    """
    _check(entitled, present, "有表决权的党员")
    if not 0 <= written <= entitled - present:
        raise Impossible("会前书面赞成的人数，不能多于没有到会的有表决权党员。请检查。")
    least = least_majority(entitled)
    basis = ADMISSION.format("19条、第32")
    found = [_opens(is_more_than_half(present, entitled), present, least, "超过半数", basis)]
    if in_favour is not None:
        _check_votes(in_favour, present, "到会的赞成票")
        total = in_favour + written
        found.append(_carried(total, entitled, ADMISSION.format("20条、第32"), valid=bool(found[0].holds)))
    if written:
        sentence = f"会前正式提出的书面意见（赞成 {written} 票）算进票数，不算到会人数。"
        found.append(Finding("书面意见", sentence, ADMISSION.format(20)))
    return found


def committee_meeting(members: int, present: int) -> list[Finding]:
    """A meeting of the 支部委员会 (支部工作条例 12). Raises Impossible."""
    _check(members, present, "委员")
    basis = BRANCH.format(12)
    return [_opens(is_half_or_more(present, members), present, least_half(members), "半数以上", basis)]


@dataclass(frozen=True)
class Ballots:
    """What was counted at an election: voters, ballots that came back, and each candidate's votes in favour."""

    voters: int
    returned: int
    votes: Sequence[tuple[str, int]] = ()


def election(
    entitled: int, present: int, seats: int, candidates: int, ballots: Ballots | None = None
) -> list[Finding]:
    """An election of a committee. Numbers of members with a vote. Raises Impossible.

    That of those entitled, and not of those present, more than half is needed to be elected was read in manuals only;
    the finding says so.
    """
    _check(entitled, present, "有选举权的党员")
    if seats < 1 or candidates < 1:
        raise Impossible("应选名额和候选人数至少是 1。请检查。")
    quorum = _opens(
        is_four_fifths(present, entitled), present, least_four_fifths(entitled), "五分之四", ELECTION
    )
    least = least_candidates(seats)
    enough = candidates >= least
    sentence = f"应选 {seats} 名，候选人至少 {least} 名（差额不少于应选人数的 20%），现在 {candidates} 名。"
    found = [quorum, Finding("候选人差额", sentence, ELECTION, enough)]
    return found + (_counted(entitled, present, seats, ballots, valid=bool(quorum.holds)) if ballots else [])


def _counted(entitled: int, present: int, seats: int, ballots: Ballots, *, valid: bool) -> list[Finding]:
    if not 0 <= ballots.voters <= present:
        raise Impossible("投票人数不能多于到会的有选举权人数。请检查。")
    sound = ballots.returned <= ballots.voters
    result = "选举有效" if sound else "收回的多了，选举无效，应当重新选举"
    sentence = f"投票 {ballots.voters} 人，收回 {ballots.returned} 张：{result}。"
    found = [Finding("收回的选票", sentence, ELECTION, sound)]
    if any(not 0 <= votes <= ballots.returned for _, votes in ballots.votes):
        raise Impossible("得票数不能多于收回的选票数。请检查。")
    if ballots.votes and sound and valid:
        found.append(_elected(entitled, seats, ballots.votes))
    return found


def _elected(entitled: int, seats: int, votes: Sequence[tuple[str, int]]) -> Finding:
    least = least_majority(entitled)
    passed = sorted((one for one in votes if one[1] >= least), key=lambda one: -one[1])
    head = f"赞成票要超过应到会有选举权人数的半数，就是至少 {least} 票。"
    what = "当选"
    if len(passed) > seats and passed[seats - 1][1] == passed[seats][1]:
        edge = passed[seats][1]
        tied = "、".join(name for name, count in passed if count == edge)
        sure = "、".join(name for name, count in passed if count > edge) or "无"
        sentence = f"{head}已经确定：{sure}；{tied}都是 {edge} 票，票数相等定不下来，对他们再投一次。"
        return Finding(what, sentence, ELECTION, holds=False)
    chosen = passed[:seats]
    names = "、".join(f"{name}（{count} 票）" for name, count in chosen) or "无"
    missing = seats - len(chosen)
    rest = f"还缺 {missing} 名，对不足的名额另行选举。" if missing else ""
    return Finding(what, f"{head}当选：{names}。{rest}", ELECTION, not missing)


def _opens(holds: bool, present: int, least: int, words: str, basis: str) -> Finding:
    can = "可以开会表决" if holds else "不能开会表决"
    return Finding("到会人数", f"{can}：要{words}，至少 {least} 人，到会 {present} 人。", basis, holds)


def _carried(in_favour: int, entitled: int, basis: str, *, valid: bool) -> Finding:
    least = least_majority(entitled)
    what = "表决结果"
    if not valid:
        sentence = "到会人数不够，这次表决不算数。请补足人数，另行开会。"
        return Finding(what, sentence, basis, holds=False)
    holds = in_favour >= least
    sentence = (
        f"{'通过' if holds else '没有通过'}：赞成要超过应到会有表决权人数（不是到会人数）的半数，"
        f"至少 {least} 票，赞成 {in_favour} 票。"
    )
    return Finding(what, sentence, basis, holds)


def _check(entitled: int, present: int, who: str) -> None:
    if entitled < 1:
        raise Impossible(f"应到会的{who}至少是 1 人。请检查。")
    if not 0 <= present <= entitled:
        raise Impossible(f"到会的{who}不能多于应到会的。请检查。")


def _check_votes(votes: int, present: int, what: str) -> None:
    if not 0 <= votes <= present:
        raise Impossible(f"{what}不能多于到会的人数。请检查。")
