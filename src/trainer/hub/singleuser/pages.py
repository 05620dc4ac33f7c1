"""The trainee's pages about papers: open one, hand it in, see the receipt and the feedback. Loaded by every server."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from markupsafe import Markup, escape
from tornado import web

from trainer.errors import TrainerError
from trainer.hall.client import HallClient, HallUnreachable
from trainer.hall.receipts import as_text
from trainer.hub.singleuser import panel, sheet_pages
from trainer.hub.singleuser.papers import PaperFolder
from trainer.hub.singleuser.sheet import AnswerSheet

Answer = TypeVar("Answer")

_PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
_NAMES = r"(?P<course>[^/]+)/(?P<assignment>[^/]+)"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _dated(text: str) -> Markup:
    """A text with its dates as elements, which pages do not break at the hyphens."""
    return Markup(_DATE.sub(lambda date: f"<time>{date[0]}</time>", str(escape(text))))  # noqa: S704 - escaped just now


_PAGES.filters["dated"] = _dated


class PapersHandler(JupyterHandler):
    """What the pages share: the person's folder, and errors as a page with the sentence."""

    @property
    def papers(self) -> PaperFolder:
        return PaperFolder(Path(self.settings["server_root_dir"]).expanduser(), HallClient.from_environment())

    async def ask(self, question: Callable[[], Answer]) -> Answer:
        """Talk to the hall without holding up the server."""
        return await asyncio.to_thread(question)

    def show(self, page: str, **values: Any) -> None:
        """Show one of our templates."""
        hub = os.environ.get("JUPYTERHUB_BASE_URL", "/") + "hub/"
        self.finish(
            _PAGES.get_template(page).render(
                base=url_path_join(self.base_url, "trainer") + "/",
                server=self.base_url,
                hub=hub,
                person=getattr(self.current_user, "display_name", "") or self.current_user.username,
                xsrf=self.xsrf_token.decode(),
                **values,
            )
        )

    def write_error(self, status_code: int, **options: Any) -> None:
        error = options.get("exc_info", (None, None))[1]
        if isinstance(error, TrainerError):
            self.set_status(getattr(error, "status", 503 if isinstance(error, HallUnreachable) else 400))
            self.show("papers_error.html", sentence=str(error))
        else:
            super().write_error(status_code, **options)

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        if not isinstance(error, TrainerError):
            super().log_exception(kind, error, trace)


class OpenHandler(PapersHandler):
    @web.authenticated
    async def get(self, course: str, assignment: str) -> None:
        path = await self.ask(lambda: self.papers.open(course, assignment))
        sheet = AnswerSheet(self.papers, course, assignment)
        # Programs are written in the notebook; questions to tap are answered in either.
        if self._wants_page and not any(part.code for part in await asyncio.to_thread(sheet.parts)):
            names = (quote(course, safe=""), quote(assignment, safe=""))
            self.redirect(url_path_join(self.base_url, "trainer/paper", *names))
        else:
            self.redirect(url_path_join(self.base_url, "notebooks", quote(path)))

    @property
    def _wants_page(self) -> bool:
        return sheet_pages.wants_page(
            self.settings["paper_face"],
            self.get_query_argument("face", ""),
            self.get_cookie(sheet_pages.SCREEN_COOKIE, ""),
            self.request.headers.get("User-Agent", ""),
        )


class SubmitHandler(PapersHandler):
    @web.authenticated
    async def get(self, course: str, assignment: str) -> None:
        papers = await self.ask(self.papers.list)
        chosen = [paper for paper in papers if (paper.course, paper.assignment) == (course, assignment)]
        if not chosen:
            raise web.HTTPError(404)
        self.show("papers_submit.html", paper=chosen[0])

    @web.authenticated
    async def post(self, course: str, assignment: str) -> None:
        receipt = await self.ask(lambda: self.papers.submit(course, assignment))
        place = ("trainer/receipts", quote(course, safe=""), quote(assignment, safe=""), receipt["id"])
        self.redirect(url_path_join(self.base_url, *place), status=303)


class ReceiptHandler(PapersHandler):
    @web.authenticated
    async def get(self, course: str, assignment: str, identity: str) -> None:
        receipt = await self.ask(lambda: self.papers.receipt(course, assignment, identity))
        self.show("papers_receipt.html", receipt=receipt, text=as_text(receipt))


class FeedbackHandler(PapersHandler):
    @web.authenticated
    async def get(self, course: str, assignment: str) -> None:
        files = await self.ask(lambda: self.papers.feedback(course, assignment))
        pages = [content for path, content in sorted(files.items()) if path.endswith(".html")]
        if not pages:
            raise web.HTTPError(404)
        # It holds what the trainee wrote: shown, never run, and with no right to this server.
        self.set_header(
            "Content-Security-Policy",
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:",
        )
        hall = url_path_join(self.base_url, "trainer") + "/"
        back = f'<body><p class="back"><a href="{hall}">返回学习大厅</a></p>'
        self.finish(pages[0].replace(b"<body>", back.encode(), 1))


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "trainer.hub.singleuser.pages"}]


def _load_jupyter_server_extension(server: Any) -> None:
    from trainer.hub.singleuser import learning_pages  # which builds on the handlers above

    routes = [
        (rf"trainer/open/{_NAMES}", OpenHandler),
        (rf"trainer/submit/{_NAMES}", SubmitHandler),
        (rf"trainer/receipts/{_NAMES}/(?P<identity>[A-Za-z0-9_-]+)", ReceiptHandler),
        (rf"trainer/feedback/{_NAMES}", FeedbackHandler),
        *sheet_pages.ROUTES,
        *learning_pages.ROUTES,
    ]
    if not server.rules.instructor:  # an instructor's server has nbgrader's own
        routes += panel.ROUTES
    server.web_app.settings["paper_face"] = server.rules.paper_face
    base = server.web_app.settings["base_url"]
    server.web_app.add_handlers(".*$", [(url_path_join(base, path), handler) for path, handler in routes])
