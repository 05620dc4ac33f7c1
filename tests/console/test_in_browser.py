"""From the overview to a graded paper in a real browser, with the progress bar."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import chromium, context_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PASSWORD = "Xugou-kouling-2026"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A phone's screen, for one test alone."""
    with chromium(tmp_path) as browser:
        yield context_of(browser, 360, 740).new_page()


def no_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_from_the_overview_to_a_graded_paper(server, collected, page):
    server.change_submissions()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{server.url}/services/console/")
    page.get_by_label("账号").fill("chen")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="总览")).to_be_visible()
    assert no_wider_than_the_screen(page)

    page.get_by_role("link", name="看进度").click()
    expect(page.get_by_text("每几秒自动更新")).to_be_visible()
    assert page.title() != "1"
    assert no_wider_than_the_screen(page)

    page.get_by_role("link", name="回试卷").click()
    with closing(sqlite3.connect(server.place.root / "gradebook.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")  # grading begins, and waits
        page.get_by_role("button", name="阅卷", exact=True).click()
        bar = page.get_by_role("progressbar")
        expect(bar).to_have_attribute("max", "9")
        expect(page.get_by_text("0/9")).to_be_visible()
        database.execute("ROLLBACK")
    expect(page.get_by_text("阅卷完成，本次阅了")).to_be_visible()
    assert no_wider_than_the_screen(page)
    assert complaints == []


def test_lessons_on_a_phone(server, page):
    page.goto(f"{server.url}/services/console/lessons")
    page.fill("input[name=username]", "lin")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    expect(page.get_by_role("heading", name="课程")).to_be_visible()
    assert no_wider_than_the_screen(page)
    page.get_by_role("button", name="检查并发布全部").click()
    expect(page.get_by_text("课没有问题。")).to_be_visible(timeout=60_000)  # all lessons are checked
    page.get_by_role("link", name="回课程").click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="撤下：怎样答题").click()
    expect(page.get_by_role("button", name="撤下：怎样答题")).to_be_visible()
    assert page.url.endswith("/lessons")
