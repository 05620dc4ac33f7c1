"""Regrading after a key was corrected: first show whose marks and whose ranks change, then apply.

Nothing is remembered between the two: what would change is always computed from the bank, the paper and the gradebook
as they are, so that a run which was killed half-way is simply run again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from trainer.bank.reader import Bank, read_bank
from trainer.contest.files import find_contests
from trainer.grading.mark import Marker, treatment_of
from trainer.kinds.base import kind_of, question_from_snapshot
from trainer.model.contest import Board, Result
from trainer.model.marks import Mark
from trainer.model.paper import Correction, Form, Item, Paper
from trainer.model.points import ZERO, Hundredths, as_float, to_hundredths
from trainer.model.question import Question, Status
from trainer.nbgrader.amending import record_auto
from trainer.nbgrader.course import Course
from trainer.nbgrader.entries import CellScore, GradebookEntry, entries
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.ledger import Ledger, form_rules
from trainer.papers.files import paper_path, read_paper, write_paper
from trainer.workflow.leaderboard import board_of, result_of
from trainer.workflow.marks import stored_answers
from trainer.workflow.people import roster_of


@dataclass(frozen=True)
class MarkChange:
    """One mark that a correction changes. ``before`` is None when there was no automatic mark yet."""

    account: str
    name: str
    assignment: str
    cell: str
    question: str
    before: Hundredths | None
    after: Hundredths
    comment: str | None
    kept_manual: bool

    @property
    def number(self) -> str:
        return self.cell.lstrip("q0")


@dataclass(frozen=True)
class RankChange:
    """Somebody whose rank in a contest changes."""

    contest: str
    account: str
    name: str
    team: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Regrading:
    """What regrading would do, or has done."""

    paper: Paper
    corrections: tuple[Correction, ...]
    refused: tuple[str, ...]
    marks: tuple[MarkChange, ...]
    ranks: tuple[RankChange, ...]
    applied: bool
    #: (account, assignment) of those who have marks but whose answers are no longer there to be marked again.
    without_answers: tuple[tuple[str, str], ...] = ()

    @property
    def empty(self) -> bool:
        return not self.corrections and not self.marks and not self.refused and not self.without_answers


def corrected_paper(
    paper: Paper, bank: Bank, reason: str, now: datetime
) -> tuple[Paper, list[Correction], list[str]]:
    """The paper with the bank's present keys and explanations, what was corrected, and what cannot be taken over.

    A correction is taken over when the question still shows the same things; a changed stem or option would be another
    question than the one that people answered.
    """
    corrections: dict[str, Correction] = {}
    refused: list[str] = []
    current = bank.by_id()

    def corrected(item: Item) -> Item:
        entry = current.get(item.question_id)
        if entry is None or entry.question.status is Status.RETIRED:
            return item
        old, new = question_from_snapshot(item.question), entry.question
        if old == new:
            return item
        layout = moved_layout(old, new, item.layout)
        if layout is None:
            refused.append(f"题目 {new.id} 的题干或选项改了，和大家答的不是同一道题，没有套用；请另出新题。")
            return item
        if new.version < old.version:
            refused.append(
                f"题目 {new.id} 在题库里是第 {new.version} 版，比试卷用的第 {old.version} 版旧，没有套用；请核对题库。"
            )
            return item
        if new.version == old.version:
            refused.append(f"题目 {new.id} 内容改了但版本号没有加一，没有套用；请在题库里把 version 改大。")
            return item
        corrections[new.id] = Correction(
            question=new.id,
            from_version=old.version,
            to_version=new.version,
            at=now.isoformat(),
            reason=reason,
        )
        snapshot = json.loads(json.dumps(new.snapshot()))
        return item.model_copy(
            update={"question": snapshot, "layout": layout, "citation": bank.citation(new)}
        )

    forms = tuple(
        form.model_copy(update={"items": tuple(corrected(item) for item in form.items)})
        for form in paper.forms
    )
    made = list(corrections.values())
    updated = paper.model_copy(update={"forms": forms, "corrections": (*paper.corrections, *made)})
    return updated, made, list(dict.fromkeys(refused))


def moved_layout(old: Question, new: Question, layout: tuple[int, ...]) -> tuple[int, ...] | None:
    """The layout under which the new definition shows exactly what the old one showed; None when it cannot."""
    kind = kind_of(old)
    if old.kind != new.kind or old.stem != new.stem:
        return None
    if not layout:
        return () if kind.show(old, ()) == kind.show(new, ()) else None
    before, after = kind.arrangeable(old), kind.arrangeable(new)
    if sorted(before) != sorted(after):
        return None
    moved = tuple(after.index(before[i]) for i in layout)
    return moved if kind.show(old, layout) == kind.show(new, moved) else None


def _changes(
    form: Form, paper: Paper, course: Course, found: dict[str, GradebookEntry]
) -> Iterator[MarkChange]:
    """Marks that differ from what the gradebook has, for everything that was graded."""
    marker = Marker(form, paper.marking)
    names = {trainee.account: trainee.name for trainee in roster_of(course)}
    compared = [item for item in form.items if treatment_of(item) == "compared"]
    for account, notebook in course.autograded(form.assignment):
        if account not in found:
            continue
        answers = stored_answers(notebook, form)
        for item in compared:
            change = _change(form, item, found[account], marker.mark(item.cell, answers.get(item.cell, "")))
            if change is not None:
                yield replace(change, name=names.get(account, ""))


def _change(form: Form, item: Item, entry: GradebookEntry, mark: Mark) -> MarkChange | None:
    score = entry.cells.get(item.cell, CellScore(None, None, None, True))
    before = None if score.auto is None else to_hundredths(score.auto)
    if before == mark.points and entry.comments.get(item.cell) == mark.comment:
        return None
    return MarkChange(
        account=entry.account,
        name="",
        assignment=form.assignment,
        cell=item.cell,
        question=item.question_id,
        before=before,
        after=mark.points or ZERO,
        comment=mark.comment,
        kept_manual=score.manual is not None,
    )


def _after(found: Sequence[GradebookEntry], changes: Sequence[MarkChange]) -> list[GradebookEntry]:
    """The gradebook's entries as they would be."""
    by_place = {(change.account, change.assignment, change.cell): change for change in changes}

    def moved(entry: GradebookEntry) -> GradebookEntry:
        cells = dict(entry.cells)
        for cell, score in entry.cells.items():
            change = by_place.get((entry.account, entry.assignment, cell))
            if change is not None:
                cells[cell] = replace(score, auto=as_float(change.after))
        return replace(entry, cells=cells)

    return [moved(entry) for entry in found]


def _results(paper: Paper, found: Sequence[GradebookEntry]) -> list[Result]:
    forms = {form.assignment: form for form in paper.forms}
    return [result_of(entry, paper, forms[entry.assignment]) for entry in found]


def _rank_changes(contest: str, before: Board, after: Board) -> Iterator[RankChange]:
    was = {standing.trainee.account: standing.rank for standing in before.individuals}
    for standing in after.individuals:
        trainee = standing.trainee
        if was[trainee.account] != standing.rank:
            yield RankChange(
                contest, trainee.account, trainee.name, trainee.team, was[trainee.account], standing.rank
            )


def regrade(
    course: Course, bank_folder: Path, paper_id: str, now: datetime, *, reason: str = "", apply: bool = False
) -> Regrading:
    """What the bank's corrected keys change of a paper that was graded; with ``apply`` it is also done.

    Marks that people gave stay. Order of writing: marks in one transaction a form, then the paper; killed between the
    two, the next run finds the marks in order and only writes the paper.
    """
    path = paper_path(course.root, paper_id)
    paper = read_paper(path)
    updated, corrections, refused = corrected_paper(paper, read_bank(bank_folder), reason, now)
    marks: list[MarkChange] = []
    ranks: list[RankChange] = []
    lost: list[tuple[str, str]] = []
    with CourseGradebook(course.db_url) as gradebook:
        found = entries(gradebook, [form.assignment for form in paper.forms])
        for form in updated.forms:
            own = {entry.account: entry for entry in found if entry.assignment == form.assignment}
            marks += _changes(form, updated, course, own)
            kept = {account for account, _ in course.autograded(form.assignment)}
            lost += [(account, form.assignment) for account in own if account not in kept]
        after = _after(found, marks)
        for rules in find_contests(course.root):
            if rules.paper == paper_id:
                now_board = board_of(course, rules, _results(paper, found))
                then_board = board_of(course, rules, _results(paper, after))
                ranks += _rank_changes(rules.title, now_board, then_board)
        if apply:
            _apply(course, gradebook, updated, marks)
            write_paper(updated, path)
    shown = tuple(change for change in marks if change.before != change.after)
    return Regrading(updated, tuple(corrections), tuple(refused), shown, tuple(ranks), apply, tuple(lost))


def _apply(course: Course, gradebook: CourseGradebook, paper: Paper, changes: Sequence[MarkChange]) -> None:
    for form in paper.forms:
        own = [change for change in changes if change.assignment == form.assignment]
        if own:
            rows = [(c.account, c.cell, as_float(c.after), c.comment) for c in own]
            record_auto(gradebook, gradebook.cells_of(form.assignment), rows)
        # The ledger knows papers by content: enter what is graded under the corrected one, so that the next run of
        # grading does not mark everything again (which would flag every mark that people gave).
        Ledger(course, form.assignment, form_rules(course, paper, form)).carry_over()
