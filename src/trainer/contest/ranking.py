"""From results to boards by the declared rules; pure functions of their arguments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Any, TypeVar

from trainer.errors import UsageError
from trainer.model.contest import (
    Board,
    CohortBoard,
    ContestRules,
    Result,
    Standing,
    Summary,
    TeamScore,
    TeamStanding,
    duration_text,
)
from trainer.model.people import Roster, Trainee
from trainer.model.points import ZERO, Hundredths, as_text, half_up

T = TypeVar("T")
Key = tuple[Any, ...]


def competition_ranks(items: Sequence[T], key: Callable[[T], Hashable]) -> list[tuple[int, bool, T]]:
    """(rank, tied, item) for items already in order: equal keys share a rank and the next ones are skipped (1-2-2-4)."""
    keys = [key(item) for item in items]
    holders = Counter(keys)
    ranks: dict[Hashable, int] = {}
    for place, held in enumerate(keys, 1):
        ranks.setdefault(held, place)
    return [(ranks[held], holders[held] > 1, item) for held, item in zip(keys, items, strict=True)]


def summarise(standings: Sequence[Standing]) -> Summary:
    """The figures of a group; those without a rank are the absent ones."""
    scores = [standing.score for standing in standings if standing.rank is not None]
    return Summary(
        expected=len(standings),
        present=len(scores),
        passed=sum(standing.passed for standing in standings),
        mean=Fraction(sum(scores), len(scores)) if scores else None,
        median=Fraction(median([Fraction(score) for score in scores])) if scores else None,
        highest=max(scores, default=None),
        lowest=min(scores, default=None),
        unmarked=sum(bool(standing.problem) for standing in standings),
    )


def _tie_key(rules: ContestRules, standing: Standing) -> Key:
    """Smaller is better; what is unknown comes last."""
    parts: list[Any] = []
    for tie in rules.ties:
        if tie == "time":
            parts.append((standing.time_used is None, standing.time_used or timedelta()))
        elif tie == "submitted":
            at = standing.submitted_at
            parts.append((at is None, at.timestamp() if at else 0.0))
        else:
            parts.append(-standing.sections.get(tie.partition(":")[2], ZERO))
    return tuple(parts)


def _evidence(rules: ContestRules, standing: Standing) -> str:
    """What decided between equal scores, in the order of the rules."""
    parts = []
    for tie in rules.ties:
        if tie == "time":
            used = standing.time_used
            parts.append("用时不详" if used is None else f"用时 {duration_text(used)}")
        elif tie == "submitted":
            at = standing.submitted_at
            local = at.astimezone(rules.opens.tzinfo) if at else None
            parts.append(f"交卷 {local:%H:%M:%S}" if local else "交卷时间不详")
        else:
            title = tie.partition(":")[2]
            parts.append(f"{title} {as_text(standing.sections.get(title, ZERO))} 分")
    return "，".join(parts)


def rank_individuals(rules: ContestRules, present: Sequence[Standing]) -> list[Standing]:
    """Ranked lines of those present, by score and then by the tie rules; evidence is given where scores are equal."""

    def key(standing: Standing) -> Key:
        return (-standing.score, *_tie_key(rules, standing))

    ordered = sorted(present, key=lambda standing: (*key(standing), standing.trainee.account))
    scores = Counter(standing.score for standing in ordered)
    return [
        replace(
            standing,
            rank=rank,
            tied=tied,
            tie_evidence=_evidence(rules, standing) if scores[standing.score] > 1 else "",
        )
        for rank, tied, standing in competition_ranks(ordered, key)
    ]


def _team_score(rules: ContestRules, scores: Sequence[Hundredths], expected: int) -> Hundredths:
    team = rules.team
    best_first = sorted(scores, reverse=True)
    if not scores:
        value = Fraction(0)
    elif team.score is TeamScore.SUM:
        value = Fraction(sum(scores))
    elif team.score is TeamScore.MEAN:
        value = Fraction(sum(scores), len(scores))
    else:
        value = Fraction(sum(best_first[: team.best]), min(team.best, expected))
    if team.participation:
        value *= Fraction(len(scores), expected)
    return Hundredths(half_up(value))


def rank_teams(rules: ContestRules, standings: Sequence[Standing]) -> list[TeamStanding]:
    """The team board: every team of the roster, also those of whom nobody came."""
    members: dict[str, list[Standing]] = defaultdict(list)
    for standing in standings:
        members[standing.trainee.team].append(standing)
    lines = []
    for team, group in members.items():
        scores = [standing.score for standing in group if standing.rank is not None]
        lines.append(
            TeamStanding(
                rank=0,
                team=team,
                score=_team_score(rules, scores, len(group)),
                expected=len(group),
                present=len(scores),
                passed=sum(standing.passed for standing in group),
                mean=Fraction(sum(scores), len(scores)) if scores else Fraction(0),
                best=max(scores, default=ZERO),
                participation=Fraction(len(scores), len(group)),
                unmarked=sum(bool(standing.problem) for standing in group),
            )
        )

    def key(line: TeamStanding) -> Key:
        values = {"participation": line.participation, "best": line.best, "mean": line.mean}
        return (-line.score, *(-values[tie] for tie in rules.team.ties))

    ordered = sorted(lines, key=lambda line: (*key(line), line.team))
    return [replace(line, rank=rank, tied=tied) for rank, tied, line in competition_ranks(ordered, key)]


def _standing(
    rules: ContestRules, full: Hundredths, trainee: Trainee, result: Result, start: datetime
) -> Standing:
    # Whole seconds: what is printed as evidence must be all that decided.
    at = result.submitted_at.replace(microsecond=0) if result.submitted_at else None
    used = at - start.replace(microsecond=0) if at else None
    return Standing(
        rank=0,
        trainee=trainee,
        score=result.score,
        passed=result.score * 100 >= full * rules.pass_percent,
        sections=result.sections,
        submitted_at=at,
        time_used=max(used, timedelta()) if used is not None else None,
        late=result.late or (at is not None and at > rules.closes),
        pending=result.pending,
        unanswered=result.unanswered,
    )


def make_board(  # noqa: PLR0913 - what is published of a competition has many sources, each named
    rules: ContestRules,
    roster: Roster,
    results: Mapping[str, Result],
    *,
    sections: Mapping[str, Hundredths],
    paper_title: str = "",
    marking: str = "",
    starts: Mapping[str, datetime] | None = None,
    unmarked: Mapping[str, str] | None = None,
    remarks: Sequence[str] = (),
) -> Board:
    """The boards of a competition.

    ``results`` are by account; accounts that are not on the roster are ignored. ``starts`` gives each trainee's own
    start (签到); without one the time used counts from the opening of the round. ``unmarked`` says, by account, why a
    submission that was handed in has no marks: such a person is not called absent. Raises UsageError when a tie rule
    names a section that the paper does not have.
    """
    for tie in rules.ties:
        if tie.startswith("section:") and tie.partition(":")[2] not in sections:
            raise UsageError(
                f"比赛规则里的“{tie}”对不上试卷：没有叫“{tie.partition(':')[2]}”的大题，"
                f"只有 {'、'.join(sections)}。"
            )
    full = Hundredths(sum(sections.values()))
    present, absent = [], []
    for trainee in roster:
        result = results.get(trainee.account)
        if result is None:
            problem = (unmarked or {}).get(trainee.account, "")
            absent.append(Standing(None, trainee, ZERO, False, {}, None, None, problem=problem))
        else:
            start = (starts or {}).get(trainee.account, rules.opens)
            present.append(_standing(rules, full, trainee, result, start))
    individuals = [*rank_individuals(rules, present), *absent]
    return Board(
        rules=rules,
        paper_title=paper_title,
        full=full,
        sections=dict(sections),
        marking=marking,
        individuals=tuple(individuals),
        teams=tuple(rank_teams(rules, individuals)),
        cohorts=tuple(_cohorts(rules, individuals)),
        summary=summarise(individuals),
        team_sections=_team_sections(individuals, list(sections)),
        remarks=tuple(remarks),
    )


def _cohorts(rules: ContestRules, individuals: Sequence[Standing]) -> list[CohortBoard]:
    groups: dict[str, list[Standing]] = defaultdict(list)
    for standing in individuals:
        if standing.trainee.cohort:
            groups[standing.trainee.cohort].append(standing)
    boards = []
    for cohort, group in sorted(groups.items()):
        ranked = rank_individuals(rules, [standing for standing in group if standing.rank is not None])
        standings = (*ranked, *(standing for standing in group if standing.rank is None))
        boards.append(CohortBoard(cohort, summarise(group), standings))
    return boards


def _team_sections(individuals: Sequence[Standing], titles: Sequence[str]) -> dict[str, dict[str, Fraction]]:
    present: dict[str, list[Standing]] = defaultdict(list)
    for standing in individuals:
        if standing.rank is not None:
            present[standing.trainee.team].append(standing)
    return {
        team: {
            title: Fraction(sum(s.sections.get(title, ZERO) for s in group), len(group)) for title in titles
        }
        for team, group in present.items()
    }
