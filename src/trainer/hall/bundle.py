"""Bundles: a set of files that travels as JSON, is hashed as a manifest, and never leaves the folder it is written to.

Standard library only: the thin client uses it inside trainees' servers. Here a bundle is ``{relative path: bytes}``;
on the wire it is ``{"files": {path: {"text": "…"} | {"base64": "…"}}}``.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from trainer.errors import Conflict, NotFound, TrainerError

Files = dict[str, bytes]

_IDEOGRAPHIC_SPACE = "\u3000"


class BadBundle(TrainerError):
    """Files that may not travel: a path that leads elsewhere, a link, too many or too large."""


@dataclass(frozen=True)
class Limits:
    """The most that a bundle may hold; sizes in bytes, path lengths in characters."""

    files: int = 200
    depth: int = 8
    path: int = 240
    total: int = 10 * 1024 * 1024


DEFAULT_LIMITS = Limits()


# -- paths and hashes --------------------------------------------------------------------------------------------------


def path_problem(path: str, limits: Limits = DEFAULT_LIMITS) -> str | None:
    """Why a path cannot be used, as a Chinese sentence without the path; None if it can."""
    if not path or len(path) > limits.path:
        return f"文件名是空的或超过 {limits.path} 个字符。"
    if not path.replace(_IDEOGRAPHIC_SPACE, " ").isprintable() or "\\" in path:
        return "文件名里有不能用的字符（看不见的字符或反斜线）。"
    parts = path.split("/")
    if any(not part or part.startswith(".") or part != part.strip() for part in parts):
        return "文件名不能以 / 或 . 开头，不能含有 .. 或空的一节，前后不能有空格。"
    if len(parts) > limits.depth:
        return f"文件夹套得太深，最多 {limits.depth} 层。"
    if any(len(part.encode()) > 255 for part in parts):
        return "文件名太长。"
    return None


def shown_path(path: str) -> str:
    """A path for a sentence: short, and without characters that could disturb the line."""
    text = "".join(c if c.isprintable() else "�" for c in path)
    return text if len(text) <= 60 else f"{text[:57]}…"


def check_files(files: Mapping[str, bytes], limits: Limits = DEFAULT_LIMITS) -> None:
    """Raises BadBundle for the first thing that is wrong with paths, number or size."""
    _check_number(len(files), limits)
    for path in files:
        problem = path_problem(path, limits)
        if problem:
            raise BadBundle(f"文件“{shown_path(path)}”不能用：{problem}")
    if len(files) > 1:
        folders = {path[:at] for path in files for at, c in enumerate(path) if c == "/"}
        both = folders & set(files)
        if both:
            raise BadBundle(f"“{shown_path(min(both))}”既是文件又是文件夹，不能用。")
    _check_total(sum(map(len, files.values())), limits)


def _check_number(count: int, limits: Limits) -> None:
    if not count:
        raise BadBundle("里面没有文件。")
    if count > limits.files:
        raise BadBundle(f"文件太多：最多 {limits.files} 个。请删去多余的文件再试。")


def _check_total(size: int, limits: Limits) -> None:
    if size > limits.total:
        most = limits.total / 1048576
        raise BadBundle(f"文件合计超过 {most:g} MB。请删去多余的文件（例如贴进去的大图片）再试。")


def file_hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """path → SHA-256 in hex, sorted by path."""
    return {path: sha256(files[path]).hexdigest() for path in sorted(files)}


def manifest_of(hashes: Mapping[str, str]) -> str:
    """The lines ``<sha256>  <path>`` sorted by path: what ``sha256sum`` prints and ``sha256sum -c`` reads."""
    return "".join(f"{hashes[path]}  {path}\n" for path in sorted(hashes))


def content_hash(hashes: Mapping[str, str]) -> str:
    """SHA-256 in hex of the manifest: the fingerprint of the whole bundle."""
    return sha256(manifest_of(hashes).encode()).hexdigest()


# -- JSON --------------------------------------------------------------------------------------------------------------


def to_json(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The ``"files"`` object: text where it is UTF-8, base64 otherwise."""
    wire: dict[str, Any] = {}
    for path, content in files.items():
        try:
            wire[path] = {"text": content.decode("utf-8")}
        except UnicodeDecodeError:
            wire[path] = {"base64": base64.b64encode(content).decode("ascii")}
    return wire


def from_json(wire: Any, limits: Limits = DEFAULT_LIMITS) -> Files:
    """The files of a ``"files"`` object, checked. Raises BadBundle."""
    if not isinstance(wire, dict):
        raise BadBundle("没有 files 这一项，或者它不是一组文件。")
    _check_number(len(wire), limits)
    files: Files = {}
    for path, entry in wire.items():
        content = _decoded(entry)
        if content is None:
            raise BadBundle(f"文件“{shown_path(path)}”的内容读不懂：要么是 text，要么是 base64。")
        files[path] = content
    check_files(files, limits)
    return files


def _decoded(entry: Any) -> bytes | None:
    if not isinstance(entry, dict) or len(entry) != 1:
        return None
    text, encoded = entry.get("text"), entry.get("base64")
    try:
        if isinstance(text, str):
            return text.encode("utf-8")
        return base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else None
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None


# -- folders -----------------------------------------------------------------------------------------------------------


def read_folder(folder: Path, limits: Limits = DEFAULT_LIMITS) -> Files:
    """Every file in a folder; hidden files and folders are left out.

    Raises NotFound when there is no such folder, BadBundle for links, special files and what is over the limits.
    """
    if not folder.is_dir() or folder.is_symlink():
        raise NotFound(f"没有文件夹 {folder}，或者它是一个链接。")
    files: Files = {}
    total = 0
    for root, folders, names, handle in os.fwalk(folder, follow_symlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            _refuse_link(name, handle)
        for name in sorted(names):
            if name.startswith("."):
                continue
            path = (Path(root) / name).relative_to(folder).as_posix()
            _check_number(len(files) + 1, limits)
            files[path] = _read_regular(name, handle, limits, total)
            total += len(files[path])
    check_files(files, limits)
    return files


def _refuse_link(name: str, handle: int) -> os.stat_result:
    status = os.stat(name, dir_fd=handle, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        raise BadBundle(f"“{shown_path(name)}”是一个链接，不能放进去。请换成文件本身，或者删掉它。")
    return status


def _read_regular(name: str, handle: int, limits: Limits, already: int) -> bytes:
    if not stat.S_ISREG(_refuse_link(name, handle).st_mode):
        raise BadBundle(f"“{shown_path(name)}”不是普通文件，不能放进去。请删掉它。")
    opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=handle)
    with os.fdopen(opened, "rb") as stream:
        _check_total(already + os.fstat(stream.fileno()).st_size, limits)
        content = stream.read(limits.total + 1)
    _check_total(already + len(content), limits)
    return content


def write_folder(
    files: Mapping[str, bytes],
    folder: Path,
    *,
    existing: Literal["refuse", "missing", "replace"] = "refuse",
    limits: Limits = DEFAULT_LIMITS,
) -> list[str]:
    """Write a bundle into a folder (made if need be) and return the paths written.

    Links inside the folder are never followed; every file is written beside and renamed. ``existing`` says what happens
    when the folder holds something already: ``refuse`` raises Conflict, ``missing`` writes only what is not there,
    ``replace`` overwrites files of the same name and leaves others alone. Raises BadBundle.
    """
    check_files(files, limits)
    if folder.is_symlink():
        raise BadBundle(f"文件夹 {folder} 是一个链接，为安全起见不写入。")
    folder.mkdir(parents=True, exist_ok=True)
    if existing == "refuse" and any(folder.iterdir()):
        raise Conflict(f"文件夹 {folder} 里已经有文件，没有改动它。请先把它改名或移走。")
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return [path for path in sorted(files) if _write_below(root, path, files[path], existing)]
    finally:
        os.close(root)


def _write_below(root: int, path: str, content: bytes, existing: str) -> bool:
    *folders, name = path.split("/")
    handle = os.dup(root)
    try:
        for part in folders:
            deeper = _enter(handle, part)
            os.close(handle)
            handle = deeper
        if existing == "missing" and _exists(handle, name):
            return False
        _write_file(handle, name, content)
    finally:
        os.close(handle)
    return True


def _enter(handle: int, part: str) -> int:
    if not _exists(handle, part):
        os.mkdir(part, dir_fd=handle)
    try:
        return os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
    except OSError:
        raise BadBundle(f"“{shown_path(part)}”是链接或文件，不是文件夹，为安全起见不写入。") from None


def _exists(handle: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=handle, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _write_file(handle: int, name: str, content: bytes) -> None:
    part = f".{secrets.token_hex(8)}.part"
    opened = os.open(
        part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=handle
    )
    try:
        with os.fdopen(opened, "wb") as stream:
            stream.write(content)
        os.replace(part, name, src_dir_fd=handle, dst_dir_fd=handle)
    except OSError:
        if _exists(handle, part):
            os.unlink(part, dir_fd=handle)
        raise
