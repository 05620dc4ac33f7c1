"""Folders as the hall keeps them: read with nbgrader's choice of files, written whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from trainer.errors import Conflict, TrainerError
from trainer.hall.bundle import BadBundle, Files, Limits, shown_path, write_folder

#: The server has its own limits; here only what a disk or a memory could not hold is refused.
_ACCEPTED = Limits(files=1000, total=1 << 30)


def read_folder(folder: Path, coursedir: CourseDirectory) -> Files:
    """What nbgrader would copy of a folder (``c.CourseDirectory.ignore``, ``include``, sizes), and nothing hidden.

    Raises BadBundle for a link or a special file among it, and when it is larger than ``max_dir_size``.
    """
    files: Files = {}
    left = 1000 * int(coursedir.max_dir_size)
    for name, path in _regular_files(folder, "", coursedir):
        files[name] = _read(path, left, name)
        left -= len(files[name])
    return dict(sorted(files.items()))


def _regular_files(folder: Path, prefix: str, coursedir: CourseDirectory) -> Iterator[tuple[str, Path]]:
    if folder.is_symlink():
        raise BadBundle(f"文件夹“{shown_path(folder.name)}”是一个链接，为安全起见不读取。请换成文件夹本身。")
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        status = entry.stat(follow_symlinks=False)
        name, path = f"{prefix}{entry.name}", folder / entry.name
        if not _wanted(entry.name, status, coursedir):
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _regular_files(path, f"{name}/", coursedir)
        elif stat.S_ISREG(status.st_mode):
            yield name, path
        else:
            kind = "一个链接" if stat.S_ISLNK(status.st_mode) else "特殊文件"
            raise BadBundle(f"“{shown_path(name)}”是{kind}，不能放进去。请换成文件本身，或者删掉它。")


def _wanted(name: str, status: os.stat_result, coursedir: CourseDirectory) -> bool:
    if name.startswith(".") or any(fnmatch(name, pattern) for pattern in coursedir.ignore):
        return False
    if not stat.S_ISREG(status.st_mode):
        return True
    included = any(fnmatch(name, pattern) for pattern in coursedir.include)
    return included and status.st_size <= 1000 * coursedir.max_file_size


def _read(path: Path, most: int, name: str) -> bytes:
    """A file that was regular a moment ago; the kernel refuses it when it has become a link since."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise BadBundle(f"“{shown_path(name)}”读不出来（{error.strerror}）。请检查这个文件再试。") from None
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(max(most, 0) + 1)
    if len(content) > most:
        raise BadBundle("文件夹太大，超过了上限。请删去多余的文件再试。")
    return content


def _beside(folder: Path) -> tuple[Path, Path]:
    """Where the new one is made, and where the old one waits for its end; both hidden from nbgrader's globs."""
    return folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")


def settle(folder: Path) -> None:
    """Clear away what a killed :func:`put_folder` left beside a folder; the old one goes back if there is no other."""
    beside, before = _beside(folder)
    if before.is_dir() and not folder.exists():
        before.replace(folder)
    for left in (beside, before):
        remove_folder(left)


def put_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder beside, then rename it into place; what stood there before goes.

    Killed anywhere, ``folder`` is whole (old or new) or missing, until :func:`settle`. Raises TrainerError when the
    disk does not take it.
    """
    beside, before = _beside(folder)
    try:
        settle(folder)
        write_folder(files, beside, limits=_ACCEPTED)
        if folder.is_symlink():
            folder.unlink()
        elif folder.exists():
            folder.replace(before)
        beside.replace(folder)
        remove_folder(before)
    except OSError as error:
        raise TrainerError(
            f"写不进 {folder.parent}（{error.strerror}）。请检查磁盘空间和权限，再运行一次。"
        ) from None


def add_missing(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write only those files that a folder does not have; returns their paths."""
    return write_folder(files, folder, existing="missing", limits=_ACCEPTED)


def remove_folder(folder: Path) -> None:
    """Remove a folder, also one whose files nbgrader made read-only."""
    if folder.is_dir() and not folder.is_symlink():
        for path, _, _ in os.walk(folder):
            os.chmod(path, 0o700)  # noqa: PTH101 - os.walk enters no links
        shutil.rmtree(folder)


@contextmanager
def only_one(course: Path) -> Iterator[None]:
    """One collection of a course at a time, whoever started it. Raises Conflict while another one runs."""
    path = course / ".trainer" / "collect.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("这个课程正在收卷（别的窗口，或另一位教师），请等它做完再试。") from None
        yield
