"""From the slip with a password to a receipt that holds, in a real browser, on the server that `trainer serve --demo` gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browsing import (
    choose_password,
    chromium,
    context_of,
    log_in,
    slip_passwords,
    wait_for_job,
)
from polling import until
from trainer.nbgrader.course import Course
from trainer.papers.files import paper_path, read_paper
from trainer.workflow.allotment import read_allocation

from .conftest import LiveServer, needs_root

pytestmark = [needs_root, pytest.mark.browser, pytest.mark.xdist_group("live")]

PHONE = 360
OWN_PASSWORD = "wo-de-xin-mima-2026"
TRAINEE = "sl020"


@pytest.fixture(scope="module")
def exam(server_folder: Callable[[], Path], repository: Path) -> Iterator[LiveServer]:
    """The demo county as it comes: trainees have questions and no kernels."""
    folder = server_folder()
    (folder / "jupyter_config.py").write_text((repository / "jupyter_config.py").read_text())
    for name in ("question_bank", "courses"):
        (folder / name).symlink_to(repository / name)
    server = LiveServer(folder, folder).start()
    yield server
    server.stop()
    until(lambda: not server.processes(), "everything has ended")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, exam: LiveServer) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def instructor(exam: LiveServer, browser: Browser) -> Page:
    """The first instructor, who has changed the password that `trainer serve` printed, and stands in the overview."""
    page = context_of(browser).new_page()
    printed = re.search(r"账号 jiaoyuan　一次性密码 (\S+)", exam.said)
    assert printed
    log_in(page, exam.url, "jiaoyuan", printed[1])
    choose_password(page, OWN_PASSWORD)
    expect(page.get_by_role("heading", name="总览")).to_be_visible()
    return page


@pytest.fixture(scope="module")
def assignment(exam: LiveServer, instructor: Page) -> str:
    """The form that was allotted to the trainee, after the instructor has allotted and released the paper."""
    for verb in ("分卷", "发布"):
        instructor.goto(f"{exam.url}/services/console/papers/leitai")
        instructor.get_by_role("button", name=verb, exact=True).click()
        wait_for_job(instructor)
    course = Course(exam.data.courses / "leitai")
    paper = read_paper(paper_path(course.root, "leitai"))
    form = paper.form_for(read_allocation(course, paper)[TRAINEE])
    assert form is not None
    return form.assignment


@pytest.fixture(scope="module")
def trainee(exam: LiveServer, browser: Browser, assignment: str) -> Page:
    """A trainee on a phone who has changed the password of the slip, with the own papers before them."""
    page = context_of(browser, PHONE, 740).new_page()
    slips = slip_passwords(exam.data.root / "学员密码条.docx")
    log_in(page, exam.url, TRAINEE, slips[TRAINEE])
    choose_password(page, OWN_PASSWORD)
    expect(page.get_by_role("heading", name="学习大厅")).to_be_visible()
    return page


@pytest.fixture(scope="module")
def paper(exam: LiveServer, trainee: Page, assignment: str) -> Page:
    """The paper, open for answering in Notebook; test_plain_page.py has the page without it."""
    expect(trainee.locator(f"a[href$='/open/leitai/{assignment}']").first).to_be_visible()
    trainee.goto(f"{exam.url}/user/{TRAINEE}/trainer/open/leitai/{assignment}?face=notebook")
    expect(options(trainee, 0).first.locator("input")).to_be_enabled()
    return trainee


def options(page: Page, position: int) -> Locator:
    """What can be chosen in the question at a position, from 0."""
    return page.locator("fieldset.tq").nth(position).locator(".tq-option")


@pytest.fixture(scope="module")
def receipt(exam: LiveServer, paper: Page, assignment: str) -> str:
    """The text of the receipt for a paper with two answers, the second of which had no time to be saved."""
    options(paper, 0).first.click()
    expect(paper.locator(".sheet-saved")).to_contain_text("已保存")
    options(paper, 1).nth(1).click()
    paper.get_by_role("button", name="交卷", exact=True).click()
    paper.get_by_role("button", name="确定交卷").click()
    expect(paper.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
    (kept,) = (exam.data.homes / TRAINEE / "回执").glob(f"{assignment}-*.txt")
    return kept.read_text(encoding="utf-8")


def test_a_paper_opens_without_a_word_of_kernels_and_fits_a_phone(paper: Page) -> None:
    expect(paper.get_by_role("button", name="交卷", exact=True)).to_be_visible()
    for words in ("Kernel", "内核", "Nbgrader", "JupyterLab", "Validate"):
        expect(paper.get_by_text(words)).to_have_count(0)
    expect(paper.locator(".jp-Dialog")).to_have_count(0)
    expect(paper.locator(".jp-NotebookPanel-toolbar .jp-Toolbar-item:visible")).to_have_count(0)
    assert paper.evaluate("document.scrollingElement.scrollWidth") <= PHONE


def test_what_the_page_leaves_out_the_server_refuses(exam: LiveServer, paper: Page) -> None:
    asked = "({method, path}) => fetch(path, {method, body: '{}', headers: {'X-XSRFToken': document.cookie.match(/_xsrf=([^;]*)/)?.[1]}}).then(answer => answer.status)"
    own = f"/user/{TRAINEE}/api"
    for path in ("kernels", "sessions"):
        assert paper.evaluate(asked, {"method": "POST", "path": f"{own}/{path}"}) == 403
    assert paper.evaluate(asked, {"method": "POST", "path": f"{own}/terminals"}) == 404


def test_questions_are_not_opened_by_a_click(paper: Page) -> None:
    heading = paper.locator(".jp-MarkdownCell .jp-RenderedMarkdown").first
    heading.dblclick()
    paper.keyboard.press("Enter")
    paper.keyboard.type("dd")
    expect(heading).to_be_visible()
    expect(paper.locator(".jp-Notebook.jp-mod-editMode")).to_have_count(0)


def test_the_receipt_counts_what_was_answered(paper: Page, receipt: str) -> None:
    expect(paper.locator(".sheet-receipt").first).to_contain_text("2 题")
    assert f"学员：{TRAINEE}" in receipt


def test_the_receipt_holds_and_a_changed_one_does_not(exam: LiveServer, paper: Page, receipt: str) -> None:
    for text, verdict in ((receipt, "有效"), (receipt.replace(TRAINEE, "sl001"), "无效")):
        paper.goto(f"{exam.url}/services/hall/receipts")
        paper.get_by_label("回执内容").fill(text)
        paper.get_by_role("button", name="核对").click()
        expect(paper.get_by_role("status").get_by_text(verdict, exact=True)).to_be_visible()


def test_the_instructor_sees_that_one_has_handed_in(exam: LiveServer, instructor: Page, receipt: str) -> None:
    instructor.goto(f"{exam.url}/services/console/")
    expect(instructor.get_by_text(re.compile(r"^已提交 1/\d+$")).first).to_be_visible()
    instructor.goto(f"{exam.url}/services/console/papers/leitai/progress")
    row = instructor.get_by_role("row").filter(has_text=TRAINEE)
    expect(row).to_contain_text("已交卷")
    expect(row).to_contain_text("2/38")
