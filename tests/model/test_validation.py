"""Whatever is written in a field, what is said about it is one Chinese sentence."""

import re

import pytest
from pydantic import ValidationError

from trainer.kinds.base import all_kinds
from trainer.model.contest import ContestRules
from trainer.model.paper import Blueprint
from trainer.model.regulation import Regulation
from trainer.model.validation import sentences

ENGLISH = re.compile(
    r"Input|should|valid|Value|error|String|Tuple|List|Decimal|parse|None|must|least|most|\bor\b|\band\b"
)
JUNK = [
    pytest.param(None, id="none"),
    pytest.param("", id="empty"),
    pytest.param("  ", id="spaces"),
    pytest.param("x y", id="words"),
    pytest.param("-1", id="minus-one"),
    pytest.param("0", id="nought"),
    pytest.param("1.2345", id="decimals"),
    pytest.param("1e999", id="enormous"),
    pytest.param("9" * 5000, id="long-number"),
    pytest.param("nan", id="nan"),
    pytest.param("inf", id="inf"),
    pytest.param("2026-02-30", id="no-such-day"),
    pytest.param([], id="empty-list"),
    pytest.param(["x"], id="list"),
    pytest.param([None], id="list-of-none"),
    pytest.param([["", None], "3"], id="nested"),
    pytest.param({}, id="empty-mapping"),
    pytest.param({"a": None, "B": ""}, id="mapping"),
    pytest.param([{"left": "", "points": "x", "article": "0"}], id="list-of-mappings"),
    pytest.param(True, id="true"),
    pytest.param(1.5, id="float"),
    pytest.param(float("nan"), id="float-nan"),
]  # fmt: skip
MODELS = [
    *(pytest.param(kind.question_type, id=name) for name, kind in all_kinds().items()),
    pytest.param(Blueprint, id="blueprint"),
    pytest.param(ContestRules, id="contest"),
    pytest.param(Regulation, id="regulation"),
]


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("model", MODELS)
def test_no_english_of_pydantic_is_shown(model, junk):
    with pytest.raises(ValidationError) as refused:
        model.model_validate(dict.fromkeys([*model.model_fields, "unknown"], junk))
    said = list(sentences(refused.value))
    assert said
    for _, sentence in said:
        words = re.sub(r"“[^”]*”|只能是 .*", "", sentence)
        assert re.search(r"[一-龥]", sentence)
        assert not ENGLISH.search(words)
        assert "写法不对" not in sentence or "ties" in sentence
        assert sentence.endswith("。")


@pytest.mark.parametrize("junk", [p for p in JUNK if not isinstance(p.values[0], dict)])
@pytest.mark.parametrize("model", MODELS)
def test_what_is_not_a_mapping_is_refused_in_chinese(model, junk):
    with pytest.raises(ValidationError) as refused:
        model.model_validate(junk)
    assert [sentence for _, sentence in sentences(refused.value)] == ["“内容”应当是“名称: 内容”的形式。"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        pytest.param({"key": "AB"}, ("key",), id="a-field-called-key"),
        pytest.param({"options": {"a": "x", "B": "y"}}, ("options", "a"), id="a-key-of-a-mapping"),
        pytest.param({"foo[1]": 1}, ("foo[1]",), id="an-unknown-key-with-brackets"),
        pytest.param(
            {"sources": [{"regulation": "a", "article": "x"}]}, ("sources", 0, "article"), id="nested"
        ),
    ],
)
def test_a_finding_says_where_it_is(given, path):
    sound = {
        "id": "a", "version": 1, "kind": "single", "status": "draft", "points": 1, "facility": 0.5, "stem": "题",
        "sources": [{"regulation": "a", "article": 1}], "explanation": "解", "options": {"A": "x", "B": "y"}, "key": "A",
    }  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        all_kinds()["single"].question_type.model_validate(sound | given)
    assert [where for where, _ in sentences(refused.value)] == [path]
