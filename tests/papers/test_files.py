"""Paper files and blueprint files."""

import json

import pytest

from trainer.errors import NotFound, ProblemsFound
from trainer.papers.files import find_papers, paper_path, read_blueprint, read_paper, write_paper
from trainer.papers.make import make_paper


@pytest.fixture(scope="module")
def paper(blueprint, many):
    bank = many(8) + many(4, "order", facility=0.55)
    citations = {candidate.question.id: "《某规定》第1条" for candidate in bank}
    return make_paper(blueprint(("single", 3, 1.5), ("order", 2, 6)), bank, citations, "种子")


def test_a_paper_comes_back_from_its_file_as_it_was(paper, tmp_path):
    path = paper_path(tmp_path, paper.id)
    write_paper(paper, path)
    assert read_paper(path) == paper
    assert find_papers(tmp_path) == [paper]
    assert [file.name for file in path.parent.iterdir()] == ["juan.json"]


def test_writing_twice_gives_the_same_bytes(paper, tmp_path):
    write_paper(paper, tmp_path / "a.json")
    write_paper(read_paper(tmp_path / "a.json"), tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_chinese_is_readable_in_the_file(paper, tmp_path):
    write_paper(paper, tmp_path / "a.json")
    assert "《某规定》第1条" in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_section_points_come_in_paper_order(paper):
    assert list(paper.section_points().items()) == [("第1大题", 450), ("第2大题", 1200)]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda text: text[: len(text) // 2], id="cut-off"),
        pytest.param(lambda text: "", id="empty"),
        pytest.param(lambda text: "[]", id="list"),
        pytest.param(lambda text: json.dumps({**json.loads(text), "format": 2}), id="another-format"),
        pytest.param(lambda text: json.dumps({**json.loads(text), "forms": []}), id="no-forms"),
        pytest.param(lambda text: json.dumps({**json.loads(text), "extra": 1}), id="unknown-key"),
        pytest.param(lambda text: text.encode("utf-16"), id="utf-16"),
    ],
)
def test_a_damaged_file_is_said_to_be_damaged(paper, tmp_path, damage):
    path = tmp_path / "juan.json"
    write_paper(paper, path)
    damaged = damage(path.read_text(encoding="utf-8"))
    path.write_bytes(damaged if isinstance(damaged, bytes) else damaged.encode())
    with pytest.raises(ProblemsFound, match=r"juan\.json：试卷文件已损坏或不是本软件生成的"):
        read_paper(path)


def test_a_missing_paper_is_not_found(tmp_path):
    with pytest.raises(NotFound, match="没有找到试卷"):
        read_paper(tmp_path / "meiyou.json")


BLUEPRINT = """\
format: 1
id: juan
title: 2026
forms: 3
sections:
  - {title: 单选, kind: single, count: 3, points: 1.50}
  - {title: 判断, kind: judge, count: 2, points: 1}
topics: {jia: 1}
facility:
"""


def test_a_blueprint_is_read(tmp_path):
    (tmp_path / "b.yaml").write_text(BLUEPRINT, encoding="utf-8")
    plan = read_blueprint(tmp_path / "b.yaml")
    assert (plan.title, plan.forms, plan.full, plan.facility) == ("2026", 3, 650, None)


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        pytest.param("count: 3", "count: 三", "sections 的第 1 项：“count”应当是整数。", id="count"),
        pytest.param("count: 2", "count: 0", "sections 的第 2 项：“count”不能小于 1。", id="count-nought"),
        pytest.param("points: 1}", "points: 0}", "sections 的第 2 项：“points”应当大于 0。", id="points"),
        pytest.param("forms: 3", "forms: 27", "“forms”不能大于 26。", id="too-many-forms"),
        pytest.param("forms: 3", "froms: 3", "不认识“froms”", id="unknown-key"),
        pytest.param("title: 判断", "title: 单选", "有两个大题名称相同", id="title-twice"),
        pytest.param("{jia: 1}", "{jia: 0}", "不能是负数，也不能全是 0", id="weights-nought"),
        pytest.param("{jia: 1}", "{jia: 2, yi: -1}", "不能是负数，也不能全是 0", id="weight-negative"),
        pytest.param("id: juan", "id: 试卷", "只能用小写字母、数字和短横线", id="id"),
        pytest.param("format: 1", "format: 2", "“format”只能是 1。", id="format"),
        pytest.param("facility:", "facility: {target: 1.2}", "“target”应当小于 1", id="facility"),
        pytest.param("forms: 3", "forms: 3\nforms: 2", "第 5 行：“forms”写了两次", id="key-twice"),
        pytest.param("forms: 3", "\tforms: 3", "文件不是合法的 UTF-8 YAML", id="tab"),
    ],
)
def test_mistakes_in_a_blueprint_are_told_in_chinese(tmp_path, was, becomes, says):
    (tmp_path / "b.yaml").write_text(BLUEPRINT.replace(was, becomes), encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        read_blueprint(tmp_path / "b.yaml")
    assert says in str(found.value)
    assert "Input" not in str(found.value)
