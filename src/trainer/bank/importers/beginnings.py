"""Where a question begins: a number may also count a point of an answer, a line may also go on with an option."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trainer.bank.importers.base import Raw, Role
from trainer.bank.importers.mark_patterns import Mark, Marked
from trainer.bank.importers.outline import Outline, answer_only, joined, number_in
from trainer.bank.importers.words import fold

ENDS_JUDGED = re.compile(r"[(\[【]\s*(?:[√×]|对|错|正确|错误)\s*[)\]】]\s*[。.]?\s*$")
ENDS_EMPTY = re.compile(r"[(\[【]\s*[)\]】]\s*[。.]?\s*$")
SENTENCE_END = re.compile(r"[。.?？!！)）】_：:]\s*$")


@dataclass
class OpenQuestion:
    """The question that is being put together."""

    raw: Raw
    index: int
    style: str
    last: str = "stem"
    #: The one of 对 and 错 that stands below the stem without a letter, as an option.
    offered: bool | None = None

    def append(self, text: str) -> Role:
        """Add a line without a mark to the part that was last; the role is what it became."""
        raw = self.raw
        if self.last == "stem":
            raw.stem = joined(raw.stem, text, "\n" if raw.stem.endswith(("：", ":", "。")) else "")
            return Role.STEM
        if self.last == "option":
            label, option = raw.options[-1]
            raw.options[-1] = (label, joined(option, text, ""))
            if SENTENCE_END.search(option) and not option.endswith((")", "）")):
                raw.doubt(f"选项 {label} 后面的一行“{text[:20]}”没有题号，不知道是不是这个选项的。")
            return Role.OPTION
        if self.last == "answer":
            return self._append_to_answer(text)
        if self.last == "explanation":
            separator = "\n" if SENTENCE_END.search(raw.explanation) else ""
            raw.explanation = joined(raw.explanation, text, separator)
            return Role.EXPLANATION
        raw.extras.append(("其他", text))
        return Role.EXTRA

    def _append_to_answer(self, text: str) -> Role:
        raw = self.raw
        if not raw.answer:
            raw.answer, raw.answer_origin = text, "答案"
        elif raw.options or answer_only(raw.answer):
            raw.doubt(f"答案后面还有一行“{text[:20]}”，不知道是什么。")
            raw.extras.append(("答案后面", text))
            return Role.DOUBT
        else:
            raw.answer = joined(raw.answer, text, "\n")
        return Role.ANSWER

    parts: dict[str, list[str]] = field(default_factory=dict)


def begins(outline: Outline, question: OpenQuestion | None, at: int, piece: Marked) -> bool:
    """Whether a number at the start of a line begins a question, and not a point of a list inside one."""
    number = number_in(piece)
    if question is None:
        return True
    raw = question.raw
    previous = raw.number
    complete = len(raw.options) >= 2 or bool(raw.answer) or bool(ENDS_JUDGED.search(fold(raw.stem)))
    after = outline.mark_after(at)
    evident = after is not None and (
        (after.mark is Mark.OPTION and after.value == "A") or after.mark in (Mark.ANSWER, Mark.EXPLANATION)
    )
    evident = evident or bool(ENDS_JUDGED.search(fold(piece.text)))
    same_style = piece.style == question.style or previous is None
    inside = question.last in ("explanation", "answer") and not raw.options
    inside = inside and not (question.last == "answer" and answer_only(raw.answer))
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


def begins_unnumbered(
    outline: Outline, question: OpenQuestion | None, at: int, text: str, section: str
) -> bool:
    """Whether a line without a number is the stem of a new question; ``section`` is the kind that its section names."""
    piece = outline.pieces[at]
    if not piece.at_line_start:
        return False
    after = outline.mark_after(at)
    answered = question is not None and bool(question.raw.answer)
    complete = question is None or answered or len(question.raw.options) >= 2
    if after is not None and after.mark is Mark.OPTION and after.value == "A" and complete:
        return not (question and question.last == "option" and _rest_of_option(outline, at))
    if ENDS_JUDGED.search(fold(text)) and (
        question is None or answered or ENDS_JUDGED.search(fold(question.raw.stem))
    ):
        return True
    if outline.numbered[at]:
        return question is None and after is not None and after.mark is Mark.ANSWER
    return _line_is_question(question, after, section)


def _line_is_question(question: OpenQuestion | None, after: Marked | None, section: str) -> bool:
    """The same in a section without numbers, where a line may be a whole question."""
    answered = question is None or bool(question.raw.answer)
    if answered and after is not None and after.mark is Mark.ANSWER:
        return question is None or question.last in ("answer", "explanation", "extra")
    if section in ("judge", "blank", "case"):
        return question is None or answered or bool(SENTENCE_END.search(question.raw.stem))
    return False


def _rest_of_option(outline: Outline, at: int) -> bool:
    """Whether the line is the hard-broken rest of an option because a further line stands before option A."""
    lines, following = outline.reading.lines, outline.following(at)
    gap = lines[following.line].after_gap if following else False
    return (
        following is not None
        and following.mark is Mark.TEXT
        and gap
        and not lines[outline.pieces[at].line].after_gap
    )
