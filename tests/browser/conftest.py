"""A real Chromium, real JupyterLab servers, and a small course that was released, sat and graded."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
import yaml
from playwright.sync_api import Browser, Page

from browsing import chromium
from trainer.kinds.base import kind_of, question_from_snapshot
from trainer.model.paper import Form, Paper
from trainer.model.people import Roster, Trainee
from trainer.nbgrader.course import Course, create_course
from trainer.people.roster import write_roster
from trainer.simulation.exchange import write_answers
from trainer.workflow.feedback import generate_feedback
from trainer.workflow.grading import grade
from trainer.workflow.leaderboard import publish_board
from trainer.workflow.papers import make, release
from trainer.workflow.people import import_roster

PATIENCE = 90_000
PUBLISHED = datetime(2026, 11, 21, tzinfo=UTC)
BLUEPRINT = {
    "format": 1,
    "id": "kaohe",
    "title": "党务知识考核",
    "forms": 1,
    "sections": [
        {"title": "单项选择题", "kind": "single", "count": 1, "points": 2},
        {"title": "多项选择题", "kind": "multiple", "count": 1, "points": 3},
        {"title": "判断题", "kind": "judge", "count": 1, "points": 1},
        {"title": "填空题", "kind": "blank", "count": 1, "points": 2},
        {"title": "计算题", "kind": "number", "count": 1, "points": 4},
        {"title": "排序题", "kind": "order", "count": 1, "points": 6},
        {"title": "连线题", "kind": "match", "count": 1, "points": 6},
        {"title": "案例分析题", "kind": "case", "count": 1, "points": 10},
    ],
}
CONTEST = {
    "format": 1,
    "id": "kaohe",
    "title": "党务知识考核",
    "paper": "kaohe",
    "opens": "2026-11-20T09:00:00+08:00",
    "closes": "2026-11-20T10:30:00+08:00",
    "pass_percent": 60,
}


# -- the course --------------------------------------------------------------------------------------------------------


class Hostile:
    """What somebody writes who wants to take over the pages of others: it would change their titles."""

    name = '<img src=x onerror="document.title=1">'
    team = "<b>乙乡</b>"
    answer = '</pre><script>document.title=1</script><img src="http://203.0.113.1/x.png"> 不清楚'


#: The first two have handed in before any test; the others sit in a browser.
PEOPLE = (
    Trainee("zhao01", "赵甲子", "甲镇", "第一党支部", "组织委员", "第1期"),
    Trainee("qian02", Hostile.name, Hostile.team, "第二党支部", "支部书记", "第1期"),
    Trainee("sun03", "孙丙寅", "甲镇", "第一党支部", "组织委员", "第2期"),
    Trainee("li04", "李丁卯", Hostile.team, "第二党支部", "支部书记", "第2期"),
)


@dataclass(frozen=True)
class Sat:
    """A released paper with one form, some of whose sitters have handed in."""

    course: Course
    paper: Paper
    hostile: type[Hostile] = Hostile

    @property
    def form(self) -> Form:
        return self.paper.forms[0]

    def cell(self, kind: str) -> str:
        """The answer cell of the (only) question of a kind."""
        return next(item.cell for item in self.form.items if item.question["kind"] == kind)

    def right(self, cell: str) -> str:
        """A right answer to type into a cell."""
        item = self.form.by_cell()[cell]
        question = question_from_snapshot(item.question)
        return kind_of(question).samples(question, item.layout).right

    def right_answers(self) -> dict[str, str]:
        return {item.cell: self.right(item.cell) for item in self.form.items}

    @property
    def released(self) -> Path:
        return self.course.root / "release" / self.form.assignment / f"{self.form.assignment}.ipynb"

    def hand_in(self, account: str, notebook: Path) -> None:
        """Put a notebook where collecting puts it."""
        folder = self.course.root / "submitted" / account / self.form.assignment
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(notebook, folder / f"{self.form.assignment}.ipynb")
        (folder / "timestamp.txt").write_text("2026-11-20 02:00:00.000000 UTC", encoding="utf-8")


@pytest.fixture(scope="session")
def sat(tmp_path_factory: pytest.TempPathFactory, repository: Path, bank_folder: Path) -> Sat:
    """A course in which two people have handed in and were graded: one with everything right, one hostile."""
    root = tmp_path_factory.mktemp("course") / "kaohe"
    create_course(root, "kaohe", repository / "jupyter_config.py")
    exchange = root.with_name("exchange")
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"\nc.Exchange.root = {str(exchange)!r}\n")
    exchange.mkdir()
    exchange.chmod(0o777)
    for folder, name, content in (("blueprints", "kaohe", BLUEPRINT), ("contests", "kaohe", CONTEST)):
        text = yaml.safe_dump(content, allow_unicode=True)
        (root / folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    course = Course(root)
    paper = make(course, bank_folder, root / "blueprints" / "kaohe.yaml", "1").paper
    write_roster(Roster(PEOPLE), root.with_name("roster.csv"))
    import_roster(course, root.with_name("roster.csv"))
    release(course, [paper.id])
    made = Sat(course, paper)
    typed = {"zhao01": made.right_answers(), "qian02": dict.fromkeys(made.right_answers(), Hostile.answer)}
    for account, answers in typed.items():
        notebook = root.with_name(f"{account}.ipynb")
        shutil.copyfile(made.released, notebook)
        write_answers(notebook, answers)
        made.hand_in(account, notebook)
    reports = grade(course, [paper.id])
    assert [(r.graded, r.bad) for r in reports] == [(2, ())]
    return made


@pytest.fixture(scope="session")
def board_page(sat: Sat) -> Path:
    """The published board of the course."""
    files = publish_board(sat.course, "kaohe", PUBLISHED).files
    return next(path for path in files if path.suffix == ".html")


@pytest.fixture(scope="session")
def feedback_pages(sat: Sat) -> Callable[[str], Path]:
    """The feedback page of an account."""
    pages, failed = generate_feedback(sat.course, [sat.paper.id])
    assert pages >= 2
    assert failed == []
    name = sat.form.assignment
    return lambda account: sat.course.root / "feedback" / account / name / f"{name}.html"


# -- JupyterLab --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    port: int
    token: str
    root: Path

    def url(self, path: str) -> str:
        """The address of a page by way of the login, which leaves the cookie that all later requests need."""
        return f"http://127.0.0.1:{self.port}/login?token={self.token}&next={quote(path)}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(home: Path) -> dict[str, str]:
    """Every place where Jupyter keeps something, below ``home``."""
    places = {
        "HOME": ".",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "jupyter-config",
        "JUPYTER_DATA_DIR": "jupyter-data",
        "JUPYTER_RUNTIME_DIR": "jupyter-runtime",
        "JUPYTERLAB_SETTINGS_DIR": "lab-settings",
        "JUPYTERLAB_WORKSPACES_DIR": "lab-workspaces",
        "XDG_CACHE_HOME": "xdg-cache",
        "XDG_CONFIG_HOME": "xdg-config",
        "XDG_DATA_HOME": "xdg-data",
    }
    for place in places.values():
        (home / place).mkdir(parents=True, exist_ok=True)
    settings = home / "lab-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    news = {"fetchNews": "false", "checkForUpdates": False}  # else a question covers the notebook
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(news), encoding="utf-8")
    return os.environ | {name: str(home / place) for name, place in places.items()}


def _answers(port: int, token: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", f"/api/status?token={token}")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and its kernels."""
    try:
        tree = psutil.Process(process.pid)
        ours = [*tree.children(recursive=True), tree]
    except psutil.NoSuchProcess:
        ours = []
    for one in ours:
        _end(one.terminate)
    _, alive = psutil.wait_procs(ours, timeout=5)
    for one in alive:
        _end(one.kill)
    process.wait(timeout=10)


def _end(how: Callable[[], None]) -> None:
    try:
        how()
    except psutil.NoSuchProcess:
        return


@contextmanager
def running_lab(
    root: Path, home: Path, program: str = "jupyter-lab", options: Sequence[str] = ()
) -> Iterator[Lab]:
    """JupyterLab in ``root``, which is also its working directory, so that it reads the configuration there."""
    lab = Lab(_free_port(), secrets.token_hex(16), root)
    log = home / "server.log"
    home.mkdir(parents=True, exist_ok=True)
    command = [str(Path(sys.executable).parent / program), "--no-browser", "--allow-root", *options]
    command += [f"--ServerApp.port={lab.port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.token={lab.token}", f"--ServerApp.root_dir={root}"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=root, env=_environment(home), stdout=file, stderr=file)
        try:
            for _ in range(240):
                if _answers(lab.port, lab.token):
                    break
                try:
                    process.wait(
                        timeout=0.25
                    )  # between two tries; a server that ended will not answer any more
                except subprocess.TimeoutExpired:
                    continue
                pytest.fail(f"JupyterLab ended at once: {log.read_text(errors='replace')[-2000:]}")
            else:
                pytest.fail(f"JupyterLab does not answer: {log.read_text(errors='replace')[-2000:]}")
            yield lab
        finally:
            _stop(process)


@pytest.fixture(scope="session")
def cadre_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A plain JupyterLab in a cadre's folder, with nothing of ours configured."""
    place = tmp_path_factory.mktemp("cadre")
    (place / "desk").mkdir()
    with running_lab(place / "desk", place / "home") as lab:
        yield lab


@pytest.fixture(scope="session")
def course_lab(tmp_path_factory: pytest.TempPathFactory, sat: Sat) -> Iterator[Lab]:
    """The instructor's JupyterLab in the course folder."""
    with running_lab(sat.course.root, tmp_path_factory.mktemp("instructor")) as lab:
        yield lab


# -- the browser -------------------------------------------------------------------------------------------------------


@pytest.fixture(name="chromium", scope="module")
def _chromium(tmp_path_factory: pytest.TempPathFactory, sat: Sat) -> Iterator[Browser]:
    """It comes after the course, and for one file of tests only: nbgrader and those of others may start event loops."""
    with chromium(tmp_path_factory.mktemp("chromium"), "/usr/share/fonts") as browser:
        yield browser


@dataclass
class Visit:
    """A page, what it asked for, and what its console complained of."""

    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a page of a given size in a context of its own."""
    contexts = []

    def opened(url: str, width: int = 1280, height: int = 900, **options: Any) -> Visit:
        viewport = {"width": width, "height": height}
        context = chromium.new_context(viewport=viewport, locale="zh-CN", **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        seen = Visit(context.new_page(), [], [])
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on(
            "console",
            lambda message: (
                seen.complaints.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        seen.page.goto(url)
        return seen

    yield opened
    for context in contexts:
        context.close()
