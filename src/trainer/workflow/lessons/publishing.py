"""Lessons as trainees get them: a notebook to read, and the exercises for the page that marks them at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.bank.reader import read_bank
from trainer.errors import NotFound
from trainer.grading.practice import definition_of
from trainer.hall.bundle import Files, content_hash, file_hashes
from trainer.hall.learning_client import LearningClient
from trainer.kinds.base import kind_of
from trainer.model.lesson import EXERCISES_FILE, EXERCISES_FORMAT
from trainer.nbgrader.course import Course
from trainer.procedures.working_days import (
    HOLIDAYS_FILE,
    PUBLISHED_HOLIDAYS,
    WorkCalendar,
    read_holidays,
)
from trainer.settings import Lessons, QuestionBank
from trainer.workflow.lessons.beside import content_of
from trainer.workflow.lessons.reading import Lesson, read_lessons
from trainer.workflow.lessons.records import record_docx


@dataclass(frozen=True)
class Published:
    """What became of one lesson."""

    id: str
    title: str
    version: int
    changed: bool


def lesson_folders(course: Course) -> tuple[Path, Path]:
    """(lessons, bank) as a course says."""
    config = course.config
    return course.root / Lessons(config=config).directory, course.root / QuestionBank(config=config).directory


def check_lessons(folder: Path, bank_folder: Path) -> list[Lesson]:
    """Read the lessons, their table of holidays if they have one, and the bank. Raises NotFound and ProblemsFound."""
    _own_holidays(folder)
    return read_lessons(folder, read_bank(bank_folder))


def publish_lessons(
    folder: Path, bank_folder: Path, names: Sequence[str], client: LearningClient
) -> list[Published]:
    """Check all lessons and publish those named by id (none: all). What is published already is left as it is."""
    lessons = {lesson.about.id: lesson for lesson in check_lessons(folder, bank_folder)}
    unknown = [name for name in names if name not in lessons]
    if unknown:
        raise NotFound(f"没有编号为 {'、'.join(unknown)} 的课，现有：{'、'.join(lessons)}。")
    done = []
    for lesson in [lessons[name] for name in names] or lessons.values():
        about = lesson.about.model_dump(mode="json", exclude_none=True)
        answer = client.publish_lesson(about, lesson.topic_title, bundle_of(lesson))
        done.append(Published(lesson.about.id, lesson.about.title, answer["version"], answer["changed"]))
    return done


def withdraw_lessons(names: Sequence[str], client: LearningClient) -> None:
    """Take lessons back. Raises NotFound for one that is not published; those before it are taken back."""
    for name in names:
        client.withdraw_lesson(name)


def publish_first(folder: Path, bank_folder: Path, client: LearningClient) -> list[Published] | None:
    """Publish all lessons where none was ever published, not even one that was taken back since; None where one was."""
    if client.lessons(withdrawn=True):
        return None
    return publish_lessons(folder, bank_folder, [], client)


@dataclass(frozen=True)
class Standing:
    """A lesson of the folder, of the hall, or of both.

    ``version`` is that at the hall (0: never published), ``state`` one of ``new``, ``current``, ``changed``, ``withdrawn``,
    and ``gone`` for one that is published but not in the folder. ``opened`` and ``finished`` count people.
    """

    id: str
    title: str
    topic_title: str
    minutes: int
    exercises: int
    version: int
    state: str
    opened: int
    finished: int


def standings(lessons: Sequence[Lesson], rows: Sequence[Mapping[str, Any]]) -> list[Standing]:
    """The checked lessons of the folder in their order, then what else the hall has, from its rows
    (:meth:`LearningClient.lessons`, with those withdrawn)."""
    at_hall = {row["lesson"]: row for row in rows}
    found = [_standing(lesson, at_hall.pop(lesson.about.id, None)) for lesson in lessons]
    return found + [
        Standing(
            row["lesson"], row["title"], row["topic_title"], row["minutes"], row["exercises"], row["version"],
            "gone", row["opened"], row["finished"],
        )
        for row in at_hall.values()
        if not row["withdrawn"]
    ]  # fmt: skip


def _standing(lesson: Lesson, row: Mapping[str, Any] | None) -> Standing:
    same = row and (row["sha256"], row["topic_title"]) == (
        content_hash(file_hashes(bundle_of(lesson))),
        lesson.topic_title,
    )
    if row is None:
        state = "new"
    elif row["withdrawn"]:
        state = "withdrawn"
    else:
        state = "current" if same else "changed"
    return Standing(
        lesson.about.id,
        lesson.about.title,
        lesson.topic_title,
        lesson.about.minutes,
        len(lesson.exercises),
        row["version"] if row else 0,
        state,
        row["opened"] if row else 0,
        row["finished"] if row else 0,
    )


def bundle_of(lesson: Lesson) -> Files:
    """The files of a published lesson. The keys are in the exercises file only, never in the notebook."""
    exercises = {exercise.id: exercise.entry for exercise in lesson.exercises}
    return {
        f"{lesson.about.id}.ipynb": _bytes(published_notebook(lesson)),
        EXERCISES_FILE: _bytes({"format": EXERCISES_FORMAT, "exercises": exercises}),
        **lesson.images,
        **{path: record_docx(template) for path, template in lesson.records.items()},
        **_calendar(lesson),
    }


def _calendar(lesson: Lesson) -> Files:
    """The folder's own table of holidays, for a lesson that computes with it."""
    calendar = _own_holidays(lesson.file.parent) if lesson.calculators else None
    return {} if calendar is None else {PUBLISHED_HOLIDAYS: _bytes(calendar.table.model_dump(mode="json"))}


def _own_holidays(folder: Path) -> WorkCalendar | None:
    """The table in a folder of lessons; None where there is none, or a link. Raises ProblemsFound."""
    if content_of(folder, HOLIDAYS_FILE, 0) is None:
        return None
    return read_holidays(folder / HOLIDAYS_FILE)


def published_notebook(lesson: Lesson) -> dict[str, Any]:
    """The notebook with each exercise as its question looks, and as data for the page that draws it."""
    notebook = deepcopy(lesson.notebook)
    about = lesson.about.model_dump(mode="json", exclude_none=True)
    notebook["metadata"]["trainer"] = {"lesson": about}
    for cell in notebook["cells"]:
        cell["metadata"] |= {"editable": False, "deletable": False}
    for number, exercise in enumerate(lesson.exercises, 1):
        cell = notebook["cells"][exercise.cell]
        kind = kind_of(exercise.question)
        shown = kind.show(exercise.question, exercise.layout)
        cell["source"] = f"**练习 {number}**（{kind.title}）\n\n{shown}"
        cell["metadata"]["trainer"] = {
            "exercise": exercise.id,
            "definition": definition_of(exercise.entry, number),
        }
    for number, name in lesson.calculators.items():
        notebook["cells"][number]["metadata"]["trainer"] = {"calculator": name}
    return notebook


def _bytes(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
