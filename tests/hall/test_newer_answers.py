"""Two windows or devices on one answer: what another has saved in between is never overwritten unseen."""

from __future__ import annotations

from typing import Any

import pytest

from trainer.hall.client import HallConflict, HallError


@pytest.fixture
def paper(instructor, name, notebook):
    instructor.release("dangwu", name, {f"{name}.ipynb": notebook()})
    return "dangwu", name


def newer(raised: Any) -> tuple[str, str]:
    assert (raised.value.status, raised.value.code) == (409, "newer-answer")
    assert str(raised.value).endswith("。")
    return raised.value.more["text"], raised.value.more["saved_at"]


def test_an_edit_that_began_from_the_latest_save_is_saved(zhang, paper):
    first = zhang.save_answer(*paper, "q01", "A", base="")
    second = zhang.save_answer(*paper, "q01", "B", base=first["saved_at"])
    assert zhang.answers(*paper)["q01"] == {"text": "B", "saved_at": second["saved_at"]}


def test_another_text_saved_since_is_shown_and_kept(zhang, paper):
    first = zhang.save_answer(*paper, "q01", "A", base="")
    with pytest.raises(HallConflict) as raised:
        zhang.save_answer(*paper, "q01", "B", base="")
    assert newer(raised) == ("A", first["saved_at"])
    assert zhang.answers(*paper)["q01"]["text"] == "A"
    zhang.save_answer(*paper, "q01", "B", base=first["saved_at"])
    with pytest.raises(HallConflict) as raised:
        zhang.save_answer(*paper, "q01", "", base=first["saved_at"])
    assert newer(raised)[0] == "B"


def test_the_same_text_again_is_no_conflict_and_no_second_save(zhang, paper):
    first = zhang.save_answer(*paper, "q01", "A", base="")
    assert zhang.save_answer(*paper, "q01", "A", base="") == first


def test_without_a_base_the_last_one_counts_as_before(zhang, paper):
    zhang.save_answer(*paper, "q01", "A")
    zhang.save_answer(*paper, "q01", "B")
    assert zhang.answers(*paper)["q01"]["text"] == "B"


def test_others_and_other_cells_do_not_matter(zhang, li, paper):
    li.save_answer(*paper, "q01", "A", base="")
    zhang.save_answer(*paper, "q02", "A", base="")
    zhang.save_answer(*paper, "q01", "C", base="")
    assert li.answers(*paper)["q01"]["text"] == "A"


@pytest.mark.parametrize("base", ["yesterday", "2026-03-01T09:00:00", 7, ["x"]])
def test_a_base_that_is_no_time_of_ours(zhang, paper, base):
    with pytest.raises(HallError) as raised:
        zhang.save_answer(*paper, "q01", "A", base=base)
    assert (raised.value.status, raised.value.code) == (422, "invalid")
