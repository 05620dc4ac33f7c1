"""From a lesson's list of test questions to a blueprint that papers are made from."""

from __future__ import annotations

from pathlib import Path

from trainer.bank.reader import read_bank
from trainer.errors import NotFound
from trainer.model.paper import Blueprint
from trainer.workflow.lessons.end_tests import FOLDER, blueprint_of, write_blueprint
from trainer.workflow.lessons.reading import read_lessons


def write_test(
    folder: Path, bank_folder: Path, asked: str, path: Path | None, blueprints: Path
) -> tuple[Path, Blueprint]:
    """Write the blueprint of a lesson's end test; where it is, and what it says.

    ``asked`` is the lesson's id, or the number of its files; ``blueprints`` is where it goes without a ``path``. Raises
    NotFound and ProblemsFound.
    """
    bank = read_bank(bank_folder)
    lessons = read_lessons(folder, bank)
    lesson = next((one for one in lessons if asked in (one.about.id, one.number)), None)
    if lesson is None:
        known = "、".join(f"{one.number} {one.about.id}" for one in lessons)
        raise NotFound(f"没有编号或序号为 {asked} 的课，现有：{known}。")
    if lesson.end_test is None:
        raise NotFound(f"课 {lesson.about.id} 没有小测验，请先写 {FOLDER}/{lesson.number}.txt。")
    blueprint = blueprint_of(lesson.end_test, lesson.about.id, lesson.about.title, bank)
    where = path or blueprints / f"{blueprint.id}.yaml"
    write_blueprint(blueprint, where)
    return where, blueprint
