"""The JSON Schema that editors use."""

import copy

import pytest
import yaml
from jsonschema import Draft202012Validator

from trainer.bank.schema import bank_schema
from trainer.kinds.base import all_kinds


@pytest.fixture(scope="module")
def schema():
    return bank_schema()


@pytest.fixture(scope="module")
def validator(schema):
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def files(real_root):
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(real_root.glob("*/*.yaml"))}
    return {path: yaml.load(text, Loader=yaml.CSafeLoader) for path, text in texts.items()}


@pytest.fixture(scope="module")
def questions(files):
    return {q["kind"]: (data, q) for data in files.values() for q in data["questions"]}


def _with(found, **changes):
    data, question = found
    changed = {**copy.deepcopy(question), **changes}
    return {**data, "questions": [{k: v for k, v in changed.items() if v is not ...}]}


def test_it_is_a_valid_schema_of_2020_12(schema):
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_it_accepts_every_file_of_the_question_bank(validator, files):
    assert len(files) > 5
    assert [(path.name, e.message) for path, data in files.items() for e in validator.iter_errors(data)] == []


def test_the_bank_shows_every_kind(questions):
    assert set(questions) == set(all_kinds())


@pytest.mark.parametrize("kind", all_kinds())
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"stemm": "题"}, id="unknown-key"),
        pytest.param({"stem": ...}, id="missing-stem"),
        pytest.param({"stem": ""}, id="empty-stem"),
        pytest.param({"points": 0}, id="no-points"),
        pytest.param({"facility": 2}, id="facility"),
        pytest.param({"status": "done"}, id="status"),
        pytest.param({"sources": []}, id="no-source"),
        pytest.param({"id": "A B"}, id="id"),
        pytest.param({"kind": "danxuan"}, id="bad-kind"),
        pytest.param({"kind": ...}, id="no-kind"),
    ],
)
def test_it_rejects(validator, questions, kind, changes):
    assert validator.is_valid(_with(questions[kind]))
    assert not validator.is_valid(_with(questions[kind], **changes))


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("single", "multiple"),
        ("multiple", "single"),
        ("judge", "single"),
        ("number", "judge"),
        ("order", "match"),
    ],
)
def test_it_rejects_a_question_under_another_kinds_name(validator, questions, kind, other):
    assert not validator.is_valid(_with(questions[kind], kind=other))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        pytest.param("single", {"options": {"A": 3, "B": 5}, "key": "A"}, id="options"),
        pytest.param("single", {"stem": 2026}, id="stem"),
        pytest.param("number", {"key": 12.5}, id="number-key"),
        pytest.param("order", {"steps": [1.5, [2, 3]]}, id="steps"),
    ],
)
def test_it_accepts_unquoted_numbers_as_the_reader_does(validator, questions, kind, changes):
    assert validator.is_valid(_with(questions[kind], **changes))


@pytest.mark.parametrize("changes", [{"format": 2}, {"topics": "x"}, {"questions": {}}])
def test_it_rejects_a_file(validator, files, changes):
    assert not validator.is_valid({**next(iter(files.values())), **changes})


def test_everything_an_author_fills_in_is_explained_in_chinese(schema):
    definitions = schema["$defs"]
    fields = [
        (name, field, said.get("description", ""))
        for name, definition in definitions.items()
        for field, said in definition.get("properties", {}).items()
    ]
    assert [(n, f) for n, f, said in fields if not any("一" <= c <= "龥" for c in said)] == []
