"""Marking submissions of an ordinary assignment: sanitise, run in the sandbox, score. Data in, data out."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from traitlets.config import Config

from trainer.errors import TrainerError
from trainer.nbgrader.autograded import encoded
from trainer.nbgrader.course import quiet_nbgrader
from trainer.nbgrader.execution import CodeRunner, kept_runner
from trainer.nbgrader.marking import Done, Marked, Paper, Refused, why_not_run
from trainer.nbgrader.ordinary.folder import overlaid
from trainer.nbgrader.ordinary.outline import Outline
from trainer.nbgrader.submissions import Unreadable

_TOGETHER = "测试和学员的程序在同一个进程里运行（nbgrader 的通常做法），存心作弊的程序可以伪造自己的分数。"


@dataclass(frozen=True)
class AssignmentToMark:
    """All that marking needs of an ordinary assignment: its notebooks, the files that lie beside them, settings as JSON."""

    outlines: tuple[Outline, ...]
    files: Mapping[str, bytes]
    settings: str

    def marker(self, runner: CodeRunner | None = None) -> AssignmentMarker:
        return AssignmentMarker(self, runner)


class AssignmentMarker:
    """Marks submissions of one assignment."""

    def __init__(self, spec: AssignmentToMark, runner: CodeRunner | None = None) -> None:
        """``runner`` runs the notebooks; without it one is kept for this process's lifetime."""
        self._spec = spec
        self._config = Config(json.loads(spec.settings))
        self._runner = runner

    def mark_all(self, papers: Sequence[Paper], workers: int = 0) -> Done:
        """Mark some submissions, each a pickled mapping of the files handed in; ``workers`` at once (0: one a core).

        Raises NoSandbox where code cannot be run safely.
        """
        runner = self._runner or kept_runner(self._config)
        protection = f"{runner.protection()}{_TOGETHER}"
        with quiet_nbgrader(), ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
            futures = [pool.submit(self._outcome, runner, account, raw) for account, raw, _ in papers]
            return Done(tuple(future.result() for future in futures), protection)

    def _outcome(self, runner: CodeRunner, account: str, raw: bytes) -> Marked | Refused:
        try:
            return self._marked(runner, account, pickle.loads(raw))  # noqa: S301 - packed by our own reader
        except Unreadable as error:
            return Refused(account, str(error))
        except Exception as error:
            if isinstance(error, TrainerError) and not isinstance(error, Unreadable):
                raise
            return Refused(account, why_not_run(error))

    def _marked(self, runner: CodeRunner, account: str, handed: dict[str, bytes]) -> Marked:
        from trainer.nbgrader.ordinary.steps import marks, sanitized

        own = {name: content for name, content in handed.items() if not name.endswith(".ipynb")}
        beside = overlaid(own, self._spec.files)
        scores: list[float | None] = []
        comments: list[str | None] = []
        shown: dict[str, bytes] = dict(beside)
        for outline in self._spec.outlines:
            raw = handed.get(f"{outline.name}.ipynb")
            if raw is None:  # nbgrader's rule: no notebook, no points, and nothing to look at
                scores += [0.0] * len(outline.grades)
                comments += [None] * len(outline.comments)
                continue
            run: Any = runner.run(sanitized(raw, outline, self._config), {}, beside)
            found, said = marks(run, outline, self._config)
            scores += found
            comments += said
            shown[f"{outline.name}.ipynb"] = encoded(run)
        unanswered = sum(comment is not None for comment in comments)
        pending = sum(score is None for score in scores)
        return Marked(account, tuple(scores), tuple(comments), pending, unanswered, pickle.dumps(shown))
