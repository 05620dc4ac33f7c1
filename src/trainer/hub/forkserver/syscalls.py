"""What a person's programs may ask of the kernel: a seccomp filter for everything within their walls.

Walls made of namespaces are only as good as the kernel behind them. Refused is what no course needs and what opens large
or shared parts of it: own user namespaces and mounts, other processes' memory and descriptors, keyrings (they are in no
namespace: two people could pass notes), the kernel's log, io_uring, BPF, and sockets that are not of this network
namespace (a virtual machine's AF_VSOCK reaches its host).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable
from dataclasses import dataclass

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_NAMESPACES = 0x7E020000  # CLONE_NEW…: mount, cgroup, uts, ipc, user, pid, net
_FAMILIES = (1, 2, 10, 16)  # unix, IPv4, IPv6, netlink (which asks about the own loopback)
_CLONE3 = 435
_PR_SET_SECCOMP, _FILTER = 22, 2

#: The same numbers on all architectures: io_uring, the new mounts, pidfd_getfd, quotactl_fd.
_NEW = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 443)
_REFUSED_X86 = {
    "ptrace": 101, "syslog": 103, "vhangup": 153, "modify_ldt": 154, "pivot_root": 155, "chroot": 161, "acct": 163,
    "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169, "sethostname": 170,
    "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176, "quotactl": 179,
    "lookup_dcookie": 212, "clock_settime": 227, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250,
    "unshare": 272, "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303, "open_by_handle_at": 304,
    "clock_adjtime": 305, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312,
    "finit_module": 313, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
}  # fmt: skip
_REFUSED_GENERIC = {
    "lookup_dcookie": 18, "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "vhangup": 58, "quotactl": 60,
    "acct": 89, "unshare": 97, "kexec_load": 104, "init_module": 105, "delete_module": 106, "clock_settime": 112,
    "syslog": 116, "ptrace": 117, "reboot": 142, "sethostname": 161, "setdomainname": 162, "settimeofday": 170,
    "add_key": 217, "request_key": 218, "keyctl": 219, "swapon": 224, "swapoff": 225, "perf_event_open": 241,
    "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268,
    "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "bpf": 280, "userfaultfd": 282,
    "kexec_file_load": 294,
}  # fmt: skip


@dataclass(frozen=True)
class _Machine:
    arch: int
    clone: int
    socket: int
    refused: dict[str, int]
    foreign: int = 0  # numbers from here on belong to another calling convention


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 56, 41, _REFUSED_X86, 0x40000000),
    "aarch64": _Machine(0xC00000B7, 220, 198, _REFUSED_GENERIC),
    "loongarch64": _Machine(0xC0000102, 220, 198, _REFUSED_GENERIC),
    "riscv64": _Machine(0xC00000F3, 220, 198, _REFUSED_GENERIC),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filter_program(machine: str = platform.machine()) -> bytes:
    """The filter as an array of ``struct sock_filter``, as the kernel and bubblewrap take it; empty for a machine whose
    system calls we have no numbers of.
    """
    known = _MACHINES.get(machine)
    return b"" if known is None else b"".join(_lines(known))


def filter_descriptor() -> int | None:
    """An inheritable descriptor that bubblewrap's ``--seccomp`` reads the filter from; None where there is none."""
    program = filter_program()
    if not program:
        return None
    descriptor = os.memfd_create("filter", 0)
    os.write(descriptor, program)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def refuse_system_calls() -> None:
    """Put the filter on this process and on all that it starts, for good. Needs PR_SET_NO_NEW_PRIVS. Raises OSError."""
    program = filter_program()
    if not program:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(_Program(len(program) // 8, program)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")


def _lines(machine: _Machine) -> Iterable[bytes]:
    refuse = _line(_RETURN, _ERRNO | errno.EPERM)
    yield _line(_LOAD, _ARCH)
    yield _line(_EQUAL, machine.arch, 1, 0)
    yield refuse
    yield _line(_LOAD, _NR)
    if machine.foreign:
        yield _line(_AT_LEAST, machine.foreign, 0, 1)
        yield refuse
    for number in sorted({*machine.refused.values(), *_NEW}):
        yield _line(_EQUAL, number, 0, 1)
        yield refuse
    # The C library tries clone, whose flags can be looked at, when there is no clone3.
    yield _line(_EQUAL, _CLONE3, 0, 1)
    yield _line(_RETURN, _ERRNO | errno.ENOSYS)
    yield _line(_EQUAL, machine.clone, 0, 4)
    yield _line(_LOAD, _FIRST_ARGUMENT)
    yield _line(_ANY_BIT, _NAMESPACES, 0, 1)
    yield refuse
    yield _line(_RETURN, _ALLOW)
    yield _line(_EQUAL, machine.socket, 0, 2 + len(_FAMILIES))
    yield _line(_LOAD, _FIRST_ARGUMENT)
    for left, family in zip(range(len(_FAMILIES), 0, -1), _FAMILIES, strict=True):
        yield _line(_EQUAL, family, left, 0)
    yield _line(_RETURN, _ERRNO | errno.EAFNOSUPPORT)
    yield _line(_RETURN, _ALLOW)


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
