"""Which forms are meant by the names of papers and assignments."""

from __future__ import annotations

from collections.abc import Iterable

from trainer.errors import NotFound
from trainer.model.paper import Form, Paper
from trainer.nbgrader.course import Course
from trainer.papers.files import find_papers


def forms_named(course: Course, names: Iterable[str]) -> list[tuple[Paper, Form]]:
    """The forms meant by names, each a paper id (all its forms) or an assignment. Raises NotFound."""
    papers = find_papers(course.root)
    found: list[tuple[Paper, Form]] = []
    for name in names:
        matching = [(p, f) for p in papers for f in p.forms if name in (p.id, f.assignment)]
        if not matching:
            known = "、".join(paper.id for paper in papers) or "（还没有试卷）"
            raise NotFound(f"没有叫 {name} 的试卷或作业，现有试卷：{known}。")
        found += [pair for pair in matching if pair not in found]
    return found
