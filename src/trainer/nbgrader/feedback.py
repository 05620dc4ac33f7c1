"""``nbgrader generate_feedback`` for us: the same page and the same data as ``trainer feedback`` writes in bulk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from traitlets import Unicode

from trainer.bank.topics import topic_titles
from trainer.errors import TrainerError
from trainer.hall.feedback_file import FEEDBACK_FILE
from trainer.nbgrader.feedback_page import render
from trainer.nbgrader.preprocessors import FeedbackNotes, find_form
from trainer.nbgrader.released_feedback import FeedbackData
from trainer.settings import QuestionBank


class FeedbackExporter(Exporter):
    """Renders with our template what :class:`FeedbackNotes` found out."""

    file_extension = Unicode(".html", help="反馈网页的扩展名。").tag(config=True)
    output_mimetype = "text/html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """The page; for a paper of ours also, among the files to be written beside it, the same as data.

        Raises TrainerError when FeedbackNotes is not among the preprocessors.
        """
        noted, done = super().from_notebook_node(nb, resources, **kwargs)
        known = done.get(FeedbackNotes.RESULT)
        if known is None:
            raise TrainerError(
                "反馈的设置不全：c.GenerateFeedback.preprocessors 里要有 "
                "trainer.nbgrader.preprocessors.FeedbackNotes。"
            )
        release, given = known
        converter: Any = self.parent
        found = find_form(Path(converter.coursedir.root), done["nbgrader"]["assignment"])
        if found is not None:
            titles = topic_titles(Path(QuestionBank(parent=self.parent).directory))
            content = FeedbackData(*found, titles).content(given, release.full, noted.cells)
            done["outputs"] = {**done.get("outputs", {}), FEEDBACK_FILE: content}
        return render(release, given, noted.cells), done
