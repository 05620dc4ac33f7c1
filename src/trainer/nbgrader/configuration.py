"""How nbgrader works for us: the lines that every installation's configuration begins with."""

from __future__ import annotations

import sys
from typing import Any

from trainer.nbgrader.exchange import use_hall


def configure(c: Any) -> None:
    """Set nbgrader up on a traitlets configuration; what stands below the call in a configuration file wins."""
    use_hall(c)

    # nbgrader's own programs wait for a gradebook that is being written to as long as ours do, instead of five seconds.
    # They have loaded their database library by now; a program that has not opens no gradebook.
    if "sqlalchemy" in sys.modules:
        from trainer.nbgrader.database import be_patient

        be_patient()

    # What a released answer cell says. The marking knows this sentence and does not take it for an answer.
    c.ClearSolutions.text_stub = "（在这里写答案，写完请删掉这一行）"
    c.ClearSolutions.code_stub = {"python": "# 在这里写程序"}

    # An account that is not on the roster is reported, not enrolled.
    c.Autograde.create_student = False

    # The stock door of grading: refuse what cannot be marked as it is, run code only where code is graded, and write our
    # marks and comments. The same marks as `trainer grade` leaves.
    c.Autograde.exporter_class = "trainer.nbgrader.preprocessors.SubmissionExporter"
    c.Autograde.autograde_preprocessors = [
        "trainer.nbgrader.preprocessors.ExecuteCode",
        "nbgrader.preprocessors.LimitOutput",
        "trainer.nbgrader.preprocessors.SaveMarks",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]

    # What trainees wrote is text wherever notebooks become HTML: formgrader would run a script in an answer with the
    # instructor's login.
    c.HTMLExporter.preprocessors = ["trainer.nbgrader.rendering.AnswersAsText"]

    # Feedback in Chinese, with the right answer, the reason and the article of every question.
    c.GenerateFeedback.exporter_class = "trainer.nbgrader.feedback.FeedbackExporter"
    c.GenerateFeedback.preprocessors = ["trainer.nbgrader.preprocessors.FeedbackNotes"]
