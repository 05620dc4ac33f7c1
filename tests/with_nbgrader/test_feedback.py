"""Feedback: stock ``nbgrader generate_feedback`` shows answer, right answer, reason and article, safely."""

from __future__ import annotations

import re
import subprocess
from html import unescape

import pytest

from trainer.errors import TrainerError
from trainer.model.paper import Paper
from trainer.nbgrader.course import Course
from trainer.workflow.feedback import generate_feedback
from trainer.workflow.grading import grade

from .conftest import Submit, sample_answers

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> [点我](javascript:alert(1))'


@pytest.fixture
def graded(course: Course, paper: Paper, submit: Submit) -> Course:
    form = paper.forms[0]
    submit("c01", form, sample_answers(form, "wrong"))
    submit("c02", form, {item.cell: HOSTILE for item in form.items})
    grade(course, [paper.id])
    return course


def _page(course: Course, account: str) -> str:
    return (course.root / "feedback" / account / "keguan" / "keguan.html").read_text(encoding="utf-8")


def _plain(html: str) -> str:
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", "", html)))


def test_stock_command_explains_every_question(graded: Course, paper: Paper) -> None:
    done = subprocess.run(
        ["nbgrader", "generate_feedback", "keguan"],
        cwd=graded.root,
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    page = _plain(_page(graded, "c01"))
    answers = sample_answers(paper.forms[0], "wrong")
    for item in paper.forms[0].items:
        for wanted in (item.question["explanation"], item.citation, answers[item.cell]):
            assert re.sub(r"\s+", "", wanted) in page, (item.cell, wanted)
    assert page.count("依据") >= len(paper.forms[0].items)
    assert "正确答案" in page
    assert "作答：" not in page  # how to answer is of no use any more


def test_workflow_makes_the_same_pages_as_the_stock_command(graded: Course, paper: Paper) -> None:
    subprocess.run(
        ["nbgrader", "generate_feedback", "keguan"],
        cwd=graded.root,
        capture_output=True,
        check=True,
        timeout=300,
    )
    stock = {account: _page(graded, account) for account in ("c01", "c02")}
    seen: list[int] = []
    pages, failed = generate_feedback(graded, [paper.id], advance=seen.append)
    assert (pages, failed, sum(seen)) == (2, [], 2)
    assert {account: _page(graded, account) for account in ("c01", "c02")} == stock


def test_what_a_trainee_wrote_is_shown_as_text(graded: Course, paper: Paper) -> None:
    generate_feedback(graded, [paper.id])
    html = _page(graded, "c02")
    assert "<script>alert" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "&lt;script&gt;alert" in html


def test_the_page_needs_no_network_and_no_english(graded: Course, paper: Paper) -> None:
    generate_feedback(graded, [paper.id])
    html = _page(graded, "c01")
    assert not re.search(r"(?:src|href)=[\"']?https?:", html)
    assert "Score" not in html
    assert "Comments" not in html
    assert 'lang="zh-CN"' in html


def test_nothing_graded_is_a_sentence(course: Course, paper: Paper) -> None:
    with pytest.raises(TrainerError, match="还没有阅过的卷"):
        generate_feedback(course, [paper.id])


def test_a_paper_that_did_not_come_through_the_exchange_does_not_stop_the_others(
    graded: Course, paper: Paper
) -> None:
    (graded.root / "autograded" / "c01" / "keguan" / "submission_secret.txt").write_text("s" * 128)
    pages, by_hand = generate_feedback(graded, [paper.id], release=True)
    assert pages == 2
    assert [account for account, _ in by_hand] == ["c02"]
    assert len(list((graded.root / "exchange" / "ceshi" / "feedback").glob("*.html"))) == 1


def test_an_essay_that_waits_for_a_person_is_not_shown_as_zero(graded: Course, paper: Paper) -> None:
    generate_feedback(graded, [paper.id])
    page = _plain(_page(graded, "c01"))
    assert "还有1题等评委评分" in page
    assert "待评（满分10分）" in page


def test_outputs_and_answers_are_plain_wherever_a_graded_notebook_becomes_html() -> None:
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    from trainer.nbgrader.rendering import AnswersAsText

    own = {"nbgrader": {"grade_id": "q01", "solution": True}}
    stem = {"nbgrader": {"grade_id": "q01-stem", "solution": False, "locked": True}}
    outputs = [
        new_output("display_data", data={"text/html": "<script>1</script>", "text/plain": "平"}),
        new_output("display_data", data={"application/javascript": "alert(1)"}),
        new_output("stream", text="印"),
    ]
    notebook = new_notebook(
        cells=[
            new_markdown_cell("**题干** <b>粗</b>", metadata=stem),
            new_markdown_cell(HOSTILE + "\n\n第二段", metadata=own),
            new_markdown_cell("<script>2</script>"),
            new_code_cell("x", outputs=outputs),
        ]
    )
    shown, _ = AnswersAsText().preprocess(nbformat.from_dict(notebook), {})
    assert shown.cells[0].source == "**题干** <b>粗</b>"
    assert "<script" not in shown.cells[1].source + shown.cells[2].source
    assert "\n" not in shown.cells[1].source
    assert [list(output.get("data", {"stream": 1})) for output in shown.cells[3].outputs] == [
        ["text/plain"],
        ["stream"],
    ]


def test_a_notebook_that_nbgrader_does_not_know_is_left_alone() -> None:
    from nbformat.v4 import new_markdown_cell, new_notebook

    from trainer.nbgrader.rendering import AnswersAsText

    shown, _ = AnswersAsText().preprocess(new_notebook(cells=[new_markdown_cell("<b>粗</b>")]), {})
    assert shown.cells[0].source == "<b>粗</b>"
