"""The machine: system, rights, walls, limits, memory, clock."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from trainer.accounts.store import AccountStore
from trainer.hub.limits import CGROUPS, ControlGroups
from trainer.hub.walls import Walls
from trainer.sandbox.limits import Limits
from trainer.sandbox.sandbox import NoSandbox, Sandbox
from trainer.sandbox.view import bubblewrap
from trainer.workflow.doctor.finding import Finding, Place, good, note, problem, warning

_MIB = 1024**2
#: The year in which this was written: a clock that says less has lost its battery.
_THIS_YEAR = 2026
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_BEIJING = 8 * 3600
#: Measured (benchmarks/hub.py): hub, front, hall, console and fork server; and each further person, in MiB (PSS).
_BASE_MIB = 600
_PERSON_MIB = 48
#: Connections and files of one person in all processes that the limit of one process must hold.
_FILES_PER_PERSON, _FILES_BASE = 25, 1000
_IMPORTS = "import jupyterhub, jupyter_server, trainer.hub.singleuser.server"


def system(_: Place) -> Iterator[Finding]:
    if sys.platform != "linux":
        yield problem("系统", f"这里是 {sys.platform}，服务器只能在 Linux 上运行。", "请换一台 Linux 机器。")
        return
    yield good(
        "系统", f"Linux {platform.release()}，{platform.machine()}，Python {platform.python_version()}。"
    )


def rights(place: Place) -> Iterator[Finding]:
    if place.who.separate:
        yield good("身份", "以 root 运行，每个学员一个系统用户号。")
    else:
        yield warning(
            "身份",
            "不是 root：所有人的程序都用同一个系统用户，彼此之间没有围墙，只能试用，不能考试。",
            "正式使用请以 root 启动（见 deploy/README.md）。",
        )


def walls(place: Place) -> Iterator[Finding]:
    """Builds the walls of a trainee's server for real, and has Python in there import what such a server needs."""
    if not place.who.separate:
        return
    if bubblewrap() is None:
        yield problem("围墙", "没有 bwrap，围墙建不起来，服务器不会启动。", "apt-get install bubblewrap")
        return
    if shutil.which("setpriv", path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin") is None:
        yield problem("围墙", "没有 setpriv，不能放弃 root 的权力。", "apt-get install util-linux")
        return
    with tempfile.TemporaryDirectory(prefix="trainer-doctor-") as folder:
        attempt = _Attempt(place, Path(folder))
        failed = attempt.run("true")
        if failed:
            yield problem(
                "围墙",
                f"bwrap 建不起围墙：{failed}",
                "在容器里运行时，容器要有建立命名空间的权力（例如 docker run --privileged）；在 systemd 里请用 deploy/systemd 的单元文件。",
            )
            return
        yield good("围墙", "bwrap 建得起围墙，里面是没有权力的用户。")
        # through a shell: setpriv itself could still execute what its user may not
        failed = attempt.run("sh", "-c", 'exec "$0" -c "$1"', sys.executable, _IMPORTS)
        if failed:
            yield problem(
                "程序",
                f"学员的用户号不能运行本程序：{failed}",
                f"运行 chmod -R o+rX {sys.prefix}，或删掉 .venv 重新安装（umask 022）。",
            )
        else:
            yield good("程序", "学员的用户号能运行 Python 和全部程序。")


@dataclass(frozen=True)
class _Attempt:
    place: Place
    folder: Path

    def run(self, *program: str) -> str:
        """The last line of what a program said that failed within walls, "" when it did not."""
        home, doors, etc = (self.folder / name for name in ("home", "doors", "etc"))
        uid = self.place.who.trainee(0)
        for path in (home, doors):
            path.mkdir(exist_ok=True)
            os.chown(path, uid, uid)
        inside = Walls("doctor", uid, home, doors, etc, 16 * _MIB)
        inside.write_etc({"doctor": uid})
        done = subprocess.run(
            [*inside.command(), *inside.become(), *program],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(inside.inside_home)},
            check=False,
        )
        said = done.stderr.strip().splitlines()
        return "" if done.returncode == 0 else f"{said[-1] if said else done.returncode}。"


def control_groups(place: Place) -> Iterator[Finding]:
    if not place.who.separate:
        return
    cure = "用 deploy/systemd/trainer.service 启动（Delegate=yes）；内核参数里不要有 cgroup_disable=memory。"
    groups = ControlGroups("trainer-doctor")
    if groups.version == 2:
        works = _second_version_works(CGROUPS / f"trainer-doctor-{os.getpid()}")
    else:
        works = groups.available
        _remove_first_version(groups)
    if works:
        yield good("限额", f"内存、处理器、进程数的限额可以执行（cgroup 第 {groups.version} 版）。")
    else:
        yield problem("限额", "内存、处理器、进程数的限额执行不了：一个学员的程序可以用光整台机器。", cure)


def _second_version_works(folder: Path) -> bool:
    """Tried in a group of its own, so that no process has to be moved."""
    try:
        folder.mkdir()
        try:
            return all((folder / name).exists() for name in ("memory.max", "pids.max", "cpu.max"))
        finally:
            folder.rmdir()
    except OSError:
        return False


def _remove_first_version(groups: ControlGroups) -> None:
    if groups.version == 1:
        for part in ("memory", "pids", "cpu"):
            folder = groups.root / part / groups.name
            if folder.is_dir():
                folder.rmdir()


def code_sandbox(_: Place) -> Iterator[Finding]:
    """Makes the sandbox of code grading for real, as whoever runs this."""
    with Sandbox(Limits()) as sandbox:
        try:
            protection = sandbox.protection
        except NoSandbox as error:
            yield warning("沙箱", str(error), "apt-get install bubblewrap；没有实操题的课程不受影响。")
            return
    if protection.private:
        yield good("沙箱", protection.sentence())
    else:
        yield note(
            "沙箱",
            protection.sentence(),
            "够用；想让学员的程序也能启动别的程序，请安装 bubblewrap，并允许建立用户命名空间。",
        )


def memory(place: Place) -> Iterator[Finding]:
    available = _available_mib()
    room = max(0, (available - _BASE_MIB) // _PERSON_MIB)
    people = _trainees(place)
    said = f"可用内存 {available / 1024:.1f} GiB，估计能同时打开 {room} 个学员的服务器（每人约 {_PERSON_MIB} MiB）"
    if people > room:
        yield warning(
            "内存",
            f"{said}，而学员账号有 {people} 个。",
            "分批考试，或加内存；实际用量见 docs/how-to/operate-server.md。",
        )
    else:
        yield good("内存", f"{said}，学员账号 {people} 个。")


def _available_mib() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return 0


def open_files(place: Place) -> Iterator[Finding]:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _FILES_BASE + _FILES_PER_PERSON * _trainees(place)
    if most != resource.RLIM_INFINITY and most < needed:
        yield warning(
            "打开文件数",
            f"一个进程最多打开 {most} 个文件，按现有账号大约需要 {needed} 个，人多时会连不上。",
            "systemd 里写 LimitNOFILE=65536（deploy/systemd/trainer.service 已写）；手工启动前先运行 ulimit -n 65536。",
        )


def _trainees(place: Place) -> int:
    if not place.data.accounts_db.is_file():
        return 0
    with closing(AccountStore(place.data.accounts_db)) as store:
        return sum(account.role == "trainee" and not account.disabled for account in store.everyone())


def clock(place: Place) -> Iterator[Finding]:
    if place.now.year < _THIS_YEAR:
        yield problem(
            "时钟",
            f"机器的时间是 {place.now:%Y-%m-%d %H:%M}，明显不对；开始、截止和交卷时间都以它为准。",
            "用 date -s 或 timedatectl set-time 对好时间；每次开机都不对，请换主板电池。",
        )
        return
    offset = place.now.utcoffset()
    if offset is None or offset.total_seconds() != _BEIJING:
        yield warning(
            "时区",
            f"机器的时区是 {place.now:%Z（%z）}，不是北京时间。",
            "timedatectl set-timezone Asia/Shanghai",
        )
    if _clock_is_free():
        yield note(
            "时钟",
            f"时间 {place.now:%Y-%m-%d %H:%M:%S}，没有和时间服务器同步。",
            "有内网时间服务器就装 chrony 或 systemd-timesyncd；没有，每次考前和手机对一下时间。",
        )
    else:
        yield good("时钟", f"时间 {place.now:%Y-%m-%d %H:%M:%S}，已和时间服务器同步。")


def _clock_is_free() -> bool:
    """Whether nothing keeps the kernel's clock right."""
    libc = ctypes.CDLL(None)
    return int(libc.adjtimex(ctypes.create_string_buffer(512))) in (_UNSYNCHRONISED, -1)


MACHINE = (system, rights, walls, control_groups, code_sandbox, memory, open_files, clock)
