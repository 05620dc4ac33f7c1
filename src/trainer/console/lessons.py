"""Lessons: what the installation has, what trainees see of it, and the first time everything by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from trainer.console.pages import Console, Page
from trainer.errors import NotFound, TrainerError, UsageError
from trainer.hall.client import HallBusy, HallUnreachable
from trainer.hall.learning_client import LearningClient
from trainer.workflow.lessons.publishing import (
    Standing,
    check_lessons,
    lesson_folders,
    publish_first,
    standings,
)
from trainer.workflow.lessons.reading import Lesson

log = logging.getLogger("trainer.console")

#: In the journal: nobody asked for it but the service itself.
_SERVICE = "console"
_FIRST = "检查并发布课（第一次启动）"
_SECONDS, _TIMES = 1.0, 300
_MOST_CHOSEN = 500
_HALL_SECONDS = 15.0


class LessonsPage(Page):
    """Every lesson: whether trainees have it as it is now, and how many have opened and finished it."""

    async def view(self, *_names: str) -> None:
        found, problem, trouble = await self.aside(self._look)
        self.show("lessons.html", lessons=found, problem=problem, trouble=trouble)

    async def act(self, *_names: str) -> None:
        verb, chosen = self.get_body_argument("verb", ""), self.get_body_arguments("lesson")
        if verb not in ("publish-lessons", "withdraw-lessons") or len(chosen) > _MOST_CHOSEN:
            raise UsageError("没有选做什么，什么也没有改动。请回到课程页，按“检查并发布”或“撤下”。")
        if verb == "withdraw-lessons" and not chosen:
            raise UsageError("没有选课，什么也没有改动。")
        await self.begin(verb, "", {"lessons": chosen})

    def _look(self) -> tuple[list[Standing], str, str]:
        """The lessons, what is wrong with the files, and what could not be seen of the hall."""
        lessons, problem = self._checked()
        try:
            rows: list[dict[str, Any]] = LearningClient.from_environment(timeout=_HALL_SECONDS).lessons(
                withdrawn=True
            )
        except TrainerError as error:
            sentence = f"考场服务没有应答，看不到哪些课已经发布，也不能发布和撤下：{error}"
            return standings(lessons, []), problem, sentence
        return standings(lessons, rows), problem, ""

    def _checked(self) -> tuple[Sequence[Lesson], str]:
        try:
            return check_lessons(*lesson_folders(self.console.place.course())), ""
        except TrainerError as error:
            return (), str(error)


async def publish_at_first_start(console: Console) -> None:
    """Publish what came with the program when the hall has never had a lesson. Whatever fails is only noted."""
    for _ in range(_TIMES):
        try:
            await asyncio.to_thread(_publish, console)
        except (HallUnreachable, HallBusy):  # it starts at the same time as we do
            await asyncio.sleep(_SECONDS)
        except Exception:  # there are lessons or there are none: the page works all the same
            log.exception("The lessons were not published")
            return
        else:
            return
    log.warning("The hall did not answer; the lessons were not published")


def _publish(console: Console) -> None:
    client = LearningClient.from_environment()
    try:
        done = publish_first(*lesson_folders(console.place.course()), client)
    except (HallUnreachable, HallBusy):
        raise
    except NotFound as error:
        log.info("No lessons to publish: %s", error)
    except TrainerError as error:
        log.warning("The lessons were not published: %s", error)
        console.journal.note(_SERVICE, _FIRST, {"message": str(error)[:500]}, "failed", console.now())
    else:
        if done is None:
            log.info("No first start: the hall has had lessons")
        else:
            names = [one.id for one in done]
            log.info("Published %d lessons for the first time", len(names))
            console.journal.note(_SERVICE, _FIRST, {"lessons": names}, "done", console.now())
