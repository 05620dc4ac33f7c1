"""Make a paper from the bank, write it as nbgrader assignments, release it and collect what is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trainer.bank.reader import read_bank
from trainer.contest.files import find_contests
from trainer.errors import Conflict, NotFound, TrainerError, UsageError
from trainer.model.paper import FORM_LETTERS, Blueprint, Form, Paper
from trainer.nbgrader.course import Course, run_nbgrader
from trainer.nbgrader.exchange import uses_hall
from trainer.nbgrader.exchange.rules import as_sent, declared
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.notebooks import write_source
from trainer.papers.assemble import Candidate
from trainer.papers.files import paper_path, read_blueprint, read_paper, write_paper
from trainer.papers.make import make_paper
from trainer.workflow.allotment import audience_of
from trainer.workflow.forms import forms_named

__all__ = ["MadePaper", "collect", "forms_named", "make", "paper_from_bank", "rebuild", "release"]


@dataclass(frozen=True)
class MadePaper:
    """A paper and where it was written."""

    paper: Paper
    path: Path
    notebooks: tuple[Path, ...]


def paper_from_bank(bank_folder: Path, blueprint: Blueprint, seed: str) -> Paper:
    """The paper that a blueprint and a seed give from a bank. Raises CannotAssemble, ProblemsFound."""
    bank = read_bank(bank_folder)
    unknown = [
        t
        for t in [*blueprint.topics, *(t for s in blueprint.sections for t in s.topics)]
        if t not in bank.topics
    ]
    if unknown:
        known = "、".join(bank.topics)
        raise NotFound(f"命题蓝图里的专题 {'、'.join(dict.fromkeys(unknown))} 题库里没有，只有 {known}。")
    candidates = [Candidate(entry.question, entry.topic) for entry in bank.eligible()]
    citations = {entry.question.id: bank.citation(entry.question) for entry in bank.eligible()}
    return make_paper(blueprint, candidates, citations, seed)


def make(
    course: Course,
    bank_folder: Path,
    blueprint_path: Path,
    seed: str,
    *,
    forms: int | None = None,
    replace: bool = False,
) -> MadePaper:
    """Make a paper and write its file and its source notebooks.

    ``forms``: another number of parallel forms than the blueprint says. Raises UsageError when there cannot be so many,
    Conflict when a different paper of this id exists and ``replace`` is not given, or when people have already
    submitted to it (then it can only be rebuilt, not replaced).
    """
    blueprint = read_blueprint(blueprint_path)
    if forms is not None:
        if not 1 <= forms <= len(FORM_LETTERS):
            raise UsageError(f"平行卷应是 1 到 {len(FORM_LETTERS)} 份。")
        blueprint = blueprint.model_copy(update={"forms": forms})
    path = paper_path(course.root, blueprint.id)
    paper = paper_from_bank(bank_folder, blueprint, seed)
    if path.is_file():
        existing = read_paper(path)
        if existing.model_dump(exclude={"made_with"}) != paper.model_dump(exclude={"made_with"}):
            _check_replaceable(course, existing, replace)
    write_paper(paper, path)
    return MadePaper(paper, path, tuple(write_source(paper, course.root)))


def _check_replaceable(course: Course, existing: Paper, replace: bool) -> None:
    if any(True for form in existing.forms for _ in course.submitted(form.assignment)):
        raise Conflict(f"试卷 {existing.id} 已经有人交卷，不能重新组卷。请给命题蓝图换一个 id。")
    if not replace:
        raise Conflict(
            f"试卷 {existing.id} 已经存在，内容不同（题库、蓝图或种子变了）。确实要重新组卷请加 --replace。"
        )


def rebuild(course: Course, paper_id: str) -> tuple[Path, ...]:
    """Write the source notebooks of a paper again from its file alone."""
    return tuple(write_source(read_paper(paper_path(course.root, paper_id)), course.root))


def release(
    course: Course,
    names: Iterable[str],
    rules: Mapping[str, Any] | None = None,
    *,
    everybody: bool = False,
) -> list[str]:
    """``nbgrader generate_assignment`` and ``release_assignment`` for each form; returns the assignments released.

    ``rules`` are the hall's (opens, closes: aware datetimes; attempts, counts, late, grace_seconds, save, title); what is
    not given there comes from the contest on the paper, if there is one. The closing time becomes nbgrader's due date.
    Of parallel forms each is for those whom it was allotted to, unless nothing was allotted or ``everybody`` is given.
    Raises UsageError for rules that only a hall can keep where there is none.
    """
    released = []
    asked = dict(rules or {})
    forms = forms_named(course, names)
    if uses_hall(course.config):
        course.config.HallReleaseAssignment.rules = {
            form.assignment: as_sent(declared(course.root, form.assignment) | asked)
            | _people(course, paper, form, everybody)
            for paper, form in forms
        }
    elif set(asked) - {"closes"}:
        raise UsageError("没有连上考场服务，只能设截止时间（--closes）；开始时间、次数等要经考场发布才管用。")
    course.ensure_gradebook()
    # Releasing again hands out the same notebook again; a paper that somebody has submitted cannot have changed.
    course.config.ExchangeReleaseAssignment.force = True
    api = course.api()
    for paper, form in forms:
        for verb in ("generate_assignment", "release_assignment"):
            run_nbgrader(api, verb, form.assignment)
        _set_duedate(course, paper, form, asked)
        released.append(form.assignment)
    return released


def _people(course: Course, paper: Paper, form: Form, everybody: bool) -> dict[str, Any]:
    """The rule that says whom a form is for; none for the only form of a paper, which is everybody's."""
    if len(paper.forms) == 1:
        return {}
    audience = audience_of(course, paper, everybody=everybody)
    return {"people": None if audience.people is None else list(audience.people[form.assignment])}


def _set_duedate(course: Course, paper: Paper, form: Form, asked: Mapping[str, Any]) -> None:
    """The end of the contest on this paper, unless another was asked for: so nbgrader too knows who is late."""
    closes: list[datetime | None] = [
        rules.closes for rules in find_contests(course.root) if rules.paper == paper.id
    ]
    closes = [asked["closes"]] if "closes" in asked else closes
    if len(closes) == 1:
        with CourseGradebook(course.db_url) as gradebook:
            gradebook.set_duedate(form.assignment, closes[0])


def collect(
    course: Course,
    names: Iterable[str],
    *,
    include_saved: bool = False,
    advance: Callable[[int], None] | None = None,
) -> list[tuple[str, int]]:
    """``nbgrader collect`` for each form, newer submissions included; (assignment, how many there are now).

    With ``include_saved`` the saved answers of those who did not hand in are collected too, which takes a hall.
    """
    forms = forms_named(course, names)
    if include_saved:
        if not uses_hall(course.config):
            raise TrainerError("没有连上考场服务，没有保存的作答可收。请去掉 --saved 再运行。")
        course.config.HallExchange.include_saved = True
    api = course.api()
    collected = []
    for _, form in forms:
        run_nbgrader(api, "collect", form.assignment, update=True)
        collected.append((form.assignment, sum(1 for _ in course.submitted(form.assignment))))
        if advance:
            advance(1)
    return collected
