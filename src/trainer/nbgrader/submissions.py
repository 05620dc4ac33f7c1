"""Read submissions as plain data: never executed, never followed out of their folder, never trusted.

Both doors of grading (``trainer grade`` and stock ``nbgrader autograde``) read a submission through this module, so
they see the same answers and refuse the same files.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from trainer.errors import TrainerError
from trainer.kinds.reading import answer_text
from trainer.model.paper import Form
from trainer.nbgrader.notebooks import expected_cells

TIMESTAMP_FILE = "timestamp.txt"
SECRET_FILE = "submission_secret.txt"  # noqa: S105 - a file name
#: The hall's receipt of a submission that was collected from there.
RECEIPT_FILE = "receipt.json"
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?)\s*([A-Za-z]*|[+-]\d\d:?\d\d)")
_ZONES = {"": "+00:00", "Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00", "CST": "+08:00"}
DEFAULT_LIMIT = 10 * 1024 * 1024
#: Neither through a link nor waiting for the other end of a pipe.
_PLAINLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Unreadable(TrainerError):
    """A submission that cannot be marked as it is; the text says why and what to do."""


@dataclass(frozen=True)
class Handed:
    """The files of one submission as they lie in its folder, before anything is made of them.

    ``raw`` is the notebook file and ``digest`` its SHA-256; ``submitted_at`` in UTC or None when there was no timestamp;
    ``stray`` the names of other notebooks beside it; ``names`` everything in the folder.
    """

    raw: bytes
    digest: str
    submitted_at: datetime | None
    stray: tuple[str, ...]
    names: frozenset[str]


@dataclass(frozen=True)
class Submission:
    """One trainee's submission of one form, as written.

    ``answers`` are raw cell texts by cell name; ``cells`` the notebook's cells as they came; ``submitted_at`` is in
    UTC or None when there was no timestamp; ``digest`` is the SHA-256 of the notebook file.
    """

    account: str
    assignment: str
    answers: dict[str, str]
    cells: list[dict[str, Any]]
    submitted_at: datetime | None
    digest: str


def regular_file(path: str, limit: int) -> bytes | None:
    """What a file holds, at most ``limit`` bytes; None where there is none or it is anything but a regular file.

    Links are not followed, and a pipe is not waited for.
    """
    try:
        descriptor = os.open(path, _PLAINLY)
    except OSError:
        return None
    try:
        return os.read(descriptor, limit) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    finally:
        os.close(descriptor)


def _notebook_file(path: str, limit: int) -> bytes:
    name = os.path.basename(path)  # noqa: PTH119 - a thousand times a second: no Path objects here
    try:
        descriptor = os.open(path, _PLAINLY)
    except OSError as error:
        raise Unreadable(_why_not_opened(error, name)) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(_not_regular(name))
        if status.st_size > limit:
            size, most = status.st_size / 1048576, limit / 1048576
            raise Unreadable(f"文件太大（{size:.1f} MB，上限 {most:g} MB），请核查里面粘贴了什么")
        return _whole(descriptor, status.st_size)
    except OSError as error:
        raise Unreadable(f"{name} 读不出来（{error.strerror}），请检查磁盘") from None
    finally:
        os.close(descriptor)


def _whole(descriptor: int, size: int) -> bytes:
    raw = os.read(descriptor, size)
    while len(raw) < size and (more := os.read(descriptor, size - len(raw))):
        raw += more
    return raw


def _not_regular(name: str) -> str:
    return f"{name} 不是普通文件（可能是链接），为安全起见不读取，请核查来历"


def _why_not_opened(error: OSError, name: str) -> str:
    if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
        return _not_regular(name)
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"缺少笔记本 {name}，请联系学员重新交卷"
    return f"{name} 打不开（{error.strerror}），请检查文件的权限"


def parsed(raw: bytes) -> Any:
    """A JSON file as data. Raises ValueError, RecursionError.

    What the fast reader refuses and the standard library takes (NaN, other encodings, lone surrogates) goes the slow
    way, so that the same files are read.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return json.loads(raw)


def _cells(raw: bytes, name: str) -> list[dict[str, Any]]:
    try:
        notebook = parsed(raw)
    except (ValueError, RecursionError):
        raise Unreadable(f"{name} 不是完整的笔记本文件（内容损坏），请联系学员重新交卷") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not set(map(type, cells)) <= {dict}:
        raise Unreadable(f"{name} 不是笔记本文件（没有单元格），请联系学员重新交卷")
    return cells


def cell_source(cell: dict[str, Any]) -> str:
    """The text of a cell; notebooks store it whole or in lines."""
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return ""
    try:
        source.encode()
    except UnicodeEncodeError:
        # A lone surrogate is legal JSON, but no database and no UTF-8 file can hold it.
        return source.encode("utf-8", "replace").decode("utf-8")
    return source


def grade_id(cell: dict[str, Any]) -> str | None:
    """nbgrader's name of a cell, if it has one."""
    try:
        name = cell["metadata"]["nbgrader"]["grade_id"]
    except (KeyError, TypeError):
        return None
    return name if isinstance(name, str) else None


def _number(name: str) -> str:
    return name.partition("-")[0].lstrip("q").lstrip("0") or name


class FormReader:
    """Reads the notebooks of one form: what every one has to contain is worked out once."""

    def __init__(self, form: Form) -> None:
        self.notebook = f"{form.assignment}.ipynb"
        self._wanted = {item.cell for item in form.items}
        self._expected = expected_cells(form)

    def read(
        self, raw: bytes, *, accept_faults: bool = False
    ) -> tuple[list[dict[str, Any]], list[str | None], dict[str, str]]:
        """Cells, their names, and the answers by name. Raises Unreadable."""
        cells = _cells(raw, self.notebook)
        names = [grade_id(cell) for cell in cells]
        if not accept_faults:
            self._check_cells(set(names))
        return cells, names, self._answers(cells, names, accept_faults)

    def _check_cells(self, present: set[str | None]) -> None:
        missing = [name for name in self._expected if name not in present]
        if missing:
            numbers = "、".join(dict.fromkeys(_number(name) for name in missing))
            raise Unreadable(f"笔记本少了第 {numbers} 题的单元格，可能被删掉了，请联系学员核实")

    def _answers(
        self, cells: list[dict[str, Any]], names: list[str | None], accept_faults: bool
    ) -> dict[str, str]:
        """Answer texts by cell name. A pasted copy of an answer cell is harmless unless the two say different things."""
        answers: dict[str, str] = {}
        copies: dict[str, list[str]] = {}
        for name, cell in zip(names, cells, strict=True):
            if name not in self._wanted or name is None:
                continue
            text = cell_source(cell)
            if name in answers:
                copies.setdefault(name, [answers[name]]).append(text)
            else:
                answers[name] = text
        for name, texts in copies.items():
            written = {answer_text(text): text for text in texts if answer_text(text)}
            if len(written) > 1 and not accept_faults:
                raise Unreadable(
                    f"第 {_number(name)} 题有 {len(texts)} 个作答格，写的不一样，无法判断以哪个为准"
                )
            answers[name] = list(written.values())[-1] if written else texts[-1]
        return answers


def refuse_stray(handed: Handed) -> None:
    """Raises Unreadable when there are other notebooks beside."""
    if handed.stray:
        raise Unreadable(f"文件夹里多出了笔记本 {'、'.join(handed.stray[:3])}，无法判断以哪一份为准")


def read_timestamp(folder: Path) -> datetime | None:
    """When it was submitted, in UTC, as the exchange wrote it; None when it did not.

    nbgrader's own reading takes +0800 for 800 seconds and CST for UTC; here an offset is an offset, and CST is China's
    standard time, which is what the exchange writes under the time zone Asia/Shanghai. Raises Unreadable.
    """
    written = regular_file(str(folder / TIMESTAMP_FILE), 200)
    return moment_of(written) if written is not None else None


@lru_cache(maxsize=1024)
def moment_of(written: bytes) -> datetime | None:
    """The time that a timestamp file says, in UTC; None where it is empty. Raises Unreadable."""
    text = written.decode("utf-8", "replace").strip()
    if not text:
        return None
    match = _TIMESTAMP.fullmatch(text)
    offset = _ZONES.get(match[2].upper(), match[2]) if match else ""
    try:
        moment = datetime.fromisoformat(f"{match[1]}{offset}") if match else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unreadable("交卷时间（timestamp.txt）无法识别，请核查是否被改动")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Unreadable("交卷时间（timestamp.txt）无法识别，请核查是否被改动") from None


def read_receipt(folder: Path) -> dict[str, Any] | None:
    """The hall's receipt in a collected folder, or in one made from it; None when there is none that can be read."""
    path = folder / RECEIPT_FILE
    if path.is_symlink() or not path.is_file():
        return None
    try:
        receipt = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return receipt if isinstance(receipt, dict) and isinstance(receipt.get("id"), str) else None


def read_handed(folder: str, assignment: str, limit: int) -> Handed:
    """The files in ``submitted/<account>/<assignment>/``; nothing is parsed. Raises Unreadable."""
    if os.path.islink(folder):  # noqa: PTH114
        raise Unreadable("交卷文件夹是一个链接，为安全起见不读取，请核查来历")
    own = f"{assignment}.ipynb"
    raw = _notebook_file(f"{folder}/{own}", limit)
    names = os.listdir(folder)  # noqa: PTH208
    stray = sorted(name for name in names if name.endswith(".ipynb") and name != own)
    written = regular_file(f"{folder}/{TIMESTAMP_FILE}", 200) if TIMESTAMP_FILE in names else None
    moment = moment_of(written) if written is not None else None
    return Handed(raw, sha256(raw).hexdigest(), moment, tuple(stray), frozenset(names))


def read_submission(
    folder: Path, account: str, form: Form, *, limit: int = DEFAULT_LIMIT, accept_faults: bool = False
) -> Submission:
    """The submission in ``submitted/<account>/<assignment>/``; nothing in the folder is changed.

    Raises Unreadable with the reason in Chinese. ``accept_faults`` is an instructor's decision to mark a submission
    although cells are missing or copied, or there are other notebooks beside it: what is missing counts as unanswered.
    """
    handed = read_handed(str(folder), form.assignment, limit)
    if not accept_faults:
        refuse_stray(handed)
    cells, _, answers = FormReader(form).read(handed.raw, accept_faults=accept_faults)
    return Submission(account, form.assignment, answers, cells, handed.submitted_at, handed.digest)
