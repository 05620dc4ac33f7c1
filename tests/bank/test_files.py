"""Files that are not YAML, not UTF-8, of another format or in the wrong place; and the two registers."""

import pytest

from trainer.errors import NotFound


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("format: 1\ntopic: dangfei\nquestions:\n\t- id: t-001\n", 4, "Tab 缩进", id="tab-indent"),
        pytest.param("format: 1\ntopic: dangfei\nquestions:\n  - id: a\n\tkind: single\n", 5, "Tab 缩进", id="tab-later"),
        pytest.param("format: 1\ntopic: dangfei\nquestions: [\n", 4, "YAML 写法不对", id="open-bracket"),
        pytest.param("format: 1\ntopic: a: b\n", 2, "YAML 写法不对", id="two-colons"),
        pytest.param('format: 1\ntopic: "a\\q"\n', 2, "YAML 写法不对", id="bad-escape"),
        pytest.param("format: 1\n---\nformat: 1\n", 2, "YAML 写法不对", id="two-documents"),
        pytest.param("format: 1\ntopic: a\x01\n", 2, "控制字符", id="control-character"),
        pytest.param("format: 1\na: &x 1\nb: *x\n", 3, "锚点和引用", id="alias"),
        pytest.param("a: &x [*x]\n", 1, "锚点和引用", id="alias-of-itself"),
        pytest.param("format: 1\ntopic: 党费".encode("gbk"), 0, "不是 UTF-8 编码", id="gbk"),
        pytest.param("", 1, "format、topic 和 questions", id="empty"),
        pytest.param("# 只有注释\n", 1, "format、topic 和 questions", id="only-a-comment"),
        pytest.param("- 1\n", 1, "format、topic 和 questions", id="list"),
        pytest.param("format: 1\ntopic: dangfei\nquestions: 无\n", 1, "format、topic 和 questions", id="no-list"),
        pytest.param("format: 2\ntopic: dangfei\nquestions: [1]\n", 1, "format: 1", id="another-format"),
        pytest.param("topic: dangfei\nformat: 一\nquestions: []\n", 2, "format: 1", id="format-in-words"),
        pytest.param("topic: dangfei\nquestions: []\n", 1, "format: 1", id="no-format"),
        pytest.param("format: 1\nquestions: []\n", 1, "缺少“topic”", id="no-topic"),
        pytest.param("format: 1\ntopic: meiyou\nquestions: []\n", 2, "专题“meiyou”没有登记", id="unknown-topic"),
        pytest.param("format: 1\ntopic: [a]\nquestions: []\n", 2, "没有登记", id="topic-is-a-list"),
        pytest.param("format: 1\ntopic: dangfei\nquestion: 1\nquestions: []\n", 3, "不认识“question”", id="unknown-key"),
        pytest.param("format: 1\ntopic: dangfei\nquestions: []\ntopic: dangfei\n", 4, "“topic”写了两次", id="key-twice"),
        pytest.param("format: 1\ntopic: dangfei\nquestions:\n  - 题\n", 4, "这里应当是一道题", id="not-a-question"),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_problem_at_its_line(banks, text, line, says):
    (problem,) = banks.problems(text)
    assert (problem.file, problem.line, problem.question) == ("bank/dangfei/a.yaml", line, "")
    assert says in problem.sentence


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(banks, head, sound):
    banks.read(("\ufeff" + (head + sound).replace("\n", "\r\n")).encode())


def test_there_has_to_be_a_folder(tmp_path):
    from trainer.bank.reader import read_bank

    with pytest.raises(NotFound, match="没有找到题库文件夹"):
        read_bank(tmp_path / "没有")


def test_a_missing_register_is_reported(banks, head, sound):
    (banks.root / "topics.yaml").unlink()
    (problem,) = banks.problems(head + sound)
    assert str(problem) == "bank/topics.yaml：缺少这个文件，请补上。"


def test_a_question_file_beside_the_registers_is_reported_rather_than_passed_over(banks, head, sound):
    banks.write("b.yaml", head + sound)
    (problem,) = banks.problems()
    assert (problem.file, problem.line) == ("bank/b.yaml", 0)
    assert "专题的文件夹" in problem.sentence


def test_checkpoints_that_jupyter_keeps_are_passed_over(banks, head, sound):
    banks.write("dangfei/.ipynb_checkpoints/a-checkpoint.yaml", head + sound)
    assert len(banks.read(head + sound).entries) == 1


def test_both_endings_are_read_in_the_order_of_their_names(banks, head, sound):
    banks.write("dangfei/b.yml", head + sound)
    other = sound.replace("t-001", "t-002").replace("几年", "几月")
    assert [(e.question.id, e.file, e.line) for e in banks.read(head + other).entries] == [
        ("t-002", "bank/dangfei/a.yaml", 4),
        ("t-001", "bank/dangfei/b.yml", 4),
    ]


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        pytest.param("format: 1", "format: 3", 1, "format: 1", id="format"),
        pytest.param("- id: jiu-guiding", "- id: guiding", 13, "登记了两次", id="id-twice"),
        pytest.param("replaced_by: guiding", "replaced_by: meiyou", 18, "meiyou 没有登记", id="replaced-by-unknown"),
        pytest.param("articles: [1, 2, 3]", "articles: [1, 9]", 9, "第 9 条同时列为可引用和已停用", id="both"),
        pytest.param("articles: [1, 2, 3]", "articles: [1, 二]", 9, "“articles 的第 2 项”应当是整数", id="article"),
        pytest.param("articles: [1, 2, 3]", "articles: []", 9, "“articles”至少要有 1 项", id="no-articles"),
        pytest.param("2026-05-11", "2026年5月", 8, "“in_force_since”应当是日期", id="date-in-words"),
        pytest.param("2026-05-11", "2026-13-01", 8, "“in_force_since”应当是日期", id="no-such-month"),
        pytest.param("2026-05-11", "2026", 8, "“in_force_since”应当是日期", id="only-a-year"),
        pytest.param("reason: 已并入第2条", "reasons: 已并入第2条", 11, "“reason", id="unknown-key"),
        pytest.param("    verified: 读过\n  - id", "  - id", 3, "缺少“verified”", id="missing"),
    ],
)  # fmt: skip
def test_mistakes_in_the_regulations_are_found_at_their_lines(banks, was, becomes, line, says):
    path = banks.root / "regulations.yaml"
    text = path.read_text()
    assert was in text
    banks.write("regulations.yaml", text.replace(was, becomes, 1))
    problems = banks.problems()
    assert {(problem.file, problem.line) for problem in problems} == {("bank/regulations.yaml", line)}
    assert any(says in problem.sentence for problem in problems)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("format: 1\ntopics: [dangfei]\n", 2, "“名称: 内容”", id="list"),
        pytest.param("format: 1\ntopics:\n  dangfei:\n", 3, "“dangfei”应当是文字", id="no-name"),
        pytest.param("format: 1\ntopics:\n  dangfei: 党费\n  dangfei: 党费\n", 4, "写了两次", id="twice"),
        pytest.param("", 1, "“内容”应当是“名称: 内容”的形式", id="empty"),
    ],
)
def test_mistakes_in_the_topics_are_found_at_their_lines(banks, text, line, says):
    banks.write("topics.yaml", text)
    (problem,) = banks.problems()
    assert (problem.file, problem.line) == ("bank/topics.yaml", line)
    assert says in problem.sentence
