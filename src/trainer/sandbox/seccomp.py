"""Which system calls code from a submission may make: a seccomp filter, put on by the process itself.

Refused in every case is what no exercise needs and what opens large or shared parts of the kernel: sockets, namespaces,
mounts, other processes' memory and descriptors, keyrings, shared memory that has no owner, io_uring, BPF. Memory files are
refused because no limit counts them. Where there is no process namespace around the code, the *lonely* filter also
refuses new processes, and everything that reaches another process or the attributes of a file by name, which landlock
does not look at.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARGUMENTS = 0, 4, 16
_NAMESPACES = 0x7E020080  # CLONE_NEW…: mount, cgroup, uts, ipc, user, pid, net, time
_CLONE_THREAD = 0x00010000
_CLONE3 = 435
_PR_SET_SECCOMP, _FILTER = 22, 2

#: Numbers on x86_64 and on the architectures with the generic table (None: no such call there).
_REFUSED: dict[str, tuple[int | None, int | None]] = {
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
    "socket": (41, 198), "memfd_create": (319, 279),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
}  # fmt: skip
#: io_uring, the new mounts, pidfd_getfd, quotactl_fd, memfd_secret: the same numbers everywhere.
_NEW = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 443, 447)

_REFUSED_LONELY: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None), "vfork": (58, None), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "truncate": (76, 45), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "removexattr": (197, 14), "lremovexattr": (198, 15), "inotify_add_watch": (254, 27),
}  # fmt: skip
#: pidfd_send_signal, pidfd_open, process_madvise, process_mrelease, setxattrat, removexattrat, file_setattr.
_NEW_LONELY = (424, 434, 440, 448, 463, 466, 469)
#: Attributes of files by name: answered as if done, because honest programs (shutil.copy) end with them.
_PRETENDED: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None), "chown": (92, None), "lchown": (94, None), "fchmodat": (268, 53), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
}  # fmt: skip
_NEW_PRETENDED = (452,)  # fchmodat2


@dataclass(frozen=True)
class _Machine:
    arch: int
    column: int
    clone: int
    ioctl: int
    fcntl: int
    kill: int
    tgkill: int
    prlimit: int
    foreign: int = 0  # numbers from here on belong to another calling convention


_GENERIC = (1, 220, 29, 25, 129, 131, 261)
_MACHINES = {
    "x86_64": _Machine(0xC000003E, 0, 56, 16, 72, 62, 234, 302, 0x40000000),
    "aarch64": _Machine(0xC00000B7, *_GENERIC),
    "loongarch64": _Machine(0xC0000102, *_GENERIC),
    "riscv64": _Machine(0xC00000F3, *_GENERIC),
}
_TTY_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into somebody's terminal
_SET_OWNER = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP: who gets the signals of a descriptor
_FCNTL_SET_OWNER = (8, 15)  # F_SETOWN, F_SETOWN_EX


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def known_machine(machine: str = platform.machine()) -> bool:
    """Whether we know the numbers of this machine's system calls."""
    return machine in _MACHINES


def refuse_system_calls(*, lonely_pid: int | None) -> None:
    """Put the filter on this process and all that it starts, for good. Needs no_new_privs. Raises OSError.

    ``lonely_pid`` is this process's own pid where no process namespace surrounds it, None where one does.
    """
    program = filter_program(lonely_pid=lonely_pid)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(_Program(len(program) // 8, program)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")


def filter_program(*, lonely_pid: int | None, machine: str = platform.machine()) -> bytes:
    """The filter as an array of ``struct sock_filter``. Raises OSError for a machine whose calls we do not know."""
    known = _MACHINES.get(machine)
    if known is None:
        raise OSError(errno.ENOSYS, machine)
    return b"".join(_lines(known, lonely_pid))


def _lines(machine: _Machine, lonely: int | None) -> Iterator[bytes]:
    yield _line(_LOAD, _ARCH)
    yield _line(_EQUAL, machine.arch, 1, 0)
    yield _refuse()
    yield _line(_LOAD, _NR)
    if machine.foreign:
        yield _line(_AT_LEAST, machine.foreign, 0, 1)
        yield _refuse()
    refused = [*_numbers(_REFUSED, machine), *_NEW]
    if lonely is not None:
        refused += [*_numbers(_REFUSED_LONELY, machine), *_NEW_LONELY]
        for number in (*_numbers(_PRETENDED, machine), *_NEW_PRETENDED):
            yield from _when(number, [_refuse(0)])
    for number in refused:
        yield from _when(number, [_refuse()])
    # The C library tries clone, whose flags can be looked at, when there is no clone3.
    yield from _when(_CLONE3, [_refuse(errno.ENOSYS)])
    yield from _when(machine.clone, _clone(lonely is not None))
    yield from _when(machine.ioctl, _unless(1, _TTY_INPUT if lonely is None else _TTY_INPUT + _SET_OWNER))
    if lonely is not None:
        yield from _when(machine.fcntl, _unless(1, _FCNTL_SET_OWNER))
        for number in (machine.kill, machine.tgkill):
            yield from _when(number, _only(0, (lonely,)))
        yield from _when(machine.prlimit, _only(0, (0, lonely)))
    yield _line(_RETURN, _ALLOW)


def _numbers(table: dict[str, tuple[int | None, int | None]], machine: _Machine) -> list[int]:
    return [number for pair in table.values() if (number := pair[machine.column]) is not None]


def _when(number: int, then: Sequence[bytes]) -> list[bytes]:
    """A block for one system call; it has to end with a return."""
    return [_line(_EQUAL, number, 0, len(then)), *then]


def _clone(lonely: bool) -> list[bytes]:
    """No new namespaces; no new processes either for who has no process namespace (threads are not processes)."""
    load = _line(_LOAD, _ARGUMENTS)
    if lonely:
        return [
            load,
            _line(_ANY_BIT, _NAMESPACES, 1, 0),
            _line(_ANY_BIT, _CLONE_THREAD, 1, 0),
            _refuse(),
            _allow(),
        ]
    return [load, _line(_ANY_BIT, _NAMESPACES, 0, 1), _refuse(), _allow()]


def _unless(argument: int, values: Sequence[int]) -> list[bytes]:
    """Refused with one of these values (the lower half: the upper one is ignored by the kernel too)."""
    tests = [_line(_EQUAL, value, len(values) - at, 0) for at, value in enumerate(values)]
    return [_line(_LOAD, _ARGUMENTS + 8 * argument), *tests, _allow(), _refuse()]


def _only(argument: int, values: Sequence[int]) -> list[bytes]:
    """Allowed with one of these values only."""
    tests = [_line(_EQUAL, value, len(values) - at, 0) for at, value in enumerate(values)]
    return [_line(_LOAD, _ARGUMENTS + 8 * argument), *tests, _refuse(), _allow()]


def _refuse(number: int = errno.EPERM) -> bytes:
    return _line(_RETURN, _ERRNO | number)


def _allow() -> bytes:
    return _line(_RETURN, _ALLOW)


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
