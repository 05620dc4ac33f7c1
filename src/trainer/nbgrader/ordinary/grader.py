"""The grader of an ordinary nbgrader assignment: all its notebooks run in the sandbox, several submissions at once."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import sha256

from traitlets.config import Config

from trainer.errors import TrainerError
from trainer.nbgrader.autograded import write_autograded_files
from trainer.nbgrader.configuration import configure
from trainer.nbgrader.course import Course
from trainer.nbgrader.execution import SECTIONS as CODE_SECTIONS
from trainer.nbgrader.grade import Grader, Known
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.ledger import Ledger, settings_of
from trainer.nbgrader.ordinary.folder import read_files, read_folder
from trainer.nbgrader.ordinary.marker import AssignmentToMark
from trainer.nbgrader.ordinary.outline import notebooks_of
from trainer.nbgrader.recording import Graded, record_notebooks
from trainer.nbgrader.submissions import Handed
from trainer.nbgrader.workforce import Workforce

#: The sections of a configuration that decide how a notebook is sanitised, run and scored.
_SECTIONS = (*CODE_SECTIONS, "ClearOutput", "DeduplicateIds", "OverwriteCells", "SaveAutoGrades")
_PYTHON = "python"
#: Data files beside an assignment's notebooks, at most.
_BESIDE_BYTES = 32 << 20


class OrdinaryGrader(Grader):
    """Grades one assignment that no paper of ours is behind."""

    has_code = True

    def __init__(
        self,
        course: Course,
        assignment: str,
        gradebook: CourseGradebook,
        workforce: Workforce | None = None,
    ) -> None:
        """Raises NotFound before the assignment was generated, TrainerError when its course marks in another way."""
        super().__init__(course, assignment, gradebook, workforce)
        found = notebooks_of(gradebook, assignment)
        self._notebooks = [cells for cells, _ in found]
        outlines = tuple(outline for _, outline in found)
        self.cells = self._notebooks[0]
        self._check_way_of_marking(outlines)
        settings = settings_of(course, _SECTIONS)
        self._to_mark = AssignmentToMark(outlines, self._files_beside(), settings)
        self.ledger = Ledger(course, assignment, self._rules(), self.cells.duedate)

    @property
    def to_mark(self) -> AssignmentToMark:
        return self._to_mark

    def _rules(self) -> str:
        """All that decides about marks: the notebooks, the files beside them, the settings."""
        spec = self._to_mark
        files = {name: sha256(content).hexdigest() for name, content in spec.files.items()}
        said = {"notebooks": [asdict(outline) for outline in spec.outlines], "files": files}
        return json.dumps([said, spec.settings], sort_keys=True)

    def _check_way_of_marking(self, outlines: Sequence[object]) -> None:
        ours = Config()
        configure(ours)
        for name in ("sanitize_preprocessors", "autograde_preprocessors"):
            own = self.course.config.get("Autograde", Config()).get(name)
            if own != ours.Autograde.get(name):
                raise TrainerError(
                    f"这门课自己规定了阅卷的步骤（c.Autograde.{name}），trainer grade 不知道怎样照做。"
                    f"请在课程文件夹里运行 nbgrader autograde {self.assignment}。"
                )
        for cells in self._notebooks:
            language = json.loads(cells.kernelspec or "{}").get("language", _PYTHON)
            if language != _PYTHON:
                raise TrainerError(
                    f"{self.assignment} 里有 {language} 的笔记本，沙箱只运行 Python 的。请人工评阅。"
                )

    def _files_beside(self) -> dict[str, bytes]:
        """The assignment's own data files; a trainee's files of the same names are replaced, except those that are listed."""
        kept = self.course.config.get("Autograde", Config()).get("exclude_overwriting", {})
        files = read_files(f"{self.course.root}/source/{self.assignment}", _BESIDE_BYTES)
        own = set(kept.get(self.assignment, ()))
        return {
            name: files[name] for name in sorted(files) if not name.endswith(".ipynb") and name not in own
        }

    def read(self, account: str) -> Handed:
        folder = f"{self.course.root}/submitted/{account}/{self.assignment}"
        return read_folder(folder, [outline.name for outline in self._to_mark.outlines], self._limit)

    def is_shown(self, account: str) -> bool:
        folder = self.course.root / "autograded" / account / self.assignment
        return any((folder / f"{outline.name}.ipynb").is_file() for outline in self._to_mark.outlines)

    def store(self, batch: Sequence[Graded], files: Mapping[str, tuple[bytes, Known]]) -> None:
        parts = []
        grades = comments = 0
        for cells in self._notebooks:
            until, said = grades + len(cells.grade_cells), comments + len(cells.solution_cells)
            part = [
                replace(one, scores=one.scores[grades:until], comments=one.comments[comments:said])
                for one in batch
            ]
            parts.append((cells, part))
            grades, comments = until, said
        record_notebooks(self.gradebook, parts, self.penalty)
        for account, (packed, _) in files.items():
            content = pickle.loads(packed)  # noqa: S301 - packed by our own marker
            write_autograded_files(self.course.root, account, self.assignment, content)
        self.ledger.enter({a: (known.digest, known.submitted_at) for a, (_, known) in files.items()})
