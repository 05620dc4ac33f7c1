"""The thin client's part on learning; standard library only, like :mod:`trainer.hall.client`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from trainer.hall.bundle import Limits, from_json, to_json
from trainer.hall.client import HallClient

_ACCEPTED = Limits(files=1000, total=1 << 30)


class LearningClient(HallClient):
    """A client that also knows lessons, progress and the wrong-question book. Raises as HallClient does."""

    def learning(self) -> dict[str, Any]:
        """``{"lessons": […], "mistakes": {"topics": […], "cleared"}, "marks": […]}`` of the asker."""
        return self._call("GET", "learning")

    def open_lesson(self, lesson: str) -> dict[str, Any]:
        """Record that the asker is in the lesson; the lesson with their progress and its present version."""
        return self._call("PUT", _path("learning", lesson), {})

    def lesson_files(self, lesson: str) -> dict[str, Any]:
        """``{"files": {path: bytes}, "version", "title", …}``."""
        answer = self._call("GET", _path("lessons", lesson, "files"))
        return {**answer, "files": from_json(answer.get("files"), _ACCEPTED)}

    def try_exercise(self, lesson: str, exercise: str, verdict: str, text: str) -> dict[str, Any]:
        """Record how an exercise went (right, partial, wrong, self); the lesson with the progress now."""
        path = _path("learning", lesson, "exercises", exercise)
        return self._call("PUT", path, {"verdict": verdict, "text": text})

    def mistakes(self, topic: str | None = None, *, cleared: bool = False) -> list[dict[str, Any]]:
        """The asker's wrong-question book: what is on the list, or (``cleared``) what has left it."""
        query = {"topic": topic, "cleared": "1" if cleared else None}
        return list(self._call("GET", "mistakes", query=query)["mistakes"])

    def practise(self, question: str, right: bool, attempt: str) -> dict[str, Any]:
        """Record a try: ``{"streak", "enough", "cleared"}``. The same ``attempt`` again counts once."""
        return self._call("PUT", _path("mistakes", question), {"right": right, "try": attempt})

    # -- for instructors -----------------------------------------------------------------------------------------------

    def publish_lesson(
        self, about: Mapping[str, Any], topic_title: str, files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        """Publish: ``{"lesson", "version", "changed"}``. The same content again changes nothing."""
        body = {"about": dict(about), "topic_title": topic_title, "files": to_json(files)}
        return self._call("PUT", _path("lessons", str(about["id"])), body)

    def withdraw_lesson(self, lesson: str) -> dict[str, Any]:
        """Take a lesson back; everybody's progress is kept."""
        return self._call("DELETE", _path("lessons", lesson))

    def lessons(self, *, withdrawn: bool = False) -> list[dict[str, Any]]:
        """Published lessons with everybody's progress; ``withdrawn``: those taken back as well."""
        query = {"withdrawn": "1" if withdrawn else None}
        return list(self._call("GET", "lessons", query=query)["lessons"])


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)
