"""The marker of a form agrees with the kinds, on every question of the question bank."""

from pathlib import Path

import pytest

from trainer.bank.reader import read_bank
from trainer.grading.mark import Marker, treatment_of
from trainer.kinds.base import all_kinds, kind_of, lay_out
from trainer.model.marks import Marking, Verdict
from trainer.model.paper import Form, Item

BANK = read_bank(Path(__file__).parents[2] / "question_bank")
QUESTIONS = [pytest.param(entry.question, id=entry.question.id) for entry in BANK.entries]
COMPARED = [p for p in QUESTIONS if kind_of(p.values[0]).treatment == "compared"]
CODE = [p for p in QUESTIONS if kind_of(p.values[0]).treatment == "executed"]
RULES = [Marking(), Marking.model_validate({"multiple": "subset", "order": "exact"})]
SEEDS = ["甲", "乙", "丙", "2026/a"]


def _item(question, seed, cell="q01"):
    return Item(
        cell=cell,
        section="大题",
        points="3.33",
        layout=lay_out(kind_of(question), question, seed),
        topic="专题",
        citation="依据",
        question=question.snapshot(),
    )


def _marker(items, marking):
    return Marker(Form(letter="A", assignment="juan-a", items=tuple(items)), marking)


@pytest.mark.parametrize("question", COMPARED)
def test_every_question_marks_its_own_samples(question):
    kind = kind_of(question)
    for seed in SEEDS:
        item = _item(question, seed)
        samples = kind.samples(question, item.layout)
        for marking in RULES:
            marker = _marker([item], marking)
            right, wrong = marker.mark("q01", samples.right), marker.mark("q01", samples.wrong)
            assert (right.verdict, right.points) == (Verdict.CORRECT, 333)
            assert wrong.points < 333
            if question.kind in ("single", "judge", "number") or (
                marking == RULES[0] and question.kind == "multiple"
            ):
                assert wrong.points == 0
            assert (marker.mark("q01", samples.malformed).points) == 0
            assert marker.mark("q01", samples.blank).verdict is Verdict.UNANSWERED


@pytest.mark.parametrize("question", COMPARED)
def test_the_right_answer_may_be_typed_in_full_width(question):
    wide = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
    item = _item(question, "甲")
    right = kind_of(question).samples(question, item.layout).right
    assert _marker([item], Marking()).mark("q01", right.translate(wide)).verdict is Verdict.CORRECT


@pytest.mark.parametrize("question", [p for p in COMPARED if p.values[0].kind in ("single", "multiple")])
def test_options_may_be_typed_out_instead_of_their_letters(question):
    item = _item(question, "甲")
    typed = "\n".join(question.options[label] for label in question.key)
    assert _marker([item], Marking()).mark("q01", typed).verdict is Verdict.CORRECT


@pytest.mark.parametrize("question", [p for p in COMPARED if p.values[0].kind == "order"])
def test_steps_may_be_typed_out_instead_of_their_letters(question):
    item = _item(question, "甲")
    kind = kind_of(question)
    shown = [kind.arrangeable(question)[i] for i in item.layout]
    letters = kind.samples(question, item.layout).right.split()
    typed = "\n".join(shown["ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter)] for letter in letters)
    assert _marker([item], Marking()).mark("q01", typed).verdict is Verdict.CORRECT


@pytest.mark.parametrize("question", [p for p in QUESTIONS if p.values[0].kind != "code"])
def test_what_is_shown_does_not_hold_the_key(question):
    shown = kind_of(question).show(question, _item(question, "甲").layout)
    assert question.explanation not in shown
    assert "____" not in shown
    assert question.author_note == "" or question.author_note not in shown


def test_a_marker_agrees_with_the_kinds_on_a_whole_form():
    entries = [entry.question for entry in BANK.entries]
    items = [_item(question, "乙", f"q{i:03d}") for i, question in enumerate(entries)]
    texts = ["", "A", "对", "AB", "1-A 2-B", "12", "不知道", "三个月\n一年", "x" * 500]
    for marking in RULES:
        marker = _marker(items, marking)
        for item, question in zip(items, entries, strict=True):
            kind = kind_of(question)
            answers = [*texts, *vars(kind.samples(question, item.layout)).values()]
            for text in [*answers, *answers]:
                expected = kind.mark(question, item.layout, text, item.hundredths, marking)
                assert marker.mark(item.cell, text) == expected


def test_marks_cover_everything_that_is_not_executed():
    items = [_item(p.values[0], "甲", f"q{i:03d}") for i, p in enumerate(QUESTIONS)]
    marks = _marker(items, Marking()).marks({})
    assert set(marks) == {item.cell for item in items if treatment_of(item) != "executed"}
    assert {mark.verdict for mark in marks.values()} == {Verdict.UNANSWERED}


def test_a_case_waits_for_a_person():
    case = next(p.values[0] for p in QUESTIONS if p.values[0].kind == "case")
    mark = _marker([_item(case, "甲")], Marking()).mark("q01", "我的看法……")
    assert (mark.verdict, mark.points) == (Verdict.PENDING, None)


@pytest.mark.parametrize("question", CODE)
def test_the_solution_passes_its_tests(question):
    for tests in (question.tests, question.hidden_tests):
        exec(compile(f"{question.solution}\n{tests}", question.id, "exec"), {"__name__": "answer"})


@pytest.mark.parametrize("question", CODE)
def test_the_starter_does_not_pass(question):
    program = f"{question.starter}\n{question.tests}\n{question.hidden_tests}"
    with pytest.raises((AssertionError, TypeError, NameError)):
        exec(compile(program, question.id, "exec"), {"__name__": "answer"})


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_laid_out_as_a_permutation(question):
    kind = all_kinds()[question.kind]
    for seed in SEEDS:
        assert sorted(lay_out(kind, question, seed)) == list(range(len(kind.arrangeable(question))))
