"""Read contest rules (contests/<id>.yaml)."""

from __future__ import annotations

from pathlib import Path

from trainer.model.contest import ContestRules
from trainer.model.validation import read_yaml


def read_contest(path: Path) -> ContestRules:
    """The rules in a YAML file. Raises NotFound or ProblemsFound."""
    return read_yaml(path, ContestRules, "比赛规则")


def find_contests(course: Path) -> list[ContestRules]:
    """All contests of a course, by file name."""
    return [read_contest(path) for path in sorted((course / "contests").glob("*.yaml"))]
