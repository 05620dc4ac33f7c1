"""Cutting lines into marked pieces: where a question, an option, an answer, an explanation or a heading begins.

Several of them may stand on one line, and a whole paper may stand on one line. Every candidate is looked at once, in
order, with the ones right after it, so that a line of megabytes costs no more than many short ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from trainer.bank.importers.base import SourceLine
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

LETTERS = "ABCDEFGHIJKL"


class Mark(Enum):
    START = auto()  # a question by its number
    STEM = auto()  # a question by a word: 题目：
    OPTION = auto()
    ANSWER = auto()
    MINE = auto()  # what somebody answered: no key
    EXPLANATION = auto()
    EXTRA = auto()  # 知识点：, 难度：
    HEADING = auto()
    KEY_HEADING = auto()
    NOISE = auto()
    TEXT = auto()


@dataclass(slots=True)
class Marked:
    """A piece of a line: ``text`` is what it says beyond its mark, ``value`` the number, letter, kind or word."""

    line: int
    start: int
    end: int
    mark: Mark
    text: str = ""
    value: str = ""
    style: str = ""
    at_line_start: bool = True
    #: Whether the mark needs the next piece to confirm it (``A民主``, ``(A)是``).
    weak: bool = False


_NUMBER = re.compile(
    r"\s*+(?:\#{1,6}\s*)?(?:(?P<judged>[(]\s*[√×]\s*[)])\s*)?(?:"
    r"第\s*(?P<title>\d{1,4})\s*[题道]\s*[、.:]?|"
    r"(?P<open>[(\[【])\s*(?P<bracketed>\d{1,4})\s*[)\]】]\s*[、.]?|"
    r"(?:题目?|[TQ]|Question\s*)(?P<lettered>\d{1,4})\s*[、.:)]|"
    r"(?P<plain>\d{1,4})\s?(?P<sep>、|[.:)](?!\d)|[.](?=\d{4}\s?年|\d{1,2}\s?月|\d{2,4}\s?[-—~至]|\d{1,2}世纪)|"
    r"[,](?=[\u4e00-\u9fff《“(])|\t|\s+(?=[\u4e00-\u9fff《“\"(_]))"
    r")\s*"
)
_NOT_A_NUMBER = re.compile(r"\s*+\d{1,4} +(?:[年月日时分秒个名人元次条届天岁世周]|余|多|以上|万|亿)")
_OPTION = re.compile(
    r"\s*+(?P<open>[(\[【]\s?)?(?P<letter>[A-La-l])\s{0,3}(?P<sep>[、.:,;)\]】]|\s|(?=[\u4e00-\u9fff《“\"]))\s*"
)
_ANSWER_WORDS = r"(?:本题)?(?:正确|参考|标准)?答\s?案(?:是|为|选)?|正确选项|标准选项|【答】|参考解答"
_ANSWER = re.compile(
    rf"\s*+[(\[【]?\s*+(?P<word>{_ANSWER_WORDS})\s*(?:[)\]】]\s*:?|:|(?=\s*[(\[【]?\s*[A-La-l√×]+\s*(?:$|[)\]】。,、\s;]))|$)\s*"
    r"|\s*+(?P<short>答)\s*:\s*|\s*(?P<english>[Aa]nswer|ANSWER)\s*:\s*"
)
_MINE = re.compile(r"\s*+(?:我的答案|学生答案|您的答案|你的答案|考生答案|选择答案)\s*:?\s*")
_EXPLANATION = re.compile(
    r"\s*+[(\[【]?\s*+(?:(?:答案|试题|题目|本题|参考|详细)?(?:解析|详解|解答过程|点评)|答案说明|解题思路)\s*(?:[)\]】]\s*:?|:|$)\s*"
)
_EXTRA = re.compile(
    r"\s*+[(\[【]?\s*+(?P<word>知识点|考点|难度(?:系数)?|难易(?:程度)?|出处|来源|依据|法规依据|章节|题型|分值|得分|备注|标签)"
    r"\s*+(?:[\]】]\s*:?|:)\s*"
)
_STEM = re.compile(r"\s*+[(\[【]?\s*+(?:题目|题干|试题|问题)\s*(?:[)\]】]\s*:?|:)\s*")
_CANDIDATE = re.compile(
    r"(?P<heading>(?:[一二三四五六七八九十]{1,3}\s*、|[(][一二三四五六七八九十]{1,3}[)]、?|第[一二三四五六七八九十]{1,3}部分)\s*"
    r"(?=(?:单|多|不定|判断|是非|填空|简答|问答|论述|案例|选择|名词|材料|排序|连线)))"
    rf"|(?P<answer>[(\[【]?\s?(?:{_ANSWER_WORDS})\s?(?:[\]】]\s?:?|:))"
    r"|(?P<mine>(?:我的|学生|您的|你的|考生)答案\s?:)"
    r"|(?P<explanation>[(\[【]?(?:答案|试题|题目|本题|参考|详细)?(?:解析|详解)\s?(?:[)\]】]\s?:?|:))"
    r"|(?P<number>(?<![\d.%a-z])\d{1,4}\s?(?:、|[.](?!\d)|[.](?=\d{4}年|\d{1,2}月)))"
    r"|(?P<bracketed>[(\[【]\s?[A-L]\s?[)\]】])"
    r"|(?P<option>(?<![A-Za-z])[A-La-l]\s{0,2}[、.:);])"
    r"|(?P<spaced>(?<=\s)[A-L](?=\s|[\u4e00-\u9fff《“]))"
    r"|(?P<page>第\s?\d{1,4}\s?页\s?共\s?\d{1,4}\s?页)"
)
_LABELS = (
    (_MINE, Mark.MINE),
    (_EXPLANATION, Mark.EXPLANATION),
    (_ANSWER, Mark.ANSWER),
    (_EXTRA, Mark.EXTRA),
    (_STEM, Mark.STEM),
)
_LABEL_MARKS = {"answer": Mark.ANSWER, "mine": Mark.MINE, "explanation": Mark.EXPLANATION}
_NO_OPTIONS_IN = (Mark.ANSWER, Mark.EXPLANATION, Mark.MINE, Mark.EXTRA, Mark.NOISE)
_BEFORE_NUMBER = frozenset("。？！!?)】]”》：:;√×")
_EVIDENCE = re.compile(r"[(]\s*[A-H√×对错、,\s]{0,12}[)]|_{2,}|[?？]")
_PEEK, _WINDOW = 14, 500


class _Cutter:
    def __init__(self, lines: Sequence[SourceLine]) -> None:
        self._lines = lines
        self._folded = [fold(line.text) for line in lines]
        self._style = _main_style(self._folded)
        self._last = 0
        self._chain: int | None = None
        self._found: list[Marked] = []

    def cut(self) -> list[Marked]:
        for index in range(len(self._lines)):
            self._cut_line(index)
        return self._found

    # -- one line ----------------------------------------------------------------------------------------------------

    def _cut_line(self, index: int) -> None:
        folded = self._folded[index]
        if is_noise(folded):
            self._whole(index, Mark.NOISE)
            return
        if key_heading(folded) and not _OPTION_OR_NUMBER.match(folded):
            self._whole(index, Mark.KEY_HEADING, kind_in(folded))
            return
        at = 0
        heading = kind_heading(folded)
        if heading is not None:
            at = heading[0]
            self._append(Marked(index, 0, at, Mark.HEADING, self._lines[index].text[:at], heading[1]))
            self._last, self._chain = 0, None
            if at == len(folded):
                return
        elif plain_heading(folded) and not _OPTION_OR_NUMBER.match(folded.lstrip("# ")):
            self._whole(index, Mark.HEADING)
            return
        piece = self._line_start(index, folded, at)
        self._append(piece)
        self._inline(index, folded, _content_start(piece, folded))

    def _whole(self, index: int, mark: Mark, value: str = "") -> None:
        text = self._lines[index].text
        self._append(Marked(index, 0, len(text), mark, text, value))
        if mark in (Mark.HEADING, Mark.KEY_HEADING):
            self._last, self._chain = 0, None

    def _append(self, piece: Marked) -> None:
        self._found.append(piece)

    def _line_start(self, index: int, folded: str, at: int) -> Marked:
        """What a line, or the rest of one behind a heading, begins with."""
        text = self._lines[index].text
        for pattern, mark in _LABELS:
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
        match = _NUMBER.match(folded, at)
        if not match or _NOT_A_NUMBER.match(folded, at):
            return None
        number, style = _number_of(match)
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
        match = _OPTION.match(folded, at)
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
        candidates = list(_CANDIDATE.finditer(folded, content))
        for position, match in enumerate(candidates):
            if match.start() < content:
                continue
            piece = self._accepted(index, folded, match, candidates[position + 1 : position + 1 + _PEEK])
            if piece is None:
                continue
            self._close(match.start())
            self._append(piece)
            if piece.end < len(folded):  # a heading or a page number: the line goes on behind it
                piece = self._going_on(index, folded, piece)
                self._append(piece)
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
        if group in _LABEL_MARKS:
            # An explanation may mention answers; only a bracketed 【解析】 begins anew inside one.
            again = last.mark is Mark.EXPLANATION and not (group == "explanation" and match[0][0] in "【[")
            return None if again else piece(_LABEL_MARKS[group])
        if group == "page":
            return piece(Mark.NOISE, end=match.end())
        if last.mark in _NO_OPTIONS_IN:
            return None
        return self._accepted_option(folded, match, following, piece(Mark.OPTION))

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
        if not (gap or before in _BEFORE_NUMBER or closed):
            return None
        end = len(folded)
        options = answers = 0
        for other in following:
            if other.lastgroup == "number" and int(re.match(r"\d+", other[0])[0]) == number + 1:  # type: ignore[index]
                end = other.start()
                break
            options += other.lastgroup in ("option", "bracketed", "spaced")
            answers += other.lastgroup == "answer"
        window = folded[match.end() : min(end, match.end() + _WINDOW)]
        if not (options >= 2 or answers or _EVIDENCE.search(window)):
            return None
        self._last, self._chain = number, None
        piece.value, piece.style = str(number), match[0].strip()[-1]
        return piece

    def _accepted_option(
        self, folded: str, match: re.Match[str], following: Sequence[re.Match[str]], piece: Marked
    ) -> Marked | None:
        group = str(match.lastgroup)
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


def _content_start(piece: Marked, folded: str) -> int:
    """Where the text behind the mark of a line's last piece begins."""
    return len(folded) - len(piece.text)


_OPTION_OR_NUMBER = re.compile(
    r"\s*+(?:第\s*\d{1,4}\s*[题道]|[(\[【]?\s?[A-H]\s?[、.:)\]】]|\d{1,4}\s?[、.:)])"
)


def _number_of(match: re.Match[str]) -> tuple[int, str]:
    for name in ("title", "bracketed", "lettered"):
        if match[name]:
            return int(match[name]), match["open"] or name
    return int(match["plain"]), "\t" if "\t" in match["sep"] else match["sep"][:1]


def _main_style(folded: Sequence[str]) -> str:
    """The style of number that starts most lines."""
    found = (_NUMBER.match(line) for line in folded)
    styles = Counter(_number_of(match)[1] for match in found if match)
    return styles.most_common(1)[0][0] if styles else ""


def cut_lines(lines: Sequence[SourceLine]) -> list[Marked]:
    """The pieces of all lines, in order; the pieces of a line tile it."""
    return _Cutter(lines).cut()
