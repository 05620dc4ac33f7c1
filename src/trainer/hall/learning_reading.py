"""What is only read of learning. Runs on threads, like :mod:`trainer.hall.reading`."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from trainer.hall.bundle import Files
from trainer.hall.catalogue import Catalogue, unpack
from trainer.hall.clock import iso, iso_or_none
from trainer.hall.learning import no_lesson
from trainer.hall.learning_tables import LEARNING, LESSONS, MARKS, MISTAKES

Shown = dict[str, Any]


@dataclass(frozen=True)
class LearningReading:
    """Queries of one request."""

    engine: Engine
    catalogue: Catalogue

    def overview(self, account: str) -> Shown:
        """Everything that the first page of the learning hall says of one person, but their assignments."""
        with self.engine.begin() as connection:
            mine = select(LEARNING).where(LEARNING.c.account == account)
            progress = {row.lesson: row for row in connection.execute(mine)}
            lessons = [_lesson(row, progress.get(row.lesson)) for row in _published(connection)]
            lessons.sort(key=lambda one: (one["order"], one["lesson"]))
            marks = connection.execute(select(MARKS).where(MARKS.c.account == account)).all()
            return {
                "lessons": lessons,
                "mistakes": _counts(connection, account),
                "marks": [self._mark(row) for row in marks],
            }

    def _mark(self, row: Row[Any]) -> Shown:
        released = next(one for one in self.catalogue.assignments.values() if one.number == row.assignment)
        return {
            "course": released.course,
            "assignment": released.name,
            "title": released.rules.title,
            "points": row.points,
            "full": row.full,
            "pending": row.pending,
            "put_at": iso(row.put_at),
        }

    def progress(self, lesson: str, account: str) -> Shown:
        """One lesson as the person stands in it. Raises Refused (404)."""
        with self.engine.begin() as connection:
            row = next(iter(_published(connection, lesson)), None)
            if row is None:
                raise no_lesson()
            mine = select(LEARNING).where(LEARNING.c.account == account, LEARNING.c.lesson == lesson)
            return _lesson(row, connection.execute(mine).one_or_none())

    def files(self, lesson: str) -> tuple[Files, Shown]:
        """The bundle of a lesson, and what it is. Raises Refused (404)."""
        query = select(LESSONS).where(LESSONS.c.lesson == lesson, LESSONS.c.withdrawn.is_(False))
        with self.engine.begin() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise no_lesson()
        return unpack(row.files, row.content), {
            "lesson": lesson,
            "version": row.version,
            "sha256": row.sha256,
            **json.loads(row.about),
        }

    def mistakes(self, account: str, topic: str | None, cleared: bool) -> Shown:
        """The questions of a person's book: those on the list, or those that have left it; newest first."""
        query = select(MISTAKES).where(MISTAKES.c.account == account)
        query = query.where(
            MISTAKES.c.cleared_at.is_not(None) if cleared else MISTAKES.c.cleared_at.is_(None)
        )
        if topic is not None:
            query = query.where(MISTAKES.c.topic == topic)
        with self.engine.begin() as connection:
            rows = connection.execute(query.order_by(MISTAKES.c.added_at.desc(), MISTAKES.c.id)).all()
        return {"mistakes": [_mistake(row) for row in rows]}

    def summary(self, withdrawn: bool) -> Shown:
        """For instructors: each published lesson (``withdrawn``: those taken back as well) with everybody's progress."""
        people: dict[str, list[Row[Any]]] = defaultdict(list)
        columns = [column for column in LESSONS.c if column.name not in ("content", "exercises", "files")]
        query = select(*columns).order_by(LESSONS.c.lesson)
        with self.engine.begin() as connection:
            lessons = connection.execute(query if withdrawn else query.where(LESSONS.c.withdrawn.is_(False)))
            found = list(lessons.all())
            for row in connection.execute(select(LEARNING).order_by(LEARNING.c.account)):
                people[row.lesson].append(row)
        return {"lessons": [_summed(row, people[row.lesson]) for row in found]}


def _published(connection: Connection, lesson: str | None = None) -> list[Any]:
    query = select(LESSONS.c.lesson, LESSONS.c.version, LESSONS.c.about, LESSONS.c.names).where(
        LESSONS.c.withdrawn.is_(False)
    )
    if lesson is not None:
        query = query.where(LESSONS.c.lesson == lesson)
    return list(connection.execute(query.order_by(LESSONS.c.lesson)).all())


def _lesson(row: Row[Any], progress: Row[Any] | None) -> Shown:
    exercises = json.loads(row.names)
    return {
        **json.loads(row.about),
        "lesson": row.lesson,
        "version": row.version,
        "exercises": len(exercises),
        "progress": _progress(progress, set(exercises)) if progress else None,
    }


def _progress(row: Row[Any], exercises: set[str]) -> Shown:
    done = sorted(set(json.loads(row.done)) & exercises)
    return {
        "opened_at": iso(row.opened_at),
        "last_at": iso(row.last_at),
        "minutes": row.milliseconds // 60_000,
        "tries": row.tries,
        "done": done,
        "finished_at": iso_or_none(row.finished_at),
    }


def _counts(connection: Connection, account: str) -> Shown:
    """How many questions are on the list, by topic."""
    query = (
        select(MISTAKES.c.topic, func.max(MISTAKES.c.topic_title), func.count())
        .where(MISTAKES.c.account == account, MISTAKES.c.cleared_at.is_(None))
        .group_by(MISTAKES.c.topic)
        .order_by(MISTAKES.c.topic)
    )
    topics = [
        {"topic": topic, "title": title, "count": count} for topic, title, count in connection.execute(query)
    ]
    left = select(func.count()).where(MISTAKES.c.account == account, MISTAKES.c.cleared_at.is_not(None))
    return {"topics": topics, "cleared": int(connection.scalar(left) or 0)}


def _mistake(row: Row[Any]) -> Shown:
    return {
        "question": row.question,
        "topic": row.topic,
        "topic_title": row.topic_title,
        "origin": row.origin_title,
        "own": row.own,
        "added_at": iso(row.added_at),
        "streak": row.streak,
        "tries": row.tries,
        "cleared_at": iso_or_none(row.cleared_at),
        "entry": json.loads(row.entry),
    }


def _summed(lesson: Row[Any], rows: list[Row[Any]]) -> Shown:
    about = _lesson(lesson, None)
    users = [
        {
            "user": row.account,
            "opened_at": iso(row.opened_at),
            "last_at": iso(row.last_at),
            "minutes": row.milliseconds // 60_000,
            "tries": row.tries,
            "done": len(json.loads(row.done)),
            "finished_at": iso_or_none(row.finished_at),
        }
        for row in rows
    ]
    return {
        **{
            name: about[name]
            for name in ("lesson", "title", "topic_title", "minutes", "version", "exercises")
        },
        "withdrawn": lesson.withdrawn,
        "published_at": iso(lesson.published_at),
        "sha256": lesson.sha256,
        "opened": len(users),
        "finished": sum(user["finished_at"] is not None for user in users),
        "users": users,
    }
