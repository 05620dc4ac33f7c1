"""The walls around the warm process: bubblewrap where it is, and what can be said about the protection that is in force."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from trainer.sandbox import bpf, landlock, view

_DEVICES = ("null", "zero", "full", "random", "urandom")
#: Root's forks become this user: no account has it, and no other program runs as it.
NOBODY_ELSE = 1_990_000_000
_TMP_BYTES = 256 * 1024**2
#: The warm process's own folder within the walls, and where code of a submission runs.
HOME = Path("/run/warm")
_WORK = "/run/work"  # not a path at which a checkout may lie: it would be covered

REFUSAL = (
    "这台机器上建不成运行学员程序的沙箱，实操题没有阅（{reason}）。"
    "请安装 bubblewrap（apt-get install bubblewrap），或者换用 5.13 以上、打开了 landlock 的 Linux 内核；"
    "运行 trainer doctor 看缺什么。"
)


@dataclass(frozen=True)
class Protection:
    """What is in force around each submission. ``walls``: bubblewrap; ``private``: namespaces of its own; ``landlock``: the
    kernel's version of it, 0 for none; ``unsafe``: nothing at all, because the operator said so.
    """

    walls: bool
    private: bool
    landlock: int
    unsafe: bool = False

    def sentence(self) -> str:
        """For the operator."""
        if self.unsafe:
            return "没有任何保护：学员的程序以阅卷的人的身份直接运行，能读写此人能读写的一切。"
        parts = ["bubblewrap"] if self.walls else []
        parts += ["每份交卷各自的命名空间"] if self.private else []
        parts += [f"landlock（第 {self.landlock} 版）"] if self.landlock else []
        kind = "" if self.private else "；学员的程序里不能再启动别的程序"
        return f"学员的程序在沙箱里运行：{'、'.join([*parts, 'seccomp'])}{kind}。"


def command(*, with_bubblewrap: bool) -> list[str]:
    """The start of the command line of the warm process; empty without bubblewrap."""
    if not with_bubblewrap:
        return []
    bwrap = view.bubblewrap()
    assert bwrap is not None
    rights = [] if os.getuid() == 0 else ["--unshare-user"]
    capabilities = ["SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "KILL", "CHOWN", "DAC_OVERRIDE", "FOWNER"]
    for name in capabilities if os.getuid() == 0 else capabilities[:1]:
        rights += ["--cap-add", f"CAP_{name}"]
    return [
        bwrap,
        *rights,
        "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        "--die-with-parent", "--as-pid-1", "--new-session", "--hostname", "trainer",
        *view.system(),
        "--perms", "0755", "--dir", "/run", "--perms", "0711", "--size", str(_TMP_BYTES), "--tmpfs", str(HOME),
        *(part for folder in (_WORK, "/tmp") for part in ("--perms", "0755", "--dir", folder)),  # noqa: S108
        *view.programs(),
        *view.etc(),
        "--proc", "/proc", "--perms", "0755", "--dir", "/dev",
        *(part for name in _DEVICES for part in ("--dev-bind", f"/dev/{name}", f"/dev/{name}")),
        "--perms", "0755", "--dir", "/dev/shm",  # noqa: S108
        "--remount-ro", "/", "--chdir", "/",
    ]  # fmt: skip


def folders() -> tuple[str, ...]:
    """What within the walls is empty and writable for each submission. /tmp is not where this program itself lies in it."""
    inside = any(path.is_relative_to("/tmp") for path in view.program_folders())  # noqa: S108
    return (_WORK, "/dev/shm") if inside else (_WORK, "/dev/shm", "/tmp")  # noqa: S108


def readable() -> tuple[str, ...]:
    """What code may read where landlock alone shows it files: programs and libraries, nothing about people."""
    system = [f"/{name}" for name in ("usr", *view.LINKS)]
    etc = [f"/etc/{name}" for name in view.HARMLESS_ETC]
    return (*system, *etc, *(str(path) for path in view.program_folders()))


def missing() -> str:
    """What stands in the way of any protection, "" when nothing does as far as can be seen without trying."""
    if sys.platform != "linux":
        return "不是 Linux"
    if not bpf.known_machine():
        return f"不认识这种处理器（{os.uname().machine}）的系统调用"
    if view.bubblewrap() is None and not landlock.version():
        return "没有 bwrap，内核也没有 landlock"
    return ""
