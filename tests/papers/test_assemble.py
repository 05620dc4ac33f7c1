"""Choosing questions: overlap, single and several forms, enemies, tight banks, large banks."""

from collections import Counter
from itertools import combinations
from random import Random

import pytest
from pydantic import ValidationError

from trainer.errors import CannotAssemble
from trainer.papers.assemble import assemble
from trainer.papers.make import make_paper


def _ids(form):
    return {candidate.question.id for section in form for candidate in section}


@pytest.mark.parametrize(
    ("forms", "overlap", "bank"),
    [
        pytest.param(2, 0, 8, id="two-forms-just-enough"),
        pytest.param(3, 0, 12, id="three-forms-just-enough"),
        pytest.param(2, 1, 7, id="one-in-common"),
        pytest.param(3, 1, 10, id="three-forms-one-in-common"),
        pytest.param(2, 4, 4, id="all-in-common"),
        pytest.param(1, 0, 4, id="single-form"),
    ],
)
def test_forms_share_at_most_the_overlap(blueprint, many, forms, overlap, bank):
    plan = blueprint(("single", 4, 2), forms=forms, overlap=overlap)
    choice = assemble(plan, many(bank), "种子")
    assert choice.proved
    assert [len(_ids(form)) for form in choice.forms] == [4] * forms
    for one, other in combinations(choice.forms, 2):
        assert len(_ids(one) & _ids(other)) <= overlap


def test_three_forms_have_the_same_topics(blueprint, many):
    bank = many(8, topic="jia") + many(7, topic="yi") + many(4, topic="bing")
    choice = assemble(blueprint(("single", 5, 2), forms=3), bank, "种子")
    topics = [Counter(candidate.topic for candidate in form[0]) for form in choice.forms]
    assert topics[0] == topics[1] == topics[2]


def test_questions_that_are_named(blueprint, many):
    bank = many(8) + many(3, "judge")
    named = ["single-dangfei-60-006", "single-dangfei-60-001"]
    section = {"title": "指定", "kind": "single", "count": 2, "points": 5, "questions": named}
    (form,) = assemble(blueprint(section, ("judge", 2, 1), forms=1), bank, "种子").forms
    assert {candidate.question.id for candidate in form[0]} == set(named)
    both = assemble(blueprint(section, forms=2, overlap=2), bank, "种子").forms
    assert [_ids(one) for one in both] == [set(named)] * 2
    missing = {**section, "questions": ["single-dangfei-60-006", "mei-you"]}
    with pytest.raises(CannotAssemble, match="“指定”指定的 mei-you 不能用"):
        assemble(blueprint(missing, forms=1), bank, "种子")
    with pytest.raises(ValidationError, match="forms: 1"):
        blueprint(section, forms=2)
    with pytest.raises(ValidationError, match="要相同"):
        blueprint({**section, "count": 3}, forms=1)


def test_a_single_form_is_an_assignment_without_a_letter(blueprint, many):
    bank = many(4)
    citations = {candidate.question.id: "依据" for candidate in bank}
    paper = make_paper(blueprint(("single", 3, 2), forms=1), bank, citations, "种子")
    assert [form.assignment for form in paper.forms] == ["juan"]


def test_a_section_keeps_to_its_topics(blueprint, many):
    bank = many(6, topic="jia") + many(6, topic="yi")
    section = {"title": "单选", "kind": "single", "count": 3, "points": 2, "topics": ["yi"]}
    choice = assemble(blueprint(section), bank, "种子")
    assert {c.topic for form in choice.forms for c in form[0]} == {"yi"}


def test_two_sections_of_a_kind_share_no_question(blueprint, many):
    choice = assemble(blueprint(("single", 3, 2), ("single", 3, 1)), many(12), "种子")
    for form in choice.forms:
        assert len(_ids(form)) == 6


def test_a_topic_of_weight_nought_or_without_weight_is_left_out(blueprint, many):
    bank = many(8, topic="jia") + many(8, topic="yi") + many(8, topic="bing")
    plan = blueprint(("single", 4, 2), topics={"jia": 1, "yi": 0}, topic_tolerance=0)
    choice = assemble(plan, bank, "种子")
    assert {c.topic for form in choice.forms for c in form[0]} == {"jia"}


@pytest.mark.parametrize("target", [0.4, 0.5, 0.6, 0.7, 0.8])
def test_the_facility_reaches_its_target_where_the_bank_allows(blueprint, many, target):
    bank = [c for f in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9) for c in many(5, facility=f)]
    plan = blueprint(("single", 6, 2), facility={"target": target, "tolerance": 0.02})
    facilities = [
        sum(c.question.facility for c in form[0]) / 6 for form in assemble(plan, bank, "种子").forms
    ]
    assert all(abs(f - target) <= 0.02 + 1e-9 for f in facilities)
    assert max(facilities) - min(facilities) <= 0.01


def test_a_window_that_only_its_edge_reaches_is_reached(blueprint, many):
    plan = blueprint(("single", 2, 2), facility={"target": 0.65, "tolerance": 0.03})
    assert assemble(plan, many(4, facility=0.68), "种子").proved


def test_questions_on_the_same_fact_go_to_different_forms(blueprint, candidate):
    bank = [candidate(f"q{i}", facts=[f"F{i // 2}"]) for i in range(8)]
    for form in assemble(blueprint(("single", 4, 2)), bank, "种子").forms:
        assert len({c.question.facts for c in form[0]}) == 4


def test_the_order_of_the_candidates_does_not_matter(blueprint, many):
    bank = many(30)
    shuffled = Random(1).sample(bank, len(bank))
    plan = blueprint(("single", 6, 2))
    assert assemble(plan, bank, "种子") == assemble(plan, shuffled, "种子")


def test_seeds_spread_over_the_whole_bank(blueprint, many):
    plan = blueprint(("single", 3, 2))
    bank = many(12)
    seen = [_ids(form) for seed in range(12) for form in assemble(plan, bank, str(seed)).forms]
    assert len({frozenset(ids) for ids in seen}) > 15
    assert len(set().union(*seen)) == 12


@pytest.fixture(scope="module")
def thousand(candidate):
    """A bank of 1000 questions as a county might gather in years."""
    random = Random(20261120)
    kinds = [("single", 40), ("judge", 25), ("blank", 20), ("order", 8), ("match", 7)]
    topics = [f"zhuanti-{i}" for i in range(8)]
    return [
        candidate(
            f"q{i:04d}",
            random.choices([k for k, _ in kinds], [w for _, w in kinds])[0],
            random.choice(topics),
            facility=round(random.uniform(0.35, 0.9), 2),
            facts=[f"F{random.randrange(1500)}"],
        )
        for i in range(1000)
    ]


@pytest.mark.parametrize("forms", [2, 3])
def test_a_bank_of_a_thousand_questions_is_assembled_with_proof(blueprint, thousand, forms):
    sections = [("single", 20, 2), ("judge", 10, 1), ("blank", 10, 2), ("order", 3, 6), ("match", 2, 6)]
    plan = blueprint(
        *sections,
        forms=forms,
        topics={f"zhuanti-{i}": 10 + i for i in range(8)},
        topic_tolerance=6,
        facility={"target": 0.65},
    )
    choice = assemble(plan, thousand, "2026")
    assert choice.proved
    assert len(set().union(*map(_ids, choice.forms))) == 45 * forms
