"""Enter the namespaces that bubblewrap made (``setns``, which Python has from 3.12 on) and give up root for good."""

from __future__ import annotations

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAPBSET_DROP = 24
_LAST_CAPABILITY = 63

#: With the kernel's flag for each (systemd's RestrictNamespaces lets only those through that are named). The order matters:
#: the mount namespace takes away the view of /proc, the pid namespace is for children only.
NAMESPACES = {
    "cgroup": 0x02000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "net": 0x40000000,
    "pid": 0x20000000,
    "mnt": 0x00020000,
}


def open_namespaces(pid: int) -> list[int]:
    """Descriptors of the namespaces of a process, in the order in which to join them."""
    return [os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in NAMESPACES]


def join_namespaces(descriptors: list[int]) -> None:
    """Join what :func:`open_namespaces` opened. Raises OSError. Needs root and a single thread."""
    for descriptor, flag in zip(descriptors, NAMESPACES.values(), strict=True):
        if _LIBC.setns(descriptor, flag) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(descriptor)


def give_up_root(uid: int) -> None:
    """Become ``uid`` with no groups and no capabilities, now and after any exec. Raises OSError."""
    for capability in range(_LAST_CAPABILITY + 1):
        _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # EINVAL beyond the kernel's last one
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")


def die_with_parent(signal: int) -> None:
    """Have the kernel send ``signal`` to this process when the thread that started it ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)
