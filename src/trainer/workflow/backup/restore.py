"""``trainer restore``: a backup into an empty or missing data folder."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import Conflict, TrainerError
from trainer.hub.data_folder import DataFolder, Identities
from trainer.workflow.backup.archive import (
    BROKEN,
    ArchiveReader,
    Content,
    Damaged,
    Header,
    Member,
    sync_folder,
)
from trainer.workflow.backup.running import running_parts

_CHUNK = 1 << 20
#: What a new file system has of its own.
_NOT_OURS = {"lost+found"}
#: Which parts of the data folder belong to the course user.
_COURSES = ("courses", "hall", "accounts")


@dataclass(frozen=True)
class Restored:
    """What was put in place: ``files`` with their ``data_bytes``, from the backup that ``header`` describes."""

    header: Header
    files: int
    data_bytes: int


def restore(path: Path, data: DataFolder, who: Identities) -> Restored:
    """Unpack the backup ``path`` beside the data folder, check all of it, then put it in place. Owners are set as root.

    Raises Conflict when the data folder holds something or a server runs on it, Damaged for a backup that cannot be
    trusted, TrainerError when it cannot be written; the data folder is as it was then.
    """
    _refuse_running(data)
    _refuse_filled(data.root)
    try:
        with ArchiveReader(path) as archive, _staging(data.root) as folder:
            extraction = _Extraction(folder, _Owners(archive.header, who, data.root))
            for member, content in archive.members():
                extraction.put(member, content)
            extraction.settle()
            os.sync()
            _put_in_place(folder, data.root)
            return Restored(archive.header, extraction.files, extraction.bytes)
    except BROKEN as error:
        raise Damaged("备份文件不完整或已损坏。没有恢复任何东西，请换一份备份。") from error
    except OSError as error:
        raise TrainerError(f"没有恢复：{error.strerror or error}。数据文件夹没有改动。") from error


def _refuse_running(data: DataFolder) -> None:
    running = running_parts(data)
    if running:
        raise Conflict(
            f"服务器正在这个数据文件夹上运行（{'、'.join(running)}）。请先停下它（Ctrl-C，或 systemctl stop trainer），再恢复。"
        )


def _refuse_filled(root: Path) -> None:
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise Conflict(f"{root} 应当是空文件夹，或者还没有；现在是别的东西。请移走它。")
    if root.is_dir() and {path.name for path in root.iterdir()} - _NOT_OURS:
        raise Conflict(
            f"数据文件夹 {root} 里已经有东西，没有改动它。要换成备份里的，请先把它改名（例如 mv {root} {root}.old），再恢复。"
        )


@contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """A new folder on the file system of the data folder; removed again unless it took its place."""
    above = root if root.is_dir() and os.path.ismount(root) else root.parent
    above.mkdir(parents=True, exist_ok=True)
    folder = above / f".{root.name}.{secrets.token_hex(4)}.restoring"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(folder: Path, root: Path) -> None:
    """One rename where that can be; a file system of its own stays, and gets what is in the folder."""
    if folder.parent != root:
        folder.rename(root)  # takes the place of an empty folder
        sync_folder(root.parent)
        return
    for path in sorted(folder.iterdir()):
        path.rename(root / path.name)
    root.chmod(folder.stat().st_mode & 0o777)
    sync_folder(root)


class _Owners:
    """Whose a restored file is, and where a restored link points.

    The numeric owners of the backup hold where the numbers mean the same here. Otherwise (it was made without root, or
    numbers begin elsewhere) the course user gets what is the courses', and the hub gives each home to its person.
    """

    def __init__(self, header: Header, who: Identities, root: Path) -> None:
        self._who = who
        self._same = header.separate and header.first_uid == who.first_uid
        self._old, self._new = header.root.rstrip("/"), str(root)

    def of(self, member: Member) -> tuple[int, int] | None:
        """(uid, gid), or None where owners cannot be set."""
        if not self._who.separate:
            return None
        if self._same:
            return member.uid, member.gid
        uid = self._who.course if member.path.split("/")[0] in _COURSES else os.getuid()
        return uid, uid

    def target(self, member: Member) -> str:
        """A link into the old data folder points into the new one."""
        target = member.target
        inside = target == self._old or target.startswith(f"{self._old}/")
        return self._new + target.removeprefix(self._old) if inside else target


class _Extraction:
    """Puts members below a folder. Nothing is ever written through a link, or over something that is there."""

    def __init__(self, folder: Path, owners: _Owners) -> None:
        self._root, self._owners = folder, owners
        self._folders: list[Member] = []
        self.files = self.bytes = 0

    def put(self, member: Member, content: Content | None) -> None:
        """Raises OSError, Damaged."""
        if member.kind == "folder":
            self._folders.append(member)
            if not member.path:
                return
        above, _, name = member.path.rpartition("/")
        try:
            folder = self._open(above)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                raise Damaged(
                    f"备份文件里“{member.path}”的位置不对，可能被人改动过。没有恢复任何东西。"
                ) from None
            raise
        try:
            self._make(member, folder, name, content)
        except FileExistsError:
            raise Damaged(
                f"备份文件里“{member.path}”出现了两次，可能被人改动过。没有恢复任何东西。"
            ) from None
        finally:
            os.close(folder)

    def settle(self) -> None:
        """Give folders their modes and owners, the deepest first: only now that everything is in them."""
        for member in reversed(self._folders):
            folder = self._open(member.path)
            try:
                self._own(member, folder)
                os.utime(folder, (member.time, member.time))
            finally:
                os.close(folder)

    def _make(self, member: Member, folder: int, name: str, content: Content | None) -> None:
        if member.kind == "folder":
            os.mkdir(name, 0o700, dir_fd=folder)
        elif member.kind == "link":
            os.symlink(self._owners.target(member), name, dir_fd=folder)
            owner = self._owners.of(member)
            if owner is not None:
                os.chown(name, *owner, dir_fd=folder, follow_symlinks=False)
        elif content is not None:
            self._write(member, folder, name, content)

    def _write(self, member: Member, folder: int, name: str, content: Content) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, 0o600, dir_fd=folder), "wb") as file:
            while data := content.read(_CHUNK):
                file.write(data)
            file.flush()
            self._own(member, file.fileno())
            os.utime(file.fileno(), (member.time, member.time))
        self.files += 1
        self.bytes += member.size

    def _own(self, member: Member, opened: int) -> None:
        owner = self._owners.of(member)
        if owner is not None:
            os.fchown(opened, *owner)
        os.fchmod(opened, member.mode)

    def _open(self, path: str) -> int:
        """A folder below ours, each step without following links."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        opened = os.open(self._root, flags)
        for part in path.split("/") if path else ():
            try:
                deeper = os.open(part, flags, dir_fd=opened)
            finally:
                os.close(opened)
            opened = deeper
        return opened
