"""The API of learning: one function for each row of its part of docs/reference/hall-api.md."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from trainer.hall.answers import read_json
from trainer.hall.bundle import Files, to_json
from trainer.hall.calls import Call, Reply, shown
from trainer.hall.learning import ENOUGH, Learn, Practise, PublishLesson, WithdrawLesson
from trainer.hall.learning_reading import LearningReading
from trainer.hall.refusals import invalid
from trainer.model.lesson import EXERCISES_FILE, EXERCISES_FORMAT, LessonAbout

Value = TypeVar("Value")

_VERDICTS = {"right", "partial", "wrong", "self"}
_ATTEMPT = re.compile(r"[A-Za-z0-9-]{1,80}")
_MOST_STRUCTURE = 2_000_000


async def _read(call: Call, query: Callable[[LearningReading], Value]) -> Value:
    reading = LearningReading(call.hall.readers, call.hall.writer.catalogue)
    return await asyncio.to_thread(query, reading)


# -- lessons -----------------------------------------------------------------------------------------------------------


async def publish_lesson(call: Call) -> Reply:
    body = call.json()
    about = body.get("about")
    try:
        checked = LessonAbout.model_validate(about)
    except ValidationError:
        raise invalid("about 里课的说明不完整或写得不对。请先运行 trainer lessons check。") from None
    if checked.id != call.names[0]:
        raise invalid("地址里的课和 about 里写的编号不一样。")
    title = body.get("topic_title")
    if not isinstance(title, str):
        raise invalid("没有写明专题的名称（topic_title）。")
    files = call.files(body, call.hall.policy.release_bytes)
    kept = checked.model_dump(mode="json", exclude={"id"}) | {"topic_title": title}
    operation = PublishLesson(call.caller, checked.id, kept, _exercises(files), files, len(call.body))
    version, changed = await call.hall.writer.put(operation)
    return shown({"lesson": checked.id, "version": version, "changed": changed})


def _exercises(files: Files) -> dict[str, Any]:
    """The exercises of a bundle, each with what the book needs of it. Raises Refused (422)."""
    try:
        said = read_json(files[EXERCISES_FILE].decode("utf-8"), _MOST_STRUCTURE)
        if said["format"] != EXERCISES_FORMAT:
            raise ValueError(said["format"])  # noqa: TRY301 - one sentence for everything that is wrong with it
        for entry in said["exercises"].values():
            for part in (entry["question"]["id"], entry["topic"], entry["topic_title"]):
                if not isinstance(part, str):
                    raise TypeError(part)  # noqa: TRY301 - the same
    except (ValueError, KeyError, TypeError, AttributeError):
        raise invalid(f"课里的 {EXERCISES_FILE} 读不懂。请用 trainer lessons publish 发布。") from None
    return dict(said["exercises"])


async def withdraw_lesson(call: Call) -> Reply:
    await call.hall.writer.put(WithdrawLesson(call.caller, call.names[0]))
    return shown({"lesson": call.names[0]})


async def lesson_files(call: Call) -> Reply:
    files, about = await _read(call, lambda store: store.files(call.names[0]))
    return shown({"files": to_json(files), **about})


# -- one person's learning ---------------------------------------------------------------------------------------------


async def overview(call: Call) -> Reply:
    return shown(await _read(call, lambda store: store.overview(call.asker.name)))


async def open_lesson(call: Call) -> Reply:
    await call.hall.writer.put(Learn(call.caller, call.names[0]))
    return await _standing(call)


async def try_exercise(call: Call) -> Reply:
    lesson, exercise = call.names
    body = call.json()
    verdict, own = body.get("verdict"), body.get("text", "")
    if verdict not in _VERDICTS or not _is_text(own):
        raise invalid(f"要写明答得怎样（verdict：{'、'.join(sorted(_VERDICTS))}）和答案（text）。")
    await call.hall.writer.put(Learn(call.caller, lesson, exercise, verdict, own))
    return await _standing(call)


async def _standing(call: Call) -> Reply:
    return shown(await _read(call, lambda store: store.progress(call.names[0], call.asker.name)))


async def mistakes(call: Call) -> Reply:
    topic, cleared = call.query.get("topic"), call.query.get("cleared") == "1"
    return shown(await _read(call, lambda store: store.mistakes(call.asker.name, topic, cleared)))


async def practise(call: Call) -> Reply:
    body = call.json()
    right, attempt = body.get("right"), body.get("try")
    if not isinstance(right, bool) or not isinstance(attempt, str) or not _ATTEMPT.fullmatch(attempt):
        raise invalid("要写明对不对（right）和这是哪一次（try，字母、数字和短横线）。")
    streak, cleared = await call.hall.writer.put(Practise(call.caller, call.names[0], right, attempt))
    return shown({"question": call.names[0], "streak": streak, "enough": ENOUGH, "cleared": cleared})


async def summary(call: Call) -> Reply:
    withdrawn = call.query.get("withdrawn") == "1"
    return shown(await _read(call, lambda store: store.summary(withdrawn)))


def _is_text(text: Any) -> bool:
    if not isinstance(text, str) or "\x00" in text:
        return False
    try:
        json.dumps(text, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
