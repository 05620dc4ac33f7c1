"""What pages write into answer cells is what the marker reads; the TypeScript tests read the same cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trainer.kinds.base import LETTERS, all_kinds
from trainer.kinds.judge import read_judgement
from trainer.kinds.match import read_pairs
from trainer.kinds.reading import answer_text, read_letters, split_entries

CASES = Path(__file__).parents[1] / "data" / "answers"
KINDS = sorted(path.stem for path in CASES.glob("*.json"))


def cases_of(kind: str) -> dict[str, Any]:
    return json.loads((CASES / f"{kind}.json").read_text(encoding="utf-8"))


def _read_by_letters(definition: dict[str, Any], text: str) -> list[str] | None:
    found = read_letters(text, [one["text"] for one in definition.get("options", definition.get("steps"))])
    return None if found is None else [LETTERS[index] for index in found]


def _read_single(definition: dict[str, Any], text: str) -> str | None:
    found = _read_by_letters(definition, text)
    return found[0] if found and len(found) == 1 else None


def _read_multiple(definition: dict[str, Any], text: str) -> list[str] | None:
    found = _read_by_letters(definition, text)
    return None if found is None else sorted(set(found))


def _read_match(definition: dict[str, Any], text: str) -> dict[str, str] | None:
    pairs = read_pairs(text, len(definition["left"]), len(definition["right"]))
    return None if pairs is None else {str(left + 1): LETTERS[right] for left, right in sorted(pairs.items())}


#: How Python reads the text of each kind.
READERS: dict[str, Callable[[dict[str, Any], str], Any]] = {
    "single": _read_single,
    "multiple": _read_multiple,
    "judge": lambda _, text: read_judgement(text),
    "blank": lambda definition, text: split_entries(text, definition["blanks"]),
    "number": lambda _, text: text,
    "order": _read_by_letters,
    "match": _read_match,
    "case": lambda _, text: text,
}


def test_every_kind_that_is_drawn_has_cases(example):
    drawn = [name for name in all_kinds() if all_kinds()[name].present(*_asked(example(name))) is not None]
    assert sorted(drawn) == KINDS == sorted(READERS)


def _asked(asked: Any) -> tuple[Any, Any]:
    return asked.question, asked.layout


@pytest.mark.parametrize("kind", KINDS)
def test_the_definition_is_the_one_that_the_pages_are_tested_with(ask, kind):
    cases = cases_of(kind)
    asked = ask(kind, tuple(cases["layout"]), **cases["question"])
    assert asked.problems == []
    assert asked.kind.present(asked.question, asked.layout) == cases["definition"]


@pytest.mark.parametrize("kind", KINDS)
def test_python_reads_what_the_pages_write(ask, kind):
    cases = cases_of(kind)
    for case in cases["cases"]:
        typed = answer_text(case["text"])
        assert (typed == "") == (case["is"] == "nothing"), case["name"]
        if case["is"] == "answer":
            read = READERS[kind](cases["definition"], typed)
            wanted = case["parsed"]
            if kind == "blank":  # folding takes decoration off, as the marker does
                wanted = [entry.strip("#") for entry in wanted]
                read = [entry.replace(";", "；") for entry in read]
            assert read == wanted, case["name"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_earns_what_it_should(ask, kind):
    cases = cases_of(kind)
    asked = ask(kind, tuple(cases["layout"]), **cases["question"])
    for case in cases["cases"]:
        mark = asked.mark(case["text"], 600)
        assert (mark.verdict.value, mark.points) == (case["verdict"], case["points"]), case["name"]


@pytest.mark.parametrize("kind", KINDS)
def test_cases_are_of_every_sort(kind):
    cases = cases_of(kind)["cases"]
    tapped = [case for case in cases if "gesture" in case]
    assert {"answer", "nothing"} <= {case["is"] for case in tapped}
    assert any("gesture" not in case for case in cases)
    if kind != "case":
        assert any(case["is"] == "unreadable" for case in cases)
        assert {"正确", "未作答"} < {case["verdict"] for case in tapped}
