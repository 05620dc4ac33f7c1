"""What can be wrong between the parts of a bank: sources and registers, and two questions that ask the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from trainer.bank.contents import REGULATIONS_FILE, Entry, RegulationsFile
from trainer.bank.located_yaml import Located, Place
from trainer.errors import Problem
from trainer.kinds.reading import comparable
from trainer.model.question import Question, Source, Status
from trainer.model.regulation import Regulation


def regulation_problems(name: str, file: RegulationsFile, located: Located) -> Iterator[Problem]:
    """Regulations that are registered twice or contradict themselves."""
    seen: set[str] = set()
    known = {regulation.id for regulation in file.regulations}
    for index, regulation in enumerate(file.regulations):

        def problem(key: str, what: str, where: Place = ("regulations", index)) -> Problem:
            return Problem(name, located.line((*where, key)), "", what)

        if regulation.id in seen:
            yield problem("id", f"法规编号 {regulation.id} 登记了两次，请删掉一个。")
        seen.add(regulation.id)
        if regulation.replaced_by is not None and regulation.replaced_by not in known:
            yield problem(
                "replaced_by", f"{regulation.id} 的 replaced_by 写的 {regulation.replaced_by} 没有登记。"
            )
        for article in sorted({r.article for r in regulation.retired_articles} & set(regulation.articles)):
            what = f"{regulation.id} 第 {article} 条同时列为可引用和已停用，请删掉一处。"
            yield problem("articles", what)


def source_problems(raw: Any, registered: dict[str, Regulation] | None) -> Iterator[tuple[Place, str]]:
    """(path, sentence) for the sources of a question, also where something else in the question is wrong."""
    if registered is None or not isinstance(raw, list):
        return
    for index, stated in enumerate(raw):
        try:
            source = Source.model_validate(stated)
        except ValidationError:
            continue  # reported with the question
        found = source_problem(source.regulation, source.article, registered)
        if found:
            yield ("sources", index, found[0]), found[1]


def source_problem(
    regulation_id: str, article: int, registered: Mapping[str, Regulation]
) -> tuple[str, str] | None:
    """(field, sentence) for what is wrong with a source: not registered, replaced or retired; else None."""
    regulation = registered.get(regulation_id)
    if regulation is None:
        what = f"引用的法规 {regulation_id} 没有登记，请改正，或者在 {REGULATIONS_FILE} 里加上。"
        return "regulation", what
    name = f"《{regulation.short_name}》"
    if regulation.replaced_by is not None:
        newer = registered.get(regulation.replaced_by)
        by = f"《{newer.short_name}》（{newer.version}）" if newer else regulation.replaced_by
        return "regulation", f"引用的{name}已被{by}取代，请按现行规定改题，或者把题目停用。"
    for retired in regulation.retired_articles:
        if retired.article == article:
            return "article", f"引用的{name}第{article}条已停用（{retired.reason}），请改题或者停用。"
    if article not in regulation.articles:
        what = f"{name}没有登记第{article}条，请核对条号；核对过原文后在 {REGULATIONS_FILE} 里加上。"
        return "article", what
    return None


def same_problems(entries: list[Entry]) -> Iterator[Problem]:
    """Questions that say the same."""
    same: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
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
    if hasattr(question, "pairs"):
        return frozenset((comparable(pair.left), comparable(pair.right)) for pair in question.pairs)
    return question.model_dump(include={"key", "steps", "precedence", "reference", "solution"})
