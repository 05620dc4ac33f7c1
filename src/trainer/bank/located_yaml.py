"""YAML as plain data that remembers its lines.

Scalars follow YAML 1.2's core schema: 对 and no are strings, and an unquoted date stays a string, so nothing that an
author types changes its meaning silently. libyaml does the parsing where PyYAML was built with it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from trainer.errors import Problem, ProblemsFound

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Located:
    """Data read from one YAML file, and the line of each path in it (a path is a tuple of keys and indexes)."""

    def __init__(self, data: Any, lines: dict[tuple[str | int, ...], int]) -> None:
        self.data = data
        self._lines = lines

    def line(self, path: tuple[str | int, ...]) -> int:
        """The line of a path, or of the nearest thing around it that exists; 1 at least."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)


def _scalar(node: yaml.ScalarNode) -> Any:
    value: str = node.value
    if node.style not in (None, ""):  # quoted or a block
        return value
    if value in ("", "~", "null", "Null", "NULL"):
        return None
    if value in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return value.lower() == "true"
    if _INT.fullmatch(value):
        return int(value)
    if _FLOAT.fullmatch(value):
        return float(value)
    return value


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, i)) for i, child in enumerate(node.value)]
        return _scalar(node)  # type: ignore[arg-type]

    def _mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in data:
                line = key_node.start_mark.line + 1
                self.problems.append(Problem(self.file, line, "", f"“{key}”写了两次，请删掉一个。"))
            data[key] = self.value(value_node, (*path, key))
            self.lines[(*path, key)] = key_node.start_mark.line + 1
        return data


def read_located(path: Path, name: str) -> Located:
    """Read one YAML file; ``name`` is how problems call it.

    Raises ProblemsFound when the file is not UTF-8, not YAML, or has a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problem = Problem(name, 0, "", "文件不是 UTF-8 编码，请用 UTF-8 另存后再试。")
        raise ProblemsFound("题库", [problem]) from None
    reader = _Reader(name)
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        sentence = "这里的 YAML 写法不对，请检查缩进、冒号后的空格和引号是否成对。"
        raise ProblemsFound("题库", [Problem(name, line, "", sentence)]) from None
    if "&" in text and _has_alias(text):
        raise ProblemsFound(
            "题库", [Problem(name, 0, "", "题库文件不支持 YAML 的锚点和引用，请把内容写全。")]
        )
    data = None if node is None else reader.value(node, ())
    if reader.problems:
        raise ProblemsFound("题库", reader.problems)
    return Located(data, reader.lines)


def _has_alias(text: str) -> bool:
    return any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_LOADER))
