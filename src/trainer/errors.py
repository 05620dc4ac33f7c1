"""Every error that a user can meet, with the sentence they read and what to do next.

The law of this module: an error's text is one or more complete Chinese sentences for the person at the keyboard;
nobody formats it again further up. Programming mistakes are ordinary Python exceptions and never come from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class TrainerError(Exception):
    """Something the user can mend; ``str(error)`` is the Chinese sentence to show. Exit status 1."""

    exit_status = 1


class UsageError(TrainerError):
    """The command line itself is wrong (missing argument, unknown option). Exit status 2."""

    exit_status = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with a file that people edit, located so that they can go there.

    ``line`` counts from 1; 0 means that the whole file is meant. ``question`` is a question id or ``""``.
    """

    file: str
    line: int
    question: str
    sentence: str

    def __str__(self) -> str:
        place = f"{self.file} 第 {self.line} 行" if self.line else self.file
        subject = f"，题目 {self.question}" if self.question else ""
        return f"{place}{subject}：{self.sentence}"


class ProblemsFound(TrainerError):
    """A file or folder has problems; all of them are reported together."""

    def __init__(self, what: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{what}有 {len(self.problems)} 处问题，请改正后再运行：\n{lines}")


class NotFound(TrainerError):
    """A file, folder, paper, contest or person that was named does not exist."""


class CannotAssemble(TrainerError):
    """The bank cannot fill the blueprint; the text names each constraint and how many questions are missing."""


class BadSheet(TrainerError):
    """A roster, mark sheet or check-in sheet cannot be used; the text names the rows."""


class Conflict(TrainerError):
    """What was asked for would overwrite or contradict something that counts."""
