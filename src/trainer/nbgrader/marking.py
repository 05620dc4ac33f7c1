"""Marking as a pure function: the bytes of submissions in, scores, comments and the autograded notebooks' bytes out.

This is what runs in other processes and on other machines. It needs no file and no database, and imports neither
nbgrader nor SQLAlchemy (except to run code): a worker is ready in a fraction of a second.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, cast

from traitlets.config import Config

from trainer.errors import TrainerError
from trainer.grading.mark import Marker, treatment_of
from trainer.model.marks import Marking, Verdict
from trainer.model.paper import Form
from trainer.model.points import as_float
from trainer.nbgrader.autograded import Encoder, SourceCell, autograded_notebook, encoded
from trainer.nbgrader.execution import CodeRunner, kept_runner, test_scores, tests_apart
from trainer.nbgrader.fingerprint import fingerprint
from trainer.nbgrader.notebooks import graded_cell
from trainer.nbgrader.submissions import FormReader, Unreadable


class MarksPapers(Protocol):
    """Marks submissions of one assignment."""

    def mark_all(self, papers: Sequence[Paper], workers: int = 0) -> Done:
        """Mark some submissions; code of ``workers`` at once (0: as many as there are cores).

        Raises NoSandbox where code would have to be run and cannot be run safely.
        """
        ...


class ToMark(Protocol):
    """All that marking needs to know of an assignment, as data that can be sent to a worker."""

    def marker(self, runner: CodeRunner | None = None) -> MarksPapers:
        """``runner`` runs code; without it one is kept for this process's lifetime."""
        ...


@dataclass(frozen=True)
class FormToMark:
    """All that marking needs of a form. It travels as plain data: the form as JSON, the settings as JSON.

    ``grade_cells`` and ``solution_cells`` are names in the order in which scores and comments are wanted back.
    """

    form: str
    marking: str
    sources: tuple[SourceCell, ...]
    kernelspec: str | None
    grade_cells: tuple[str, ...]
    solution_cells: tuple[str, ...]
    settings: str

    def marker(self, runner: CodeRunner | None = None) -> FormMarker:
        return FormMarker(self, runner)


#: What was found of one answer: score, comment, whether it waits for a person, whether there is none.
_Finding = tuple[float | None, str | None, bool, bool]
_SHORT, _REMEMBERED = 80, 1000

#: One submission to mark: account, the notebook file, whether an instructor accepted its faults.
Paper = tuple[str, bytes, bool]


@dataclass(frozen=True, slots=True)
class Marked:
    """What marking found: scores (None: for a person) and comments by cell, and the autograded notebook's file."""

    account: str
    scores: tuple[float | None, ...]
    comments: tuple[str | None, ...]
    pending: int
    unanswered: int
    notebook: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A submission that cannot be marked, and why."""

    account: str
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """A task's outcome, in the order of its submissions; ``protection`` says what code ran in, "" where none was run."""

    outcomes: tuple[Marked | Refused, ...]
    protection: str = ""


class FormMarker:
    """Marks submissions of one form; what they have in common is prepared once."""

    def __init__(self, spec: FormToMark, runner: CodeRunner | None = None) -> None:
        """``runner`` runs code answers; without it one is kept for this process's lifetime."""
        form = Form.model_validate_json(spec.form)
        self._spec = spec
        self._reader = FormReader(form)
        self._sources = {source.name: source for source in spec.sources}
        self._kernelspec = json.loads(spec.kernelspec) if spec.kernelspec else None
        self._encoder = Encoder(self._sources, self._kernelspec)
        self._marker = Marker(form, Marking.model_validate_json(spec.marking))
        self._executed = [item for item in form.items if treatment_of(item) == "executed"]
        # Findings are by answer cell, wherever the points are.
        answer_of = {graded_cell(item): item.cell for item in form.items}
        self._graded = [answer_of[name] for name in spec.grade_cells]
        self._memories: list[tuple[str, dict[str, _Finding]]] = [(cell, {}) for cell in self._marker.cells]
        self._apart = tests_apart(form)
        self._runner = runner

    def mark_all(self, papers: Sequence[Paper], workers: int = 0) -> Done:
        """Mark some submissions; code of ``workers`` at once (0: as many as there are cores).

        Raises NoSandbox where code would have to be run and cannot be run safely.
        """
        if self._executed:
            return self._with_code(papers, workers)
        return Done(tuple([self._outcome(*paper) for paper in papers]))

    def _outcome(self, account: str, raw: bytes, accept: bool) -> Marked | Refused:
        try:
            cells, names, answers = self._reader.read(raw, accept_faults=accept)
            return self._marked(account, answers, {}, self._encoder.notebook(cells, names, answers))
        except Unreadable as error:
            return Refused(account, str(error))
        except Exception as error:  # noqa: BLE001 - a defect that one submission brings out must not stop the others
            return Refused(
                account, f"阅这一份时程序出错（{type(error).__name__}：{error}），请人工评阅，并告诉技术人员"
            )

    def _marked(
        self, account: str, answers: dict[str, str], code: Mapping[str, _Finding], notebook: bytes
    ) -> Marked:
        found = dict(code)
        for cell, memory in self._memories:
            text = answers.get(cell, "")
            finding = memory.get(text)
            found[cell] = self._find(cell, text, memory) if finding is None else finding
        return Marked(
            account,
            tuple([found[cell][0] for cell in self._graded]),
            tuple([found[cell][1] for cell in self._spec.solution_cells]),
            sum([finding[2] for finding in found.values()]),
            sum([finding[3] for finding in found.values()]),
            notebook,
        )

    def _find(self, cell: str, text: str, memory: dict[str, _Finding]) -> _Finding:
        mark = self._marker.mark(cell, text)
        score = None if mark.points is None else as_float(mark.points)
        verdict = mark.verdict
        finding = (score, mark.comment, verdict is Verdict.PENDING, verdict is Verdict.UNANSWERED)
        # Most answers repeat (a letter, 对), so a short one is remembered; so many of a question at the most.
        if len(text) <= _SHORT and len(memory) < _REMEMBERED:
            memory[text] = finding
        return finding

    # -- code ------------------------------------------------------------------------------------------------------

    def _with_code(self, papers: Sequence[Paper], workers: int) -> Done:
        runner = self._runner or kept_runner(Config(json.loads(self._spec.settings)))
        protection = runner.protection()
        read: list[tuple[str, dict[str, str], dict[str, Any]] | Refused] = []
        for account, raw, accept in papers:
            try:
                cells, _, answers = self._reader.read(raw, accept_faults=accept)
            except Unreadable as error:
                read.append(Refused(account, str(error)))
                continue
            notebook = autograded_notebook(cells, answers, self._sources, self._kernelspec)
            read.append((account, answers, notebook))
        notebooks = [one[2] for one in read if not isinstance(one, Refused)]
        run = runner.run_all(notebooks, self._apart, workers)
        return Done(tuple(self._judged(read, run)), protection)

    def _judged(
        self, read: Sequence[tuple[str, dict[str, str], dict[str, Any]] | Refused], run: Iterator[Any]
    ) -> Iterator[Marked | Refused]:
        from trainer.nbgrader.preprocessors import code_comment

        for one in read:
            if isinstance(one, Refused):
                yield one
                continue
            account, answers, _ = one
            notebook = next(run)
            if isinstance(notebook, Exception):
                yield Refused(account, why_not_run(notebook))
                continue
            by_name = {
                cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]
            }
            scores = test_scores(notebook, [graded_cell(item) for item in self._executed])
            code: dict[str, _Finding] = {
                item.cell: (scores[graded_cell(item)], code_comment(by_name[item.cell]), False, False)
                for item in self._executed
            }
            yield self._marked(account, answers, code, encoded(notebook))


def why_not_run(error: Exception) -> str:
    """What to say of a submission whose code was not run to its end."""
    if isinstance(error, Unreadable):
        return str(error)
    known = isinstance(error, TrainerError)
    why = str(error) if known else f"（{type(error).__name__}），请在 formgrader 里查看后人工评阅"
    return f"实操题没有运行完：{why}"


# -- in other processes and on other machines ------------------------------------------------------------------------


class OtherVersion(TrainerError):
    """A worker's program is not the one that asks."""


def mark_task(spec: bytes, program: str, papers: Sequence[Paper]) -> Done:
    """Mark some submissions in a worker. ``spec`` is a pickled :class:`ToMark`, ``program`` our :func:`fingerprint`.

    Raises OtherVersion, NoSandbox.
    """
    if program and program != fingerprint():
        raise OtherVersion(
            "工作机上的 trainer 和这台机器上的不是同一个版本，分数可能不同，所以没有阅。请把各台机器装成同一个版本，重启工作机，再阅。"
        )
    return _kept_marker(spec).mark_all(papers)


@lru_cache(maxsize=4)
def _kept_marker(spec: bytes) -> MarksPapers:
    return cast("ToMark", pickle.loads(spec)).marker()  # noqa: S301 - it came with the task, over the same connection as its code
