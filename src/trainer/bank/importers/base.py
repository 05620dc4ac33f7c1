"""What is read from a file before anything is decided: lines with their places, and what each of them became.

The law of this package: nothing is dropped and nothing is guessed in silence. Every character of every source line
belongs to exactly one piece, and every piece has a role that the report shows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import ClassVar

from trainer.errors import TrainerError


class CannotImport(TrainerError):
    """A file cannot be read as a question bank at all; the text says why and what to do."""


class Role(StrEnum):
    """What became of a piece of the source; the value is the word in the report."""

    STEM = "题干"
    OPTION = "选项"
    ANSWER = "答案"
    EXPLANATION = "解析"
    EXTRA = "附注"
    HEADING = "标题"
    NOISE = "杂项"
    DOUBT = "存疑"


#: Stands in a text where the source has a picture.
PICTURE = "〔图片〕"
#: Spans of a line that are set apart by looks: (start, end, "underline" or "colour").
Looks = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line, table row or record of the source. ``place`` says in words where it is."""

    text: str
    place: str
    looks: Looks = ()
    after_gap: bool = False


@dataclass(slots=True)
class Piece:
    """``text[start:end]`` of line number ``line`` (from 0). The pieces of a line tile it without gap or overlap."""

    line: int
    start: int
    end: int
    role: Role
    question: int | None = None


@dataclass(slots=True)
class Raw:
    """A question as the source has it, every field as text; nothing is interpreted yet.

    ``kind`` is what the source says it is (a name of :mod:`trainer.kinds`, ``choice`` or ``other:<word>``), or "".
    ``doubts`` keep a question from becoming a draft; ``inferred`` only lower the confidence.
    """

    place: str
    stem: str = ""
    number: int | None = None
    kind: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    answer: str = ""
    answer_origin: str = ""
    explanation: str = ""
    extras: list[tuple[str, str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    inferred: list[str] = field(default_factory=list)
    #: What the instructor filled in on our own sheet: id, topic, regulation, article, status, points, facility.
    own: dict[str, str] = field(default_factory=dict)
    #: What formats with a form of their own state outright: pairs to match, further right-hand sides, accepted spellings.
    pairs: list[tuple[str, str]] = field(default_factory=list)
    distractors: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)

    def doubt(self, sentence: str) -> None:
        if sentence not in self.doubts:
            self.doubts.append(sentence)


@dataclass
class Reading:
    """Everything that one file holds."""

    file: str
    lines: list[SourceLine] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    raws: list[Raw] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    #: What the last section heading says of the questions below it.
    section: str = ""

    def add(self, other: Reading) -> None:
        """Append what another part of the same file holds."""
        lines, questions = len(self.lines), len(self.raws)
        self.lines += other.lines
        for piece in other.pieces:
            number = None if piece.question is None else piece.question + questions
            self.pieces.append(Piece(piece.line + lines, piece.start, piece.end, piece.role, number))
        self.raws += other.raws
        self.notices += other.notices
        self.section = other.section


class Importer(ABC):
    """One file format. A new one is one module and one entry point of the group ``trainer.importers``."""

    #: File name endings, lower case, with the dot.
    suffixes: ClassVar[tuple[str, ...]]
    #: Its name for people.
    title: ClassVar[str]

    @abstractmethod
    def read(self, name: str, content: bytes) -> Reading:
        """Read the content of a file called ``name``. Raises CannotImport."""


@cache
def all_importers() -> dict[str, Importer]:
    """Every installed importer by file name ending."""
    found: dict[str, Importer] = {}
    for point in sorted(entry_points(group="trainer.importers"), key=lambda point: point.name):
        importer: Importer = point.load()()
        found.update(dict.fromkeys(importer.suffixes, importer))
    return found


def read_source(path: Path) -> Reading:
    """Read one file with the importer that its content and its name ask for. Raises NotFound and CannotImport."""
    from trainer.bank.importers.opening import open_source

    suffix, content = open_source(path)
    importer = all_importers().get(suffix)
    if importer is None:
        endings = "、".join(sorted(all_importers()))
        raise CannotImport(f"“{path.name}”不是能导入的格式；能导入的有 {endings}，请另存后再导入。")
    return importer.read(path.name, content)
