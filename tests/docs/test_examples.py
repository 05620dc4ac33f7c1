"""The YAML examples of the documentation are accepted by the readers that real files go through."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from trainer.bank.reader import RegulationsFile, TopicsFile, read_bank
from trainer.contest.files import read_contest
from trainer.kinds.base import all_kinds
from trainer.model.paper import Paper
from trainer.model.validation import read_yaml
from trainer.papers.files import read_blueprint

ROOT = Path(__file__).resolve().parents[2]
QUESTION_BANK_PAGE = ROOT / "docs" / "reference" / "question-bank.md"


def fenced(page: Path, kind: str) -> list[str]:
    """The contents of the ```yaml <kind> blocks of a page."""
    return re.findall(
        rf"^```yaml {kind}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def pages_with(kind: str) -> list[Path]:
    return [path for path in sorted((ROOT / "docs").rglob("*.md")) if fenced(path, kind)]


def bank_of(folder: Path, examples: list[str]) -> Path:
    """A bank that holds the example questions and the registers of the real one."""
    (folder / "dangfei").mkdir(parents=True)
    for name in ("regulations.yaml", "topics.yaml"):
        shutil.copyfile(ROOT / "question_bank" / name, folder / name)
    entries = []
    for example in examples:
        first, *rest = example.rstrip().splitlines()
        entries += [f"  - {first}", *(f"    {line}" if line else "" for line in rest)]
    text = "\n".join(["format: 1", "topic: dangfei", "questions:", *entries, ""])
    (folder / "dangfei" / "examples.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_example_questions_form_a_bank_without_problems(tmp_path: Path) -> None:
    examples = fenced(QUESTION_BANK_PAGE, "question")
    bank = read_bank(bank_of(tmp_path / "bank", examples))
    assert len(bank.entries) == len(examples)


def test_every_kind_has_an_example(tmp_path: Path) -> None:
    bank = read_bank(bank_of(tmp_path / "bank", fenced(QUESTION_BANK_PAGE, "question")))
    assert {entry.question.kind for entry in bank.entries} == set(all_kinds())


@pytest.mark.parametrize("page", pages_with("question"), ids=lambda page: page.name)
def test_example_questions_of_every_page_are_read(page: Path, tmp_path: Path) -> None:
    read_bank(bank_of(tmp_path / "bank", fenced(page, "question")))


@pytest.mark.parametrize("page", pages_with("blueprint"), ids=lambda page: page.name)
def test_example_blueprints_are_read(page: Path, tmp_path: Path) -> None:
    for number, example in enumerate(fenced(page, "blueprint")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(example, encoding="utf-8")
        blueprint = read_blueprint(path)
        assert {section.kind for section in blueprint.sections} <= set(all_kinds())


@pytest.mark.parametrize("page", pages_with("contest"), ids=lambda page: page.name)
def test_example_contests_are_read(page: Path, tmp_path: Path) -> None:
    for number, example in enumerate(fenced(page, "contest")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(example, encoding="utf-8")
        read_contest(path)


def test_the_example_registers_are_read(tmp_path: Path) -> None:
    for kind, model in (("regulations", RegulationsFile), ("topics", TopicsFile)):
        (example,) = fenced(QUESTION_BANK_PAGE, kind)
        path = tmp_path / f"{kind}.yaml"
        path.write_text(example, encoding="utf-8")
        read_yaml(path, model, kind)


def test_the_pages_that_must_have_an_example_have_one() -> None:
    assert "blueprint.md" in [page.name for page in pages_with("blueprint")]
    assert "contest.md" in [page.name for page in pages_with("contest")]
    assert "first-competition.md" in [page.name for page in pages_with("contest")]


def test_the_paper_page_names_every_top_level_key() -> None:
    page = (ROOT / "docs" / "reference" / "paper-file.md").read_text(encoding="utf-8")
    assert [name for name in Paper.model_fields if f"`{name}`" not in page] == []
