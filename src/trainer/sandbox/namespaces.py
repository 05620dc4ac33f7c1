"""Namespaces of one submission, made by system calls: Python has ``unshare`` and ``setns`` from 3.12 on only."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEWNS, _NEWUSER, _NEWPID = 0x00020000, 0x10000000, 0x20000000
_RDONLY, _NOSUID, _NODEV, _REC, _PRIVATE = 1, 2, 4, 16384, 1 << 18
_PR_SET_DUMPABLE, _PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 4, 1, 38
_PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _AMBIENT_CLEAR = 24, 47, 4
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION = 0x20080522


class ProcessNamespaces:
    """Gives each next child of this process a process namespace of its own, whose first process it is: when that ends,
    the kernel ends all that it started.
    """

    def __init__(self) -> None:
        self._own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def next_child(self) -> None:
        """Raises OSError where the kernel does not let us."""
        _checked(_LIBC.unshare(_NEWPID), "unshare")

    def back(self) -> None:
        """Further children are born in this process's own namespace again."""
        _checked(_LIBC.setns(self._own, _NEWPID), "setns")


def own_view(uid: int, gid: int, folders: Sequence[str], folder_bytes: int, *, nest_users: bool) -> None:
    """A mount namespace in which ``folders`` are empty, private and writable, and /proc is empty.

    With ``nest_users`` also a user namespace, in which the kernel counts its processes apart from all others. Raises
    OSError.
    """
    _LIBC.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # or the map below would belong to root
    _checked(_LIBC.unshare(_NEWNS | (_NEWUSER if nest_users else 0)), "unshare")
    if nest_users:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    _mount(None, "/", None, _REC | _PRIVATE)
    for folder in folders:
        _mount("tmpfs", folder, f"mode=0700,size={folder_bytes},nr_inodes=10000,uid={uid},gid={gid}")
    _mount("tmpfs", "/proc", "mode=0555,size=4096,nr_inodes=2", _RDONLY)


def become(uid: int, gid: int) -> None:
    """Give up root, where there is root to give up. Raises OSError."""
    if os.getuid() != uid:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)


def give_up_powers() -> None:
    """No capabilities, now and after any exec. Raises OSError."""
    for capability in range(_LAST_CAPABILITY + 1):
        _LIBC.prctl(
            _PR_CAPBSET_DROP, capability, 0, 0, 0
        )  # EINVAL beyond the last, EPERM without the right: both fine
    _LIBC.prctl(_PR_CAP_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _checked(_LIBC.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _checked(_LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")


def die_with_parent(signal: int) -> None:
    """Have the kernel send ``signal`` to this process when the thread that started it ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)


def unreadable_for_others() -> None:
    """Nobody may look into the memory of this process, not even one with the same user."""
    _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _mount(kind: str | None, target: str, options: str | None, extra: int = 0) -> None:
    flags = extra if kind is None else extra | _NOSUID | _NODEV
    text = None if options is None else options.encode()
    name = None if kind is None else kind.encode()
    _checked(_LIBC.mount(name or b"none", target.encode(), name, flags, text), f"mount {target}")


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), what)
