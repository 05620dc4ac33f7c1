"""Which of several submissions is the best: marked by the product's own marker, before any penalty."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from trainer.errors import TrainerError
from trainer.grading.mark import Marker
from trainer.hall.bundle import Files, write_folder
from trainer.nbgrader.preprocessors import find_form
from trainer.nbgrader.submissions import Unreadable, read_submission


class BestOf:
    """Compares submissions of one assignment by what can be marked by comparing with the key.

    Essays and code count nothing here: they are marked later, by people and by nbgrader.
    """

    def __init__(self, course: Path, assignment: str) -> None:
        """Raises TrainerError when the assignment is not one of our papers."""
        found = find_form(course, assignment)
        if found is None:
            raise TrainerError(
                f"作业 {assignment} 的规则是取得分最高的一次，但 papers 文件夹里没有它的试卷，比不出高低。"
                "请把规则改为取第一次或最后一次（trainer release 的 --counts），再收卷。"
            )
        paper, self._form = found
        self._marker = Marker(self._form, paper.marking)

    def choose(self, account: str, candidates: Sequence[Files]) -> int:
        """Which one is best, by position; the earliest among equals. One that cannot be read loses."""
        scores = [self._score(account, files) for files in candidates]
        return scores.index(max(scores))

    def _score(self, account: str, files: Files) -> int:
        with TemporaryDirectory() as folder:
            write_folder(files, Path(folder))
            try:
                submission = read_submission(Path(folder), account, self._form)
            except Unreadable:
                return -1
        marks = self._marker.marks(submission.answers).values()
        return sum(mark.points for mark in marks if mark.points is not None)
