"""What is hidden in a stem: answers in its brackets or at its end, blanks of every shape."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trainer.bank.importers.words import fold

BLANK = "____"
_LETTERS = r"[A-La-l](?:[\s、,，.;]*[A-La-l]){0,11}"
_BRACKETED = re.compile(rf"[(\[【]\s*({_LETTERS})\s*[)\]】]|(?<!_)_++\s*+({_LETTERS})\s*+_+")
_JUDGED = re.compile(
    r"[(\[【]\s*(√|×|对|错|正确|错误|T|F|Y|N|[xX])\s*[)\]】]\s*[。.]?\s*$|^\s*[(\[【]\s*(√|×|对|错|正确|错误)\s*[)\]】]\s*|\s(√|×)\s*$"
)
_JUDGED_WITH_REASON = re.compile(
    r"[(\[【]\s*(√|×|对|错|正确|错误)\s*[)\]】]\s*[。.]?\s*[(]\s*([^()]{2,120}?)\s*[)]\s*[。.]?\s*$"
)
_EMPTY = re.compile(r"[(\[【]\s*[)\]】]\s*")
_LINE_END = re.compile(r"(?<![-—–])[-—–]++\s*+([A-L](?:[、,\s]*[A-L])*\s*[:：.、][^:：]{1,120})$")
#: Shapes of an empty blank: brackets or lines with nothing in them, and long runs of spaces inside a sentence.
_BLANKS = re.compile(
    r"(?<=《)\s*(?=》)|[(\[【]\s*+_*+\s*+[)\]】]|_{2,}(?:\s*_{2,})*|﹍+|＿+|(?<=\S)[ \t]{3,}(?=\S)|(?<=[\u4e00-\u9fff])\s{2,}(?=[\u4e00-\u9fff,。，])"
)
_FILLED_LINE = re.compile(r"(?<!_)_++\s*+([^_\s][^_\n]{0,40}?)\s*_+")
_FILLED_BRACKET = re.compile(r"[(【]\s*([^()（）【】\s][^()（）【】]{0,40}?)\s*[)】]")
_PARENTHESIS = re.compile(
    r"^(?:试行|暂行|以下简称|修订|下同|含|不含|如|即|包括|\d{4}年|P?\d+|注|简称|本题|\d+分|第)"
)
_PAGE = re.compile(r"[(（]?\bP\.?\s?(\d{1,4}(?:[-~]\d{1,4})?)[)）]?\s*$")
_NUMBER = re.compile(r"^\s*\d{1,4}\s*[、.．]\s*(?!\d)")
_LETTERS_BEHIND = re.compile(
    r"(?:[(\[【]\s*[)\]】]\s*[。.?:]?\s*|[。.?!)”\"]\s+|\s{2,})([A-L](?:[\s、,]*[A-L]){0,11})\s*$"
)
_PROVENANCE = re.compile(r"\s*[(\[【]\s*(?:出题|供题|来源|出处)\s*:\s*([^()\[\]【】]{1,30})[)\]】]\s*$")
_POINTS_BEFORE = re.compile(r"^\s*[(\[【]\s*(\d{1,2}(?:\.\d)?)\s*分\s*[)\]】]\s*")
_POINTS_BEHIND = re.compile(
    r"\s*[(\[【]\s*(\d{1,2}(?:\.\d)?)\s*分\s*[)\]】]\s*$|(?<=[^\d\s])\s*[(]\s*(\d{1,2}[.、][05])\s*[)]\s*$"
    r"|\s*分值\s*:?\s*(\d{1,2}(?:\.\d)?)\s*分?\s*$"
)
_REMARK = re.compile(r"\s*[(【\[]?\s*(?:[Pp][Ss]|备注|注|说明|提示|解析|答案)\s*[)\]】]?\s*:")
_UNSPLIT = re.compile(
    r"(?<![A-Za-z0-9])[B-H]\s?[、.．:：)）]\s*\S|^[A-H]\s?[+-]?\s?[、,]|(?:正确|参考|标准)?答案\s*[:：]?\s*[A-H]|(?:[（(]\s*[)）]|_{4,}).*|\d{1,3}、\s*\S{4,}.*[（(]\s*[）)]"
)


def clean_stem(stem: str, *, numbered: bool) -> str:
    """A stem without outer space, quoting marks of Markdown, and a second number at its start."""
    text = "\n".join(line.rstrip() for line in stem.strip().split("\n")).strip("\ufeff")
    return _NUMBER.sub("", text, count=1) if numbered else text


def bracket_answers(stem: str, labels: Sequence[str]) -> tuple[str, list[str]]:
    """(stem with empty brackets, the letters that stood in them); ``labels`` are the letters that can be answers."""
    if not labels:
        return stem, []
    folded = fold(stem)
    found, parts, at = [], [], 0
    for match in _BRACKETED.finditer(folded):
        answer = re.sub(r"[^A-La-l]", "", match[1] or match[2]).upper()
        if not set(answer) <= set(labels) or len(set(answer)) < len(answer):
            continue  # an abbreviation such as （BBC）
        found.append(answer)
        parts += [stem[at : match.start()], "（　）"]
        at = match.end()
    return "".join([*parts, stem[at:]]), found


def judged_stem(stem: str) -> tuple[str, str, str] | None:
    """(statement, 对 or 错 as written, reason) for a judgement in brackets before or behind a statement.

    The reason is what further brackets behind the judgement say: ……（×）（是某年）; else "".
    """
    reasoned = _JUDGED_WITH_REASON.search(fold(stem))
    if reasoned is not None:
        return stem[: reasoned.start()].strip(), reasoned[1], stem[reasoned.start(2) : reasoned.end(2)]
    match = _JUDGED.search(fold(stem))
    if match is None:
        return None
    answer = match[1] or match[2] or match[3]
    rest = (stem[: match.start()] + stem[match.end() :]).strip()
    return rest, {"T": "对", "Y": "对", "F": "错", "N": "错"}.get(answer, answer), ""


def letters_at_end(stem: str, labels: Sequence[str]) -> tuple[str, str] | None:
    """(stem, letters) when letters in their order stand at the end of a stem with an empty bracket: ……是（　） A C."""
    folded = fold(stem)
    match = _LETTERS_BEHIND.search(folded)
    if match is None or not _EMPTY.search(folded):
        return None
    letters = re.sub(r"[^A-L]", "", match[1])
    if not set(letters) <= set(labels) or sorted(set(letters)) != list(letters):
        return None
    return stem[: match.start(1)].rstrip(), letters


def without_points(stem: str) -> tuple[str, str]:
    """(stem, points) without the points that exports write before or behind it: [2分]……, ……（1.0）; else ""."""
    for pattern in (_POINTS_BEFORE, _POINTS_BEHIND):
        match = pattern.search(fold(stem))
        if match is not None:
            found = next(group for group in match.groups() if group)
            return (stem[: match.start()] + stem[match.end() :]).strip(), found.replace("、", ".")
    return stem, ""


def without_provenance(stem: str) -> tuple[str, str]:
    """(stem, source) without the name of the source that stands behind it: ……【出题：某校】; else ""."""
    match = _PROVENANCE.search(fold(stem))
    return (stem[: match.start()], stem[match.start(1) : match.end(1)].strip()) if match else (stem, "")


def is_remark(text: str) -> bool:
    """Whether what stands in the place of an option is a remark to the question: Ps：……, 备注：……."""
    return bool(_REMARK.match(fold(text)))


def line_end_answer(stem: str) -> tuple[str, str] | None:
    """(stem, answer) when the answer hangs on the end: ……是（）-D:开除党籍."""
    match = _LINE_END.search(fold(stem))
    if match is None:
        return None
    return stem[: match.start()].strip(), stem[match.start(1) : match.end(1)].strip()


def count_blanks(stem: str) -> int:
    """How many empty blanks a stem has, whatever their shape."""
    return len(_BLANKS.findall(fold(stem)))


def normal_blanks(stem: str, underlined: list[str]) -> tuple[str, list[str]]:
    """(stem with every blank as ``____``, the texts that already stood in blanks, in order)."""
    folded = fold(stem)
    if _BLANKS.search(folded):
        parts, at = [], 0
        for match in _BLANKS.finditer(folded):
            parts += [stem[at : match.start()], BLANK]
            at = match.end()
        return "".join([*parts, stem[at:]]), []
    for pattern in (_FILLED_LINE, _FILLED_BRACKET):
        matches = [m for m in pattern.finditer(folded) if not _PARENTHESIS.match(m[1])]
        if matches:
            parts, at = [], 0
            for match in matches:
                parts += [stem[at : match.start()], BLANK]
                at = match.end()
            return "".join([*parts, stem[at:]]), [stem[m.start(1) : m.end(1)] for m in matches]
    filled = []
    for text in underlined:
        if stem.count(text) == 1:
            stem = stem.replace(text, BLANK)
            filled.append(text)
    return stem, filled


def split_answers(answer: str, blanks: int) -> list[str] | None:
    """The answers of ``blanks`` blanks, set apart in the usual ways; None when they do not come out even."""
    text = answer.strip()
    text = re.sub(r"^\s*[-*]?\s*空\s*(?=\d)", "", text, flags=re.MULTILINE)
    text = (
        re.sub(r"^(\d{1,2})\s*:\s*", r"\1、", text, flags=re.MULTILINE)
        if re.match(r"\d{1,2}\s*:", text)
        else text
    )
    if blanks == 1:
        single = re.sub(r"^[(（]?1[)）.、．]\s*(?!\d)", "", text).strip()
        return [single] if single and "\n" not in single else None
    numbered = [
        part.strip(" \n;；，,、。")
        for part in re.split(r"[(（]?(?<!\d)\d{1,2}[)）.、．](?!\d)|[①②③④⑤⑥⑦⑧⑨]", text)
    ]
    numbered = [part for part in numbered if part]
    if len(numbered) == blanks and re.match(r"[(（]?\d|[①②③]", text):
        return numbered
    for separator in (r"\n+", r"[;；]+", r"\|+", r"[#＃]+", r"[，,]+", r"、+", r"\s+"):
        parts = [part.strip() for part in re.split(separator, text) if part.strip()]
        if len(parts) == blanks:
            return parts
    return None


def gap_in_option(text: str) -> bool:
    """Whether a wide gap cuts an option in two: the second half may be an option whose letter was lost."""
    return bool(re.search(r"\S(?:[ \u3000\xa0]*\t\s*|[ \u3000\xa0]{4,})\S", text))


def unsplit_option(text: str) -> bool:
    """Whether an option seems to hold another option or the next question."""
    return len(text) > 3 and bool(_UNSPLIT.search(fold(text)))


def page_reference(stem: str) -> tuple[str, str] | None:
    """(stem, page) when a reference such as P87 hangs on its end."""
    match = _PAGE.search(stem)
    return (stem[: match.start()].rstrip(), f"P{match[1]}") if match else None
