"""Cutting lines into marked pieces: where a question, an option, an answer, an explanation or a heading begins.

Several of them may stand on one line, and a whole paper may stand on one line. Every candidate is looked at once, in
order, with the ones right after it, so that a line of megabytes costs no more than many short ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from trainer.bank.importers.base import SourceLine
from trainer.bank.importers.mark_patterns import (
    BEFORE_NUMBER,
    CANDIDATE,
    LABEL_MARKS,
    LABELS,
    LETTERS,
    NO_OPTIONS_IN,
    NOT_A_NUMBER,
    NUMBER,
    OPTION,
    OPTION_OR_NUMBER,
    PEEK,
    Mark,
    Marked,
    asks,
    broken_word,
    main_style,
    names_answer,
    number_of,
    running_lines,
)
from trainer.bank.importers.words import (
    TAG,
    fold,
    inline_heading,
    is_noise,
    key_heading,
    kind_heading,
    kind_in,
    plain_heading,
)


class _Cutter:
    def __init__(self, lines: Sequence[SourceLine]) -> None:
        self._lines = lines
        self._folded = [fold(line.text) for line in lines]
        self._style = main_style(self._folded)
        self._running = running_lines(self._folded)
        self._last = 0
        self._chain: int | None = None
        self._glued = False
        self._found: list[Marked] = []

    def cut(self) -> list[Marked]:
        for index in range(len(self._lines)):
            self._cut_line(index)
        return self._found

    # -- one line ----------------------------------------------------------------------------------------------------

    def _cut_line(self, index: int) -> None:
        folded = self._folded[index]
        if is_noise(folded) or folded.strip() in self._running:
            self._whole(index, Mark.NOISE)
            return
        if key_heading(folded) and not OPTION_OR_NUMBER.match(folded):
            self._whole(index, Mark.KEY_HEADING, kind_in(folded))
            return
        at = 0
        heading = kind_heading(folded)
        below = self._folded[index + 1] if index + 1 < len(self._folded) else ""
        if heading is not None and not broken_word(folded, self._found, below):
            at = heading[0]
            self._found.append(Marked(index, 0, at, Mark.HEADING, self._lines[index].text[:at], heading[1]))
            self._last, self._chain = 0, None
            if at == len(folded):
                return
        elif plain_heading(folded) and not OPTION_OR_NUMBER.match(folded.lstrip("# ")):
            self._whole(index, Mark.HEADING)
            return
        piece = self._line_start(index, folded, at)
        self._found.append(piece)
        self._inline(index, folded, _content_start(piece, folded))

    def _whole(self, index: int, mark: Mark, value: str = "") -> None:
        text = self._lines[index].text
        self._found.append(Marked(index, 0, len(text), mark, text, value))
        if mark in (Mark.HEADING, Mark.KEY_HEADING):
            self._last, self._chain = 0, None

    def _line_start(self, index: int, folded: str, at: int) -> Marked:
        """What a line, or the rest of one behind a heading, begins with."""
        text = self._lines[index].text
        for pattern, mark in LABELS:
            match = pattern.match(folded, at)
            if match and match.end() > at:
                value = match["word"] if mark is Mark.EXTRA else ""
                self._chain = None if mark is Mark.STEM else self._chain
                return Marked(index, at, len(text), mark, text[match.end() :], value)
        found = self._number_at(index, folded, at) or self._option_at(index, folded, at)
        if found is not None:
            return found
        tagged = bool(TAG.match(folded, at))
        self._chain = None if tagged else self._chain
        return Marked(index, at, len(text), Mark.STEM if tagged else Mark.TEXT, text[at:])

    def _number_at(self, index: int, folded: str, at: int) -> Marked | None:
        match = NUMBER.match(folded, at)
        if not match or NOT_A_NUMBER.match(folded, at):
            return None
        number, style = number_of(match)
        if style == " " and number not in (self._last + 1, 1):
            return None
        rest = folded[match.end() :]
        heading = kind_heading(rest)
        text = self._lines[index].text
        if heading is not None and heading[0] == len(rest) and not TAG.match(rest) and rest.strip():
            self._last, self._chain = 0, None
            return Marked(index, at, len(text), Mark.HEADING, text[at:], heading[1])
        if style == self._style or number == self._last + 1:
            self._last = number
            self._chain = None
        content = text[match.end() :]
        value = str(number)
        piece = Marked(index, at, len(text), Mark.START, content, value, style)
        if match["judged"]:
            piece.value = f"{value}{'√' if '√' in match['judged'] else '×'}"
        return piece

    def _option_at(self, index: int, folded: str, at: int) -> Marked | None:
        match = OPTION.match(folded, at)
        if not match:
            return None
        letter, sep, bracket = match["letter"], match["sep"], match["open"] is not None
        upper = letter.upper()
        expected = LETTERS[self._chain] if self._chain is not None and self._chain < len(LETTERS) else "A"
        strong = sep in "、.:)]】,;" and sep != "" and not sep.isspace()
        if bracket and sep not in (")", "]", "】"):
            return None
        if letter.islower() and not strong:
            return None
        if not strong and upper not in (expected, "A"):
            return None
        if sep in (",", ";") and upper != expected:
            return None
        self._chain = LETTERS.index(upper) + 1
        text = self._lines[index].text
        weak = not strong or bracket or sep in ",;"
        return Marked(index, at, len(text), Mark.OPTION, text[match.end() :], upper, weak=weak)

    # -- several on one line -----------------------------------------------------------------------------------------

    def _inline(self, index: int, folded: str, content: int) -> None:
        """Cut what follows a line's first mark; ``content`` is where the text behind that mark begins."""
        candidates = list(CANDIDATE.finditer(folded, content))
        self._glued = False
        for position, match in enumerate(candidates):
            if match.start() < content:
                continue
            piece = self._accepted(index, folded, match, candidates[position + 1 : position + 1 + PEEK])
            if piece is None:
                continue
            self._close(match.start())
            self._found.append(piece)
            if piece.end < len(folded):  # a heading or a page number: the line goes on behind it
                piece = self._going_on(index, folded, piece)
                self._found.append(piece)
            content = max(match.end(), _content_start(piece, folded))

    def _going_on(self, index: int, folded: str, piece: Marked) -> Marked:
        if piece.mark is Mark.HEADING:
            return self._line_start(index, folded, piece.end)
        text = self._lines[index].text[piece.end :]
        return Marked(index, piece.end, len(folded), Mark.TEXT, text, at_line_start=False)

    def _close(self, end: int) -> None:
        """End the last piece where the next begins."""
        last = self._found[-1]
        if end == last.start and last.mark is Mark.TEXT:
            self._found.pop()
            return
        cut = last.end - end
        last.end = end
        last.text = last.text[: len(last.text) - cut] if cut <= len(last.text) else ""

    def _accepted(
        self, index: int, folded: str, match: re.Match[str], following: Sequence[re.Match[str]]
    ) -> Marked | None:
        text, group, last = self._lines[index].text, str(match.lastgroup), self._found[-1]

        def piece(mark: Mark, value: str = "", style: str = "", end: int = len(text)) -> Marked:
            begin = match.end()
            while begin < end and folded[begin].isspace():
                begin += 1
            return Marked(index, match.start(), end, mark, text[begin:end], value, style, at_line_start=False)

        if group == "heading":
            return self._accepted_heading(folded, match, piece)
        if group == "number":
            return self._accepted_number(folded, match, following, piece(Mark.START))
        if group in LABEL_MARKS:
            # An explanation may mention answers; only a bracketed 【解析】 begins anew inside one.
            again = last.mark is Mark.EXPLANATION and not (group == "explanation" and match[0][0] in "【[")
            return None if again else piece(LABEL_MARKS[group])
        if group == "page":
            return piece(Mark.NOISE, end=match.end())
        if last.mark in NO_OPTIONS_IN or self._in_stem(index, folded, match, following):
            return None
        return self._accepted_option(folded, match, following, piece(Mark.OPTION))

    def _in_stem(
        self, index: int, folded: str, match: re.Match[str], following: Sequence[re.Match[str]]
    ) -> bool:
        below = self._folded[index + 1] if index + 1 < len(self._folded) else ""
        return names_answer(folded, match, following, below=below, chained=self._chain is not None)

    def _accepted_heading(
        self, folded: str, match: re.Match[str], piece: Callable[..., Marked]
    ) -> Marked | None:
        found = inline_heading(folded, match.start())
        if found is None or found.start() != match.start():
            return None
        self._last, self._chain = 0, None
        return piece(Mark.HEADING, kind_in(found[0]), end=found.end())

    def _accepted_number(
        self, folded: str, match: re.Match[str], following: Sequence[re.Match[str]], piece: Marked
    ) -> Marked | None:
        """The next question on the same line: the next number, after an end of something, with a question behind it."""
        number = int(re.match(r"\d+", match[0])[0])  # type: ignore[index]
        if number != self._last + 1:
            return None
        before = folded[max(0, match.start() - 50) : match.start()].rstrip()[-1:]
        gap = folded[match.start() - 1 : match.start()].isspace()
        if before.isascii() and before.isupper() and self._found[-1].mark is not Mark.ANSWER:
            return None
        if number == 1 and self._found[-1].mark is not Mark.HEADING and before not in ")】:":
            return None
        closed = self._found[-1].mark in (Mark.OPTION, Mark.ANSWER, Mark.EXPLANATION, Mark.MINE)
        if not (gap or before in BEFORE_NUMBER or closed):
            return None
        if not asks(folded, match.end(), number, following):
            return None
        self._last, self._chain = number, None
        piece.value, piece.style = str(number), match[0].strip()[-1]
        return piece

    def _accepted_option(
        self, folded: str, match: re.Match[str], following: Sequence[re.Match[str]], piece: Marked
    ) -> Marked | None:
        group = str(match.lastgroup)
        if group == "glued":
            return self._accepted_glued(match, following, piece)
        letter = re.sub(r"[^A-La-l]", "", match[0])[:1]
        upper = letter.upper()
        index = LETTERS.index(upper)
        same = [m for m in following if m.lastgroup == group]
        next_is_b = bool(same) and re.sub(r"[^A-La-l]", "", same[0][0])[:1] == chr(ord(letter) + 1)
        if group == "bracketed" and index == 0 and not next_is_b:
            return None
        before = folded[match.start() - 1 : match.start()]
        if self._chain is None:
            first = next_is_b or (group != "spaced" and (before.isspace() or before in ")。?:】"))
            if index or not first:
                return None
        elif index != self._chain and not (
            index == 0 and self._chain >= 2 and next_is_b and group != "spaced"
        ):
            return None
        if match[0].endswith((";", "；")) and (not index or index != self._chain):
            return None
        self._chain = index + 1
        piece.value = upper
        piece.weak = index == 0 and not next_is_b
        return piece

    def _accepted_glued(
        self, match: re.Match[str], following: Sequence[re.Match[str]], piece: Marked
    ) -> Marked | None:
        """A letter right between words, A甲组B乙组C丙组: only behind an option, in order, and never alone."""
        index = LETTERS.index(match[0])
        last = self._found[-1]
        chained = last.mark is Mark.OPTION and self._chain == index and (last.weak or self._glued)
        more = any(m.lastgroup == "glued" and m[0] == chr(ord(match[0]) + 1) for m in following)
        if not chained or not (more or (index > 1 and self._glued)):
            return None
        self._chain, self._glued, piece.value = index + 1, True, match[0]
        return piece


def _content_start(piece: Marked, folded: str) -> int:
    """Where the text behind the mark of a line's last piece begins."""
    return len(folded) - len(piece.text)


def cut_lines(lines: Sequence[SourceLine]) -> list[Marked]:
    """The pieces of all lines, in order; the pieces of a line tile it."""
    return _Cutter(lines).cut()
