"""The spawner: each person's server behind its own walls, started by the fork server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyterhub.spawner import Spawner
from tornado import web
from traitlets import Bool, Enum, Float, Instance, Int, Unicode
from traitlets import Callable as CallableTrait

from trainer.errors import TrainerError
from trainer.hub.data_folder import DataFolder, Identities
from trainer.hub.forkserver.client import ForkServerClient
from trainer.hub.forkserver.messages import Start
from trainer.hub.homes import exceeds, make_home
from trainer.hub.limits import ControlGroups, Limits
from trainer.hub.singleuser.rules import ServerRules
from trainer.hub.walls import DOORS, Walls

_MIB = 1024**2
#: Between asking a server to end and ending it.
_GRACE_SECONDS = 5.0
_LONG_LOG = 4 * _MIB


class WalledSpawner(Spawner):  # type: ignore[misc]
    """每个人的服务器：各在各的围墙里，只看得见自己的文件夹。"""

    memory_mib = Int(768, min=128, help="一个人的服务器最多用多少 MiB 内存（含他启动的所有进程）。").tag(
        config=True
    )
    processors = Float(1.0, min=0.05, help="一个人的服务器最多用几个处理器核。").tag(config=True)
    processes = Int(200, min=16, help="一个人的服务器最多有多少个进程和线程。").tag(config=True)
    file_mib = Int(64, min=1, help="一个文件最大多少 MiB。").tag(config=True)
    home_mib = Int(
        256, min=1, help="一个人的文件夹最多放多少 MiB；超过以后服务器会停下，清理后才能再用。"
    ).tag(config=True)
    tmp_mib = Int(64, min=1, help="围墙内 /tmp 的大小（MiB），算在内存里。").tag(config=True)
    kernels = Bool(
        False, help="学员能否运行程序（内核）。只有选择、填空等题目的课程不需要；有实操题的课程请打开。"
    ).tag(config=True)
    terminals = Bool(False, help="学员能否打开终端。考试用的服务器不要打开。").tag(config=True)
    idle_minutes = Int(
        120, min=0, help="学员的服务器多少分钟没有动静就自动停下（0 表示不停）；文件和答案都保留。"
    ).tag(config=True)
    paper_face = Enum(
        ["auto", "page", "notebook"],
        default_value="auto",
        help="只有题目的试卷怎样打开：page 简洁的答题页，notebook 笔记本界面，auto 手机和触摸屏用答题页、电脑用笔记本界面。",
    ).tag(config=True)
    upload_mib = Int(32, min=1, help="一次上传或保存最大多少 MiB。").tag(config=True)
    instructor_memory_mib = Int(3072, min=256, help="教员的服务器最多用多少 MiB 内存。").tag(config=True)
    forked = Bool(
        True,
        help="学员的服务器从已经载入全部程序的进程复制（省内存、启动快）；False 表示各自从头启动。",
    ).tag(config=True)

    # What the hub sets; not for configuration files.
    data = Instance(DataFolder)
    who = Instance(Identities)
    fork_server = Instance(ForkServerClient)
    groups_of_servers = Instance(ControlGroups, allow_none=True)
    number_of = CallableTrait(help="account → number of the account (1, 2, …)")
    roster = CallableTrait(help="() → all accounts and their numbers, for the instructors' /etc/passwd")
    course = Unicode(help="the course that formgrader shows")
    shown_courses = Instance(Path, help="the folder whose entries instructors find in their home")

    pid = Int(0)

    @property
    def account(self) -> str:
        return str(self.user.name)

    @property
    def instructor(self) -> bool:
        return any(group.name == "instructors" for group in self.user.orm_user.groups)

    @property
    def uid(self) -> int:
        return self.who.course if self.instructor else self.who.trainee(self.number_of(self.account))

    @property
    def rules(self) -> ServerRules:
        everything = self.instructor
        return ServerRules(
            instructor=everything,
            kernels=everything or self.kernels,
            terminals=everything or self.terminals,
            idle_minutes=self.idle_minutes,
            upload_bytes=self.upload_mib * _MIB,
            course=self.course,
            paper_face=self.paper_face,
        )

    @property
    def limits(self) -> Limits:
        return Limits(
            memory=(self.instructor_memory_mib if self.instructor else self.memory_mib) * _MIB,
            processors=float(os.cpu_count() or 1) if self.instructor else self.processors,
            processes=max(self.processes, 2000) if self.instructor else self.processes,
            file_size=(2**40) if self.instructor else self.file_mib * _MIB,
        )

    async def start(self) -> str:
        """Start it; the URL at which the hub and the front reach it, a socket that only they can open."""
        home = self.data.homes / self.account
        await asyncio.to_thread(make_home, home, self.uid, self.who, self._shared)
        await self._refuse_full_home(home)
        path = self.data.socket_of(self.account)
        with self._listen(path) as listening:
            self.pid = await self.fork_server.start(self._order(home), self.get_env(), listening)
        await self._until_it_answers(path)
        return f"http+unix://{quote(str(path), safe='')}:80"

    async def poll(self) -> int | None:
        if not self.pid:
            return 0
        status = await self.fork_server.poll(self.pid)
        if status is None and await self._home_is_full(self.data.homes / self.account):
            self.log.warning("%s 的文件夹超过 %s MiB，服务器停下", self.account, self.home_mib)
            await self.stop(now=True)
            return 1
        if status is not None:
            self._clean_up()
        return status

    async def stop(self, now: bool = False) -> None:
        """Ask it to end, then end everything within its walls."""
        if not self.pid:
            return
        if not now:
            await self.fork_server.signal(self.pid, signal.SIGTERM)
            for _ in range(int(_GRACE_SECONDS / 0.1)):
                if await self.fork_server.poll(self.pid) is not None:
                    break
                await asyncio.sleep(0.1)
        status = await self.fork_server.signal(self.pid, signal.SIGKILL)
        while status is None:
            await asyncio.sleep(0.02)
            status = await self.fork_server.poll(self.pid)
        self._clean_up()

    def get_state(self) -> dict[str, Any]:
        """Nothing outlives the hub, so there is nothing to find again."""
        return dict(super().get_state())

    def clear_state(self) -> None:
        super().clear_state()
        self.pid = 0

    def get_env(self) -> dict[str, str]:
        """Only what the server needs; the hub's own environment is not handed down."""
        home = self._inside_home
        doors = DOORS if self.who.separate else self.data.within
        environment: dict[str, str] = super().get_env()
        kept = {name: value for name, value in environment.items() if name.startswith("JUPYTERHUB_")}
        api = f"http+unix://{quote(str(doors / 'hub.sock'), safe='')}{self.hub.base_url}api"
        return {
            **kept,
            "JUPYTERHUB_API_URL": api,
            "JUPYTERHUB_ACTIVITY_URL": f"{api}/users/{quote(self.account)}/activity",
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:80{self.server.base_url}",
            "JUPYTERHUB_DISABLE_USER_CONFIG": "1",
            "TRAINER_HALL_URL": f"http+unix://{quote(str(doors / 'hall' / 'hall.sock'), safe='')}{self._hall_prefix}",
            **self.rules.as_variable(),
            **({"JUPYTERHUB_DEFAULT_URL": "/lab"} if self.instructor else {}),
            "HOME": str(home),
            "USER": self.account,
            "LOGNAME": self.account,
            "PATH": f"{_programs()}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONNOUSERSITE": "1",
            # A kernel starts in the folder of its notebook: a file there must not pass for one of Python's own modules,
            # least of all where an instructor opens what a trainee handed in.
            "PYTHONSAFEPATH": "1",
            "JUPYTER_CONFIG_DIR": str(home / ".config" / "jupyter"),
            "JUPYTER_DATA_DIR": str(home / ".local" / "share" / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(home / ".local" / "runtime"),
            "JUPYTER_PREFER_ENV_PATH": "1",
            "IPYTHONDIR": str(home / ".ipython"),
            "MPLCONFIGDIR": str(home / ".config" / "matplotlib"),
        }

    def _order(self, home: Path) -> Start:
        limits = self.limits
        walls = self._walls(home) if self.who.separate else None
        groups = self.groups_of_servers.make(self._group_name, limits) if self.groups_of_servers else []
        self._turn_log_over()
        return Start(
            walls=walls.command() if walls else [],
            become=walls.become() if walls else [],
            uid=self.uid,
            fork=self.forked and not self.instructor,
            module="trainer.hub.singleuser.server",
            arguments=[],
            home=str(self._inside_home),
            log=str(self._log),
            limits=limits.as_json(),
            cgroups=[str(path) for path in groups],
        )

    def _walls(self, home: Path) -> Walls:
        walls = Walls(
            account=self.account,
            uid=self.uid,
            home=home,
            doors=self.data.within,
            etc=self.data.etc / self.account,
            tmp_bytes=(self.tmp_mib * _MIB) * (16 if self.instructor else 1),
            shared=tuple(self._shared),
        )
        people = {self.account: self.uid}
        if self.instructor:  # nbgrader asks whose the files of a submission are
            people |= {
                name: self.who.trainee(number)
                for name, number in self.roster().items()
                if name != self.account
            }
        walls.write_etc(people)
        return walls

    @property
    def _inside_home(self) -> Path:
        return Path("/home") / self.account if self.who.separate else self.data.homes / self.account

    @property
    def _shared(self) -> list[Path]:
        """What instructors share: the courses, the question bank, the configuration that the courses read."""
        if not self.instructor:
            return []
        return sorted(path for path in self.shown_courses.iterdir() if not path.name.startswith("."))

    @property
    def _group_name(self) -> str:
        return self.data.socket_of(self.account).stem

    @property
    def _hall_prefix(self) -> str:
        return f"{self.hub.base_url.removesuffix('hub/')}services/hall/"

    @contextlib.contextmanager
    def _listen(self, path: Path) -> Any:
        """A socket in a folder where nobody but the hub can put anything: no server can stand in for another."""
        path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(str(path))
            path.chmod(0o600)
            self.who.give(path, self.who.front)
            listening.listen(128)
            yield listening
        finally:
            listening.close()

    async def _until_it_answers(self, path: Path) -> None:
        """JupyterHub would wait its whole timeout for a server that has died already. Raises TrainerError then."""
        answer = asyncio.ensure_future(_first_byte(path, self.server.base_url))
        try:
            while not answer.done():
                await asyncio.wait([answer], timeout=0.2)
                if not answer.done() and await self.fork_server.poll(self.pid) is not None:
                    self._clean_up()
                    raise TrainerError(f"{self.account} 的服务器刚启动就退出了，原因记在 {self._log}。")
        finally:
            answer.cancel()

    @property
    def _log(self) -> Path:
        return self.data.logs / f"server-{self.account}.log"

    def _turn_log_over(self) -> None:
        """Keep the one before, so that a long log does not stand in the way of a new one: the limit of a file holds for
        logs too.
        """
        with contextlib.suppress(FileNotFoundError):
            if self._log.stat().st_size > _LONG_LOG:
                self._log.replace(self._log.with_suffix(".log.1"))

    async def _home_is_full(self, home: Path) -> bool:
        if self.instructor or not self.who.separate:
            return False
        groups = self.groups_of_servers
        pids = groups.processes(self._group_name) if groups else []
        return await asyncio.to_thread(exceeds, home, self.home_mib * _MIB, pids)

    async def _refuse_full_home(self, home: Path) -> None:
        if await self._home_is_full(home):
            self.log.warning("%s 的文件夹超过 %s MiB，没有启动", self.account, self.home_mib)
            raise FullHome(self.home_mib)

    def _clean_up(self) -> None:
        self.pid = 0
        self.data.socket_of(self.account).unlink(missing_ok=True)
        if self.groups_of_servers:
            self.groups_of_servers.remove(self._group_name)


class FullHome(web.HTTPError):
    """A home holds more than it may; the hub shows the sentence on its page."""

    def __init__(self, mebibytes: int) -> None:
        self.jupyterhub_message = f"您的文件夹放满了（上限 {mebibytes} MiB），暂时打不开。请联系工作人员清理；已经交上去的答卷不受影响。"
        super().__init__(507, self.jupyterhub_message)


async def _first_byte(path: Path, base_url: str) -> bytes:
    reader, writer = await asyncio.open_unix_connection(str(path))
    try:
        writer.write(f"GET {base_url}api HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        return await reader.read(1)
    finally:
        writer.close()


def _programs() -> str:
    import sys

    return str(Path(sys.executable).parent)
