"""The server's time: whole milliseconds since 1970 inside, ISO 8601 with offset outside."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

MINUTE = 60_000


def now() -> int:
    """Milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def iso(moment: int) -> str:
    """``2026-03-01T09:30:00.125+08:00`` in the server's own time zone."""
    return datetime.fromtimestamp(moment / 1000).astimezone().isoformat(timespec="milliseconds")


def iso_or_none(moment: int | None) -> str | None:
    """As :func:`iso`, and None for None."""
    return None if moment is None else iso(moment)


def from_iso(text: str) -> int:
    """Milliseconds of an ISO 8601 time with offset. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    since = moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return since // timedelta(milliseconds=1)
