"""Answering a paper: the plain page without Jupyter, and the addresses that it and the notebook's bar talk to."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from trainer.errors import NotFound, TrainerError
from trainer.hall.client import HallClient, HallError, HallUnreachable
from trainer.hub.singleuser.papers import PaperFolder
from trainer.hub.singleuser.sheet import AnswerSheet

Answer = TypeVar("Answer")

_NAMES = r"(?P<course>[^/]+)/(?P<assignment>[^/]+)"
_PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
#: Made by `make labextension`.
_BUILT = Path(__file__).parents[2] / "labextension" / "page"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_FOR_EVER = "public, max-age=31536000, immutable"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
#: The cookie in which the hub's pages note what kind of screen they are seen on.
SCREEN_COOKIE = "trainer-screen"
_SMALL = re.compile(r"Mobi|Android|HarmonyOS|iPad|iPhone")


# -- what is sent ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _packed(path: Path, _stamp: int) -> tuple[str, bytes]:
    content = path.read_bytes()
    return sha256(content).hexdigest()[:16], gzip.compress(content, mtime=0)


def packed(name: str) -> tuple[str, bytes]:
    """(fingerprint, gzipped content) of a built file. Raises NotFound."""
    path = _BUILT / name
    if not path.is_file():
        raise NotFound("页面的程序没有装全，请管理员重新安装平台。")
    return _packed(path, path.stat().st_mtime_ns)


def asset(name: str) -> str:
    """The address of a built file below the server's ``trainer/``: it changes whenever the file does."""
    return f"static/{packed(name)[0]}/{name}"


def _finish(handler: web.RequestHandler, content: bytes, kind: str) -> None:
    handler.set_header("Content-Type", kind)
    handler.set_header("Vary", "Accept-Encoding")
    if "gzip" in handler.request.headers.get("Accept-Encoding", "") and len(content) > 1000:
        handler.set_header("Content-Encoding", "gzip")
        content = gzip.compress(content, 6)
    handler.finish(content)


def problem(error: Exception) -> tuple[int, dict[str, Any]]:
    """(HTTP status, what the page is told) of something that went wrong."""
    if isinstance(error, HallError):
        return error.status, {**error.more, "message": str(error), "code": error.code}
    if isinstance(error, HallUnreachable):
        return 503, {"message": str(error), "code": "unreachable"}
    if isinstance(error, NotFound):
        return 404, {"message": str(error), "code": "not-found"}
    if isinstance(error, TrainerError):
        return 422, {"message": str(error), "code": "refused"}
    if isinstance(error, web.HTTPError) and error.status_code in (401, 403):
        return error.status_code, {"message": "登录已经过期，请重新登录。", "code": "login"}
    status = error.status_code if isinstance(error, web.HTTPError) else 500
    return status, {"message": "服务器没有照办，请稍等再试。", "code": "failed"}


class _Sheets:
    """What the handlers share."""

    settings: dict[str, Any]

    def sheet(self, course: str, assignment: str) -> AnswerSheet:
        home = Path(self.settings["server_root_dir"]).expanduser()
        return AnswerSheet(PaperFolder(home, HallClient.from_environment()), course, assignment)


# -- addresses for the page's program ----------------------------------------------------------------------------------


class SheetHandler(_Sheets, APIHandler):
    """JSON in, JSON out; errors as ``{"message", "code"}``."""

    async def answer(self, work: Callable[[], Any]) -> None:
        """Finish with the value of ``work``, which may talk to the hall."""
        value = await asyncio.to_thread(work)
        self.set_header("Cache-Control", "no-store")
        _finish(self, json.dumps(value, ensure_ascii=False).encode(), "application/json")

    def body(self) -> dict[str, Any]:
        """The request's object. Raises TrainerError."""
        try:
            body = json.loads(self.request.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise TrainerError("请求的内容不完整，请刷新页面再试。")
        return body

    def write_error(self, status_code: int, **options: Any) -> None:
        error = options.get("exc_info", (None, None, None))[1]
        status, said = problem(error or web.HTTPError(status_code))
        self.set_status(status)
        if isinstance(error, HallError) and error.retry_after is not None:
            self.set_header("Retry-After", str(int(error.retry_after)))
        _finish(self, json.dumps(said, ensure_ascii=False).encode(), "application/json")

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        if not isinstance(error, TrainerError):
            super().log_exception(kind, error, trace)


class StateHandler(SheetHandler):
    @web.authenticated
    async def get(self, course: str, assignment: str) -> None:
        await self.answer(self.sheet(course, assignment).state)


class PaperHandler(SheetHandler):
    @web.authenticated
    async def get(self, course: str, assignment: str) -> None:
        await self.answer(self.sheet(course, assignment).paper)


class AnswerHandler(SheetHandler):
    @web.authenticated
    async def put(self, course: str, assignment: str, cell: str) -> None:
        body = self.body()
        text, base = body.get("text"), body.get("base")
        if not isinstance(text, str) or not (base is None or isinstance(base, str)):
            raise TrainerError("要存的答案不是文字，请刷新页面再试。")
        sheet = self.sheet(course, assignment)
        await self.answer(lambda: sheet.save(cell, text, base))


class HandInHandler(SheetHandler):
    @web.authenticated
    async def post(self, course: str, assignment: str) -> None:
        body = self.body()
        texts: Any = body.get("texts")
        bases = body.get("bases")
        if not _texts(texts) or not (bases is None or _texts(bases)):
            raise TrainerError("要交的答案不完整，请刷新页面再试。")
        sheet = self.sheet(course, assignment)
        await self.answer(lambda: sheet.submit(texts, bases))


def _texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


# -- the page ----------------------------------------------------------------------------------------------------------


class PageHandler(_Sheets, JupyterHandler):
    """The whole paper on one plain page. It comes with its data, so that a slow network is asked once less."""

    @web.authenticated
    async def get(self, course: str, assignment: str) -> None:
        data: dict[str, Any] = {
            "course": course,
            "assignment": assignment,
            "person": self.current_user.username,
            "base": self.base_url,
            "hub": os.environ.get("JUPYTERHUB_BASE_URL", "/") + "hub/",
        }
        try:
            data["paper"] = await asyncio.to_thread(self.sheet(course, assignment).paper)
        except TrainerError as error:
            data["problem"] = problem(error)[1]
        self.xsrf_token  # noqa: B018 - sets the cookie that the page's program sends back
        page = _PAGES.get_template("sheet.html").render(
            data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
            title=data.get("paper", {}).get("state", {}).get("title", "试卷"),
            base=url_path_join(self.base_url, "trainer") + "/",
            script=asset("page.js"),
            style=asset("page.css"),
        )
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Security-Policy", _POLICY)
        _finish(self, page.encode(), "text/html; charset=utf-8")


class AssetHandler(JupyterHandler):
    """The page's program and look, kept by the browser for as long as they are the same."""

    @web.authenticated
    async def get(self, fingerprint: str, name: str) -> None:
        try:
            current, content = packed(name)
        except NotFound:
            raise web.HTTPError(404) from None
        self.set_header("Content-Type", _TYPES[Path(name).suffix])
        self.set_header("Cache-Control", _FOR_EVER if fingerprint == current else "no-cache")
        self.set_header("Vary", "Accept-Encoding")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
        else:
            content = gzip.decompress(content)
        self.finish(content)


def wants_page(face: str, asked: str, screen: str, browser: str) -> bool:
    """Whether a paper of questions is opened as the plain page.

    ``face`` is the installation's choice (page, notebook, auto), ``asked`` the person's own for once, ``screen`` what the hub's
    pages noted (small, large or nothing), ``browser`` how the browser names itself.
    """
    if asked in ("page", "notebook"):
        return asked == "page"
    if face != "auto":
        return face == "page"
    return screen == "small" or bool(_SMALL.search(browser) and screen != "large")


_API = rf"trainer/api/papers/{_NAMES}"
ROUTES: list[tuple[str, Any]] = [
    (rf"{_API}/state", StateHandler),
    (rf"{_API}/paper", PaperHandler),
    (rf"{_API}/answers/(?P<cell>[^/]+)", AnswerHandler),
    (rf"{_API}/submit", HandInHandler),
    (rf"trainer/paper/{_NAMES}", PageHandler),
    (r"trainer/static/(?P<fingerprint>[0-9a-f]{16})/(?P<name>[a-z]+\.(?:js|css))", AssetHandler),
]
