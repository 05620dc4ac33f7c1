"""A board as plain JSON (standings.json): exact, sorted, the same for the same board."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from trainer.leaderboard import wording
from trainer.model.contest import Board, Standing, Summary, TeamStanding
from trainer.model.points import as_text

FILE = "standings.json"
SNAPSHOT_FORMAT = 1


def _points(hundredths: int | None) -> str | None:
    return None if hundredths is None else as_text(hundredths)


def _mean(hundredths: Fraction | None) -> dict[str, str] | None:
    """A mean of points: exactly, as a fraction in lowest terms, and as it is printed."""
    if hundredths is None:
        return None
    return {"exact": str(hundredths / 100), "printed": wording.points_text(hundredths)}


def _rate(rate: Fraction | None) -> dict[str, str] | None:
    return None if rate is None else {"exact": str(rate), "printed": wording.percent_text(rate)}


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _standing(line: Standing) -> dict[str, Any]:
    person = line.trainee
    return {
        "account": person.account,
        "name": person.name,
        "team": person.team,
        "branch": person.branch,
        "post": person.post,
        "cohort": person.cohort,
        "rank": line.rank,
        "tied": line.tied,
        "tie_evidence": line.tie_evidence,
        "score": _points(line.score) if line.rank is not None else None,
        "sections": {title: _points(points) for title, points in line.sections.items()},
        "passed": line.passed,
        "submitted_at": _moment(line.submitted_at),
        "seconds_used": None if line.time_used is None else str(line.time_used.total_seconds()),
        "late": line.late,
        "pending": line.pending,
        "unanswered": line.unanswered,
        "unmarked": bool(line.problem),
    }


def _team(line: TeamStanding) -> dict[str, Any]:
    return {
        "rank": line.rank,
        "tied": line.tied,
        "team": line.team,
        "score": _points(line.score),
        "expected": line.expected,
        "present": line.present,
        "passed": line.passed,
        "mean": _mean(line.mean) if line.present else None,
        "best": _points(line.best) if line.present else None,
        "participation": _rate(line.participation),
    }


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "expected": summary.expected,
        "present": summary.present,
        "absent": summary.absent,
        "unmarked": summary.unmarked,
        "passed": summary.passed,
        "pass_rate_of_present": _rate(summary.pass_rate_present),
        "pass_rate_of_expected": _rate(summary.pass_rate_expected),
        "mean": _mean(summary.mean),
        "median": _mean(summary.median),
        "highest": _points(summary.highest),
        "lowest": _points(summary.lowest),
    }


def _people(standings: Sequence[Standing]) -> list[dict[str, Any]]:
    return [_standing(line) for line in standings]


def snapshot(board: Board, *, generated_at: datetime) -> dict[str, Any]:
    """The whole board in JSON's own types; points are strings, so that nothing is lost to floats."""
    return {
        "format": SNAPSHOT_FORMAT,
        "generated_at": _moment(generated_at),
        "rules": board.rules.model_dump(mode="json"),
        "paper_title": board.paper_title,
        "full": _points(board.full),
        "pass_points": _points(wording.pass_points(board)),
        "paper_sections": [{"title": title, "full": _points(full)} for title, full in board.sections.items()],
        "marking": board.marking,
        "provisional": bool(board.pending),
        "pending": board.pending,
        "individuals": _people(board.individuals),
        "teams": [_team(line) for line in board.teams],
        "cohorts": [
            {"cohort": c.cohort, "summary": _summary(c.summary), "standings": _people(c.standings)}
            for c in board.cohorts
        ],
        "summary": _summary(board.summary),
        "team_sections": {
            team: {title: _mean(mean) for title, mean in means.items()}
            for team, means in board.team_sections.items()
        },
        "remarks": list(board.remarks),
    }


def write_snapshot(board: Board, folder: Path, *, generated_at: datetime) -> Path:
    """Write standings.json with sorted keys."""
    path = folder / FILE
    data = snapshot(board, generated_at=generated_at)
    text = json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path
