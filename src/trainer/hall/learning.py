"""What is written of learning: lessons published, exercises done, questions once wrong and practised again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from trainer.hall.bundle import Files, content_hash, file_hashes
from trainer.hall.catalogue import pack
from trainer.hall.desk import Caller, Desk
from trainer.hall.learning_tables import LEARNING, LESSONS, MISTAKES
from trainer.hall.refusals import not_found

_SMALL = 2000
#: Between two signs of life this much at most is counted as time spent learning.
_LONGEST_PAUSE = 5 * 60_000
#: Of a wrong answer so much is kept, in characters.
_LONGEST_OWN = 4000
#: So often in a row a question has to be right to leave the list.
ENOUGH = 2


@dataclass(slots=True)
class PublishLesson:
    """Publish a lesson, or a new version of it. The outcome is (version, whether anything changed)."""

    caller: Caller
    lesson: str
    about: Mapping[str, Any]
    exercises: Mapping[str, Any]
    files: Files
    weight: int

    def apply(self, desk: Desk) -> tuple[int, bool]:
        """Never refuses: what it holds was checked before."""
        hashes = file_hashes(self.files)
        digest = content_hash(hashes)
        about = _json(self.about)
        here = LESSONS.c.lesson == self.lesson
        before = desk.connection.execute(select(LESSONS).where(here)).one_or_none()
        if before and (before.sha256, before.about, before.withdrawn) == (digest, about, False):
            desk.note(self.caller, "publish lesson", detail=self.lesson, outcome="same")
            return before.version, False
        listed, content = pack(self.files, hashes)
        row = {
            "version": before.version + 1 if before else 1,
            "withdrawn": False,
            "about": about,
            "names": _json(list(self.exercises)),
            "exercises": _json(self.exercises),
            "sha256": digest,
            "files": listed,
            "content": content,
            "published_at": self.caller.arrived,
            "published_by": self.caller.who,
        }
        if before:
            desk.connection.execute(update(LESSONS).where(here).values(row))
        else:
            desk.connection.execute(insert(LESSONS), [row | {"lesson": self.lesson}])
        desk.note(self.caller, "publish lesson", detail=f"{self.lesson} {digest[:16]}")
        return int(row["version"]), True


@dataclass(slots=True)
class WithdrawLesson:
    """Take a lesson back; everybody's progress is kept. The outcome is None."""

    caller: Caller
    lesson: str
    weight: int = _SMALL

    def apply(self, desk: Desk) -> None:
        """Raises Refused (404)."""
        find_lesson(desk, self.lesson)
        desk.connection.execute(update(LESSONS).where(LESSONS.c.lesson == self.lesson).values(withdrawn=True))
        desk.note(self.caller, "withdraw lesson", detail=self.lesson)


@dataclass(slots=True)
class Learn:
    """A sign of life in a lesson: opened (``exercise`` None) or an exercise tried. The outcome is None.

    ``right``: whether the exercise is done with. ``verdict`` wrong or partial puts its question into the book, with
    ``text``, what was answered.
    """

    caller: Caller
    lesson: str
    exercise: str | None = None
    verdict: str = ""
    text: str = ""
    weight: int = _SMALL

    def apply(self, desk: Desk) -> None:
        """Raises Refused (404) for a lesson or an exercise that is not there."""
        lesson = find_lesson(desk, self.lesson)
        exercises = json.loads(lesson.exercises)
        if self.exercise is not None and self.exercise not in exercises:
            raise not_found("这一课里没有这道练习，可能课已经更新。请刷新这一页。")
        done = self._progress(desk, exercises)
        entry = exercises.get(self.exercise)
        if entry and self.verdict in ("wrong", "partial") and not entry.get("rehearsal"):
            title = json.loads(lesson.about)["title"]
            origin = Origin(f"lesson {self.lesson}", f"课程：{title}")
            add_mistake(desk, self.caller.who, entry, self.text, origin, self.caller.arrived)
        self._finish(desk, exercises, done)

    def _progress(self, desk: Desk, exercises: Mapping[str, Any]) -> set[str]:
        """Count the time, the try and what is right now; the exercises done so far."""
        now, row = self.caller.arrived, desk.connection.execute(self._mine()).one_or_none()
        done = set(json.loads(row.done)) if row else set()
        if self.exercise is not None and self.verdict in ("right", "self"):
            done.add(self.exercise)
        values: dict[str, Any] = {
            "last_at": max(now, row.last_at) if row else now,
            "tries": (row.tries if row else 0) + (self.exercise is not None),
            "done": _json(sorted(done & set(exercises))),
        }
        if row:
            pause = min(max(0, now - row.last_at), _LONGEST_PAUSE)
            values["milliseconds"] = row.milliseconds + pause
            desk.connection.execute(update(LEARNING).where(*self._key()).values(values))
        else:
            new = {"account": self.caller.who, "lesson": self.lesson, "opened_at": now, "milliseconds": 0}
            desk.connection.execute(insert(LEARNING), [new | values])
        return done

    def _finish(self, desk: Desk, exercises: Mapping[str, Any], done: set[str]) -> None:
        """A lesson is finished once every exercise was right; one without exercises, once it was opened."""
        if set(exercises) <= done:
            first = update(LEARNING).where(*self._key(), LEARNING.c.finished_at.is_(None))
            desk.connection.execute(first.values(finished_at=self.caller.arrived))

    def _key(self) -> tuple[Any, Any]:
        return LEARNING.c.account == self.caller.who, LEARNING.c.lesson == self.lesson

    def _mine(self) -> Any:
        return select(LEARNING).where(*self._key())


@dataclass(slots=True)
class Practise:
    """A question of the book tried again. The outcome is (right how often in a row, whether it has left the list).

    ``attempt`` names the try: the same one again, as after a lost answer, counts once.
    """

    caller: Caller
    question: str
    right: bool
    attempt: str
    weight: int = _SMALL

    def apply(self, desk: Desk) -> tuple[int, bool]:
        """Raises Refused (404) when the question is not in the person's book."""
        here = (MISTAKES.c.account == self.caller.who, MISTAKES.c.question == self.question)
        row = desk.connection.execute(
            select(MISTAKES.c.streak, MISTAKES.c.tries, MISTAKES.c.last_try, MISTAKES.c.cleared_at).where(
                *here
            )
        ).one_or_none()
        if row is None:
            raise not_found("您的错题本里没有这道题。请刷新这一页。")
        if row.last_try == self.attempt:
            return row.streak, row.cleared_at is not None
        streak = row.streak + 1 if self.right else 0
        cleared = row.cleared_at
        if cleared is None and streak >= ENOUGH:
            cleared = self.caller.arrived
        values = {
            "streak": streak,
            "tries": row.tries + 1,
            "last_try": self.attempt,
            "tried_at": self.caller.arrived,
            "cleared_at": cleared,
        }
        desk.connection.execute(update(MISTAKES).where(*here).values(values))
        return streak, cleared is not None


@dataclass(frozen=True)
class Origin:
    """Where a question was wrong: a word for us (the same paper again is the same), and words for the trainee."""

    name: str
    title: str


def add_mistake(
    desk: Desk, account: str, entry: Mapping[str, Any], own: str, origin: Origin, moment: int
) -> None:
    """Put a question into a person's book, or bring it up to date.

    A question that had left the list comes back when it was wrong anew; the same feedback given again changes only what
    it says.
    """
    question = str(entry["question"]["id"])
    here = (MISTAKES.c.account == account, MISTAKES.c.question == question)
    said = {
        "topic": str(entry["topic"]),
        "topic_title": str(entry["topic_title"]),
        "entry": _json(entry),
        "own": own[:_LONGEST_OWN],
    }
    row = desk.connection.execute(select(MISTAKES.c.id, MISTAKES.c.origin).where(*here)).one_or_none()
    anew = {
        "origin": origin.name,
        "origin_title": origin.title,
        "added_at": moment,
        "streak": 0,
        "cleared_at": None,
    }
    if row is None:
        new = {"account": account, "question": question, "tries": 0, "last_try": "", "tried_at": None}
        desk.connection.execute(insert(MISTAKES), [new | said | anew])
    else:
        again = row.origin == origin.name and origin.name.startswith("paper ")
        desk.connection.execute(update(MISTAKES).where(*here).values(said if again else said | anew))


def find_lesson(desk: Desk, lesson: str) -> Any:
    """A published lesson. Raises Refused (404)."""
    query = select(LESSONS.c.about, LESSONS.c.exercises).where(
        LESSONS.c.lesson == lesson, LESSONS.c.withdrawn.is_(False)
    )
    row = desk.connection.execute(query).one_or_none()
    if row is None:
        raise no_lesson()
    return row


def no_lesson() -> Any:
    """404: not published, or taken back."""
    return not_found("没有这一课，或者老师已经把它撤下了。请回到学习大厅看看。")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
