"""Import the roster, and find it again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trainer.errors import Conflict, NotFound
from trainer.model.people import Roster
from trainer.nbgrader.course import Course
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.people.roster import read_roster, write_roster

ROSTER = Path("people") / "roster.csv"


@dataclass(frozen=True)
class ImportedRoster:
    """What importing a roster did."""

    roster: Roster
    added: int
    updated: int
    removed: tuple[str, ...]


def roster_of(course: Course) -> Roster:
    """The roster that was imported last. Raises NotFound before there is one."""
    path = course.root / ROSTER
    if not path.is_file():
        raise NotFound("这个课程还没有名册，请先运行 trainer roster import 名册.xlsx。")
    return read_roster(path)


def import_roster(course: Course, path: Path, *, replace: bool = False) -> ImportedRoster:
    """Read a roster sheet, enrol everybody in nbgrader and keep the roster in the course.

    Someone who was on the roster, is not in the new one and has already submitted would vanish from the board: that
    raises Conflict unless ``replace`` is given. Nobody's submission or mark is ever removed.
    """
    roster = read_roster(path)
    kept = course.root / ROSTER
    before = read_roster(kept).by_account() if kept.is_file() else {}
    removed = tuple(account for account in before if account not in roster.by_account())
    submitted = course.root / "submitted"
    missed = [before[account].name for account in removed if (submitted / account).is_dir()]
    if missed and not replace:
        raise Conflict(
            f"新名册里少了 {len(missed)} 个已经交卷的人：{'、'.join(missed[:10])}。"
            "没有改动；确实要去掉请加 --replace（他们的作答和成绩会保留，只是不上榜）。"
        )
    course.ensure_gradebook()
    with CourseGradebook(course.db_url) as gradebook:
        added, updated = gradebook.enrol(roster)
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_roster(roster, kept)
    return ImportedRoster(roster, added, updated, removed)
