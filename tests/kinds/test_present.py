"""What a page is told of a question holds no key: not as text, and not by what changes when the key changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from trainer.bank.reader import read_bank
from trainer.kinds.base import Kind, Layout, all_kinds, kind_of, lay_out
from trainer.model.question import Question

#: Every field of a definition, by kind. A new field has to be thought about: it is shown to whoever opens the file.
FIELDS = {
    "single": {"options"},
    "multiple": {"options"},
    "judge": set(),
    "blank": {"blanks"},
    "number": {"unit"},
    "order": {"steps"},
    "match": {"left", "right"},
    "case": {"instruction"},
}
COMMON = {"kind", "version", "title", "stem"}


@pytest.fixture(scope="module")
def questions(bank_folder) -> list[Question]:
    return [entry.question for entry in read_bank(bank_folder).entries]


def presented(question: Question, layout: Layout) -> dict[str, Any] | None:
    return kind_of(question).present(question, layout)


def changed(question: Question, **fields: Any) -> Question:
    return question.model_copy(update=fields)


def test_a_definition_has_only_the_fields_that_were_thought_about(questions):
    for question in questions:
        definition = presented(question, lay_out(kind_of(question), question, "x"))
        if definition is not None:
            assert set(definition) == COMMON | FIELDS[question.kind], question.id
            assert json.loads(json.dumps(definition)) == definition


def test_every_text_in_it_stands_in_the_question_as_shown(questions):
    """Whatever a page is told, the text of the question tells too."""
    for question in questions:
        kind = kind_of(question)
        layout = lay_out(kind, question, "x")
        definition = kind.present(question, layout) or {}
        shown = kind.show(question, layout)
        for field in FIELDS.get(question.kind, set()) - {"blanks", "instruction"}:
            parts = definition[field]
            texts = [parts] if isinstance(parts, str) else [part["text"] for part in parts]
            assert [text for text in texts if text not in shown] == [], question.id


def test_explanations_sources_and_rubrics_stay_away(questions):
    for question in questions:
        told = json.dumps(presented(question, lay_out(kind_of(question), question, "x")), ensure_ascii=False)
        for secret in (question.id, question.explanation, getattr(question, "reference", "")):
            assert not secret or json.dumps(secret, ensure_ascii=False)[1:-1] not in told, question.id


def _turned_order(question: Any, layout: Layout) -> tuple[Question, Layout]:
    steps = [step for step, _ in question.ranked()]
    turned = steps[1:] + steps[:1]
    other = changed(question, steps=tuple(turned), precedence=())
    return other, tuple(turned.index(steps[i]) for i in layout)


def _turned_match(question: Any, layout: Layout) -> list[tuple[Question, Layout]]:
    rights, lefts = question.rights(), len(question.pairs)
    if lefts != len({pair.right for pair in question.pairs}):
        return []  # a right-hand side that serves twice cannot simply be moved on
    turned = rights[1:] + rights[:1]
    pairs = tuple(pair.model_copy(update={"right": turned[i]}) for i, pair in enumerate(question.pairs))
    other: Any = changed(question, pairs=pairs, distractors=tuple(turned[lefts:]))
    return [(other, tuple(other.rights().index(rights[i]) for i in layout))]


#: For each kind the question with other keys, laid out so that people see the same.
OTHERS: dict[str, Callable[[Any, Layout], list[tuple[Question, Layout]]]] = {
    "single": lambda question, layout: [(changed(question, key=label), layout) for label in question.options],
    "multiple": lambda question, layout: [
        (changed(question, key=tuple(question.options)[:count]), layout)
        for count in range(2, len(question.options) + 1)
    ],
    "judge": lambda question, layout: [(changed(question, key=not question.key), layout)],
    "blank": lambda question, layout: [
        (
            changed(
                question, key=tuple(("甲", "乙") for _ in question.key), any_order=not question.any_order
            ),
            layout,
        )
    ],
    "number": lambda question, layout: [
        (changed(question, key=question.key + 1, tolerance=question.tolerance + 1), layout)
    ],
    "order": lambda question, layout: [_turned_order(question, layout)],
    "match": _turned_match,
    "case": lambda question, layout: [
        (changed(question, reference="另一个参考答案", rubric=question.rubric[:1]), layout)
    ],
}


def test_another_key_gives_the_same_definition(questions):
    """Byte for byte, for every question of the bank and every other key that it could have."""
    tried: set[str] = set()
    for question in questions:
        kind = kind_of(question)
        layout = lay_out(kind, question, "x")
        definition = json.dumps(kind.present(question, layout))
        for other, its_layout in OTHERS.get(question.kind, lambda *_: [])(question, layout):
            assert json.dumps(kind.present(other, its_layout)) == definition, question.id
            tried.add(question.kind)
    assert tried == set(FIELDS)


def test_code_and_kinds_that_know_nothing_of_pages_stay_as_they_were(example):
    code = example("code")
    assert code.kind.present(code.question, code.layout) is None

    class Own(type(all_kinds()["judge"])):  # type: ignore[misc]
        """A kind written before there were pages."""

        present = Kind.present

    judged = example("judge")
    assert Own().present(judged.question, judged.layout) is None
