"""jupyter_config.py: traitlets accepts a misspelt class or trait silently, so each is held against its class."""

from __future__ import annotations

from pathlib import Path

import pytest
from traitlets import HasTraits
from traitlets.config.loader import PyFileConfigLoader
from traitlets.utils.importstring import import_item

CLASSES = {
    "QuestionBank": "trainer.settings.QuestionBank",
    "Grading": "trainer.settings.Grading",
    "Publishing": "trainer.settings.Publishing",
    "ClearSolutions": "nbgrader.preprocessors.ClearSolutions",
    "Autograde": "nbgrader.converters.Autograde",
    "GenerateFeedback": "nbgrader.converters.GenerateFeedback",
    "HTMLExporter": "nbconvert.exporters.HTMLExporter",
}


@pytest.fixture(scope="module")
def config(repository: Path):
    return PyFileConfigLoader("jupyter_config.py", path=str(repository)).load_config()


def test_every_setting_names_a_trait_of_a_real_class(config) -> None:
    for section, settings in config.items():
        assert section in CLASSES, f"{section}: add it to the table above if it is meant"
        cls = import_item(CLASSES[section])
        for name in settings:
            trait = cls.class_traits(config=True).get(name)
            assert trait is not None, f"{section}.{name}"
            assert issubclass(cls, HasTraits)


def test_every_class_that_is_named_can_be_imported(config) -> None:
    names = [config.Autograde.exporter_class, config.GenerateFeedback.exporter_class]
    names += [*config.Autograde.autograde_preprocessors, *config.GenerateFeedback.preprocessors]
    names += config.HTMLExporter.preprocessors
    for name in names:
        assert isinstance(import_item(name), type)


def test_the_stub_in_the_configuration_is_the_one_that_marking_knows(config) -> None:
    from trainer.kinds.reading import ANSWER_STUB, answer_text
    from trainer.nbgrader.notebooks import CODE_STUB

    assert config.ClearSolutions.text_stub == ANSWER_STUB
    assert answer_text(ANSWER_STUB) == ""
    assert config.ClearSolutions.code_stub["python"] == CODE_STUB


def test_the_lock_names_no_index_and_hashes_everything(repository: Path) -> None:
    text = (repository / "requirements.lock").read_text()
    assert "://" not in text
    assert "--index" not in text
    entries = text.replace("\\\n", "").splitlines()
    assert all("--hash=sha256:" in line for line in entries if line and not line.startswith("#"))


def test_the_schema_beside_the_bank_is_the_models(repository: Path) -> None:
    """`make docs` writes it again after a change."""
    import json

    from trainer.bank.schema import bank_schema

    written = json.loads((repository / "question_bank" / "schema.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(bank_schema()))
