"""The test at the end of a lesson: a list of questions, and the blueprint of the paper that asks them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import yaml

from trainer.bank.reader import Bank, Entry
from trainer.errors import Problem
from trainer.kinds.base import all_kinds, kind_of
from trainer.model.paper import Blueprint, SectionPlan
from trainer.model.points import as_text
from trainer.model.question import Status
from trainer.papers.files import read_blueprint
from trainer.workflow.lessons.beside import content_of

FOLDER = "tests"
QUESTIONS, SPARES = 10, 5
_LARGEST = 64 * 1024
#: What a question that is compared is worth: ten of them make a hundred.
_POINTS = Decimal(10)


@dataclass(frozen=True)
class EndTest:
    """The ids of the ten questions that are asked, and of those that can stand in for them."""

    questions: tuple[str, ...]
    spares: tuple[str, ...]


def number_of(lesson: Path) -> str:
    """What the files of a lesson are numbered with: 07a of ``07a-….ipynb``."""
    return lesson.stem.partition("-")[0]


def read_end_test(lesson: Path, bank: Bank, asked: set[str]) -> tuple[EndTest | None, list[Problem]]:
    """The test beside a lesson (None without one), and what is wrong with it. ``asked``: its exercises' questions."""
    path = lesson.parent / FOLDER / f"{number_of(lesson)}.txt"
    content = content_of(lesson.parent, f"{FOLDER}/{path.name}", _LARGEST)
    if content is None:
        return None, []
    text = content.decode("utf-8-sig", "replace")
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1)]
    lines = [(n, line) for n, line in lines if line and not line.startswith("#")]
    at = next((n for n, (_, line) in enumerate(lines) if line == "---"), len(lines))
    first, spare = lines[:at], lines[at + 1 :]
    name = f"{FOLDER}/{path.name}"
    problems = list(_problems(name, [*first, *spare], bank, asked))
    if len(first) != QUESTIONS or len(spare) != SPARES:
        what = f"小测验要有 {QUESTIONS} 道题，一行“---”，再 {SPARES} 道备用题；现在是 {len(first)} 道和 {len(spare)} 道。"
        problems.append(Problem(name, 0, "", what))
    return EndTest(tuple(one for _, one in first), tuple(one for _, one in spare)), problems


def _problems(name: str, lines: Sequence[tuple[int, str]], bank: Bank, asked: set[str]) -> Iterator[Problem]:
    entries, seen = bank.by_id(), set[str]()
    for number, one in lines:
        entry = entries.get(one)
        if entry is None:
            yield Problem(name, number, one, "题库里没有这道题，请改正编号。")
        elif entry.question.status is not Status.REVIEWED:
            yield Problem(name, number, one, "这道题还没有审定，或者已经停用，请换一道。")
        elif kind_of(entry.question).treatment == "executed":
            yield Problem(name, number, one, "实操题不能放进小测验，请换一道。")
        if one in asked:
            yield Problem(name, number, one, "这道题在课里做过，请换一道。")
        if one in seen:
            yield Problem(name, number, one, "这道题写了两次，请换一道。")
        seen.add(one)


def blueprint_of(test: EndTest, lesson_id: str, title: str, bank: Bank) -> Blueprint:
    """One form with these questions, a section for each kind."""
    entries = bank.by_id()
    groups: dict[tuple[str, Decimal], list[Entry]] = defaultdict(list)
    for one in test.questions:
        question = entries[one].question
        points = question.points if kind_of(question).treatment == "manual" else _POINTS
        groups[question.kind, points].append(entries[one])
    kinds = all_kinds()
    order = list(kinds)
    sections = []
    for (kind, points), chosen in sorted(groups.items(), key=lambda group: order.index(group[0][0])):
        several = sum(other == kind for other, _ in groups) > 1
        of = f"（每题 {as_text(chosen[0].question.hundredths)} 分）" if several else ""
        sections.append(
            SectionPlan(
                title=f"{kinds[kind].title}{of}",
                kind=kind,
                count=len(chosen),
                points=points,
                questions=tuple(entry.question.id for entry in chosen),
            )
        )
    return Blueprint(
        format=1, id=f"{lesson_id}-ceyan", title=f"{title}：小测验", forms=1, sections=tuple(sections)
    )


def write_blueprint(blueprint: Blueprint, path: Path) -> None:
    """A YAML file that ``trainer paper make`` reads. Raises ProblemsFound should it not come back as it was."""
    plain = blueprint.model_dump(mode="json", exclude_defaults=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    head = "# 由 trainer lessons test 生成：课后小测验。换题请改 tests/ 里的清单，再生成一次。\n"
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=110)
    beside.write_text(head + text, encoding="utf-8")
    assert read_blueprint(beside) == blueprint
    beside.replace(path)
