"""nbgrader's panel of assignments in JupyterLab, answered by the hall and without importing nbgrader.

The addresses and the shape of the answers are those of nbgrader 0.9's ``server_extensions.assignment_list``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from trainer.errors import TrainerError
from trainer.hall.client import HallClient
from trainer.hub.singleuser.papers import FEEDBACK, PaperFolder

_LIST = "/assignments"


class PanelHandler(APIHandler):
    """What the addresses share."""

    @property
    def papers(self) -> PaperFolder:
        return PaperFolder(Path(self.settings["server_root_dir"]).expanduser(), HallClient.from_environment())

    async def answer(self, work: Any) -> None:
        """Finish with the value of ``work``, or with the sentence that says why not."""
        try:
            value = {"success": True, "value": await asyncio.to_thread(work)}
        except TrainerError as error:
            value = {"success": False, "value": str(error)}
        self.finish(json.dumps(value, ensure_ascii=False))


class ListHandler(PanelHandler):
    @web.authenticated
    async def get(self) -> None:
        course = self.get_argument("course_id", None)
        await self.answer(lambda: listing(self.papers, course))


class CoursesHandler(PanelHandler):
    @web.authenticated
    async def get(self) -> None:
        await self.answer(lambda: sorted({row["course"] for row in self.papers.hall.assignments()}))


class ActionHandler(PanelHandler):
    @web.authenticated
    async def post(self, action: str) -> None:
        body = self.get_json_body() or {}
        course = str(self.get_argument("course_id", body.get("course_id", "")))
        assignment = str(self.get_argument("assignment_id", body.get("assignment_id", "")))
        await self.answer(lambda: self._act(action, course, assignment))

    def _act(self, action: str, course: str, assignment: str) -> list[dict[str, Any]]:
        papers = self.papers
        if action == "fetch":
            papers.open(course, assignment)
        elif action == "submit":
            papers.submit(course, assignment)
        else:
            papers.keep_feedback(course, assignment)
        return listing(papers, course)


class VersionHandler(PanelHandler):
    """The panel asks whether its server fits it. Ours speaks the language of the panel that is installed."""

    @web.authenticated
    def get(self) -> None:
        self.finish(json.dumps({"success": True}))


def listing(papers: PaperFolder, course: str | None) -> list[dict[str, Any]]:
    """Released and fetched assignments, then the submitted ones, in nbgrader's shape."""
    rows = sorted(papers.hall.assignments(course), key=lambda row: (row["course"], row["assignment"]))
    open_rows = [_released(papers, row) for row in rows if row["files"]]
    return open_rows + [_submitted(papers, row) for row in rows if row["submissions"]]


def _released(papers: PaperFolder, row: Mapping[str, Any]) -> dict[str, Any]:
    folder = papers.folder(row["course"], row["assignment"])
    fetched = folder.is_dir()
    place = folder.relative_to(papers.home)
    notebooks = sorted(path for path in row["files"] if path.endswith(".ipynb"))
    return {
        "course_id": row["course"],
        "assignment_id": row["assignment"],
        "status": "fetched" if fetched else "released",
        "path": str(place),
        "notebooks": [
            {"notebook_id": path.removesuffix(".ipynb"), **({"path": str(place / path)} if fetched else {})}
            for path in notebooks
        ],
    }


def _submitted(papers: PaperFolder, row: Mapping[str, Any]) -> dict[str, Any]:
    feedback = papers.home / FEEDBACK / row["course"] / row["assignment"]
    local = str(feedback.relative_to(papers.home)) if feedback.is_dir() else ""
    return {
        "course_id": row["course"],
        "assignment_id": row["assignment"],
        "status": "submitted",
        "submissions": [
            {
                "course_id": row["course"],
                "assignment_id": row["assignment"],
                "student_id": receipt["trainee"],
                "status": "submitted",
                "path": "",
                "timestamp": receipt["received_at"],
                "notebooks": [],
                "has_local_feedback": bool(local),
                "has_exchange_feedback": bool(row["feedback"]),
                "feedback_updated": False,
                "local_feedback_path": local,
            }
            for receipt in row["submissions"]
        ],
    }


ROUTES: list[tuple[str, Any]] = [
    (_LIST, ListHandler),
    (rf"{_LIST}/(?P<action>fetch|submit|fetch_feedback)", ActionHandler),
    (r"/courses", CoursesHandler),
    (r"/nbgrader_version", VersionHandler),
]
