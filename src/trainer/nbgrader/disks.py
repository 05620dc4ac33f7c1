"""Disks: what a folder lies on, and what to say to people when the system refuses to write there."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainer.errors import TrainerError

#: File systems whose locks and shared memory are another machine's business.
NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "ceph", "fuse.glusterfs"})
#: Below this (bytes) a failed write is put down to lack of room, whatever the library called it.
_NO_ROOM = 1 << 20
_AGAIN = "已经记下的不会丢，没有写完的不算数。"


def mounted_as(path: Path) -> tuple[str, set[str]]:
    """The type of the file system of a path, and its options; ("?", empty) where the system does not tell."""
    path = path.resolve()
    best: tuple[int, str, set[str]] = (-1, "?", set())
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return best[1:]
    for line in lines:
        left, _, right = line.partition(" - ")
        where = re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), left.split()[4])
        kind, _, more = right.split(" ", 2)
        depth = len(Path(where).parts)
        if path.is_relative_to(where) and depth >= best[0]:  # a later one lies over an earlier one
            best = (depth, kind, {*left.split()[5].split(","), *more.split(",")})
    return best[1:]


def is_full(place: Path) -> bool:
    """Whether there is hardly room left where a path lies."""
    try:
        room = os.statvfs(nearest_folder(place))
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < _NO_ROOM or (room.f_files > 0 and room.f_favail == 0)


def nearest_folder(path: Path) -> Path:
    """The path if it is a folder, or the nearest folder above it that is there."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())


def full(place: Path) -> TrainerError:
    """The sentence for a full disk: where, how much is free, what to do."""
    folder = nearest_folder(place)
    try:
        room = os.statvfs(folder)
    except OSError:
        left = "没有空间了"
    else:
        left = f"只剩 {_size(room.f_bavail * room.f_frsize)}"
        if room.f_files and not room.f_favail:
            left = "不能再建文件了（文件个数用完）"
    return TrainerError(
        f"磁盘满了：{folder} 所在的磁盘{left}，写不进去。{_AGAIN}请腾出空间，再运行一次，会接着做完。"
    )


def read_only(place: Path) -> TrainerError:
    """The sentence for a file system that is mounted read-only."""
    return TrainerError(
        f"{place} 所在的磁盘现在是只读的，写不进去。可能是这样挂载的，也可能是磁盘出错后系统改成了只读"
        f"（运行 dmesg 查看）。{_AGAIN}能写了再运行一次，会接着做完。"
    )


def forbidden(place: Path) -> TrainerError:
    """The sentence for missing rights."""
    return TrainerError(
        f"没有权限读写 {place}。请用课程文件夹的主人运行，或者请管理员改正它的主人和权限。"
        f"{_AGAIN}改好再运行一次，会接着做完。"
    )


def failing(place: Path) -> TrainerError:
    """The sentence for a disk that answers with errors."""
    return TrainerError(
        f"读写 {place} 时磁盘报错，可能是硬盘坏了或断开了。请先把课程文件夹复制到别的磁盘，"
        "再检查磁盘（运行 dmesg 查看）；已有备份的不要覆盖。"
    )


def trouble(error: OSError, place: Path) -> TrainerError | None:
    """What to say of a failed write below ``place``; None when the disk is not to blame."""
    # A failed write() names no file; a failed open() names it.
    named = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else place
    named = named.absolute() if named.exists() else nearest_folder(named.absolute())
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        if error.errno == errno.EDQUOT and not is_full(named):
            return TrainerError(
                f"{named} 的磁盘配额用完了，写不进去。{_AGAIN}请删掉不要的东西或请管理员放宽配额，再运行一次。"
            )
        return full(named)
    if error.errno == errno.EROFS:
        return read_only(named)
    if error.errno in (errno.EACCES, errno.EPERM):
        return forbidden(named)
    if error.errno == errno.EFBIG:
        return TrainerError(
            f"{place} 里有文件超过了系统允许的大小，写不进去。{_AGAIN}请管理员放宽文件大小的上限（ulimit -f），再运行一次。"
        )
    return failing(named) if error.errno == errno.EIO else None


@contextmanager
def in_words(place: Path) -> Iterator[None]:
    """Failures of the disk below ``place`` leave as TrainerError with a sentence, everything else as it is."""
    try:
        yield
    except OSError as error:
        said = trouble(error, place)
        if said is None:
            raise
        raise said from error


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
