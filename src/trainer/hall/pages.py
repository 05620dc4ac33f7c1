"""Pages for people: checking a receipt. Login through the hub (OAuth); nothing is loaded from elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, HubOAuthenticated
from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler, authenticated

from trainer.hall.receipts import BadReceipt, Verdict, parse, verify

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
#: How long a browser's login is believed without asking the hub again.
_LOGIN_SECONDS = 30
_SENTENCES = {
    403: "没有登录或者没有权限，也可能是页面放得太久。请回到平台首页重新登录，再打开这一页。",
    404: "没有这个页面。请核对网址。",
    413: "内容太大，不是一份回执。",
}


class Page(HubOAuthenticated, RequestHandler):  # type: ignore[misc]
    """A page of the hall, rendered from a template with everything escaped."""

    templates = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)

    def initialize(self, prefix: str, keys: Callable[[], Mapping[str, str]]) -> None:
        self.page_prefix, self.keys = prefix, keys

    async def prepare(self) -> None:
        """Ask the hub without holding up everybody else; what it says is kept with the request."""
        await self.hub_auth.get_user(self, sync=False)

    def set_default_headers(self) -> None:
        protect(self)

    def show(self, template: str, **values: Any) -> None:
        """Render and finish."""
        self.finish(self.templates.get_template(template).render(prefix=self.page_prefix, **values))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        sentence = _SENTENCES.get(status_code, "服务程序出错了。请稍后再试；一直这样，请告诉技术人员。")
        self.show("message.html", title="打不开这一页", sentence=sentence)


class ReceiptsPage(Page):
    """Paste or upload a receipt: is it ours, and unchanged?"""

    @authenticated
    def get(self) -> None:
        self._answer("", None, {})

    @authenticated
    def post(self) -> None:
        pasted = self._given()
        try:
            receipt = parse(pasted)
            verdict = verify(receipt, self.keys())
        except BadReceipt as error:
            receipt, verdict = {}, Verdict(False, str(error))
        self._answer(pasted, verdict, receipt)

    def _given(self) -> str:
        uploaded = self.request.files.get("file")
        if uploaded and uploaded[0]["body"]:
            return str(uploaded[0]["body"].decode("utf-8", "replace"))
        return self.get_body_argument("text", "", strip=False)

    def _answer(self, pasted: str, verdict: Verdict | None, receipt: Mapping[str, Any]) -> None:
        self.show(
            "receipts.html",
            xsrf=self.xsrf_token.decode("ascii"),
            pasted=pasted,
            valid=verdict is not None and verdict.valid,
            reason=verdict.reason if verdict else "",
            receipt=receipt,
        )


class HomePage(RequestHandler):
    """The prefix itself leads to the page that people come for."""

    def initialize(self, prefix: str) -> None:
        self._prefix = prefix

    def get(self) -> None:
        self.redirect(f"{self._prefix}receipts")


class Missing(Page):
    """Any other address."""

    async def prepare(self) -> None:
        raise HTTPError(404)


class Styles(StaticFileHandler):
    """The style sheet."""

    def set_default_headers(self) -> None:
        protect(self)


def protect(handler: RequestHandler) -> None:
    """Headers of every answer: nothing from elsewhere, not in a frame, not remembered as another type."""
    handler.set_header("Content-Security-Policy", _POLICY)
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Referrer-Policy", "same-origin")


def pages(prefix: str, keys: Callable[[], Mapping[str, str]]) -> Application:
    """The application of all pages below ``prefix``; ``keys`` gives the public keys by key id."""
    HubOAuth.instance(cache_max_age=_LOGIN_SECONDS)
    given = {"prefix": prefix, "keys": keys}
    return Application(
        [
            (prefix, HomePage, {"prefix": prefix}),
            (f"{prefix}receipts", ReceiptsPage, given),
            (f"{prefix}oauth_callback", HubOAuthCallbackHandler),
            (f"{prefix}static/(.*)", Styles, {"path": str(_HERE / "static")}),
        ],
        default_handler_class=Missing,
        default_handler_args=given,
        cookie_secret=secrets.token_bytes(32),
        xsrf_cookies=True,
        log_function=lambda _: None,
    )
