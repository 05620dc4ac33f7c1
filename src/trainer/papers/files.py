"""Read blueprints; write, read and find paper files."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import ValidationError

from trainer.errors import NotFound, Problem, ProblemsFound
from trainer.model.paper import Blueprint, Paper
from trainer.model.validation import read_yaml

PAPERS = "papers"


def read_blueprint(path: Path) -> Blueprint:
    """The blueprint in a YAML file. Raises NotFound or ProblemsFound."""
    return read_yaml(path, Blueprint, "命题蓝图")


def paper_path(course: Path, paper_id: str) -> Path:
    """Where the paper lies; never in source/, whose files nbgrader copies into the release."""
    return course / PAPERS / f"{paper_id}.json"


def write_paper(paper: Paper, path: Path) -> None:
    """Write beside, then rename: a paper file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".json.tmp")
    text = json.dumps(paper.model_dump(mode="json", exclude_defaults=False), ensure_ascii=False, indent=2)
    with beside.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_paper(path: Path) -> Paper:
    """The paper in a file. Raises NotFound, or ProblemsFound when it was damaged."""
    if not path.is_file():
        raise NotFound(f"没有找到试卷 {path}，请先用 trainer paper make 组卷。")
    try:
        return Paper.model_validate_json(path.read_bytes())
    except ValidationError:
        sentence = "试卷文件已损坏或不是本软件生成的，请从备份恢复，或重新组卷。"
        raise ProblemsFound("试卷", [Problem(path.name, 0, "", sentence)]) from None


def find_papers(course: Path) -> list[Paper]:
    """All papers of a course by id."""
    return [read_paper(path) for path in sorted((course / PAPERS).glob("*.json"))]
