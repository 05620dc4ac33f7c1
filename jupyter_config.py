"""How this installation runs: the one configuration file.

Read by trainer, by nbgrader (through the nbgrader_config.py of each course folder) and by every Jupyter program that
finds it on its configuration path. What stands here is shared by all courses; a course adds its own after loading it.
Each setting of ours is documented in docs/reference/settings.md.
"""

from pathlib import Path

c = get_config()

# 题库在哪里。
c.QuestionBank.directory = str(Path(__file__).parent / "question_bank")

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
