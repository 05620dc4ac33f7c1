"""Code answers in bulk, run by nbgrader's own execution, several notebooks at once.

The guarantee is nbgrader's: the tests share the trainee's kernel, which runs as the instructor. A hostile notebook can
forge its own code marks there; docs/explanation/grading.md says so. Declared answers never come here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from tempfile import TemporaryDirectory
from typing import Any

from traitlets.config import Config


def run_notebook(notebook: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook with its code cells executed and their outputs limited, as nbgrader's preprocessors do it."""
    from nbformat import from_dict
    from nbgrader.preprocessors import Execute, LimitOutput
    from nbgrader.utils import setenv

    node = from_dict(notebook)  # type: ignore[no-untyped-call]
    settings = Config(config)
    with TemporaryDirectory(prefix="trainer-") as folder, setenv(NBGRADER_EXECUTION="autograde"):
        resources: dict[str, Any] = {"metadata": {"path": folder}}
        # The kernel writes its own English warnings to our terminal otherwise.
        quiet = (
            ["--IPKernelApp.log_level=ERROR"]
            if node.metadata.get("kernelspec", {}).get("name") == "python3"
            else []
        )
        node, resources = Execute(config=settings, extra_arguments=quiet).preprocess(node, resources)
        node, _ = LimitOutput(config=settings).preprocess(node, resources)
    executed: dict[str, Any] = node
    return executed


def run_notebooks(
    notebooks: Iterable[dict[str, Any]], config: Config, workers: int
) -> Iterator[dict[str, Any] | Exception]:
    """Execute notebooks in ``workers`` processes (0: as many as there are cores), results in order."""
    settings = {name: dict(config[name]) for name in ("Execute", "LimitOutput") if name in config}
    with ProcessPoolExecutor(workers or os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(run_notebook, notebook, settings) for notebook in notebooks]
        for future in futures:
            error = future.exception()
            yield future.result() if error is None else _as_exception(error)


def _as_exception(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(str(error))


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
