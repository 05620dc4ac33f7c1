"""Waiting in tests: for a condition, never for an amount of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
_PAUSE = 0.02
#: A hub that starts on two busy cores may take this long.
PATIENCE = 120.0


def until(condition: Callable[[], _T], what: str, seconds: float = PATIENCE) -> _T:
    """Ask again until the condition holds; its value. Fails, saying ``what``, when it does not come."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain: {what}"
        time.sleep(_PAUSE)
    return value
