"""nbgrader's own formgrader shows what our grading wrote, and marks that are given there stay."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from trainer.model.points import to_hundredths
from trainer.nbgrader.entries import entries
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.workflow.leaderboard import board_of, contest_named

# One worker for all browser tests, so that their servers are started once.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ASSIGNMENTS = "/formgrader/manage_assignments"


@pytest.fixture
def formgrader(course_lab, visit) -> Callable[[str], Page]:
    return lambda path: visit(course_lab.url(path)).page


def open_submission(page: Page, person: str) -> None:
    """From the list of a notebook's submissions to the one of a person."""
    page.get_by_role("link", name="Submission #1").wait_for()
    page.get_by_role("button", name="Show All Names").click()
    page.get_by_role("link", name=person).click()
    # The boxes are there before the marks are: what is typed until then is not stored.
    loaded = re.compile(".+")
    expect(page.locator("input.score").first).to_have_attribute("placeholder", loaded)
    expect(page.locator(".comment").first).to_have_attribute("placeholder", loaded)


def put(page: Page, kind: str, change: Callable[[], None]) -> None:
    """Change something and wait until formgrader has stored it."""

    def stored(response: Any) -> bool:
        return response.request.method == "PUT" and f"/formgrader/api/{kind}/" in response.url

    with page.expect_response(stored) as answer:
        change()
    assert answer.value.ok


def graded(sat, account: str) -> dict[str, Any]:
    with CourseGradebook(sat.course.db_url) as gradebook:
        found = entries(gradebook, [sat.form.assignment])
    return next(entry for entry in found if entry.account == account).cells


def test_the_panel_opens_inside_jupyterlab(course_lab, visit):
    page = visit(course_lab.url("/lab")).page
    page.get_by_text("Nbgrader", exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text("Formgrader", exact=True).click()
    panel = page.frame_locator("iframe")
    expect(
        panel.get_by_role("row").filter(has_text="released").get_by_role("link", name="kaohe")
    ).to_be_visible()


def test_the_assignment_and_its_submissions_are_listed_with_our_scores(sat, formgrader):
    page = formgrader(ASSIGNMENTS)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=sat.form.assignment))
    expect(row).to_contain_text("released")
    row.locator(".num-submissions a").click()
    person = page.get_by_role("row").filter(has_text="zhao01")
    automatic = sum(score.auto or 0 for score in graded(sat, "zhao01").values())
    full = sum(float(item.points) for item in sat.form.items)
    assert automatic == full - float(sat.form.by_cell()[sat.cell("case")].points)
    expect(person.locator(".score")).to_have_text(re.compile(rf"^\d+(\.\d+)? / {full:g}$"))
    expect(person.locator(".status")).to_contain_text("needs manual grading")


def test_scores_and_comments_are_those_of_our_grading(sat, formgrader):
    name = sat.form.assignment
    page = formgrader(f"/formgrader/gradebook/{name}/{name}")
    open_submission(page, "赵甲子")
    for item in sat.form.items:
        score, comment = page.locator(f"input.score#{item.cell}"), page.locator(f"#{item.cell}-comment")
        if item.question["kind"] == "case":
            continue
        expect(score).to_have_attribute("placeholder", f"{item.points:g}")
        expect(comment).to_have_attribute("placeholder", re.compile("^答对了。正确"))


def test_a_mark_given_in_formgrader_survives_grading_by_force_and_is_on_the_board(sat, formgrader):
    name, case = sat.form.assignment, sat.cell("case")
    page = formgrader(f"/formgrader/gradebook/{name}/{name}")
    open_submission(page, "赵甲子")
    mark, comment = page.locator(f"input.score#{case}"), page.locator(f"#{case}-comment")
    put(page, "grade", lambda: (mark.fill("7.5"), mark.press("Tab")))
    put(page, "comment", lambda: (comment.fill("要点齐全，结论不完整。"), comment.press("Tab")))

    trainer = str(Path(sys.executable).parent / "trainer")
    command = [trainer, "grade", name, "--force"]
    done = subprocess.run(command, check=False, cwd=sat.course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

    cells = graded(sat, "zhao01")
    assert (cells[case].manual, cells[case].auto) == (7.5, None)
    automatic = sum(score.auto or 0 for score in cells.values())
    board = board_of(sat.course, contest_named(sat.course, "kaohe"))
    own = next(line for line in board.individuals if line.trainee.account == "zhao01")
    assert own.score == to_hundredths(automatic + 7.5)
    assert own.rank == 1
    page.reload()
    expect(mark).to_have_value("7.5")
    expect(comment).to_have_value("要点齐全，结论不完整。")


def test_names_are_shown_as_written(sat, formgrader):
    page = formgrader("/formgrader/manage_students")
    expect(page.get_by_role("link", name=sat.hostile.name)).to_be_visible()
    expect(page).to_have_title("nbgrader formgrade")


def test_a_script_in_an_answer_does_not_run_in_the_instructors_page(sat, formgrader):
    name = sat.form.assignment
    page = formgrader(f"/formgrader/gradebook/{name}/{name}")
    open_submission(page, sat.hostile.name)
    assert page.title() != "1"
