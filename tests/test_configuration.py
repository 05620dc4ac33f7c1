"""jupyter_config.py: traitlets accepts a misspelt class or trait silently, so each is held against its class."""

from __future__ import annotations

from pathlib import Path

import pytest
from traitlets import HasTraits
from traitlets.config.loader import PyFileConfigLoader
from traitlets.utils.importstring import import_item

CLASSES = {
    "ExchangeFactory": "nbgrader.exchange.ExchangeFactory",
    "QuestionBank": "trainer.settings.QuestionBank",
    "Lessons": "trainer.settings.Lessons",
    "Grading": "trainer.settings.Grading",
    "Publishing": "trainer.settings.Publishing",
    "ClearSolutions": "nbgrader.preprocessors.ClearSolutions",
    "Autograde": "nbgrader.converters.Autograde",
    "GenerateFeedback": "nbgrader.converters.GenerateFeedback",
    "HTMLExporter": "nbconvert.exporters.HTMLExporter",
}


@pytest.fixture(
    scope="module", params=["", "http+unix://%2Frun%2Fhall.sock/services/hall/"], ids=["alone", "hall"]
)
def config(request: pytest.FixtureRequest, repository: Path):
    """As it is read on a machine of one's own, and inside a server that the hub started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINER_HALL_URL", request.param)
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
    names += [*config.HTMLExporter.preprocessors, *config.get("ExchangeFactory", {}).values()]
    for name in names:
        assert isinstance(import_item(name), type)


def test_the_exchange_goes_through_the_hall_where_there_is_one(config, request) -> None:
    from nbgrader.exchange import ExchangeFactory

    from trainer.nbgrader.exchange import CLASSES as THROUGH_HALL
    from trainer.nbgrader.exchange import uses_hall

    hall = request.node.name.endswith("[hall]")
    assert uses_hall(config) is hall
    factory = ExchangeFactory(config=config)
    for key in ExchangeFactory.class_own_traits(config=True):
        name = getattr(factory, key).__module__
        assert name.startswith("trainer." if hall else "nbgrader."), key
    assert set(THROUGH_HALL) == set(ExchangeFactory.class_own_traits(config=True))


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
