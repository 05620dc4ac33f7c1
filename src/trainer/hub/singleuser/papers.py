"""A trainee's papers: what the hall holds for them, and the copies in their own folder. Knows nothing of nbgrader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trainer.errors import NotFound
from trainer.hall.bundle import Files, path_problem, read_folder, write_folder
from trainer.hall.client import HallClient
from trainer.hall.receipts import as_text

RECEIPTS = "回执"
FEEDBACK = "反馈"

#: The hall's words for where an assignment stands, in the trainee's.
STATES = {
    "not-open": "未到时间",
    "open": "未开始",
    "working": "作答中",
    "submitted": "已提交",
    "closed": "已截止",
    "withdrawn": "已撤回",
}


@dataclass(frozen=True)
class Paper:
    """One line of the trainee's list, ready to be shown: texts in Chinese, times in the server's time zone."""

    course: str
    assignment: str
    title: str
    state: str
    state_text: str
    times: str
    attempts: str
    submitted: str
    can_open: bool
    can_submit: bool
    fetched: bool
    feedback: bool
    receipts: tuple[Mapping[str, Any], ...]


class PaperFolder:
    """One person's home and their token at the hall."""

    def __init__(self, home: Path, hall: HallClient) -> None:
        self.home = home
        self.hall = hall

    def list(self) -> list[Paper]:
        """Raises HallError or HallUnreachable with the sentence to show."""
        return [self._paper(row) for row in self.hall.assignments()]

    def folder(self, course: str, assignment: str) -> Path:
        """Where the trainee's copy is. Raises NotFound for names that are no plain folder names."""
        for name in (course, assignment):
            if "/" in name or path_problem(name):
                raise NotFound("没有这份试卷。")
        return self.home / course / assignment

    def open(self, course: str, assignment: str) -> str:
        """The notebook to open, relative to home; fetched first if it is missing. What was written stays as it is."""
        folder = self.folder(course, assignment)
        files = self.hall.files(course, assignment)
        folder.parent.mkdir(exist_ok=True)
        write_folder(files, folder, existing="missing")
        notebooks = sorted(path for path in files if path.endswith(".ipynb"))
        if not notebooks:
            raise NotFound("这份试卷里没有可以作答的文件，请告诉监考老师。")
        return f"{course}/{assignment}/{notebooks[0]}"

    def submit(self, course: str, assignment: str) -> Mapping[str, Any]:
        """Hand in what is in the folder; the receipt, which is kept in the person's folder too."""
        row = self.hall.assignment(course, assignment)
        files = read_folder(self.folder(course, assignment))
        known = row.get("files") or files
        receipt = self.hall.submit(
            course, assignment, {path: files[path] for path in files if _belongs(path, known)}
        )
        self.keep(receipt)
        return receipt

    def keep(self, receipt: Mapping[str, Any]) -> None:
        """Store a receipt beside the papers, as text for people and as JSON for programs."""
        name = f"{receipt['assignment']}-第{receipt['attempt']}次"
        write_folder(
            {
                f"{name}.txt": as_text(receipt).encode(),
                f"{name}.json": json.dumps(receipt, ensure_ascii=False, indent=1).encode(),
            },
            self.home / RECEIPTS,
            existing="replace",
        )

    def receipt(self, course: str, assignment: str, identity: str) -> Mapping[str, Any]:
        """One of the person's own receipts. Raises NotFound."""
        for receipt in self.hall.submissions(course, assignment):
            if receipt["id"] == identity:
                return receipt
        raise NotFound("没有这张回执。")

    def feedback(self, course: str, assignment: str) -> Files:
        """The latest feedback. Raises HallNotFound while there is none."""
        files: Files = self.hall.feedback(course, assignment)["files"]
        return files

    def keep_feedback(self, course: str, assignment: str) -> Path:
        """Write the latest feedback into the person's folder; where it is."""
        folder = self.folder(course, assignment)
        place = self.home / FEEDBACK / folder.relative_to(self.home)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_folder(self.feedback(course, assignment), place, existing="replace")
        return place

    def _paper(self, row: Mapping[str, Any]) -> Paper:
        folder = self.folder(row["course"], row["assignment"])
        state, left = row["state"], row["attempts_left"]
        fetched = folder.is_dir()
        started = state not in ("not-open", "withdrawn") and (fetched or not row["over"])
        return Paper(
            course=row["course"],
            assignment=row["assignment"],
            title=row.get("title") or row["assignment"],
            state=state,
            state_text=STATES.get(state, state),
            times=_times(row),
            attempts="" if left is None else f"还可以交 {left} 次" if left else "不能再交",
            submitted="、".join(_clock(receipt["received_at"]) for receipt in row["submissions"]),
            can_open=started,
            can_submit=started and left != 0 and fetched,
            fetched=fetched,
            feedback=bool(row["feedback"]),
            receipts=tuple(row["submissions"]),
        )


def _belongs(path: str, released: Mapping[str, Any]) -> bool:
    """Notebooks and what was handed out; not the backups and exports that a trainee's tools leave around."""
    return path in released or (path.endswith(".ipynb") and "/" not in path)


def _times(row: Mapping[str, Any]) -> str:
    opens, closes = row.get("opens"), row.get("closes")
    if opens and closes:
        return f"{_clock(opens)} 至 {_clock(closes)}"
    if closes:
        return f"{_clock(closes)} 截止"
    return f"{_clock(opens)} 开始" if opens else "不限时间"


def _clock(moment: str) -> str:
    """The server's time as people write it; seconds only where they are not zero."""
    at = datetime.fromisoformat(moment)
    return f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
