"""Lessons as trainees get them: a notebook to read, and the exercises for the page that marks them at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.bank.reader import read_bank
from trainer.errors import NotFound
from trainer.grading.practice import definition_of
from trainer.hall.bundle import Files
from trainer.hall.learning_client import LearningClient
from trainer.kinds.base import kind_of
from trainer.model.lesson import EXERCISES_FILE, EXERCISES_FORMAT
from trainer.procedures.working_days import HOLIDAYS_FILE, PUBLISHED_HOLIDAYS, read_holidays
from trainer.workflow.lessons.reading import Lesson, read_lessons
from trainer.workflow.lessons.records import record_docx


@dataclass(frozen=True)
class Published:
    """What became of one lesson."""

    id: str
    title: str
    version: int
    changed: bool


def check_lessons(folder: Path, bank_folder: Path) -> list[Lesson]:
    """Read the lessons, their table of holidays if they have one, and the bank. Raises NotFound and ProblemsFound."""
    if (folder / HOLIDAYS_FILE).is_file():
        read_holidays(folder / HOLIDAYS_FILE)
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
    path = lesson.file.parent / HOLIDAYS_FILE
    if not lesson.calculators or not path.is_file():
        return {}
    return {PUBLISHED_HOLIDAYS: _bytes(read_holidays(path).table.model_dump(mode="json"))}


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
