"""One verb at a time in a course, whoever started it: the command line, the console, another instructor.

The lock is the kernel's (flock), so that a process killed anywhere leaves nothing that somebody would have to clear away.
What the file says is only for the sentence that others are shown.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from trainer.errors import Conflict, TrainerError
from trainer.nbgrader.disks import in_words, trouble

_LOCK = Path(".trainer") / "working.lock"
#: A look at the lock holds it for an instant; whoever wants to work asks again for this long.
_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.05


@contextmanager
def taking_turns(root: Path, doing: str, who: str, now: datetime) -> Iterator[None]:
    """Hold a course while ``who`` is ``doing`` something to it. Raises Conflict that says what is going on instead.

    When the disk of the course refuses meanwhile (full, read-only, broken), that leaves as TrainerError with a sentence.
    """
    descriptor = _opened(root / _LOCK)
    try:
        if not _locked(descriptor):
            raise Conflict(_busy_sentence(root))
        _say(descriptor, {"doing": doing, "who": who, "since": f"{now:%m-%d %H:%M}"})
        with in_words(root):
            yield
    finally:
        os.close(descriptor)


def refuse_if_busy(root: Path) -> None:
    """Raises Conflict while somebody works on the course."""
    try:
        descriptor = os.open(root / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Conflict(_busy_sentence(root)) from None
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise trouble(error, path) or TrainerError(
            f"{path} 打不开（{error.strerror}）。请检查课程文件夹是不是属于运行本程序的用户。"
        ) from error


def _say(descriptor: int, about: Mapping[str, str]) -> None:
    """For others to read. On a full disk they are told less, and the verb itself says what is wrong."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(about, ensure_ascii=False).encode(), 0)


def _locked(descriptor: int) -> bool:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE_SECONDS)
        else:
            return True


def _busy_sentence(root: Path) -> str:
    try:
        about = json.loads((root / _LOCK).read_text(encoding="utf-8"))
        what = f"正在进行：{about['doing']}（{about['who']}，{about['since']} 开始）"
    except (OSError, ValueError, KeyError, TypeError):
        what = "这个课程正在进行别的操作"
    return f"{what}。同一时间只能做一件，请等它做完再试。"
