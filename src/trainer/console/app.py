"""``python -m trainer.console``: the instructors' page (教务台) as a JupyterHub service."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets, bind_unix_socket
from tornado.web import Application as Pages
from traitlets import Bool, Dict, Float, Int, Unicode
from traitlets.config import Application

from trainer import __version__
from trainer.console.boards import BoardFile, BoardPage, BoardView
from trainer.console.catalogue import TITLES
from trainer.console.history import JobData, JobFile, JobPage, JobsPage, JobStop
from trainer.console.jobs import Jobs
from trainer.console.journal import Journal
from trainer.console.lessons import LessonsPage, publish_at_first_start
from trainer.console.pages import STATIC, Assets, Callback, Console, Missing, NoCourse
from trainer.console.papers import EssaysPage, MakePage, OverviewPage, RoundPage, VerbPage
from trainer.console.people import AccountsPage, MarkSheetPage, RosterPage
from trainer.console.place import Place
from trainer.console.survey import Surveyor
from trainer.console.watching import ExtraTimePage, ProgressData, ProgressPage
from trainer.errors import NotFound, TrainerError
from trainer.hall.client import HallClient, HallUnreachable
from trainer.settings import Accounts

log = logging.getLogger("trainer.console")

_MEGABYTE = 1024 * 1024
_SETTINGS: dict[str, Any] = {
    "cookie_secret": secrets.token_bytes(32),
    "xsrf_cookies": True,
    "log_function": lambda _: None,
}
_HALL_SECONDS = 15.0
_LOOKING = 1.0
#: Verbs of a paper that are started by its own button and need nothing but its form.
_PLAIN = ("allot", "release", "collect", "grade", "export-marks", "feedback", "export")

Route = tuple[str, Any, dict[str, Any]]


class ConsoleApp(Application):
    """教务台：教师在浏览器里办一场考试。由 JupyterHub 作为服务启动。"""

    name = "trainer-console"
    version = __version__
    description = Unicode("教务台：教师在浏览器里办一场考试，从组卷、发布到阅卷、出榜、反馈。")

    data = Unicode(".", help="数据文件夹。").tag(config=True)
    course = Unicode("", help="课程文件夹的名字（数据文件夹的 courses 里的）。").tag(config=True)
    socket_mode = Int(0o666, help="unix 套接字的权限。谁连得上不要紧：能做什么由登录决定。").tag(config=True)
    started_by = 0
    end_with_parent = Bool(False, help="启动它的进程没有了，就自己结束。").tag(config=True)
    login_seconds = Int(30, min=0, help="登录核对一次管多少秒；不再是教师的人，最迟过这么久进不来。").tag(
        config=True
    )
    idle_seconds = Float(120.0, min=1, help="连接空闲多少秒后断开。").tag(config=True)

    aliases = Dict(
        {"data": "ConsoleApp.data", "course": "ConsoleApp.course", "log-level": "Application.log_level"}
    )
    flags = Dict(
        {"end-with-parent": ({"ConsoleApp": {"end_with_parent": True}}, "启动它的进程没有了，就自己结束")}
    )

    @classmethod
    def main(cls, started_by: int) -> None:
        """Run until SIGTERM or SIGINT. Exit status 1, with a sentence, when it cannot start.

        ``started_by`` is the process with which to end, where that was asked for.
        """
        app = cls()
        app.started_by = started_by
        try:
            app.initialize(sys.argv[1:])
            app.start()
        except TrainerError as error:
            sys.stderr.write(f"教务台没有启动：{error}\n")
            sys.exit(1)
        except OSError as error:
            sys.stderr.write(f"教务台没有启动，打不开文件或地址：{error}\n")
            sys.exit(1)

    def initialize(self, argv: Any = None) -> None:
        self.parse_command_line(argv)

    def start(self) -> None:
        """Serve until told to stop."""
        level: Any = self.log_level
        logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        os.umask(0o027)
        asyncio.run(self.serve())

    async def serve(self) -> None:
        """Listen, wait for the end, end what runs."""
        HubOAuth.instance(cache_max_age=self.login_seconds)
        place = Place(Path(self.data).resolve(), self.course)
        prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/console/").rstrip("/") + "/"
        base = os.environ.get("JUPYTERHUB_BASE_URL", "/").rstrip("/") + "/"
        try:
            console = _console(place, prefix, base)
        except NotFound as error:  # a server without a course is no reason to be started again and again
            log.warning("No course to work on: %s", error)
            await self._serve(_without_course(prefix, base, str(error)))
            return
        pages = Pages(
            routes(console),
            default_handler_class=Missing,
            default_handler_args={"console": console},
            **_SETTINGS,
        )
        lessons = asyncio.create_task(publish_at_first_start(console)) if console.surveyor.hall else None
        await self._serve(pages, console.jobs)
        if lessons is not None:
            lessons.cancel()

    async def _serve(self, pages: Pages, jobs: Jobs | None = None) -> None:
        server = HTTPServer(
            pages, xheaders=True, max_body_size=_MEGABYTE, idle_connection_timeout=self.idle_seconds
        )
        self._listen(server, os.environ.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:8991"))
        await self._told_to_stop()
        server.stop()
        if jobs is not None:
            await jobs.close()
        await server.close_all_connections()
        log.info("Ended")

    def _listen(self, server: HTTPServer, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme == "http+unix":
            server.add_socket(
                bind_unix_socket(unquote(parts.netloc.partition(":")[0]), mode=self.socket_mode)
            )
        elif parts.scheme == "http" and parts.hostname and parts.port:
            server.add_sockets(bind_sockets(parts.port, parts.hostname))
        else:
            raise TrainerError(
                f"JUPYTERHUB_SERVICE_URL（{url}）不对：应是 http+unix://… 或 http://主机:端口。"
            )
        log.info("Listening at %s", url)

    async def _told_to_stop(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), _LOOKING if self.end_with_parent else None)
            except TimeoutError:
                if os.getppid() != self.started_by:
                    log.warning("The process that started this one is gone")
                    stop.set()


def routes(console: Console) -> list[Route]:
    """All addresses below the prefix, each with its handler."""
    given = {"console": console}
    paper, verb = r"papers/([^/]+)", f"({'|'.join(name for name in TITLES if name in _PLAIN)})"
    pages: list[tuple[str, Any]] = [
        ("", OverviewPage),
        ("make", MakePage),
        (paper, RoundPage),
        (rf"{paper}/progress", ProgressPage),
        (rf"{paper}/progress\.json", ProgressData),
        (rf"{paper}/extra-time", ExtraTimePage),
        (rf"{paper}/essays", EssaysPage),
        (rf"{paper}/import-marks", MarkSheetPage),
        (rf"{paper}/{verb}", VerbPage),
        (r"boards/([^/]+)", BoardPage),
        (r"boards/([^/]+)/page", BoardView),
        (r"boards/([^/]+)/files/([^/]+)", BoardFile),
        ("lessons", LessonsPage),
        ("roster", RosterPage),
        ("accounts", AccountsPage),
        ("jobs", JobsPage),
        (r"jobs/([^/]+)", JobPage),
        (r"jobs/([^/]+)/state\.json", JobData),
        (r"jobs/([^/]+)/stop", JobStop),
        (r"jobs/([^/]+)/files/([^/]+)", JobFile),
        ("oauth_callback", Callback),
    ]
    listed: list[Route] = [(f"{console.prefix}{pattern}", handler, given) for pattern, handler in pages]
    return [*listed, (f"{console.prefix}static/(.*)", Assets, {"path": str(STATIC)})]


def _console(place: Place, prefix: str, base: str) -> Console:
    """The parts of a running console. Raises NotFound when there is no course."""
    place.create()
    journal = Journal(place.log)
    name = Accounts(config=place.course().config).installation
    return Console(place, journal, Jobs(place, journal), Surveyor(_hall()), prefix, base, name)


def _without_course(prefix: str, base: str, sentence: str) -> Pages:
    given = {"prefix": prefix, "base": base, "installation": Accounts().installation, "sentence": sentence}
    static = (f"{prefix}static/(.*)", Assets, {"path": str(STATIC)})
    return Pages([static], default_handler_class=NoCourse, default_handler_args=given, **_SETTINGS)


def _hall() -> HallClient | None:
    try:
        return HallClient.from_environment(timeout=_HALL_SECONDS)
    except HallUnreachable:
        return None
