"""Trainees' texts on pages with an instructor's login: shown as text, never as HTML.

nbgrader's formgrader renders the Markdown of an answer cell, HTML and scripts included, on a page that carries the
instructor's Jupyter login: a script in an answer would act as the instructor. This preprocessor stands before every
HTML rendering of the installation (``c.HTMLExporter.preprocessors`` in jupyter_config.py) and touches only notebooks
that nbgrader knows, and in them only cells that a trainee could write.
"""

from __future__ import annotations

from html import escape
from typing import Any

from nbconvert.preprocessors import Preprocessor
from traitlets import Bool

#: What an output may consist of; a trainee's code can print HTML and JavaScript as easily as text.
_PLAIN_OUTPUTS = frozenset({"text/plain", "image/png", "image/jpeg"})


def _is_locked(cell: Any) -> bool:
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader.get("grade_id")) and not nbgrader.get("solution")


class AnswersAsText(Preprocessor):
    """Turn every cell that is not locked into plain text, and outputs into text and pictures."""

    enabled = Bool(
        True, help="是否把学员写的内容一律当文字显示；关掉以后评阅页会运行作答里的脚本，不要关。"
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        if any(cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells):
            for cell in nb.cells:
                self._make_plain(cell)
        return nb, resources

    def _make_plain(self, cell: Any) -> None:
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(self._plain_output, cell.outputs) if output is not None]
        elif not _is_locked(cell):
            # One line, since a blank line could end an HTML block and begin Markdown again.
            text = escape(cell.source).replace("\r", "").replace("\n", "&#10;")
            cell.source = f'<pre style="white-space: pre-wrap">{text}</pre>' if text else ""
            cell.pop("attachments", None)

    @staticmethod
    def _plain_output(output: Any) -> Any | None:
        if "data" not in output:
            return output
        output.data = {kind: data for kind, data in output.data.items() if kind in _PLAIN_OUTPUTS}
        return output if output.data else None
