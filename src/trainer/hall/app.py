"""``python -m trainer.hall``: the hall as a JupyterHub service."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy.exc import SQLAlchemyError
from tornado.netutil import bind_sockets, bind_unix_socket
from traitlets import Bool, Dict, Float, Int, Unicode
from traitlets.config import Application

from trainer import __version__
from trainer.errors import TrainerError
from trainer.hall.calls import Hall
from trainer.hall.database import READERS, Database, address
from trainer.hall.front import Front
from trainer.hall.identity import Tokens
from trainer.hall.policy import MEGABYTE, Policy
from trainer.hall.request import Desks
from trainer.hall.signing import load_or_create, publish
from trainer.hall.writer import Writer

log = logging.getLogger("trainer.hall")

_FINISHING = 20.0
_LOOKING = 1.0
#: Connections that may wait to be accepted.
_QUEUE = 1024


class HallApp(Application):
    """考场服务：发卷、边做边存、交卷、收卷。由 JupyterHub 作为服务启动，也可以单独启动。"""

    name = "trainer-hall"
    version = __version__
    description = Unicode("考场服务：发卷、边做边存、交卷、收卷。")

    data = Unicode("", help="数据文件夹（里面是 hall.sqlite），或 PostgreSQL 的地址。必须写明。").tag(
        config=True
    )
    key_file = Unicode(
        "", help="签名钥匙的文件；默认是数据文件夹里的 secrets/receipt-key.json。用 PostgreSQL 时必须写明。"
    ).tag(config=True)
    socket_mode = Int(0o666, help="unix 套接字的权限。谁连得上不要紧：能做什么由登录凭证决定。").tag(
        config=True
    )
    people_socket = Unicode(
        "",
        help="学员的服务器从哪个 unix 套接字进来（和入口、其他服务分开，谁也堵不住谁）；不写就和大家一样。",
    ).tag(config=True)
    started_by = 0
    end_with_parent = Bool(False, help="启动它的进程没有了，就自己结束。").tag(config=True)

    submission_mb = Float(10.0, min=0.01, help="一次交卷最大多少 MB。").tag(config=True)
    answer_kb = Int(64, min=1, help="边做边存时，一个答案最大多少 KB。").tag(config=True)
    release_mb = Float(50.0, min=0.1, help="发布的作业、一份反馈最大多少 MB。").tag(config=True)
    most_files = Int(200, min=1, help="一次交卷最多多少个文件。").tag(config=True)
    person_submissions = Int(
        200, min=1, help="一个人一份作业最多收多少次交卷（规则里的次数之外的上限）。"
    ).tag(config=True)
    person_mb = Float(200.0, min=1, help="一个人一份作业，交卷合计、存的答案合计各最多多少 MB。").tag(
        config=True
    )
    person_saves = Int(20_000, min=1, help="一个人一份作业最多存多少次答案。").tag(config=True)
    free_floor_mb = Float(200.0, min=0, help="磁盘剩余少于这么多 MB 就不再收，以免写到一半。").tag(
        config=True
    )
    rate = Float(20.0, min=0.1, help="一个学员每秒最多多少次请求（交卷一次算 5 次）。").tag(config=True)
    burst = Float(100.0, min=1, help="一个学员短时间内最多攒多少次请求。").tag(config=True)
    connections = Int(4000, min=1, help="最多同时多少个连接。").tag(config=True)
    peer_connections = Int(64, min=1, help="一个学员的服务器最多同时多少个连接（按 uid 计）。").tag(
        config=True
    )
    idle_seconds = Float(60.0, min=1, help="连接空闲、请求头迟迟不来，多少秒后断开。").tag(config=True)
    body_seconds = Float(60.0, min=1, help="请求内容多少秒内必须到齐。").tag(config=True)
    token_seconds = Float(
        30.0, min=0, max=60, help="登录凭证核对一次管多少秒；撤销一个人的权限，最迟过这么久生效。"
    ).tag(config=True)

    aliases = Dict(
        {
            "data": "HallApp.data",
            "key-file": "HallApp.key_file",
            "people-socket": "HallApp.people_socket",
            "config": "HallApp.config_file",
            "log-level": "Application.log_level",
        }
    )
    flags = Dict(
        {"end-with-parent": ({"HallApp": {"end_with_parent": True}}, "启动它的进程没有了，就自己结束")}
    )
    config_file = Unicode("", help="设置文件（Python）。").tag(config=True)

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
            sys.stderr.write(f"考场服务没有启动：{error}\n")
            sys.exit(1)
        except (SQLAlchemyError, OSError) as error:
            sys.stderr.write(f"考场服务没有启动，打不开数据或地址：{error}\n")
            sys.exit(1)

    def initialize(self, argv: Any = None) -> None:
        self.parse_command_line(argv)
        if self.config_file:
            mine = self.cli_config
            self.load_config_file(self.config_file)
            self.update_config(mine)

    def policy(self) -> Policy:
        """The settings as one value."""
        return Policy(
            submission_bytes=int(self.submission_mb * MEGABYTE),
            answer_bytes=self.answer_kb * 1024,
            release_bytes=int(self.release_mb * MEGABYTE),
            files=self.most_files,
            person_submissions=self.person_submissions,
            person_bytes=int(self.person_mb * MEGABYTE),
            person_saves=self.person_saves,
            free_floor=int(self.free_floor_mb * MEGABYTE),
            rate=self.rate,
            burst=self.burst,
            connections=self.connections,
            peer_connections=self.peer_connections,
            idle_seconds=self.idle_seconds,
            body_seconds=self.body_seconds,
            token_seconds=self.token_seconds,
        )

    def start(self) -> None:
        """Serve until told to stop."""
        level: Any = self.log_level
        logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        os.umask(0o077)
        _allow_many_files()
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(self.serve())

    async def serve(self) -> None:
        """Open the store, listen, wait for the end, finish what has begun."""
        from trainer.hall.pages import pages

        environment = os.environ
        prefix = environment.get("JUPYTERHUB_SERVICE_PREFIX", "/services/hall/").rstrip("/") + "/"
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(READERS, "hall-reader"))
        if not self.data:
            raise TrainerError("没有写明数据放在哪里，请加上 --data=文件夹（或者 PostgreSQL 的地址）。")
        database = Database(address(self.data))
        try:
            policy, signer = self.policy(), load_or_create(self._key_path())
            writer = Writer(database, signer, policy)
            tokens = Tokens(environment.get("JUPYTERHUB_API_URL", "http://127.0.0.1:8081/hub/api"), policy)
            hall = Hall(writer, database.readers, policy, signer.key_id)
            front = Front(Desks(hall, tokens), pages(prefix, lambda: writer.keys), prefix)
            self._publish(writer.keys)
            _collect_seldom()
            self._listen(front, environment.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:8990"))
            await self._told_to_stop()
            log.info("Ending: finishing what has begun")
            await front.end(_FINISHING)
            await writer.close()
            await tokens.close()
        finally:
            database.close()
        log.info("Ended")

    def _key_path(self) -> Path:
        if self.key_file:
            return Path(self.key_file)
        if "://" in self.data:
            raise TrainerError("数据放在数据库服务器上时，请用 --key-file 写明签名钥匙放在哪里。")
        return Path(self.data) / "secrets" / "receipt-key.json"

    def _publish(self, keys: Mapping[str, str]) -> None:
        """The public keys, beside the secret one. A full disk is no reason not to start."""
        path = self._key_path().with_suffix(".pub.json")
        try:
            publish(path, keys)
        except OSError as error:
            log.warning("The public keys could not be written to %s: %s", path, error)

    def _listen(self, front: Front, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme == "http+unix":
            path = unquote(parts.netloc)
            front.add_socket(bind_unix_socket(path, mode=self.socket_mode, backlog=_QUEUE))
        elif parts.scheme == "http" and parts.hostname and parts.port:
            front.add_sockets(bind_sockets(parts.port, parts.hostname, backlog=_QUEUE))
        else:
            raise TrainerError(
                f"JUPYTERHUB_SERVICE_URL（{url}）不对：应是 http+unix://… 或 http://主机:端口。"
            )
        if self.people_socket:
            front.add_socket(bind_unix_socket(self.people_socket, mode=self.socket_mode, backlog=_QUEUE))
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


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:  # pragma: no cover - a platform without uvloop
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _collect_seldom() -> None:
    """Fewer searches for reference cycles: what is loaded stays, and requests leave next to none.

    Searching everything again and again shows in the slowest hundredth of answers.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _allow_many_files() -> None:
    """Every connection is an open file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
