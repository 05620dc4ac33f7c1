"""The learning hall's pages: the first page, a lesson, the wrong-question book; and the addresses that mark at once."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote

from jupyter_server.utils import url_path_join
from tornado import web

from trainer.errors import TrainerError
from trainer.grading.practice import definition_of
from trainer.hall.learning_client import LearningClient
from trainer.hub.singleuser.calculators import CALCULATORS, Outcome, fill_in
from trainer.hub.singleuser.learning import look
from trainer.hub.singleuser.lesson_text import as_html, attached, is_elsewhere
from trainer.hub.singleuser.lessons import Book, Lesson, Shelf, calculator_place, calendar_of, shown_mistake
from trainer.hub.singleuser.pages import PapersHandler
from trainer.hub.singleuser.sheet_pages import SheetHandler, asset

_ID = r"(?P<lesson>[a-z0-9-]+)"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
_PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
#: What a lesson gives to take away: sent as a download, never shown.
_DOCUMENTS = {".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}


class LearningHandler(PapersHandler):
    """What the pages share."""

    @property
    def learning(self) -> LearningClient:
        return LearningClient.from_environment()

    @property
    def shelf(self) -> Shelf:
        return Shelf(Path(self.settings["server_root_dir"]).expanduser(), self.learning)

    def present(self, page: str, **values: Any) -> None:
        """Show a page of the learning hall, with its program and under its policy."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Security-Policy", _POLICY)
        self.show(page, script=asset("practice.js"), style=asset("practice.css"), **values)

    def finish(self, chunk: Any = None) -> Any:
        """Pages travel compressed: the networks are slow."""
        if isinstance(chunk, str) and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            chunk = gzip.compress(chunk.encode(), 6, mtime=0)
            self.set_header("Content-Encoding", "gzip")
            self.set_header("Vary", "Accept-Encoding")
        return super().finish(chunk)


class HallHandler(LearningHandler):
    @web.authenticated
    async def get(self) -> None:
        self.present("learning.html", hall=await self.ask(lambda: look(self.papers, self.learning)))


class FormerHandler(LearningHandler):
    """The list of papers is a part of the first page now."""

    @web.authenticated
    async def get(self) -> None:
        self.redirect(url_path_join(self.base_url, "trainer/"))


# -- lessons -----------------------------------------------------------------------------------------------------------


class LessonHandler(LearningHandler):
    """A lesson as a plain page. Its exercises are forms, so that they work before, and without, the page's program."""

    @web.authenticated
    async def get(self, lesson: str) -> None:
        await self._page(lesson)

    @web.authenticated
    async def post(self, lesson: str) -> None:
        if self.get_body_argument("form", ""):
            await self._compute(lesson)
            return
        exercise, text = self.get_body_argument("exercise"), self.get_body_argument("text", "")
        said = await self.ask(lambda: self.shelf.check(lesson, exercise, text))
        await self._page(lesson, {exercise: {**said, "text": text}})

    async def _compute(self, lesson: str) -> None:
        """A calculator was filled in. What was uploaded is in memory, and is gone when the page is sent."""
        calculator = CALCULATORS.get(self.get_body_argument("calculator", ""))
        form = calculator.form(self.get_body_argument("form")) if calculator else None
        if form is None:
            raise web.HTTPError(404)
        given = {one.name: self.get_body_argument(one.name, "") for one in form.fields if one.kind != "file"}
        files = {
            name: (PurePosixPath(sent[0].filename.replace("\\", "/")).name[:80], sent[0].body)
            for name, sent in self.request.files.items()
            if sent[0].body
        }
        today = datetime.now().astimezone().date()

        def compute() -> Outcome:
            return fill_in(form, given, files, calendar_of(self.shelf.known(lesson)), today)

        outcome = await self.ask(compute)
        place = self.get_body_argument("place", "")
        await self._page(
            lesson, computed={"place": place, "form": form.name, "given": given, "outcome": outcome}
        )

    async def _page(
        self, lesson: str, results: dict[str, Any] | None = None, computed: dict[str, Any] | None = None
    ) -> None:
        opened, standing = await self.ask(lambda: self.shelf.open(lesson))
        following = opened.about.get("reads_on", ())
        others = (await self.ask(self.learning.learning))["lessons"] if following else []
        titles = {row["lesson"]: row["title"] for row in others}
        self.present(
            "lesson.html",
            lesson=opened,
            standing=standing,
            parts=parts(opened, url_path_join(self.base_url, "trainer/lesson", lesson, "files") + "/"),
            results=results or {},
            computed=computed or {},
            reads_on=[(name, titles[name]) for name in following if name in titles],
        )


class LessonFileHandler(LearningHandler):
    """A picture of a lesson, or a file to take away."""

    @web.authenticated
    async def get(self, lesson: str, path: str) -> None:
        opened = await self.ask(lambda: self.shelf.known(lesson))
        suffix = PurePosixPath(path).suffix.lower()
        kind = {**_PICTURES, **_DOCUMENTS}.get(suffix)
        if kind is None or path not in opened.files:
            raise web.HTTPError(404)
        if suffix in _DOCUMENTS:
            name = quote(PurePosixPath(path).name)
            self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
        self.set_header("Content-Type", kind)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, max-age=3600")
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.finish(opened.files[path])


class LessonNotebookHandler(LearningHandler):
    """The lesson in the notebook, from a copy in the person's folder."""

    @web.authenticated
    async def get(self, lesson: str) -> None:
        page = url_path_join(self.base_url, "trainer/lesson", lesson)
        path = await self.ask(lambda: self.shelf.into_home(lesson, page))
        self.redirect(url_path_join(self.base_url, "notebooks", quote(path)))


def parts(lesson: Lesson, files: str) -> list[dict[str, Any]]:
    """The cells of a lesson for the page: ``html``, which a ``calculator`` may follow, or an ``exercise`` with its
    definition, or a ``program``.
    """
    found: list[dict[str, Any]] = []
    for number, cell in enumerate(lesson.cells):
        said = cell.get("metadata", {}).get("trainer", {})
        source = "".join(cell.get("source", ""))
        if cell.get("cell_type") == "code":
            found.append({"program": True})
        elif said.get("exercise") in lesson.exercises:
            name = said["exercise"]
            nth = sum("exercise" in part for part in found) + 1
            definition = definition_of(lesson.exercises[name], nth)
            found.append({"exercise": name, "definition": _json(definition), "html": as_html(source)})
        elif cell.get("cell_type") == "markdown":
            shown = as_html(source, _images(cell, lesson, files), _documents(lesson, files))
            calculator = CALCULATORS.get(said.get("calculator", ""))
            found.append({"html": shown, "calculator": calculator, "place": calculator_place(number)})
    return found


def _images(cell: Any, lesson: Lesson, files: str) -> Callable[[str], str | None]:
    within = attached(cell)

    def find(path: str) -> str | None:
        if path.startswith("attachment:"):
            return within(path)
        return None if is_elsewhere(path) or path not in lesson.files else files + quote(path)

    return find


def _documents(lesson: Lesson, files: str) -> Callable[[str], str | None]:
    def find(path: str) -> str | None:
        path = unquote(path)
        known = path in lesson.files and PurePosixPath(path).suffix.lower() in _DOCUMENTS
        return files + quote(path) if known else None

    return find


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


# -- the wrong-question book -------------------------------------------------------------------------------------------


class MistakesHandler(LearningHandler):
    """The questions of one topic, to be practised; or, without one, the list of topics and what has left it."""

    @web.authenticated
    async def get(self, topic: str = "") -> None:
        if topic:
            await self._practise(topic, {})
            return
        mine = await self.ask(self.learning.learning)
        gone = await self.ask(lambda: self.learning.mistakes(cleared=True))
        history = [
            {**shown_mistake(row, number), "title": row["topic_title"]} for number, row in enumerate(gone, 1)
        ]
        for row in history:
            row["html"] = as_html(row["text"])
        self.present("mistakes.html", topics=mine["mistakes"]["topics"], history=history)

    @web.authenticated
    async def post(self, topic: str) -> None:
        question, attempt = self.get_body_argument("question"), self.get_body_argument("try")
        text = self.get_body_argument("text", "")
        said = await self.ask(lambda: Book(self.learning).check(question, text, attempt))
        await self._practise(topic, {question: {**said, "text": text}})

    async def _practise(self, topic: str, results: dict[str, Any]) -> None:
        questions = await self.ask(lambda: Book(self.learning).questions(topic))
        mine = await self.ask(self.learning.learning)
        title = next((t["title"] for t in mine["mistakes"]["topics"] if t["topic"] == topic), "错题")
        for row in questions:
            row["html"], row["definition"] = as_html(row["text"]), _json(row["definition"])
        self.present(
            "mistakes_topic.html",
            topic=topic,
            title=title,
            questions=questions,
            results=results,
            attempt=os.urandom(8).hex(),
        )


# -- addresses that mark at once ---------------------------------------------------------------------------------------


class CheckHandler(SheetHandler):
    """JSON in, the verdict out."""

    def asked(self) -> tuple[dict[str, Any], str]:
        """The body, and the answer in it. Raises TrainerError."""
        body = self.body()
        text = body.get("text")
        if not isinstance(text, str):
            raise TrainerError("没有收到答案，请刷新这一页再试。")
        return body, text


class CheckLessonHandler(CheckHandler):
    @web.authenticated
    async def post(self, lesson: str) -> None:
        body, text = self.asked()
        shelf = Shelf(Path(self.settings["server_root_dir"]).expanduser(), LearningClient.from_environment())
        await self.answer(lambda: shelf.check(lesson, str(body.get("exercise", "")), text))


class CheckMistakeHandler(CheckHandler):
    @web.authenticated
    async def post(self, question: str) -> None:
        body, text = self.asked()
        book = Book(LearningClient.from_environment())
        await self.answer(lambda: book.check(question, text, str(body.get("try", ""))))


ROUTES: list[tuple[str, Any]] = [
    (r"trainer/?", HallHandler),
    (r"trainer/papers/?", FormerHandler),
    (rf"trainer/lesson/{_ID}", LessonHandler),
    (rf"trainer/lesson/{_ID}/notebook", LessonNotebookHandler),
    (rf"trainer/lesson/{_ID}/files/(?P<path>.+)", LessonFileHandler),
    (r"trainer/mistakes/?", MistakesHandler),
    (r"trainer/mistakes/(?P<topic>[a-z0-9-]+)", MistakesHandler),
    (rf"trainer/api/lessons/{_ID}/check", CheckLessonHandler),
    (r"trainer/api/mistakes/(?P<question>[a-z0-9-]+)/check", CheckMistakeHandler),
]
