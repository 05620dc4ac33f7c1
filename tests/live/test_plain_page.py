"""A paper on the plain page, in a real browser on the real server: on a phone, by keyboard, and when things go wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from browsing import chromium, context_of, logged_in
from polling import until

from .conftest import PASSWORD, LiveServer, needs_root
from .sheets import COURSE, SheetPaper, choose, question, release
from .test_kills import within_walls

pytestmark = [needs_root, pytest.mark.browser, pytest.mark.xdist_group("live")]

PHONE = 360
TRAINEE = "sl011"
#: What a first visit may weigh, compressed.
MOST_BYTES = 60_000
EVERY_KIND = ["single", "multiple", "judge", "blank", "number", "order", "match", "case"]
SAVED = re.compile(r"^已保存 \d\d:\d\d:\d\d$")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, county: LiveServer) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def phone(county: LiveServer, browser: Browser) -> BrowserContext:
    """A trainee's phone, logged in."""
    return logged_in(context_of(browser, PHONE, 740), county.url, TRAINEE, PASSWORD)


@pytest.fixture(scope="module")
def computer(county: LiveServer, browser: Browser, phone: BrowserContext) -> BrowserContext:
    """The same person's office computer, logged in; the phone came first, so the server is there."""
    return logged_in(context_of(browser), county.url, TRAINEE, PASSWORD)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return request.node.name.removeprefix("test_").replace("_", "-")[:40].strip("-")


def opened(context: BrowserContext, paper: SheetPaper) -> Page:
    """The paper on a page of its own, ready to be answered."""
    page = context.new_page()
    page.goto(paper.address(TRAINEE))
    expect(question(page, 1).get_by_role("radio").first).to_be_enabled()
    return page


def saved(page: Page) -> None:
    expect(page.locator(".sheet-saved")).to_have_text(SAVED)


def receipt(page: Page) -> None:
    expect(page.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()


def test_on_a_phone_from_the_hall_to_the_receipt(
    county: LiveServer, repository: Path, phone: BrowserContext, name: str
) -> None:
    paper = release(county, repository, name, EVERY_KIND, closes=3600)
    page = phone.new_page()
    page.goto(f"{county.url}/user/{TRAINEE}/trainer/")
    responses: list[Response] = []
    page.on("response", lambda one: responses.append(one))  # noqa: PLW0108 - it keeps a mark on what it is given
    page.locator(f"a[href$='/open/{COURSE}/{name}']").tap()
    expect(question(page, 1).get_by_role("radio").first).to_be_enabled()
    weights = [one.request.sizes() for one in responses]
    assert sum(one["responseBodySize"] + one["responseHeadersSize"] for one in weights) <= MOST_BYTES

    question(page, 1).get_by_text("一年", exact=True).tap()
    for option in ("支部委员会", "党小组会"):
        question(page, 2).get_by_text(option, exact=True).tap()
    question(page, 3).get_by_text("对", exact=True).tap()
    for field, text in enumerate(("一", "半年", "一年")):
        question(page, 4).get_by_role("textbox").nth(field).fill(text)
    question(page, 5).get_by_role("textbox").fill("45.00")
    question(page, 8).get_by_role("textbox").fill("一、没有按期开会。")
    expect(page.get_by_text("已答 6/8")).to_be_visible()
    saved(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE

    page.get_by_role("button", name="交卷", exact=True).tap()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("还有 2 题没有作答")
    dialog.get_by_role("button", name="回到第 7 题").tap()
    question(page, 7).get_by_role("combobox").first.select_option("A")
    page.get_by_role("button", name="交卷", exact=True).tap()
    expect(dialog).to_contain_text("还有 1 题没有作答")
    dialog.get_by_role("button", name="确定交卷").tap()
    receipt(page)
    with page.expect_download() as picture:
        page.get_by_role("button", name="保存为图片").tap()
    assert picture.value.suggested_filename.endswith(".png")
    texts = paper.handed_in(TRAINEE)
    assert [texts[f"q{n:02}"] for n in (1, 2, 3, 5, 6, 8)] == [
        "B",
        "A D",
        "对",
        "45.00",
        "",
        "一、没有按期开会。",
    ]
    assert texts == paper.texts(TRAINEE) | {"q06": ""}
    page.get_by_role("button", name="返回学习大厅").tap()
    expect(page.get_by_text(f"虚构卷：{name}")).to_be_visible()
    page.close()


def test_by_keyboard_alone(county: LiveServer, repository: Path, computer: BrowserContext, name: str) -> None:
    paper = release(county, repository, name, ["single", "multiple", "judge"], attempts=1)
    page = opened(computer, paper)

    def tab_to(words: str, key: str = "Tab") -> None:
        """As many presses of the key as it takes."""
        for _ in range(60):
            page.keyboard.press(key)
            focused = page.evaluate(
                "(e => e === document.body ? '' :"
                " e.getAttribute('aria-label') || e.closest('label')?.textContent || e.textContent)(document.activeElement)"
            )
            if words in focused:
                return
        raise AssertionError(f"{words} cannot be reached")

    tab_to("三年")
    page.keyboard.press("ArrowDown")
    tab_to("支部委员会")
    page.keyboard.press("Space")
    tab_to("第 2 题标记为再看看")
    page.keyboard.press("Enter")
    tab_to("对")
    page.keyboard.press("Space")
    saved(page)
    tab_to("题号", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="题号")).to_be_visible()
    tab_to("第 2 题，已答，再看看")
    page.keyboard.press("Enter")
    expect(question(page, 2).get_by_role("checkbox").first).to_be_focused()
    tab_to("答完了，交卷")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="要交卷吗")).to_be_focused()
    tab_to("确定交卷")
    page.keyboard.press("Enter")
    receipt(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(question(page, 1).get_by_role("radio").first).to_be_disabled()
    expect(page.get_by_role("button", name="看回执")).to_be_visible()
    assert paper.handed_in(TRAINEE) == {"q01": "B", "q02": "A", "q03": "对"}
    page.close()


def test_offline_and_back_and_a_reload_lose_nothing(
    county: LiveServer, repository: Path, phone: BrowserContext, name: str
) -> None:
    paper = release(county, repository, name, ["single", "judge", "case"])
    page = opened(phone, paper)
    choose(page, 1, "一年")
    saved(page)
    phone.set_offline(True)
    choose(page, 1, "半年")
    question(page, 3).get_by_role("textbox").fill("断网以后写的")
    expect(page.get_by_text("没有网络，已存在本机，正在重试…")).to_be_visible()
    assert paper.texts(TRAINEE) == {"q01": "B"}
    page.close()
    phone.set_offline(False)
    page = opened(phone, paper)
    expect(question(page, 1).get_by_role("radio").nth(2)).to_be_checked()
    expect(question(page, 3).get_by_role("textbox")).to_have_value("断网以后写的")
    saved(page)
    assert paper.texts(TRAINEE) == {"q01": "C", "q03": "断网以后写的"}
    phone.set_offline(True)
    choose(page, 2, "错")
    expect(page.get_by_text("没有网络，已存在本机，正在重试…")).to_be_visible()
    phone.set_offline(False)
    saved(page)
    assert paper.texts(TRAINEE)["q02"] == "错"
    page.close()


def test_a_killed_server_comes_back_by_itself(
    county: LiveServer, repository: Path, phone: BrowserContext, name: str
) -> None:
    paper = release(county, repository, name, ["single", "judge"])
    page = opened(phone, paper)
    within_walls(county, TRAINEE, "trainer.hub.forkserver").kill()
    choose(page, 1, "一年")
    saved(page)
    assert paper.texts(TRAINEE) == {"q01": "B"}
    page.get_by_role("button", name="交卷", exact=True).tap()
    page.get_by_role("button", name="确定交卷").tap()
    receipt(page)
    page.close()


def test_two_devices_ask_instead_of_overwriting(
    county: LiveServer, repository: Path, phone: BrowserContext, computer: BrowserContext, name: str
) -> None:
    paper = release(county, repository, name, ["single", "judge"])
    here, there = opened(phone, paper), opened(computer, paper)
    choose(there, 1, "三年")
    saved(there)
    choose(here, 1, "一年")
    dialog = here.get_by_role("dialog")
    expect(dialog).to_contain_text("第 1 题在别处也改过")
    for words in ("一年", "三年"):
        expect(dialog).to_contain_text(words)
    assert paper.texts(TRAINEE) == {"q01": "A"}
    dialog.get_by_role("button", name="留下这里写的").tap()
    saved(here)
    until(lambda: paper.texts(TRAINEE) == {"q01": "B"}, "the chosen answer is saved")
    # The other device hands in: it is shown what is newer, and that is what is handed in.
    choose(there, 2, "对")
    saved(there)
    there.get_by_role("button", name="交卷", exact=True).click()
    expect(question(there, 1).get_by_role("radio").nth(1)).to_be_checked()
    there.get_by_role("button", name="确定交卷").click()
    receipt(there)
    assert paper.handed_in(TRAINEE) == {"q01": "B", "q02": "对"}
    here.close()
    there.close()


def test_two_windows_of_one_browser_know_of_each_other(
    county: LiveServer, repository: Path, phone: BrowserContext, name: str
) -> None:
    paper = release(county, repository, name, ["single", "judge"])
    one, other = opened(phone, paper), opened(phone, paper)
    for page in (one, other):
        expect(page.get_by_text("在另一个窗口里也开着")).to_be_visible()
    choose(one, 1, "一年")
    expect(question(other, 1).get_by_role("radio").nth(1)).to_be_checked()
    choose(other, 1, "半年")
    expect(question(one, 1).get_by_role("radio").nth(2)).to_be_checked()
    assert paper.texts(TRAINEE) == {"q01": "C"}
    one.close()
    other.close()


def closing_in(paper: SheetPaper, seconds: float) -> None:
    closes = (datetime.now().astimezone() + timedelta(seconds=seconds)).isoformat()
    paper.hall.change_rules(COURSE, paper.assignment, {"closes": closes})


def test_the_end_of_time_hands_in_whatever_the_devices_clock_says(
    county: LiveServer, repository: Path, phone: BrowserContext, name: str
) -> None:
    paper = release(county, repository, name, ["single", "judge"], closes=3600)
    page = phone.new_page()
    page.add_init_script(
        "{ const real = Date.now; const off = 86400000; Date.now = () => real() + off;"
        " const Real = Date; window.Date = class extends Real { constructor(...a) { super(...(a.length ? a : [Date.now()])) } } }"
    )
    page.goto(paper.address(TRAINEE))
    expect(page.get_by_text(re.compile(r"^剩 (59:\d\d|1:00:00)$"))).to_be_visible()
    choose(page, 1, "一年")
    saved(page)
    closing_in(paper, 9)
    page.reload()
    choose(page, 2, "对")
    expect(page.get_by_text("离结束还有 1 分钟")).to_be_visible()
    receipt(page)
    expect(page.get_by_role("dialog")).to_contain_text("已经自动交卷")
    [sent] = paper.hall.submissions(COURSE, name, TRAINEE)
    assert (sent["late"], sent["answers"]) == (False, 2)
    page.get_by_role("button", name="看我的答案").tap()
    expect(question(page, 1).get_by_role("radio").first).to_be_disabled()
    page.close()


def test_the_end_of_time_without_a_network_hands_in_once_it_is_back(
    county: LiveServer, repository: Path, phone: BrowserContext, name: str
) -> None:
    paper = release(county, repository, name, ["single"], closes=8, grace_seconds=300)
    page = opened(phone, paper)
    phone.set_offline(True)
    choose(page, 1, "一年")
    expect(page.get_by_text("网络一恢复就交上")).to_be_visible()
    assert paper.hall.submissions(COURSE, name, TRAINEE) == []
    phone.set_offline(False)
    receipt(page)
    assert paper.handed_in(TRAINEE) == {"q01": "B"}
    page.close()


def test_before_the_time_the_page_waits_and_opens_by_itself(
    county: LiveServer, repository: Path, phone: BrowserContext, name: str
) -> None:
    paper = release(county, repository, name, ["single"], opens=4)
    page = phone.new_page()
    page.goto(paper.address(TRAINEE))
    expect(page.get_by_text("还没有到时间")).to_be_visible()
    expect(question(page, 1).get_by_role("radio").first).to_be_enabled()
    page.close()
