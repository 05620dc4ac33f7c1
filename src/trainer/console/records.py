"""What is known of a job: replayed from its file of events, so that it survives a reload of the page and a restart.

A job's folder holds ``events.jsonl`` (this), ``given/`` (what was uploaded), ``files/`` (what there is to download) and
``log`` (for technicians).
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

log = logging.getLogger("trainer.console")

#: running; done; failed: the user can mend it; defect: ours; interrupted: killed or stopped on the way.
State = Literal["running", "done", "failed", "defect", "interrupted"]

EVENTS, FILES, GIVEN, LOG = "events.jsonl", "files", "given", "log"
_MOST_LINES = 200


@dataclass
class Record:
    """A job. ``about`` is what it works on (a paper, a contest), ``""`` for none; times are ISO 8601.

    ``files`` are {name, title, private}: a private one is for whoever started the job, and only once.
    ``result`` holds ``tables`` ({title, columns, rows}) and, after grading, ``bad`` ({account, assignment, reason}).
    """

    id: str
    folder: Path
    verb: str = ""
    title: str = ""
    about: str = ""
    who: str = ""
    name: str = ""
    started: str = ""
    state: State = "running"
    done: int = 0
    total: int | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_LINES))
    message: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    ended: str = ""

    @property
    def running(self) -> bool:
        return self.state == "running"

    def apply(self, event: Mapping[str, Any]) -> None:
        """Take in what happened."""
        if "begin" in event:
            for name, value in event["begin"].items():
                setattr(self, name, str(value))
        if "total" in event:
            self.total, self.done = event["total"], 0
        if "done" in event:
            self.done = int(event["done"])
        if "say" in event:
            self.lines.append(str(event["say"]))
        if "taken" in event:
            self.taken.add(str(event["taken"]))
        if "end" in event:
            self.state, self.message, self.ended = event["end"], str(event["message"]), str(event["at"])
            self.result, self.files = dict(event.get("result", {})), list(event.get("files", []))

    def add(self, event: Mapping[str, Any]) -> None:
        """Take in an event and keep it. What cannot be kept goes to the log: the job itself goes on."""
        self.apply(event)
        try:
            with (self.folder / EVENTS).open("a", encoding="utf-8") as file:
                file.write(json.dumps(event, ensure_ascii=False) + "\n")
        except OSError:
            log.exception("An event of job %s was not kept", self.id)

    def file(self, name: str) -> dict[str, Any] | None:
        """What there is to download under a name."""
        return next((entry for entry in self.files if entry["name"] == name), None)

    def shown(self) -> dict[str, Any]:
        """What the page's script needs."""
        return {
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "lines": list(self.lines)[-12:],
            "message": self.message,
        }


def read_records(folder: Path) -> list[Record]:
    """All jobs that have a file of events, oldest first. A torn last line is what a kill left: it is passed over."""
    return [_replayed(path) for path in sorted(folder.iterdir()) if (path / EVENTS).is_file()]


def _replayed(folder: Path) -> Record:
    record = Record(folder.name, folder)
    for line in (folder / EVENTS).read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record.apply(json.loads(line))
        except (ValueError, KeyError, TypeError):
            continue
    return record
