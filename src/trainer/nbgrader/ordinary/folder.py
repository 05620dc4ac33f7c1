"""The files of a folder as plain data: never through links, nothing that is not a regular file, and not without end."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import PurePosixPath

from trainer.nbgrader.submissions import TIMESTAMP_FILE, Handed, Unreadable, moment_of, regular_file

_MOST_FILES = 1000
#: What editors and Python leave behind; nbgrader ignores them too.
_IGNORED = (".ipynb_checkpoints", "__pycache__")


def read_files(folder: str, limit: int) -> dict[str, bytes]:
    """The regular files below a folder by relative path, notebooks only where they lie directly in it.

    Raises Unreadable when there are more than a thousand, or more than ``limit`` bytes of them.
    """
    found: dict[str, bytes] = {}
    left = limit
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if n not in _IGNORED and not n.endswith(".ipynb"))
        for name in sorted(names):
            path = os.path.join(place, name)  # noqa: PTH118 - names may hold bytes that are no text
            if name.endswith(".pyc") or (name.endswith(".ipynb") and place != folder):
                continue
            content = regular_file(path, left + 1)
            if content is None:
                continue
            left -= len(content)
            if left < 0 or len(found) >= _MOST_FILES:
                raise Unreadable(
                    f"文件太多或太大（合计上限 {limit / 1048576:g} MB、{_MOST_FILES} 个），请核查里面放了什么"
                )
            found[os.path.relpath(path, folder)] = content
    return found


def read_folder(folder: str, notebooks: Collection[str], limit: int) -> Handed:
    """What somebody handed in, its files pickled by name. Raises Unreadable."""
    if os.path.islink(folder):  # noqa: PTH114
        raise Unreadable("交卷文件夹是一个链接，为安全起见不读取，请核查来历")
    files = read_files(folder, limit)
    own = {f"{name}.ipynb" for name in notebooks}
    if not own & set(files):
        raise Unreadable(f"缺少笔记本 {'、'.join(sorted(own))}，请联系学员重新交卷")
    files = {name: content for name, content in files.items() if name in own or not name.endswith(".ipynb")}
    lines = [f"{sha256(files[name]).hexdigest()} {name}" for name in sorted(files) if name != TIMESTAMP_FILE]
    digest = sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
    written = files.get(TIMESTAMP_FILE)
    moment = _moment(written[:200]) if written is not None else None
    return Handed(pickle.dumps(files), digest, moment, (), frozenset(files))


def _moment(written: bytes) -> datetime | None:
    """As for our own papers; what these would never have (PST, a date in words) as nbgrader reads it. Raises Unreadable."""
    try:
        return moment_of(written)
    except Unreadable:
        from nbgrader.utils import parse_utc

        try:
            with warnings.catch_warnings(action="ignore"):  # dateutil's, of zones that it takes for none
                moment: datetime = parse_utc(written.decode().strip()).replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise Unreadable("交卷时间（timestamp.txt）无法识别，请核查是否被改动") from None
        return moment


def overlaid(handed: Mapping[str, bytes], own: Mapping[str, bytes]) -> dict[str, bytes]:
    """A trainee's files with the assignment's ``own`` in their places, where one cannot be a folder of the other."""
    folders = {str(parent) for name in own for parent in PurePosixPath(name).parents}
    kept = {
        name: content
        for name, content in handed.items()
        if name not in folders and not any(str(parent) in own for parent in PurePosixPath(name).parents)
    }
    return kept | dict(own)
