"""Seccomp filters line by line: the kernel's small filter language, and the numbers of system calls that nobody here needs.

Used for code of submissions (:mod:`trainer.sandbox.seccomp`) and for whole servers (:mod:`trainer.hub.forkserver.syscalls`).
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

#: Numbers of one call on x86_64 and on the architectures with the generic table (None: no such call there).
Numbers = tuple[int | None, int | None]

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARGUMENTS = 0, 4, 16
_NAMESPACES = 0x7E020080  # CLONE_NEW…: mount, cgroup, uts, ipc, user, pid, net, time
_CLONE_THREAD = 0x00010000
_CLONE3 = 435
_PR_SET_SECCOMP, _FILTER = 22, 2

#: What opens large or shared parts of the kernel: namespaces, mounts, other processes' memory and descriptors, keyrings
#: (they are in no namespace), the kernel's log, BPF.
ESCAPES: dict[str, Numbers] = {
    "ptrace": (101, 117), "syslog": (103, 116), "vhangup": (153, 58), "modify_ldt": (154, None),
    "pivot_root": (155, 41), "chroot": (161, 51), "acct": (163, 89), "settimeofday": (164, 170), "mount": (165, 40),
    "umount2": (166, 39), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None),
    "init_module": (175, 105), "delete_module": (176, 106), "quotactl": (179, 60), "lookup_dcookie": (212, 18),
    "clock_settime": (227, 112), "kexec_load": (246, 104), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "unshare": (272, 97), "perf_event_open": (298, 241), "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "clock_adjtime": (305, 266),
    "setns": (308, 268), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "finit_module": (313, 273), "kexec_file_load": (320, 294), "bpf": (321, 280), "userfaultfd": (323, 282),
}  # fmt: skip
#: io_uring, the new mounts, pidfd_getfd, quotactl_fd: the same numbers everywhere.
NEW_ESCAPES = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 443)


@dataclass(frozen=True)
class Machine:
    """Numbers of one architecture; ``column`` says which of :data:`Numbers` are its own."""

    arch: int
    column: int
    clone: int
    socket: int
    ioctl: int
    fcntl: int
    kill: int
    tgkill: int
    prlimit: int
    foreign: int = 0  # numbers from here on belong to another calling convention


_GENERIC = (1, 220, 198, 29, 25, 129, 131, 261)
MACHINES = {
    "x86_64": Machine(0xC000003E, 0, 56, 41, 16, 72, 62, 234, 302, 0x40000000),
    "aarch64": Machine(0xC00000B7, *_GENERIC),
    "loongarch64": Machine(0xC0000102, *_GENERIC),
    "riscv64": Machine(0xC00000F3, *_GENERIC),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def known_machine(machine: str = platform.machine()) -> bool:
    """Whether we know the numbers of this machine's system calls."""
    return machine in MACHINES


def put_on(program: bytes) -> None:
    """Put a filter on this process and on all that it starts, for good. Needs PR_SET_NO_NEW_PRIVS. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(_Program(len(program) // 8, program)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")


def numbers(table: dict[str, Numbers], machine: Machine) -> list[int]:
    """The numbers of a table's calls on one machine."""
    return [number for pair in table.values() if (number := pair[machine.column]) is not None]


def opening(machine: Machine) -> Iterator[bytes]:
    """The first lines of a filter: refuse calls of another architecture, then have the call's number at hand."""
    yield _line(_LOAD, _ARCH)
    yield _line(_EQUAL, machine.arch, 1, 0)
    yield refuse()
    yield _line(_LOAD, _NR)
    if machine.foreign:
        yield _line(_AT_LEAST, machine.foreign, 0, 1)
        yield refuse()


def refused(calls: Iterable[int]) -> Iterator[bytes]:
    """Each of these calls fails with EPERM."""
    for number in calls:
        yield from when(number, [refuse()])


def when(number: int, then: Sequence[bytes]) -> list[bytes]:
    """A block for one system call; it has to end with a return."""
    return [_line(_EQUAL, number, 0, len(then)), *then]


def no_namespaces(machine: Machine, *, threads_only: bool = False) -> Iterator[bytes]:
    """clone() makes no new namespaces, and with ``threads_only`` no new processes either."""
    # The C library tries clone, whose flags can be looked at, when there is no clone3.
    yield from when(_CLONE3, [refuse(errno.ENOSYS)])
    tests = [_line(_ANY_BIT, _NAMESPACES, 0, 1), refuse()]
    if threads_only:
        tests = [_line(_ANY_BIT, _NAMESPACES, 1, 0), _line(_ANY_BIT, _CLONE_THREAD, 1, 0), refuse()]
    yield from when(machine.clone, [_line(_LOAD, _ARGUMENTS), *tests, allow()])


def unless(argument: int, values: Sequence[int]) -> list[bytes]:
    """Refused with one of these values (the lower half: the upper one is ignored by the kernel too)."""
    return _compared(argument, values, allow(), refuse())


def only(argument: int, values: Sequence[int], otherwise: int = errno.EPERM) -> list[bytes]:
    """Allowed with one of these values only."""
    return _compared(argument, values, refuse(otherwise), allow())


def refuse(number: int = errno.EPERM) -> bytes:
    """The call fails with this error; with 0 it is answered as if done."""
    return _line(_RETURN, _ERRNO | number)


def allow() -> bytes:
    """The call is made."""
    return _line(_RETURN, _ALLOW)


def _compared(argument: int, values: Sequence[int], other: bytes, same: bytes) -> list[bytes]:
    tests = [_line(_EQUAL, value, len(values) - at, 0) for at, value in enumerate(values)]
    return [_line(_LOAD, _ARGUMENTS + 8 * argument), *tests, other, same]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
