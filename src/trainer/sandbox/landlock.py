"""Landlock: a process gives up, for good and for all that it starts, every file but those named. Linux 5.13 and later."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on all architectures
_ASK_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
#: What a folder can be given; only the first, TRUNCATE and IOCTL_DEV can be given to a file.
_FILE = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP = 3  # bind, connect
_SCOPES = 3  # abstract unix sockets, signals


@cache
def version() -> int:
    """The kernel's version of landlock, 0 where it has none or it is switched off."""
    found = int(_LIBC.syscall(_CREATE, None, 0, _ASK_VERSION))
    return max(0, found)


def give_up_files(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Leave this process only what lies beneath these paths; no TCP, and no signals to processes that are not below it,
    where the kernel can do that. Needs no_new_privs. Raises OSError.
    """
    known = version()
    handled = _BY_VERSION[min(known, 5)]
    attributes = struct.pack("=QQQ", handled, _TCP if known >= 4 else 0, _SCOPES if known >= 6 else 0)
    attributes = attributes[: 8 if known < 4 else 16 if known < 6 else 24]
    ruleset = _checked(_LIBC.syscall(_CREATE, attributes, len(attributes), 0))
    try:
        for path in readable:
            _allow(ruleset, path, handled & (_EXECUTE | _READ | _LIST))
        for path in writable:
            _allow(ruleset, path, handled & ~_IOCTL)
        _checked(_LIBC.syscall(_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _FILE
        rule = struct.pack("=Qi", access, descriptor)
        _checked(_LIBC.syscall(_ADD, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(descriptor)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return int(result)
