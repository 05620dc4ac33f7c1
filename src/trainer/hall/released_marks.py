"""The part of feedback that programs read: the mark, and the questions that were not right, for the trainee's own book.

It is a file of the bundle that an instructor releases, so it says nothing that the trainee could not read beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update

from trainer.hall.answers import read_json
from trainer.hall.bundle import Files
from trainer.hall.catalogue import Released
from trainer.hall.desk import Desk
from trainer.hall.feedback_file import FEEDBACK_FILE, FEEDBACK_FORMAT
from trainer.hall.learning import Origin, add_mistake
from trainer.hall.learning_tables import MARKS, MISTAKES
from trainer.hall.refusals import invalid

_WRONG = {"wrong", "partial", "unread", "empty"}
_MOST_STRUCTURE = 2_000_000


def read_feedback(files: Files) -> dict[str, Any] | None:
    """What the file says; None where there is none, as in feedback of stock nbgrader. Raises Refused (422)."""
    content = files.get(FEEDBACK_FILE)
    if content is None:
        return None
    try:
        said = read_json(content.decode("utf-8"), _MOST_STRUCTURE)
        if said["format"] != FEEDBACK_FORMAT:
            raise ValueError(said["format"])  # noqa: TRY301 - one sentence for everything that is wrong with it
        for one in (said["points"], said["full"], said["pending"]):
            int(one)
        for question in said["questions"]:
            _check(question)
    except (ValueError, KeyError, TypeError):
        raise invalid(f"反馈里的 {FEEDBACK_FILE} 读不懂，反馈没有存。请重新生成反馈再发放。") from None
    return dict(said)


def _check(question: Mapping[str, Any]) -> None:
    str(question["verdict"])
    entry = question["entry"]
    if entry is not None:
        for part in (entry["question"]["id"], entry["topic"], entry["topic_title"], question["answer"]):
            if not isinstance(part, str):
                raise TypeError(part)


def keep_marks(
    desk: Desk, released: Released, account: str, submission: str, said: Mapping[str, Any], moment: int
) -> None:
    """The mark, and the book brought up to date with what was not right."""
    here = (MARKS.c.assignment == released.number, MARKS.c.account == account)
    row = {
        "submission": submission,
        "points": int(said["points"]),
        "full": int(said["full"]),
        "pending": int(said["pending"]),
        "put_at": moment,
    }
    known = desk.connection.scalar(select(MARKS.c.submission).where(*here))
    if known is None:
        new = {"assignment": released.number, "account": account}
        desk.connection.execute(insert(MARKS), [new | row])
    else:
        desk.connection.execute(update(MARKS).where(*here).values(row))
    origin = Origin(
        f"paper {released.course}/{released.name}", f"试卷：{released.rules.title or released.name}"
    )
    right_now = []
    for question in said["questions"]:
        entry = question["entry"]
        if entry is None:
            continue
        if question["verdict"] in _WRONG:
            add_mistake(desk, account, entry, question["answer"], origin, moment)
        else:
            right_now.append(entry["question"]["id"])
    _take_back(desk, account, origin.name, right_now, moment)


def _take_back(desk: Desk, account: str, origin: str, questions: list[str], moment: int) -> None:
    """A corrected key made them right: they leave the list, if this paper put them there."""
    if questions:
        desk.connection.execute(
            update(MISTAKES)
            .where(
                MISTAKES.c.account == account,
                MISTAKES.c.origin == origin,
                MISTAKES.c.question.in_(questions),
                MISTAKES.c.cleared_at.is_(None),
            )
            .values(cleared_at=moment)
        )
