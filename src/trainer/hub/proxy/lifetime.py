"""The process itself: it ends when its parent ends, and may open enough files."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import resource
import signal

from trainer.errors import TrainerError

log = logging.getLogger("trainer.front")

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 2.0
#: Open files that are not requests: logs, listeners, the API, kept connections to servers behind.
_SPARE_FILES = 128


def end_with_parent(parent: int) -> None:
    """Have the kernel send us SIGTERM when our parent ends. Raises TrainerError if ``parent`` is not our parent."""
    with contextlib.suppress(AttributeError, OSError):  # not Linux: parent_gone() still sees it
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise TrainerError("启动入口的程序已经结束，入口不再启动。")


async def parent_gone(parent: int) -> None:
    """Return when our parent is no longer ``parent``."""
    while os.getppid() == parent:
        await asyncio.sleep(_LOOK_SECONDS)


def allow_connections(wanted: int) -> int:
    """How many connections we can really serve; at most ``wanted``. Raises our limit on open files as far as allowed.

    Each request may need two files: the client's connection, and one to the server behind.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    possible = max(1, (hard - _SPARE_FILES) // 2)
    if possible < wanted:
        log.warning("系统只允许打开 %d 个文件，连接最多 %d 条。请放宽 LimitNOFILE。", hard, possible)
    return min(wanted, possible)
