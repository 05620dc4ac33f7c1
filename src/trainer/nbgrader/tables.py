"""nbgrader's own tables, by name. Whatever reads or writes the gradebook goes through these.

Described here once more, as far as we use them, instead of taken from ``nbgrader.api``: importing nbgrader takes two
seconds of CPU, which is more than grading a thousand submissions does. A test holds them against nbgrader's own. The
tables themselves are made by nbgrader alone.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Float, Interval, MetaData, String, Table, Text

_METADATA = MetaData()


def _id(length: int = 32) -> Column[str]:
    return Column("id", String(length), primary_key=True)


def _text(name: str, length: int = 128) -> Column[str]:
    return Column(name, String(length))


def _of(name: str) -> Column[str]:
    """A reference to another table's row."""
    return Column(name, String(32))


ASSIGNMENT = Table(
    "assignment", _METADATA, _id(), _text("name"), Column("duedate", DateTime), _text("course_id")
)
NOTEBOOK = Table("notebook", _METADATA, _id(), _text("name"), _of("assignment_id"), _text("kernelspec", 1024))
BASE_CELL = Table("base_cell", _METADATA, _id(), _text("name"), _of("notebook_id"), _text("type", 50))
GRADE_CELL = Table("grade_cells", _METADATA, _id(), Column("max_score", Float), _text("cell_type", 8))
TASK_CELL = Table("task_cells", _METADATA, _id(), Column("max_score", Float), _text("cell_type", 8))
SOURCE_CELL = Table(
    "source_cell",
    _METADATA,
    _id(),
    _text("name"),
    _text("cell_type", 8),
    Column("locked", Boolean),
    Column("source", Text),
    _text("checksum"),
    _of("notebook_id"),
)
STUDENT = Table(
    "student",
    _METADATA,
    _id(128),
    _text("first_name"),
    _text("last_name"),
    _text("email"),
    _text("lms_user_id"),
)
SUBMITTED = Table(
    "submitted_assignment",
    _METADATA,
    _id(),
    _of("assignment_id"),
    _text("student_id"),
    Column("timestamp", DateTime),
    Column("extension", Interval),
)
SUBMITTED_NOTEBOOK = Table(
    "submitted_notebook",
    _METADATA,
    _id(),
    _of("assignment_id"),
    _of("notebook_id"),
    Column("flagged", Boolean),
    Column("late_submission_penalty", Float),
)
GRADE = Table(
    "grade",
    _METADATA,
    _id(),
    _of("notebook_id"),
    _of("cell_id"),
    Column("auto_score", Float),
    Column("manual_score", Float),
    Column("extra_credit", Float),
    Column("needs_manual_grade", Boolean, nullable=False),
)
COMMENT = Table(
    "comment",
    _METADATA,
    _id(),
    _of("notebook_id"),
    _of("cell_id"),
    Column("auto_comment", Text),
    Column("manual_comment", Text),
)
