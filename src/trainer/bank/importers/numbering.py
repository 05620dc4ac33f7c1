"""Word's automatic numbering, written out: the number of a paragraph is in numbering.xml, not in its text."""

from __future__ import annotations

import re
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "零一二三四五六七八九"
_PLACE = re.compile(r"%([1-9])")


class _Level:
    def __init__(self, element: Any) -> None:
        self.start = _number(element.find(f"{W}start"), 1)
        self.format = _value(element.find(f"{W}numFmt")) or "decimal"
        self.text = _value(element.find(f"{W}lvlText")) or ""


class Numbering:
    """Counts as Word counts, paragraph by paragraph in the order of the document."""

    def __init__(self, numbers: Any, styles: Any) -> None:
        """Roots of numbering.xml and styles.xml; None where the document has none."""
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, tuple[str, dict[int, int]]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._started: set[tuple[str, int]] = set()
        self._styles = _style_numbers(styles)
        if numbers is not None:
            self._read(numbers)

    def _read(self, numbers: Any) -> None:
        for abstract in numbers.iterchildren(f"{W}abstractNum"):
            levels = {_attribute(level, "ilvl"): _Level(level) for level in abstract.iterchildren(f"{W}lvl")}
            self._abstract[abstract.get(f"{W}abstractNumId") or ""] = levels
        for num in numbers.iterchildren(f"{W}num"):
            overrides = {}
            for override in num.iterchildren(f"{W}lvlOverride"):
                start = override.find(f"{W}startOverride")
                if start is not None:
                    overrides[_attribute(override, "ilvl")] = _number(start, 1)
            of = _value(num.find(f"{W}abstractNumId")) or ""
            self._lists[num.get(f"{W}numId") or ""] = (of, overrides)

    def label(self, paragraph: Any) -> str:
        """The number that Word shows before a paragraph, such as ``3、``; "" where there is none or a bullet."""
        found = self._list_of(paragraph)
        if found is None:
            return ""
        number, level = found
        abstract, overrides = self._lists[number]
        levels = self._abstract.get(abstract, {})
        if level not in levels:
            return ""
        counts = self._counts.setdefault(abstract, {})
        if (number, level) not in self._started and level in overrides:
            counts[level] = overrides[level]
        else:
            counts[level] = counts[level] + 1 if level in counts else levels[level].start
        self._started.add((number, level))
        for deeper in [other for other in counts if other > level]:
            del counts[deeper]
        if levels[level].format in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            of = levels.get(at)
            return "" if of is None else _written(counts.get(at, of.start), of.format)

        return _PLACE.sub(shown, levels[level].text).strip()

    def _list_of(self, paragraph: Any) -> tuple[str, int] | None:
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return None
        own = properties.find(f"{W}numPr")
        style = _value(properties.find(f"{W}pStyle")) or ""
        number, level = self._styles.get(style, ("", 0))
        if own is not None:
            number = _value(own.find(f"{W}numId")) or number
            level = _number(own.find(f"{W}ilvl"), level)
        return (number, level) if number in self._lists else None


def _style_numbers(styles: Any) -> dict[str, tuple[str, int]]:
    """Paragraph style -> (list, level), inherited from the styles that it is based on."""
    own: dict[str, tuple[str, int]] = {}
    parents: dict[str, str] = {}
    for style in styles.iterchildren(f"{W}style") if styles is not None else ():
        name = style.get(f"{W}styleId") or ""
        parents[name] = _value(style.find(f"{W}basedOn")) or ""
        numbered = style.find(f"{W}pPr/{W}numPr")
        if numbered is not None:
            own[name] = (_value(numbered.find(f"{W}numId")) or "", _number(numbered.find(f"{W}ilvl"), 0))
    found = {}
    for name in parents:
        seen, at = set(), name
        while at and at not in own and at not in seen:
            seen.add(at)
            at = parents.get(at, "")
        if at in own:
            found[name] = own[at]
    return found


def _value(element: Any) -> str | None:
    value: str | None = None if element is None else element.get(f"{W}val")
    return value


def _number(element: Any, default: int) -> int:
    value = _value(element)
    return int(value) if value is not None and re.fullmatch(r"-?\d{1,9}", value) else default


def _attribute(element: Any, name: str) -> int:
    value = element.get(f"{W}{name}") or "0"
    return int(value) if value.isdigit() else 0


def _written(count: int, how: str) -> str:
    if how in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (count - 1) % 26) * ((count - 1) // 26 % 4 + 1) if count > 0 else ""
        return letter if how == "upperLetter" else letter.lower()
    if how.startswith(("chinese", "japaneseCounting", "ideograph", "taiwanese")):
        return _chinese(count)
    if how in ("upperRoman", "lowerRoman"):
        roman = _roman(count)
        return roman if how == "upperRoman" else roman.lower()
    return str(count)


def _chinese(count: int) -> str:
    if not 0 < count < 100:
        return str(count)
    tens, ones = divmod(count, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def _roman(count: int) -> str:
    if not 0 < count < 100:
        return str(count)
    pairs = ((90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    text = ""
    for value, sign in pairs:
        text += sign * (count // value)
        count %= value
    return text
