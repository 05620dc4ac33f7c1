"""Read a question bank strictly: every problem of a run, each with file, line, question and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from trainer.bank.checks import regulation_problems, same_problems, source_problem, source_problems
from trainer.bank.contents import REGULATIONS_FILE, TOPICS_FILE, Bank, Entry, RegulationsFile, TopicsFile
from trainer.bank.located_yaml import Located, Place, read_located
from trainer.errors import NotFound, Problem, ProblemsFound
from trainer.kinds.base import all_kinds
from trainer.model.question import BANK_FORMAT, Question, Status, Strict
from trainer.model.regulation import Regulation
from trainer.model.validation import sentences

M = TypeVar("M", bound=Strict)


@dataclass
class _Reading:
    root: Path
    stale: bool = False
    problems: list[Problem] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    ids: dict[str, tuple[str, int]] = field(default_factory=dict)
    regulations: dict[str, Regulation] | None = None
    topics: dict[str, str] | None = None

    def citable(self) -> dict[str, Regulation] | None:
        """The regulations as questions may cite them: when reading for what is stale, the replaced ones too."""
        if self.regulations is None or not self.stale:
            return self.regulations
        return {name: one.model_copy(update={"replaced_by": None}) for name, one in self.regulations.items()}

    def name(self, path: Path) -> str:
        return str(path.relative_to(self.root.parent))

    def load(self, path: Path) -> Located | None:
        try:
            located = read_located(path, self.name(path))
        except ProblemsFound as found:
            self.problems += found.problems
            return None
        for fault in located.faults:
            asked = _asked_at(located.data, fault.path)
            self.problems.append(Problem(self.name(path), fault.line, asked, fault.sentence))
        return located

    def model(self, path: Path, model: type[M]) -> tuple[M, Located] | None:
        """One of the two registers, validated; None when it has problems."""
        if not path.is_file():
            self.problems.append(Problem(self.name(path), 0, "", "缺少这个文件，请补上。"))
            return None
        located = self.load(path)
        if located is None:
            return None
        try:
            read = model.model_validate(located.data)
        except ValidationError as error:
            self.problems += [
                Problem(self.name(path), located.line(where), "", what) for where, what in sentences(error)
            ]
            return None
        self.check_format(path, located)
        return read, located

    def check_format(self, path: Path, located: Located) -> bool:
        """Whether the rest may be read: a file without a format is read as one of ours, and told to say so."""
        stated = located.data.get("format")
        if stated == str(BANK_FORMAT):
            return True
        what = f"文件开头应当写 format: {BANK_FORMAT}（题库格式的版本）。"
        self.problems.append(Problem(self.name(path), located.line(("format",)), "", what))
        return stated is None


def read_bank(root: Path, *, stale: bool = False) -> Bank:
    """Read the bank in ``root``: two registers and one folder a topic.

    With ``stale``, questions may rest on regulations that were replaced: to list them.

    Raises NotFound when there is no such folder, and ProblemsFound with all problems of all files.
    """
    root = root.resolve()
    if not root.is_dir():
        raise NotFound(f"没有找到题库文件夹 {root}，请检查路径。")
    reading = _Reading(root, stale)
    regulations = reading.model(root / REGULATIONS_FILE, RegulationsFile)
    topics = reading.model(root / TOPICS_FILE, TopicsFile)
    if regulations:
        reading.regulations = {r.id: r for r in regulations[0].regulations}
        reading.problems += regulation_problems(reading.name(root / REGULATIONS_FILE), *regulations)
    reading.topics = topics[0].topics if topics else None
    for path in _question_files(root):
        _read_file(reading, path)
    reading.problems += same_problems(reading.entries)
    if reading.problems or reading.regulations is None or reading.topics is None:
        raise ProblemsFound("题库", reading.problems)
    return Bank(reading.regulations, reading.topics, tuple(reading.entries))


def _question_files(root: Path) -> list[Path]:
    """All YAML files but the registers; not those in hidden folders, where Jupyter keeps its checkpoints."""
    return [
        path
        for path in sorted([*root.rglob("*.yaml"), *root.rglob("*.yml")])
        if path.is_file()
        and path not in (root / REGULATIONS_FILE, root / TOPICS_FILE)
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    ]


def _asked_at(data: Any, where: Place) -> str:
    """The id of the question that a path lies in; '' outside of questions and where there is none."""
    if len(where) < 2 or where[0] != "questions" or not isinstance(where[1], int):
        return ""
    raw = data["questions"][where[1]]
    asked = raw.get("id") if isinstance(raw, dict) else None
    return asked if isinstance(asked, str) else ""


def _read_file(reading: _Reading, path: Path) -> None:
    located = reading.load(path)
    if located is None:
        return
    name, data = reading.name(path), located.data
    if path.parent == reading.root:
        reading.problems.append(Problem(name, 0, "", "题目文件应当放在专题的文件夹里，请移进去。"))
    if not isinstance(data, dict) or not isinstance(data.get("questions"), list):
        reading.problems.append(Problem(name, 1, "", "文件里应当有 format、topic 和 questions（题目列表）。"))
        return
    if not reading.check_format(path, located):
        return
    for key in data.keys() - {"format", "topic", "questions"}:
        what = f"不认识“{key}”，请检查拼写，或者删掉它。"
        reading.problems.append(Problem(name, located.line((key,)), "", what))
    topic = data.get("topic")
    if topic is None:
        what = "缺少“topic”（专题编号），请补上。"
        reading.problems.append(Problem(name, located.line(("topic",)), "", what))
    elif reading.topics is not None and (not isinstance(topic, str) or topic not in reading.topics):
        what = f"专题“{topic}”没有登记，请改正，或者在 {TOPICS_FILE} 里加上。"
        reading.problems.append(Problem(name, located.line(("topic",)), "", what))
    for index in range(len(data["questions"])):
        _read_question(reading, name, located, index)


def _read_question(reading: _Reading, name: str, located: Located, index: int) -> None:
    where: Place = ("questions", index)
    raw, asked = located.data["questions"][index], _asked_at(located.data, where)

    def problem(path: Place, what: str) -> None:
        reading.problems.append(Problem(name, located.line((*where, *path)), asked, what))

    if not isinstance(raw, dict):
        problem((), "这里应当是一道题（id、kind、stem 等）。")
        return
    here = (name, located.line((*where, "id")))
    file, line = reading.ids.setdefault(asked, here) if asked else here
    if (file, line) != here:
        problem(("id",), f"题目编号和 {file} 第 {line} 行的重复，请换一个编号。")
    if raw.get("status") != Status.RETIRED:  # a retired question may rest on what is retired
        for path, what in source_problems(raw.get("sources"), reading.citable()):
            problem(path, what)
    question, found = _defined(raw)
    for path, what in found:
        problem(path, what)
    if question is not None:
        reading.entries.append(Entry(question, str(located.data.get("topic")), name, located.line(where)))


def _defined(raw: dict[str, Any]) -> tuple[Question | None, list[tuple[Place, str]]]:
    """The question that a definition makes, if it makes one, and (path, sentence) for what is wrong with it."""
    kinds = all_kinds()
    kind = kinds.get(str(raw.get("kind")))
    if kind is None:
        what = f"题型“{raw.get('kind') or ''}”不认识，只能是 {'、'.join(kinds)}。"
        return None, [(("kind",), what)]
    try:
        question: Question = kind.question_type.model_validate(raw)
    except ValidationError as error:
        return None, list(sentences(error))
    return question, [
        (tuple(int(part) if part.isdigit() else part for part in place.split(".")), what)
        for place, what in kind.problems(question)
    ]


__all__ = ["Bank", "Entry", "RegulationsFile", "TopicsFile", "read_bank", "source_problem"]
