"""Which system calls code from a submission may make: a seccomp filter, put on by the process itself.

Refused in every case is what no exercise needs and what opens large or shared parts of the kernel: sockets, namespaces,
mounts, other processes' memory and descriptors, keyrings, shared memory that has no owner, io_uring, BPF. Memory files are
refused because no limit counts them. Where there is no process namespace around the code, the *lonely* filter also
refuses new processes, and everything that reaches another process or the attributes of a file by name, which landlock
does not look at.
"""

from __future__ import annotations

import errno
import platform
from collections.abc import Iterator

from trainer.sandbox import bpf

#: Besides what opens the kernel: ways out of the walls, and memory that no limit counts or nobody owns.
_REFUSED: dict[str, bpf.Numbers] = bpf.ESCAPES | {
    "socket": (41, 198), "memfd_create": (319, 279),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
}  # fmt: skip
_NEW = (*bpf.NEW_ESCAPES, 447)  # memfd_secret

_REFUSED_LONELY: dict[str, bpf.Numbers] = {
    "fork": (57, None), "vfork": (58, None), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "truncate": (76, 45), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "removexattr": (197, 14), "lremovexattr": (198, 15), "inotify_add_watch": (254, 27),
}  # fmt: skip
#: pidfd_send_signal, pidfd_open, process_madvise, process_mrelease, setxattrat, removexattrat, file_setattr.
_NEW_LONELY = (424, 434, 440, 448, 463, 466, 469)
#: Attributes of files by name: answered as if done, because honest programs (shutil.copy) end with them.
_PRETENDED: dict[str, bpf.Numbers] = {
    "chmod": (90, None), "chown": (92, None), "lchown": (94, None), "fchmodat": (268, 53), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
}  # fmt: skip
_NEW_PRETENDED = (452,)  # fchmodat2

_TTY_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into somebody's terminal
_SET_OWNER = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP: who gets the signals of a descriptor
_FCNTL_SET_OWNER = (8, 15)  # F_SETOWN, F_SETOWN_EX


def refuse_system_calls(*, lonely_pid: int | None) -> None:
    """Put the filter on this process and all that it starts, for good. Needs no_new_privs. Raises OSError.

    ``lonely_pid`` is this process's own pid where no process namespace surrounds it, None where one does.
    """
    bpf.put_on(filter_program(lonely_pid=lonely_pid))


def filter_program(*, lonely_pid: int | None, machine: str = platform.machine()) -> bytes:
    """The filter as an array of ``struct sock_filter``. Raises OSError for a machine whose calls we do not know."""
    known = bpf.MACHINES.get(machine)
    if known is None:
        raise OSError(errno.ENOSYS, machine)
    return b"".join(_lines(known, lonely_pid))


def _lines(machine: bpf.Machine, lonely: int | None) -> Iterator[bytes]:
    yield from bpf.opening(machine)
    if lonely is not None:
        for number in (*bpf.numbers(_PRETENDED, machine), *_NEW_PRETENDED):
            yield from bpf.when(number, [bpf.refuse(0)])
        yield from bpf.refused([*bpf.numbers(_REFUSED_LONELY, machine), *_NEW_LONELY])
    yield from bpf.refused([*bpf.numbers(_REFUSED, machine), *_NEW])
    yield from bpf.no_namespaces(machine, threads_only=lonely is not None)
    typing = _TTY_INPUT if lonely is None else _TTY_INPUT + _SET_OWNER
    yield from bpf.when(machine.ioctl, bpf.unless(1, typing))
    if lonely is not None:
        yield from bpf.when(machine.fcntl, bpf.unless(1, _FCNTL_SET_OWNER))
        for number in (machine.kill, machine.tgkill):
            yield from bpf.when(number, bpf.only(0, (lonely,)))
        yield from bpf.when(machine.prlimit, bpf.only(0, (0, lonely)))
    yield bpf.allow()
