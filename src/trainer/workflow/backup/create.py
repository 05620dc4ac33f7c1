"""``trainer backup``: a running server's data folder into one file."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from trainer.errors import Conflict, TrainerError, UsageError
from trainer.hub.data_folder import DataFolder, Identities
from trainer.workflow.backup.archive import ArchiveWriter, Header, Member
from trainer.workflow.backup.contents import Contents, Entry, LeftOut
from trainer.workflow.backup.databases import CannotCopy, DatabaseCopier

#: A copy of the installation's jupyter_config.py travels under this name, which no program runs.
CONFIGURATION = "installation-config.py"
UNSTABLE = "备份时一直在改动，备份里是最后读到的样子"
AS_FILE = "看上去是数据库，但不能按数据库复制，照文件原样复制"
HOLES = "几乎是空的巨大文件"
_TRIES = 5
_IN_MEMORY = 8 * 1024**2
_CHUNK = 1 << 20
#: How much nothing may be in the files of one home: reading it takes as long as reading something.
_MOST_HOLES = 64 * 1024**2
#: A backup must never be what fills the disk: the hall stops accepting below 200 MB.
_FLOOR = 500 * 1000**2


@dataclass(frozen=True)
class Done:
    """What a backup holds: ``files`` and among them ``databases``, their ``data_bytes``, the ``bytes`` of the backup itself."""

    path: Path
    files: int
    databases: int
    data_bytes: int
    bytes: int
    left_out: LeftOut


def place_for(path: Path, data: DataFolder, now: datetime) -> Path:
    """Where a backup goes that was asked for at ``path``: there, or under a name with the time in the folder ``path``.

    Raises Conflict when there is something already, UsageError for places that cannot be.
    """
    path = path.absolute()
    if path.is_dir():
        path = path / f"trainer-{now:%Y-%m-%d-%H%M%S}.tar.gz"
    if not path.parent.is_dir():
        raise UsageError(f"没有文件夹 {path.parent}，请先建立。")
    if path.resolve().is_relative_to(data.root.resolve()):
        raise UsageError("备份不能放在数据文件夹里面：数据丢了，它也丢了。请放到别的磁盘或别的机器上。")
    if path.exists() or path.is_symlink():
        raise Conflict(f"{path} 已经有了，没有改动它。请换一个文件名，或者只写文件夹，文件名由程序按时间取。")
    return path


def back_up(
    path: Path,
    data: DataFolder,
    who: Identities,
    configuration: Path | None,
    now: datetime,
    elsewhere: str = "",
) -> Done:
    """Copy the data folder into the new file ``path``. The server may go on. Raises TrainerError; then there is no file.

    ``configuration`` is the installation's jupyter_config.py, ``elsewhere`` a word about data that are not in the folder.
    """
    header = Header(now.isoformat(timespec="seconds"), who.separate, who.first_uid, str(data.root), elsewhere)
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".trainer-backup-", dir=path.parent) as spool,
            DatabaseCopier() as copier,
        ):
            archive = ArchiveWriter(path, header)
            try:
                return _Backup(data, archive, Path(spool), copier).run(configuration)
            except BaseException:
                with suppress(OSError):
                    archive.discard()
                raise
    except OSError as error:
        raise TrainerError(f"备份没有做成，没有留下文件：{error.strerror or error}（{path}）。") from error


class _Backup:
    def __init__(self, data: DataFolder, archive: ArchiveWriter, spool: Path, copier: DatabaseCopier) -> None:
        self._contents = Contents(data)
        self._own = {
            path.relative_to(data.root).as_posix() for path in (data.hub_db, data.accounts_db, data.hall_db)
        }
        self._archive, self._spool, self._copier = archive, spool, copier
        self._files = self._databases = self._bytes = 0
        self._holes: dict[str, int] = {}

    def run(self, configuration: Path | None) -> Done:
        for entry in self._contents.entries():
            if entry.path != CONFIGURATION or configuration is None:
                self._add(entry)
        if configuration is not None:
            with configuration.open("rb") as file:
                status = os.fstat(file.fileno())
                self._archive.add(
                    Member(CONFIGURATION, "file", 0o600, 0, 0, int(status.st_mtime), status.st_size), file
                )
        size = self._archive.finish()
        return Done(
            self._archive.path, self._files, self._databases, self._bytes, size, self._contents.left_out
        )

    def _add(self, entry: Entry) -> None:
        status = entry.status
        if stat.S_ISDIR(status.st_mode):
            self._archive.add(_member(entry, "folder", status))
        elif stat.S_ISLNK(status.st_mode):
            with suppress(OSError):  # gone meanwhile, or a file by now: the next backup has it
                target = os.readlink(entry.name, dir_fd=entry.folder)
                self._archive.add(_member(entry, "link", status, target=target))
        elif not (entry.is_database and self._add_database(entry)):
            self._add_file(entry)

    def _add_database(self, entry: Entry) -> bool:
        """False when it is no database after all: copied as a file then. The server's own must be whole."""
        self._refuse_full_disk(entry.status.st_size)
        copy = self._spool / "copy.sqlite"
        own = entry.path in self._own or entry.path.endswith("/gradebook.db")
        try:
            self._copier.copy(entry, copy, check=own)
            with copy.open("rb") as content:
                self._put(entry, entry.status, content)
            self._databases += 1
        except CannotCopy:
            if own:
                raise
            self._contents.left_out.note(entry.path, AS_FILE)
            return False
        finally:
            copy.unlink(missing_ok=True)
        return True

    def _add_file(self, entry: Entry) -> None:
        opened = entry.open()
        if opened is None:
            return
        with (
            os.fdopen(opened, "rb") as file,
            tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._spool)) as copy,
        ):
            if entry.home and self._too_empty(entry, file):
                self._contents.left_out.note(entry.path, HOLES)
                return
            self._refuse_full_disk(os.fstat(file.fileno()).st_size)
            status = _read_until_stable(file, copy)
            if status is None:
                self._contents.left_out.note(entry.path, UNSTABLE)
            self._put(entry, status or os.fstat(file.fileno()), copy)

    def _put(self, entry: Entry, status: os.stat_result, content: IO[bytes]) -> None:
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        self._archive.add(_member(entry, "file", status, size=size), content)
        self._files += 1
        self._bytes += size

    def _too_empty(self, entry: Entry, file: IO[bytes]) -> bool:
        """Whether a home has had its share of holes: a program can make as many as it likes, at no cost."""
        status = os.fstat(file.fileno())
        if status.st_blocks * 512 >= status.st_size:
            return False
        self._holes[entry.home] = self._holes.get(entry.home, 0) + _holes(file.fileno(), status.st_size)
        return self._holes[entry.home] > _MOST_HOLES

    def _refuse_full_disk(self, more: int) -> None:
        free = shutil.disk_usage(self._spool).free
        if free - more < _FLOOR:
            raise TrainerError(
                f"放备份的磁盘只剩 {free / 1e9:.1f} GB，不够放下备份并留出余地。没有留下文件；请腾出空间，或备份到别的磁盘。"
            )


def _member(entry: Entry, kind: str, status: os.stat_result, size: int = 0, target: str = "") -> Member:
    mode = stat.S_IMODE(status.st_mode) & 0o777
    return Member(entry.path, kind, mode, status.st_uid, status.st_gid, int(status.st_mtime), size, target)


def _read_until_stable(file: IO[bytes], copy: IO[bytes]) -> os.stat_result | None:
    """Copy a file that may be written to meanwhile; None when it changed during each of the tries."""
    for _ in range(_TRIES):
        before = os.fstat(file.fileno())
        file.seek(0)
        copy.seek(0)
        copy.truncate()
        left = before.st_size
        while left > 0 and (data := file.read(min(left, _CHUNK))):
            copy.write(data)
            left -= len(data)
        after = os.fstat(file.fileno())
        if not left and all(
            getattr(before, name) == getattr(after, name)
            for name in ("st_size", "st_mtime_ns", "st_ctime_ns")
        ):
            return after
    return None


def _holes(descriptor: int, size: int) -> int:
    """Bytes of a file that are nowhere on the disk."""
    data = position = 0
    while position < size:
        try:
            start = os.lseek(descriptor, position, os.SEEK_DATA)
        except OSError:  # nothing but a hole from here on
            break
        position = os.lseek(descriptor, start, os.SEEK_HOLE)
        data += position - start
    os.lseek(descriptor, 0, os.SEEK_SET)
    return size - data
