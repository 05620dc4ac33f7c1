"""From marked pieces to questions: what belongs together, by what stands before and after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from trainer.bank.importers.base import Raw, Reading, Role, SourceLine
from trainer.bank.importers.key_reading import KeyReader
from trainer.bank.importers.keys import Section, apply_keys
from trainer.bank.importers.marks import Mark, Marked, cut_lines
from trainer.bank.importers.outline import Outline, answer_only, joined, number_in
from trainer.bank.importers.words import STEM_TAG, fold, is_noise, kind_in

_ENDS_JUDGED = re.compile(r"[(\[【]\s*(?:[√×]|对|错|正确|错误)\s*[)\]】]\s*[。.]?\s*$")
_SENTENCE_END = re.compile(r"[。.?？!！)）】_：:]\s*$")
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


@dataclass
class _Open:
    """The question that is being put together."""

    raw: Raw
    index: int
    style: str
    last: str = "stem"
    parts: dict[str, list[str]] = field(default_factory=dict)


class _Assembler:
    def __init__(self, reading: Reading, pieces: list[Marked]) -> None:
        self._reading = reading
        self._pieces = pieces
        self._outline = Outline(reading, pieces)
        self._key = KeyReader(self._outline)
        self._open: _Open | None = None
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
        if self._open and bare and following is not None and following.mark is Mark.TEXT:
            self._open.last = "answer"
            self._account(piece, Role.ANSWER, question=True)
            return
        self._heading(at, piece)

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
        elif self._is_start(at, piece):
            self._begin(piece, int(re.match(r"\d+", piece.value)[0]))  # type: ignore[index]
        else:
            self._continue(piece, self._outline.text_of(piece))

    def _is_start(self, at: int, piece: Marked) -> bool:
        """Whether a number at the start of a line begins a question, and not a point of a list inside one."""
        question = self._open
        number = number_in(piece)
        if question is None:
            return True
        raw = question.raw
        previous = raw.number
        complete = len(raw.options) >= 2 or bool(raw.answer) or bool(_ENDS_JUDGED.search(fold(raw.stem)))
        after = self._outline.mark_after(at)
        evident = after is not None and (
            (after.mark is Mark.OPTION and after.value == "A")
            or after.mark in (Mark.ANSWER, Mark.EXPLANATION)
        )
        evident = evident or bool(_ENDS_JUDGED.search(fold(piece.text)))
        same_style = piece.style == question.style or previous is None
        inside = question.last in ("explanation", "answer") and not raw.options
        if previous is not None and number == previous + 1:
            return (
                evident
                or not inside
                or (same_style and raw.kind not in ("case", "") and question.last == "answer")
            )
        if number == 1 and not evident:
            return False
        if inside and not evident:
            return False
        if same_style and complete and (previous is None or number > previous or evident):
            return True
        return evident and (complete or same_style or len(raw.options) >= 2)

    def _begin(self, piece: Marked, number: int | None) -> None:
        self._close()
        line = self._reading.lines[piece.line]
        text = piece.text
        kind = self._sections[-1].kind
        tag = STEM_TAG.match(fold(text))
        if tag:
            kind, text = kind_in(tag["kind"] or tag["word"]) or kind, text[tag.end() :]
        raw = Raw(line.place, text, number, kind)
        if piece.value.endswith(("√", "×")):
            raw.answer, raw.answer_origin = piece.value[-1], "题号前的括号"
        self._reading.raws.append(raw)
        index = len(self._reading.raws) - 1
        self._sections[-1].questions.append(index)
        self._open = _Open(raw, index, piece.style, parts={"stem": [text]})
        self._looks(piece)
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
        question.last = "option"
        self._looks(piece)
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
    def _extra(question: _Open, word: str, text: str) -> None:
        if word == "题型":
            question.raw.kind = kind_in(text) or question.raw.kind
        question.raw.extras.append((word, text))
        question.last = "extra"

    # -- lines without a mark ----------------------------------------------------------------------------------------

    def _text(self, at: int, piece: Marked, text: str | None = None) -> None:
        text = piece.text if text is None else text
        if self._starts_unnumbered(at, piece, text):
            self._begin(Marked(piece.line, piece.start, piece.end, Mark.STEM, text), None)
        elif self._open is None:
            role = Role.HEADING if len(text) <= _TITLE_LENGTH and not self._reading.raws else Role.NOISE
            self._account(piece, role)
            if self._reading.raws and len(text) > _TITLE_LENGTH:
                self._reading.pieces[-1].role = Role.DOUBT
        else:
            self._continue(piece, text)

    def _starts_unnumbered(self, at: int, piece: Marked, text: str) -> bool:
        """Whether a line without a number is the stem of a new question."""
        if not piece.at_line_start:
            return False
        question, after = self._open, self._outline.mark_after(at)
        answered = question is not None and bool(question.raw.answer)
        complete = question is None or answered or len(question.raw.options) >= 2
        if after is not None and after.mark is Mark.OPTION and after.value == "A" and complete:
            return not (question and question.last == "option" and self._rest_of_option(at, piece))
        if _ENDS_JUDGED.search(fold(text)) and (
            question is None or answered or _ENDS_JUDGED.search(fold(question.raw.stem))
        ):
            return True
        if self._outline.numbered[at]:
            return question is None and after is not None and after.mark is Mark.ANSWER
        return self._line_is_question(question, after)

    def _line_is_question(self, question: _Open | None, after: Marked | None) -> bool:
        """The same in a section without numbers, where a line may be a whole question."""
        answered = question is None or bool(question.raw.answer)
        if answered and after is not None and after.mark is Mark.ANSWER:
            return question is None or question.last in ("answer", "explanation", "extra")
        if self._sections[-1].kind in ("judge", "blank", "case"):
            return question is None or answered or bool(_SENTENCE_END.search(question.raw.stem))
        return False

    def _rest_of_option(self, at: int, piece: Marked) -> bool:
        """Whether the line is the hard-broken rest of an option because a further line stands before option A."""
        following = self._outline.following(at)
        gap = self._reading.lines[following.line].after_gap if following else False
        return (
            following is not None
            and following.mark is Mark.TEXT
            and gap
            and not self._reading.lines[piece.line].after_gap
        )

    def _continue(self, piece: Marked, text: str) -> None:
        """Append a line to the part of the question that it goes on with."""
        question = self._open
        if question is None:
            self._account(piece, Role.DOUBT)
            return
        raw = question.raw
        text = text.strip()
        role = Role.STEM
        if question.last == "stem":
            raw.stem = joined(raw.stem, text, "" if _flows(raw.stem) else "\n")
        elif question.last == "option":
            label, option = raw.options[-1]
            raw.options[-1] = (label, joined(option, text, ""))
            role = Role.OPTION
            if _SENTENCE_END.search(option) and not option.endswith((")", "）")):
                raw.doubt(f"选项 {label} 后面的一行“{text[:20]}”没有题号，不知道是不是这个选项的。")
        elif question.last == "answer":
            role = self._continued_answer(raw, text)
        elif question.last == "explanation":
            raw.explanation = joined(
                raw.explanation, text, "\n" if _SENTENCE_END.search(raw.explanation) else ""
            )
            role = Role.EXPLANATION
        else:
            raw.extras.append(("其他", text))
            role = Role.EXTRA
        self._account(piece, role, question=True)

    @staticmethod
    def _continued_answer(raw: Raw, text: str) -> Role:
        if not raw.answer:
            raw.answer, raw.answer_origin = text, "答案"
        elif raw.options or answer_only(raw.answer):
            raw.doubt(f"答案后面还有一行“{text[:20]}”，不知道是什么。")
            raw.extras.append(("答案后面", text))
            return Role.DOUBT
        else:
            raw.answer = joined(raw.answer, text, "\n")
        return Role.ANSWER

    # -- looks and neighbours ----------------------------------------------------------------------------------------

    def _looks(self, piece: Marked) -> None:
        """Underlined words in a stem and coloured options: the answer, perhaps."""
        assert self._open is not None
        line = self._reading.lines[piece.line]
        for start, end, how in line.looks:
            if start >= piece.end or end <= piece.start:
                continue
            shown = line.text[max(start, piece.start) : min(end, piece.end)].strip()
            if how == "underline" and piece.mark is not Mark.OPTION and shown:
                self._open.raw.extras.append(("下划线", shown))
            if how == "colour" and piece.mark is Mark.OPTION and len(shown) * 2 > len(piece.text.strip()):
                self._open.raw.extras.append(("变色选项", piece.value))


def _flows(stem: str) -> bool:
    """Whether a stem that was cut by a hard line break goes on without a break."""
    return not stem.endswith(("：", ":", "。"))
