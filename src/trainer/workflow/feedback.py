"""Feedback for every cadre: stock ``generate_feedback`` and ``release_feedback``, several people at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from trainer.errors import TrainerError
from trainer.nbgrader.course import Course, quiet_nbgrader, run_nbgrader
from trainer.nbgrader.exchange import uses_hall
from trainer.nbgrader.submissions import SECRET_FILE
from trainer.workflow.papers import forms_named

_CHUNK = 8


def _generate(root: Path, assignment: str, accounts: Sequence[str]) -> list[tuple[str, str]]:
    """Run nbgrader's converter for some people; (account, reason) of those that failed."""
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    course = Course(root)
    failed = []
    with quiet_nbgrader():
        for account in accounts:
            coursedir = CourseDirectory(config=course.config)
            coursedir.assignment_id, coursedir.student_id = assignment, account
            converter = GenerateFeedback(coursedir=coursedir, config=course.config)
            converter.force = True
            try:
                converter.start()
            except Exception as error:  # noqa: BLE001 - one person's page never stops the others; it is reported
                failed.append((account, str(error).splitlines()[0] if str(error) else type(error).__name__))
    return failed


def generate_feedback(
    course: Course,
    names: Sequence[str],
    *,
    release: bool = False,
    advance: Callable[[int], None] | None = None,
) -> tuple[int, list[tuple[str, str]]]:
    """Write ``feedback/`` for everybody graded; returns how many pages, and (account, reason) of failures.

    With ``release`` the pages are also handed out through nbgrader's exchange; whoever cannot get theirs that way is
    among the failures. Raises TrainerError when nothing was
    graded, or when the exchange refuses.
    """
    jobs: list[tuple[str, list[str]]] = []
    forms = forms_named(course, names)
    for _, form in forms:
        accounts = [account for account, _ in course.autograded(form.assignment)]
        jobs += [(form.assignment, accounts[i : i + _CHUNK]) for i in range(0, len(accounts), _CHUNK)]
    if not jobs:
        raise TrainerError("还没有阅过的卷，请先运行 trainer grade。")
    failed: list[tuple[str, str]] = []
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        futures = [
            (pool.submit(_generate, course.root, assignment, chunk), len(chunk)) for assignment, chunk in jobs
        ]
        for future, size in futures:
            failed += future.result()
            if advance:
                advance(size)
    pages = sum(len(chunk) for _, chunk in jobs) - len(failed)
    if release:
        failed += _release(course, [form.assignment for _, form in forms])
    return pages, failed


def _release(course: Course, assignments: Sequence[str]) -> list[tuple[str, str]]:
    """Hand out the pages through the exchange; (account, reason) of those who cannot get theirs that way.

    The exchange finds a page's owner by the secret that its own ``submit`` wrote; a paper that came another way
    (copied in by hand) has none, and one such paper would stop nbgrader's command for everybody.
    """
    if uses_hall(course.config):
        return _release_to_hall(course, assignments)
    api = course.api()
    by_hand: list[tuple[str, str]] = []
    for assignment in assignments:
        pages = sorted((course.root / "feedback").glob(f"*/{assignment}/{assignment}.html"))
        has_secret = {page.parent.parent.name: (page.parent / SECRET_FILE).is_file() for page in pages}
        without = [account for account, has in has_secret.items() if not has]
        by_hand += [
            (account, "不是经交换区交的卷，请把 feedback 文件夹里的网页直接发给本人") for account in without
        ]
        for account in [a for a, has in has_secret.items() if has] if without else ["*"]:
            run_nbgrader(api, "release_feedback", assignment, account)
    return by_hand


def _release_to_hall(course: Course, assignments: Sequence[str]) -> list[tuple[str, str]]:
    """The same through the hall, which knows a page's owner by the receipt of their submission."""
    from trainer.nbgrader.exchange.release_feedback import submission_of

    api = course.api()
    by_hand: list[tuple[str, str]] = []
    for assignment in assignments:
        pages = sorted((course.root / "feedback").glob(f"*/{assignment}/{assignment}.html"))
        folders = {page.parent.parent.name: page.parent for page in pages}
        by_hand += [
            (account, "没有经考场交卷，请把 feedback 文件夹里的网页直接发给本人")
            for account, folder in folders.items()
            if submission_of(folder, account, assignment) is None
        ]
        run_nbgrader(api, "release_feedback", assignment, "*")
    return by_hand
