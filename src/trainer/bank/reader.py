"""Read a question bank strictly: every problem of a run, each with file, line, question and what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from trainer.bank.located_yaml import Located, read_located
from trainer.errors import NotFound, Problem, ProblemsFound
from trainer.kinds.base import all_kinds, kind_of
from trainer.kinds.reading import comparable
from trainer.model.question import BANK_FORMAT, Question, Status, Strict
from trainer.model.regulation import Regulation, cite_all
from trainer.model.validation import sentences

REGULATIONS_FILE = "regulations.yaml"
TOPICS_FILE = "topics.yaml"

M = TypeVar("M", bound=Strict)


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


@dataclass
class _Reading:
    root: Path
    problems: list[Problem] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def name(self, path: Path) -> str:
        return str(path.relative_to(self.root.parent))

    def load(self, path: Path) -> Located | None:
        try:
            return read_located(path, self.name(path))
        except ProblemsFound as found:
            self.problems += found.problems
            return None

    def model(self, path: Path, model: type[M]) -> M | None:
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
        return read

    def check_format(self, path: Path, located: Located) -> bool:
        stated = located.data.get("format") if isinstance(located.data, dict) else None
        if stated == BANK_FORMAT and not isinstance(stated, bool):
            return True
        what = f"文件开头应当写 format: {BANK_FORMAT}（题库格式的版本）。"
        self.problems.append(Problem(self.name(path), located.line(("format",)), "", what))
        return False


def read_bank(root: Path) -> Bank:
    """Read the bank in ``root``: two registers and one folder a topic.

    Raises NotFound when there is no such folder, and ProblemsFound with all problems of all files.
    """
    root = root.resolve()
    if not root.is_dir():
        raise NotFound(f"没有找到题库文件夹 {root}，请检查路径。")
    reading = _Reading(root)
    regulations = reading.model(root / REGULATIONS_FILE, RegulationsFile)
    topics = reading.model(root / TOPICS_FILE, TopicsFile)
    for path in sorted([*root.rglob("*.yaml"), *root.rglob("*.yml")]):
        if path.parent != root:
            _read_file(reading, path, topics.topics if topics else None)
    registered = {r.id: r for r in regulations.regulations} if regulations else None
    if regulations and registered is not None:
        reading.problems += _regulation_problems(reading, regulations)
    for entry in reading.entries:
        reading.problems += _entry_problems(entry, registered)
    reading.problems += _duplicate_problems(reading.entries)
    if reading.problems or registered is None or topics is None:
        raise ProblemsFound("题库", reading.problems)
    return Bank(registered, topics.topics, tuple(reading.entries))


def _read_file(reading: _Reading, path: Path, topics: dict[str, str] | None) -> None:
    located = reading.load(path)
    if located is None:
        return
    name, data = reading.name(path), located.data
    if not isinstance(data, dict) or not isinstance(data.get("questions"), list):
        reading.problems.append(Problem(name, 1, "", "文件里应当有 format、topic 和 questions（题目列表）。"))
        return
    if not reading.check_format(path, located):
        return
    for key in data.keys() - {"format", "topic", "questions"}:
        reading.problems.append(
            Problem(name, located.line((key,)), "", f"不认识“{key}”，请检查拼写，或者删掉它。")
        )
    topic = data.get("topic")
    if topics is not None and (not isinstance(topic, str) or topic not in topics):
        what = f"专题“{topic}”没有登记，请改正，或者在 {TOPICS_FILE} 里加上。"
        reading.problems.append(Problem(name, located.line(("topic",)), "", what))
        return
    for index, raw in enumerate(data["questions"]):
        _read_question(reading, name, located, index, (raw, str(topic)))


def _read_question(
    reading: _Reading, name: str, located: Located, index: int, raw_and_topic: tuple[Any, str]
) -> None:
    raw, topic = raw_and_topic
    where = ("questions", index)
    asked = str(raw.get("id", "")) if isinstance(raw, dict) else ""

    def problem(path: tuple[str | int, ...], what: str) -> None:
        reading.problems.append(Problem(name, located.line((*where, *path)), asked, what))

    if not isinstance(raw, dict):
        problem((), "这里应当是一道题（id、kind、stem 等）。")
        return
    kinds = all_kinds()
    if raw.get("kind") not in kinds:
        problem(("kind",), f"题型“{raw.get('kind', '')}”不认识，只能是 {'、'.join(kinds)}。")
        return
    kind = kinds[raw["kind"]]
    try:
        question = kind.question_type.model_validate(raw)
    except ValidationError as error:
        for path, what in sentences(error):
            problem(path, what)
        return
    for key, what in kind.problems(question):
        problem((key,), what)
    reading.entries.append(Entry(question, topic, name, located.line(where)))


def _regulation_problems(reading: _Reading, file: RegulationsFile) -> Iterator[Problem]:
    name = reading.name(reading.root / REGULATIONS_FILE)
    seen: set[str] = set()
    known = {regulation.id for regulation in file.regulations}
    for regulation in file.regulations:
        if regulation.id in seen:
            yield Problem(name, 0, "", f"法规编号 {regulation.id} 登记了两次，请删掉一个。")
        seen.add(regulation.id)
        if regulation.replaced_by is not None and regulation.replaced_by not in known:
            yield Problem(
                name, 0, "", f"{regulation.id} 的 replaced_by 写的 {regulation.replaced_by} 没有登记。"
            )
        both = {retired.article for retired in regulation.retired_articles} & set(regulation.articles)
        if both:
            yield Problem(
                name, 0, "", f"{regulation.id} 第 {min(both)} 条同时列为可引用和已停用，请删掉一处。"
            )


def _entry_problems(entry: Entry, registered: dict[str, Regulation] | None) -> Iterator[Problem]:
    """What is wrong with the sources of a question. A retired question may rest on what is retired."""
    if registered is None or entry.question.status is Status.RETIRED:
        return
    for source in entry.question.sources:
        what = _source_problem(source.regulation, source.article, registered)
        if what:
            yield Problem(entry.file, entry.line, entry.question.id, what)


def _source_problem(regulation_id: str, article: int, registered: dict[str, Regulation]) -> str | None:
    regulation = registered.get(regulation_id)
    if regulation is None:
        return f"引用的法规 {regulation_id} 没有登记，请改正，或者在 {REGULATIONS_FILE} 里加上。"
    if regulation.replaced_by is not None:
        newer = registered[regulation.replaced_by] if regulation.replaced_by in registered else None
        by = f"《{newer.short_name}》（{newer.version}）" if newer else regulation.replaced_by
        return f"引用的《{regulation.short_name}》已被{by}取代，请按现行规定改题，或者把题目停用。"
    for retired in regulation.retired_articles:
        if retired.article == article:
            return (
                f"引用的《{regulation.short_name}》第{article}条已停用（{retired.reason}），请改题或者停用。"
            )
    if article not in regulation.articles:
        return f"《{regulation.short_name}》没有登记第{article}条，请核对条号；核对过原文后在 {REGULATIONS_FILE} 里加上。"
    return None


def _duplicate_problems(entries: list[Entry]) -> Iterator[Problem]:
    """Ids used twice, and questions that say the same."""
    first: dict[str, Entry] = {}
    same: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        earlier = first.setdefault(entry.question.id, entry)
        if earlier is not entry:
            what = f"题目编号和 {earlier.file} 第 {earlier.line} 行的重复，请换一个编号。"
            yield Problem(entry.file, entry.line, entry.question.id, what)
        if entry.question.status is not Status.RETIRED:
            same[_asked(entry.question)].append(entry)
    for group in same.values():
        for entry in group[1:]:
            agree = _keyed(entry.question) == _keyed(group[0].question)
            what = (
                f"和题目 {group[0].question.id} 内容相同，请删掉或停用其中一道。"
                if agree
                else f"和题目 {group[0].question.id} 问的一样，答案却不同，请核对条文，停用错的一道。"
            )
            yield Problem(entry.file, entry.line, entry.question.id, what)


def _asked(question: Question) -> tuple[str, ...]:
    """What a question asks, however it is punctuated and in whatever order its options stand."""
    options = sorted(comparable(text) for text in getattr(question, "options", {}).values())
    return (question.kind, comparable(question.stem), *options, *_things_to_arrange(question))


def _things_to_arrange(question: Question) -> list[str]:
    steps = [comparable(step) for step, _ in question.ranked()] if hasattr(question, "ranked") else []
    lefts = [comparable(pair.left) for pair in getattr(question, "pairs", ())]
    return sorted([*steps, *lefts])


def _keyed(question: Question) -> object:
    """The key in words, so that two questions whose letters differ can be compared."""
    options = getattr(question, "options", None)
    if options is not None:
        return frozenset(
            comparable(options[label]) for label in getattr(question, "key", ()) if label in options
        )
    return question.model_dump(include={"key", "steps", "precedence", "pairs", "reference", "solution"})


__all__ = ["Bank", "Entry", "kind_of", "read_bank"]
