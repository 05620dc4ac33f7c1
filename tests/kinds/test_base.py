"""The catalogue of kinds, and layouts that are the same everywhere."""

import subprocess
import sys

import pytest

from trainer.kinds.base import all_kinds, lay_out, question_from_snapshot

PROGRAM = """
from trainer.kinds.base import all_kinds, lay_out, question_from_snapshot
import json, sys
data = json.loads(sys.argv[1])
question = question_from_snapshot(data)
print([lay_out(all_kinds()[question.kind], question, str(seed)) for seed in range(20)])
"""


def test_the_kinds_come_in_the_order_of_papers():
    names = ["single", "multiple", "judge", "blank", "number", "order", "match", "case", "code"]
    assert list(all_kinds())[: len(names)] == names


@pytest.mark.parametrize("kind", all_kinds())
def test_a_snapshot_makes_the_same_question_again(example, kind):
    question = example(kind).question
    assert question_from_snapshot(question.snapshot()) == question


@pytest.mark.parametrize("kind", ["single", "multiple", "order", "match"])
def test_layouts_are_permutations_that_the_seed_decides(example, kind):
    asked = example(kind)
    layouts = {lay_out(asked.kind, asked.question, str(seed)) for seed in range(50)}
    assert all(sorted(layout) == list(asked.layout) for layout in layouts)
    assert len(layouts) > 10


def test_layouts_do_not_depend_on_the_hash_seed(example):
    import json

    data = json.dumps(example("order").question.snapshot())
    said = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, data],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "12345")
    }
    assert len(said) == 1


def test_options_with_a_fixed_order_are_not_shuffled(ask):
    asked = ask("single", options={"A": "一年", "B": "两年"}, key="A", shuffle=False)
    assert lay_out(asked.kind, asked.question, "种子") == ()
    assert asked.kind.key_text(asked.question, ()) == "A"


@pytest.mark.parametrize("kind", [name for name, kind in all_kinds().items() if kind.treatment == "compared"])
@pytest.mark.parametrize("seed", ["甲", "乙", "丙"])
def test_every_kind_can_mark_its_own_samples(example, kind, seed):
    asked = example(kind)
    layout = lay_out(asked.kind, asked.question, seed)
    laid_out = type(asked)(asked.kind, asked.question, layout)
    samples = asked.kind.samples(asked.question, layout)
    assert laid_out.points(samples.right) == 600
    assert laid_out.points(samples.wrong) < 600
    assert laid_out.points(samples.malformed) == 0
    assert laid_out.points(samples.blank) == 0
