"""nbgrader's own tables, by name. Whatever reads or writes the gradebook goes through these."""

from __future__ import annotations

from nbgrader import api

ASSIGNMENT = api.Assignment.__table__
NOTEBOOK = api.Notebook.__table__
BASE_CELL = api.BaseCell.__table__
GRADE_CELL = api.GradeCell.__table__
TASK_CELL = api.TaskCell.__table__
SOURCE_CELL = api.SourceCell.__table__
STUDENT = api.Student.__table__
SUBMITTED = api.SubmittedAssignment.__table__
SUBMITTED_NOTEBOOK = api.SubmittedNotebook.__table__
GRADE = api.Grade.__table__
COMMENT = api.Comment.__table__
