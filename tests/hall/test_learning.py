"""Lessons, progress and the wrong-question book: through a real hall, and its rules in both stores."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from itertools import count

import pytest
from sqlalchemy import inspect, text

from trainer.hall.client import HallError, HallNotFound
from trainer.hall.clock import MINUTE, from_iso
from trainer.hall.database import MIGRATIONS, Database, address
from trainer.hall.desk import Caller
from trainer.hall.feedback_file import FEEDBACK_FILE
from trainer.hall.learning import Learn, Practise, PublishLesson, WithdrawLesson
from trainer.hall.learning_client import LearningClient
from trainer.hall.learning_reading import LearningReading
from trainer.hall.learning_tables import LEARNING, LESSONS, MARKS, MISTAKES
from trainer.hall.operations import PutFeedback, Release
from trainer.hall.policy import Policy
from trainer.hall.refusals import Refused
from trainer.hall.signing import Signer
from trainer.hall.submitting import Submit
from trainer.hall.writer import Writer

NINE = from_iso("2026-03-01T09:00:00+08:00")
_numbers = count(1)


def entry(question: str, topic: str = "dangfei", **more: object) -> dict[str, object]:
    """An exercise as it is published, or a question as feedback tells of it."""
    return {
        "question": {"id": question, "kind": "judge", "stem": "虚构的题"},
        "layout": [],
        "citation": "《虚构办法》第1条",
        "topic": topic,
        "topic_title": f"专题{topic}",
        **more,
    }


def about(lesson: str, **more: object) -> dict[str, object]:
    return {"id": lesson, "title": "虚构的一课", "minutes": 5, "order": 3, **more}


def files(**exercises: dict[str, object]) -> dict[str, bytes]:
    said = {"format": 1, "exercises": exercises}
    return {"lesson.ipynb": b"{}", "exercises.json": json.dumps(said, ensure_ascii=False).encode()}


def feedback(*questions: tuple[str, str], points: int = 650, pending: int = 0) -> dict[str, bytes]:
    """A feedback bundle: (question, verdict) of each."""
    said = {
        "format": 1,
        "points": points,
        "full": 1000,
        "pending": pending,
        "questions": [
            {"cell": "q01", "question": name, "answer": "错", "verdict": verdict, "entry": entry(name)}
            for name, verdict in questions
        ],
    }
    return {"p.html": b"<p>", FEEDBACK_FILE: json.dumps(said, ensure_ascii=False).encode()}


# -- through the real thing --------------------------------------------------------------------------------------------


@pytest.fixture
def chen(hall) -> LearningClient:
    return LearningClient(hall.url, "token-chen")


@pytest.fixture
def pupil(hall) -> LearningClient:
    """Somebody whom no other test knows."""
    return LearningClient(hall.url, f"pupil-{next(_numbers)}-{id(hall)}")


@pytest.fixture
def lesson(chen: LearningClient) -> str:
    """A published lesson with two exercises and one rehearsal."""
    name = f"ke-{next(_numbers)}-{id(chen)}"
    bundle = files(e1=entry(f"{name}-1"), e2=entry(f"{name}-2"), e3=entry(f"{name}-3", rehearsal=True))
    assert chen.publish_lesson(about(name), "党费", bundle) == {"lesson": name, "version": 1, "changed": True}
    return name


def row_of(client: LearningClient, lesson: str) -> dict[str, object]:
    return next(row for row in client.learning()["lessons"] if row["lesson"] == lesson)


def test_a_lesson_is_published_fetched_changed_and_withdrawn(chen, pupil, lesson):
    again = files(e1=entry(f"{lesson}-1"), e2=entry(f"{lesson}-2"), e3=entry(f"{lesson}-3", rehearsal=True))
    assert chen.publish_lesson(about(lesson), "党费", again)["changed"] is False
    fetched = pupil.lesson_files(lesson)
    assert (fetched["files"], fetched["version"], fetched["title"]) == (again, 1, "虚构的一课")
    assert chen.publish_lesson(about(lesson, minutes=9), "党费", files())["version"] == 2
    assert row_of(pupil, lesson) == {
        "lesson": lesson, "version": 2, "title": "虚构的一课", "minutes": 9, "topic": None, "topic_title": "党费",
        "order": 3, "reads_on": [], "exercises": 0, "progress": None,
    }  # fmt: skip
    chen.withdraw_lesson(lesson)
    for forbidden in (lambda: pupil.lesson_files(lesson), lambda: pupil.open_lesson(lesson)):
        with pytest.raises(HallNotFound):
            forbidden()
    assert lesson not in [row["lesson"] for row in pupil.learning()["lessons"]]
    assert chen.publish_lesson(about(lesson), "党费", again)["version"] == 3


def test_progress_is_kept_for_each_person(chen, pupil, lesson):
    assert row_of(pupil, lesson)["progress"] is None
    assert pupil.open_lesson(lesson)["progress"]["done"] == []
    pupil.try_exercise(lesson, "e1", "wrong", "错")
    pupil.try_exercise(lesson, "e1", "right", "对")
    pupil.try_exercise(lesson, "e2", "partial", "A")
    progress = pupil.try_exercise(lesson, "e3", "self", "一段话")["progress"]
    assert (progress["done"], progress["tries"], progress["finished_at"]) == (["e1", "e3"], 4, None)
    assert pupil.try_exercise(lesson, "e2", "right", "A")["progress"]["finished_at"] is not None
    assert row_of(chen, lesson)["progress"] is None
    summary = next(row for row in chen.lessons() if row["lesson"] == lesson)
    assert (summary["opened"], summary["finished"], summary["exercises"]) == (1, 1, 3)
    assert summary["users"][0]["done"] == 3
    with pytest.raises(HallNotFound):
        pupil.try_exercise(lesson, "e9", "right", "")


def test_wrong_exercises_are_practised_until_right_twice(pupil, lesson):
    pupil.try_exercise(lesson, "e1", "wrong", "错")
    pupil.try_exercise(lesson, "e3", "wrong", "错")  # a rehearsal
    topic = {"topic": "dangfei", "title": "专题dangfei", "count": 1}
    assert pupil.learning()["mistakes"] == {"topics": [topic], "cleared": 0}
    (mistake,) = pupil.mistakes("dangfei")
    assert (mistake["question"], mistake["own"], mistake["origin"]) == (
        f"{lesson}-1",
        "错",
        "课程：虚构的一课",
    )
    assert mistake["entry"] == entry(f"{lesson}-1")
    assert pupil.mistakes("zhangcheng") == []

    name = mistake["question"]
    tries = [("1", True), ("1", True), ("2", False), ("3", True), ("3", True), ("4", True), ("4", True)]
    kept = [pupil.practise(name, right, attempt) for attempt, right in tries]
    assert [(one["streak"], one["cleared"]) for one in kept] == [
        (1, False), (1, False), (0, False), (1, False), (1, False), (2, True), (2, True),
    ]  # fmt: skip
    assert pupil.mistakes() == []
    assert [one["question"] for one in pupil.mistakes(cleared=True)] == [name]
    assert pupil.learning()["mistakes"] == {"topics": [], "cleared": 1}

    pupil.try_exercise(lesson, "e1", "wrong", "再错")
    (back,) = pupil.mistakes()
    assert (back["own"], back["streak"], back["cleared_at"]) == ("再错", 0, None)


def test_feedback_brings_the_mark_and_the_questions_that_were_not_right(hall, chen, pupil, notebook, name):
    other = LearningClient(hall.url, f"{pupil._token}-other")
    me = pupil._token
    chen.release("c", name, {"p.ipynb": notebook()}, {"title": "小测"})
    receipt = pupil.submit("c", name, {"p.ipynb": notebook("A")})
    assert pupil.learning()["marks"] == pupil.mistakes() == []

    chen.put_feedback("c", name, me, receipt["id"], {"p.html": b"<p>"})
    assert pupil.learning()["marks"] == []
    given = feedback(("f-1", "right"), ("f-2", "wrong"), ("f-3", "empty"), ("f-4", "partial"))
    chen.put_feedback("c", name, me, receipt["id"], given)
    (mark,) = pupil.learning()["marks"]
    assert (mark["assignment"], mark["points"], mark["full"], mark["title"]) == (name, 650, 1000, "小测")
    assert sorted(one["question"] for one in pupil.mistakes()) == ["f-2", "f-3", "f-4"]
    assert {one["origin"] for one in pupil.mistakes()} == {"试卷：小测"}
    assert other.mistakes() == other.learning()["marks"] == []

    for attempt in "12":
        pupil.practise("f-2", True, attempt)
    corrected = feedback(("f-1", "right"), ("f-2", "wrong"), ("f-3", "right"), ("f-4", "partial"), points=800)
    chen.put_feedback("c", name, me, receipt["id"], corrected)
    assert [one["question"] for one in pupil.mistakes()] == ["f-4"], (
        "practised stays practised, corrected goes"
    )
    assert pupil.learning()["marks"][0]["points"] == 800


@pytest.mark.parametrize(
    "content",
    [
        b"no json",
        b"[]",
        b'{"format": 2}',
        b'{"format": 1, "points": 1, "full": 1, "pending": 0, "questions": [{}]}',
    ],
)
def test_feedback_that_programs_cannot_read_is_refused(chen, pupil, notebook, name, content):
    chen.release("c", name, {"p.ipynb": notebook()})
    receipt = pupil.submit("c", name, {"p.ipynb": notebook("A")})
    with pytest.raises(HallError, match="读不懂"):
        chen.put_feedback("c", name, pupil._token, receipt["id"], {"p.html": b"", FEEDBACK_FILE: content})
    assert pupil.assignment("c", name)["feedback"] is False


@pytest.mark.parametrize(
    ("said", "bundle"),
    [
        (about("bie-de"), files()),
        ({"id": "ke"}, files()),
        (about("ke"), {"lesson.ipynb": b"{}"}),
        (about("ke"), {"exercises.json": b'{"format": 1, "exercises": {"e": {}}}'}),
    ],
    ids=["other id", "no title", "no exercises", "broken exercise"],
)
def test_lessons_that_are_not_whole_are_refused(hall, chen, said, bundle):
    with pytest.raises(HallError) as raised:
        chen._call("PUT", "lessons/ke", {"about": said, "topic_title": "", "files": {
            path: {"text": content.decode()} for path, content in bundle.items()
        }})  # fmt: skip
    assert raised.value.status == 422


# -- in both stores ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def opened(url: str):
    database = Database(address(url))
    writer = Writer(database, Signer(b"\x07" * 32), Policy())
    try:
        yield writer, database
    finally:
        await writer.close()
        database.close()


def at(moment: int, who: str = "zhang") -> Caller:
    return Caller(who, "here", moment)


def test_the_rules_in_both_stores(store_url, notebook):
    async def play() -> None:
        async with opened(store_url) as (writer, database):
            exercises = {"e": entry("q-1")}
            publish = PublishLesson(at(NINE, "chen"), "ke", about("ke"), exercises, {"a.ipynb": b"{}"}, 10)
            assert await writer.put(publish) == (1, True)
            assert await writer.put(publish) == (1, False)
            for minute in (0, 3, 33):  # half an hour away counts five minutes
                await writer.put(Learn(at(NINE + minute * MINUTE), "ke"))
            await writer.put(Learn(at(NINE + 34 * MINUTE), "ke", "e", "wrong", "错"))
            reading = LearningReading(database.readers, writer.catalogue)
            assert reading.progress("ke", "zhang")["progress"]["minutes"] == 9
            assert await writer.put(Practise(at(NINE), "q-1", True, "x")) == (1, False)
            with pytest.raises(Refused):
                await writer.put(Practise(at(NINE, "li"), "q-1", True, "x"))

            release = Release(at(NINE, "chen"), "c", "a", {"p.ipynb": notebook()}, {}, False, 10)
            await writer.put(release)
            submission = Submit.of(at(NINE), "c", "a", {"p.ipynb": notebook("A")}, 1)
            receipt = json.loads((await writer.put(submission)).receipt)
            bundle = feedback(("q-1", "wrong"), ("q-2", "wrong"))
            said = json.loads(bundle[FEEDBACK_FILE])
            put = PutFeedback(at(NINE, "chen"), "c", "a", "zhang", receipt["id"], bundle, 10, said)
            assert [await writer.put(put), await writer.put(put)] == [True, False]
            overview = LearningReading(database.readers, writer.catalogue).overview("zhang")
            assert [topic["count"] for topic in overview["mistakes"]["topics"]] == [2]
            assert overview["marks"][0]["points"] == 650
            assert {row["streak"] for row in reading.mistakes("zhang", None, False)["mistakes"]} == {0}

            await writer.put(WithdrawLesson(at(NINE, "chen"), "ke"))
            with pytest.raises(Refused):
                await writer.put(Learn(at(NINE), "ke"))

    asyncio.run(play())


def test_a_store_from_before_gets_the_tables(store_url):
    async def play() -> None:
        names = [table.name for table in (LESSONS, LEARNING, MISTAKES, MARKS)]
        async with opened(store_url) as (writer, database):
            await writer.close()
            with database.connect() as connection, connection.begin():
                for name in names:
                    connection.execute(text(f"DROP TABLE {name}"))
                connection.execute(text("ALTER TABLE assignments DROP COLUMN people"))
                connection.execute(text("UPDATE hall_schema SET version = 1"))
        async with opened(store_url) as (_, database):
            with database.readers.begin() as connection:
                assert set(names) <= set(inspect(connection).get_table_names())
                assert connection.scalar(text("SELECT version FROM hall_schema")) == len(MIGRATIONS) + 1

    asyncio.run(play())
