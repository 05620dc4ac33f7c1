"""What a bank holds once it is read: its registers and its questions with their places."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from trainer.errors import Problem
from trainer.model.question import Question, Status, Strict
from trainer.model.regulation import Regulation, cite_all

REGULATIONS_FILE = "regulations.yaml"
TOPICS_FILE = "topics.yaml"


class RegulationsFile(Strict):
    """regulations.yaml"""

    format: int = Field(description="格式版本，现在是 1")
    regulations: tuple[Regulation, ...] = Field(description="法规")


class TopicsFile(Strict):
    """topics.yaml"""

    format: int = Field(description="格式版本，现在是 1")
    topics: dict[str, str] = Field(description="专题编号对应中文名称")


@dataclass(frozen=True)
class Entry:
    """A question with the place that it came from."""

    question: Question
    topic: str
    file: str
    line: int


@dataclass(frozen=True)
class Bank:
    """A bank that was read without problems."""

    regulations: dict[str, Regulation]
    topics: dict[str, str]
    entries: tuple[Entry, ...]
    warnings: tuple[Problem, ...] = ()

    def by_id(self) -> dict[str, Entry]:
        return {entry.question.id: entry for entry in self.entries}

    def eligible(self) -> list[Entry]:
        """The questions that a paper may use: reviewed ones, resting on regulations in force."""
        return [entry for entry in self.entries if entry.question.status is Status.REVIEWED]

    def citation(self, question: Question) -> str:
        """The articles of a question in words."""
        return cite_all(question.sources, self.regulations)
