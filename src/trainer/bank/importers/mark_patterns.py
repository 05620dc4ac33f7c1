"""What the marks of a bank look like: numbers, option letters, the words before answers and explanations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from trainer.bank.importers.words import key_heading, kind_heading, plain_heading

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


NUMBER = re.compile(
    r"\s*+(?:\#{1,6}\s*)?(?:(?P<judged>[(]\s*[√×]\s*[)])\s*)?(?:"
    r"第\s*(?P<title>\d{1,4})\s*[题道]\s*[、.:]?|"
    r"(?P<open>[(\[【])\s*(?P<bracketed>\d{1,4})\s*[)\]】]\s*[、.]?|"
    r"(?:题目?|[TQ]|Question\s*)(?P<lettered>\d{1,4})\s*[、.:)]|"
    r"(?P<plain>\d{1,4})\s?(?P<sep>、|[.:)](?!\d)|[.](?=\d{4}\s?年|\d{1,2}\s?月|\d{2,4}\s?[-—~至]|\d{1,2}世纪)|"
    r"[,](?=[\u4e00-\u9fff《“(])|\t|\s+(?=[\u4e00-\u9fff《“\"(_]))"
    r")\s*"
)
NOT_A_NUMBER = re.compile(r"\s*+\d{1,4} +(?:[年月日时分秒个名人元次条届天岁世周]|余|多|以上|万|亿)")
OPTION = re.compile(
    r"\s*+(?:〔图片〕\s*+)?(?P<open>[(\[【]\s?)?(?P<letter>[A-La-l])\s{0,3}(?P<sep>[、.:,;)\]】]|\s|(?=[\u4e00-\u9fff《“\"]))\s*"
)
_ANSWER_WORDS = r"(?:本题)?(?:正确|参考|标准)?答\s?案(?:是|为|选)?|正确选项|标准选项|【答】|参考解答"
ANSWER = re.compile(
    rf"\s*+[(\[【]?\s*+(?P<word>{_ANSWER_WORDS})\s*(?:[)\]】]\s*:?|:|(?=\s*[(\[【]?\s*[A-La-l√×]+\s*(?:$|[)\]】。,、\s;]))|$)\s*"
    r"|\s*+(?P<short>答)\s*:\s*|\s*(?P<english>[Aa]nswer|ANSWER)\s*:\s*"
)
MINE = re.compile(r"\s*+(?:我的答案|学生答案|您的答案|你的答案|考生答案|选择答案)\s*:?\s*")
EXPLANATION = re.compile(
    r"\s*+[(\[【]?\s*+(?:(?:答案|试题|题目|本题|参考|详细)?(?:解析|详解|解答过程|点评)|答案说明|解题思路)\s*(?:[)\]】]\s*:?|:|$)\s*"
)
EXTRA = re.compile(
    r"\s*+[(\[【]?\s*+(?P<word>知识点|考点|命题单位|命题人|出题单位|出题人|难度(?:系数)?|难易(?:程度)?|出处|来源|依据|法规依据|章节|题型|分值|得分|备注|标签)"
    r"\s*+(?:[\]】]\s*:?|:)\s*"
)
STEM = re.compile(r"\s*+[(\[【]?\s*+(?:题目|题干|试题|问题)\s*(?:[)\]】]\s*:?|:)\s*")
CANDIDATE = re.compile(
    r"(?P<heading>(?:[一二三四五六七八九十]{1,3}\s*、|[(][一二三四五六七八九十]{1,3}[)]、?|第[一二三四五六七八九十]{1,3}部分)\s*"
    r"(?=(?:单|多|不定|判断|是非|填空|简答|问答|论述|案例|选择|名词|材料|排序|连线)))"
    rf"|(?P<answer>[(\[【]?\s?(?:{_ANSWER_WORDS})\s?(?:[\]】]\s?:?|:))"
    r"|(?P<mine>(?:我的|学生|您的|你的|考生)答案\s?:)"
    r"|(?P<explanation>[(\[【]?(?:答案|试题|题目|本题|参考|详细)?(?:解析|详解)\s?(?:[)\]】]\s?:?|:))"
    r"|(?P<number>(?<![\d.%a-z])\d{1,4}\s?(?:、|[.](?!\d)|[.](?=\d{4}年|\d{1,2}月)))"
    r"|(?P<bracketed>[(\[【]\s?[A-L]\s?[)\]】])"
    r"|(?P<option>(?<![A-Za-z])[A-La-l]\s{0,2}[、.:);])"
    r"|(?P<spaced>(?<=\s)[A-L](?=\s|[\u4e00-\u9fff《“]))"
    r"|(?P<glued>(?<=[\u4e00-\u9fff”》)])[B-L](?=[\u4e00-\u9fff《“]))"
    r"|(?P<page>第\s?\d{1,4}\s?页\s?共\s?\d{1,4}\s?页)"
)
LABELS = (
    (MINE, Mark.MINE),
    (EXPLANATION, Mark.EXPLANATION),
    (ANSWER, Mark.ANSWER),
    (EXTRA, Mark.EXTRA),
    (STEM, Mark.STEM),
)
LABEL_MARKS = {"answer": Mark.ANSWER, "mine": Mark.MINE, "explanation": Mark.EXPLANATION}
NO_OPTIONS_IN = (Mark.ANSWER, Mark.EXPLANATION, Mark.MINE, Mark.EXTRA, Mark.NOISE)
BEFORE_NUMBER = frozenset("。？！!?)】]”》：:;√×")
EVIDENCE = re.compile(r"[(]\s*[A-H√×对错、,\s]{0,12}[)]|_{2,}|[?？]")
PEEK, WINDOW = 14, 500
OPTION_OR_NUMBER = re.compile(
    r"\s*+(?:第\s*\d{1,4}\s*[题道]|[(\[【]?\s?[A-H]\s?[、.:)\]】]|\d{1,4}\s?[、.:)])"
)
#: A line that begins with option A and its mark: the options of the line above it.
OPENS_OPTIONS = re.compile(r"\s*+(?:A\s?[、.:)]|[(\[【]\s?A\s?[)\]】])")
_LETTERS_CLOSED = re.compile(r"[A-L](?:[\s、,]{0,4}[A-L]){0,11}\s{0,40}[)\]】]")
_LETTERS_TO_END = re.compile(r"[A-L](?:[\s、,]{0,8}[A-L]){0,11}\s{0,40}$")
_EMPTY_BRACKET = re.compile(r"[(\[【]\s{0,20}[)\]】]")
_NEAR, _FAR = 40, 500
#: How often a line must come again, and how long it must be, to be taken for the head of a page.
_AGAIN, _LONG = 5, 10
_ANY_OPTION = re.compile(r"(?<![A-Za-z0-9])[A-H]\s?[、.:)]")
#: A word that names a kind, alone and without 题.
_BARE_WORD = re.compile(r"\s*[\u4e00-\u9fff]{2,4}(?<!题)\s*")


def letter_in_brackets(folded: str, at: int) -> bool:
    """Whether a letter stands in brackets with room around it: (    A    )."""
    before = folded[max(0, at - _NEAR) : at].rstrip()[-1:]
    return before in tuple("([【") and bool(_LETTERS_CLOSED.match(folded, at))


def letters_end_line(folded: str, at: int, *, anywhere: bool) -> bool:
    """Whether nothing but letters follows an empty bracket up to the end of the line: ……是(  ) A C.

    ``anywhere``: words may stand between, as the options are known to begin on the next line.
    """
    if not _LETTERS_TO_END.match(folded, at):
        return False
    if anywhere:
        return bool(_EMPTY_BRACKET.search(folded, max(0, at - _FAR), at))
    before = folded[max(0, at - _NEAR) : at].rstrip(" 、,.。ABCDEFGHIJKL\t\xa0")[-1:]
    return before in tuple(")]】")


def broken_word(folded: str, found: Sequence[Marked], below: str) -> bool:
    """Whether a word such as 判断, alone on a line, ends a sentence that was cut, and heads no section.

    ``found`` are the pieces before the line, ``below`` the next line: a section would begin with a number.
    """
    inside = bool(found) and found[-1].mark in (Mark.START, Mark.TEXT, Mark.OPTION)
    return inside and bool(_BARE_WORD.fullmatch(folded)) and not NUMBER.match(below)


def running_lines(folded: Sequence[str]) -> frozenset[str]:
    """Lines that come again and again and carry no mark: what stood at the head or foot of every page.

    A question that is asked again brings its lines again too, but always behind the same lines.
    """
    lines = [line.strip() for line in folded]
    often = {line for line, count in Counter(lines).items() if count >= _AGAIN and len(line) >= _LONG}
    behind: dict[str, list[tuple[str, ...]]] = {line: [] for line in often if not _says_something(line)}
    for index, line in enumerate(lines):
        if line in behind:
            behind[line].append(tuple(lines[max(0, index - 2) : index]))
    return frozenset(line for line, before in behind.items() if len(set(before)) * 10 >= len(before) * 9)


def _says_something(line: str) -> bool:
    """Whether a line can be part of a question or a heading, however often it comes."""
    return bool(
        line.endswith(("。", ";", ",", "、", "!"))
        or _ANY_OPTION.search(line)
        or OPTION_OR_NUMBER.match(line)
        or NUMBER.match(line)
        or EVIDENCE.search(line)
        or any(pattern.match(line) for pattern, _ in LABELS)
        or kind_heading(line)
        or plain_heading(line)
        or key_heading(line)
    )


def number_of(match: re.Match[str]) -> tuple[int, str]:
    """(number, style) of a match of NUMBER; the style is the sign that the number carries."""
    for name in ("title", "bracketed", "lettered"):
        if match[name]:
            return int(match[name]), match["open"] or name
    return int(match["plain"]), "\t" if "\t" in match["sep"] else match["sep"][:1]


def main_style(folded: Sequence[str]) -> str:
    """The style of number that starts most lines."""
    found = (NUMBER.match(line) for line in folded)
    styles = Counter(number_of(match)[1] for match in found if match)
    return styles.most_common(1)[0][0] if styles else ""


def asks(folded: str, start: int, number: int, following: Sequence[re.Match[str]]) -> bool:
    """Whether a question follows a number up to the next one: options, an answer, or the look of a question."""
    end, options, answers = len(folded), 0, 0
    for other in following:
        if other.lastgroup == "number" and re.match(rf"0*{number + 1}\D", other[0]):
            end = other.start()
            break
        options += other.lastgroup in ("option", "bracketed", "spaced")
        answers += other.lastgroup == "answer"
    return options >= 2 or answers > 0 or bool(EVIDENCE.search(folded[start : min(end, start + WINDOW)]))


def names_answer(
    folded: str, match: re.Match[str], following: Sequence[re.Match[str]], *, below: str, chained: bool
) -> bool:
    """Whether letters in a stem say which option is right, and are not the options themselves.

    ``below`` is the next line, ``chained`` says that an option stands before the letters.
    """
    opened_below = bool(OPENS_OPTIONS.match(below))
    if match.lastgroup == "spaced":
        return letter_in_brackets(folded, match.start()) or letters_end_line(
            folded, match.start(), anywhere=opened_below
        )
    if match.lastgroup != "bracketed" or chained:
        return False
    return opened_below or any(m.lastgroup == "option" and m[0].startswith("A") for m in following)
