"""The rules under which an assignment is released: from the settings, the contest and what somebody asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from trainer.contest.files import find_contests
from trainer.papers.files import find_papers
from trainer.settings import HallExchange

#: As in the hall's API, but moments may be aware datetimes.
Rules = dict[str, Any]


def declared(course: Path, assignment: str) -> Rules:
    """What was announced: the paper's title, and the times if one contest is on the paper. Raises ProblemsFound."""
    for paper in find_papers(course):
        form = paper.form_for(assignment)
        if form is None:
            continue
        rules: Rules = {
            "title": f"{paper.title}（{form.letter} 卷）" if len(paper.forms) > 1 else paper.title
        }
        contests = [contest for contest in find_contests(course) if contest.paper == paper.id]
        if len(contests) == 1:
            rules |= {"opens": contests[0].opens, "closes": contests[0].closes}
        return rules
    return {}


def configured(settings: HallExchange) -> Rules:
    """What the installation wants unless something else is said."""
    return {
        "attempts": settings.attempts or None,
        "counts": settings.counts,
        "late": settings.late,
        "grace_seconds": settings.grace_seconds,
        "save": settings.save_answers,
    }


def as_sent(rules: Mapping[str, Any]) -> Rules:
    """Rules as the API takes them."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in rules.items()
    }
