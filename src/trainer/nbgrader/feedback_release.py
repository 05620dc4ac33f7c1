"""What all feedback pages of an assignment share, from the gradebook's record of its release and from our paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from trainer.errors import NotFound
from trainer.kinds.base import kind_of, question_from_snapshot
from trainer.model.paper import Form, Item, Paper
from trainer.nbgrader.feedback_page import STEM_SUFFIX, Note, Release, ReleasedCell
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.tables import ASSIGNMENT, BASE_CELL, GRADE_CELL, NOTEBOOK, SOURCE_CELL, TASK_CELL

#: Pictures in an instructor's text that travel inside the notebook, which the trainee had in hand.
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")

#: How to answer, at the end of a stem: of no use where nothing is answered any more.
_HOW_TO_ANSWER = re.compile(r"\n\n\*作答：[^\n]*\*\s*\Z")


def release_of(
    gradebook: CourseGradebook,
    assignment: str,
    notebook: str,
    found: tuple[Paper, Form] | None,
    attachments: Mapping[str, Any] | None = None,
) -> Release:
    """What the pages of one notebook share; ``found`` is our paper and form, where it is one of ours.

    ``attachments`` are nbformat's, by cell name. Raises NotFound before generate_assignment was run.
    """
    notes = {item.cell: _note(item) for item in found[1].items} if found else {}
    cells = _cells(gradebook, assignment, notebook, notes, attachments or {})
    if found is None:
        return Release(assignment, "", cells)
    paper, form = found
    return Release(f"{paper.title}（{form.letter} 卷）", paper.marking.explain(), cells)


def _cells(
    gradebook: CourseGradebook,
    assignment: str,
    notebook: str,
    notes: Mapping[str, Note],
    attachments: Mapping[str, Any],
) -> dict[str, ReleasedCell]:
    with gradebook.transaction() as connection:
        number = connection.scalar(
            select(NOTEBOOK.c.id)
            .join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
            .where(ASSIGNMENT.c.name == assignment, NOTEBOOK.c.name == notebook)
        )
        if number is None:
            raise NotFound(f"成绩册里没有作业 {assignment}，请先运行 trainer release 发布试卷。")
        marked = connection.execute(
            select(BASE_CELL.c.name, BASE_CELL.c.type, GRADE_CELL.c.max_score, TASK_CELL.c.max_score)
            .outerjoin(GRADE_CELL, GRADE_CELL.c.id == BASE_CELL.c.id)
            .outerjoin(TASK_CELL, TASK_CELL.c.id == BASE_CELL.c.id)
            .where(BASE_CELL.c.notebook_id == number)
        ).all()
        sources = connection.execute(
            select(
                SOURCE_CELL.c.name, SOURCE_CELL.c.cell_type, SOURCE_CELL.c.locked, SOURCE_CELL.c.source
            ).where(SOURCE_CELL.c.notebook_id == number)
        ).all()
    points = {name: own or task or 0.0 for name, kind, own, task in marked if kind != "SolutionCell"}
    answered = {name for name, kind, _, _ in marked if kind == "SolutionCell"}
    tasks = {name for name, kind, _, _ in marked if kind == "TaskCell"}
    return {
        name: ReleasedCell(
            name=name,
            code=kind == "code",
            locked=bool(locked),
            graded=name in points,
            answered=name in answered,
            task=name in tasks,
            points=points.get(name, 0.0),
            source=source or "",
            html=_html(_to_read(name, source or ""), attachments.get(name))
            if locked and kind == "markdown"
            else Markup(),
            note=notes.get(name),
        )
        for name, kind, locked, source in sources
    }


def _to_read(name: str, source: str) -> str:
    """A question as somebody reads it who has nothing to do any more."""
    return _HOW_TO_ANSWER.sub("", source) if name.endswith(STEM_SUFFIX) else source


def _note(item: Item) -> Note:
    question = question_from_snapshot(item.question)
    rubric = (f"{point.point}（{point.points} 分）" for point in getattr(question, "rubric", ()))
    return Note(
        key=kind_of(question).key_text(question, item.layout),
        reference=getattr(question, "reference", "") or getattr(question, "solution", ""),
        rubric="；".join(rubric),
        explanation=_markdown(question.explanation),
        citation=item.citation,
    )


def _html(source: str, attachments: Any) -> Markup:
    """Markdown of the release. Of attachments, which came back with the submission, only plain pictures are taken."""
    if not isinstance(attachments, Mapping):
        return _markdown(source)
    plain = {
        name: {
            kind: data
            for kind, data in bundle.items()
            if kind in _PICTURES and isinstance(data, str) and _BASE64.fullmatch(data)
        }
        for name, bundle in attachments.items()
        if isinstance(bundle, Mapping)
    }
    return Markup(_rendered(source, {name: kinds for name, kinds in plain.items() if kinds}))  # noqa: S704 - see above


@lru_cache(maxsize=4096)
def _markdown(source: str) -> Markup:
    return Markup(_rendered(source, {}))  # noqa: S704 - an instructor's own text


def _rendered(source: str, attachments: Mapping[str, Any]) -> str:
    """As nbconvert renders a notebook's Markdown; mathematics stay as they were typed."""
    from nbconvert.filters import strip_files_prefix
    from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, attachments=dict(attachments), exclude_anchor_links=True)
    try:
        html = MarkdownWithMath(renderer=renderer).render(source)
    except InvalidNotebook:  # a picture that is not there any more
        return _rendered(source.replace("attachment:", ""), {})
    return str(strip_files_prefix(html))  # type: ignore[no-untyped-call]
