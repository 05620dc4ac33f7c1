"""Every kind of question answered in Notebook 7 and in JupyterLab, by mouse, by keyboard and by finger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from polling import until
from trainer.hub.singleuser.frontend import EXTENSIONS
from trainer.kinds.base import kind_of, question_from_snapshot
from trainer.model.marks import Marking, Verdict

# One worker for all browser tests, so that their servers are started once.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = 360
OVERFLOW = "document.scrollingElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module")
def notebook_server(tmp_path_factory) -> Iterator[Any]:
    """Notebook 7 (and JupyterLab beside it) with our extension and nothing else of ours."""
    from .conftest import running_lab

    place = tmp_path_factory.mktemp("questions")
    (place / "desk").mkdir()
    options = [f"--{app}.extra_labextensions_path={EXTENSIONS}" for app in ("LabApp", "JupyterNotebookApp")]
    with running_lab(place / "desk", place / "home", "jupyter-notebook", options) as server:
        yield server


class Paper:
    """The released form, open in a browser."""

    def __init__(self, sat: Any, page: Page, notebook: Path) -> None:
        self.sat = sat
        self.page = page
        self.notebook = notebook
        self.names = [item.cell for item in sat.form.items]
        expect(page.locator("fieldset.tq")).to_have_count(len(self.names))

    def question(self, kind: str) -> Locator:
        return self.page.locator(f"fieldset.tq-kind-{kind}")

    def right(self, kind: str) -> str:
        return self.sat.right(self.sat.cell(kind))

    def cells(self) -> list[dict[str, Any]]:
        """The cells on disk; Jupyter writes them in place, so that the file may be there in part."""

        def whole() -> list[dict[str, Any]] | None:
            try:
                return json.loads(self.notebook.read_bytes())["cells"]
            except json.JSONDecodeError:
                return None

        return until(whole, "a whole notebook on disk")

    def on_disk(self) -> dict[str, str]:
        cells = self.cells()
        texts = {cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"]) for cell in cells}
        return {name: texts[name] for name in self.names}

    def wait_for_disk(self, kind: str, text: str) -> None:
        """Nobody presses anything for this: it is saved by itself."""
        until(lambda: self.on_disk()[self.sat.cell(kind)] == text, f"{kind} on disk is {text!r}")

    def verdict(self, kind: str) -> Verdict:
        cell = self.sat.cell(kind)
        item = self.sat.form.by_cell()[cell]
        question = question_from_snapshot(item.question)
        text = self.on_disk()[cell]
        return kind_of(question).mark(question, item.layout, text, item.hundredths, Marking()).verdict

    def drag(self, letter: str, position: int) -> None:
        """Take a step by its grip and let it go over the one that stands at a position (from 0)."""
        steps = self.question("order").locator("li")
        grip = steps.filter(has=self.page.locator(f".tq-letter:text-is('{letter}')")).locator(".tq-grip")
        bring_to_rest(self.question("order").locator("ol"))
        start, goal = grip.bounding_box(), steps.nth(position).locator(".tq-grip").bounding_box()
        assert start
        assert goal
        if start == goal:
            return
        x, way = start["x"] + start["width"] / 2, 1 if goal["y"] > start["y"] else -1
        self.page.mouse.move(x, start["y"] + start["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(x, goal["y"] + goal["height"] / 2 + way * 8, steps=8)
        self.page.mouse.up()
        expect(steps.nth(position).locator(".tq-letter")).to_have_text(letter)


@pytest.fixture
def opened(sat, notebook_server, visit) -> Callable[..., Paper]:
    """A fresh copy of the released form, open in Notebook 7 or in JupyterLab."""

    def opener(folder: str, face: str = "notebooks", change: Any = None, **screen: Any) -> Paper:
        place = notebook_server.root / folder
        place.mkdir()
        notebook = place / sat.released.name
        shutil.copyfile(sat.released, notebook)
        if change:
            data = json.loads(notebook.read_bytes())
            change(data)
            notebook.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        path = "/notebooks" if face == "notebooks" else f"/lab/workspaces/{folder}/tree"
        return Paper(
            sat, visit(notebook_server.url(f"{path}/{folder}/{notebook.name}"), **screen).page, notebook
        )

    return opener


def bring_to_rest(thing: Locator) -> None:
    """Scroll something to the middle and wait until it stays there: cells above it may still be drawn."""
    thing.evaluate("""node => new Promise(done => {
        let before = NaN, same = 0;
        const look = () => {
            node.scrollIntoView({block: 'center', behavior: 'instant'});
            const now = node.getBoundingClientRect().top;
            same = now === before ? same + 1 : 0;
            before = now;
            same > 10 ? done() : requestAnimationFrame(look);
        };
        look();
    })""")


def type_into(field: Locator, text: str) -> None:
    field.click()
    field.page.keyboard.type(text)


def test_right_answers_by_mouse_are_saved_survive_a_reload_and_earn_full_points(sat, opened):
    paper = opened("mouse")
    page, rights = paper.page, {kind: paper.right(kind) for kind in ("single", "multiple", "judge")}
    for kind, letters in rights.items():
        for value in letters.split():
            paper.question(kind).locator(f".tq-option:has(input[value='{value}'])").click()
    for position, entry in enumerate(paper.right("blank").split("\n")):
        type_into(paper.question("blank").locator("input").nth(position), entry)
    type_into(paper.question("number").locator("input"), paper.right("number"))
    for position, letter in enumerate(paper.right("order").split()):
        paper.drag(letter, position)
    for pair in paper.right("match").split("\n"):
        number, letter = pair.split("-")
        paper.question("match").locator("select").nth(int(number) - 1).select_option(letter)
    type_into(paper.question("case").locator(".tq-answer > textarea"), "一、先查清。\n二、再改正。")

    paper.wait_for_disk("case", "一、先查清。\n二、再改正。")
    for kind in ("single", "multiple", "judge", "blank", "number", "order", "match"):
        assert paper.on_disk()[sat.cell(kind)] == paper.right(kind), kind
        assert paper.verdict(kind) is Verdict.CORRECT, kind
    assert paper.verdict("case") is Verdict.PENDING
    expect(page.locator(".jp-Dialog")).to_have_count(0)  # nobody is asked for a kernel
    assert page.evaluate("fetch('/api/sessions').then(answer => answer.json())") == []

    before = paper.on_disk()
    page.reload()
    expect(page.locator("fieldset.tq.tq-answered")).to_have_count(len(paper.names))
    for kind, letters in rights.items():
        for value in letters.split():
            expect(paper.question(kind).locator(f"input[value='{value}']")).to_be_checked()
    steps = paper.question("order").locator("li .tq-letter")
    expect(steps).to_have_text(paper.right("order").split())
    for kind in ("single", "order", "match"):
        paper.question(kind).get_by_role("button", name="清空本题").click()
    paper.wait_for_disk("match", "")
    after = paper.on_disk()
    emptied = {sat.cell(kind) for kind in ("single", "order", "match")}
    assert {cell: text for cell, text in after.items() if cell not in emptied} == {
        cell: text for cell, text in before.items() if cell not in emptied
    }
    assert {after[cell] for cell in emptied} == {""}
    assert paper.verdict("single") is Verdict.UNANSWERED


def test_by_keyboard_alone_wrong_and_partial_answers_are_what_was_pressed(sat, opened):
    paper = opened("keyboard")
    keyboard = paper.page.keyboard
    paper.question("single").locator("input").first.focus()
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    keyboard.press("Tab")  # past 清空本题 to the next question
    keyboard.press("Tab")
    expect(paper.question("multiple").locator("input").first).to_be_focused()
    keyboard.press("Space")
    paper.question("judge").locator("input").first.focus()
    keyboard.press("Space")
    keyboard.press("ArrowRight")
    paper.question("blank").locator("input").first.focus()
    keyboard.type("dd x b 不知道")  # letters that are commands of a notebook
    paper.question("number").locator("input").first.focus()
    keyboard.type("-1")
    steps = paper.question("order").locator("li .tq-letter")
    shown = steps.all_text_contents()
    paper.question("order").locator(".tq-grip").first.focus()
    keyboard.press("ArrowDown")
    expect(paper.question("order").get_by_role("status")).to_contain_text("移到第 2 步")
    paper.question("match").locator("select").first.focus()
    keyboard.press("ArrowDown")
    keyboard.press("Control+s")

    paper.wait_for_disk("match", "1-A")
    saved = paper.on_disk()
    assert saved[sat.cell("single")] == "B"
    assert saved[sat.cell("multiple")] == "A"
    assert saved[sat.cell("judge")] == "错"
    assert "dd x b 不知道" in saved[sat.cell("blank")]
    assert saved[sat.cell("number")] == "-1"
    assert saved[sat.cell("order")].split() == [shown[1], shown[0], *shown[2:]]
    expect(paper.page.locator("fieldset.tq")).to_have_count(len(paper.names))


def test_keys_pressed_beside_the_fields_are_no_commands(sat, opened):
    paper = opened("commands")
    before = paper.cells()
    paper.page.locator(".jp-MarkdownOutput").first.click()
    for key in ("b", "a", "x", "d", "d", "y", "Enter", "1"):
        paper.page.keyboard.press(key)
    paper.question("judge").locator(".tq-option").first.click()
    paper.wait_for_disk("judge", "对")
    after = paper.cells()
    assert [(cell["id"], cell["cell_type"]) for cell in after] == [
        (cell["id"], cell["cell_type"]) for cell in before
    ]


def test_in_jupyterlab_too(sat, opened):
    paper = opened("lab", face="lab")
    paper.question("judge").locator(".tq-option").last.click()
    type_into(paper.question("number").locator("input"), "12.5")
    paper.page.keyboard.press("Control+s")
    paper.wait_for_disk("number", "12.5")
    paper.wait_for_disk("judge", "错")
    expect(paper.page.locator(".jp-Dialog")).to_have_count(0)


def test_a_finger_on_a_phone_drags_steps_and_hits_everything(sat, opened):
    paper = opened("phone", width=PHONE, height=740, has_touch=True, is_mobile=True)
    page = paper.page
    assert page.evaluate(OVERFLOW) <= 0
    small = "nodes => nodes.map(node => node.getBoundingClientRect()).filter(box => box.height && Math.min(box.width, box.height) < 44).length"
    targets = ".tq-option, .tq button, .tq select, .tq input[type=text], .tq textarea"
    assert page.locator(targets).evaluate_all(small) == 0

    steps = paper.question("order").locator("li")
    bring_to_rest(steps.first)
    first = steps.first.locator(".tq-letter").text_content() or ""
    start, goal = steps.first.locator(".tq-grip").bounding_box(), steps.nth(1).bounding_box()
    assert start
    assert goal
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    finger = page.context.new_cdp_session(page)
    end = goal["y"] + goal["height"] * 0.75
    points = [y + (end - y) * part / 6 for part in range(7)]
    for kind, at in [("touchStart", [y]), *(("touchMove", [point]) for point in points), ("touchEnd", [])]:
        touches = [{"x": x, "y": point} for point in at]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    expect(steps.nth(1).locator(".tq-letter")).to_have_text(first)
    letters = steps.locator(".tq-letter").all_text_contents()
    paper.wait_for_disk("order", " ".join(letters))


def test_what_somebody_typed_before_stays_until_it_is_replaced(sat, opened):
    old = "我想选第一个"

    def write(notebook: dict[str, Any]) -> None:
        for cell in notebook["cells"]:
            if cell["metadata"]["nbgrader"]["grade_id"] == sat.cell("single"):
                cell["source"] = old

    paper = opened("typed-before", change=write)
    question = paper.question("single")
    expect(question.get_by_label("您原来写的内容")).to_have_value(old)
    paper.question("judge").locator(".tq-option").first.click()
    paper.wait_for_disk("judge", "对")
    assert paper.on_disk()[sat.cell("single")] == old
    question.locator(".tq-option").first.click()
    expect(question.get_by_label("您原来写的内容")).to_be_hidden()
    paper.wait_for_disk("single", "A")


def test_a_notebook_from_before_there_were_definitions_is_as_it_was(sat, notebook_server, visit):
    place = notebook_server.root / "old"
    place.mkdir()
    data = json.loads(sat.released.read_bytes())
    for cell in data["cells"]:
        if "trainer" in cell["metadata"]:
            cell["metadata"]["trainer"] = {"kind": cell["metadata"]["trainer"]["kind"]}
    (place / "old.ipynb").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    page = visit(notebook_server.url("/notebooks/old/old.ipynb")).page
    expect(page.locator(".jp-Cell")).to_have_count(len(data["cells"]))
    expect(page.locator(".jp-MarkdownOutput").get_by_text("在这里写答案").first).to_be_visible()
    expect(page.locator("fieldset.tq")).to_have_count(0)
