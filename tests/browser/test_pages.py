"""The pages that people are given, the board and the feedback, on a wide screen and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from trainer.kinds.base import kind_of, question_from_snapshot
from trainer.nbgrader.submissions import Submission, read_submission

# One worker for all browser tests, so that their servers are started once.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WIDE, PHONE = 1280, 360
OVERFLOW = "document.scrollingElement.scrollWidth - window.innerWidth"


def squeezed(text: str) -> str:
    """Without white space, which a page breaks as it likes."""
    return "".join(text.split())


def assert_sound(seen) -> None:
    """Nothing sticks out sideways, nothing is fetched from elsewhere, nothing went wrong, no script of others ran."""
    assert seen.page.evaluate(OVERFLOW) <= 0
    assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []
    assert seen.complaints == []
    assert seen.page.title() != "1"


def answers_of(sat, account: str) -> dict[str, str]:
    folder = sat.course.root / "submitted" / account / sat.form.assignment
    submission: Submission = read_submission(folder, account, sat.form)
    return submission.answers


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_the_board_fits_and_shows_names_as_written(sat, board_page, visit, width):
    seen = visit(board_page.as_uri(), width)
    people = seen.page.locator("#people table")
    for text in ("赵甲子", sat.hostile.name, sat.hostile.team):
        expect(people.get_by_text(text, exact=True).first).to_be_attached()
    expect(seen.page.locator("#people img")).to_have_count(0)
    expect(seen.page.locator("#people tbody b")).to_have_count(0)
    assert_sound(seen)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_every_picture_on_the_board_is_drawn(board_page, visit, width):
    page: Page = visit(board_page.as_uri(), width).page
    pictures = page.locator("figure img")
    expect(pictures).to_have_count(3)
    drawn = "images => images.every(image => image.complete && image.naturalWidth > 0)"
    assert pictures.evaluate_all(drawn)


@pytest.mark.parametrize("account", ["zhao01", "qian02"])
def test_feedback_on_a_phone_tells_answer_key_reason_and_article(sat, feedback_pages, visit, account):
    seen = visit(feedback_pages(account).as_uri(), PHONE, 740)
    articles = seen.page.locator("article")
    expect(articles).to_have_count(len(sat.form.items))
    typed = answers_of(sat, account)
    for number, item in enumerate(sat.form.items):
        question = question_from_snapshot(item.question)
        shown = squeezed(articles.nth(number).inner_text())
        expected = {
            "您的作答": typed[item.cell],
            "正确答案": kind_of(question).key_text(question, item.layout),
            "参考答案": getattr(question, "reference", ""),
            "为什么": question.explanation,
            "依据": item.citation,
        }
        for heading, text in expected.items():
            assert not text or squeezed(f"{heading}{text}") in shown, f"{item.cell}: {heading}"
    assert_sound(seen)
