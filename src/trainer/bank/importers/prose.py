"""From marked pieces to questions: what belongs together, by what stands before and after it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trainer.bank.importers.answers import truth_of
from trainer.bank.importers.base import PICTURE, Raw, Reading, Role, SourceLine
from trainer.bank.importers.beginnings import (
    ENDS_EMPTY,
    OpenQuestion,
    begins,
    begins_unnumbered,
)
from trainer.bank.importers.key_reading import KeyReader
from trainer.bank.importers.keys import Section, apply_keys
from trainer.bank.importers.mark_patterns import Mark, Marked
from trainer.bank.importers.marks import cut_lines
from trainer.bank.importers.outline import Outline, answer_only, joined, number_in
from trainer.bank.importers.words import fold, is_noise, kind_in, stem_tag

_ROLES = {
    Mark.START: Role.STEM,
    Mark.STEM: Role.STEM,
    Mark.OPTION: Role.OPTION,
    Mark.ANSWER: Role.ANSWER,
    Mark.MINE: Role.EXTRA,
    Mark.EXPLANATION: Role.EXPLANATION,
    Mark.EXTRA: Role.EXTRA,
}
_TITLE_LENGTH = 45
_FEW = 5


def read_prose(name: str, lines: Sequence[SourceLine], section: str = "") -> Reading:
    """The questions of running text; ``section`` is the kind that a heading before these lines has named."""
    reading = Reading(name, list(lines), section=section)
    _Assembler(reading, cut_lines(lines)).run()
    return reading


class _Assembler:
    def __init__(self, reading: Reading, pieces: list[Marked]) -> None:
        self._reading = reading
        self._pieces = pieces
        self._outline = Outline(reading, pieces)
        self._key = KeyReader(self._outline)
        self._open: OpenQuestion | None = None
        self._sections = [Section(reading.section)]

    def run(self) -> None:
        for at, piece in enumerate(self._pieces):
            self._take(at, piece)
        self._close()
        self._reading.section = self._sections[-1].kind
        apply_keys(self._reading, self._sections, self._key.groups)
        if not self._reading.raws:
            self._nothing_found()

    def _nothing_found(self) -> None:
        """No question at all: say so, and show the longer lines as doubtful."""
        if len(self._pieces) > _FEW:
            self._reading.notices.append("没有认出题目：没有题号、选项字母、答案这些标记。")
            for piece in self._reading.pieces:
                if piece.role is Role.NOISE and not is_noise(fold(self._reading.lines[piece.line].text)):
                    piece.role = Role.DOUBT

    # -- one piece ---------------------------------------------------------------------------------------------------

    def _take(self, at: int, piece: Marked) -> None:
        if piece.mark is Mark.NOISE:
            self._account(piece, Role.NOISE)
        elif piece.mark is Mark.KEY_HEADING:
            self._key_heading(at, piece)
        elif piece.mark is Mark.HEADING:
            self._heading(at, piece)
        elif self._key.active and self._key.take(at, piece):
            return
        elif piece.mark in (Mark.START, Mark.STEM):
            self._maybe_start(at, piece)
        elif piece.mark is Mark.OPTION:
            self._option(at, piece)
        elif piece.mark is Mark.TEXT:
            self._text(at, piece)
        else:
            self._labelled(at, piece)

    def _account(self, piece: Marked, role: Role, *, question: bool = False) -> None:
        self._outline.account(piece, role, self._open.index if question and self._open else None)

    def _heading(self, at: int, piece: Marked) -> None:
        if self._key.active and self._key.goes_on(at, piece, self._sections):
            self._key.open(piece.value)
            self._account(piece, Role.HEADING)
            return
        self._key.active = False
        self._close()
        self._sections.append(Section(piece.value))
        self._account(piece, Role.HEADING)

    def _key_heading(self, at: int, piece: Marked) -> None:
        """A heading over a key list, if one follows; else the answer to the open question, or a title."""
        following = self._outline.following(at)
        text = self._outline.text_of(following) if following else ""
        bare = len(fold(piece.text).strip(" :【】[]()")) <= 6
        if self._open and bare and answer_only(text) and not self._open.raw.answer:
            self._open.last = "answer"
            self._account(piece, Role.ANSWER, question=True)
            return
        if self._key.follows(at):
            self._close()
            self._key.open(piece.value)
            self._account(piece, Role.HEADING)
            return
        if self._open and bare and following is not None and self._goes_below(self._open, following):
            self._open.last = "answer"
            self._account(piece, Role.ANSWER, question=True)
            return
        self._heading(at, piece)

    @staticmethod
    def _goes_below(question: OpenQuestion, piece: Marked) -> bool:
        """Whether a piece can be the answer below a bare 答案: words, or points numbered unlike the questions."""
        counted = piece.mark is Mark.START and piece.style != question.style and not question.raw.answer
        return piece.mark is Mark.TEXT or (counted and number_in(piece) == 1)

    # -- questions ---------------------------------------------------------------------------------------------------

    def _maybe_start(self, at: int, piece: Marked) -> None:
        if piece.mark is Mark.STEM:
            question = self._open
            if (
                question
                and question.raw.number is not None
                and not question.raw.stem
                and not question.raw.options
            ):
                question.parts["stem"] = [piece.text]
                question.raw.stem = piece.text
                self._account(piece, Role.STEM, question=True)
                return
            self._begin(piece, None)
        elif begins(self._outline, self._open, at, piece):
            self._begin(piece, int(re.match(r"\d+", piece.value)[0]))  # type: ignore[index]
        else:
            self._continue(piece, self._outline.text_of(piece))

    def _begin(self, piece: Marked, number: int | None) -> None:
        self._close()
        line = self._reading.lines[piece.line]
        text = piece.text
        kind = self._sections[-1].kind
        tag = stem_tag(text)
        if tag:
            kind, text = tag[0] or kind, tag[1]
        raw = Raw(line.place, text, number, kind)
        if piece.value.endswith(("√", "×")):
            raw.answer, raw.answer_origin = piece.value[-1], "题号前的括号"
        self._reading.raws.append(raw)
        index = len(self._reading.raws) - 1
        self._sections[-1].questions.append(index)
        self._open = OpenQuestion(raw, index, piece.style, parts={"stem": [text]})
        raw.extras += self._outline.looks_of(piece)
        self._account(piece, Role.STEM, question=True)

    def _close(self) -> None:
        self._open = None

    def _option(self, at: int, piece: Marked) -> None:
        following = self._outline.following(at)
        question = self._open
        position = "ABCDEFGHIJKL".index(piece.value)
        taken = len(question.raw.options) if question else 0
        confirmed = (
            following is not None
            and following.mark is Mark.OPTION
            and following.value == chr(ord(piece.value) + 1)
        )
        if piece.weak and (position != taken or (position == 0 and not confirmed)):
            if question and question.last == "stem" and position:
                question.raw.doubt(f"题干里有一行“{self._outline.text_of(piece).strip()[:20]}”，像是选项。")
            self._text(at, piece, self._outline.text_of(piece))
            return
        if question is None:
            self._begin(Marked(piece.line, piece.start, piece.start, Mark.STEM), None)
            self._reading.pieces.pop()
            question = self._open
            assert question is not None
            question.raw.doubt("只有选项，没有找到题干。")
        elif position == 0 and taken:
            self._merged(piece)
            question = self._open
            assert question is not None
        if question.raw.answer and question.last in ("explanation",):
            self._continue(piece, self._outline.text_of(piece))
            return
        question.raw.options.append((piece.value, piece.text.strip()))
        if self._outline.text_of(piece).lstrip().startswith(PICTURE):
            question.raw.extras.append(("选项前的图片", piece.value))
        question.last = "option"
        question.raw.extras += self._outline.looks_of(piece)
        self._account(piece, Role.OPTION, question=True)

    def _merged(self, piece: Marked) -> None:
        """Option A again without a stem between: the stem hangs on the last option and cannot be told from it."""
        question = self._open
        assert question is not None
        question.raw.doubt("最后一个选项和下一题的题干连在一起，分不开，请对照原文。")
        self._begin(Marked(piece.line, piece.start, piece.start, Mark.STEM), None)
        self._reading.pieces.pop()
        assert self._open is not None
        self._open.raw.doubt("题干和上一题的最后一个选项连在一起，分不开，请对照原文。")

    def _labelled(self, at: int, piece: Marked) -> None:
        question = self._open
        if question is None:
            self._account(piece, Role.DOUBT if piece.mark is Mark.ANSWER else Role.NOISE)
            return
        raw, text = question.raw, piece.text.strip()
        if piece.mark is Mark.ANSWER:
            text = text.strip("】[]()（）") if len(text) < 20 else text
            if raw.answer and fold(raw.answer) != fold(text) and text:
                if question.last == "explanation" or (not raw.options and piece.at_line_start is False):
                    self._continue(piece, self._outline.text_of(piece))
                    return
                raw.doubt(f"这道题有两个答案：“{raw.answer[:30]}”和“{text[:30]}”。")
            elif text:
                raw.answer, raw.answer_origin = text, "答案"
            question.last = "answer"
        elif piece.mark is Mark.EXPLANATION:
            raw.explanation = joined(raw.explanation, text, "\n")
            question.last = "explanation"
        elif piece.mark is Mark.MINE:
            raw.extras.append(("我的答案", text))
            question.last = "extra"
        else:
            self._extra(question, piece.value, text)
        self._account(piece, _ROLES[piece.mark], question=True)

    @staticmethod
    def _extra(question: OpenQuestion, word: str, text: str) -> None:
        if word == "题型":
            question.raw.kind = kind_in(text) or question.raw.kind
        question.raw.extras.append((word, text))
        question.last = "extra"

    # -- lines without a mark ----------------------------------------------------------------------------------------

    def _text(self, at: int, piece: Marked, text: str | None = None) -> None:
        text = piece.text if text is None else text
        if self._truth_below(at, piece, text):
            return
        if begins_unnumbered(self._outline, self._open, at, text, self._sections[-1].kind):
            self._begin(Marked(piece.line, piece.start, piece.end, Mark.STEM, text), None)
        elif self._open is None:
            role = Role.HEADING if len(text) <= _TITLE_LENGTH and not self._reading.raws else Role.NOISE
            self._account(piece, role)
            if self._reading.raws and len(text) > _TITLE_LENGTH:
                self._reading.pieces[-1].role = Role.DOUBT
        else:
            self._continue(piece, text)

    def _truth_below(self, at: int, piece: Marked, text: str) -> bool:
        """Take a line below a stem that says only 对 or 错: an option if both stand there, else the answer."""
        question, truth = self._open, truth_of(text)
        if truth is None or question is None or question.last != "stem" or question.raw.answer:
            return False
        following = self._outline.following(at)
        ahead = truth_of(following.text) if following and following.mark is Mark.TEXT else None
        if ahead is (not truth) or question.offered is (not truth):
            question.offered = truth
            question.raw.extras.append(("原来的选项", text.strip()))
            self._account(piece, Role.OPTION, question=True)
            return True
        if not ENDS_EMPTY.search(fold(question.raw.stem)):
            return False
        question.raw.answer, question.raw.answer_origin = text.strip(), "题干下面一行"
        question.last = "answer"
        self._account(piece, Role.ANSWER, question=True)
        return True

    def _continue(self, piece: Marked, text: str) -> None:
        """Append a line to the part of the question that it goes on with."""
        question = self._open
        if question is None:
            self._account(piece, Role.DOUBT)
            return
        self._account(piece, question.append(text.strip()), question=True)
