"""YAML as plain data that remembers its lines.

Every scalar stays the text that was typed (only an empty value, ``~`` or ``null`` is None), and the models say what is
a number: ``1.50``, ``007``, 对, no and an unquoted date mean what the author sees, with quotes or without. libyaml does
the parsing where PyYAML was built with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from trainer.errors import Problem, ProblemsFound

Place = tuple[str | int, ...]

_NULL = frozenset(["", "~", "null", "Null", "NULL"])
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB_INDENT = re.compile(r" *\t")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Fault:
    """Something in a file that YAML allows and we do not: a key written twice, a key that is not a word."""

    path: Place
    line: int
    sentence: str


class Located:
    """Data read from one YAML file, and the line of each path in it (a path is a tuple of keys and indexes)."""

    def __init__(self, data: Any, lines: dict[Place, int], faults: tuple[Fault, ...] = ()) -> None:
        self.data = data
        self.faults = faults
        self._lines = lines

    def line(self, path: Place) -> int:
        """The line of a path, or of the nearest thing around it that exists; 1 at least."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)


class _Reader:
    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []

    def value(self, node: yaml.Node, path: Place) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, i)) for i, child in enumerate(node.value)]
        plain = getattr(node, "style", None) in (None, "")  # neither quoted nor a block
        return None if plain and node.value in _NULL else str(node.value)

    def _mapping(self, node: yaml.MappingNode, path: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(Fault(path, line, "冒号前面应当是一个名称，不能是列表，请改正。"))
                continue
            key = str(key_node.value)
            if key in data:
                self.faults.append(Fault((*path, key), line, f"“{key}”写了两次，请删掉一个。"))
                continue
            self.lines[(*path, key)] = line
            data[key] = self.value(value_node, (*path, key))
        return data


def read_located(path: Path, name: str) -> Located:
    """Read one YAML file; ``name`` is how problems call it.

    Raises ProblemsFound when the file cannot be read as UTF-8 and YAML at all; lesser faults are in the result.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(name, 0, "文件不是 UTF-8 编码，请用 UTF-8 另存后再试。") from None
    except OSError:
        raise _unreadable(name, 0, "文件打不开，请检查权限。") from None
    try:
        alias = _alias_line(text) if "&" in text else None
        if alias is not None:
            raise _unreadable(name, alias, "题库文件不支持 YAML 的锚点和引用，请把内容写全。")
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError) as error:
        raise _unreadable(name, *_syntax_problem(text, error)) from None
    reader = _Reader()
    data = None if node is None else reader.value(node, ())
    return Located(data, reader.lines, tuple(reader.faults))


def _unreadable(name: str, line: int, sentence: str) -> ProblemsFound:
    return ProblemsFound("题库", [Problem(name, line, "", sentence)])


def _syntax_problem(text: str, error: Exception) -> tuple[int, str]:
    """(line, sentence) for what the parser could not read."""
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        line = text.count("\n", 0, unprintable.start()) + 1
        return line, "这一行里有看不见的控制字符，请把这一行删掉重打。"
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return 0, "文件不是合法的 YAML，请检查缩进和括号是否成对。"
    lines = text.split("\n")
    if mark.line < len(lines) and _TAB_INDENT.match(lines[mark.line]):
        return mark.line + 1, "这一行用了 Tab 缩进，请改成空格。"
    return mark.line + 1, "这里的 YAML 写法不对，请检查缩进、冒号后的空格和引号是否成对。"


def _alias_line(text: str) -> int | None:
    """The line of the first alias, if there is one."""
    events = yaml.parse(text, Loader=_LOADER)
    marks = (event.start_mark for event in events if isinstance(event, yaml.AliasEvent))
    return next((mark.line + 1 for mark in marks if mark), None)
