"""What trainees hand in to take over those who mark it, or to stop the round: collected, marked and looked at like any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, Request

from browsing import chromium, context_of
from polling import until
from trainer.accounts.store import AccountStore
from trainer.accounts.store import Person as Known
from trainer.hall.client import HallClient, HallError
from trainer.nbgrader.course import Course
from trainer.papers.files import paper_path, read_paper
from trainer.workflow.allotment import read_allocation

from .burglary import hub_call
from .conftest import LiveServer, Person, field_of, needs_root

pytestmark = [needs_root, pytest.mark.xdist_group("live")]

SCRIPT = "<script>document.title='taken'</script>"
IMAGE = "<img src=x onerror=\"document.title='taken'\">"
TAKE = f"</pre></textarea>{SCRIPT}{IMAGE}\n\n{SCRIPT}\n\n[a](javascript:document.title='taken')"
SITTING = ("sl001", "sl005", "sl006", "sl007")


@pytest.fixture(scope="module")
def teacher(locked: LiveServer) -> Person:
    return locked.person("jiaoyuan").open_server()


def verb(teacher: Person, name: str, **fields: str) -> dict[str, Any]:
    """Do something at the instructors' page, and wait until it is done."""
    page = teacher.get("/services/console/papers/leitai")
    answer = teacher.session.post(
        teacher.at(f"/services/console/papers/leitai/{name}"),
        data={"_xsrf": field_of(page, "_xsrf"), **fields},
    )
    assert "/jobs/" in answer.url, answer.text
    place = f"/{answer.url.split('/', 3)[3]}/state.json"

    def ended() -> Any:
        state = teacher.get(place).json()
        return state if state["state"] != "running" else None

    return until(ended, name)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def forms(locked: LiveServer, teacher: Person) -> dict[str, str]:
    """Account → assignment, after the paper was released; one of the names is somebody's attempt, too."""
    with AccountStore(locked.data.accounts_db) as store:
        store.describe([Known("sl007", IMAGE, IMAGE, "trainee")])
    now = datetime.now().astimezone()
    times = {"opens": now - timedelta(minutes=5), "closes": now + timedelta(hours=2)}
    rules = {name: f"{moment:%Y-%m-%dT%H:%M}" for name, moment in times.items()}
    rules |= {"attempts": "", "counts": "last", "late": "accept", "grace_seconds": "0"}
    for name in ("allot", "release"):
        assert verb(teacher, name, **rules)["state"] == "done"
    course = Course(locked.data.courses / "leitai")
    paper = read_paper(paper_path(course.root, "leitai"))
    allotted = read_allocation(course, paper)
    return {account: form.assignment for account in SITTING if (form := paper.form_for(allotted[account]))}


def at_the_hall(locked: LiveServer, account: str) -> HallClient:
    """With a token that the person made in the browser: nothing of ours stands between."""
    made = hub_call(locked.person(account), "POST", f"users/{account}/tokens", json={"note": "x"})
    return HallClient(f"{locked.url}/services/hall/", made.json()["token"])


def answered(released: bytes, text: str) -> dict[str, Any]:
    """The paper with ``text`` in every answer cell."""
    notebook: dict[str, Any] = json.loads(released)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = text
    return notebook


@pytest.fixture(scope="module")
def handed_in(locked: LiveServer, forms: dict[str, str]) -> dict[str, str]:
    """Four papers: one wants the instructor's browser and kernel, one is gutted, one is long, one is plain."""
    for account, assignment in forms.items():
        hall = at_the_hall(locked, account)
        name = f"{assignment}.ipynb"
        released = hall.files("leitai", assignment)[name]
        files: dict[str, bytes] = {}
        if account == "sl001":
            files = _attack(answered(released, TAKE), name)
        elif account == "sl005":
            files = {name: json.dumps({**json.loads(released), "cells": []}).encode()}
        elif account == "sl006":
            files = {name: json.dumps(answered(released, "长" * 20_000)).encode()}
        else:
            files = {name: json.dumps(answered(released, "A")).encode()}
        hall.submit("leitai", assignment, files)
    return forms


def _attack(notebook: dict[str, Any], name: str) -> dict[str, bytes]:
    html = {"output_type": "display_data", "metadata": {}, "data": {"text/html": TAKE, "image/svg+xml": TAKE}}
    code = {"cell_type": "code", "source": TAKE, "metadata": {}, "execution_count": None, "outputs": [html]}
    claimed = {
        "grade_id": f'x"{IMAGE}',
        "locked": True,
        "grade": True,
        "solution": False,
        "points": 99,
        "schema_version": 3,
    }
    notebook["cells"] += [
        code,
        {"cell_type": "markdown", "source": TAKE, "metadata": {}},
        {"cell_type": "markdown", "source": TAKE, "metadata": {"nbgrader": claimed}},
        {"cell_type": "raw", "source": TAKE, "metadata": {"format": "text/html"}},
    ]
    program = b"open('/home/jiaoyuan/taken', 'w').close()\nraise SystemExit\n"
    return {
        name: json.dumps(notebook).encode(),
        "ipykernel_launcher.py": program,
        "nbgrader_config.py": program,
        "jupyter_lab_config.json": b'{"LabApp": {"extension_manager": "pypi"}}',
        "evil.html": SCRIPT.encode(),
        "evil.svg": f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>".encode(),
        f"{IMAGE.replace('/', '')}.txt": b"text",
    }


@pytest.fixture(scope="module")
def marked(teacher: Person, handed_in: dict[str, str]) -> dict[str, str]:
    """After everything was collected and graded by the instructor."""
    collected = verb(teacher, "collect")
    assert collected["state"] == "done", collected
    graded = verb(teacher, "grade")
    assert graded["state"] == "done", graded
    return handed_in


def test_what_is_too_large_or_not_whole_is_refused(locked: LiveServer, forms: dict[str, str]) -> None:
    hall = at_the_hall(locked, "sl007")
    assignment = forms["sl007"]
    name = f"{assignment}.ipynb"
    deep = (
        b'{"cells": [], "metadata": {"x": '
        + b"[" * 60_000
        + b"]" * 60_000
        + b'}, "nbformat": 4, "nbformat_minor": 5}'
    )
    before = hall.submissions("leitai", assignment)
    for files in (
        {name: b"x" * (12 << 20)},
        {name: deep},
        {f"{n}.txt": b"x" for n in range(500)},
        {name: b"{"},
    ):
        with pytest.raises(HallError) as refused:
            hall.submit("leitai", assignment, files)
        assert refused.value.status in (413, 422)
    assert hall.submissions("leitai", assignment) == before


def test_the_good_are_marked_although_there_are_bad_ones(
    locked: LiveServer, teacher: Person, marked: dict[str, str]
) -> None:
    found = {}
    for account, assignment in marked.items():
        row = teacher.get(f"formgrader/api/submission/{assignment}/{account}").json()
        found[account] = row["autograded"]
    assert found["sl007"] is True
    assert found["sl001"] is found["sl006"] is True
    assert found["sl005"] is False


def test_programs_pages_and_settings_stay_in_the_hall(locked: LiveServer, marked: dict[str, str]) -> None:
    folder = locked.data.courses / "leitai" / "submitted" / "sl001" / marked["sl001"]
    names = {path.name for path in folder.rglob("*")}
    assert f"{marked['sl001']}.ipynb" in names
    assert not any(name.endswith((".py", ".html", ".svg")) or "config" in name for name in names)


def test_a_kernel_in_a_submissions_folder_runs_nothing_of_it(
    locked: LiveServer, teacher: Person, marked: dict[str, str]
) -> None:
    """Even if a program got there: the kernel that Lab starts for a notebook starts in its folder."""
    folder = locked.data.courses / "leitai" / "submitted" / "sl001" / marked["sl001"]
    for module in ("ipykernel_launcher", "json", "jedi", "site", "pandas"):
        planted = folder / f"{module}.py"
        planted.write_text(f"open('/home/jiaoyuan/taken-{module}', 'w').close()\nraise SystemExit\n")
        planted.chmod(0o644)
    session = {
        "path": f"leitai/submitted/sl001/{marked['sl001']}/{marked['sl001']}.ipynb",
        "name": "",
        "type": "notebook",
    }
    started = teacher.send("POST", "api/sessions", json={**session, "kernel": {"name": "python3"}})
    assert started.status_code == 201, started.text
    kernel = started.json()["kernel"]["id"]
    said = teacher.run_in(
        kernel, "import os, sys, json; print(os.getcwd(), 'safe' if sys.flags.safe_path else '')"
    )
    assert said.split() == [f"/home/jiaoyuan/{session['path'].rpartition('/')[0]}", "safe"]
    teacher.send("DELETE", f"api/kernels/{kernel}")
    assert not list((locked.data.homes / "jiaoyuan").glob("taken*"))


def test_formgrader_reads_no_other_folders_configuration(
    locked: LiveServer, teacher: Person, marked: dict[str, str]
) -> None:
    folder = f"leitai/submitted/sl001/{marked['sl001']}"
    (locked.data.courses / folder / "nbgrader_config.py").write_text(
        "open('/home/jiaoyuan/taken', 'w').close()\n"
    )
    assert teacher.get("formgrader", params={"path": f"/home/jiaoyuan/{folder}"}).status_code == 403
    assert not (locked.data.homes / "jiaoyuan" / "taken").exists()
    assert teacher.get("formgrader").status_code == 200


def test_files_of_a_submission_have_no_rights_on_the_instructors_page(
    locked: LiveServer, teacher: Person, marked: dict[str, str]
) -> None:
    place = f"leitai/submitted/sl001/{marked['sl001']}/evil.html"
    (locked.data.courses / place).write_text(SCRIPT)
    answer = teacher.get(f"files/{place}")
    assert answer.status_code == 200
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    submission = _submissions(teacher, marked["sl001"])["sl001"]
    autograded = locked.data.courses / "leitai" / "autograded" / "sl001" / marked["sl001"]
    (autograded / "evil.html").write_text(SCRIPT)
    answer = teacher.get(f"formgrader/submissions/{submission}/evil.html")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")


def _submissions(teacher: Person, assignment: str) -> dict[str, str]:
    """Account → formgrader's id of the notebook. nbgrader does not say whose it is but after the next action: asked twice."""
    rows = teacher.get(f"formgrader/api/submitted_notebooks/{assignment}/{assignment}").json()
    return {row["student"]: row["id"] for row in rows}


PAGES = [
    "/services/console/",
    "/services/console/accounts",
    "/services/console/roster",
    "/services/console/jobs",
    "/services/console/papers/leitai",
    "/services/console/papers/leitai/progress",
]


def test_what_they_wrote_is_text_in_every_page(
    locked: LiveServer, teacher: Person, marked: dict[str, str]
) -> None:
    submission = _submissions(teacher, marked["sl001"])["sl001"]
    places = [*PAGES, teacher.at(f"formgrader/submissions/{submission}/").removeprefix(locked.url)]
    for place in places:
        answer = teacher.get(place)
        assert answer.status_code == 200, place
        assert SCRIPT not in answer.text, place
        assert IMAGE not in answer.text, place
    own = locked.person("sl007").open_server()
    for place in ("/hub/home", "trainer/papers"):
        assert IMAGE not in own.get(place).text


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.mark.browser
def test_no_page_of_the_instructor_runs_what_they_wrote(
    locked: LiveServer, teacher: Person, marked: dict[str, str], browser: Browser
) -> None:
    """In a real browser, with the instructor's own cookies."""
    context = context_of(browser)
    host = {"domain": "127.0.0.1", "secure": False, "httpOnly": True}
    context.add_cookies(
        [{"name": c.name, "value": c.value or "", "path": c.path, **host} for c in teacher.session.cookies]  # type: ignore[typeddict-item]
    )
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss())[1])
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - it sets attributes on what it is given
    submissions = _submissions(teacher, marked["sl001"])
    listing = f"/user/jiaoyuan/formgrader/gradebook/{quote(marked['sl001'])}/{quote(marked['sl001'])}"
    for place in (
        *PAGES,
        listing,
        "/user/jiaoyuan/formgrader/manage_students",
        f"/user/jiaoyuan/formgrader/submissions/{submissions['sl001']}/",
    ):
        page.goto(f"{locked.url}{place}", wait_until="networkidle")
        assert page.title() != "taken", place
        assert page.locator("body").inner_text().strip(), place
    assert dialogs == []
    elsewhere = {r.url: r.failure for r in asked if not r.url.startswith((locked.url, "data:", "blob:"))}
    assert set(elsewhere.values()) <= {"csp"}, elsewhere  # nbgrader's templates name a script of the internet
    assert "document.title='taken'" in page.locator("body").inner_text(), "the answer is not shown at all"
    context.close()


def test_a_stranger_finds_nothing_of_it(locked: LiveServer, marked: dict[str, str]) -> None:
    for place in PAGES:
        assert IMAGE not in requests.get(f"{locked.url}{place}").text
