"""Pydantic's findings as Chinese sentences that say what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from trainer.errors import NotFound, Problem, ProblemsFound
from trainer.model.question import Strict

M = TypeVar("M", bound=Strict)

_SENTENCES = {
    "missing": "缺少“{field}”，请补上。",
    "extra_forbidden": "不认识“{field}”，请检查拼写，或者删掉它。",
    "bool_type": "“{field}”应当写 true 或 false。",
    "bool_parsing": "“{field}”应当写 true 或 false。",
    "int_type": "“{field}”应当是整数。",
    "int_parsing": "“{field}”应当是整数。",
    "int_parsing_size": "“{field}”的位数太多，请检查。",
    "int_from_float": "“{field}”应当是整数。",
    "float_type": "“{field}”应当是数。",
    "float_parsing": "“{field}”应当是数。",
    "decimal_type": "“{field}”应当是数。",
    "decimal_parsing": "“{field}”应当是数。",
    "finite_number": "“{field}”应当是普通的数。",
    "decimal_max_places": "“{field}”最多写 {decimal_places} 位小数。",
    "greater_than": "“{field}”应当大于 {gt}。",
    "greater_than_equal": "“{field}”不能小于 {ge}。",
    "less_than": "“{field}”应当小于 {lt}。",
    "less_than_equal": "“{field}”不能大于 {le}。",
    "string_type": "“{field}”应当是文字，不能空着，也不能写成列表。",
    "string_too_short": "“{field}”不能是空的。",
    "string_too_long": "“{field}”太长，最多 {max_length} 个字。",
    "list_type": "“{field}”应当是列表。",
    "tuple_type": "“{field}”应当是列表。",
    "dict_type": "“{field}”应当是“名称: 内容”的形式。",
    "model_type": "“{field}”应当是“名称: 内容”的形式。",
    "model_attributes_type": "“{field}”应当是“名称: 内容”的形式。",
    "too_short": "“{field}”至少要有 {min_length} 项。",
    "too_long": "“{field}”最多 {max_length} 项。",
    "enum": "“{field}”只能是 {expected}。",
    "literal_error": "“{field}”只能是 {expected}。",
    "date_from_datetime_parsing": "“{field}”应当是日期，例如 2026-05-11。",
    "date_parsing": "“{field}”应当是日期，例如 2026-05-11。",
    "date_from_datetime_inexact": "“{field}”应当是日期，例如 2026-05-11。",
    "date_type": "“{field}”应当是日期，例如 2026-05-11。",
    "datetime_parsing": "“{field}”应当是时间，例如 2026-11-20T09:00:00+08:00。",
    "datetime_from_date_parsing": "“{field}”应当是时间，例如 2026-11-20T09:00:00+08:00。",
    "datetime_type": "“{field}”应当是时间，例如 2026-11-20T09:00:00+08:00。",
    "timezone_aware": "“{field}”要写明时区，例如 2026-11-20T09:00:00+08:00。",
}
_PATTERNS = {
    "^[A-Z]$": "“{field}”应当是一个大写字母。",
    "^[a-z0-9]+(-[a-z0-9]+)*$": "“{field}”只能用小写字母、数字和短横线，例如 fzdy-s001。",
}

_BRANCH = re.compile(r"(?:constrained-)?str$|tuple\[|function-")

Path = tuple[str | int, ...]


def sentences(error: ValidationError) -> Iterator[tuple[Path, str]]:
    """(path, sentence) for each finding; several findings about one place (alternatives of a union) give one."""
    found: dict[Path, Any] = {}
    for detail in error.errors(include_url=False):
        found.setdefault(_place_of(detail["loc"]), detail)
    # Where a part is wrong, pydantic finds fault with the whole as well (too short without it).
    wholes = {path[:end] for path in found for end in range(len(path))}
    for path, detail in found.items():
        if path not in wholes:
            yield path, _sentence(path, detail)


def _place_of(loc: Path) -> Path:
    """A location without the parts that name a branch of a union (after an index) or a mapping's key as such."""
    return tuple(
        part
        for i, part in enumerate(loc)
        if isinstance(part, int)
        or not (i and ((isinstance(loc[i - 1], int) and _BRANCH.match(part)) or part == "[key]"))
    )


def _sentence(path: Path, detail: Any) -> str:
    field = _field(path)
    context = {key: _chinese(value) for key, value in detail.get("ctx", {}).items()}
    if detail["type"] == "string_pattern_mismatch":
        template = _PATTERNS.get(str(detail["ctx"]["pattern"]), "“{field}”的写法不对。")
    elif detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    else:
        template = _SENTENCES.get(detail["type"], "“{field}”的写法不对。")
    return template.format(field=field, **context)


def _field(path: Path) -> str:
    names = [part for part in path if isinstance(part, str)]
    last = names[-1] if names else "内容"
    position = path[-1] if path and isinstance(path[-1], int) else None
    return last if position is None else f"{last} 的第 {position + 1} 项"


def _chinese(value: object) -> object:
    return value.replace(" or ", " 或 ").replace("'", "") if isinstance(value, str) else value


_NOT_YAML = "文件不是合法的 UTF-8 YAML，请检查缩进和冒号后的空格。"


class _Repeated(yaml.constructor.ConstructorError):
    """A key that is written twice."""


class _TextLoader(yaml.SafeLoader):
    """Scalars stay the text that was typed, but for null: the models say what is a number, a date or a truth value."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise _Repeated(None, None, f"“{key.value}”写了两次，请删掉一个。", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: FilePath, model: type[M], what: str) -> M:
    """A short YAML file that people write, validated; ``what`` names it in Chinese.

    Raises NotFound when there is no such file, and ProblemsFound with every finding. (The question bank has a reader
    of its own, which also knows the line of every finding.)
    """
    if not path.is_file():
        raise NotFound(f"没有找到{what} {path}，请检查路径。")
    try:
        data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_TextLoader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        sentence = str(error.problem) if isinstance(error, _Repeated) else _NOT_YAML
        raise ProblemsFound(what, [Problem(path.name, mark.line + 1 if mark else 0, "", sentence)]) from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = [Problem(path.name, 0, "", f"{_place(where)}{said}") for where, said in sentences(error)]
        raise ProblemsFound(what, problems) from None


def _place(where: Path) -> str:
    """Which entry of a list a finding is in, since these files are short and read from the top."""
    return f"{where[0]} 的第 {where[1] + 1} 项：" if len(where) > 2 and isinstance(where[1], int) else ""
