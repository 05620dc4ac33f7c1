"""The demo's blueprint filled from the question bank: everything that a paper promises."""

import json
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from trainer.kinds.base import kind_of, question_from_snapshot
from trainer.kinds.order import longest_in_order
from trainer.model.question import Status
from trainer.papers.assemble import assemble
from trainer.papers.make import make_paper

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from pathlib import Path
from trainer.bank.reader import read_bank
from trainer.papers.assemble import Candidate
from trainer.papers.files import read_blueprint
from trainer.papers.make import make_paper
root = Path(sys.argv[1])
bank = read_bank(root / "question_bank")
blueprint = read_blueprint(root / "courses/leitai/blueprints/leitai.yaml")
candidates = [Candidate(e.question, e.topic) for e in bank.eligible()]
citations = {e.question.id: bank.citation(e.question) for e in bank.eligible()}
print(json.dumps(make_paper(blueprint, candidates[::-1], citations, "2026").model_dump(mode="json")))
"""


@pytest.fixture(scope="module")
def citations(real_bank):
    return {entry.question.id: real_bank.citation(entry.question) for entry in real_bank.eligible()}


@pytest.fixture(scope="module")
def paper(leitai, real_candidates, citations):
    return make_paper(leitai, real_candidates, citations, "2026")


def _facility(form):
    points = sum(item.hundredths for item in form.items)
    return sum(item.hundredths * item.question["facility"] for item in form.items) / points


def test_the_same_seed_gives_the_same_paper(paper, leitai, real_candidates, citations):
    assert make_paper(leitai, real_candidates, citations, "2026") == paper


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_and_another_order_of_the_bank_give_the_same_paper(paper, hash_seed):
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT)],
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert json.loads(said) == paper.model_dump(mode="json")


def test_another_seed_gives_another_paper(paper, leitai, real_candidates, citations):
    other = make_paper(leitai, real_candidates, citations, "2027")
    assert {item.question_id for item in other.forms[0].items} != {
        i.question_id for i in paper.forms[0].items
    }


def test_both_optima_are_proved(leitai, real_candidates):
    assert assemble(leitai, real_candidates, "2026").proved


def test_the_forms_have_no_question_in_common(paper):
    first, second = ({item.question_id for item in form.items} for form in paper.forms)
    assert not first & second


def test_no_form_has_a_question_twice(paper):
    for form in paper.forms:
        assert len({item.question_id for item in form.items}) == len(form.items)


def test_every_section_has_its_kind_count_and_points(paper, leitai):
    for form in paper.forms:
        assert form.full == leitai.full == 10000
        for section in leitai.sections:
            items = [item for item in form.items if item.section == section.title]
            assert len(items) == section.count
            assert {item.question["kind"] for item in items} == {section.kind}
            assert {item.hundredths for item in items} == {section.hundredths}


def test_the_forms_have_the_same_topics_in_every_section(paper):
    first, second = (Counter((item.section, item.topic) for item in form.items) for form in paper.forms)
    assert first == second


def test_topic_shares_are_within_the_tolerance(paper, leitai):
    total = sum(leitai.topics.values())
    for form in paper.forms:
        for topic, weight in leitai.topics.items():
            points = sum(item.hundredths for item in form.items if item.topic == topic)
            assert (
                abs(points / form.full - float(weight / total)) <= float(leitai.topic_tolerance) / 100 + 1e-4
            )


def test_the_facility_is_within_the_tolerance_and_near_on_all_forms(paper, leitai):
    facilities = [_facility(form) for form in paper.forms]
    assert all(abs(f - leitai.facility.target) <= leitai.facility.tolerance + 1e-9 for f in facilities)
    assert max(facilities) - min(facilities) <= 0.01


def test_only_reviewed_questions_are_chosen(paper, real_bank):
    status = {entry.question.id: entry.question.status for entry in real_bank.entries}
    assert {status[item.question_id] for form in paper.forms for item in form.items} == {Status.REVIEWED}


def test_no_two_questions_of_a_form_rest_on_the_same_fact(paper):
    for form in paper.forms:
        for one, other in combinations(form.items, 2):
            assert not set(one.question.get("facts", ())) & set(other.question.get("facts", ()))


def test_no_order_is_shown_in_a_right_order_and_no_pairs_side_by_side(paper):
    for form in paper.forms:
        for item in form.items:
            question = question_from_snapshot(item.question)
            if question.kind == "order":
                placed = longest_in_order(item.layout, question.must_precede())
                assert placed < len(item.layout)
            if question.kind == "match":
                key = kind_of(question).key_text(question, item.layout)
                assert not key.startswith("1-A、2-B、3-C")


def test_cells_are_numbered_through(paper):
    for form in paper.forms:
        assert [item.cell for item in form.items] == [f"q{i:02d}" for i in range(1, len(form.items) + 1)]


def test_snapshots_are_the_banks_questions(paper, real_bank):
    by_id = real_bank.by_id()
    for form in paper.forms:
        for item in form.items:
            assert question_from_snapshot(item.question) == by_id[item.question_id].question
            assert item.citation == real_bank.citation(by_id[item.question_id].question)


def test_assignments_carry_the_letters_of_their_forms(paper):
    assert [(form.letter, form.assignment) for form in paper.forms] == [("A", "leitai-a"), ("B", "leitai-b")]
    assert paper.form_for("leitai-b") is paper.forms[1]
    assert paper.form_for("leitai-c") is None
