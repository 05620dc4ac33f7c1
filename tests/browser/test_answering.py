"""A cadre answers a released form in plain JupyterLab, with nothing of ours installed in it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from trainer.kinds.reading import ANSWER_STUB
from trainer.nbgrader.entries import entries
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.workflow.grading import grade

# One worker for all browser tests, so that their servers are started once.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def cells_of(notebook: Path) -> list[dict[str, Any]]:
    return json.loads(notebook.read_bytes())["cells"]


def name_of(cell: dict[str, Any]) -> str:
    return cell["metadata"]["nbgrader"]["grade_id"]


def text_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


class OpenNotebook:
    """A notebook that is open in JupyterLab."""

    def __init__(self, page: Page, notebook: Path) -> None:
        self.page = page
        self.notebook = notebook
        self._names = [name_of(cell) for cell in cells_of(notebook)]
        expect(self._cells).to_have_count(len(self._names))
        self.rendered("title").wait_for()

    @property
    def _cells(self) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell")

    def cell(self, name: str) -> Locator:
        return self._cells.nth(self._names.index(name))

    def rendered(self, name: str) -> Locator:
        return self.cell(name).locator(".jp-MarkdownOutput")

    def select(self, name: str) -> None:
        """Click a cell and wait until it is the active one: by then it stays where it is."""
        self.rendered(name).click()
        expect(self.cell(name)).to_have_class(re.compile(r"\bjp-mod-active\b"))

    def edit(self, name: str) -> Locator:
        """Open a cell by the keyboard, which no redrawing between two clicks can disturb."""
        self.select(name)
        self.page.keyboard.press("Enter")
        editor = self.cell(name).locator(".cm-content")
        expect(editor).to_be_focused()
        return editor

    def double_click(self, name: str) -> Locator:
        """Double-click a cell and click into the editor that opens.

        The double click alone shows the editor and leaves JupyterLab in command mode, where letters are commands.
        """
        self.select(name)
        self.rendered(name).dblclick()
        editor = self.cell(name).locator(".cm-content")
        editor.click()
        expect(editor).to_be_focused()
        return editor

    def run(self, name: str, shows: str) -> None:
        """Shift+Enter, after which the cell is shown rendered."""
        self.page.keyboard.press("Shift+Enter")
        expect(self.rendered(name)).to_have_text(shows)

    def save(self) -> None:
        # JupyterLab listens to keys before it knows that there is something to save.
        expect(self.page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty")).to_have_count(1)

        def saved(response: Any) -> bool:
            return response.request.method == "PUT" and "/api/contents/" in response.url

        with self.page.expect_response(saved) as answer:
            self.page.keyboard.press("Control+s")
        assert answer.value.ok


@pytest.fixture
def fetched(sat, cadre_lab, visit) -> Callable[[str], OpenNotebook]:
    """A fresh copy of the released form, as fetching leaves it, open in the cadre's JupyterLab."""

    def opened(folder: str) -> OpenNotebook:
        place = cadre_lab.root / folder
        place.mkdir()
        notebook = place / sat.released.name
        shutil.copyfile(sat.released, notebook)
        # A workspace of its own, else JupyterLab also opens what the last visitor had open.
        url = cadre_lab.url(f"/lab/workspaces/{folder}/tree/{folder}/{notebook.name}")
        return OpenNotebook(visit(url).page, notebook)

    return opened


def test_answers_typed_in_jupyterlab_earn_exactly_their_marks(sat, fetched):
    single, multiple = sat.cell("single"), sat.cell("multiple")
    chosen = "、".join(sat.right(multiple).split())
    opened = fetched("typed")

    opened.double_click(single)
    opened.page.keyboard.press("Control+a")
    opened.page.keyboard.type(sat.right(single))
    opened.run(single, sat.right(single))

    opened.edit(multiple)  # the sentence that was there is left standing, as many will leave it
    opened.page.keyboard.press("Control+End")
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.type(chosen)
    opened.run(multiple, f"{ANSWER_STUB}\n{chosen}")
    opened.save()

    saved = {name_of(cell): text_of(cell) for cell in cells_of(opened.notebook)}
    assert saved[single] == sat.right(single)
    assert saved[multiple] == f"{ANSWER_STUB}\n{chosen}"
    sat.hand_in("sun03", opened.notebook)
    assert [report.bad for report in grade(sat.course, [sat.paper.id])] == [()]
    with CourseGradebook(sat.course.db_url) as gradebook:
        found = {entry.account: entry for entry in entries(gradebook, [sat.form.assignment])}
    own = found["sun03"]
    points = sat.form.by_cell()
    earned = {single: float(points[single].points), multiple: float(points[multiple].points)}
    assert {cell: score.auto for cell, score in own.cells.items()} == dict.fromkeys(points, 0.0) | earned
    unanswered = [cell for cell, comment in own.comments.items() if comment.startswith("未作答")]
    assert sorted(unanswered) == sorted(set(points) - set(earned))


def test_the_question_itself_can_be_neither_edited_nor_deleted(sat, fetched):
    opened = fetched("locked")
    stem, answer = f"{sat.cell('single')}-stem", sat.cell("single")
    expect(opened.rendered(stem)).not_to_be_empty()  # cells are drawn one after another
    shown = opened.rendered(stem).inner_text()

    expect(opened.double_click(stem)).to_have_attribute("aria-readonly", "true")
    opened.page.keyboard.type("篡改")
    opened.page.keyboard.press("Escape")
    for name in (stem, answer):
        opened.cell(name).locator(".jp-InputPrompt").click()
        expect(opened.cell(name)).to_have_class(re.compile(r"\bjp-mod-active\b"))
        opened.page.keyboard.press("d")
        opened.page.keyboard.press("d")
    opened.edit(answer)  # something that does change, so that there is something to save
    opened.page.keyboard.press("Control+a")
    opened.page.keyboard.type("B")
    opened.run(answer, "B")
    opened.save()

    before = {name_of(cell): cell for cell in cells_of(sat.released)}
    after = {name_of(cell): cell for cell in cells_of(opened.notebook)}
    assert list(after) == list(before)
    assert [name for name in before if text_of(after[name]) != text_of(before[name])] == [answer]
    assert [name for name in before if after[name]["metadata"] != before[name]["metadata"]] == []
    opened.page.reload()
    expect(opened.rendered(stem)).to_have_text(shown, use_inner_text=True)


def test_a_cell_that_was_added_by_mistake_does_no_harm(sat, fetched):
    single = sat.cell("single")
    opened = fetched("added")
    opened.rendered(single).click()
    opened.page.keyboard.press("b")  # what somebody does who types the answer before there is a cursor
    expect(opened.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(cells_of(sat.released)) + 1)
    opened.edit(single)
    opened.page.keyboard.press("Control+a")
    opened.page.keyboard.type(sat.right(single))
    opened.run(single, sat.right(single))
    opened.save()

    sat.hand_in("li04", opened.notebook)
    assert [report.bad for report in grade(sat.course, [sat.paper.id])] == [()]
    with CourseGradebook(sat.course.db_url) as gradebook:
        found = {entry.account: entry for entry in entries(gradebook, [sat.form.assignment])}
    assert found["li04"].cells[single].auto == float(sat.form.by_cell()[single].points)
