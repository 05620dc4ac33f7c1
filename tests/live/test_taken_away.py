"""A form that is given to others while somebody works on it, and given back; a login that ends meanwhile; who may keep nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browsing import chromium, context_of, log_in

from .conftest import PASSWORD, LiveServer, needs_root
from .sheets import COURSE, SheetPaper, choose, question, release

pytestmark = [needs_root, pytest.mark.browser, pytest.mark.xdist_group("live")]

TRAINEE, OTHER = "sl010", "sl009"
SAVED = re.compile(r"^已保存 \d\d:\d\d:\d\d$")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, county: LiveServer) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def phone(county: LiveServer, browser: Browser) -> Iterator[BrowserContext]:
    context = context_of(browser, 360, 640)
    page = context.new_page()
    log_in(page, county.url, TRAINEE, PASSWORD)
    page.wait_for_url(f"**/user/{TRAINEE}/**")
    page.close()
    yield context
    context.close()


def opened(context: BrowserContext, paper: SheetPaper) -> Page:
    page = context.new_page()
    page.goto(paper.address(TRAINEE))
    expect(question(page, 1).get_by_role("radio").first).to_be_enabled()
    return page


def saved(page: Page) -> None:
    expect(page.locator(".sheet-saved")).to_have_text(SAVED)


def meant_for(paper: SheetPaper, *people: str) -> None:
    paper.hall.change_rules(COURSE, paper.assignment, {"people": list(people)})


def test_a_form_taken_away_keeps_what_was_written_and_goes_on_when_given_back(
    county: LiveServer, repository: Path, phone: BrowserContext
) -> None:
    paper = release(county, repository, "shou-hui", ["single", "judge"])
    page = opened(phone, paper)
    choose(page, 1, "一年")
    saved(page)
    meant_for(paper, OTHER)
    choose(page, 1, "半年")
    expect(page.get_by_text("这份试卷现在不发给您，已存在本机")).to_be_visible()
    expect(page.get_by_text("请告诉监考老师。您写的都还在这台设备上")).to_be_visible()
    expect(question(page, 2).get_by_role("radio").first).to_be_disabled()
    assert paper.texts(TRAINEE) == {"q01": "B"}

    page.reload()
    expect(page.get_by_text("请告诉监考老师。您写的都还在这台设备上")).to_be_visible()
    expect(question(page, 1).get_by_label("半年")).to_be_checked()
    expect(page.get_by_role("button", name="交卷", exact=True)).to_be_hidden()

    meant_for(paper, TRAINEE, OTHER)
    page.reload()
    expect(question(page, 1).get_by_label("半年")).to_be_checked()
    saved(page)
    assert paper.texts(TRAINEE) == {"q01": "C"}


def test_a_form_given_back_goes_on_without_a_reload(
    county: LiveServer, repository: Path, phone: BrowserContext
) -> None:
    paper = release(county, repository, "shou-hui-2", ["single", "judge"])
    page = opened(phone, paper)
    meant_for(paper, OTHER)
    choose(page, 1, "半年")
    expect(page.get_by_text("请告诉监考老师。您写的都还在这台设备上")).to_be_visible()
    meant_for(paper, TRAINEE)
    page.evaluate("window.dispatchEvent(new Event('online'))")  # as when the phone is taken up again
    saved(page)
    expect(question(page, 2).get_by_role("radio").first).to_be_enabled()
    assert paper.texts(TRAINEE) == {"q01": "C"}


def test_who_logs_out_in_another_window_is_told_and_goes_on_after_the_login(
    county: LiveServer, repository: Path, phone: BrowserContext
) -> None:
    paper = release(county, repository, "tui-chu", ["single", "judge"])
    page = opened(phone, paper)
    other = phone.new_page()
    other.goto(f"{county.url}/hub/logout")
    expect(other.get_by_label("密码", exact=True).or_(other.get_by_text("已经退出"))).to_be_visible()
    choose(page, 1, "一年")
    expect(page.get_by_text("登录已过期，已存在本机，请重新登录")).to_be_visible()
    with phone.expect_page() as window:
        page.get_by_role("link", name="去登录").tap()
    login = window.value
    login.get_by_label("账号").fill(TRAINEE)
    login.get_by_label("密码", exact=True).fill(PASSWORD)
    login.get_by_role("button", name="登录").tap()
    expect(login.get_by_role("heading", name="学习大厅")).to_be_visible()
    login.close()
    page.bring_to_front()
    saved(page)
    assert paper.texts(TRAINEE) == {"q01": "B"}


def test_a_device_that_keeps_nothing_says_so_and_the_server_has_it(
    county: LiveServer, repository: Path, phone: BrowserContext
) -> None:
    """A full storage, or a private window that forbids it."""
    paper = release(county, repository, "cun-bu-xia", ["single", "judge"])
    page = phone.new_page()
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') };"
    )
    page.goto(paper.address(TRAINEE))
    expect(question(page, 1).get_by_role("radio").first).to_be_enabled()
    choose(page, 1, "一年")
    saved(page)
    phone.set_offline(True)
    choose(page, 2, "对")
    expect(page.get_by_text("本机也存不下，请不要关闭这一页")).to_be_visible()
    phone.set_offline(False)
    saved(page)
    assert paper.texts(TRAINEE) == {"q01": "B", "q02": "对"}
