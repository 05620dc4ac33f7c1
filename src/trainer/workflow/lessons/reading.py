"""Read the lessons of a folder strictly: every problem of all of them, each with the file and the cell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from trainer.bank.reader import Bank, source_problem
from trainer.errors import NotFound, Problem, ProblemsFound
from trainer.grading.practice import entry_of
from trainer.kinds.base import all_kinds, kind_of, lay_out
from trainer.model.lesson import ExerciseCell, LessonAbout
from trainer.model.question import Question, Status
from trainer.model.validation import sentences
from trainer.workflow.lessons.beside import Reading, calculators_in, content_of, images_in, records_in
from trainer.workflow.lessons.end_tests import EndTest, number_of, read_end_test

#: Where lessons that belong to no topic of the bank are listed.
GENERAL = "入门"
GENERAL_TOPIC = "ru-men"
_LARGEST_NOTEBOOK = 20 * 1024 * 1024
#: A rehearsal rests on no article, but a question has to have a source; this one is never shown.
_NO_SOURCE = {"regulation": "none", "article": 1}


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lesson: the cell that it stands in, and what has to be known to practise it."""

    id: str
    cell: int
    question: Question
    layout: tuple[int, ...]
    entry: dict[str, Any]


@dataclass(frozen=True)
class Lesson:
    """A lesson without problems. ``images`` and ``records`` are by the path that the notebook names them with (of a
    record, its template: the Word file is made of it when the lesson is published); ``calculators`` by the cell.
    """

    about: LessonAbout
    topic_title: str
    notebook: dict[str, Any]
    exercises: tuple[Exercise, ...]
    images: Mapping[str, bytes]
    file: Path
    calculators: Mapping[int, str] = field(default_factory=dict)
    records: Mapping[str, str] = field(default_factory=dict)
    end_test: EndTest | None = None

    @property
    def number(self) -> str:
        """What its files are numbered with: 07a of ``07a-….ipynb``."""
        return number_of(self.file)


def read_lessons(folder: Path, bank: Bank) -> list[Lesson]:
    """All lessons of a folder, in their order. Raises NotFound without any, ProblemsFound with all that is wrong."""
    paths = sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    if not paths:
        raise NotFound(f"{folder} 里没有课（.ipynb 文件）。请检查路径，或用 --lessons 指定。")
    lessons: list[Lesson] = []
    problems: list[Problem] = []
    for path in paths:
        reading = Reading(path, bank)
        lesson = _read(reading)
        problems += reading.problems
        lessons += [lesson] if lesson else []
    problems += _between(lessons, complete=len(lessons) == len(paths))
    if problems:
        raise ProblemsFound("课程", problems)
    return sorted(lessons, key=lambda lesson: (lesson.about.order, lesson.about.id))


def _between(lessons: list[Lesson], *, complete: bool) -> Iterator[Problem]:
    """What is wrong with lessons beside each other."""
    known: dict[str, Lesson] = {}
    for lesson in lessons:
        other = known.setdefault(lesson.about.id, lesson)
        if other is not lesson:
            what = f"课的编号 {lesson.about.id} 和 {other.file.name} 的重复，请换一个。"
            yield Problem(lesson.file.name, 0, "", what)
    for lesson in lessons if complete else ():
        for name in lesson.about.reads_on:
            if name not in known:
                what = f"“reads_on”里的课 {name} 没有，请改正编号或删掉。"
                yield Problem(lesson.file.name, 0, "", what)


def _read(reading: Reading) -> Lesson | None:
    content = content_of(reading.path.parent, reading.path.name, _LARGEST_NOTEBOOK)
    if content is None or len(content) > _LARGEST_NOTEBOOK:
        most = _LARGEST_NOTEBOOK // 1024 // 1024
        reading.problem(f"读不了：要是一个普通文件（不是链接），最大 {most} MB。")
        return None
    try:
        notebook = json.loads(content.decode("utf-8"))
        cells = notebook["cells"]
        about = notebook["metadata"].get("trainer", {}).get("lesson")
    except (ValueError, KeyError, TypeError, AttributeError):
        reading.problem("不是完整的笔记本文件，请在 JupyterLab 里打开检查。")
        return None
    if not isinstance(about, dict):
        reading.problem("没有课的说明。请在笔记本的元数据里写 trainer.lesson，见 docs/reference/lesson.md。")
        return None
    known = _about(reading, about)
    for number, cell in enumerate(cells):
        _check_cell(reading, number, cell)
    exercises = _exercises(reading, cells, known) if known else []
    images = images_in(reading, cells)
    records = records_in(reading, cells)
    calculators = calculators_in(reading, cells)
    asked = {exercise.question.id for exercise in exercises}
    test, wrong = read_end_test(reading.path, reading.bank, asked)
    reading.problems += wrong
    if known is None or reading.problems:
        return None
    return Lesson(
        about=known,
        topic_title=_topic_title(reading.bank, known),
        notebook=notebook,
        exercises=tuple(exercises),
        images=images,
        file=reading.path,
        calculators=calculators,
        records=records,
        end_test=test,
    )


def _about(reading: Reading, said: dict[str, Any]) -> LessonAbout | None:
    try:
        about = LessonAbout.model_validate(said)
    except ValidationError as error:
        for _, what in sentences(error):
            reading.problem(f"课的说明（trainer.lesson）：{what}")
        return None
    if about.topic is not None and about.topic not in reading.bank.topics:
        reading.problem(f"课的说明：题库里没有专题“{about.topic}”，只有 {'、'.join(reading.bank.topics)}。")
    return about


def _topic_title(bank: Bank, about: LessonAbout) -> str:
    return bank.topics.get(about.topic or "", GENERAL)


def _check_cell(reading: Reading, number: int, cell: dict[str, Any]) -> None:
    if cell.get("cell_type") != "code":
        return
    if cell.get("outputs") or cell.get("execution_count") is not None:
        reading.problem("存着运行结果。请在 JupyterLab 里清除全部输出再保存。", number)
    if not cell.get("metadata", {}).get("jupyter", {}).get("source_hidden"):
        reading.problem(
            "代码露在外面。请把这一格的代码折叠起来（View → Collapse Selected Code）再保存。", number
        )


# -- exercises ---------------------------------------------------------------------------------------------------------


def _exercises(reading: Reading, cells: list[dict[str, Any]], about: LessonAbout) -> list[Exercise]:
    found: dict[str, Exercise] = {}
    for number, cell in enumerate(cells):
        said = cell.get("metadata", {}).get("trainer", {}).get("exercise")
        if said is None:
            continue
        exercise = _exercise(reading, number, cell, said, about)
        if exercise is None:
            continue
        if exercise.id in found:
            reading.problem(f"练习的编号 {exercise.id} 和前面一格的重复，请换一个。", number)
        found[exercise.id] = exercise
    return list(found.values())


def _exercise(
    reading: Reading, number: int, cell: dict[str, Any], said: Any, about: LessonAbout
) -> Exercise | None:
    if cell.get("cell_type") != "markdown":
        reading.problem("练习要放在 Markdown 格里。", number)
        return None
    try:
        asked = ExerciseCell.model_validate(said)
    except ValidationError as error:
        for _, what in sentences(error):
            reading.problem(f"练习（trainer.exercise）：{what}", number)
        return None
    found = _from_bank(reading, number, asked) if asked.question else _inline(reading, number, asked, about)
    if found is None:
        return None
    question, citation, topic = found
    things = kind_of(question).arrangeable(question)
    layout = lay_out(kind_of(question), question, f"{about.id}/{asked.id}")
    if asked.layout is not None:
        if sorted(asked.layout) != list(range(len(things))):
            what = f"“layout”应当是 0 到 {len(things) - 1} 各一次，共 {len(things)} 个。"
            reading.problem(
                what if things else "这道题没有可以排的内容，请删掉“layout”。", number, question.id
            )
            return None
        layout = asked.layout
    title = reading.bank.topics.get(topic, GENERAL)
    entry = entry_of(question, layout, citation, topic, title)
    return Exercise(
        asked.id, number, question, layout, entry | ({"rehearsal": True} if asked.rehearsal else {})
    )


def _from_bank(reading: Reading, number: int, asked: ExerciseCell) -> tuple[Question, str, str] | None:
    entry = reading.bank.by_id().get(str(asked.question))
    if entry is None:
        reading.problem("题库里没有这道题，请改正编号。", number, str(asked.question))
        return None
    question = entry.question
    if question.status is not Status.REVIEWED:
        reading.problem("这道题还没有审定，或者已经停用，不能放进课里。", number, question.id)
        return None
    if kind_of(question).treatment == "executed":
        reading.problem("实操题要运行程序，不能当场回答。请换一道别的题型。", number, question.id)
        return None
    return question, reading.bank.citation(question), entry.topic


def _inline(
    reading: Reading, number: int, asked: ExerciseCell, about: LessonAbout
) -> tuple[Question, str, str] | None:
    data = dict(asked.inline or {})
    kind = all_kinds().get(str(data.get("kind")))
    name = f"{about.id}-{asked.id}"
    if kind is None or kind.treatment == "executed":
        reading.problem(f"题型“{data.get('kind') or ''}”不认识，或者不能当场回答。", number, name)
        return None
    unsourced = asked.rehearsal and "sources" not in data
    given = {"points": "1", **data, "id": name, "version": 1, "status": "reviewed", "facility": 0.5}
    if unsourced:
        given["sources"] = [_NO_SOURCE]
    try:
        question: Question = kind.question_type.model_validate(given)
    except ValidationError as error:
        for _, what in sentences(error):
            reading.problem(what, number, name)
        return None
    wrong = [what for _, what in kind.problems(question)]
    if not unsourced:
        wrong += [
            problem[1]
            for source in question.sources
            if (problem := source_problem(source.regulation, source.article, reading.bank.regulations))
        ]
    for what in wrong:
        reading.problem(what, number, name)
    if wrong:
        return None
    return question, "" if unsourced else reading.bank.citation(question), about.topic or GENERAL_TOPIC
