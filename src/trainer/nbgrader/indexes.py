"""Indexes of ours in nbgrader's gradebook: its own schema has none on the columns that whole rounds are read by.

They change nothing that stock nbgrader sees but its speed. Without them everything works, only slower: they are made
when a gradebook is made or prepared for use, never while it is read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, literal_column

#: What marking calls an answer that is none, at the beginning of its comment.
UNANSWERED = "未作答"

# A query uses a partial index only where its condition is the same expression: each is written once, here.
_WAITS = "(grade.needs_manual_grade OR (grade.auto_score IS NULL AND grade.manual_score IS NULL))"
_UNANSWERED = f"substr(comment.auto_comment, 1, {len(UNANSWERED)}) = '{UNANSWERED}'"


def waits() -> ColumnElement[Any]:
    """Whether a row of ``grade`` waits for a person."""
    return literal_column(_WAITS)


def is_unanswered() -> ColumnElement[Any]:
    """Whether a row of ``comment`` says that there was no answer."""
    return literal_column(_UNANSWERED)


def _unqualified(condition: str) -> str:
    return condition.replace("grade.", "").replace("comment.", "")


_SCORES = "notebook_id, cell_id, auto_score, manual_score, extra_credit"
_INDEXES = (
    f"CREATE INDEX IF NOT EXISTS trainer_grade_scores ON grade ({_SCORES})",
    f"CREATE INDEX IF NOT EXISTS trainer_grade_waiting ON grade (cell_id, notebook_id) WHERE {_unqualified(_WAITS)}",
    f"CREATE INDEX IF NOT EXISTS trainer_comment_unanswered ON comment (notebook_id) WHERE {_unqualified(_UNANSWERED)}",
)


def make_indexes(connection: Connection) -> None:
    """Make those that are not there yet."""
    for statement in _INDEXES:
        connection.exec_driver_sql(statement)
