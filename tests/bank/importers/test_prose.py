"""Running text in the shapes that banks come in. All questions are made up."""

import pytest

from trainer.bank.importers.base import Role

from .conftest import options

PLAIN = "1、村里的灯谜会由谁主持？\nA、甲组\nB、乙组\nC、丙组\n答案：B\n2、灯谜会几点开始？\nA、八点\nB、九点\nC、十点\n答案：C\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(PLAIN.replace("、村", ".村").replace("2、", "2."), id="dot"),
        pytest.param(PLAIN.replace("1、", "1．").replace("2、", "2．"), id="full-width-dot"),
        pytest.param(PLAIN.replace("1、", "（1）").replace("2、", "（2）"), id="brackets"),
        pytest.param(PLAIN.replace("1、", "1\t").replace("2、", "2\t"), id="tab"),
        pytest.param(PLAIN.replace("1、", "第1题 ").replace("2、", "第2题 "), id="di-ti"),
        pytest.param(PLAIN.replace("1、", "### 第 1 题 [单选题]\n\n").replace("2、", "### 第 2 题 [单选题]\n"), id="markdown"),
        pytest.param(PLAIN.replace("1、", "").replace("2、", ""), id="no-numbers"),
        pytest.param(PLAIN.replace("、甲", ".甲").replace("、乙", "．乙").replace("、丙", " 丙"), id="separators"),
        pytest.param(PLAIN.replace("A、", "(A)").replace("B、", "(B)").replace("C、", "(C)"), id="bracketed-letters"),
        pytest.param(PLAIN.replace("A、", "Ａ．").replace("B、", "Ｂ．").replace("C、", "Ｃ．"), id="full-width-letters"),
        pytest.param(PLAIN.replace("\nB、", " B、").replace("\nC、", "  C、"), id="one-line-of-options"),
        pytest.param(PLAIN.replace("\nB、", "B.").replace("\nC、", "C.").replace("A、", "A."), id="no-space-between"),
        pytest.param(PLAIN.replace("\nA、", " A、").replace("\nB、", "B、").replace("\nC、", "C、"), id="stem-and-options"),
        pytest.param(PLAIN.replace("\n2、", " 2、"), id="next-on-the-same-line"),
        pytest.param(PLAIN.replace("\n", ""), id="all-on-one-line"),
        pytest.param(PLAIN.replace("答案：", "【答案】"), id="answer-brackets"),
        pytest.param(PLAIN.replace("答案：", "【答案】:"), id="answer-brackets-colon"),
        pytest.param(PLAIN.replace("答案：", "正确答案："), id="right-answer"),
        pytest.param(PLAIN.replace("答案：", "参考答案\n"), id="answer-below"),
        pytest.param(PLAIN.replace("答案：B", "答案：B、乙组").replace("答案：C", "答案：C. 十点"), id="letter-and-text"),
        pytest.param(PLAIN.replace("答案：B", "答案：乙组").replace("答案：C", "答案：十点"), id="text"),
        pytest.param(PLAIN.replace("？\nA", "（ B ）\nA", 1).replace("答案：B\n", ""), id="in-the-stem"),
        pytest.param(PLAIN.replace("\n", "\r\n"), id="windows-line-ends"),
        pytest.param(PLAIN.replace("由谁主持", "由谁\n主持"), id="hard-line-break"),
        pytest.param(PLAIN.replace("\n2、", "\n第 1 页 共 3 页\n- 2 -\n2、"), id="page-numbers"),
        pytest.param(PLAIN.replace("\n2、", "\n\n \n2、"), id="blank-lines"),
    ],
)  # fmt: skip
def test_every_shape_gives_the_same_two_questions(drafts, text):
    found = drafts(text)
    assert [(options(d), d.key, d.kind, d.doubts) for d in found] == [
        ("A甲组 B乙组 C丙组", "B", "single", []),
        ("A八点 B九点 C十点", "C", "single", []),
    ]
    assert found[0].raw.stem.startswith("村里的灯谜会由谁主持")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + PLAIN.encode(), id="bom"),
        pytest.param(PLAIN.encode("gbk"), id="gbk"),
        pytest.param(PLAIN.encode("gb18030"), id="gb18030"),
        pytest.param(PLAIN.encode("utf-16"), id="utf-16"),
        pytest.param(b"\xfe\xff" + PLAIN.encode("utf-16-be"), id="utf-16-be"),
    ],
)
def test_every_encoding_is_read(drafts, content):
    assert [d.key for d in drafts(content)] == ["B", "C"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("答案：A C D", ["A", "C", "D"]),
        ("答案：ACD", ["A", "C", "D"]),
        ("答案：a、c、d", ["A", "C", "D"]),
        ("【正确答案】A,C,D。", ["A", "C", "D"]),
        ("答案：A、甲；C、丙；D、丁", ["A", "C", "D"]),
    ],
)
def test_several_answers(drafts, line, key):
    (found,) = drafts(f"二、多选题\n1、选哪些？\nA、甲\nB、乙\nC、丙\nD、丁\n{line}\n")
    assert (found.kind, found.key, found.doubts) == ("multiple", key, [])


def test_headings_carry_the_kind_and_numbers_start_again(drafts):
    found = drafts(
        "某村知识测试（虚构）\n一、单项选择题（每题2分，共1题）\n1.选一个？\nA.甲 B.乙\n答案：A\n"
        "二、多项选择题（共1题）1.选两个？A.甲B.乙C.丙答案：AB\n（三）判断题\n1.灯是红的。（√）\n2.灯是绿的。(×)\n"
        "四、填空题\n1.灯有____盏，绳有____条。\n答案：三；两\n五、简答题\n1.怎样挂灯？\n答：先扎绳。\n再挂灯。\n"
    )
    assert [(d.kind, d.key) for d in found] == [
        ("single", "A"),
        ("multiple", ["A", "B"]),
        ("judge", True),
        ("judge", False),
        ("blank", [["三"], ["两"]]),
        ("case", "先扎绳。\n再挂灯。"),
    ]
    assert [d.doubts for d in found] == [[]] * 6


def test_judgements_in_every_place(drafts):
    found = drafts(
        "判断题\n1、甲。（√）\n2、乙（×）\n(√)3、丙。\n4、丁。\n答案：错误\n5、戊。\nA、正确\nB、错误\n答案：B\n6、己。（ 对 ）\n"
    )
    assert [d.key for d in found] == [True, False, True, False, False, True]
    assert all(d.kind == "judge" and not d.doubts for d in found)


def test_explanations_may_have_lines_and_mention_answers(drafts):
    (found, other) = drafts(
        "1、甲？\nA.一\nB.二\n【答案】:A\n解析:本题考察灯。正确答案为A,\nB.项不对。\n2、乙？\nA.一\nB.二\n答案：B解析：见上。\n"
    )
    assert (found.key, other.key, other.raw.explanation) == ("A", "B", "见上。")
    assert found.raw.explanation.startswith("本题考察灯。正确答案为A,")


@pytest.mark.parametrize(
    "stem",
    ["灯有（）盏", "灯有( )盏", "灯有____盏", "灯有\u00a0\u00a0\u00a0\u00a0盏", "灯有【 】盏", "灯有﹍﹍盏"],
)
def test_blanks_of_all_shapes(drafts, stem):
    (found,) = drafts(f"填空题\n1、{stem}。\n答案：三\n")
    assert (found.raw.stem, found.key, found.doubts) == ("灯有____盏。", [["三"]], [])


def test_download_sites_and_titles_are_shown_and_not_questions(read):
    reading = read("原创力文档(book118)网站文档\n- 约2.4万字\n某村题库\n" + PLAIN)
    shown = [(reading.lines[p.line].text, p.role) for p in reading.pieces if p.question is None]
    assert shown == [
        ("原创力文档(book118)网站文档", Role.NOISE),
        ("- 约2.4万字", Role.NOISE),
        ("某村题库", Role.HEADING),
    ]


def test_answers_at_the_end_of_a_line(drafts):
    (found,) = drafts("单选题\n1、灯由谁挂（）-D:丁组\n")
    assert (found.raw.stem, found.raw.answer) == ("灯由谁挂（）", "D:丁组")
    assert found.doubts == ["是选择题，却没有找到选项。"]


def test_a_point_of_an_answer_is_not_a_question(drafts):
    found = drafts(
        "简答题\n1、怎样挂灯？\n答：\n1、扎绳。\n2、挂灯。\n3、点灯。\n2、怎样收灯？\n答：解绳。\n"
    )
    assert [d.raw.stem for d in found] == ["怎样挂灯？", "怎样收灯？"]
    assert "点灯" in found[0].key


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("1、甲？\nA、一\nB、二\n", "没有答案。"),
        ("1、甲？\nA、一\nB、二\n答案：C\n", "答案“C”里的 C 不在选项里。"),
        ("1、甲？\nA、一\nB、二\nB、三\n答案：A\n", "选项的字母是 A、B、B，不连续。"),
        ("1、甲？\nA、一\nC、二\nD、三\n答案：A\n", "选项的字母是 A、C、D，不连续。"),
        ("1、甲？\nA、一样\nB、一 样\n答案：A\n", "选项 A 和 B 内容相同。"),
        ("1、甲？\nA、一\nB、二\n答案：A、二\n", "答案“A、二”的字母和文字不一致：文字是选项 B 的。"),
        ("1、甲？\nA、一\nB、二\n答案：A、三样\n", "答案“A、三样”的文字和选项 A 的文字不一致。"),
        ("一、单选题\n1、甲？\nA、一\nB、二\n答案：AB\n", "是单选题，答案却有 2 个：A、B。"),
        ("一、多选题\n1、甲？\nA、一\nB、二\n答案：B\n", "是多选题，答案却只有一个：B。"),
        ("1、甲（A）？\nA、一\nB、二\n答案：B\n", "题干的括号里的答案是“A”，后面写的答案是“B”。"),
        ("1、甲？\nA、一\nB、二\n我的答案：A\n", "只有“我的答案：A”，没有正确答案。"),
        ("填空题\n1、灯有三盏。\n答案：三\n", "题干里没有空：空丢了，或者答案已经填在里面，看不出是哪几个字。"),
        ("填空题\n1、灯有____盏，绳____条。\n答案：三\n", "题干里有 2 个空，答案“三”分不成 2 份。"),
        ("判断题\n1、灯亮。\n答案：A\n", "判断题的答案写作“A”，不知道是对还是错。"),
        ("1、甲？\nA、一\nB、二D、四\n答案：A\n", "选项 B“二D、四”里好像还有没有分开的选项或题目。"),
        ("1、《中国共产党样板工作细则》有几条？\nA、一\nB、二\n答案：A\n", "提到的《中国共产党样板工作细则》已经修订（2026年修订），这道题可能是按旧版（2014年）出的，请对照现行条文核对。"),
        ("1、《中国共产党灯谜条例》有几条？\nA、一\nB、二\n答案：A\n", "提到的《中国共产党灯谜条例》没有在法规登记表里，请核对有没有这部法规、是否现行有效。"),
        ("1、一题？\n答案：见上\n", "看不出题型：没有选项，没有空，也没有对错。"),
        ("1、甲？\nA、一\nB、二\n答案：A\n这一行是什么\n", "答案后面还有一行“这一行是什么”，不知道是什么。"),
        ("1、看图？![灯](a.png)\nA、一\nB、二\n答案：A\n", "题目里有图片，没有导入。"),
    ],
)  # fmt: skip
def test_whatever_is_not_certain_is_doubted(drafts, text, doubt):
    (found,) = drafts(text)
    assert doubt in found.doubts
    assert found.confidence == "低"


@pytest.mark.parametrize(
    "stem",
    [
        "《党章》说什么？",
        "《中国共产党样板工作细则》（2026年修订）说什么？",
        "《灯谜大全》说什么？",
        "《宪法》说什么？",
    ],
)
def test_what_is_in_force_or_no_regulation_of_the_party_is_not_doubted(drafts, stem):
    (found,) = drafts(f"1、{stem}\nA、一\nB、二\n答案：A\n")
    assert found.doubts == []


def test_a_stem_that_hangs_on_an_option_is_doubted_on_both_sides(drafts):
    found = drafts("一、单选题\n灯会在()年A.1901B.1902C.1903D.1904绳会在()年A.1905B.1906C.1907D.1908\n")
    assert [bool(d.doubts) for d in found] == [True, True]
    assert "最后一个选项和下一题的题干连在一起，分不开，请对照原文。" in found[0].doubts


def test_a_file_that_was_cut_off_is_doubted_at_its_end(drafts):
    found = drafts(PLAIN + "3、灯会在哪里（A）？\nA、村东\nB、村")
    assert [d.doubts for d in found[:2]] == [[], []]
    assert "文件到这道题就断了，可能不完整。" in found[2].doubts
