"""Who did what, and when: a line of JSON for each verb that an instructor set going, and for how it ended."""

from __future__ import annotations

import json
import logging
import os
from datetime import datetime
from pathlib import Path

log = logging.getLogger("trainer.console")


class Journal:
    """The file ``console-log.jsonl``: only ever appended to, each line durable before its verb begins."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, who: str, what: str, detail: object, outcome: str, at: datetime) -> None:
        """Add a line. A verb must not fail because its end cannot be noted: a full disk goes to the log instead."""
        entry = {
            "at": at.isoformat(timespec="seconds"),
            "who": who,
            "what": what,
            "detail": detail,
            "outcome": outcome,
        }
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, line.encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError:
            log.exception("Not noted in %s: %s", self._path, line.strip())
