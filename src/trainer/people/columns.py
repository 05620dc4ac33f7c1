"""Which column of a sheet means what, whichever of the usual words its header uses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BRACKETS_AND_SLASHES = str.maketrans("【】〔〕[]{}<>《》「」、\\|", "()()()()()()()///")
_NOISE = re.compile(r"[\s\ufeff\u200b-\u200d\u2060*:'\"“”]+")
_REMARK = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Column:
    """One thing a sheet may say about a row. ``field`` is its name in our sentences and in :class:`Row`.

    ``second`` are words that mean it only when no better word stands in the same header: beside 乡镇, 单位 is where
    somebody works and not whom they stand for.
    """

    field: str
    variants: tuple[str, ...] = ()
    required: bool = False
    second: tuple[str, ...] = ()


ACCOUNT = Column(
    "账号",
    ("帐号", "工号", "学号", "编号", "用户名", "登录名", "登录账号", "登录帐号", "平台账号", "account", "id"),
    required=True,
    second=("编号", "id"),
)
NAME = Column("姓名", ("名字", "党员姓名", "学员姓名", "name"))


def header_key(header: str) -> str:
    """A header without what does not matter: width, case, blanks, asterisks, colons, kinds of brackets."""
    plain = unicodedata.normalize("NFKC", header).casefold().translate(_BRACKETS_AND_SLASHES)
    return _NOISE.sub("", plain)


class Recogniser:
    """Knows a set of columns by their headers."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self._second = {header_key(name) for column in columns for name in column.second}
        self._fields = {header_key(name): c.field for c in columns for name in (c.field, *c.variants)}

    def field(self, header: str) -> str | None:
        """The field that a header names, or None.

        账号(必填) is 账号, and 期次/班次 is 期次; 单位/职务 names two things, therefore none.
        """
        key = header_key(header)
        if key in self._fields:
            return self._fields[key]
        base = _REMARK.sub("", key)
        named = {self._fields[part] for part in re.split(r"[()/]+", key) if part in self._fields}
        known = base in self._fields or all(part in self._fields for part in base.split("/"))
        return named.pop() if known and len(named) == 1 else None

    def locate(self, headers: Sequence[str]) -> Mapping[str, list[int]]:
        """The positions of each field in a row of headers; more than one is for the caller to refuse.

        A second-choice word gives way to a better one.
        姓名(拼音) beside 姓名 is a column of its own, not a second 姓名.
        """
        keys = {header_key(header) for header in headers}
        found: dict[str, list[int]] = {}
        for index, header in enumerate(headers):
            field = self.field(header)
            if field is not None and not self._is_aside(header_key(header), keys):
                found.setdefault(field, []).append(index)
        return {field: self._best(headers, positions) for field, positions in found.items()}

    def _best(self, headers: Sequence[str], positions: list[int]) -> list[int]:
        better = [i for i in positions if _REMARK.sub("", header_key(headers[i])) not in self._second]
        return better or positions

    def _is_aside(self, key: str, keys: set[str]) -> bool:
        base = _REMARK.sub("", key)
        remarks = (remark.strip("()") for remark in _REMARK.findall(key))
        return base != key and base in keys and not any(remark in self._fields for remark in remarks)

    def missing(self, located: Mapping[str, list[int]]) -> list[Column]:
        """The required columns that were not located."""
        return [c for c in self.columns if c.required and c.field not in located]
