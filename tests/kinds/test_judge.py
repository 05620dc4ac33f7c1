"""判断题: 对 and 错 in all their spellings."""

import pytest

from trainer.kinds.judge import FALSE_WORDS, TRUE_WORDS
from trainer.model.marks import Verdict


@pytest.mark.parametrize("key", [pytest.param(True, id="right"), pytest.param(False, id="wrong")])
@pytest.mark.parametrize("word", sorted(TRUE_WORDS | FALSE_WORDS))
def test_every_word_means_what_it_says(ask, word, key):
    assert ask("judge", key=key).points(word) == (600 if (word in TRUE_WORDS) == key else 0)


@pytest.mark.parametrize(
    ("typed", "truth"),
    [
        pytest.param("正确。", True, id="with-stop"),
        pytest.param("（√）", True, id="bracketed-tick"),
        pytest.param("✔\ufe0f", True, id="emoji-tick"),
        pytest.param("Ｔ", True, id="full-width-t"),
        pytest.param("True", True, id="true"),
        pytest.param("答案：对", True, id="introduced"),
        pytest.param("答：正确", True, id="introduced-briefly"),
        pytest.param("对\n", True, id="line-end"),
        pytest.param("“对”", True, id="quoted"),
        pytest.param("❌\ufe0f", False, id="emoji-cross"),
        pytest.param("答案是错误的", False, id="introduced-wrong"),
        pytest.param("Ｘ", False, id="full-width-x"),
        pytest.param("FALSE", False, id="false"),
        pytest.param("不对！", False, id="exclaimed"),
    ],
)
def test_these_are_understood(ask, typed, truth):
    mark = ask("judge", key=truth).mark(typed)
    assert (mark.verdict, mark.points) == (Verdict.CORRECT, 600)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("对错", id="both"),
        pytest.param("对，但是不全对", id="hedged"),
        pytest.param("不一定", id="undecided"),
        pytest.param("A", id="letter"),
        pytest.param("？", id="question-mark"),
        pytest.param("1", id="digit"),
    ],
)
def test_these_are_not_guessed_at(ask, typed):
    mark = ask("judge", key=True).mark(typed)
    assert (mark.verdict, mark.points) == (Verdict.MALFORMED, 0)
    assert "请写“对”或者“错”" in mark.comment


@pytest.mark.parametrize(
    ("key", "read"),
    [
        pytest.param("true", True, id="plain-true"),
        pytest.param("False", False, id="plain-false"),
        pytest.param(True, True, id="bool"),
    ],
)
def test_the_key_may_come_as_the_banks_text(ask, key, read):
    assert ask("judge", key=key).question.key is read


@pytest.mark.parametrize("key", ["对", "yes", "1", 1, None])
def test_nothing_else_is_a_key(ask, key):
    with pytest.raises(ValueError, match="key"):
        ask("judge", key=key)
