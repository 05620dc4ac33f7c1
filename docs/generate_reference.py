"""Rewrite the generated parts of the reference: help texts, settings and field tables. Run by ``make docs``.

A generated part stands between two markers; what is outside of them is written by people and is left alone:
``<!-- help: trainer grade -->`` … ``<!-- /help -->``, ``<!-- settings -->`` … ``<!-- /settings -->``,
``<!-- fields: Blueprint -->`` … ``<!-- /fields -->``. A command without a place gets one (a new verb gets a new page).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from traitlets.utils.importstring import import_item

from trainer import settings
from trainer.apps.base import TrainerApp
from trainer.apps.main import MainApp
from trainer.hub.authenticator import RosterAuthenticator
from trainer.hub.roster import OnRoster
from trainer.hub.spawner import WalledSpawner
from trainer.kinds.base import all_kinds
from trainer.kinds.case import RubricPoint
from trainer.kinds.match import Pair
from trainer.model.contest import ContestRules, TeamRules
from trainer.model.marks import Marking
from trainer.model.paper import Blueprint, Correction, FacilityTarget, Form, Item, Paper, SectionPlan
from trainer.model.question import Question, Source
from trainer.model.regulation import ChangedArticle, Regulation, RetiredArticle

DOCS = Path(__file__).resolve().parent
CLI = DOCS / "reference" / "cli"

MODELS: dict[str, type[BaseModel]] = {
    model.__name__: model
    for model in (
        *(Question, Source, RubricPoint, Pair, Regulation, RetiredArticle, ChangedArticle),
        *(Blueprint, SectionPlan, FacilityTarget, Marking, ContestRules, TeamRules),
        *(Paper, Form, Item, Correction),
    )
}


def commands(app: type[TrainerApp] = MainApp) -> Iterator[tuple[str, type[TrainerApp]]]:
    """(``trainer paper make``, its class) for every command and group, ``trainer`` first."""
    yield str(app.name).replace("-", " "), app
    for target, _ in app().subcommands.values():
        yield from commands(import_item(target) if isinstance(target, str) else target)


def help_block(command: str, app: type[TrainerApp]) -> str:
    """What ``--help`` prints, between its markers."""
    text = "\n".join(line.rstrip() for line in app().emit_help())
    return f"<!-- help: {command} -->\n```text\n{text}\n```\n<!-- /help -->"


def page_of(command: str) -> Path:
    """Where a command is described: one page a verb, its sub-verbs included."""
    words = command.split()
    return CLI / (f"{words[1]}.md" if len(words) > 1 else "index.md")


def setting_classes() -> list[type]:
    """The classes of settings.py, in their order there, and those of the server's parts that installations set."""
    own = [c for c in vars(settings).values() if isinstance(c, type) and c.__module__ == settings.__name__]
    return [*own, WalledSpawner, OnRoster, RosterAuthenticator]


def settings_block() -> str:
    """Every setting that the product owns, from its own help."""
    lines = ["<!-- settings -->"]
    for cls in setting_classes():
        lines += [
            f"## c.{cls.__name__}",
            "",
            str(cls.__doc__).strip(),
            "",
            "| 设置 | 默认 | 说明 |",
            "| --- | --- | --- |",
        ]
        for name, trait in sorted(cls.class_own_traits(config=True).items()):
            lines.append(
                f"| `c.{cls.__name__}.{name}` | `{trait.default_value!r}` | {_in_table(trait.help)} |"
            )
        lines.append("")
    return "\n".join([*lines[:-1], "<!-- /settings -->"])


def _in_table(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "必填"
    value: Any = field.default
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return f"默认 `{str(value).lower()}`"
    if value in ("", (), {}, None) or isinstance(value, BaseModel):
        return "可不填"
    return f"默认 `[{', '.join(value)}]`" if isinstance(value, tuple) else f"默认 `{value}`"


def fields_block(name: str) -> str:
    """The fields of a model, or the fields that a kind of question adds to those of every question."""
    kind = all_kinds().get(name)
    model = MODELS[name] if kind is None else kind.question_type
    common = set() if kind is None else set(Question.model_fields) - {"kind"}
    lines = [f"<!-- fields: {name} -->", "| 字段 | 必填或默认 | 说明 |", "| --- | --- | --- |"]
    for field_name, field in model.model_fields.items():
        if field_name not in common:
            lines.append(f"| `{field_name}` | {_default(field)} | {_in_table(field.description or '')} |")
    return "\n".join([*lines, "<!-- /fields -->"])


def regenerated(text: str) -> str:
    """A page with its generated parts as they should be now."""
    known = dict(commands())

    def fresh_help(match: re.Match[str]) -> str:
        command = match[1]
        return help_block(command, known[command]) if command in known else ""

    text = re.sub(r"<!-- help: ([^>]+?) -->.*?<!-- /help -->", fresh_help, text, flags=re.DOTALL)
    text = re.sub(
        r"<!-- fields: (\w+) -->.*?<!-- /fields -->", lambda m: fields_block(m[1]), text, flags=re.DOTALL
    )
    block = settings_block()
    return re.sub(r"<!-- settings -->.*?<!-- /settings -->", lambda _: block, text, flags=re.DOTALL)


def pages() -> dict[Path, str]:
    """Every page of the documentation as it should be."""
    wanted = {path: path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
    for command, _ in commands():
        page = page_of(command)
        place = f"<!-- help: {command} -->"
        if place not in wanted.get(page, ""):
            before = wanted.get(page, f"# {command}\n")
            heading = "" if before == f"# {command}\n" else f"\n## {command}\n"
            wanted[page] = f"{before}{heading}\n{place}\n<!-- /help -->\n"
    return {path: regenerated(text) for path, text in wanted.items()}


def main() -> None:
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
