"""One paper as the person answers it: what stands where, saving an answer, handing in what is on the screen.

The hall keeps every answer; the notebook in the person's folder is what is handed in. Where they differ the later one counts,
which is not simply the later file: a file is written whole, with the answers as one device had them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from trainer.errors import TrainerError
from trainer.hall.bundle import write_folder
from trainer.hall.client import HallConflict
from trainer.hub.singleuser.papers import PaperFolder
from trainer.hub.singleuser.sheet_notebook import Part, answer_of, parts, with_texts

NOTEBOOK = ".ipynb"
_LARGEST = 64 * 1024**2
#: One hand-in at a time: each writes the notebook and then sends it.
_WRITING = threading.Lock()

Shown = dict[str, Any]


class AnswerSheet:
    """One paper of one person. Every method talks to the hall and raises its errors."""

    def __init__(self, papers: PaperFolder, course: str, assignment: str) -> None:
        self.papers, self.course, self.assignment = papers, course, assignment
        self.folder = papers.folder(course, assignment)
        self.passed = Passed(papers.home / ".trainer" / "passed" / course / f"{assignment}.txt")

    def state(self) -> Shown:
        """Where the paper stands now; times are the server's. See docs/reference/hall-api.md for what the hall says.

        ``answers``: what the hall holds, by cell; ``in_file``: texts of cells that were written into the notebook later than
        that, by something that saves nothing at the hall.
        """
        row = self.papers.hall.assignment(self.course, self.assignment)
        answers = self.papers.hall.answers(self.course, self.assignment)
        return {**_state(row), "answers": answers, "in_file": self._newer_in_file(answers)}

    def paper(self) -> Shown:
        """The state, and the parts of the paper (None while it cannot be seen)."""
        state = self.state()
        if not self._notebooks() and state["state"] not in ("not-open", "withdrawn"):
            self.papers.open(self.course, self.assignment)
        shown = [asdict(part) for part in self.parts()] if state["state"] != "not-open" else []
        return {"state": state, "parts": shown or None}

    def parts(self) -> list[Part]:
        """What the notebooks in the person's folder hold, in order."""
        return [part for path in self._notebooks() for part in parts(_read(path))]

    def save(self, cell: str, text: str, base: str | None) -> Shown:
        """Save one answer durably: ``{"saved_at", "cell", "now"}``. Raises HallConflict (``newer-answer``)."""
        saved = self.papers.hall.save_answer(self.course, self.assignment, cell, text, base)
        self.passed.add(text)
        return {**saved, "now": _now()}

    def submit(self, texts: Mapping[str, str], bases: Mapping[str, str] | None) -> Shown:
        """Write what the person sees into the notebook and hand it in: ``{"receipt", "unanswered", "now"}``.

        ``bases``: for each cell the ``saved_at`` that the text began from; raises HallConflict (``newer-answers``) when the hall
        holds a later and different answer. None hands in what is given.
        """
        if bases is not None:
            self._refuse_newer(texts, bases)
        with _WRITING:
            self._write(texts)
            receipt = self.papers.submit(self.course, self.assignment)
        unanswered = [cell for cell, text in texts.items() if not answer_of(text)]
        return {"receipt": receipt, "unanswered": unanswered, "now": _now()}

    def _refuse_newer(self, texts: Mapping[str, str], bases: Mapping[str, str]) -> None:
        saved = self.papers.hall.answers(self.course, self.assignment)
        newer = {
            cell: saved[cell]
            for cell, text in texts.items()
            if cell in saved
            and saved[cell]["text"].strip() != text.strip()
            and saved[cell]["saved_at"] != bases.get(cell, "")
        }
        if newer:
            raise HallConflict(
                "有的题在别的窗口或设备上刚改过，还没有交卷。请看一看改过的题，再交一次。",
                409,
                "newer-answers",
                more={"answers": newer},
            )

    def _write(self, texts: Mapping[str, str]) -> None:
        notebooks = {path: _read(path) for path in self._notebooks()}
        known = {part.cell for content in notebooks.values() for part in parts(content)}
        if not notebooks or not set(texts) <= known:
            raise TrainerError("卷上的题和这一页的对不上，没有交上。请刷新页面再交；还不行，请告诉监考老师。")
        changed = {
            path.name: written
            for path, content in notebooks.items()
            if (written := with_texts(content, texts)) != content
        }
        if changed:
            write_folder(changed, self.folder, existing="replace")

    def _notebooks(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.glob(f"*{NOTEBOOK}") if not path.name.startswith("."))

    def _newer_in_file(self, answers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        newer: dict[str, str] = {}
        passed = self.passed.read()
        for path in self._notebooks():
            found = parts(_read(path))
            written_at = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
            for part in found:
                saved = answers.get(part.cell)
                if (
                    not part.cell
                    or part.code
                    or not part.text
                    or (saved and saved["text"].strip() == part.text)
                ):
                    continue
                # What the hall has had already is what another device has changed since.
                if saved and (
                    _mark(part.text) in passed or datetime.fromisoformat(saved["saved_at"]) > written_at
                ):
                    continue
                newer[part.cell] = part.text
        return newer


class Passed:
    """Marks of the texts that went from here to the hall, so that a file that still holds one is known to be older."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, text: str) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="ascii") as file:
                file.write(f"{_mark(text)}\n")
        except OSError:  # a full folder: the answer is saved, this only helps to compare
            return

    def read(self) -> set[str]:
        try:
            return set(self._path.read_text(encoding="ascii", errors="replace").split())
        except OSError:
            return set()


def _mark(text: str) -> str:
    return sha256(text.strip().encode("utf-8", errors="replace")).hexdigest()[:16]


def _read(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
        raise TrainerError("您文件夹里的试卷不是普通文件，或者太大。请告诉监考老师。")
    return path.read_bytes()


def _state(row: Mapping[str, Any]) -> Shown:
    kept = (
        "course", "assignment", "opens", "closes", "extra_minutes", "grace_seconds", "late", "save", "attempts",
        "attempts_left", "counts", "state", "over", "withdrawn", "allotted",
    )  # fmt: skip
    return {
        **{name: row[name] for name in kept},
        "title": row.get("title") or row["assignment"],
        "receipts": row["submissions"],
        "feedback": bool(row["feedback"]),
        "now": _now(),
    }


def _now() -> str:
    """The server's clock: the hall and the people's servers run on the same machine."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")
