"""How ``nbgrader generate_feedback`` renders for us: a page in Chinese that fits a phone and needs no network."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from trainer.kinds.reading import answer_text
from trainer.nbgrader.preprocessors import find_form
from trainer.nbgrader.released_feedback import feedback_data
from trainer.settings import QuestionBank

_TEMPLATES = Path(__file__).parent / "templates"
#: How to answer, at the end of a stem: of no use where nothing is answered any more.
_HOW_TO_ANSWER = re.compile(r"\n\n\*作答：[^\n]*\*\s*\Z")


class FeedbackExporter(HTMLExporter):
    """nbconvert's HTML exporter with our feedback template.

    The template's name goes into the exporter's own section of the configuration, since GenerateFeedback writes
    nbgrader's into the section of HTMLExporter, which would win over a class default.
    """

    def __init__(self, config: Config | None = None, **kwargs: Any) -> None:
        own = Config()
        own.FeedbackExporter.template_name = "trainer_feedback"
        # The template escapes what trainees wrote itself; once is enough.
        own.FeedbackExporter.preprocessors = []
        own.FeedbackExporter.extra_template_basedirs = [str(_TEMPLATES)]
        merged = deepcopy(config) if config else Config()
        merged.merge(own)
        super().__init__(config=merged, **kwargs)  # type: ignore[no-untyped-call]

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """The page; for a paper of ours also, among the files to be written beside it, the same as data."""
        page, done = super().from_notebook_node(_to_read(nb), resources, **kwargs)
        place = done.get("nbgrader", {})
        root = getattr(getattr(self.parent, "coursedir", None), "root", None)
        found = find_form(Path(root), place.get("assignment", "")) if root else None
        if found is not None:
            bank = Path(QuestionBank(parent=self.parent).directory)
            name, content = feedback_data(*found, nb, done, bank)
            done["outputs"] = {**done.get("outputs", {}), name: content}
        return page, done


def _to_read(nb: Any) -> Any:
    """The notebook as somebody reads it who has nothing to do any more."""
    shown = deepcopy(nb)
    for cell in shown.cells:
        mark = cell.metadata.get("nbgrader", {})
        if mark.get("grade_id", "").endswith("-stem"):
            cell.source = _HOW_TO_ANSWER.sub("", cell.source)
        elif mark.get("solution") and cell.cell_type == "markdown":
            cell.source = cell.source if answer_text(cell.source) else "（没有作答）"
    return shown
