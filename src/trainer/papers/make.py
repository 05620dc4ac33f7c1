"""From a bank and a blueprint to a paper, and the lookup of a paper's forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from trainer import __version__
from trainer.kinds.base import kind_of, lay_out
from trainer.model.paper import FORM_LETTERS, Blueprint, Form, Item, Paper
from trainer.model.question import Question
from trainer.papers.assemble import Candidate, assemble

#: Added to made_with when the solver's work ran out: another machine might choose other questions of equal balance.
UNPROVED = "（计算量用尽，未证明唯一）"


def make_paper(
    blueprint: Blueprint, candidates: Sequence[Candidate], citations: Mapping[str, str], seed: str
) -> Paper:
    """The paper of a blueprint: the same on every machine for the same bank and seed.

    ``citations`` gives the articles of each question id in words. Raises CannotAssemble.
    """
    choice = assemble(blueprint, candidates, seed)
    forms = []
    for letter, sections in zip(FORM_LETTERS, choice.forms, strict=False):
        items: list[Item] = []
        for plan, chosen in zip(blueprint.sections, sections, strict=True):
            for candidate in chosen:
                question = candidate.question
                items.append(
                    Item(
                        cell=f"q{len(items) + 1:02d}",
                        section=plan.title,
                        points=plan.points,
                        layout=lay_out(kind_of(question), question, f"{seed}/{letter}"),
                        topic=candidate.topic,
                        citation=citations[question.id],
                        question=_plain(question),
                    )
                )
        assignment = f"{blueprint.id}-{letter}" if blueprint.forms > 1 else blueprint.id
        forms.append(Form(letter=letter.upper(), assignment=assignment, items=tuple(items)))
    return Paper(
        format=1,
        id=blueprint.id,
        title=blueprint.title,
        instructions=blueprint.instructions,
        seed=seed,
        made_with=f"trainer {__version__}" + ("" if choice.proved else UNPROVED),
        blueprint=blueprint.model_dump(mode="json"),
        marking=blueprint.marking,
        sections=tuple(section.title for section in blueprint.sections),
        forms=tuple(forms),
    )


def _plain(question: Question) -> dict[str, object]:
    """The snapshot as JSON reads it back, so that a paper in memory equals the one from its file."""
    plain: dict[str, object] = json.loads(json.dumps(question.snapshot()))
    return plain
