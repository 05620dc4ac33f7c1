"""Assignments of ordinary nbgrader courses, graded in bulk: the same marks as ``nbgrader autograde`` with our settings."""
