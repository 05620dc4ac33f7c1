"""What the plain page reads from a notebook, what handing in writes into it, and which face a paper is opened with."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import Any

import pytest

from trainer.errors import NotFound, TrainerError
from trainer.hub.singleuser.sheet_notebook import STUBS, Part, answer_of, parts, with_texts
from trainer.hub.singleuser.sheet_pages import asset, packed, wants_page
from trainer.kinds import reading

STUB = reading.ANSWER_STUB
DEFINITION = {"kind": "judge", "version": 1, "stem": "虚构的一题。", "number": 1}


def cell(name: str, source: Any, kind: str = "markdown", **flags: Any) -> dict[str, Any]:
    trainer = {"trainer": flags.pop("trainer")} if "trainer" in flags else {}
    return {
        "cell_type": kind,
        "metadata": {"nbgrader": {"grade_id": name, **flags}, **trainer},
        "source": source,
    }


def notebook(*cells: Any) -> bytes:
    return json.dumps({"cells": cells, "metadata": {"x": [1, "一"]}, "nbformat": 4}).encode()


PAPER = notebook(
    cell("title", ["# 卷\n", "共 3 题"], locked=True),
    cell("q01-stem", "**1.** 虚构的一题。", locked=True),
    cell("q01", STUB, solution=True, trainer=DEFINITION),
    cell("q02-stem", "**2.** 旧卷的一题。", locked=True),
    cell("q02", ["我的\n", "答案"], solution=True, trainer={"kind": "case"}),
    cell("q03", "def f():\n    ...", "code", solution=True),
    cell("q03-test", "assert f()", "code", grade=True, locked=True),
)


def test_the_stubs_are_those_of_the_kinds() -> None:
    assert reading.STUBS == STUBS
    assert answer_of(f"\n{STUB}\n A ") == "A"


def test_the_parts_in_order_without_what_a_widget_says_itself() -> None:
    assert parts(PAPER) == [
        Part(markdown="# 卷\n共 3 题"),
        Part(cell="q01", definition=DEFINITION),
        Part(markdown="**2.** 旧卷的一题。", cell="q02", text="我的\n答案"),
        Part(cell="q03", text="def f():\n    ...", code=True),
    ]


def test_only_answers_are_written_and_nothing_else_changes() -> None:
    before, written = (
        json.loads(PAPER),
        with_texts(PAPER, {"q01": "对", "q02": "改过\n的", "title": "x", "q99": "x"}),
    )
    after = json.loads(written)
    assert [c["source"] for c in after["cells"]][2:5:2] == ["对", ["改过\n", "的"]]
    for changed in (2, 4):
        after["cells"][changed]["source"] = before["cells"][changed]["source"]
    assert after == before


def test_the_same_answers_leave_the_same_bytes() -> None:
    assert with_texts(PAPER, {"q01": "", "q02": "我的\n答案"}) == PAPER
    written = with_texts(PAPER, {"q02": ""})
    assert with_texts(written, {"q01": "", "q02": ""}) == written


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'{"cells": 3}', b"[" * 100_000],
    ids=["none", "half", "list", "bytes", "number", "deep"],
)
def test_a_broken_file_is_said_to_be_broken(content: bytes) -> None:
    with pytest.raises(TrainerError, match="读不出来"):
        parts(content)


def test_strange_cells_are_passed_over() -> None:
    strange = notebook(
        1,
        {},
        {"metadata": 3},
        {"metadata": {"nbgrader": []}},
        cell("q01", 5, solution=True, trainer=[]),
        cell("x", {}, "raw"),
    )
    assert [part.cell for part in parts(strange)] == ["q01"]


def test_which_face() -> None:
    android, windows = "Mozilla/5.0 (Linux; Android 11) Mobile", "Mozilla/5.0 (Windows NT 10.0)"
    assert wants_page("auto", "", "", android)
    assert not wants_page("auto", "", "", windows)
    assert wants_page("auto", "", "small", windows)
    assert not wants_page("auto", "", "large", android)
    assert wants_page("page", "", "large", windows)
    assert not wants_page("notebook", "", "small", android)
    assert wants_page("notebook", "page", "large", windows)
    assert not wants_page("page", "notebook", "small", android)


def test_what_the_browser_keeps_for_ever_has_another_address_when_it_changes() -> None:
    fingerprint, content = packed("page.js")
    assert asset("page.js") == f"static/{fingerprint}/page.js"
    assert gzip.decompress(content)
    with pytest.raises(NotFound):
        packed("other.js")


def test_a_trainees_server_stays_thin() -> None:
    program = (
        "import sys; import trainer.hub.singleuser.sheet_pages; "
        "print([m for m in sys.modules if m.partition('.')[0] in ('nbgrader', 'sqlalchemy', 'pydantic', 'yaml', 'aiohttp')])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_plain_page_is_light() -> None:
    assert sum(len(packed(name)[1]) for name in ("page.js", "page.css")) < 40_000
