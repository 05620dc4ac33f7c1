"""What a question kind has to answer for, and how the kinds are found.

A kind lives through six moments: its definition is checked, it is laid out for a form, shown as text, presented as data
(for a page that draws it as something to tap), marked, and sampled (a right, a wrong, a blank and a malformed answer for
itself, so that one test can grade a whole bank). A new kind is one module and one entry point; nothing here changes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import entry_points
from typing import Any, ClassVar, Generic, Literal, TypeVar

from trainer.model.marks import Mark, Marking
from trainer.model.points import Hundredths
from trainer.model.question import Question

Q = TypeVar("Q", bound=Question)

#: How often a layout that gives the answer away is drawn again; only a faulty definition needs more than a few.
_ATTEMPTS = 200

#: The version of what :meth:`Kind.present` gives; the pages leave other versions as text.
PRESENTED = 1

#: A permutation: the authored index of each thing shown, in the order shown; () where nothing is shuffled.
Layout = tuple[int, ...]

Treatment = Literal["compared", "manual", "executed"]


@dataclass(frozen=True)
class Samples:
    """Answers that a kind makes for one of its questions, to test the question and the marking with."""

    right: str
    wrong: str
    malformed: str
    blank: str = ""


class Kind(ABC, Generic[Q]):
    """One kind of question."""

    #: Name in files and entry points, for example ``single``.
    name: ClassVar[str]
    #: Name for people, for example 单选题.
    title: ClassVar[str]
    #: The pydantic model of a definition of this kind.
    question_type: ClassVar[type[Question]]
    #: compared: with the key, never executed. manual: by a person. executed: a code cell with tests.
    treatment: ClassVar[Treatment] = "compared"
    #: One sentence telling a cadre how to type the answer.
    instruction: ClassVar[str]

    @abstractmethod
    def problems(self, question: Q) -> Iterator[tuple[str, str]]:
        """What is wrong with a definition beyond its types: (place, sentence that says what to do).

        A place is a field, or a path below one with dots: ``key``, ``options.B``, ``pairs.2`` (counting from 0).
        """

    def arrangeable(self, question: Q) -> list[str]:
        """The options, steps or right-hand sides that may be shuffled, in authored order; [] where nothing may."""
        return []

    def gives_away(self, question: Q, layout: Layout) -> bool:
        """Whether this layout shows the answer, as a procedure laid out in its right order does."""
        return False

    @abstractmethod
    def show(self, question: Q, layout: Layout) -> str:
        """The stem and options as Markdown, without the key."""

    def present(self, question: Q, layout: Layout) -> dict[str, Any] | None:
        """The question as plain JSON data for a page that draws it; None where the answer is typed as text or code.

        It is what a trainee gets to see and nothing more: not one byte of it may depend on the key. Made with :func:`presented`.
        """
        return None

    @abstractmethod
    def key_text(self, question: Q, layout: Layout) -> str:
        """The right answer in the letters of this layout; '' where there is none to show."""

    @abstractmethod
    def mark(self, question: Q, layout: Layout, text: str, full: Hundredths, marking: Marking) -> Mark:
        """Mark the text of an answer cell. Never raises on what a trainee can write."""

    @abstractmethod
    def samples(self, question: Q, layout: Layout) -> Samples:
        """Answers that must earn full points, none (twice), and count as unanswered."""


def lay_out(kind: Kind[Any], question: Question, seed: str) -> Layout:
    """The layout of one question on one form: the same on every machine for the same seed."""
    count = len(kind.arrangeable(question))
    if count == 0:
        return ()

    def permuted(attempt: int) -> Layout:
        digest = {i: sha256(f"{seed}/{question.id}/{attempt}/{i}".encode()).digest() for i in range(count)}
        return tuple(sorted(digest, key=digest.__getitem__))

    layouts = (permuted(attempt) for attempt in range(_ATTEMPTS))
    return next((layout for layout in layouts if not kind.gives_away(question, layout)), permuted(0))


@cache
def all_kinds() -> dict[str, Kind[Any]]:
    """Every installed kind by name, ours first and in the order in which papers usually have them."""
    found = {point.name: point.load()() for point in entry_points(group="trainer.kinds")}
    usual = ["single", "multiple", "judge", "blank", "number", "order", "match", "case", "code"]
    return {name: found[name] for name in [*usual, *sorted(set(found) - set(usual))] if name in found}


def kind_of(question: Question) -> Kind[Any]:
    """The kind of a question."""
    return all_kinds()[question.kind]


def question_from_snapshot(data: dict[str, Any]) -> Question:
    """The question that :meth:`Question.snapshot` wrote."""
    return all_kinds()[data["kind"]].question_type.model_validate(data)


def presented(kind: Kind[Any], question: Question, **parts: Any) -> dict[str, Any]:
    """What every presented question has, and the parts that one kind adds."""
    return {"kind": kind.name, "version": PRESENTED, "title": kind.title, "stem": question.stem, **parts}


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def under_letters(texts: Sequence[str]) -> list[dict[str, str]]:
    """Options under letters as data."""
    return [{"letter": LETTERS[i], "text": text} for i, text in enumerate(texts)]


def lettered(texts: Sequence[str]) -> str:
    """Options under letters, one a line, as Markdown that keeps its lines in every viewer."""
    return "\n\n".join(f"{LETTERS[i]}. {text}" for i, text in enumerate(texts))
