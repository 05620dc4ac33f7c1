"""Small banks written to a folder, and the question bank of the repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from trainer.bank.reader import Bank, read_bank
from trainer.errors import Problem, ProblemsFound

REGULATIONS = """\
format: 1
regulations:
  - id: guiding
    name: 某规定
    short_name: 某规定
    issuing_body: 某机关
    version: 2026年修订
    in_force_since: 2026-05-11
    articles: [1, 2, 3]
    retired_articles:
      - {article: 9, reason: 已并入第2条}
    verified: 读过
  - id: jiu-guiding
    name: 旧规定
    short_name: 旧规定
    issuing_body: 某机关
    version: 2014年
    replaced_by: guiding
    articles: [1]
    verified: 读过
"""
TOPICS = "format: 1\ntopics:\n  dangfei: 党费\n"
HEAD = "format: 1\ntopic: dangfei\nquestions:\n"
#: A question that has nothing wrong; its first line is line 4 of its file.
SOUND = """\
  - id: t-001
    version: 1
    kind: single
    status: reviewed
    points: 2
    facility: 0.6
    sources:
      - regulation: guiding
        article: 1
    stem: 几年？
    options:
      A: 一年
      B: 两年
    key: A
    explanation: 某规定第1条。
"""


class Banks:
    """Writes and reads banks of which one file is of interest."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "bank"
        self.write("regulations.yaml", REGULATIONS)
        self.write("topics.yaml", TOPICS)

    def write(self, name: str, text: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def read(self, text: str | bytes | None = None) -> Bank:
        if text is not None:
            self.write("dangfei/a.yaml", text)
        return read_bank(self.root)

    def problems(self, text: str | bytes | None = None) -> list[Problem]:
        with pytest.raises(ProblemsFound) as found:
            self.read(text)
        return list(found.value.problems)

    def places(self, text: str | bytes | None = None) -> list[tuple[int, str]]:
        return [(problem.line, problem.question) for problem in self.problems(text)]


@pytest.fixture
def banks(tmp_path: Path) -> Banks:
    return Banks(tmp_path)


def _question(body: str, question_id: str = "t-002") -> str:
    return (
        f"  - id: {question_id}\n    version: 1\n    status: reviewed\n    points: 2\n    facility: 0.6\n"
        "    sources: [{regulation: guiding, article: 1}]\n    explanation: 解析\n"
        + "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    )


@pytest.fixture
def question() -> Callable[..., str]:
    """The YAML of a question whose own fields are given; they start at its eighth line."""
    return _question


@pytest.fixture(scope="session")
def head() -> str:
    return HEAD


@pytest.fixture(scope="session")
def sound() -> str:
    return SOUND


@pytest.fixture(scope="session")
def real_root() -> Path:
    return Path(__file__).parents[2] / "question_bank"
