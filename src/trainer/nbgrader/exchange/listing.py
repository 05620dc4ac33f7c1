"""``nbgrader list``: what is released, what was handed in; and what nbgrader's panels and formgrader know of both.

The answers have the shape of nbgrader's own list. Submissions are never removed: the hall keeps what it has acknowledged.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from nbgrader.exchange.abc import ExchangeList
from traitlets import Bool

from trainer.errors import Conflict
from trainer.nbgrader.exchange.base import HallVerb, matches

Info = dict[str, Any]

_STATES = {
    "not-open": "未到时间",
    "open": "未开始",
    "working": "作答中",
    "submitted": "已提交",
    "closed": "已截止",
    "withdrawn": "已撤回",
}
_PLACE = ("course_id", "student_id", "assignment_id")


class HallList(HallVerb, ExchangeList):  # type: ignore[misc]
    """List, and withdraw what is released."""

    as_json = Bool(False, help="是否把清单作为 JSON 印出来（nbgrader list --json）。").tag(config=True)

    def copy_files(self) -> None:
        """Listing copies nothing."""

    def list_files(self) -> list[Info]:
        """What is asked for, said in the log and returned."""
        found = self._submitted() if self.inbound or self.cached else self._released()
        self._say(found)
        return found

    def remove_files(self) -> list[Info]:
        """Withdraw what is released. Raises Conflict for submissions."""
        if self.inbound or self.cached:
            raise Conflict("考场收下的交卷一律保留，不能删除。")
        found = self._released()
        for info in found:
            self.client.withdraw(info["course_id"], info["assignment_id"])
            info["status"] = "removed"
        self._say(found)
        return found

    # -- what is released ----------------------------------------------------------------------------------------------

    def _rows(self, *, withdrawn: bool) -> list[dict[str, Any]]:
        course = self.coursedir.course_id if self.coursedir else ""
        rows = self.client.assignments(course or None, withdrawn=withdrawn)
        return [row for row in rows if matches(row["assignment"], self.coursedir.assignment_id)]

    def _released(self) -> list[Info]:
        return [self._outbound(row) for row in self._rows(withdrawn=False)]

    def _outbound(self, row: Mapping[str, Any]) -> Info:
        folder = self.work_folder(row["course"], row["assignment"])
        fetched = folder.is_dir()
        notebooks = sorted(folder.glob("*.ipynb")) if fetched else []
        names = [path.name for path in notebooks] if fetched else _notebooks(row["files"])
        return {
            "course_id": row["course"],
            "assignment_id": row["assignment"],
            "status": "fetched" if fetched else "released",
            "path": str(folder) if fetched else "",
            "notebooks": [
                {"notebook_id": Path(name).stem, "path": str(folder / name) if fetched else ""}
                for name in names
            ],
            **{key: row[key] for key in ("title", "state", "opens", "closes", "attempts_left")},
        }

    # -- what was handed in --------------------------------------------------------------------------------------------

    def _submitted(self) -> list[Info]:
        infos = []
        for row in self._rows(withdrawn=True):
            receipts = (
                row["submissions"]
                if self.cached
                else self.client.submissions(row["course"], row["assignment"])
            )
            given = set(row["feedback_for"])
            infos += [self._inbound(r, r["id"] in given) for r in receipts if self.meant(r["trainee"])]
        return _grouped(infos)

    def _inbound(self, receipt: Mapping[str, Any], given: bool) -> Info:
        at = self.shown(datetime.fromisoformat(receipt["received_at"]))
        folder = self.work_folder(receipt["course"], receipt["assignment"]) / "feedback" / at
        pages = self._feedback_pages(receipt, folder) if given else {}
        notebooks = []
        for name in _notebooks(receipt["files"]):
            page = folder / f"{Path(name).stem}.html"
            local, exchange = page.is_file(), pages.get(page.name)
            notebooks.append(
                {
                    "notebook_id": page.stem,
                    "path": "",
                    "has_local_feedback": local,
                    "has_exchange_feedback": given,
                    "local_feedback_path": str(page) if local else None,
                    "feedback_updated": local and exchange is not None and exchange != _digest(page),
                }
            )
        local = bool(notebooks) and all(notebook["has_local_feedback"] for notebook in notebooks)
        return {
            "course_id": receipt["course"],
            "student_id": receipt["trainee"],
            "assignment_id": receipt["assignment"],
            "timestamp": at,
            "status": "submitted",
            "path": "",
            "notebooks": notebooks,
            "has_local_feedback": local,
            "has_exchange_feedback": given,
            "feedback_updated": any(notebook["feedback_updated"] for notebook in notebooks),
            "local_feedback_path": str(folder) if local else None,
            "receipt": dict(receipt),
        }

    def _feedback_pages(self, receipt: Mapping[str, Any], folder: Path) -> dict[str, str]:
        """Fingerprints of the pages in the hall by name, when there are local ones to compare them with."""
        if not folder.is_dir():
            return {}
        found = self.client.feedback(
            receipt["course"], receipt["assignment"], user=receipt["trainee"], submission=receipt["id"]
        )
        return {name: sha256(content).hexdigest() for name, content in found["files"].items()}

    # -- saying it -----------------------------------------------------------------------------------------------------

    def _say(self, found: list[Info]) -> None:
        if self.as_json:
            sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
            return
        if self.inbound or self.cached:
            self.log.info("已交的卷：" if found else "还没有人交卷。")
            for info in (submission for group in found for submission in group["submissions"]):
                self.log.info("%s %s %s %s%s", *(info[key] for key in (*_PLACE, "timestamp")), _remark(info))
            return
        done = "撤回的作业：" if self.remove else "已发布的作业："
        self.log.info(done if found else "没有已发布的作业。")
        for info in found:
            fetched = "，已领" if info["status"] == "fetched" else ""
            closes = f"，{info['closes']} 截止" if info["closes"] else ""
            state = f"（{_STATES.get(info['state'], info['state'])}{closes}{fetched}）"
            self.log.info("%s %s %s", info["course_id"], info["assignment_id"], "" if self.remove else state)


def _notebooks(names: Iterable[str]) -> list[str]:
    """The notebooks at the top of a bundle, which are those that nbgrader lists."""
    return sorted(name for name in names if name.endswith(".ipynb") and "/" not in name)


def _grouped(infos: list[Info]) -> list[Info]:
    """By course, person and assignment, each with its submissions in the order of time."""
    place = itemgetter(*_PLACE)
    groups = []
    for key, members in groupby(
        sorted(infos, key=lambda info: (place(info), info["receipt"]["attempt"])), key=place
    ):
        groups.append(
            {**dict(zip(_PLACE, key, strict=True)), "status": "submitted", "submissions": list(members)}
        )
    return groups


def _remark(info: Mapping[str, Any]) -> str:
    late = "（迟交）" if info["receipt"]["late"] else ""
    if info["has_local_feedback"] and not info["feedback_updated"]:
        return f"{late}（反馈已取回）"
    return f"{late}（有反馈可取）" if info["has_exchange_feedback"] else late


def _digest(page: Path) -> str:
    return sha256(page.read_bytes()).hexdigest()
