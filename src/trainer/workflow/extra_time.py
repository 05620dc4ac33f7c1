"""Extra time for one person (延长时间), kept by the hall."""

from __future__ import annotations

from trainer.errors import NotFound, TrainerError
from trainer.hall.client import HallClient
from trainer.nbgrader.course import Course
from trainer.nbgrader.exchange import uses_hall
from trainer.workflow.papers import forms_named


def extend(course: Course, name: str, account: str, minutes: int) -> list[str]:
    """Give somebody ``minutes`` in all after the closing time of an assignment, or of all forms of a paper.

    0 takes it back. Returns the assignments. Raises TrainerError without a hall, and when the hall refuses.
    """
    if not uses_hall(course.config):
        raise TrainerError("没有连上考场服务，不能给个人延长时间。")
    try:
        assignments = [form.assignment for _, form in forms_named(course, [name])]
    except NotFound:
        # An ordinary nbgrader assignment; the hall says if there is none of this name.
        assignments = [name]
    client = HallClient.from_environment()
    for assignment in assignments:
        client.extend(course.course_id, assignment, account, minutes)
    return assignments
