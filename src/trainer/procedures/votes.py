"""到会与票数: whether a meeting may be held, and whether a vote carries.

Three lines that must not be mixed: 半数以上 includes exactly half, 超过半数 does not, and elections have their own.
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
    """不少于五分之四, exactly four fifths is enough: said of 选举工作条例 (2020) in manuals, its text was not read."""
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
    """Candidates for the seats of a committee: a fifth more than there are seats, as manuals have it."""
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
    """A trial computation for an election of a committee. Numbers of members with a vote. Raises Impossible.

    The numbers behind it were read in manuals only, never in the regulation's own text: no finding decides anything
    (``holds`` is None), each says what to look up and where.
    """
    _check(entitled, present, "有选举权的党员")
    if seats < 1 or candidates < 1:
        raise Impossible("应选名额和候选人数至少是 1。请检查。")
    least, enough = least_four_fifths(entitled), is_four_fifths(present, entitled)
    quorum = (
        f"常见的说法是不少于应到会有选举权的五分之四。照这个说法至少 {least} 人，"
        f"到会 {present} 人，{_enough(enough=enough)}。"
    )
    wanted = least_candidates(seats)
    difference = (
        f"常见的说法是差额不少于应选人数的 20%。照这个说法，应选 {seats} 名，候选人至少 {wanted} 名，"
        f"现在 {candidates} 名，{_enough(enough=candidates >= wanted)}。"
    )
    found = [
        Finding("试算：到会人数", quorum, ELECTION.format("第19条前后")),
        Finding("试算：候选人差额", difference, ELECTION.format("第13条前后")),
    ]
    return found + (_counted(entitled, present, seats, ballots) if ballots else [])


def _counted(entitled: int, present: int, seats: int, ballots: Ballots) -> list[Finding]:
    if not 0 <= ballots.voters <= present:
        raise Impossible("投票人数不能多于到会的有选举权人数。请检查。")
    if any(not 0 <= votes <= ballots.returned for _, votes in ballots.votes):
        raise Impossible("得票数不能多于收回的选票数。请检查。")
    result = (
        "没有多于投票人数"
        if ballots.returned <= ballots.voters
        else "多于投票人数。常见的说法是这样的选举无效。先停下来，请示上级党组织"
    )
    sentence = f"投票 {ballots.voters} 人，收回 {ballots.returned} 张：{result}。"
    found = [Finding("试算：收回的选票", sentence, ELECTION.format("第27条前后"))]
    if ballots.votes:
        found.append(_most_votes(entitled, seats, ballots.votes))
    return found


def _most_votes(entitled: int, seats: int, votes: Sequence[tuple[str, int]]) -> Finding:
    """Who has more than half of those entitled. Whether that is the line is what the sources disagree about."""
    least = least_majority(entitled)
    passed = sorted((one for one in votes if one[1] >= least), key=lambda one: -one[1])
    names = "、".join(f"{name}（{count} 票）" for name, count in passed) or "无"
    sentence = (
        "当选的线说法不一：有的按应到会，有的按实到会。"
        f"按应到会有选举权人数的半数试算，要超过半数，就是至少 {least} 票；够的有：{names}。"
    )
    if len(passed) > seats and passed[seats - 1][1] == passed[seats][1]:
        tied = "、".join(name for name, count in passed if count == passed[seats][1])
        sentence += f"{tied}票数相等，名额定不下来，怎样办请查条文。"
    elif len(passed) < seats:
        sentence += f"比应选名额少 {seats - len(passed)} 名，怎样办请查条文。"
    elif len(passed) > seats:
        sentence += f"比应选名额多 {len(passed) - seats} 名，怎样取请查条文。"
    sentence += "是不是当选，以条例原文和上级党组织的答复为准。"
    return Finding("试算：得票", sentence, ELECTION.format("第29条前后"))


def _enough(*, enough: bool) -> str:
    return "够" if enough else "不够"


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
