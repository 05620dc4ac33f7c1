"""What answering a paper costs a person: taps, seconds until the first question can be answered, bytes, seconds to save.

Ours, on the plain page and in Notebook, beside stock nbgrader in the stock JupyterLab, in the same run and with the same 50
questions, each on a JupyterHub of its own behind the same front. The driver counts what it does. Load and servers share the
machine. Needs Chromium (`make test` installs it) and is skipped without.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from hub import PASSWORD, Server, serving
from support.common import REPOSITORY, show
from support.stock_nbgrader import ASSIGNMENT, COURSE, PERSON, stock_hub
from support.stock_nbgrader import PASSWORD as STOCK_PASSWORD
from trainer.hall.client import HallClient
from trainer.kinds.reading import ANSWER_STUB

# The tests know how to start a server, to drive a browser, and what a paper looks like.
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(REPOSITORY / "tests" / "support"))

from tests.live.sheets import definition, notebook

from browsing import chromium, context_of

KINDS = ("single", "multiple", "judge")
PHONE = (360, 740)
#: A slow network: milliseconds there and back, bytes a second.
LATENCY, RATE = 400, 200_000 / 8
QUESTION = "() => { const e = document.querySelector('fieldset.tq input'); return e && !e.disabled && e.getClientRects().length > 0 }"
CELL = (
    "(words) => [...document.querySelectorAll('.jp-MarkdownCell .jp-RenderedMarkdown')]"
    ".some(e => e.textContent.includes(words) && e.getClientRects().length > 0)"
)
WORDS = ANSWER_STUB[1:6]


@dataclass
class Hand:
    """A person's hand on a page: ``taps`` are what is no answer, ``gestures`` what the answers took."""

    page: Page
    taps: int = 0
    gestures: int = 0

    def tap(self, what: Locator) -> None:
        self.taps += 1
        what.click()

    def press(self, keys: str) -> None:
        self.taps += 1
        self.page.keyboard.press(keys)


@dataclass(frozen=True)
class Opened:
    """A document opened with an empty cache: seconds until the first question could be answered, and bytes that came."""

    seconds: float
    received: float


@dataclass(frozen=True)
class Way:
    """One way of answering. ``document``: the address; ``ready``: a script and its argument, true once one can answer."""

    name: str
    document: str
    ready: tuple[str, str | None]
    change: Callable[[Page], None]  # what leads to an answer being sent
    saves: str  # part of the address that an answer is sent to
    context: Callable[[], BrowserContext]  # somebody who is logged in, with an empty cache
    taps: Callable[[], Hand]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each way and print one table."""
    options = _options(arguments)
    if shutil.which("chromium") is None:
        print("没有 chromium，作答这一项略过（make test 会装上它）。")
        return
    kinds = [KINDS[number % len(KINDS)] for number in range(options.questions)]
    paper = notebook([definition(REPOSITORY, kind) for kind in kinds], "测速用的卷（虚构）")
    with (
        serving() as server,
        stock_hub(with_kernel(paper)) as stock,
        tempfile.TemporaryDirectory() as home,
        chromium(Path(home)) as browser,
    ):
        release(server, paper)
        ways = [*our_ways(server, browser), *stock_ways(stock, browser)]
        rows = [row_of(way, options.repeats) for way in ways]
        rows.append(row_of(ways[0], options.repeats, throttled=True))
    columns = (
        "方式",
        "点击",
        "每答一题的动作",
        "打开到能答，秒",
        "首次下载，kB",
        "存一个答案，秒",
        "其中网络",
    )
    show(f"从登录到回执，{options.questions} 题，中位数", columns, rows, markdown=options.markdown)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=50, help="一份卷多少题（默认 50）")
    parser.add_argument("--repeats", type=int, default=5, help="每样量几次取中位数（默认 5）")
    parser.add_argument("--markdown", action="store_true", help="表印成 Markdown")
    return parser.parse_args(arguments)


def with_kernel(paper: bytes) -> bytes:
    """The paper as an instructor's JupyterLab would have saved it: without a kernel's name, Lab asks for one first."""
    document = json.loads(paper)
    document["metadata"]["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return json.dumps(document, ensure_ascii=False).encode()


def release(server: Server, paper: bytes) -> None:
    """Put it out in the hall, to be handed in as often as one likes."""
    address = f"http+unix://{quote(str(server.data.hall_socket), safe='')}/services/hall/"
    hall = HallClient(address, server.data.secret("service-console"))
    hall.release(COURSE, ASSIGNMENT, {f"{ASSIGNMENT}.ipynb": paper}, {"title": "测速", "attempts": None})


# -- the ways ----------------------------------------------------------------------------------------------------------


def our_ways(server: Server, browser: Browser) -> list[Way]:
    """On a phone the plain page, on a computer Notebook, each with a person of its own."""

    def way(name: str, account: str, size: tuple[int, int], face: str) -> Way:
        hand = ours(server, browser, account, size)
        state = hand.page.context.storage_state()
        hand.page.context.close()
        return Way(
            name,
            f"{server.url}/user/{account}/trainer/open/{COURSE}/{ASSIGNMENT}?face={face}",
            (QUESTION, None),
            choose_another,
            "/answers/",
            lambda: context_of(browser, *size, storage_state=state),
            lambda: hand,
        )

    return [
        way("本平台，答题页（手机）", "sl001", PHONE, "page"),
        way("本平台，笔记本界面", "sl002", (1280, 800), "notebook"),
    ]


def ours(server: Server, browser: Browser, account: str, size: tuple[int, int]) -> Hand:
    """From the login to the receipt."""
    page = context_of(browser, *size).new_page()
    hand = Hand(page)
    page.goto(f"{server.url}/hub/login")
    page.get_by_label("账号").fill(account)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    hand.tap(page.get_by_role("button", name="登录"))
    hand.tap(page.get_by_role("link", name="开始作答：测速"))
    page.wait_for_function(QUESTION)
    page.locator("fieldset.tq").first.locator(".tq-option").first.click()
    hand.gestures += 1
    hand.tap(page.get_by_role("button", name="交卷", exact=True))
    hand.tap(page.get_by_role("button", name="确定交卷"))
    page.get_by_role("heading", name="已经收到您的答卷").wait_for()
    return hand


def choose_another(page: Page) -> None:
    """Tap an option of the first question that is not chosen yet."""
    page.locator("fieldset.tq").first.locator(".tq-option:not(:has(input:checked))").first.click()


def save_by_key(page: Page) -> None:
    """What is left to the person in stock Jupyter; nbgrader reads the file."""
    page.locator(".jp-MarkdownCell .jp-RenderedMarkdown").first.click()
    page.keyboard.press("Control+s")


def stock_ways(stock: str, browser: Browser) -> list[Way]:
    """The document in JupyterLab, where the panel opens it, and by its address in Notebook."""
    hand = stocks(stock, browser)
    state = hand.page.context.storage_state()
    hand.page.context.close()

    def way(name: str, path: str) -> Way:
        return Way(
            name,
            f"{stock}/user/{PERSON}/{path}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb",
            (CELL, WORDS),
            save_by_key,
            f"/api/contents/{ASSIGNMENT}/{ASSIGNMENT}.ipynb",
            lambda: context_of(browser, storage_state=state),
            lambda: hand,
        )

    return [
        way("原版 nbgrader，JupyterLab", "lab/tree"),
        way("同上，用 Notebook 打开", "notebooks"),
    ]


def stocks(stock: str, browser: Browser) -> Hand:
    """From the login to the line in the list of what was submitted, which is all the receipt there is."""
    page = context_of(browser).new_page()
    hand = Hand(page)
    page.goto(f"{stock}/hub/login")
    page.locator("#username_input").fill(PERSON)
    page.locator("#password_input").fill(STOCK_PASSWORD)
    hand.tap(page.locator("#login_submit"))
    page.locator(".jp-Launcher").wait_for()
    hand.tap(page.get_by_text("Nbgrader", exact=True))
    hand.tap(page.locator(".lm-Menu-itemLabel").get_by_text("Assignment List", exact=True))
    hand.tap(page.get_by_role("button", name="Fetch", exact=True))
    mine = page.locator("#fetched_assignments_list")
    hand.tap(mine.locator("a.assignment-notebooks-link"))
    hand.tap(mine.locator(".nested_list_item a"))
    page.wait_for_function(CELL, arg=WORDS)
    answer_in_cell(hand)
    hand.press("Control+s")
    hand.tap(page.locator(".lm-TabBar-tabLabel").get_by_text("Assignments", exact=True))
    hand.tap(mine.get_by_role("button", name="Submit", exact=True))
    page.locator("#submitted_assignments_list .list_item").first.wait_for()
    return hand


def answer_in_cell(hand: Hand) -> None:
    """Open the answer cell, replace what stands in it, and run it, which shows it again."""
    cell = hand.page.locator(".jp-MarkdownCell").filter(has_text=WORDS).first
    cell.locator(".jp-RenderedMarkdown").dblclick()
    cell.locator(".cm-content").press("Control+a")
    hand.page.keyboard.type("B")
    hand.page.keyboard.press("Shift+Enter")
    hand.gestures += 4


# -- measuring ---------------------------------------------------------------------------------------------------------


def row_of(way: Way, repeats: int, *, throttled: bool = False) -> tuple[str, ...]:
    """The line of the table."""
    opened, saved, on_wire = measured(way, repeats, throttled=throttled)
    hand = way.taps()
    return (
        f"{way.name}，慢网络" if throttled else way.name,
        str(hand.taps),
        str(hand.gestures),
        f"{statistics.median(one.seconds for one in opened):.2f}",
        f"{statistics.median(one.received for one in opened) / 1000:.0f}",
        f"{saved:.2f}",
        f"{on_wire:.3f}",
    )


def measured(way: Way, repeats: int, *, throttled: bool) -> tuple[list[Opened], float, float]:
    """(each opening, median seconds from an answer until it is kept, the part of it that the request took)."""
    opened, saves = [], []
    for _ in range(repeats):
        context = way.context()
        page = context.new_page()
        opened.append(open_cold(page, way, throttled=throttled))
        page.wait_for_load_state("networkidle")
        saves += [save_once(page, way) for _ in range(3)]
        context.close()
    return opened, statistics.median(s for s, _ in saves), statistics.median(w for _, w in saves)


def open_cold(page: Page, way: Way, *, throttled: bool) -> Opened:
    """Open the document with an empty cache. What follows the first question within a moment counts among the bytes."""
    received: list[float] = []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    if throttled:
        limits: dict[str, Any] = {"downloadThroughput": RATE, "uploadThroughput": RATE}
        line.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY, **limits})
    script, argument = way.ready
    start = time.perf_counter()
    page.goto(way.document, wait_until="commit")
    page.wait_for_function(script, arg=argument)
    seconds = time.perf_counter() - start
    page.wait_for_load_state("networkidle")
    return Opened(seconds, sum(received))


def save_once(page: Page, way: Way) -> tuple[float, float]:
    """(seconds from the gesture to the server's word that it is kept, seconds of the request alone)."""
    start = time.perf_counter()
    with page.expect_response(lambda one: one.request.method == "PUT" and way.saves in one.url) as waiting:
        way.change(page)
    answer = waiting.value
    answer.finished()
    if not answer.ok:
        raise RuntimeError(f"{answer.status} {answer.url}")
    return time.perf_counter() - start, answer.request.timing["responseEnd"] / 1000


if __name__ == "__main__":
    main()
