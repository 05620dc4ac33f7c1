"""``nbgrader release_feedback``: everybody's feedback pages to the hall, each with the submission that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from itertools import islice
from pathlib import Path

from nbgrader.exchange.abc import ExchangeReleaseFeedback

from trainer.hall.bundle import Files, content_hash, file_hashes
from trainer.hall.feedback_file import FEEDBACK_FILE
from trainer.nbgrader.exchange.base import HallVerb, listed, patiently
from trainer.nbgrader.submissions import read_receipt

#: So many wait for the hall together: it writes to disk once for all of them.
_AT_ONCE = 8
#: So many people's files are in memory.
_IN_HAND = 64


class HallReleaseFeedback(HallVerb, ExchangeReleaseFeedback):  # type: ignore[misc]
    """Release feedback through the hall."""

    def copy_files(self) -> None:
        there = patiently(lambda: self.client.feedback_hashes(self.course, self.assignment))
        without: list[str] = []
        changed, sent = self._changed(there, without), 0
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while batch := list(islice(changed, _IN_HAND)):
                sent += sum(1 for _ in pool.map(self._put, batch))
        self.log.info("已发放反馈：%s 新发 %d 人", self.assignment, sent)
        if without:
            self.log.warning("不是经考场交的卷，没有发放，请把网页直接给本人：%s", listed(without))

    def _changed(self, there: Mapping[str, str], without: list[str]) -> Iterator[tuple[str, str, Files]]:
        """(account, submission, files) of those whose feedback the hall does not have; ``without`` gets who cannot have it."""
        for account, folder in self._folders():
            submission = submission_of(folder, account, self.assignment)
            pages = {page.name: page.read_bytes() for page in sorted(folder.glob("*.html"))}
            if not pages:
                continue
            if submission is None:
                without.append(account)
                continue
            data = folder / FEEDBACK_FILE
            if data.is_file() and not data.is_symlink():
                pages[FEEDBACK_FILE] = data.read_bytes()
            if there.get(submission) != content_hash(file_hashes(pages)):
                yield account, submission, pages

    def _put(self, one: tuple[str, str, Files]) -> None:
        account, submission, pages = one
        patiently(lambda: self.client.put_feedback(self.course, self.assignment, account, submission, pages))

    def _folders(self) -> Iterator[tuple[str, Path]]:
        """(account, folder) of everybody meant who has feedback, by account."""
        step, excluded = self.coursedir.feedback_directory, self.coursedir.student_id_exclude.split(",")
        named = re.compile(self.coursedir.format_path(step, "(?P<account>.*)", self.assignment, escape=True))
        for path in sorted(glob(str(self.step(step, "*", self.assignment)))):  # noqa: PTH207 - nbgrader's layout
            found = named.fullmatch(path)
            if found and self.meant(found["account"]) and found["account"] not in excluded:
                yield found["account"], Path(path)


def submission_of(feedback: Path, account: str, assignment: str) -> str | None:
    """Which submission in the hall a feedback folder is about; None when it did not come from there."""
    receipt = read_receipt(feedback)
    if receipt is None or (receipt.get("trainee"), receipt.get("assignment")) != (account, assignment):
        return None
    return str(receipt["id"])
