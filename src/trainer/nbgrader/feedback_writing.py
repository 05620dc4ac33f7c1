"""Writes feedback pages of many people: what worker processes do, so that little is imported here.

A person's files are replaced one by one, each beside and then renamed, and only those that changed: killed anywhere,
what is there is whole, and the next run writes what is left.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

from trainer.hall.feedback_file import FEEDBACK_FILE
from trainer.model.paper import Form, Paper
from trainer.nbgrader.feedback_page import Given, Release, render
from trainer.nbgrader.released_feedback import FeedbackData

_NOTEBOOK = ".ipynb"


@dataclass(frozen=True)
class Place:
    """Where pages go, and with which permissions; ``ignore`` are nbgrader's patterns of files that it does not carry."""

    autograded: Path
    feedback: Path
    ignore: tuple[str, ...]
    permissions: int
    groupshared: bool


@dataclass(frozen=True)
class Writer:
    """Writes the pages of one form. ``titles`` are those of the bank's topics."""

    place: Place
    paper: Paper
    form: Form
    release: Release
    titles: Mapping[str, str]

    @cached_property
    def _data(self) -> FeedbackData:
        return FeedbackData(self.paper, self.form, self.titles)

    def write(self, account: str, given: Given) -> bool:
        """One person's page, data, and what lay beside the notebook; whether anything had to be written.

        Raises OSError, and ValueError for a notebook that is none.
        """
        assignment = self.form.assignment
        source = self.place.autograded / account / assignment
        target = self.place.feedback / account / assignment
        cells = json.loads((source / f"{assignment}{_NOTEBOOK}").read_bytes())["cells"]
        files = {
            f"{assignment}.html": render(self.release, given, cells).encode("utf-8", "replace"),
            FEEDBACK_FILE: self._data.content(given, self.release.full, cells),
        }
        for name in _beside(source, "", self.place.ignore):
            files[name] = (source / name).read_bytes()
        return self._replace(target, files)

    def _replace(self, folder: Path, files: Mapping[str, bytes]) -> bool:
        there = set(_beside(folder, "", ())) if folder.is_dir() else set()
        changed = [name for name in files if name not in there or (folder / name).read_bytes() != files[name]]
        for name in changed:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.tmp")
            beside.write_bytes(files[name])
            beside.chmod(self.place.permissions)
            beside.replace(path)
        for name in there - set(files):
            (folder / name).unlink()
        if self.place.groupshared:
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o2770)
        return bool(changed) or bool(there - set(files))


def _beside(folder: Path, prefix: str, ignore: Sequence[str]) -> Iterator[str]:
    """Ordinary files in a folder but notebooks, as paths below it; links are left out."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if any(fnmatch(entry.name, pattern) for pattern in ignore):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _beside(folder / entry.name, f"{prefix}{entry.name}/", ignore)
        elif entry.is_file(follow_symlinks=False) and not entry.name.endswith(_NOTEBOOK):
            yield f"{prefix}{entry.name}"


@dataclass(frozen=True)
class Written:
    """What became of some people's pages: how many are there, how many of them are new, and who has none and why."""

    pages: int
    new: int
    failed: tuple[tuple[str, str], ...]


def write_pages(writer: Writer, people: Mapping[str, Given | None]) -> Written:
    """Everybody's page; one person's failure never stops the others. None: the gradebook has nothing of this person."""
    pages = new = 0
    failed = []
    graded = {cell.name for cell in writer.release.cells.values() if cell.graded}
    for account, given in people.items():
        if given is None or not graded <= given.scores.keys():
            failed.append((account, "成绩册里没有这份卷的分数，请先运行 trainer grade 重新阅这一份"))
            continue
        try:
            new += writer.write(account, given)
            pages += 1
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one person's files; it is reported
            failed.append((account, _reason(error)))
    return Written(pages, new, tuple(failed))


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"文件读写不了：{error.strerror or type(error).__name__}"
    if isinstance(error, ValueError | KeyError | TypeError | AttributeError | RecursionError):
        return "阅过的笔记本内容损坏，请运行 trainer grade --force 重新阅这一份"
    return str(error).partition("\n")[0] or type(error).__name__
