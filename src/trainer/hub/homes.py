"""People's folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from trainer.errors import TrainerError
from trainer.hub.data_folder import Identities


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
                place.symlink_to(path)
        elif path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            place.touch()


def home_bytes(home: Path) -> int:
    """What is below a folder takes on the disk, in bytes. Symlinks are not followed."""
    total = 0
    for folder, folders, files in os.walk(home):
        for name in (*files, *folders):
            try:
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512  # noqa: PTH118 -- many files: no objects
            except FileNotFoundError:
                continue
    return total


def _give_all(home: Path, uid: int, who: Identities) -> None:
    """After a restore, or a change of a person's role: everything below is theirs again. Deepest first, the folder last."""
    for folder, folders, files in os.walk(home, topdown=False):
        for name in (*files, *folders):
            who.give(Path(folder) / name, uid)
    who.give(home, uid)
