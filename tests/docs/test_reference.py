"""The reference says what the program does: help texts, settings, fields and kinds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from trainer.kinds.base import all_kinds


def test_every_command_has_its_page_with_its_present_help(generator: ModuleType) -> None:
    for command, app in generator.commands():
        page = generator.page_of(command)
        assert page.is_file(), f"{command} has no page; run make docs"
        text = page.read_text(encoding="utf-8")
        assert generator.help_block(command, app) in text, f"{page.name}: run make docs"


def test_every_verb_is_listed_in_the_overview(generator: ModuleType) -> None:
    overview = (generator.CLI / "index.md").read_text(encoding="utf-8")
    verbs = {command.split()[1] for command, _ in generator.commands() if " " in command}
    assert [verb for verb in sorted(verbs) if f"[{verb}]({verb}.md)" not in overview] == []


def test_no_page_describes_a_command_that_is_gone(generator: ModuleType) -> None:
    wanted = {generator.page_of(command).name for command, _ in generator.commands()}
    assert {path.name for path in generator.CLI.glob("*.md")} == wanted


def test_running_the_generator_changes_nothing(generator: ModuleType) -> None:
    stale = [
        path.name
        for path, text in generator.pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run make docs"


@pytest.mark.parametrize("command", [["grade"], ["marks", "export"]])
def test_a_help_block_is_what_the_program_prints(
    generator: ModuleType, root: Path, command: list[str]
) -> None:
    run = [sys.executable, "-m", "trainer.apps.main", *command, "--help"]
    printed = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True).stdout
    name = " ".join(["trainer", *command])
    app = dict(generator.commands())[name]
    plain = "\n".join(line.rstrip() for line in printed.splitlines())
    assert plain in generator.help_block(name, app)


def test_every_setting_is_on_the_settings_page(generator: ModuleType, root: Path) -> None:
    page = (root / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    classes = generator.setting_classes()
    assert classes
    for cls in classes:
        for trait in cls.class_own_traits(config=True):
            assert f"`c.{cls.__name__}.{trait}`" in page


def test_every_kind_has_a_heading_and_its_fields(root: Path) -> None:
    page = (root / "docs" / "reference" / "question-bank.md").read_text(encoding="utf-8")
    for name, kind in all_kinds().items():
        assert f"\n## {name} {kind.title}\n" in page
        assert f"<!-- fields: {name} -->" in page
