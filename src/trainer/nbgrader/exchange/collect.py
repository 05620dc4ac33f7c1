"""``nbgrader collect``: what counts of everybody's submissions, from the hall into ``submitted/``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.abc import ExchangeCollect

from trainer.hall.bundle import Files, path_problem
from trainer.nbgrader.exchange.base import HallVerb, patiently, timestamp
from trainer.nbgrader.exchange.best import BestOf
from trainer.nbgrader.exchange.folders import only_one, put_folder, settle
from trainer.nbgrader.extra_time import write_extra_time
from trainer.nbgrader.submissions import (
    RECEIPT_FILE,
    SECRET_FILE,
    TIMESTAMP_FILE,
    Unreadable,
    read_receipt,
    read_timestamp,
)

#: Says that a collected folder holds saved answers of somebody who did not hand in.
SAVED_ONLY_FILE = "saved-only.txt"
#: Names in a submission's own folder that are ours to write; what a trainee put there under them stays in the hall.
_OURS = {TIMESTAMP_FILE, RECEIPT_FILE, SECRET_FILE, SAVED_ONLY_FILE}


#: Python takes a module of these from the folder of a notebook; browsers run a page's scripts; zip files can be either.
_ACTING = (
    *(".py", ".pyw", ".pyc", ".pyo", ".pyd", ".so", ".pth", ".zip", ".egg", ".whl", ".sh", ".bash"),
    *(".html", ".htm", ".xhtml", ".xht", ".svg", ".xml", ".xsl", ".js", ".mjs"),
)
#: Programs read these wherever they start, also as JSON.
_OBEYED = ("nbgrader_config", "jupyter_", "ipython_", "matplotlibrc", "labconfig", "page_config", "overrides")


def acts_by_itself(name: str) -> bool:
    """Whether a file may do something when its folder is only looked into or worked in."""
    last = name.rpartition("/")[2].lower()
    return last.startswith(_OBEYED) or last.endswith(_ACTING)


@dataclass(frozen=True)
class Wanted:
    """What is to lie in one person's folder: ``at`` is the server's time of it, ``submission`` "" if only saved.

    ``known`` are the ids of all that the hall has of this person.
    """

    account: str
    at: datetime
    submission: str
    known: frozenset[str]
    files: Callable[[], Files]


class HallCollect(HallVerb, ExchangeCollect):  # type: ignore[misc]
    """Collect through the hall.

    Whose a submission is and when it came is what the server says, so ``check_owner`` has nothing to check. A folder
    is replaced by another submission only with ``update``, and never by an older one, unless the hall knows both and
    the assignment's rules have decided for the older.
    """

    def init_src(self) -> None:
        row = self.client.assignment(self.course, self.assignment)
        collection = self.client.collection(self.course, self.assignment, include_saved=self.include_saved)
        self._released = frozenset(row["files"])
        self._due = self._set_duedate(row["closes"])
        self._counts = str(collection["counts"])
        self._people: list[dict[str, Any]] = [
            entry
            for entry in collection["users"]
            if self.meant(entry["user"]) and self._usable(entry["user"])
        ]
        self._grace = int(row["grace_seconds"])

    def copy_files(self) -> None:
        with only_one(self.course_root):
            wanted = [found for entry in self._people if (found := self._wanted(entry)) is not None]
            self._write_extra_time()
            done = [self._collect(one) for one in wanted]
        if not wanted:
            self.log.warning("考场里还没有 %s 的交卷可收", self.assignment)
            return
        self.log.info(
            "收卷 %s：新收 %d 份，没有变化 %d 份", self.assignment, sum(done), len(done) - sum(done)
        )

    def _usable(self, account: str) -> bool:
        """Whether an account can be the name of a folder; the hub decides on names, and we write by them."""
        if "/" in account or path_problem(account):
            self.log.error("没有收：账号 %r 不能用作文件夹的名字，请联系技术人员", account)
            return False
        return True

    # -- which submission ----------------------------------------------------------------------------------------------

    def _wanted(self, entry: Mapping[str, Any]) -> Wanted | None:
        account, counted = str(entry["user"]), list(entry["submissions"])
        known = frozenset(receipt["id"] for receipt in [*counted, *entry["kept"]])
        if self.before_duedate and self._due is not None:
            counted = self._before_duedate(entry) or counted
        if counted:
            receipt = self._chosen(account, counted)
            return Wanted(
                account, _moment(receipt["received_at"]), receipt["id"], known, lambda: self._files(receipt)
            )
        if "saved" in entry:
            saved = entry["saved"]
            return Wanted(account, _moment(saved["saved_at"]), "", known, lambda: _saved_files(saved))
        why = "还在作答" if entry.get("working") else "只有迟交的，按规则不算数"
        self.log.info("没有收：%s %s（%s）", account, self.assignment, why)
        return None

    def _before_duedate(self, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
        """nbgrader's --before-duedate: the counting rule among those that came before the gradebook's due date."""
        receipts = sorted(
            [*entry["submissions"], *entry["kept"]], key=lambda receipt: int(receipt["attempt"])
        )
        assert self._due is not None
        early = [receipt for receipt in receipts if _moment(receipt["received_at"]) <= self._due]
        if self._counts == "best":
            return early
        return early[:1] if self._counts == "first" else early[-1:]

    def _chosen(self, account: str, counted: Sequence[dict[str, Any]]) -> dict[str, Any]:
        if len(counted) == 1:
            return counted[0]
        candidates = [self._files(receipt) for receipt in counted]
        return counted[self._best.choose(account, candidates)]

    @cached_property
    def _best(self) -> BestOf:
        return BestOf(self.course_root, self.assignment)

    def _files(self, receipt: Mapping[str, Any]) -> Files:
        """A submission as it is to lie in the course folder."""
        submission = str(receipt["id"])
        sent = patiently(lambda: self.client.submission_files(self.course, self.assignment, submission))
        files = self._harmless(str(receipt["trainee"]), _theirs(sent))
        files[TIMESTAMP_FILE] = timestamp(_moment(receipt["received_at"])).encode()
        files[RECEIPT_FILE] = (json.dumps(receipt, ensure_ascii=False, indent=1) + "\n").encode()
        return files

    def _harmless(self, account: str, files: Files) -> Files:
        """Without what would run, or be obeyed, in the hands of an instructor who opens or marks it: programs, pages,
        configuration. What was handed out may come back whatever it is.
        """
        left_out = sorted(name for name in files if name not in self._released and acts_by_itself(name))
        if left_out:
            shown = "、".join(left_out[:5])
            self.log.warning(
                "%s 的交卷里有 %d 个没有发过的程序、网页或设置文件，没有收进课程文件夹（原件在考场里）：%s",
                account,
                len(left_out),
                shown,
            )
        return {name: content for name, content in files.items() if name not in left_out}

    # -- into the course folder ----------------------------------------------------------------------------------------

    def _collect(self, one: Wanted) -> bool:
        """Write one person's folder if it is to change; whether it did."""
        folder = self.step(self.coursedir.submitted_directory, one.account, self.assignment)
        settle(folder)
        if folder.is_dir() and not self._replaces(folder, one):
            return False
        put_folder(folder, one.files())
        self.log.info(
            "已收：%s %s%s",
            one.account,
            self.assignment,
            "" if one.submission else "（没有交卷，按保存的作答收）",
        )
        return True

    def _replaces(self, folder: Path, one: Wanted) -> bool:
        here, before = read_receipt(folder), _time_of(folder)
        submission = str(here["id"]) if here else ""
        if before == one.at and submission == one.submission:
            return False
        newer = before is None or one.at > before
        decided = bool(submission) and bool(one.submission) and submission in one.known
        if not (newer or decided or self.before_duedate):
            self.log.warning("没有动 %s：文件夹里的比考场里的新", folder)
            return False
        if not (self.update or self.before_duedate):
            self.log.info(
                "已有交卷，没有动：%s %s（要换成新的，请加 --update）", one.account, self.assignment
            )
            return False
        return True

    # -- times ---------------------------------------------------------------------------------------------------------

    def _set_duedate(self, closes: str | None) -> datetime | None:
        """Bring nbgrader's due date up to the hall's closing time, if it has one; the due date."""
        with Gradebook(self.coursedir.db_url, self.course) as gradebook:
            try:
                assignment = gradebook.find_assignment(self.assignment)
            except MissingEntry:
                return None
            if closes is not None:
                assignment.duedate = _moment(closes).astimezone(UTC).replace(tzinfo=None)
                gradebook.db.commit()
            due: datetime | None = assignment.duedate
        return due.replace(tzinfo=UTC) if due else None

    def _write_extra_time(self) -> None:
        """For grading: how long after the due date each person was still in time.

        Without a due date nobody has extra time: nbgrader could not add the one to the other.
        """
        minutes = {
            user["user"]: int(user["extra_minutes"])
            for user in self.client.progress(self.course, self.assignment)["users"]
        }
        seconds = {}
        for entry in self._people:
            receipts = [*entry["submissions"], *entry["kept"]]
            extra = 60 * minutes.get(entry["user"], 0)
            on_time = any(not receipt["late"] for receipt in receipts)
            grace = self._grace if on_time else 0
            seconds[entry["user"]] = extra + grace if self._due is not None else 0
        write_extra_time(self.course_root, self.assignment, seconds)


def _theirs(files: Mapping[str, bytes]) -> Files:
    return {name: content for name, content in files.items() if name.partition("/")[0] not in _OURS}


def _saved_files(saved: Mapping[str, Any]) -> Files:
    at = _moment(saved["saved_at"])
    note = (
        "这个人没有交卷。本文件夹由考场里随时保存的作答生成，"
        f"最后一次保存的时间是 {at.isoformat(timespec='seconds')}，作答 {saved['answers']} 题。\n"
    )
    return _theirs(saved["files"]) | {TIMESTAMP_FILE: timestamp(at).encode(), SAVED_ONLY_FILE: note.encode()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _time_of(folder: Path) -> datetime | None:
    try:
        return read_timestamp(folder)
    except Unreadable:
        return None
