"""Read submissions as plain data: never executed, never followed out of their folder, never trusted.

Both doors of grading (``trainer grade`` and stock ``nbgrader autograde``) read a submission through this module, so
they see the same answers and refuse the same files.
"""

from __future__ import annotations

import json
import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

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


class Unreadable(TrainerError):
    """A submission that cannot be marked as it is; the text says why and what to do."""


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


def _regular_file(path: Path, limit: int) -> bytes:
    try:
        status = path.lstat()
    except OSError:
        raise Unreadable(f"缺少笔记本 {path.name}，请联系学员重新交卷") from None
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(f"{path.name} 不是普通文件（可能是链接），为安全起见不读取，请核查来历")
    if status.st_size > limit:
        size, most = status.st_size / 1048576, limit / 1048576
        raise Unreadable(f"文件太大（{size:.1f} MB，上限 {most:g} MB），请核查里面粘贴了什么")
    return path.read_bytes()


def _parse(raw: bytes, name: str) -> list[dict[str, Any]]:
    try:
        notebook = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unreadable(f"{name} 不是完整的笔记本文件（内容损坏），请联系学员重新交卷") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise Unreadable(f"{name} 不是笔记本文件（没有单元格），请联系学员重新交卷")
    return cells


def cell_source(cell: dict[str, Any]) -> str:
    """The text of a cell; notebooks store it whole or in lines."""
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    # A lone surrogate is legal JSON, but no database and no UTF-8 file can hold it.
    return source.encode("utf-8", "replace").decode("utf-8") if isinstance(source, str) else ""


def grade_id(cell: dict[str, Any]) -> str | None:
    """nbgrader's name of a cell, if it has one."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) else None


def _answers(cells: list[dict[str, Any]], form: Form, accept_faults: bool) -> dict[str, str]:
    """Answer texts by cell name. A pasted copy of an answer cell is harmless unless the two say different things."""
    wanted = {item.cell for item in form.items}
    found: dict[str, list[str]] = {}
    for cell in cells:
        name = grade_id(cell)
        if name in wanted:
            found.setdefault(name, []).append(cell_source(cell))
    answers: dict[str, str] = {}
    for name, texts in found.items():
        written = {answer_text(text): text for text in texts if answer_text(text)}
        if len(written) > 1 and not accept_faults:
            raise Unreadable(f"第 {_number(name)} 题有 {len(texts)} 个作答格，写的不一样，无法判断以哪个为准")
        answers[name] = list(written.values())[-1] if written else texts[-1]
    return answers


def _number(name: str) -> str:
    return name.partition("-")[0].lstrip("q").lstrip("0") or name


def _check_cells(cells: list[dict[str, Any]], form: Form) -> None:
    present = {grade_id(cell) for cell in cells}
    missing = [name for name in expected_cells(form) if name not in present]
    if missing:
        numbers = "、".join(dict.fromkeys(_number(name) for name in missing))
        raise Unreadable(f"笔记本少了第 {numbers} 题的单元格，可能被删掉了，请联系学员核实")


def _check_extra(folder: Path, form: Form) -> None:
    own = f"{form.assignment}.ipynb"
    extra = sorted(path.name for path in folder.glob("*.ipynb") if path.name != own)
    if extra:
        raise Unreadable(f"文件夹里多出了笔记本 {'、'.join(extra[:3])}，无法判断以哪一份为准")


def read_timestamp(folder: Path) -> datetime | None:
    """When it was submitted, in UTC, as the exchange wrote it; None when it did not.

    nbgrader's own reading takes +0800 for 800 seconds and CST for UTC; here an offset is an offset, and CST is China's
    standard time, which is what the exchange writes under the time zone Asia/Shanghai. Raises Unreadable.
    """
    path = folder / TIMESTAMP_FILE
    if not path.is_file() or path.is_symlink():
        return None
    text = path.read_bytes()[:200].decode("utf-8", "replace").strip()
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
    return moment.astimezone(UTC)


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


def read_submission(
    folder: Path, account: str, form: Form, *, limit: int = DEFAULT_LIMIT, accept_faults: bool = False
) -> Submission:
    """The submission in ``submitted/<account>/<assignment>/``; nothing in the folder is changed.

    Raises Unreadable with the reason in Chinese. ``accept_faults`` is an instructor's decision to mark a submission
    although cells are missing or copied, or there are other notebooks beside it: what is missing counts as unanswered.
    """
    if folder.is_symlink():
        raise Unreadable("交卷文件夹是一个链接，为安全起见不读取，请核查来历")
    raw = _regular_file(folder / f"{form.assignment}.ipynb", limit)
    cells = _parse(raw, f"{form.assignment}.ipynb")
    if not accept_faults:
        _check_extra(folder, form)
        _check_cells(cells, form)
    answers = _answers(cells, form, accept_faults)
    return Submission(
        account, form.assignment, answers, cells, read_timestamp(folder), sha256(raw).hexdigest()
    )
