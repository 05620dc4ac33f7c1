"""One answer judged at once: the verdict, the words for it, and what is told only after an answer."""

from __future__ import annotations

import json

import pytest

from trainer.bank.reader import Bank, read_bank
from trainer.grading.practice import definition_of, entry_of, judge, read_entry, shown
from trainer.kinds.base import all_kinds, kind_of, lay_out

KINDS = [name for name, kind in all_kinds().items() if kind.treatment != "executed"]


@pytest.fixture(scope="module")
def bank(bank_folder) -> Bank:
    return read_bank(bank_folder)


def entries(bank: Bank, kind: str) -> list[dict]:
    return [
        entry_of(
            one.question,
            lay_out(kind_of(one.question), one.question, "ke/e1"),
            bank.citation(one.question),
            one.topic,
            bank.topics[one.topic],
        )
        for one in bank.eligible()
        if one.question.kind == kind
    ]


@pytest.mark.parametrize("name", KINDS)
def test_every_question_of_the_bank_can_be_practised(bank, name):
    assert entries(bank, name)
    for made in entries(bank, name):
        entry = json.loads(json.dumps(made))  # as it travels
        kind, question, layout = read_entry(entry)
        samples = kind.samples(question, layout)
        right = judge(entry, samples.right)
        assert (right.right, right.citation) == (True, entry["citation"])
        assert right.explanation == question.explanation
        for text, verdict in ((samples.blank, "empty"), (samples.malformed, "unread")):
            if name == "case" and verdict == "unread":
                continue
            told = judge(entry, text)
            assert (told.verdict, told.counts) == (verdict, False)
            assert (told.key, told.explanation, told.citation) == ("", "", "")
        if name != "case":
            assert not judge(entry, samples.wrong).right


@pytest.mark.parametrize("name", KINDS)
def test_what_a_page_draws_says_nothing_of_the_answer(bank, name):
    for entry in entries(bank, name):
        drawn = json.dumps(definition_of(entry, 1), ensure_ascii=False) + shown(entry)
        question = entry["question"]
        assert question["explanation"] not in drawn
        assert str(question.get("reference", "·")) not in drawn
        assert entry["citation"] not in drawn


def question(**more) -> dict:
    return {
        "question": {
            "id": "q", "version": 1, "status": "reviewed", "points": "2", "facility": 0.5, "stem": "虚构",
            "sources": [{"regulation": "x", "article": 1}], "explanation": "理由", **more,
        },
        "citation": "《虚构办法》第1条", "topic": "t", "topic_title": "专题", "layout": [],
    }  # fmt: skip


CHOICE = question(
    kind="multiple", options={"A": "甲", "B": "乙", "C": "丙"}, key=["A", "C"]
) | {"layout": [2, 1, 0]}  # fmt: skip
ORDER = question(kind="order", steps=["甲", ["乙", "丙"]]) | {"layout": [1, 0, 2]}
MATCH = question(kind="match", pairs=[{"left": "一", "right": "甲"}, {"left": "二", "right": "乙"}, {"left": "三", "right": "丙"}]) | {"layout": [2, 0, 1]}  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "text", "verdict", "said", "key"),
    [
        (CHOICE, "A", "wrong", "您的答案：A. 丙。", "A. 丙；C. 甲"),
        (CHOICE, "C A", "right", "您的答案：A. 丙；C. 甲。", "A. 丙；C. 甲"),
        (ORDER, "C B A", "partial", "您的答案：丙 → 甲 → 乙。", "甲 → （乙、丙 可互换）"),
        (MATCH, "1-B\n2-C\n3-C", "partial", "您的答案：一——甲；二——乙；三——乙。", "一——甲；二——乙；三——丙"),
        (question(kind="judge", key=True), "不对", "wrong", "您的答案：错。", "对"),
        (question(kind="judge", key=True), "也许", "unread", "您写的是“也许”。请这样作答：写“对”或者“错”。", ""),
        (question(kind="number", key="12.50", unit="元"), "12", "wrong", "您的答案：12。", "12.50元"),
    ],
)  # fmt: skip
def test_letters_are_said_in_words(entry, text, verdict, said, key):
    judged = judge(entry, text)
    assert (judged.verdict, judged.sentence, judged.key) == (verdict, said, key)


def test_an_essay_is_compared_by_its_author():
    essay = question(kind="case", rubric=[{"point": "要点", "points": "2"}], reference="参考")
    judged = judge(essay, "我写的")
    assert (judged.verdict, judged.right, judged.rubric, judged.reference) == (
        "self", True, ("要点（2 分）",), "参考",
    )  # fmt: skip


def test_what_is_for_the_author_alone_stays_out(bank):
    for name in KINDS:
        for entry in entries(bank, name):
            assert not {"author_note", "facts", "hidden_tests"} & set(entry["question"])
