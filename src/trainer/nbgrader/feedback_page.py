"""A person's feedback page: what the release says, what the person wrote, and what the gradebook gave, as one HTML file.

One template for both doors. Only what the gradebook recorded when the assignment was generated is taken for the
instructor's and rendered as Markdown; everything that comes out of a submission, flags and metadata included, is text.
Imported by worker processes: nothing here needs nbgrader, nbconvert or a database.
"""

from __future__ import annotations

import re
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from trainer.kinds.reading import answer_text
from trainer.nbgrader.submissions import cell_source, grade_id

_TEMPLATES = Path(__file__).parent / "templates"
#: What the name of a cell with a question ends with.
STEM_SUFFIX = "-stem"
_TITLE = "title"
#: Colours of a terminal, which tracebacks and progress bars are full of.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_PICTURES = ("image/png", "image/jpeg")


@dataclass(frozen=True, slots=True)
class Note:
    """What explains one of our questions; all text but the explanation."""

    key: str
    reference: str
    rubric: str
    explanation: Markup
    citation: str


@dataclass(frozen=True, slots=True)
class ReleasedCell:
    """A cell as the gradebook recorded it. ``html`` is the instructor's Markdown rendered, "" for what is not that.

    A ``task`` is graded by a person and has no answer of its own.
    """

    name: str
    code: bool
    locked: bool
    graded: bool
    answered: bool
    task: bool
    points: float
    source: str
    html: Markup
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What all pages of an assignment share. ``cells`` are by name; ``marking`` is "" where nothing is said of it."""

    title: str
    marking: str
    cells: Mapping[str, ReleasedCell]

    @property
    def full(self) -> float:
        """The full points."""
        return sum(cell.points for cell in self.cells.values() if cell.graded)


@dataclass(frozen=True, slots=True)
class Given:
    """What the gradebook gave one person: points by cell (None: waits for a person), comments by cell, the penalty."""

    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None] = field(default_factory=dict)
    penalty: float = 0.0

    @property
    def points(self) -> float:
        """The total, the penalty taken off."""
        return sum(score or 0.0 for score in self.scores.values()) - self.penalty

    @property
    def pending(self) -> int:
        """How many answers wait for a person."""
        return sum(score is None for score in self.scores.values())


class Output(NamedTuple):
    """Something that an answer's program put out: text, or the address of a picture."""

    text: str
    picture: str = ""


class Block(NamedTuple):
    """A piece of the page. ``what``: stem, answer, marked (a stem with a mark of its own), html, text or code."""

    what: str
    cell: ReleasedCell | None = None
    html: Markup = Markup()
    text: str = ""
    score: float | None = None
    comment: str | None = None
    outputs: tuple[Output, ...] = ()


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    environment.filters["points"] = _points
    return environment.get_template("feedback.html.j2")


def _points(value: float) -> str:
    return f"{round(value, 2):g}"


def render(release: Release, given: Given, cells: Iterable[dict[str, Any]]) -> str:
    """The page. ``cells`` are those of the autograded notebook, as nbformat stores or reads them."""
    return _template().render(release=release, given=given, blocks=list(_blocks(release, given, cells)))


def _blocks(release: Release, given: Given, cells: Iterable[dict[str, Any]]) -> Iterator[Block]:
    for cell in cells:
        name = grade_id(cell)
        known = release.cells.get(name) if name is not None else None
        if known is None:
            yield Block("code" if cell.get("cell_type") == "code" else "text", text=cell_source(cell))
        elif known.graded or known.answered:
            yield Block(
                "marked" if known.html else "answer",
                known,
                known.html,
                _said(known, cell),
                given.scores.get(known.name),
                given.comments.get(known.name),
                tuple(_outputs(cell)) if known.code else (),
            )
        elif known.name != _TITLE:  # which the head of the page says already
            what = "html" if known.html else "code" if known.code else "text"
            stem = known.html and known.name.endswith(STEM_SUFFIX)
            yield Block("stem" if stem else what, known, known.html, known.source)


def _said(known: ReleasedCell, cell: dict[str, Any]) -> str:
    """What stands in a marked cell, for a reader who has nothing to do any more."""
    if known.locked:
        return known.source
    source = cell_source(cell)
    return source if known.code or answer_text(source) else "（没有作答）"


def _outputs(cell: Mapping[str, Any]) -> Iterator[Output]:
    """What can be shown without running it: text and pictures."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        kind, data = output.get("output_type"), output.get("data")
        if kind == "stream":
            yield Output(_text(output.get("text")))
        elif kind == "error":
            yield Output(_text(f"{output.get('ename')}：{output.get('evalue')}"))
        elif isinstance(data, Mapping):
            picture = next(filter(None, (_picture(kind, data.get(kind)) for kind in _PICTURES)), "")
            text = _text(data.get("text/plain"))
            if picture or text:
                yield Output("" if picture else text, picture)


def _text(said: Any) -> str:
    joined = "".join(part for part in said if isinstance(part, str)) if isinstance(said, list) else said
    clean = _TERMINAL.sub("", joined) if isinstance(joined, str) else ""
    return clean.encode("utf-8", "replace").decode("utf-8")


def _picture(kind: str, encoded: Any) -> str:
    """A picture's address; "" for what is none."""
    packed = "".join(_text(encoded).split())
    try:
        return f"data:{kind};base64,{packed}" if packed and a2b_base64(packed, strict_mode=True) else ""
    except NotBase64:
        return ""
