"""When a blueprint cannot be filled, the sentence names the constraint and what is missing."""

import pytest

from trainer.errors import CannotAssemble
from trainer.papers.assemble import assemble


def _why(plan, bank):
    with pytest.raises(CannotAssemble) as refused:
        assemble(plan, bank, "种子")
    lines = str(refused.value).splitlines()
    assert len(lines) == len(set(lines))
    return str(refused.value)


def test_too_few_of_a_kind(blueprint, many):
    said = _why(blueprint(("single", 10, 2), ("judge", 2, 1)), many(13) + many(3, "judge"))
    assert "“第1大题”：2 份卷一共要 20 道单选题，题库里可用的只有 13 道，还缺 7 道。" in said
    assert "“第2大题”：2 份卷一共要 4 道判断题，题库里可用的只有 3 道，还缺 1 道。" in said


def test_too_few_for_two_sections_of_a_kind_together(blueprint, many):
    said = _why(blueprint(("single", 3, 2), ("single", 3, 1)), many(10))
    assert "“第1大题”、“第2大题”：2 份卷一共要 12 道单选题，题库里可用的只有 10 道，还缺 2 道。" in said


def test_overlap_is_taken_into_account(blueprint, many):
    said = _why(blueprint(("single", 10, 2), forms=3, overlap=4), many(20))
    assert "一共要 22 道单选题，题库里可用的只有 20 道，还缺 2 道" in said


def test_too_few_of_a_topic_that_a_section_is_restricted_to(blueprint, many):
    section = {"title": "单选", "kind": "single", "count": 3, "points": 2, "topics": ["yi"]}
    said = _why(blueprint(section), many(20, topic="jia") + many(4, topic="yi"))
    assert "“单选”（限专题 yi）：2 份卷一共要 6 道单选题，题库里可用的只有 4 道，还缺 2 道。" in said


def test_an_unknown_kind(blueprint, many):
    assert "题型 danxuan 不认识，只能是 single、multiple" in _why(blueprint(("danxuan", 1, 1)), many(5))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        pytest.param(0.9, "要求预计得分率 0.90±0.03，现有题目只能做到 0.40 到 0.70", id="too-easy"),
        pytest.param(0.3, "要求预计得分率 0.30±0.03，现有题目只能做到 0.40 到 0.70", id="too-hard"),
    ],
)
def test_a_facility_out_of_reach(blueprint, many, target, said):
    bank = many(10, facility=0.4) + many(10, facility=0.7)
    assert said in _why(blueprint(("single", 5, 2), facility={"target": target}), bank)


def test_a_facility_between_what_questions_can_add_up_to(blueprint, many):
    bank = many(4, facility=0.4) + many(4, facility=0.8)
    plan = blueprint(("single", 1, 2), facility={"target": 0.6, "tolerance": 0.01})
    assert "现有题目凑不出这样的组合" in _why(plan, bank)


def test_the_reach_takes_account_of_all_forms(blueprint, many):
    bank = many(4, facility=0.4) + many(3, facility=0.9)
    plan = blueprint(("single", 3, 2), facility={"target": 0.9, "tolerance": 0.01})
    assert "只能做到" in _why(plan, bank)
    assert "到 0.57" in _why(plan, bank)


def test_a_topic_with_too_few_questions(blueprint, many):
    bank = many(20, topic="jia") + many(2, topic="yi")
    plan = blueprint(("single", 8, 2), topics={"jia": 1, "yi": 1}, topic_tolerance=5)
    said = _why(plan, bank)
    assert "专题 yi：按 50% 的比例大约要 8 道，可用的只有 2 道，还缺 6 道左右。" in said


def test_a_topic_without_any_question(blueprint, many):
    plan = blueprint(("single", 8, 2), topics={"jia": 1, "meiyou": 1}, topic_tolerance=5)
    assert "专题 meiyou：按 50% 的比例大约要 8 道，可用的只有 0 道" in _why(plan, many(40, topic="jia"))


def test_topic_weights_that_no_choice_adds_up_to(blueprint, many):
    bank = many(20, topic="jia") + many(20, topic="yi")
    plan = blueprint(("single", 3, 10), topics={"jia": 1, "yi": 1}, topic_tolerance=1)
    assert "请放宽 topic_tolerance 或调整比例" in _why(plan, bank)


def test_facility_and_topics_that_exclude_each_other(blueprint, many):
    bank = many(20, topic="jia", facility=0.4) + many(20, topic="yi", facility=0.8)
    plan = blueprint(("single", 4, 2), topics={"jia": 1}, topic_tolerance=0, facility={"target": 0.8})
    said = _why(plan, bank)
    assert "难度：" in said
    assert "专题比例" in said


def test_topics_that_cannot_be_shared_out_between_the_forms(blueprint, many):
    bank = many(3, topic="jia") + many(3, topic="yi") + many(2, topic="bing")
    said = _why(blueprint(("single", 4, 2)), bank)
    assert "各卷每个专题的题数要相同，现有题目只够每卷 3 道，每卷还缺 1 道" in said


def test_the_explanation_is_chinese_throughout(blueprint, many):
    said = _why(blueprint(("single", 4, 2)), many(3, topic="jia") + many(5, topic="yi"))
    assert said.startswith("题库满足不了这份命题蓝图：\n")
