"""From the login to the receipt by keyboard alone, what a screen reader says on the way, and how many taps it takes by finger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browsing import chromium, context_of

from .conftest import PASSWORD, LiveServer, needs_root
from .looking import without_chinese_names
from .sheets import question, release

pytestmark = [needs_root, pytest.mark.browser, pytest.mark.xdist_group("live")]

LISTENER, TAPPER = "sl007", "sl006"
EVERY_KIND = ["single", "multiple", "judge", "blank", "number", "order", "match", "case"]
FOCUSED = (
    "(e => e === document.body ? '' : (e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent).trim())"
    "(document.activeElement)"
)
#: Notes each change of a live region, as a screen reader would say it.
EAR = """() => {
  window.heard = [];
  const say = node => {
    const region = (node.nodeType === 1 ? node : node.parentElement)?.closest('[aria-live], [role=status], [role=alert]');
    if (region && region.getAttribute('aria-live') !== 'off' && region.textContent.trim()) window.heard.push(region.textContent.trim());
  };
  new MutationObserver(changes => new Set(changes.map(change => change.target)).forEach(say))
    .observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, county: LiveServer) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


class Keys:
    """Somebody with nothing but a keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def to(self, words: str, key: str = "Tab") -> None:
        """As many presses as it takes to the control that is called so; each that is passed has a name."""
        for _ in range(120):
            self.press(key)
            focused = self.page.evaluate(FOCUSED)
            if words in focused:
                return
        raise AssertionError(f"{words} cannot be reached")


def heard(page: Page) -> list[str]:
    said: list[str] = page.evaluate("window.heard.splice(0)")
    return said


def test_by_keyboard_and_by_ear_from_the_login_to_the_receipt(
    county: LiveServer, repository: Path, browser: Browser
) -> None:
    paper = release(county, repository, "jian-pan", EVERY_KIND, closes=3600, attempts=1)
    context = context_of(browser, 1280, 800)
    page = context.new_page()
    keys = Keys(page)
    _log_in(page, keys, county)
    page.goto(paper.address(LISTENER))  # the plain page, as on a telephone with a keyboard
    expect(question(page, 1).get_by_role("radio").first).to_be_enabled()
    assert without_chinese_names(page) == []
    page.evaluate(EAR)

    keys.to("三年")
    keys.press("ArrowDown")
    keys.to("支部委员会")
    keys.press("Space")
    keys.to("对")
    keys.press("Space")
    keys.to("第 1 空，共 3 空")
    keys.type("一")
    keys.to("计算结果，单位：元")
    keys.type("22.5")
    _saved(page)
    heard(page)

    keys.to("第 2 步，共 4 步")
    keys.press("ArrowUp")
    assert [one for one in heard(page) if "移到" in one] == ["“递交入党申请书”移到第 1 步，共 4 步"]
    assert "第 1 步，共 4 步：递交入党申请书" in page.evaluate(FOCUSED)
    keys.press("ArrowUp")
    assert "已经是第一步" in heard(page)
    keys.to("支部党员大会")
    keys.press("ArrowDown")
    expect(question(page, 7).get_by_role("combobox").first).not_to_have_value("")
    keys.to("作答")
    keys.type("一、没有按期开会。")
    _saved(page)
    _ticks(page, 3)  # the clock runs on, and says nothing
    said = heard(page)
    assert not [one for one in said if "剩" in one]
    saves = [one for one in said if one.startswith("已保存")]
    assert saves == list(dict.fromkeys(saves)), "each save is said once"
    assert not [one for one in said if "正在保存" in one]

    _hand_in(page, keys)
    assert paper.handed_in(LISTENER) == {
        "q01": "B",
        "q02": "A",
        "q03": "对",
        "q04": "（1）一\n（2）\n（3）",
        "q05": "22.5",
        "q06": "B A C D",
        "q07": "1-A",
        "q08": "一、没有按期开会。",
    }
    keys.to("返回学习大厅")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="学习大厅")).to_be_visible()
    context.close()


def _log_in(page: Page, keys: Keys, county: LiveServer) -> None:
    page.goto(f"{county.url}/hub/login")
    expect(page.get_by_label("账号")).to_be_focused()
    assert without_chinese_names(page) == []
    keys.type(LISTENER)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="学习大厅")).to_be_visible()
    assert without_chinese_names(page) == []


def _hand_in(page: Page, keys: Keys) -> None:
    keys.to("答完了，交卷")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="要交卷吗")).to_be_focused()
    keys.to("确定交卷")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="已经收到您的答卷")).to_be_focused()
    assert without_chinese_names(page) == []


def _saved(page: Page) -> None:
    expect(page.locator(".sheet-saved")).to_have_text(re.compile("^已保存"))


def _ticks(page: Page, count: int) -> None:
    """The clock in the bar has changed that often."""
    page.evaluate(
        """count => new Promise(done => new MutationObserver((_, watcher) => {
          count -= 1;
          if (count === 0) { watcher.disconnect(); done(); }
        }).observe(document.querySelector('.sheet-time'), { childList: true, characterData: true, subtree: true }))""",
        count,
    )


class Finger:
    """A finger that counts."""

    taps = 0

    def tap(self, what: Locator) -> None:
        self.taps += 1
        what.tap()


def log_in_by(finger: Finger, county: LiveServer, browser: Browser) -> Page:
    page = context_of(browser, 360, 640).new_page()
    page.goto(f"{county.url}/hub/login")
    page.get_by_label("账号").fill(TAPPER)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    finger.tap(page.get_by_role("button", name="登录"))
    return page


def test_two_taps_to_the_quiz_and_four_to_the_receipt(
    county: LiveServer, repository: Path, browser: Browser
) -> None:
    paper = release(county, repository, "dian-ji", ["single", "judge"])
    finger = Finger()
    page = log_in_by(finger, county, browser)
    finger.tap(page.get_by_role("link", name="开始作答：虚构卷：dian-ji"))
    expect(question(page, 1).get_by_role("radio").first).to_be_enabled()
    assert finger.taps == 2
    question(page, 1).get_by_text("一年", exact=True).tap()
    question(page, 2).get_by_text("对", exact=True).tap()
    finger.tap(page.get_by_role("button", name="交卷", exact=True))
    finger.tap(page.get_by_role("button", name="确定交卷"))
    expect(page.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
    assert finger.taps == 4
    assert paper.handed_in(TAPPER) == {"q01": "B", "q02": "对"}
    page.context.close()


def test_two_taps_to_a_lesson(county: LiveServer, browser: Browser) -> None:
    finger = Finger()
    page = log_in_by(finger, county, browser)
    finger.tap(
        page.get_by_role("region", name="课程").get_by_role("link", name=re.compile("^开始学习")).first
    )
    page.wait_for_url("**/trainer/lesson/**")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert finger.taps == 2
    page.context.close()


def test_half_a_pinyin_is_not_saved_and_a_double_tap_hands_in_once(
    county: LiveServer, repository: Path, browser: Browser
) -> None:
    paper = release(county, repository, "pin-yin", ["case", "blank"], attempts=3)
    page = log_in_by(Finger(), county, browser)
    page.wait_for_url(f"**/user/{TAPPER}/**")
    sent: list[Any] = []
    page.on("request", lambda one: sent.append(one.post_data_json) if one.method == "PUT" else None)
    page.goto(paper.address(TAPPER))
    box = question(page, 1).get_by_role("textbox")
    expect(box).to_be_editable()
    box.focus()
    keyboard = page.context.new_cdp_session(page)
    for half in ("z", "zh", "zhi", "zhi'bu"):
        keyboard.send("Input.imeSetComposition", {"text": half, "selectionStart": len(half), "selectionEnd": len(half)})  # fmt: skip
    expect(page.locator(".sheet-count")).to_have_text("已答 0/2")
    keyboard.send("Input.insertText", {"text": "支部"})
    _saved(page)
    page.keyboard.press("Enter")  # a new line, and nothing is handed in
    _saved(page)
    assert {one["text"].strip() for one in sent} == {"支部"}
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_role("button", name="交卷", exact=True).dblclick()
    expect(page.get_by_role("dialog")).to_have_count(1)
    page.get_by_role("button", name="确定交卷").dblclick()
    expect(page.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
    assert len(paper.hall.submissions("shouji", paper.assignment, TAPPER)) == 1
    page.get_by_role("button", name="返回学习大厅").tap()
    expect(page.get_by_role("heading", name="学习大厅")).to_be_visible()
    page.go_back()
    expect(question(page, 1).get_by_role("textbox")).to_have_value(re.compile("^支部"))
    page.context.close()
