"""A paper and a lesson in Notebook, in a real browser on the real server: the same sheet, and the same care, as on the plain page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from browsing import chromium, context_of, logged_in
from polling import until
from trainer.bank.reader import read_bank
from trainer.hall.learning_client import LearningClient
from trainer.kinds.base import kind_of, lay_out
from trainer.workflow.lessons.publishing import publish_lessons

from .conftest import PASSWORD, LiveServer, needs_root
from .looking import serious, without_chinese_names
from .sheets import COURSE, SheetPaper, definition, release
from .test_kills import within_walls

pytestmark = [needs_root, pytest.mark.browser, pytest.mark.xdist_group("live")]

TRAINEE, OTHER = "sl011", "sl012"
SAVED = re.compile(r"^已保存 \d\d:\d\d:\d\d$")
#: Of Jupyter itself, without consequences: settings that come before those of the shortcuts (jupyter/notebook#7862), and
#: ipywidgets looking for the kernel of a notebook that has none.
NOT_OURS = ("(reading 'schema')", "(reading 'kernel')")
LESSON = "bi-ji-ben"
EVERY_KIND = ["single", "multiple", "judge", "blank", "number", "order", "match", "case"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, county: LiveServer) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def computer(county: LiveServer, browser: Browser) -> BrowserContext:
    return logged_in(context_of(browser), county.url, TRAINEE, PASSWORD)


@pytest.fixture
def problems(computer: BrowserContext) -> Iterator[list[str]]:
    """What went wrong in the trainee's pages while nothing was broken: nothing may."""
    found: list[str] = []

    def seen(page: Page) -> None:
        page.on("pageerror", lambda error: found.append(str(error)))

    computer.on("page", seen)
    yield found
    computer.remove_listener("page", seen)
    assert [one for one in found if not any(known in one for known in NOT_OURS)] == []


def notebook(context: BrowserContext, paper: SheetPaper, account: str = TRAINEE) -> Page:
    """The paper in Notebook, ready to be answered."""
    page = context.new_page()
    page.goto(f"{paper.server.url}/user/{account}/trainer/open/{COURSE}/{paper.assignment}?face=notebook")
    assert "/notebooks/" in page.url
    expect(radio(page, 1, 1)).to_be_enabled()
    return page


def plain(context: BrowserContext, paper: SheetPaper, account: str = TRAINEE) -> Page:
    page = context.new_page()
    page.goto(paper.address(account))
    expect(radio(page, 1, 1)).to_be_enabled()
    return page


def question(page: Page, number: int) -> Locator:
    return page.locator("fieldset.tq").nth(number - 1)


def radio(page: Page, number: int, position: int) -> Locator:
    return question(page, number).get_by_role("radio").nth(position - 1)


def choose(page: Page, number: int, option: str) -> None:
    question(page, number).get_by_text(option, exact=True).click()


def saved(page: Page) -> None:
    expect(page.locator(".sheet-saved")).to_have_text(SAVED)


def on_disk(county: LiveServer, paper: SheetPaper) -> dict[str, str]:
    """The texts of the notebook in the person's folder, by cell."""
    name = paper.assignment
    file = county.data.homes / TRAINEE / COURSE / name / f"{name}.ipynb"
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return {cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"]) for cell in cells}


def test_reload_offline_and_a_killed_server_lose_nothing_up_to_the_receipt(
    county: LiveServer, repository: Path, computer: BrowserContext
) -> None:
    paper = release(county, repository, "notebook-whole", ["single", "judge", "case"], closes=3600)
    page = notebook(computer, paper)
    choose(page, 1, "一年")
    saved(page)
    until(lambda: on_disk(county, paper)["q01"] == "B", "the file is saved")

    computer.set_offline(True)
    choose(page, 1, "半年")
    expect(page.get_by_text("没有网络，已存在本机，正在重试…")).to_be_visible()
    page.close()
    computer.set_offline(False)
    page = notebook(computer, paper)
    expect(radio(page, 1, 3)).to_be_checked()  # the file says B, the device kept C
    saved(page)
    assert paper.texts(TRAINEE) == {"q01": "C"}

    within_walls(county, TRAINEE, "trainer.hub.forkserver").kill()
    choose(page, 2, "对")
    question(page, 3).get_by_role("textbox").fill("服务器断了以后写的")
    until(
        lambda: paper.texts(TRAINEE) == {"q01": "C", "q02": "对", "q03": "服务器断了以后写的"},
        "the server is started again and has the answers",
    )
    saved(page)
    expect(page.locator(".jp-Dialog")).to_have_count(0)

    page.get_by_role("button", name="交卷", exact=True).click()
    page.get_by_role("button", name="确定交卷").click()
    expect(page.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
    assert paper.handed_in(TRAINEE) == {"q01": "C", "q02": "对", "q03": "服务器断了以后写的"}
    page.close()


@pytest.mark.usefixtures("problems")
def test_either_face_shows_the_newest_answers_and_asks_in_words(
    county: LiveServer, repository: Path, computer: BrowserContext
) -> None:
    own = {**definition(repository, "single"), "own_order": True}
    paper = release(county, repository, "notebook-faces", [own, "judge"])
    page = notebook(computer, paper)
    choose(page, 1, "一年")
    choose(page, 2, "对")
    until(lambda: on_disk(county, paper)["q02"] == "对", "the file is saved")
    saved(page)
    page.close()
    phone = plain(computer, paper)
    expect(question(phone, 1).get_by_label("一年")).to_be_checked()
    choose(phone, 1, "半年")
    saved(phone)

    page = notebook(computer, paper)  # its file is older than what the phone saved
    expect(question(page, 1).get_by_label("半年")).to_be_checked()
    expect(radio(page, 2, 1)).to_be_checked()
    expect(phone.get_by_text("在另一个窗口里也开着")).to_be_visible()
    choose(phone, 2, "错")
    expect(radio(page, 2, 2)).to_be_checked()

    # Another device, of which the windows here know nothing yet.
    device = county.person(TRAINEE).open_server()
    address = f"trainer/api/papers/{COURSE}/{paper.assignment}/answers/q01"
    assert device.send("PUT", address, json={"text": "A", "base": None}).status_code == 200
    choose(page, 1, "一年")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("第 1 题在别处也改过")
    expect(dialog.locator(".sheet-text")).to_have_text(["一年", "三年"])  # nobody saw letters
    dialog.get_by_role("button", name="换成另一处写的").click()
    expect(question(page, 1).get_by_label("三年")).to_be_checked()
    phone.close()

    # The end of time, which the page learns of by the last question before handing in.
    closes = (datetime.now().astimezone() + timedelta(seconds=6)).isoformat()
    paper.hall.change_rules(COURSE, paper.assignment, {"closes": closes})
    page.get_by_role("button", name="交卷", exact=True).click()
    expect(dialog).to_contain_text("已经自动交卷")
    dialog.get_by_role("button", name="看我的答案").click()
    expect(radio(page, 1, 1)).to_be_disabled()
    assert paper.handed_in(TRAINEE) == {"q01": "A", "q02": "错"}
    page.close()


def test_everybody_has_an_own_order_and_the_text_is_the_papers(
    county: LiveServer, repository: Path, browser: Browser, computer: BrowserContext
) -> None:
    kinds = [{**definition(repository, kind), "own_order": True} for kind in ("single", "multiple", "order")]
    paper = release(county, repository, "notebook-order", kinds)

    def seen(page: Page) -> list[list[str]]:
        return [
            question(page, number).locator(".tq-option, .tq-step .tq-text").all_inner_texts()
            for number in (1, 2, 3)
        ]

    page = plain(computer, paper)
    mine = seen(page)
    expect(page.locator(".tq-letter")).to_have_count(0)
    choose(page, 1, "一年")
    for option in ("党小组会", "支部委员会"):
        choose(page, 2, option)
    question(page, 3).get_by_role("button", name="就按这个次序作答").click()
    until(lambda: len(paper.texts(TRAINEE)) == 3, "all is saved")
    texts = paper.texts(TRAINEE)
    page.reload()
    expect(question(page, 1).get_by_label("一年")).to_be_checked()
    assert seen(page) == mine
    page.close()
    letters = {step["text"]: step["letter"] for step in kinds[2]["steps"]}
    assert texts == {"q01": "B", "q02": "A D", "q03": " ".join(letters[text] for text in mine[2])}

    other = logged_in(context_of(browser), county.url, OTHER, PASSWORD)
    theirs = seen(plain(other, paper, OTHER))
    assert theirs != mine
    assert [sorted(texts) for texts in theirs] == [sorted(texts) for texts in mine]
    other.close()


@pytest.mark.usefixtures("problems")
def test_a_lesson_answers_at_once(
    county: LiveServer, bank_folder: Path, computer: BrowserContext, tmp_path: Path
) -> None:
    bank = read_bank(bank_folder)
    entry = next(entry for entry in bank.eligible() if entry.question.kind == "judge")
    right = kind_of(entry.question).key_text(
        entry.question, lay_out(kind_of(entry.question), entry.question, "")
    )
    exercise = {"id": "e1", "question": entry.question.id}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# 笔记本里的一课（虚构）"},
        {
            "cell_type": "markdown",
            "id": "b",
            "metadata": {"trainer": {"exercise": exercise}},
            "source": "（练习）",
        },
    ]
    about = {"id": LESSON, "title": "笔记本里的一课", "minutes": 5, "order": 9, "topic": entry.topic}
    lesson = {"cells": cells, "metadata": {"trainer": {"lesson": about}}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / f"{LESSON}.ipynb").write_text(json.dumps(lesson, ensure_ascii=False))
    address = f"http+unix://{quote(str(county.data.hall_socket), safe='')}/services/hall/"
    publish_lessons(tmp_path, bank_folder, [], LearningClient(address, county.data.secret("service-console")))

    page = computer.new_page()
    page.goto(f"{county.url}/user/{TRAINEE}/trainer/lesson/{LESSON}/notebook")
    expect(page.get_by_role("heading", name="笔记本里的一课（虚构）")).to_be_visible()
    said = page.locator(".trainer-practice-result")
    for word, heading in (("错" if right == "对" else "对", "答错了"), (right, "答对了")):
        page.locator(".trainer-practice .tq-option").get_by_text(word, exact=True).click()
        page.get_by_role("button", name="检查").click()
        expect(said.locator("strong").first).to_have_text(heading)
        expect(said).to_contain_text(bank.citation(entry.question))
        page.get_by_role("button", name=re.compile("^再")).click()
    expect(page.get_by_text("read-only").filter(visible=True)).to_have_count(0)
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert serious(page) == []
    assert without_chinese_names(page) == []
    page.get_by_role("link", name="返回学习大厅").click()
    page.get_by_text("其他课程").click()  # the lessons that came with the program come first
    expect(page.get_by_role("region", name="笔记本里的一课")).to_contain_text("练习做对 1/1 题")
    page.close()


def test_nothing_serious_in_the_notebook_by_axe(
    county: LiveServer, repository: Path, computer: BrowserContext
) -> None:
    paper = release(county, repository, "notebook-axe", EVERY_KIND)
    page = notebook(computer, paper)
    choose(page, 1, "一年")
    saved(page)
    page.get_by_role("button", name="题号", exact=True).click()
    expect(page.get_by_role("navigation", name="题号")).to_be_visible()
    assert serious(page) == []
    assert without_chinese_names(page) == []
    page.get_by_role("button", name="交卷", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("还有 7 题没有作答")
    assert serious(page) == []
    page.close()
