"""Code answers: notebooks executed in the sandbox, several at once, with outputs as nbgrader's own execution leaves them.

The tests of our papers are evaluated apart from the trainee's process, which cannot forge their outcome. An ordinary
course's test cells run together with the trainee's code, as nbgrader has it: within the sandbox, but able to be deceived.
"""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from traitlets.config import Config

from trainer.grading.mark import treatment_of
from trainer.model.paper import Form
from trainer.nbgrader.notebooks import graded_cell
from trainer.nbgrader.submissions import Unreadable, cell_source, grade_id
from trainer.sandbox.conductor import Cell, Ending, Ran, run_cells
from trainer.sandbox.limits import Limits
from trainer.sandbox.sandbox import Sandbox
from trainer.settings import CodeSandbox

#: Where an executed notebook keeps what this module says about it, in its own metadata and in that of answer cells.
NOTES = "trainer"
#: The sections of a configuration that decide what becomes of code.
SECTIONS = ("CodeSandbox", "LimitOutput")
_MIB = 1024**2
_FILES_MIB = 32
_LONGEST_NOTE = 300


@dataclass(frozen=True)
class TestCell:
    """A test cell of one of our papers: the answer cell that it tests, and the text that this began with."""

    answer: str
    starter: str


def tests_apart(form: Form) -> dict[str, TestCell]:
    """The test cells of a form by their grade ids."""
    return {
        graded_cell(item): TestCell(item.cell, str(item.question.get("starter", "")))
        for item in form.items
        if treatment_of(item) == "executed"
    }


class CodeRunner:
    """Executes notebooks in one sandbox. Raises NoSandbox at first use where there can be none."""

    def __init__(self, config: Config) -> None:
        settings = CodeSandbox(config=config)
        self._config = config
        limits = Limits(
            cell_seconds=settings.cell_seconds,
            total_seconds=settings.total_seconds,
            cpu_seconds=max(1, int(settings.cpu_seconds)),
            memory=settings.memory_mb * _MIB,
            processes=settings.processes,
            folder=settings.folder_mb * _MIB,
            output=settings.output_kb * 1024,
            cells=settings.cells,
        )
        self.sandbox = Sandbox(limits, unsafe=settings.unsafe_run_without_sandbox)
        # Kept: the sandbox ends with the thread that started it (PR_SET_PDEATHSIG goes by the thread).
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.sandbox.close()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def protection(self) -> str:
        """What protects us from the code, as a sentence. Raises NoSandbox."""
        return self.sandbox.protection.sentence()

    def run_all(
        self, notebooks: Iterable[dict[str, Any]], apart: Mapping[str, TestCell], workers: int
    ) -> Iterator[dict[str, Any] | Exception]:
        """Execute notebooks, ``workers`` at once (0: as many as there are cores), results in order."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(workers or os.cpu_count() or 1)
        futures = [self._pool.submit(self.run, notebook, apart) for notebook in notebooks]
        for future in futures:
            error = future.exception()
            if error is not None and not isinstance(error, Exception):
                raise error
            yield future.result() if error is None else error

    def run(
        self,
        notebook: dict[str, Any],
        apart: Mapping[str, TestCell],
        files: Mapping[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """The notebook, changed in place if it is a node, with its code cells executed and their outputs limited. Test cells in ``apart`` are evaluated apart.

        Raises Unreadable when there are too many cells, NoSandbox, TrainerError.
        """
        from nbformat import NotebookNode, from_dict

        order = _order(notebook["cells"], apart)
        most = self.sandbox.limits.cells
        if len(order) > most:
            raise Unreadable(f"有 {len(order)} 个代码单元格，超过上限（{most} 个），没有运行，请核查来历")
        node = notebook if isinstance(notebook, NotebookNode) else from_dict(notebook)  # type: ignore[no-untyped-call]
        cells = [_cell(node["cells"][at], apart) for at in order]
        done = dict(zip(order, run_cells(self.sandbox, cells, files), strict=True))
        for at, ran in done.items():
            cell = node["cells"][at]
            cell["metadata"].pop(NOTES, None)
            cell["outputs"] = from_dict(ran.outputs)  # type: ignore[no-untyped-call]
            cell["execution_count"] = ran.count
        _note_answers(node["cells"], done, apart)
        node["metadata"][NOTES] = {"tests": "apart" if apart else "together"}
        return self._limited(node)

    def _limited(self, node: Any) -> dict[str, Any]:
        from nbgrader.preprocessors import LimitOutput

        limited: dict[str, Any] = LimitOutput(config=self._config).preprocess(node, {})[0]
        return limited


@cache
def _kept_runner(settings: str) -> CodeRunner:
    runner = CodeRunner(Config(json.loads(settings)))
    atexit.register(runner.close)
    return runner


def kept_runner(config: Config) -> CodeRunner:
    """A runner for this process's lifetime, for those who execute one notebook after the other."""
    own = {name: dict(config[name]) for name in SECTIONS if name in config}
    return _kept_runner(json.dumps(own, sort_keys=True, default=str))


def files_beside(folder: Path) -> dict[str, bytes]:
    """What lies beside a notebook for its code to read; links are not followed, and what is too large is left out."""
    found: dict[str, bytes] = {}
    left = _FILES_MIB * _MIB
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if (
                path.is_symlink()
                or not path.is_file()
                or path.suffix == ".ipynb"
                or path.stat().st_size > left
            ):
                continue
            left -= path.stat().st_size
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _order(cells: Sequence[Any], apart: Mapping[str, TestCell]) -> list[int]:
    """The code cells in the order in which they run: as they stand, but a test never before the answer that it tests."""
    place = {grade_id(cell): at for at, cell in enumerate(cells)}
    waiting: dict[int, list[int]] = {}
    order: list[int] = []
    for at, cell in enumerate(cells):
        if cell.get("cell_type") != "code":
            continue
        test = apart.get(grade_id(cell) or "")
        answer = place.get(test.answer, at) if test else at
        if answer > at:
            waiting.setdefault(answer, []).append(at)
        else:
            order += [at, *waiting.pop(at, [])]
    return order


def _cell(cell: Any, apart: Mapping[str, TestCell]) -> Cell:
    test = apart.get(grade_id(cell) or "")
    return Cell(cell_source(cell), test is not None, test.starter if test else "")


def _note_answers(cells: Sequence[Any], done: Mapping[int, Ran], apart: Mapping[str, TestCell]) -> None:
    """Say beside each answer why its test did not pass."""
    place = {grade_id(cell): at for at, cell in enumerate(cells)}
    for name, test in apart.items():
        answer, at = place.get(test.answer), place.get(name)
        if answer is not None and at is not None and at in done:
            note = _note(done.get(answer), done[at])
            if note:
                cells[answer]["metadata"][NOTES] = {"note": note}


def _note(answer: Ran | None, test: Ran) -> str | None:
    if test.ending is Ending.FINE:
        return None
    if answer is not None and answer.reason:
        return answer.reason
    if test.reason:
        return test.reason
    wrong = next(
        (output for ran in (answer, test) if ran for output in ran.outputs if _is_error(output)), None
    )
    if wrong is None or wrong["ename"] == "AssertionError":
        return "没有通过测试。"
    where = "程序运行出错" if answer is not None and wrong in answer.outputs else "测试时出错"
    said = " ".join(str(wrong["evalue"]).split())
    if wrong["ename"] == "StdinNotImplementedError":
        return "程序用了 input()：阅卷时没有人输入，请把数据写在程序里。"
    return f"{where}：{wrong['ename']}{'：' if said else ''}{said}"[:_LONGEST_NOTE]


def _is_error(output: Mapping[str, Any]) -> bool:
    return bool(output["output_type"] == "error")


def note_of(cell: Mapping[str, Any]) -> str | None:
    """What :class:`CodeRunner` noted beside an answer cell."""
    note = cell["metadata"].get(NOTES)
    return str(note["note"]) if isinstance(note, Mapping) and "note" in note else None


def test_scores(notebook: Any, names: Iterable[str]) -> dict[str, float | None]:
    """Scores of test cells after execution, by nbgrader's own rule."""
    from nbgrader.utils import determine_grade

    wanted = set(names)
    scores: dict[str, float | None] = {}
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in wanted:
            scores[name] = determine_grade(cell)[0]
    return scores
