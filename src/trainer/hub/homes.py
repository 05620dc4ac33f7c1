"""People's folders."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from trainer.errors import TrainerError
from trainer.hub.data_folder import Identities

_BLOCK = 4096
#: Levels of folders below a home.
_DEEPEST = 64


def make_home(home: Path, uid: int, who: Identities, shared: Sequence[Path]) -> None:
    """Make the folder of a person, 0700 and theirs; each of ``shared`` gets an empty place of its
    name in it, over which bubblewrap binds the real one; where there are no walls, a link.

    Raises TrainerError when something stands in its place.
    """
    if home.is_symlink() or (home.exists() and not home.is_dir()):
        raise TrainerError(f"{home} 应当是文件夹，现在不是。请移走它。")
    home.mkdir(exist_ok=True)
    home.chmod(0o700)
    if home.lstat().st_uid != uid:
        _give_all(home, uid, who)
    for path in shared:
        place = home / path.name
        if not who.separate:
            if not place.exists():
                place.unlink(missing_ok=True)  # a link to where the course was before
                place.symlink_to(path)
        elif path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            place.touch()


def exceeds(home: Path, most: int, pids: Iterable[int] = ()) -> bool:
    """Whether what is below a folder takes more than ``most`` bytes on the disk; looked through only until that is plain.

    Everything counts as one block at least: empty files use a disk up too. So does what the processes ``pids`` hold open
    after its name is gone. Folders nested deeper than anybody needs are too much in any case: they break the programs that
    have to walk through them. Symlinks are not followed.
    """
    left = most
    try:
        for folder, folders, files in os.walk(home, onerror=_unless_gone):
            if folder.count(os.sep) - str(home).count(os.sep) > _DEEPEST:
                return True
            for name in (*files, *folders):
                with contextlib.suppress(FileNotFoundError):
                    left -= _bytes_of(os.lstat(os.path.join(folder, name)))  # noqa: PTH118 -- many files: no objects
                if left < 0:
                    return True
    except OSError:  # a path longer than the system's calls take
        return True
    return left < sum(_nameless_bytes(pids, home.stat().st_dev))


def _bytes_of(state: os.stat_result) -> int:
    return max(state.st_blocks * 512, _BLOCK)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _nameless_bytes(pids: Iterable[int], device: int) -> Iterator[int]:
    """What each file without a name takes that one of the processes has open or mapped."""
    seen: set[int] = set()
    for pid in pids:
        for kind in ("fd", "map_files"):
            with contextlib.suppress(OSError):
                for entry in os.scandir(f"/proc/{pid}/{kind}"):
                    with contextlib.suppress(OSError):
                        state = entry.stat()
                        new = state.st_nlink == 0 and state.st_dev == device and state.st_ino not in seen
                        if new and stat.S_ISREG(state.st_mode):
                            seen.add(state.st_ino)
                            yield _bytes_of(state)


class DiskAlarm:
    """Rings when a disk has lost much room since it was quiet, as bytes or as files: a part of what there was, so that a
    large disk does not ring at every backup.
    """

    def __init__(self, folder: Path, most: int = 256 * 1024**2) -> None:
        self._folder, self._most = folder, most
        self._before = self._room()

    def rings(self) -> bool:
        """Whether it has lost more than half a percent of its room, and ``most`` bytes (or blocks' worth of files), since
        the last time that it rang.
        """
        now, before = self._room(), self._before
        rings = any(
            then - still > max(self._most, then // 200) for then, still in zip(before, now, strict=True)
        )
        self._before = now if rings else (max(now[0], before[0]), max(now[1], before[1]))
        return rings

    def _room(self) -> tuple[int, int]:
        state = os.statvfs(self._folder)
        return state.f_bavail * state.f_frsize, state.f_favail * _BLOCK


def _give_all(home: Path, uid: int, who: Identities) -> None:
    """After a restore, or a change of a person's role: everything below is theirs again. Deepest first, the folder last."""
    for folder, folders, files in os.walk(home, topdown=False):
        for name in (*files, *folders):
            who.give(Path(folder) / name, uid)
    who.give(home, uid)
