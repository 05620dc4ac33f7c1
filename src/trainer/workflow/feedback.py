"""Feedback for every cadre: all pages of a round at once, and handing them out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from trainer.bank.topics import topic_titles
from trainer.errors import TrainerError
from trainer.model.paper import Form, Paper
from trainer.nbgrader.course import Course, run_nbgrader
from trainer.nbgrader.exchange import uses_hall
from trainer.nbgrader.feedback_marks import given_to
from trainer.nbgrader.feedback_page import Given
from trainer.nbgrader.feedback_release import release_of
from trainer.nbgrader.feedback_writing import Place, Writer, Written, write_pages
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.submissions import SECRET_FILE
from trainer.settings import QuestionBank
from trainer.workflow.papers import forms_named

#: nbgrader's own place of the exchange.
_EXCHANGE = "/usr/local/share/nbgrader/exchange"
#: How many people's marks are read at once, and given to one worker.
_BATCH = 200
#: For fewer people than these, starting workers costs more than it brings.
_WORTH_WORKERS = 600
#: Batches that wait for a worker: memory does not grow with the round.
_WAITING = 4


def generate_feedback(
    course: Course,
    names: Sequence[str],
    *,
    release: bool = False,
    advance: Callable[[int], None] | None = None,
) -> tuple[int, list[tuple[str, str]]]:
    """Write ``feedback/`` for everybody graded; returns how many pages, and (account, reason) of failures.

    A page that would come out the same is left as it is. With ``release`` the pages are also handed out through
    nbgrader's exchange; whoever cannot get theirs that way is among the failures. Raises TrainerError when nothing was
    graded, or when the exchange refuses.
    """
    forms = forms_named(course, names)
    people = {form.assignment: _graded(course, form.assignment) for _, form in forms}
    total = sum(map(len, people.values()))
    if not total:
        raise TrainerError("还没有阅过的卷，请先运行 trainer grade。")
    pages = 0
    failed: list[tuple[str, str]] = []
    with CourseGradebook(course.db_url) as gradebook, _workers(total) as submit:
        jobs = _jobs(course, gradebook, forms, people)
        for written in _done(jobs, submit):
            pages += written.pages
            failed += written.failed
            if advance:
                advance(written.pages + len(written.failed))
    if release:
        failed += _release(course, list(people))
    return pages, failed


def _graded(course: Course, assignment: str) -> list[str]:
    excluded = str(course.config.CourseDirectory.get("student_id_exclude", "") or "").split(",")
    return [account for account, _ in course.autograded(assignment) if account not in excluded]


Job = tuple[Writer, dict[str, Given | None]]
Submit = Callable[[Job], "Future[Written]"]


def _jobs(
    course: Course,
    gradebook: CourseGradebook,
    forms: Sequence[tuple[Paper, Form]],
    people: Mapping[str, Sequence[str]],
) -> Iterator[Job]:
    titles = topic_titles(Path(QuestionBank(config=course.config).directory))
    for paper, form in forms:
        own = iter(people[form.assignment])
        name = form.assignment
        release = release_of(gradebook, name, name, (paper, form))
        writer = Writer(_place(course), paper, form, release, titles)
        while batch := list(islice(own, _BATCH)):
            given = given_to(gradebook, name, name, batch)
            yield writer, {account: given.get(account) for account in batch}


def _place(course: Course) -> Place:
    """As nbgrader is configured to write."""
    directory: Any = course.config.CourseDirectory
    shared = bool(directory.get("groupshared", False))
    permissions = course.config.GenerateFeedback.get("permissions", 664 if shared else 644)
    ignored = directory.get("ignore", [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback"])
    return Place(
        course.root / "autograded",
        course.root / "feedback",
        tuple(map(str, ignored)),
        int(str(permissions), 8),
        shared,
    )


@contextmanager
def _workers(people: int) -> Iterator[Submit]:
    """Something to give jobs to: processes for many people, this one for few."""
    if people < _WORTH_WORKERS:
        yield _here
        return
    # Never a fork of this process, which may have threads and holds a database.
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        yield lambda job: pool.submit(write_pages, *job)


def _here(job: Job) -> Future[Written]:
    done: Future[Written] = Future()
    done.set_result(write_pages(*job))
    return done


def _done(jobs: Iterator[Job], submit: Submit) -> Iterator[Written]:
    """What became of the jobs, in their order; a few are always under way."""
    waiting: list[Future[Written]] = []
    for job in jobs:
        waiting.append(submit(job))
        if len(waiting) >= _WAITING:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()


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
        changed = [
            page for page in pages if has_secret[page.parent.parent.name] and not _is_out(course, page)
        ]
        if len(changed) == len(pages):
            run_nbgrader(api, "release_feedback", assignment, "*")
            continue
        for page in changed:
            run_nbgrader(api, "release_feedback", assignment, page.parent.parent.name)
    return by_hand


def _is_out(course: Course, page: Path) -> bool:
    """Whether this very page lies in nbgrader's exchange already, under the name that its owner looks for."""
    from nbgrader.utils import notebook_hash

    secret = (page.parent / SECRET_FILE).read_text(encoding="utf-8")
    name = f"{notebook_hash(secret=secret, notebook_id=page.stem)}.html"
    out = Path(str(course.config.Exchange.get("root", "") or _EXCHANGE), course.course_id, "feedback", name)
    return out.is_file() and out.read_bytes() == page.read_bytes()


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
