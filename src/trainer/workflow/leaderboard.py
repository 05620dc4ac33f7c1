"""From the gradebook to published boards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trainer.contest.files import find_contests, read_contest
from trainer.contest.ranking import make_board
from trainer.errors import NotFound
from trainer.model.contest import Board, ContestRules, Result
from trainer.model.paper import Form, Paper
from trainer.model.points import ZERO, Hundredths
from trainer.nbgrader.course import Course
from trainer.nbgrader.entries import GradebookEntry
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.indexes import UNANSWERED
from trainer.nbgrader.notebooks import graded_cell
from trainer.nbgrader.submissions import Unreadable, read_submission
from trainer.nbgrader.totals import totals
from trainer.papers.files import paper_path, read_paper
from trainer.people.check_in import read_check_in
from trainer.settings import Grading, Publishing
from trainer.workflow.allotment import read_allocation
from trainer.workflow.people import roster_of

CHECK_IN_NAMES = ("签到.xlsx", "签到.csv")


@dataclass(frozen=True)
class PublishedBoard:
    """A board, and the files that were written."""

    board: Board
    folder: Path
    files: tuple[Path, ...]


def contest_named(course: Course, name: str) -> ContestRules:
    """A contest by its id, by its file, or the only one when ``name`` is empty. Raises NotFound."""
    if name.endswith((".yaml", ".yml")):
        return read_contest(Path(name))
    contests = find_contests(course.root)
    matching = [rules for rules in contests if name in ("", rules.id)]
    if len(matching) == 1:
        return matching[0]
    known = "、".join(rules.id for rules in contests) or "（contests 文件夹里还没有规则文件）"
    raise NotFound(
        f"请写明是哪一场比赛，现有：{known}。" if not name else f"没有叫 {name} 的比赛，现有：{known}。"
    )


def result_of(entry: GradebookEntry, paper: Paper, form: Form) -> Result:
    """What the gradebook says of one submission, in exact points, from its cells."""
    sections = dict.fromkeys(paper.sections, ZERO)
    pending = 0
    for item in form.items:
        score = entry.cells.get(graded_cell(item))
        if score is None or (score.auto is None and score.manual is None):
            pending += 1
            continue
        sections[item.section] = Hundredths(sections[item.section] + score.score)
    total = Hundredths(max(0, sum(sections.values()) - entry.penalty))
    unanswered = sum(comment.startswith(UNANSWERED) for comment in entry.comments.values())
    return Result(
        account=entry.account,
        assignment=form.assignment,
        score=total,
        submitted_at=entry.submitted_at,
        sections=sections,
        late=entry.late,
        pending=pending,
        unanswered=unanswered,
    )


def results_in(gradebook: CourseGradebook, *papers: Paper) -> list[Result]:
    """The same of every submission of some papers, by account and assignment, from totals."""
    titles: dict[str, list[str]] = {}
    asked: dict[str, dict[str, int]] = {}
    for paper in papers:
        for form in paper.forms:
            own = titles[form.assignment] = list(paper.sections)
            asked[form.assignment] = {graded_cell(item): own.index(item.section) for item in form.items}
    return [
        Result(
            account=line.head.account,
            assignment=line.head.assignment,
            score=Hundredths(max(0, sum(line.sections) - line.head.penalty)),
            submitted_at=line.head.submitted_at,
            sections=_by_title(titles[line.head.assignment], line.sections),
            late=line.head.late,
            pending=len(asked[line.head.assignment]) - line.marked,
            unanswered=line.unanswered,
        )
        for line in totals(gradebook, asked)
    ]


def _by_title(titles: Sequence[str], points: Sequence[Hundredths]) -> dict[str, Hundredths]:
    """``points`` may be more (another paper has more sections) or fewer (the last sections are empty) than titles."""
    return dict.fromkeys(titles, ZERO) | dict(zip(titles, points, strict=False))


def results_of(
    course: Course, paper: Paper, results_found: Sequence[Result]
) -> tuple[dict[str, Result], list[str]]:
    """One result per account, and remarks on whoever handed in a form that was not theirs or more than one.

    With an allocation only the allotted form counts; without one the form that was handed in first.
    """
    allotted = read_allocation(course, paper)
    handed_in: dict[str, list[Result]] = defaultdict(list)
    for result in results_found:
        handed_in[result.account].append(result)
    results: dict[str, Result] = {}
    remarks: list[str] = []
    for account, found in handed_in.items():
        first = min(
            found, key=lambda r: (r.submitted_at is None, r.submitted_at and r.submitted_at.timestamp())
        )
        own = [result for result in found if result.assignment == allotted.get(account, first.assignment)]
        if not own:
            remarks.append(
                f"{account} 交的是 {found[0].assignment}，不是分给本人的 {allotted[account]}，没有计入。"
            )
            continue
        results[account] = own[0]
        if len(found) > 1:
            remarks.append(f"{account} 交了 {len(found)} 份卷，按 {own[0].assignment} 计分。")
    return results, remarks


def unmarked_submissions(course: Course, paper: Paper, results: Mapping[str, Result]) -> dict[str, str]:
    """Why somebody who handed in something is not in the results: account → reason."""
    limit = int(Grading(config=course.config).max_submission_mb * 1024 * 1024)
    reasons: dict[str, str] = {}
    for form in paper.forms:
        for account, folder in course.submitted(form.assignment):
            if account in results or account in reasons:
                continue
            try:
                read_submission(folder, account, form, limit=limit)
                reasons[account] = "已交卷，尚未阅卷"
            except Unreadable as error:
                reasons[account] = f"交卷有问题，待核实：{error}"
    return reasons


def _starts(course: Course, rules: ContestRules) -> dict[str, datetime]:
    for name in CHECK_IN_NAMES:
        path = course.root / "people" / name
        if path.is_file() and rules.opens.tzinfo is not None:
            return read_check_in(path, rules.opens.tzinfo)
    return {}


def board_of(course: Course, rules: ContestRules, found: Sequence[Result] | None = None) -> Board:
    """The board of a contest from the gradebook as it is now (or from the results ``found``)."""
    paper = read_paper(paper_path(course.root, rules.paper))
    roster = roster_of(course)
    if found is None:
        with CourseGradebook(course.db_url) as gradebook:
            found = results_in(gradebook, paper)
    results, remarks = results_of(course, paper, found)
    known = roster.by_account()
    outside = sorted(account for account in results if account not in known)
    if outside:
        remarks.append(f"成绩册里有 {len(outside)} 人不在名册上，没有上榜：{'、'.join(outside[:10])}。")
    if paper.corrections:
        remarks.append(f"评卷后更正过 {len(paper.corrections)} 道题的答案，成绩已按更正后的答案重新计算。")
    return make_board(
        rules,
        roster,
        results,
        sections=paper.section_points(),
        paper_title=paper.title,
        marking=paper.marking.explain(),
        starts=_starts(course, rules),
        unmarked=unmarked_submissions(course, paper, results),
        remarks=remarks,
    )


def publish_board(course: Course, name: str, now: datetime) -> PublishedBoard:
    """Compute a contest's board and write every export."""
    from trainer.leaderboard.publish import publish

    rules = contest_named(course, name)
    board = board_of(course, rules)
    folder = course.root / Publishing(config=course.config).directory / rules.id
    return PublishedBoard(board, folder, tuple(publish(board, folder, generated_at=now)))
