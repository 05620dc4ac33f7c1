"""How this installation runs: the one configuration file.

Read by trainer, by the hub, by nbgrader (through the nbgrader_config.py of each course folder) and by every Jupyter program
that finds it on its configuration path. What stands here is shared by all courses; a course adds its own after loading it.
Each setting of ours is documented in docs/reference/settings.md.
"""

from pathlib import Path

from trainer.nbgrader.configuration import configure

c = get_config()

# 题库在哪里。
c.QuestionBank.directory = str(Path(__file__).parent / "question_bank")

# 课（笔记本）在哪里。
c.Lessons.directory = str(Path(__file__).parent / "courses" / "notebooks")

# How nbgrader marks, shows and hands out: in the package, so that an upgrade brings it along. Papers go through the hall
# inside the servers that `trainer serve` starts, else through nbgrader's own exchange folder.
configure(c)
