"""``nbgrader fetch_feedback``: one's own feedback from the hall, where nbgrader's panel looks for it."""

from __future__ import annotations

from datetime import datetime

from nbgrader.exchange.abc import ExchangeFetchFeedback

from trainer.hall.bundle import write_folder
from trainer.nbgrader.exchange.base import HallVerb


class HallFetchFeedback(HallVerb, ExchangeFetchFeedback):  # type: ignore[misc]
    """Fetch feedback through the hall, into ``<assignment>/feedback/<time of the submission>/``."""

    def copy_files(self) -> None:
        row = self.client.assignment(self.course, self.assignment)
        folder = self.work_folder(self.course, self.assignment) / "feedback"
        received = {receipt["id"]: receipt["received_at"] for receipt in row["submissions"]}
        for submission in row["feedback_for"]:
            found = self.client.feedback(self.course, self.assignment, submission=submission)
            place = folder / self.shown(datetime.fromisoformat(received[submission]))
            write_folder(found["files"], place, existing="replace")
            self.log.info("已取回反馈：%s", place)
        if not row["feedback_for"]:
            self.log.warning("%s 还没有反馈。老师发放以后才能取。", self.assignment)
