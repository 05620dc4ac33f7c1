"""Lessons on the person's own server: fetched from the hall, shown, and answered at once. Knows nothing of nbgrader."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trainer.errors import NotFound, TrainerError
from trainer.grading.practice import Judged, definition_of, judge, shown
from trainer.hall.bundle import Files, path_problem, write_folder
from trainer.hall.client import HallError, HallUnreachable
from trainer.hall.learning_client import LearningClient
from trainer.model.lesson import EXERCISES_FILE
from trainer.procedures.working_days import PUBLISHED_HOLIDAYS, WorkCalendar, calendar_in, packaged_calendar

#: Where lessons lie in the person's home, and the file beside them that is theirs to write in.
FOLDER = "课程"
NOTES = "我的笔记.md"
#: What travels with a lesson and is nothing to read.
_NOT_FOR_HOME = frozenset((EXERCISES_FILE, PUBLISHED_HOLIDAYS))
_NOT_KEPT = "服务器正忙，这一次没有记进学习进度，不影响接着学。"
_SAID_ONCE_MORE = "再连着答对 {left} 次，就移出错题本。"
#: The longest answer that is looked at, in characters.
LONGEST = 20_000


@dataclass(frozen=True)
class Lesson:
    """A lesson as fetched: what it is, its cells, its exercises, all its files."""

    id: str
    version: int
    about: Mapping[str, Any]
    cells: tuple[Mapping[str, Any], ...]
    exercises: Mapping[str, Mapping[str, Any]]
    files: Files

    @property
    def title(self) -> str:
        return str(self.about["title"])

    def entry(self, exercise: str) -> Mapping[str, Any]:
        """Raises NotFound."""
        try:
            return self.exercises[exercise]
        except KeyError:
            raise NotFound("这一课里没有这道练习，可能课已经更新。请刷新这一页。") from None


@dataclass(frozen=True)
class Standing:
    """How far the person is in a lesson."""

    right: int
    of: int
    finished: bool
    done: tuple[str, ...]
    minutes: int

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Standing:
        """From the hall's row of a lesson."""
        progress = row.get("progress") or {}
        done = tuple(progress.get("done", ()))
        finished = bool(progress.get("finished_at"))
        return cls(len(done), int(row["exercises"]), finished, done, int(progress.get("minutes", 0)))


class Shelf:
    """The lessons of one person. What was fetched is kept in memory for as long as it is the present version."""

    _fetched: dict[str, Lesson] = {}  # noqa: RUF012 - shared: a server is one person's

    def __init__(self, home: Path, hall: LearningClient) -> None:
        self.home, self.hall = home, hall

    def open(self, lesson: str) -> tuple[Lesson, Standing]:
        """The lesson, and where the person stands now that it is open. Raises HallError, HallUnreachable."""
        row = self.hall.open_lesson(lesson)
        return self._present(lesson, int(row["version"])), Standing.read(row)

    def known(self, lesson: str) -> Lesson:
        """The lesson, without telling the hall, as it was when it was opened."""
        return self._fetched.get(lesson) or self._present(lesson, None)

    def _present(self, lesson: str, version: int | None) -> Lesson:
        kept = self._fetched.get(lesson)
        if kept is None or kept.version != version:
            kept = self._fetched[lesson] = _read(lesson, self.hall.lesson_files(lesson))
        return kept

    def check(self, lesson: str, exercise: str, text: str) -> dict[str, Any]:
        """Judge an answer to an exercise, and keep how it went. Raises NotFound, HallError, HallUnreachable."""
        entry = self.known(lesson).entry(exercise)
        judged = judge(entry, text[:LONGEST])
        said = as_answer(judged)
        if judged.counts:
            said |= self._kept(lesson, exercise, judged, text, bool(entry.get("rehearsal")))
        return said

    def _kept(self, lesson: str, exercise: str, judged: Judged, text: str, rehearsal: bool) -> dict[str, Any]:
        try:
            row = self.hall.try_exercise(lesson, exercise, judged.verdict, text)
        except (HallError, HallUnreachable):
            return {"kept": _NOT_KEPT}
        standing = Standing.read(row)
        progress = {"right": standing.right, "of": standing.of, "finished": standing.finished}
        kept = ""
        if judged.verdict in ("wrong", "partial") and not rehearsal:
            kept = "这道题已经放进您的错题本。"
        elif standing.right == standing.of:
            kept = "这一课的练习全部做对了，本课学完。"
        return {"kept": kept, "progress": progress}

    def into_home(self, lesson: str, page: str) -> str:
        """Write the lesson into the person's folder to be opened as a notebook; its path there.

        ``page`` is the address of the lesson's plain page, where its calculators are; the notebook links to them. It is for reading: their own notes have a file beside it, which is never touched again.
        """
        opened, _ = self.open(lesson)
        name = lesson if path_problem(opened.title) or "/" in opened.title else opened.title
        place = self.home / FOLDER / name
        place.parent.mkdir(exist_ok=True)
        files = {path: content for path, content in opened.files.items() if path not in _NOT_FOR_HOME}
        files[f"{lesson}.ipynb"] = _with_links(files[f"{lesson}.ipynb"], page)
        for path in write_folder(files, place, existing="replace"):
            _make_readable_only(place / path)
        notes = f"# {opened.title}：我的笔记\n\n".encode()
        write_folder({NOTES: notes}, place, existing="missing")
        return f"{FOLDER}/{name}/{lesson}.ipynb"


def calculator_place(cell: int) -> str:
    """The anchor of a calculator on the lesson's page, by its cell."""
    return f"suan-{cell}"


def _with_links(notebook: bytes, page: str) -> bytes:
    """The notebook with a link below the text of each calculator."""
    read = json.loads(notebook)
    for number, cell in enumerate(read["cells"]):
        if cell.get("metadata", {}).get("trainer", {}).get("calculator"):
            link = f"[打开计算器]({page}#{calculator_place(number)})"
            cell["source"] = "".join(cell["source"]) + f"\n\n**{link}**"
    return json.dumps(read, ensure_ascii=False, indent=1).encode()


def calendar_of(lesson: Lesson) -> WorkCalendar:
    """The working days that a lesson computes with: by its own table of holidays, or by the program's."""
    own = lesson.files.get(PUBLISHED_HOLIDAYS)
    return packaged_calendar() if own is None else calendar_in(own)


def _make_readable_only(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchmod(handle, stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    finally:
        os.close(handle)


def _read(name: str, answer: Mapping[str, Any]) -> Lesson:
    files: Files = answer["files"]
    about = {key: value for key, value in answer.items() if key != "files"}
    try:
        cells = json.loads(files[f"{name}.ipynb"])["cells"]
        exercises = json.loads(files[EXERCISES_FILE])["exercises"]
    except (KeyError, ValueError):
        raise TrainerError("这一课发布得不完整，请告诉老师重新发布。") from None
    return Lesson(name, int(answer["version"]), about, tuple(cells), exercises, files)


# -- the wrong-question book -------------------------------------------------------------------------------------------


class Book:
    """The wrong-question book of one person."""

    def __init__(self, hall: LearningClient) -> None:
        self.hall = hall

    def questions(self, topic: str) -> list[dict[str, Any]]:
        """The questions of a topic that are on the list, each as a page shows it."""
        return [shown_mistake(one, number) for number, one in enumerate(self.hall.mistakes(topic), 1)]

    def check(self, question: str, text: str, attempt: str) -> dict[str, Any]:
        """Judge an answer to a question of the book, and keep how it went. Raises NotFound, HallError."""
        mine = [one for one in self.hall.mistakes() if one["question"] == question]
        mine = mine or [one for one in self.hall.mistakes(cleared=True) if one["question"] == question]
        if not mine:
            raise NotFound("您的错题本里没有这道题。请刷新这一页。")
        judged = judge(mine[0]["entry"], text[:LONGEST])
        said = as_answer(judged)
        if judged.counts:
            kept = self.hall.practise(question, judged.right, attempt)
            left = int(kept["enough"]) - int(kept["streak"])
            said["kept"] = "已经移出错题本。" if kept["cleared"] else _SAID_ONCE_MORE.format(left=left)
            said["cleared"] = bool(kept["cleared"])
        return said


def shown_mistake(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A row of the book for a page: its question without the key."""
    return {
        **{name: row[name] for name in ("question", "origin", "own", "streak", "cleared_at")},
        "definition": definition_of(row["entry"], number),
        "text": shown(row["entry"]),
    }


def as_answer(judged: Judged) -> dict[str, Any]:
    """What the page is told of an answer."""
    return {**asdict(judged), "rubric": list(judged.rubric), "kept": ""}
