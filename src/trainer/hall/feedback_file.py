"""The file of feedback that programs read: its name and the version of its form. Read by :mod:`trainer.hall.released_marks`."""

from __future__ import annotations

FEEDBACK_FILE = "feedback.json"
FEEDBACK_FORMAT = 1
