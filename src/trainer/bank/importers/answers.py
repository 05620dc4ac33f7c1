"""Answers as banks write them: letters, judgements, option texts, indexes; read or doubted, never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trainer.bank.importers.words import fold
from trainer.kinds.judge import FALSE_WORDS, TRUE_WORDS
from trainer.kinds.reading import comparable

LETTERS = "ABCDEFGHIJKL"
_BETWEEN = re.compile(r"[\s、,;./|&+，。;#@_\-\[\]\"']+|和|与|及")
_LETTER_TEXT = re.compile(r"\s*+[(\[【]?\s*+([A-L])\s*+[)\]】]?\s*+[、.:．：,)）]?\s*(.*)", re.DOTALL)
_LEAD = re.compile(
    r"^\s*(?:(?:正确|参考|标准)?答案(?:是|为|选)?|选项?|应选|选择)\s*[:：]?\s*(?=[A-La-l√×对错正])"
)


class Unreadable(Exception):
    """An answer that cannot be read; the text is the doubt."""


def judgement(text: str) -> bool | None:
    """对 or 错 in the usual spellings; None for anything else."""
    plain = fold(text).strip().strip("。.()[]【】 \"'“”").casefold()
    plain = {"√": "√", "×": "×"}.get(plain, plain)
    if plain in TRUE_WORDS or plain == "yes":
        return True
    return False if plain in FALSE_WORDS or plain == "no" else None


_TRUTH_LABEL = re.compile(r"\s*(?:true|false)\s*[.、:]\s*(?=\S)", re.IGNORECASE)


def truth_of(text: str) -> bool | None:
    """The same for a line that may carry the name of its truth before it: ``true. 正确``."""
    return judgement(_TRUTH_LABEL.sub("", text, count=1))


def letters_in(text: str) -> list[str] | None:
    """The letters of an answer that is nothing but letters (``ABD``, ``A、B``, ``a b``), in order; else None."""
    plain = _LEAD.sub("", fold(text)).rstrip("。.;；,，、 \t\n\r")
    plain = plain.strip(" ()[]【】{}")
    run = _BETWEEN.sub("", plain)
    if run and re.fullmatch("[A-L]+|[a-l]+", run):
        return list(run.upper())
    return None


def chosen(text: str, options: Sequence[tuple[str, str]]) -> list[str]:
    """The labels of the options that an answer names, by letter, by text or by both. Raises Unreadable."""
    labels = [label for label, _ in options]
    texts = [comparable(option) for _, option in options]
    named = letters_in(text)
    if named is not None and not (texts.count(comparable(text)) == 1 and len(named) > 1):
        return _checked(named, labels, text)
    by_text = _by_text(text, labels, texts)
    if by_text is not None:
        return by_text
    parts = _parts(text)
    found: list[str] = []
    for part in parts:
        label = _part(part, labels, texts)
        if label is None:
            raise Unreadable(f"答案“{_short(text)}”不是选项字母，也不是某个选项的文字。")
        found.append(label)
    return _checked(found, labels, text)


def _checked(named: list[str], labels: list[str], text: str) -> list[str]:
    missing = [label for label in named if label not in labels]
    if missing:
        raise Unreadable(f"答案“{_short(text)}”里的 {'、'.join(dict.fromkeys(missing))} 不在选项里。")
    if len(set(named)) < len(named):
        raise Unreadable(f"答案“{_short(text)}”里有重复的字母。")
    return sorted(named, key=labels.index)


def _by_text(text: str, labels: list[str], texts: list[str]) -> list[str] | None:
    wanted = comparable(text)
    return [labels[texts.index(wanted)]] if wanted and texts.count(wanted) == 1 else None


def _parts(text: str) -> list[str]:
    """An answer cut before each letter that carries a mark (``A、甲；C、乙``), else at lines and semicolons."""
    plain = fold(text).strip()
    marked = re.split(r"(?:^|[\s;,、])(?=[(\[【]?[A-L]\s*[)\]】]?[、.:)])", plain)
    marked = [part for part in marked if part.strip()]
    if len(marked) > 1 or (marked and re.match(r"[(\[]?[A-L]\s*[)\]]?[、.:)]", marked[0])):
        return [part.strip(" ;,、") for part in marked]
    return [part for part in re.split(r"[\n;|#]+", plain) if part.strip()]


def _part(part: str, labels: list[str], texts: list[str]) -> str | None:
    found = _by_text(part, labels, texts)
    if found:
        return found[0]
    match = _LETTER_TEXT.fullmatch(part)
    if not match or match[1] not in labels:
        return None
    said = comparable(match[2])
    if not said:
        return match[1]
    if said == texts[labels.index(match[1])]:
        return match[1]
    if said in texts:
        raise Unreadable(
            f"答案“{_short(part)}”的字母和文字不一致：文字是选项 {labels[texts.index(said)]} 的。"
        )
    if re.match(r"[\u4e00-\u9fff]", match[2]) or len(said) > 1:
        raise Unreadable(f"答案“{_short(part)}”的文字和选项 {match[1]} 的文字不一致。")
    return None


def by_index(text: str, options: Sequence[tuple[str, str]], base: int) -> list[str] | None:
    """The labels of options named by number, counted from ``base``; None when it is no list of such numbers."""
    parts = [part for part in re.split(r"[\s,、;，；\[\]]+", fold(text).strip()) if part]
    if not parts or not all(part.isdigit() for part in parts):
        return None
    indexes = [int(part) - base for part in parts]
    if not all(0 <= index < len(options) for index in indexes):
        return None
    return [options[index][0] for index in dict.fromkeys(indexes)]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 30 else f"{line[:30]}……"
