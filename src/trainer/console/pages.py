"""What every page of the console shares: login through the hub, instructors only, XSRF, errors in Chinese."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado.web import HTTPError, RequestHandler, StaticFileHandler

from trainer.accounts.store import AccountStore
from trainer.console.jobs import Jobs, Order
from trainer.console.journal import Journal
from trainer.console.place import Place
from trainer.console.records import Record
from trainer.console.survey import Past, Surveyor
from trainer.errors import Conflict, NotFound, TrainerError
from trainer.hall.identity import asker_of
from trainer.hub.data_folder import DataFolder
from trainer.model.points import as_text

log = logging.getLogger("trainer.console")

Value = TypeVar("Value")

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_GROUP = "instructors"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NOT_INSTRUCTOR = "教务台只有教师能用。您的账号不是教师账号；如果应该是，请和管理员联系。"
_SENTENCES = {
    400: "请求的内容不对，什么也没有改动。请返回重新操作。",
    403: "没有登录、没有权限，或者页面放得太久了，什么也没有改动。请回总览重新打开，再做一次；教务台只有教师能用。",
    404: "没有这个页面。请核对网址，或者回总览。",
    405: "不能这样打开这个网址，什么也没有改动。请回总览。",
    413: "上传的文件太大，没有读取，什么也没有改动。",
}
_DEFECT = (
    "教务台出错了，这一次没有做成；交卷和成绩都没有丢。请再试一次；还是这样，请告诉技术人员查看教务台的日志。"
)


@dataclass(frozen=True)
class Console:
    """The parts that pages work with. ``prefix`` is the service's path, ``base`` the whole server's; both end in /."""

    place: Place
    journal: Journal
    jobs: Jobs
    surveyor: Surveyor
    prefix: str
    base: str
    installation: str

    def past(self, paper: str) -> Past:
        """What is remembered of a paper."""
        graded, collected = self.jobs.last("grade", paper), self.jobs.last("collect", paper)
        at = datetime.fromisoformat(collected.started) if collected else None
        return Past(graded.result.get("bad", ()) if graded else (), at)

    def now(self) -> datetime:
        """The server's clock."""
        return datetime.now().astimezone()

    def note(self, who: str, what: str, detail: object) -> None:
        """A line in the journal about something that was done at once."""
        self.journal.note(who, what, detail, "done", self.now())

    def accounts(self) -> closing[AccountStore]:
        """The accounts of the installation, to be closed again. Raises NotFound before there are any."""
        path = DataFolder(self.place.data).accounts_db
        if not path.is_file():
            raise NotFound("这台服务器还没有账号数据库。请系统管理员先启动一次 trainer serve。")
        return closing(AccountStore(path))


def _when(value: datetime | str | None) -> str:
    """A moment as people read it, by the server's clock."""
    if not value:
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _short(value: datetime | str | None) -> str:
    """The same without the year, where the year is plain."""
    return _when(value)[5:]


def _input(value: datetime | None) -> str:
    """For an input of type datetime-local."""
    return "" if value is None else f"{value.astimezone():%Y-%m-%dT%H:%M}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "points": as_text,
        "when": _when,
        "short": _short,
        "input": _input,
        "part": lambda name: quote(str(name), safe=""),
    }
    return environment


class Shown(RequestHandler):
    """Renders templates with everything escaped; errors are pages too."""

    templates = _environment()
    console: Console

    def initialize(self, console: Console) -> None:
        self.console = console

    def set_default_headers(self) -> None:
        protect(self)
        self.set_header("Cache-Control", "no-store")

    def show(self, template: str, **values: Any) -> None:
        """Render and finish."""
        console = self.console
        frame = {
            "prefix": console.prefix,
            "base": console.base,
            "installation": console.installation,
            "person": "",
            "running": None,
            "xsrf": "",
        }
        self.finish(self.templates.get_template(template).render(**(frame | values)))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        own = error.log_message if isinstance(error, HTTPError) and error.log_message else ""
        ours = own if own and "\u4e00" <= own[0] <= "\u9fff" else ""
        self.show("problem.html", title="没有做成", sentence=ours or _SENTENCES.get(status_code, _DEFECT))


class Page(HubOAuthenticated, Shown):  # type: ignore[misc]
    """A page for instructors. Subclasses say what GET (``view``) and POST (``act``) do; both may raise TrainerError."""

    #: Whether a script asks: then nobody is sent to the login.
    scripted = False
    person: str
    account: str

    async def prepare(self) -> None:
        """Nobody but instructors gets past here, whatever the address."""
        await self.hub_auth.get_user(self, sync=False)
        user = self.current_user
        if user is None:
            if self.request.method != "GET" or self.scripted:
                raise HTTPError(403)
            self.redirect(self.get_login_url())
            return
        if not is_instructor(user):
            log.warning("Not an instructor: %s at %s", user["name"], self.request.path)
            raise HTTPError(403, NOT_INSTRUCTOR)
        self.account = str(user["name"])
        self.person = await self.aside(lambda: _name_of(self.console, self.account))

    async def get(self, *names: str) -> None:
        await self._answer(self.view, names)

    async def post(self, *names: str) -> None:
        await self._answer(self.act, names)

    async def view(self, *_names: str) -> None:
        """What is shown."""
        raise HTTPError(405)

    async def act(self, *_names: str) -> None:
        """What is done."""
        raise HTTPError(405)

    async def _answer(self, work: Any, names: tuple[str, ...]) -> None:
        try:
            await work(*names)
        except TrainerError as error:
            kind = 404 if isinstance(error, NotFound) else 409 if isinstance(error, Conflict) else 422
            self.set_status(kind)
            self.refuse(str(error))

    def refuse(self, sentence: str) -> None:
        """Finish with a sentence of ours."""
        self.show("problem.html", title="没有做成", sentence=sentence)

    def show(self, template: str, **values: Any) -> None:
        known = hasattr(self, "account")
        frame: dict[str, Any] = {
            "person": self.person if known else "",
            "running": self.console.jobs.current if known else None,
            "xsrf": self.xsrf_token.decode("ascii") if known else "",
        }
        super().show(template, **(frame | values))

    async def aside(self, work: Callable[[], Value]) -> Value:
        """Run something that takes a while on a thread."""
        return await asyncio.to_thread(work)

    async def begin(self, verb: str, about: str, given: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Start a job and show its page. Raises Conflict while another one runs."""
        order = Order(verb, about, self.account, self.person, given or {}, **more)
        record: Record = await self.console.jobs.start(order)
        self.go(f"jobs/{record.id}")

    def go(self, place: str) -> None:
        """After a POST: on to a page of ours."""
        self.redirect(self.console.prefix + place, status=303)

    def ticked(self, name: str) -> bool:
        return self.get_body_argument(name, "") == "yes"


def is_instructor(user: Mapping[str, Any]) -> bool:
    """From the hub's model: by group, or by the scope that opens the hall to instructors."""
    asker = asker_of(user)
    return _GROUP in (user.get("groups") or ()) or (asker is not None and asker.instruct)


def _name_of(console: Console, account: str) -> str:
    """As people know somebody; the account where there is no name."""
    try:
        with console.accounts() as store:
            found = store.find(account)
    except TrainerError:
        return account
    return found.name if found is not None and found.name else account


class Callback(Shown, HubOAuthCallbackHandler):  # type: ignore[misc]
    """Where the hub sends people back after the login."""

    async def get(self) -> None:
        await HubOAuthCallbackHandler.get(self)


class Missing(Page):
    """Any other address: even that there is nothing there is for instructors."""

    async def view(self, *_names: str) -> None:
        raise HTTPError(404)

    act = view


class NoCourse(RequestHandler):
    """Every page of a server that has no course (yet): what is missing, and nothing about anybody."""

    def initialize(self, sentence: str, **frame: str) -> None:
        self._values = {
            **frame,
            "title": "还不能用",
            "sentence": sentence,
            "person": "",
            "running": None,
            "xsrf": "",
        }

    def set_default_headers(self) -> None:
        protect(self)

    def prepare(self) -> None:
        self.set_status(503)
        self.finish(Shown.templates.get_template("problem.html").render(**self._values))


class Assets(StaticFileHandler):
    """Style sheet and script: nothing in them is anybody's secret."""

    def set_default_headers(self) -> None:
        protect(self)


def protect(handler: RequestHandler, policy: str = _POLICY) -> None:
    """Headers of every answer: nothing from elsewhere, not in a frame, not remembered as another type."""
    handler.set_header("Content-Security-Policy", policy)
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Referrer-Policy", "same-origin")
