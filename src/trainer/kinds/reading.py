"""Understanding what people type: forgiving where people vary, never guessing where it matters.

Everything here is a pure function of the text of an answer cell. Full-width and half-width forms are equal (Unicode
NFKC), and so are the many separators of Chinese typing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from trainer.kinds.base import LETTERS

#: What a released answer cell says before anyone writes in it: ours, and nbgrader's own when its default stub was
#: used. Left standing above or below an answer they are not part of it.
ANSWER_STUB = "（在这里写答案，写完请删掉这一行）"
STUBS = (ANSWER_STUB, "YOUR ANSWER HERE")

# Quantifiers are possessive (``*+``) wherever what follows cannot use what they took: a cell may hold 100 kB of anything,
# and marking has to stay linear in it.
_LEAD = re.compile(
    r"^\s*+(?:(?:我的)?(?:答案|回答|答)\s*+(?:(?:是|为)\s*+[:：]?|[:：])"
    r"|(?:(?:我的)?答案|我?选[择项]?)\s*+[:：]?(?=\s*+[A-Za-z]))\s*+(?=\S)"
)
_DECORATION = re.compile(
    r"[`*#]+|_{2,}|~~|^[^\S\n]*+>+|</?(?:p|br|b|i|div|span)\s*+/?>", re.IGNORECASE | re.MULTILINE
)
_RANGE = re.compile(r"(?<=\d)\s*+(?:[-~–—−]++|至|到)\s*+(?=\d)")
# Characters that nobody sees: controls, zero-width and bidirectional marks, fillers, variation selectors, lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[./:-](?=\d)")
_SEPARATORS = re.compile(r"[\s,;/|&+、，；。.．·:：\-—>→()\[\]【】\"'“”和及与]+")
_LABELLED = re.compile(r"[(（]?\s*+([A-Za-z])\s*+[)）.．、:：]?(.*)", re.DOTALL)
_LINE_NUMBER = re.compile(
    r"^\s*+(?:[(（]\s*+(\d{1,2})\s*+[)）]|(\d{1,2})\s*+[.．、:：)）](?!\d)|第\s*+(\d{1,2})\s*+[空题步][:：.、]?)\s*+"
)
_EXCERPT = 40
_LONG, _HIGHEST_PILE = 1000, 4


def answer_text(cell_source: str) -> str:
    """The answer itself: stubs, invisible characters and outer white space taken off; '' for no answer."""
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", cell_source))
    for stub in STUBS:
        text = text.replace(stub, "")
    return text.strip()


def folded(text: str) -> str:
    """Full-width to half-width, Markdown decoration and invisible characters away, outer space off."""
    visible = _INVISIBLE.sub("", _LINE_END.sub("\n", text))
    return unicodedata.normalize("NFKC", _few_marks(_DECORATION.sub("", visible))).strip()


def _few_marks(text: str) -> str:
    """Long piles of combining marks cut down: nobody writes them, and normalising them takes quadratic time."""
    if text.isascii() or len(text) < _LONG:
        return text
    kept, pile = [], 0
    for c in text:
        pile = pile + 1 if unicodedata.combining(c) else 0
        if pile <= _HIGHEST_PILE:
            kept.append(c)
    return "".join(kept)


def excerpt(text: str) -> str:
    """The start of what was typed, on one line, for a comment."""
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}……"


def without_lead(text: str) -> str:
    """Without an introduction such as 答案： or 我选."""
    return _LEAD.sub("", text, count=1)


def comparable(text: str) -> str:
    """A text reduced to what matters when two texts are compared: case, width, spaces and punctuation folded.

    Between digits a point, a slash and a range keep their meaning: 1.5 is not 15, and 3至5 is 3-5 but not 35. So do
    signs that change it: ≥3 is not ≤3.
    """
    plain = _SPACES.sub("", _RANGE.sub("-", folded(text).casefold()))
    return "".join(
        c
        for i, c in enumerate(plain)
        if c in "%√×<>≤≥" or unicodedata.category(c)[0] not in "PZCS" or _BETWEEN_DIGITS.match(plain, i)
    )


def read_letters(text: str, options: Sequence[str]) -> list[int] | None:
    """Indexes of the options named in the order written, repeats kept; None when it cannot be understood.

    ``options`` are the option texts as shown. Understood are letters in any case and width with any separator or none
    (``A、C``, ``acd``, ``ＡＣ``), a letter followed by its own option's text, and the option texts themselves, one a line.
    """
    whole = folded(text)
    texts = [comparable(option) for option in options]
    if (index := _read_option(whole, texts)) is not None:  # an option may begin like an introduction
        return [index]
    plain = without_lead(whole)
    run = _SEPARATORS.sub("", plain).upper()
    allowed = LETTERS[: len(options)]
    if not run:
        return None
    if all(letter in allowed for letter in run):
        return [allowed.index(letter) for letter in run]
    found: list[int] = []
    for line in re.split(r"[\n;]+", plain):
        index = _read_option(line, texts)
        if index is None and line.strip():
            return None
        found += [] if index is None else [index]
    return found or None


def _read_option(line: str, texts: Sequence[str]) -> int | None:
    """The option that a line names by its letter, its text or both; a line number before it is passed over."""
    line = line.strip()
    numbered = _LINE_NUMBER.match(line)
    for rest in (line, line[numbered.end() :] if numbered else ""):
        wanted = comparable(rest)
        if wanted and texts.count(wanted) == 1:
            return texts.index(wanted)
        labelled = _LABELLED.fullmatch(rest)
        if labelled:
            index = LETTERS.find(labelled[1].upper())
            if 0 <= index < len(texts) and comparable(labelled[2]) in ("", "项", "选项", texts[index]):
                return index
    return None


def letters(indexes: Sequence[int]) -> str:
    """Indexes as people write them: A、C."""
    return "、".join(LETTERS[index] for index in indexes)


def _unnumbered(lines: list[str]) -> list[str]:
    """Lines without their numbers, when each carries its own number and there is more to it."""
    matches = [_LINE_NUMBER.match(line) for line in lines]
    numbers = [int(next(g for g in m.groups() if g)) if m else None for m in matches]
    if numbers == list(range(1, len(lines) + 1)):
        return [line[m.end() :] for line, m in zip(lines, matches, strict=True) if m]
    return lines


def split_entries(text: str, count: int) -> list[str] | None:
    """The entries for ``count`` blanks; missing ones at the end are ''; None when there are more than blanks.

    One entry a line is the rule; several on one line may be set apart by ；, then by ，、, then by spaces, whichever
    gives just as many entries as there are blanks. A line left empty between others is an empty blank.
    """
    plain = without_lead(folded(text))
    lines = plain.split("\n")
    filled = [line for line in lines if line.strip()]
    if len(filled) == 1 and count > 1:
        for separator in (r"[;；|]", r"[,，、]", r"\s+"):
            parts = re.split(separator, filled[0].strip())
            if len(parts) == count:
                return [part.strip() for part in _unnumbered([part.strip() for part in parts])]
    entries = lines if len(lines) == count else filled
    if len(entries) > count:
        return None
    entries = [entry.strip() for entry in _unnumbered(entries)]
    return entries + [""] * (count - len(entries))
