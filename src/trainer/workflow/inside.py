"""Files of a folder that several programs write: opened only below it, never through a link.

Instructors' servers write into the course folder. A link that somebody puts there must not make a program which sees
more than they do read it out to them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from trainer.errors import NotFound

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_inside(root: Path, *parts: str) -> BinaryIO:
    """A regular file below ``root``; no part is a link. Raises NotFound."""
    if not all(map(_is_name, parts)):
        raise _missing(parts)
    try:
        folder = _descend(root, parts[:-1])
        try:
            descriptor = os.open(parts[-1], _FILE, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError:
        raise _missing(parts) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _missing(parts)
    return os.fdopen(descriptor, "rb")


def files_inside(root: Path, *parts: str) -> Iterator[PurePosixPath]:
    """The regular files below a folder, relative to ``root``, in order; nothing hidden, no links. A missing one has none."""
    if not all(map(_is_name, parts)):
        return
    try:
        kinds = _listed(root, parts)
    except OSError:
        return
    for name, mode in kinds:
        if stat.S_ISDIR(mode):
            yield from files_inside(root, *parts, name)
        elif stat.S_ISREG(mode):
            yield PurePosixPath(*parts, name)


def _listed(root: Path, parts: tuple[str, ...]) -> list[tuple[str, int]]:
    """(name, mode) of the entries of a folder that are not hidden. Raises OSError."""
    folder = _descend(root, parts)
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208 - of a descriptor
        return [(name, os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode) for name in names]
    finally:
        os.close(folder)


def _is_name(part: str) -> bool:
    """Whether it names an entry of a folder and is no path."""
    return part not in ("", ".", "..") and "/" not in part and "\0" not in part


def _descend(root: Path, parts: tuple[str, ...]) -> int:
    """A descriptor of the folder; ``parts`` are names. Raises OSError."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in parts:
        try:
            below = os.open(part, _DIRECTORY, dir_fd=folder)
        finally:
            os.close(folder)
        folder = below
    return folder


def _missing(parts: tuple[str, ...]) -> NotFound:
    return NotFound(f"没有文件 {'/'.join(parts)}，或者它不是普通文件。")
