"""What of a data folder belongs into a backup, in the order in which it must be copied.

A running server goes on writing, so the order is what makes the copy consistent: whatever refers to something else is
copied before it, and everything that is referred to is only ever added to. The hub's users, the gradebooks, the courses
and the homes (with the receipts in them) refer to submissions and accounts; submissions refer to accounts. So the hall
comes after the courses and homes, and the accounts after the hall: a receipt or a collected submission that is in the
copy has its submission there, and every submission its account. What the hall acknowledged before the backup began is
there in any case, since its database is copied whole, as it was at one moment after the beginning.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from trainer.errors import NotFound, TrainerError
from trainer.hub.data_folder import DataFolder

_SQLITE = b"SQLite format 3\0"
_BESIDE_SQLITE = ("-wal", "-shm", "-journal")
#: Copied last, in this order; all else comes before.
_LAST = ("homes", "hall", "accounts", "secrets")
_DEEPEST = 64
_EXAMPLES = 20

LOGS, CACHES, SPECIAL, BESIDE = "日志", "缓存", "套接字、管道和设备", "数据库的临时文件"
TOO_DEEP = f"文件夹套了 {_DEEPEST} 层以上"


@dataclass(frozen=True)
class Entry:
    """A thing in the data folder: ``name`` in the open folder ``folder`` (a descriptor, open until the next entry).

    ``path`` is relative to the data folder, with slashes; "" is the data folder itself.
    """

    path: str
    folder: int
    name: str
    status: os.stat_result

    @property
    def home(self) -> str:
        """The account in whose home this lies, "" for everything else."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "homes" and len(parts) > 2 else ""

    def open(self) -> int | None:
        """A descriptor to read a regular file; None when it has gone, or something else is there now. Links and pipes
        that were put in its place meanwhile do no harm."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            opened = os.open(self.name, flags, dir_fd=self.folder)
        except PermissionError:
            raise TrainerError(f"读不了 {self.path}：没有权限。请以启动服务器的用户（root）运行。") from None
        except OSError:
            return None
        if stat.S_ISREG(os.fstat(opened).st_mode):
            return opened
        os.close(opened)
        return None

    @property
    def is_database(self) -> bool:
        """Whether a regular file is an SQLite database, by its first bytes."""
        opened = self.open()
        if opened is None:
            return False
        try:
            return os.pread(opened, len(_SQLITE), 0) == _SQLITE
        finally:
            os.close(opened)


@dataclass
class LeftOut:
    """What was not copied: how often for each reason, and some of the paths where the reason is not an everyday one."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[str, str]] = field(default_factory=list)

    def note(self, path: str, why: str) -> None:
        self.counts[why] += 1
        if why not in (LOGS, CACHES, SPECIAL, BESIDE) and len(self.examples) < _EXAMPLES:
            self.examples.append((path, why))


class Contents:
    """The things in a data folder. ``left_out`` fills while they are walked through."""

    def __init__(self, data: DataFolder) -> None:
        self._root = data.root
        self.left_out = LeftOut()
        self._done: set[str] = set()

    def entries(self) -> Iterator[Entry]:
        """All folders, files and links; each folder before what is in it. Links are not followed.

        Raises NotFound without a data folder, TrainerError for what may not be read.
        """
        try:
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            raise NotFound(
                f"没有数据文件夹 {self._root}，或者不能读。请用 --data 写明，并以启动服务器的用户（root）运行。"
            ) from None
        try:
            yield Entry("", root, ".", os.fstat(root))
            for path in self._first():
                yield from self._down_to(root, path)
            names = self._names(root, "")
            for name in sorted(names, key=lambda name: (name in _LAST and _LAST.index(name) + 1, name)):
                yield from self._thing(root, "", name)
        finally:
            os.close(root)

    def _first(self) -> list[str]:
        """The databases that refer to files: the hub's and the gradebooks."""
        found = [self._root / "hub.sqlite", *sorted(self._root.glob("courses/*/gradebook.db"))]
        return [path.relative_to(self._root).as_posix() for path in found if path.is_file()]

    def _down_to(self, root: int, path: str) -> Iterator[Entry]:
        """A single file, after the folders above it."""
        folder, above = os.dup(root), ""
        try:
            for part in path.split("/"):
                entry = _entry(folder, above, part)
                if entry is None:
                    return
                if entry.path not in self._done:
                    self._done.add(entry.path)
                    yield entry
                above = entry.path
                if stat.S_ISDIR(entry.status.st_mode):
                    deeper = _enter(entry)
                    if deeper is None:
                        return
                    os.close(folder)
                    folder = deeper
        finally:
            os.close(folder)

    def _thing(self, folder: int, above: str, name: str, depth: int = 1) -> Iterator[Entry]:
        entry = _entry(folder, above, name)
        if entry is None:
            return
        mode = entry.status.st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
            self.left_out.note(entry.path, SPECIAL)
            return
        if depth > _DEEPEST:
            self.left_out.note(entry.path, TOO_DEEP)
            return
        if entry.path not in self._done:
            yield entry
        if stat.S_ISDIR(mode):
            yield from self._below(entry, depth)

    def _below(self, entry: Entry, depth: int) -> Iterator[Entry]:
        opened = _enter(entry)
        if opened is None:
            return
        try:
            for name in self._names(opened, entry.path):
                yield from self._thing(opened, entry.path, name, depth + 1)
        finally:
            os.close(opened)

    def _names(self, folder: int, path: str) -> list[str]:
        """What is in a folder and belongs into a backup, sorted."""
        names = sorted(os.listdir(folder))
        kept = []
        for name in names:
            why = _unwanted(path, name) or self._beside_a_database(folder, path, name, names)
            if why:
                self.left_out.note(f"{path}/{name}" if path else name, why)
            else:
                kept.append(name)
        return kept

    def _beside_a_database(self, folder: int, path: str, name: str, names: list[str]) -> str:
        for ending in _BESIDE_SQLITE:
            main = _entry(folder, path, name.removesuffix(ending)) if name.endswith(ending) else None
            if main and main.name in names and stat.S_ISREG(main.status.st_mode) and main.is_database:
                return BESIDE
        return ""


def _unwanted(above: str, name: str) -> str:
    """Why something is not worth a place in a backup, "" when it is."""
    if not above:
        return {"logs": LOGS, "lost+found": CACHES}.get(name, "")
    home = above.startswith("homes/")
    if (
        name == "__pycache__"
        or (home and name == ".cache")
        or (home and name == "runtime" and above.endswith("/.local"))
    ):
        return CACHES
    return ""


def _entry(folder: int, above: str, name: str) -> Entry | None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None  # gone meanwhile
    return Entry(f"{above}/{name}" if above else name, folder, name, status)


def _enter(entry: Entry) -> int | None:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(entry.name, flags, dir_fd=entry.folder)
    except PermissionError:
        raise TrainerError(f"读不了 {entry.path}：没有权限。请以启动服务器的用户（root）运行。") from None
    except OSError:
        return None
