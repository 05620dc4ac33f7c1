"""From the slip with a password to a receipt that holds, in a real browser, on the server that `trainer serve --demo` gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from trainer.nbgrader.course import Course
from trainer.papers.files import paper_path, read_paper
from trainer.workflow.leaderboard import read_allocation

from .browsing import (
    UNANSWERED,
    answer_next,
    choose_password,
    chromium,
    context_of,
    log_in,
    slip_passwords,
    toolbar,
    wait_for_job,
)
from .conftest import LiveServer, needs_root, wait_for

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
    wait_for(lambda: not server.processes(), "everything has ended")


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
    expect(page.get_by_role("heading", name="我的试卷")).to_be_visible()
    return page


@pytest.fixture(scope="module")
def paper(trainee: Page, assignment: str) -> Page:
    """The paper, open for answering."""
    trainee.locator(f"a[href$='/open/leitai/{assignment}']").click()
    expect(trainee.locator(".jp-MarkdownCell").filter(has_text=UNANSWERED).first).to_be_visible()
    return trainee


@pytest.fixture(scope="module")
def receipt(paper: Page) -> str:
    """The text of the receipt for a paper with two answers, the second of which nobody saved before handing in."""
    answer_next(paper, "A")
    toolbar(paper, "保存").click()
    expect(toolbar(paper, "已保存")).to_be_visible()
    answer_next(paper, "B")
    expect(toolbar(paper, "保存")).to_be_visible()
    toolbar(paper, "交卷").click()
    paper.get_by_role("button", name="确定交卷").click()
    expect(paper.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
    return paper.locator("pre").inner_text()


def test_a_paper_opens_without_a_word_of_kernels_and_fits_a_phone(paper: Page) -> None:
    expect(toolbar(paper, "交卷")).to_be_visible()
    for words in ("Kernel", "内核", "Nbgrader", "JupyterLab", "Validate"):
        expect(paper.get_by_text(words)).to_have_count(0)
    expect(paper.locator(".jp-Dialog")).to_have_count(0)
    expect(paper.locator(".jp-NotebookPanel-toolbar .jp-Toolbar-item:visible")).to_have_text(
        ["已保存", "写好了", "交卷"]
    )
    assert paper.evaluate("document.scrollingElement.scrollWidth") <= PHONE


def test_what_the_page_leaves_out_the_server_refuses(exam: LiveServer, paper: Page) -> None:
    asked = "({method, path}) => fetch(path, {method, body: '{}', headers: {'X-XSRFToken': document.cookie.match(/_xsrf=([^;]*)/)?.[1]}}).then(answer => answer.status)"
    own = f"/user/{TRAINEE}/api"
    for path in ("kernels", "sessions"):
        assert paper.evaluate(asked, {"method": "POST", "path": f"{own}/{path}"}) == 403
    assert paper.evaluate(asked, {"method": "POST", "path": f"{own}/terminals"}) == 404


def test_questions_are_not_opened_by_a_click(paper: Page) -> None:
    question = paper.locator(".jp-MarkdownCell").filter(has_not_text=UNANSWERED).nth(2)
    question.locator(".jp-RenderedMarkdown").click()
    expect(question.locator(".jp-RenderedMarkdown")).to_be_visible()
    expect(paper.locator(".jp-Notebook.jp-mod-editMode")).to_have_count(0)


def test_the_receipt_counts_what_was_answered(paper: Page, receipt: str) -> None:
    expect(paper.get_by_text("作答了 2 题")).to_be_visible()
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
