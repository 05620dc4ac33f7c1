"""Nothing serious on any page by axe-core, on a phone and on a wide screen; and nothing sticks out when letters are twice as large."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import chromium, context_of, log_in, slip_passwords
from trainer.bank.reader import read_bank
from trainer.hall.learning_client import LearningClient
from trainer.kinds.base import kind_of, lay_out
from trainer.workflow.lessons.publishing import publish_lessons

from .conftest import PASSWORD, LiveServer, needs_root
from .looking import overflow, serious, without_chinese_names
from .sheets import question, release

pytestmark = [needs_root, pytest.mark.browser, pytest.mark.xdist_group("live")]

TRAINEE, NEWCOMER = "sl012", "sl030"
PHONE, WIDE = 360, 1280
EVERY_KIND = ["single", "multiple", "judge", "blank", "number", "order", "match", "case"]
LESSON = "wu-zhang-ai"
#: What of a question lies outside its frame, to the right.
STICKS_OUT = """[...document.querySelectorAll(".tq")].flatMap(question => {
  const edge = question.getBoundingClientRect().right + 1;
  return [...question.querySelectorAll("*")]
    .filter(one => one.getBoundingClientRect().right > edge && !one.closest(".tq-scroll, .tq-live"))
    .map(one => one.className);
})"""
#: It came with the program and has a question of every kind that is practised.
HOW_TO_ANSWER = "zenyang-dati"
#: What stands outside the screen at the side and cannot be scrolled to; words for those who listen are no part of it.
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && (box.right > innerWidth + 1 || box.left < -1) &&
    !e.closest('.scroll, .tq-scroll, .tq-live') && getComputedStyle(e).visibility !== 'hidden';
}).map(e => e.outerHTML.slice(0, 120)).slice(0, 3)"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, county: LiveServer) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def wrong(county: LiveServer, bank_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A wrong answer to the only exercise, a judgement, of a lesson that is published here."""
    bank = read_bank(bank_folder)
    entry = next(entry for entry in bank.eligible() if entry.question.kind == "judge")
    exercise = {"id": "e1", "question": entry.question.id}
    text = "# 人人能用的一课（虚构）\n\n| 谁 | 做什么 |\n| --- | --- |\n| 支部 | 开会 |"
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text},
        {"cell_type": "markdown", "id": "b", "metadata": {"trainer": {"exercise": exercise}}, "source": "（练习）"},
    ]  # fmt: skip
    about = {"id": LESSON, "title": "人人能用的一课", "minutes": 5, "order": 8, "topic": entry.topic}
    lesson = {"cells": cells, "metadata": {"trainer": {"lesson": about}}, "nbformat": 4, "nbformat_minor": 5}
    folder = tmp_path_factory.mktemp("lesson")
    (folder / f"{LESSON}.ipynb").write_text(json.dumps(lesson, ensure_ascii=False))
    address = f"http+unix://{quote(str(county.data.hall_socket), safe='')}/services/hall/"
    publish_lessons(folder, bank_folder, [], LearningClient(address, county.data.secret("service-console")))
    kind = kind_of(entry.question)
    right = kind.key_text(entry.question, lay_out(kind, entry.question, ""))
    return "错" if right == "对" else "对"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = context_of(browser, PHONE, 740)
    yield context.new_page()
    context.close()


@pytest.fixture
def sound(page: Page) -> Callable[[str], None]:
    """Look at what the page shows now, at both widths."""

    def look(what: str) -> None:
        for width in (WIDE, PHONE):
            page.set_viewport_size({"width": width, "height": 740})
            assert overflow(page) <= 0, (what, width)
            assert page.evaluate(STICKS_OUT) == [], (what, width)
            assert serious(page) == [], (what, width)
            assert without_chinese_names(page) == [], (what, width)

    return look


def test_the_pages_of_the_login(county: LiveServer, page: Page, sound: Callable[[str], None]) -> None:
    first = slip_passwords(county.data.root / "学员密码条.docx")[NEWCOMER]
    page.goto(f"{county.url}/hub/login")
    sound("login")
    log_in(page, county.url, NEWCOMER, "bu-dui-de-mima-2026")
    expect(page.get_by_role("alert")).to_be_visible()
    sound("login refused")
    log_in(page, county.url, NEWCOMER, first)
    expect(page.get_by_role("heading", name="设置自己的密码")).to_be_visible()
    sound("change password")
    page.goto(f"{county.url}/hub/no-such-page")
    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    sound("error")


def test_the_pages_of_learning(
    county: LiveServer, page: Page, wrong: str, sound: Callable[[str], None]
) -> None:
    log_in(page, county.url, TRAINEE, PASSWORD)
    expect(page.get_by_role("heading", name="学习大厅")).to_be_visible()
    page.goto(f"{county.url}/user/{TRAINEE}/trainer/lesson/{LESSON}")
    page.locator(".trainer-practice .tq-option").get_by_text(wrong, exact=True).click()
    sound("lesson")
    page.get_by_role("button", name="检查").click()
    expect(page.locator(".trainer-practice-result")).to_contain_text("已经放进您的错题本")
    sound("lesson with a reason")
    page.goto(f"{county.url}/user/{TRAINEE}/trainer/lesson/{HOW_TO_ANSWER}")
    expect(page.locator(".tq-step").first).to_be_visible()
    sound("every kind of question in a lesson")
    page.get_by_role("link", name="返回学习大厅").click()
    expect(page.get_by_role("heading", name="学习大厅")).to_be_visible()
    sound("learning hall")
    page.get_by_role("region", name="错题本").get_by_role("link", name=re.compile("1 题")).click()
    expect(page.get_by_role("heading", name=re.compile("^错题本："))).to_be_visible()
    sound("wrong-question book")
    page.goto(f"{county.url}/user/{TRAINEE}/mei-you")
    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    sound("no such page")


def test_a_paper_with_every_kind(
    county: LiveServer, repository: Path, page: Page, sound: Callable[[str], None]
) -> None:
    paper = release(
        county, repository, "wu-zhang-ai", [*EVERY_KIND, {"kind": "code", "stem": "写一段程序（虚构）。"}]
    )
    log_in(page, county.url, TRAINEE, PASSWORD)
    page.wait_for_url(f"**/user/{TRAINEE}/**")
    page.goto(paper.address(TRAINEE))
    expect(question(page, 1).get_by_role("radio").first).to_be_enabled()
    expect(page.locator(".page-question")).to_have_count(9)
    sound("paper")
    question(page, 1).get_by_text("一年", exact=True).click()
    expect(page.locator(".sheet-saved")).to_contain_text("已保存")
    page.get_by_role("button", name="题号").click()
    expect(page.get_by_role("navigation", name="题号")).to_be_visible()
    sound("numbers")
    page.get_by_role("button", name="交卷", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("还有 8 题没有作答")
    sound("hand in")
    page.get_by_role("button", name="确定交卷").click()
    expect(page.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
    sound("receipt")
    page.goto(f"{county.url}/user/{TRAINEE}/trainer/")
    page.get_by_role("link", name="第 1 次交卷的回执").last.click()
    expect(page.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
    sound("receipt as a page")


@pytest.mark.parametrize(
    ("width", "letters"),
    [(PHONE // 2, 100), (320, 100), (PHONE, 200)],
    ids=["200 % zoom of a phone", "400 % zoom of a computer", "letters of twice the size"],
)
def test_large_fits(
    county: LiveServer, browser: Browser, repository: Path, wrong: str, width: int, letters: int
) -> None:
    """Nothing is cut off at the side (WCAG 1.4.4 and 1.4.10), however large people have it."""
    paper = release(county, repository, f"wu-zhang-ai-{width}", EVERY_KIND)
    context = context_of(browser, width, 640, device_scale_factor=2)
    page = context.new_page()
    own = f"{county.url}/user/{TRAINEE}/trainer"

    def fits(what: str) -> None:
        page.evaluate(f"document.documentElement.style.fontSize = '{letters}%'")
        assert overflow(page) <= 0, what
        cut = page.evaluate(CUT_OFF)
        assert cut == [], what

    page.goto(f"{county.url}/hub/login")
    fits("login")
    log_in(page, county.url, TRAINEE, PASSWORD)
    expect(page.get_by_role("heading", name="学习大厅")).to_be_visible()
    fits("learning hall")
    page.goto(f"{own}/lesson/{LESSON}")
    page.locator(".trainer-practice .tq-option").get_by_text(wrong, exact=True).click()
    page.get_by_role("button", name="检查").click()
    expect(page.locator(".trainer-practice-result")).to_contain_text("答错了")
    fits("lesson")
    page.goto(f"{own}/mistakes")
    page.get_by_role("link", name=re.compile("1 题")).click()
    expect(page.get_by_role("button", name="检查")).to_be_visible()
    fits("wrong-question book")
    page.goto(paper.address(TRAINEE))
    expect(question(page, 1).get_by_role("radio").first).to_be_enabled()
    fits("paper")
    page.get_by_role("button", name="交卷", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    fits("hand in")
    page.get_by_role("button", name="确定交卷").click()
    page.get_by_text("回执全文").click()
    fits("receipt")
    page.goto(f"{own}/")
    page.get_by_role("link", name="第 1 次交卷的回执").first.click()
    expect(page.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
    fits("receipt as a page")
    context.close()
