"""Key lists: which question each answer belongs to."""

import pytest

from trainer.bank.importers.keys import key_entries, looks_like_key

BODY = "一、单选题\n1、甲？\nA、一\nB、二\n2、乙？\nA、一\nB、二\n3、丙？\nA、一\nB、二\n二、判断题\n1、丁。\n2、戊。\n"


@pytest.mark.parametrize(
    ("line", "entries"),
    [
        ("1-3 ABA", [(1, "A"), (2, "B"), (3, "A")]),
        ("1—3：A B A", [(1, "A"), (2, "B"), (3, "A")]),
        ("1.A 2.B 3.A", [(1, "A"), (2, "B"), (3, "A")]),
        ("1、A；2、B；3、A", [(1, "A"), (2, "B"), (3, "A")]),
        ("1A2B3A", [(1, "A"), (2, "B"), (3, "A")]),
        ("一、单选题：1.A 2.B 3.A", [(1, "A"), (2, "B"), (3, "A")]),
        ("1~2 √× 3.√", [(1, "√"), (2, "×"), (3, "√")]),
        ("1-3 AB ACD BC", [(1, "AB"), (2, "ACD"), (3, "BC")]),
        ("1-3 AB", [(1, ""), (2, ""), (3, "")]),
        ("1.ABC 2.对", [(1, "ABC"), (2, "对")]),
    ],
)
def test_entries(line, entries):
    assert looks_like_key(line)
    assert key_entries(line) == entries


@pytest.mark.parametrize("line", ["1.灯会在哪里", "2021年", "A.一 B.二", "第三章 总则", "1.A组负责挂灯"])
def test_other_lines_are_no_keys(line):
    assert not looks_like_key(line)


@pytest.mark.parametrize(
    "key",
    [
        "参考答案\n一、单选题\n1-3 ABA\n二、判断题\n1-2 √×\n",
        "参考答案：\n一、单选题：1.A 2.B 3.A\n二、判断题：1.√ 2.×\n",
        "答案\n1.A 2.B 3.A\n1.对 2.错\n",
        "附：标准答案\n判断题\n1、√\n2、×\n单选题\n1、A\n2、B\n3、A\n",
        "参考答案及解析\n一、单选题\n1.A 解析：灯。\n2.【答案】B【解析】绳。\n3.A\n二、判断题\n1.√\n2.×\n",
    ],
)
def test_a_list_at_the_end_goes_to_its_sections(drafts, key):
    found = drafts(BODY + key)
    assert [d.key for d in found] == ["A", "B", "A", True, False]
    assert [d.doubts for d in found] == [[]] * 5


def test_a_list_after_each_section(drafts):
    first, second = BODY.split("二、判断题")
    found = drafts(f"{first}单选题答案\n1-3 BAB\n二、判断题{second}判断题答案\n1.× 2.√\n")
    assert [d.key for d in found] == ["B", "A", "B", False, True]


def test_a_list_that_cannot_be_placed_is_not_used(read, drafts):
    text = "1、甲？\nA、一\nB、二\n1、乙？\nA、一\nB、二\n1、丙？\nA、一\nB、二\n参考答案\n1.A\n1.B\n"
    assert [d.key for d in drafts(text)] == [None] * 3
    assert any("没有采用" in notice for notice in read(text).notices)


def test_a_list_with_one_entry_too_many_is_doubted(drafts):
    found = drafts("单选题\n1、甲？\nA、一\nB、二\n2、乙？\nA、一\nB、二\n参考答案\n1.A 2.B 3.A\n")
    assert all("答案表和这一部分的题号对不齐，答案可能错位。" in d.doubts for d in found)


def test_a_list_against_the_answer_in_the_question_is_doubted(drafts):
    found = drafts("单选题\n1、甲（B）？\nA、一\nB、二\n2、乙？\nA、一\nB、二\n参考答案\n1.A 2.B\n")
    assert found[0].doubts
    assert (found[1].key, found[1].doubts) == ("B", [])
