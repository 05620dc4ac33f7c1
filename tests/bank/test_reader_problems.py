"""Every mistake is reported with file, line, question and one Chinese sentence."""

import re

import pytest

# (text to replace in the sound question, by what, line of the problem, what the sentence says)
MISTAKES = [
    pytest.param("    stem: 几年？", "    stem: 几年？\n    stemm: 几年？", 14, "不认识“stemm”", id="unknown-key"),
    pytest.param("    key: A", "    key: C", 17, "答案 C 不在选项里", id="key-names-no-option"),
    pytest.param("    key: A", "    key: [A]", 17, "“key”应当是文字", id="key-is-a-list"),
    pytest.param("    key: A", "    key: AB", 17, "“key”应当是一个大写字母", id="key-is-two-letters"),
    pytest.param("      B: 两年", "      B: 一年。", 16, "内容相同", id="same-option-twice"),
    pytest.param("      B: 两年", "      b: 两年", 16, "“b”应当是一个大写字母", id="lower-case-label"),
    pytest.param("      B: 两年", "      B:", 16, "“B”应当是文字", id="option-without-text"),
    pytest.param('B: 两年', 'B: "  "', 16, "“B”不能是空的", id="blank-option"),
    pytest.param("      B: 两年\n", "", 14, "“options”至少要有 2 项", id="one-option"),
    pytest.param("regulation: guiding", "regulation: meiyou", 11, "meiyou 没有登记", id="unknown-regulation"),
    pytest.param("regulation: guiding", "regulation: jiu-guiding", 11, "已被《某规定》（2026年修订）取代", id="replaced-regulation"),
    pytest.param("article: 1", "article: 7", 12, "没有登记第7条", id="unknown-article"),
    pytest.param("article: 1", "article: 9", 12, "第9条已停用（已并入第2条）", id="retired-article"),
    pytest.param("article: 1", "article: 第1条", 12, "“article”应当是整数", id="article-in-words"),
    pytest.param("article: 1", "article: 0", 12, "“article”应当大于 0", id="article-nought"),
    pytest.param("points: 2", "points: 0", 8, "“points”应当大于 0", id="points-nought"),
    pytest.param("points: 2", "points: -1", 8, "“points”应当大于 0", id="points-negative"),
    pytest.param("points: 2", "points: 1.005", 8, "最多写 2 位小数", id="points-too-fine"),
    pytest.param("points: 2", "points: 101", 8, "“points”不能大于 100", id="points-too-many"),
    pytest.param("points: 2", "points: 两分", 8, "“points”应当是数", id="points-in-words"),
    pytest.param("points: 2", "points: true", 8, "“points”应当是数", id="points-a-truth-value"),
    pytest.param("points: 2", "points: .nan", 8, "“points”应当是数", id="points-yaml-nan"),
    pytest.param("points: 2", "points: nan", 8, "“points”应当是", id="points-nan"),
    pytest.param("facility: 0.6", "facility: 60%", 9, "“facility”应当是数", id="facility-percent"),
    pytest.param("facility: 0.6", "facility: 1", 9, "“facility”应当小于 1", id="facility-one"),
    pytest.param("facility: 0.6", "facility: nan", 9, "“facility”应当", id="facility-nan"),
    pytest.param("version: 1", "version: 1.5", 5, "“version”应当是整数", id="version-decimal"),
    pytest.param("version: 1", "version: 0", 5, "“version”不能小于 1", id="version-nought"),
    pytest.param("version: 1", "version: true", 5, "“version”应当是整数", id="version-a-truth-value"),
    pytest.param("version: 1", f"version: {'9' * 5000}", 5, "“version”", id="version-enormous"),
    pytest.param("status: reviewed", "status: 已审", 7, "“status”只能是 draft, reviewed 或 retired", id="status"),
    pytest.param("kind: single", "kind: danxuan", 6, "题型“danxuan”不认识", id="bad-kind"),
    pytest.param("kind: single", "kind: [single]", 6, "不认识", id="kind-is-a-list"),
    pytest.param("kind: single", "kind:", 6, "题型“”不认识", id="kind-empty"),
    pytest.param("    kind: single\n", "", 4, "题型“”不认识", id="kind-missing"),
    pytest.param("    key: A\n", "", 4, "缺少“key”", id="key-missing"),
    pytest.param("    explanation: 某规定第1条。\n", "", 4, "缺少“explanation”", id="explanation-missing"),
    pytest.param("stem: 几年？", "stem:", 13, "“stem”应当是文字", id="stem-empty"),
    pytest.param("stem: 几年？", "stem: [几年]", 13, "“stem”应当是文字", id="stem-is-a-list"),
    pytest.param("        article: 1\n", "", 11, "缺少“article”", id="article-missing"),
    pytest.param("stem: 几年？", "stem: 几年？\n    facts: F1", 14, "“facts”应当是列表", id="facts-not-a-list"),
    pytest.param("stem: 几年？", "stem: 几年？\n    shuffle: 也许", 14, "“shuffle”应当写 true 或 false", id="shuffle"),
    pytest.param("stem: 几年？", "stem: 几年？\n    stem: 几月？", 14, "“stem”写了两次", id="key-twice"),
    pytest.param("      B: 两年", "      B: 两年\n      A: 三年", 17, "“A”写了两次", id="option-label-twice"),
    pytest.param("stem: 几年？", "stem: 几年？\n    [a, b]: c", 14, "应当是一个名称", id="key-is-a-list-of-words"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "becomes", "line", "says"), MISTAKES)
def test_a_mistake_is_found_at_its_line(banks, head, sound, was, becomes, line, says):
    assert sound.count(was) == 1
    (problem,) = banks.problems(head + sound.replace(was, becomes))
    assert (problem.file, problem.line, problem.question) == ("bank/dangfei/a.yaml", line, "t-001")
    assert says in problem.sentence
    assert re.search(r"[一-龥]", problem.sentence)
    assert not re.search(r"Input|should|valid|String|least|Field|Extra", problem.sentence)
    assert problem.sentence.endswith("。")
    assert str(problem) == f"bank/dangfei/a.yaml 第 {line} 行，题目 t-001：{problem.sentence}"


def test_a_bad_id_is_found(banks, head, sound):
    (problem,) = banks.problems(head + sound.replace("t-001", "T_001"))
    assert (problem.line, problem.question) == (4, "T_001")
    assert "只能用小写字母、数字和短横线" in problem.sentence


def test_a_missing_id_is_found(banks, head, sound):
    (problem,) = banks.problems(head + sound.replace("- id: t-001\n    version", "- version"))
    assert (problem.line, problem.question, problem.sentence) == (4, "", "缺少“id”，请补上。")


# (own fields of a question of another kind, line of the problem, what the sentence says); the fields start at line 11
KINDS = [
    pytest.param("kind: judge\nstem: 题\nkey: 对", 13, "“key”应当写 true 或 false", id="judge-key"),
    pytest.param("kind: multiple\nstem: 题\noptions: {A: 甲, B: 乙}\nkey: [A]", 14, "至少要有两项", id="multiple-one"),
    pytest.param("kind: multiple\nstem: 题\noptions: {A: 甲, B: 乙}\nkey:\n- A\n- 乙", 16, "“key 的第 2 项”应当是一个大写字母", id="multiple-key"),
    pytest.param("kind: blank\nstem: 没有空\nkey: [[甲]]", 12, "填空题的题干里没有空", id="blank-without-a-blank"),
    pytest.param("kind: blank\nstem: ____和____\nkey: [[甲]]", 13, "题干里有 2 个空，答案却有 1 个", id="blank-count"),
    pytest.param("kind: blank\nstem: ____\nkey: [甲]", 13, "“key 的第 1 项”应当是列表", id="blank-not-nested"),
    pytest.param("kind: blank\nstem: ____和____\nkey:\n- [甲]\n- [，]", 15, "只有标点", id="blank-punctuation"),
    pytest.param("kind: number\nstem: 题\nkey: 十二", 13, "“key”应当是数", id="number-key"),
    pytest.param("kind: number\nstem: 题\nkey: 1e3", 13, "不用科学记数法", id="number-scientific"),
    pytest.param("kind: number\nstem: 题\nkey: 1\ntolerance: -1", 14, "“tolerance”不能小于 0", id="tolerance"),
    pytest.param("kind: order\nstem: 题\nsteps: [甲]", 13, "“steps”至少要有 2 项", id="order-one-step"),
    pytest.param("kind: order\nstem: 题\nsteps:\n- 甲\n- {乙: 丙}", 15, "“steps 的第 2 项”应当是文字", id="order-step"),
    pytest.param("kind: order\nstem: 题\nsteps:\n- 甲\n- [乙, '']", 15, "不能是空的", id="order-empty-step"),
    pytest.param("kind: order\nstem: 题\nsteps: [甲, 乙]\nprecedence: [[1, 2, 3]]", 14, "“precedence 的第 1 项”最多 2 项", id="precedence"),
    pytest.param("kind: order\nstem: 题\nsteps: [甲, 乙]\nprecedence: [[1, 5]]", 14, "应当在 1 到 2 之间", id="precedence-range"),
    pytest.param("kind: match\nstem: 题\npairs:\n- {left: 甲, right: 一}\n- {left: 乙}", 15, "缺少“right”", id="match-pair"),
    pytest.param("kind: match\nstem: 题\npairs:\n- {left: 甲, right: 一}\n- {left: 甲, right: 二}", 15, "左边的“甲”写了两次", id="match-left"),
    pytest.param("kind: case\nstem: 题\nreference: 参考\nrubric:\n- {point: 要点, points: 1}", 14, "与题目分值 2 分不等", id="rubric"),
    pytest.param("kind: code\nstem: 题\nstarter: x\nsolution: 'x ='\ntests: x", 14, "不是合法的 Python", id="code"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "line", "says"), KINDS)
def test_every_kind_has_its_own_checks(banks, head, question, body, line, says):
    (problem,) = banks.problems(head + question(body))
    assert (problem.line, problem.question) == (line, "t-002")
    assert says in problem.sentence
    assert not re.search(r"Input|should|valid|String|Tuple|Value", problem.sentence)


def test_all_problems_of_a_question_are_reported_together(banks, head, sound):
    text = sound.replace("points: 2", "points: 0").replace("facility: 0.6", "facility: 2")
    text = text.replace("article: 1", "article: 7").replace("    key: A\n", "")
    assert banks.places(head + text) == [(4, "t-001"), (8, "t-001"), (9, "t-001"), (12, "t-001")]


def test_all_problems_of_all_files_are_reported_together(banks, head, sound):
    banks.write("regulations.yaml", "format: 1\nregulations: 无\n")
    banks.write("dangfei/b.yaml", "a: [\n")
    banks.write(
        "dangfei/c.yaml", "format: 1\ntopic: meiyou\nquestions:\n" + sound.replace("points: 2", "points: 0")
    )
    found = banks.problems(head + sound.replace("t-001", "t-002").replace("kind: single", "kind: x"))
    assert [(problem.file.removeprefix("bank/"), problem.line) for problem in found] == [
        ("dangfei/a.yaml", 6),
        ("dangfei/b.yaml", 2),
        ("dangfei/c.yaml", 2),
        ("dangfei/c.yaml", 8),
        ("regulations.yaml", 2),
    ]


def test_an_id_used_twice_is_reported_even_when_the_other_question_is_faulty(banks, head, sound):
    second = sound.replace("stem: 几年？", "stem: 几月？").replace("points: 2", "points: 0")
    problems = banks.problems(head + sound + second)
    assert [(problem.line, problem.question) for problem in problems] == [(19, "t-001"), (23, "t-001")]
    assert "和 bank/dangfei/a.yaml 第 4 行的重复" in problems[0].sentence


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({}, "内容相同", id="same-key"),
        pytest.param({"key: A": "key: B"}, "答案却不同", id="another-key"),
        pytest.param({"几年？": "几 年"}, "内容相同", id="other-punctuation"),
        pytest.param(
            {"A: 一年": "A: 两年", "B: 两年": "B: 一年", "key: A": "key: B"},
            "内容相同",
            id="options-exchanged",
        ),
        pytest.param(
            {"A: 一年": "A: 两年", "B: 两年": "B: 一年"}, "答案却不同", id="options-but-not-key-exchanged"
        ),
    ],
)
def test_two_questions_that_say_the_same_are_reported(banks, head, sound, changed, says):
    second = sound.replace("t-001", "t-002")
    for was, becomes in changed.items():
        second = second.replace(was, becomes)
    (problem,) = banks.problems(head + sound + second)
    assert (problem.line, problem.question) == (19, "t-002")
    assert "t-001" in problem.sentence
    assert says in problem.sentence


def test_a_retired_question_may_repeat_another_and_rest_on_what_is_retired(banks, head, sound):
    old = sound.replace("t-001", "t-002").replace("reviewed", "retired").replace("article: 1", "article: 9")
    bank = banks.read(head + sound + old)
    assert [entry.question.id for entry in bank.eligible()] == ["t-001"]


def test_drafts_are_not_eligible(banks, head, sound):
    assert banks.read(head + sound.replace("reviewed", "draft")).eligible() == []
