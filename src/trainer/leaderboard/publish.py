"""Publishing a board: a folder with everything in it, changed as a whole.

The law of this module: the folder is made beside its place and then renamed, so that a reader finds the old
board or the new one and never a half; files in the folder that are not the board's stay where they are.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

from trainer.errors import Conflict
from trainer.leaderboard import frames
from trainer.leaderboard.export_csv import write_csv
from trainer.leaderboard.export_html import write_html
from trainer.leaderboard.export_xlsx import write_xlsx
from trainer.leaderboard.plots import write_plots
from trainer.leaderboard.snapshot import write_snapshot
from trainer.model.contest import Board


def publish(board: Board, folder: Path, *, generated_at: datetime) -> list[Path]:
    """Write the whole board into ``folder`` and return the paths; the same arguments give the same files.

    ``generated_at`` is timezone-aware. Raises Conflict when ``folder`` is a file.
    """
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise Conflict(f"{folder} 是一个文件，榜单要写进文件夹。请换一个位置，或先把这个文件移走。")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        names = [path.name for path in _write(board, fresh, generated_at)]
        _take_place(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return [folder / name for name in names]


def _write(board: Board, folder: Path, generated_at: datetime) -> list[Path]:
    views = frames.views(board)
    plots = write_plots(board, folder)
    return [
        write_html(board, folder, generated_at=generated_at),
        write_xlsx(board, views, folder, generated_at=generated_at),
        *write_csv(views, folder),
        *plots,
        write_snapshot(board, folder, generated_at=generated_at),
    ]


def _take_place(fresh: Path, folder: Path) -> None:
    """Put ``fresh`` where ``folder`` is; what an interrupted run left aside is brought back first."""
    aside = folder.with_name(f".{folder.name}.old")
    if aside.exists():
        _put_back(aside, folder)
    if not folder.exists():
        fresh.rename(folder)
        return
    shutil.copymode(folder, fresh)
    folder.rename(aside)
    try:
        fresh.rename(folder)
    finally:
        _put_back(aside, folder)


def _put_back(aside: Path, folder: Path) -> None:
    """Bring back the whole old folder if there is none now, else only what the new one does not have."""
    if not folder.exists():
        aside.rename(folder)
        return
    for entry in aside.iterdir():
        if not (folder / entry.name).exists():
            entry.rename(folder / entry.name)
    shutil.rmtree(aside)
