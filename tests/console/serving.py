"""A real hub with our front and login, a real hall, and consoles that can be killed and started again."""

from __future__ import annotations

import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import requests

from polling import until
from trainer.accounts.passwords import HashCost, Hashing
from trainer.accounts.store import AccountStore, OneTime, Person
from trainer.console.place import Place
from trainer.hall.client import HallClient
from trainer.hub.data_folder import DataFolder
from trainer.kinds.base import kind_of, question_from_snapshot
from trainer.model.paper import Paper
from trainer.nbgrader.course import Course, create_course
from trainer.papers.files import paper_path, read_paper

HERE = Path(__file__).parent
COURSE = "ceshi"
PASSWORD = "Xugou-kouling-2026"
PREFIX = "/services/console/"
_SERVICES = {"hall": "trainer.hall", "console": "trainer.console"}

BLUEPRINT = """
format: 1
id: xiaojuan
title: 虚构小卷
forms: 2
sections:
  - {title: 单选, kind: single, count: 2, points: 2}
  - {title: 判断, kind: judge, count: 2, points: 1}
  - {title: 案例, kind: case, count: 1, points: 10}
"""
CONTEST = """
format: 1
id: bisai
title: 虚构比武
notice: 人名和单位都是虚构的
paper: xiaojuan
opens: 2026-11-20T09:00:00+08:00
closes: 2026-11-20T10:30:00+08:00
"""


class Hostile:
    """Names that would take over a page, leave a folder, or fill a screen."""

    script = "<script>document.title='1'</script>"
    path = "../../../etc/passwd"
    long = "长" * 300


ROSTER = "账号,姓名,单位\n" + "".join(
    f"c{number:02d},{name},{'甲乙'[number % 2]}镇\n"
    for number, name in enumerate(
        [Hostile.script, Hostile.path, Hostile.long, *(f"学员{n:02d}" for n in range(4, 13))], 1
    )
)
PEOPLE = [f"c{number:02d}" for number in range(1, 13)]


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


# -- somebody at a browser ---------------------------------------------------------------------------------------------


@dataclass
class Visitor:
    """Somebody at a browser without scripts."""

    url: str
    account: str
    session: requests.Session = field(default_factory=requests.Session)

    def log_in(self) -> None:
        form = self.session.get(f"{self.url}/hub/login", timeout=30)
        hidden = re.search(r'name="_xsrf" value="([^"]*)"', form.text)
        assert hidden is not None
        data = {"username": self.account, "password": PASSWORD, "_xsrf": html.unescape(hidden[1])}
        answer = self.session.post(
            f"{self.url}/hub/login",
            data=data,
            params={"next": "/hub/home"},
            timeout=30,
            allow_redirects=False,
        )
        assert answer.status_code == 302, answer.text

    def get(self, place: str = "", **more: Any) -> requests.Response:
        """A page of the console; the first one leads through the login."""
        return self.session.get(f"{self.url}{PREFIX}{place}", timeout=60, **more)

    def see(self, place: str = "") -> str:
        """The text of a page as a person reads it."""
        answer = self.get(place)
        assert answer.status_code == 200, answer.text
        return as_read(answer.text)

    @property
    def xsrf(self) -> str:
        found = [
            cookie.value for cookie in self.session.cookies if (cookie.name, cookie.path) == ("_xsrf", PREFIX)
        ]
        return str(found[0])

    def post(self, place: str, given: Mapping[str, Any] | None = None, **more: Any) -> requests.Response:
        data = dict(given or {}) | {"_xsrf": self.xsrf}
        return self.session.post(f"{self.url}{PREFIX}{place}", data=data, timeout=60, **more)

    def upload(
        self, place: str, name: str, content: bytes, given: Mapping[str, Any] | None = None
    ) -> requests.Response:
        return self.session.post(
            f"{self.url}{PREFIX}{place}",
            params={"_xsrf": self.xsrf},
            data=dict(given or {}),
            files={"sheet": (name, content)},
            timeout=60,
        )

    def state(self, job: str) -> dict[str, Any]:
        answer = self.get(f"jobs/{job}/state.json", headers={"X-XSRFToken": self.xsrf})
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state

    def finish(self, started: requests.Response) -> Job:
        """Wait for the job whose page a POST led to."""
        job = job_of(started)
        until(lambda: self.state(job)["state"] != "running", f"job {job}")
        return Job(job, self.state(job), as_read(self.get(f"jobs/{job}").text))

    def done(self, place: str, given: Mapping[str, Any] | None = None) -> Job:
        """Do a verb; it has to come out well."""
        job = self.finish(self.post(place, given))
        assert job.state["state"] == "done", job.state
        return job


@dataclass(frozen=True)
class Job:
    id: str
    state: dict[str, Any]
    page: str


def job_of(started: requests.Response) -> str:
    assert started.status_code == 200, as_read(started.text)
    found = re.search(r"/jobs/([0-9a-f-]+)$", started.url)
    assert found is not None, started.url
    return found[1]


def as_read(page: str) -> str:
    """Text without tags; a tag that somebody smuggled in would be missing from it."""
    body = page.partition("<main")[2]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body)))


# -- the server --------------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """The whole, on ports of its own. ``secrets``: the services' tokens."""

    folder: Path
    ports: list[int]
    secrets: dict[str, str]
    services: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def place(self) -> Place:
        return Place(self.folder / "data", COURSE)

    @property
    def course(self) -> Course:
        return self.place.course()

    @property
    def paper(self) -> Paper:
        return read_paper(paper_path(self.place.root, "xiaojuan"))

    def accounts(self) -> AccountStore:
        return AccountStore(DataFolder(self.place.data).accounts_db)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def journal(self) -> list[dict[str, Any]]:
        lines = self.place.log.read_text("utf-8").splitlines() if self.place.log.exists() else []
        return [json.loads(line) for line in lines]

    def person(self, account: str) -> Visitor:
        person = Visitor(self.url, account)
        person.log_in()
        person.get()
        return person

    # -- processes

    def start(self, name: str) -> None:
        port = self.ports[{"hall": 3, "console": 4}[name]]
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("JUPYTERHUB_")
        } | {
            "JUPYTERHUB_SERVICE_NAME": name,
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
            "JUPYTERHUB_SERVICE_PREFIX": f"/services/{name}/",
            "JUPYTERHUB_API_URL": f"http://127.0.0.1:{self.ports[1]}/hub/api",
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_API_TOKEN": self.secrets[name],
            "JUPYTERHUB_CLIENT_ID": f"service-{name}",
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps(
                ["access:services", f"access:services!service={name}"]
            ),
            "TRAINER_HALL_URL": f"http://127.0.0.1:{self.ports[3]}/services/hall/",
            "TZ": "Asia/Shanghai",
        }
        data = {"hall": self.place.data / "hall", "console": self.place.data}[name]
        command = [sys.executable, "-m", _SERVICES[name], f"--data={data}"]
        command += [f"--course={COURSE}"] if name == "console" else []
        with (self.folder / f"{name}.log").open("ab") as log:
            self.services[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def wait_for(self, name: str) -> None:
        process, port = self.services[name], self.ports[{"hall": 3, "console": 4}[name]]

        def answers() -> bool:
            assert process.poll() is None, self.log(name)
            return listening(port)

        until(answers, name)

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        process = self.services[name]
        process.send_signal(number)
        return process.wait(30)

    def workers(self) -> list[psutil.Process]:
        """The processes that run the console's jobs."""
        try:
            children = psutil.Process(self.services["console"].pid).children()
        except psutil.NoSuchProcess:
            return []
        return [child for child in children if "trainer.console.job" in child.cmdline()]

    def change_submissions(self, count: int = 3) -> None:
        """Something new to be graded, whatever other tests have done: collected files with other bytes, same answers."""
        root = self.place.root / "submitted"
        for path in [path for path in sorted(root.glob("*/*/*.ipynb")) if path.parts[-3] != PEOPLE[8]][
            :count
        ]:
            path.write_bytes(path.read_bytes() + b"\n")

    # -- trainees

    def admit(self, accounts: list[str]) -> None:
        """Let accounts in as if they had set their passwords, and give them tokens as their servers have."""
        with self.accounts() as store:
            for account in accounts:
                found = store.find(account)
                assert found is not None
                if found.must_change:
                    assert store.set_password(found, hashed(), datetime.now(UTC))
        headers = {"Authorization": f"token {self.secrets['tests']}"}
        api = f"http://127.0.0.1:{self.ports[1]}/hub/api/users"
        requests.post(api, json={"usernames": accounts}, headers=headers, timeout=30)
        for account in accounts:
            wanted = {"scopes": [f"custom:hall:take!user={account}"]}
            answer = requests.post(f"{api}/{account}/tokens", json=wanted, headers=headers, timeout=30)
            assert answer.status_code == 201, answer.text
            self.tokens[account] = answer.json()["token"]

    def hall(self, account: str) -> HallClient:
        return HallClient(f"http://127.0.0.1:{self.ports[3]}/services/hall/", self.tokens[account])

    def sit(self, account: str, assignment: str, which: str = "right", edit: Any = None) -> dict[str, Any]:
        """Fetch, answer, hand in; the receipt."""
        client, form = self.hall(account), self.paper.form_for(assignment)
        assert form is not None
        notebook = json.loads(client.files(COURSE, assignment)[f"{assignment}.ipynb"])
        answers = {}
        for item in form.items:
            question = question_from_snapshot(item.question)
            answers[item.cell] = getattr(kind_of(question).samples(question, item.layout), which)
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = answers.get(name, cell["source"])
        if edit is not None:
            edit(notebook)
        content = json.dumps(notebook, ensure_ascii=False).encode()
        return client.submit(COURSE, assignment, {f"{assignment}.ipynb": content})


def hashed() -> str:
    """The hash of everybody's password, cheap: what is tested is who comes in, not how long it takes."""
    return Hashing(HashCost(memory_kib=64, rounds=1, lanes=1)).hash(PASSWORD)


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def make_data(folder: Path, repository: Path) -> None:
    """A data folder with a course that has a blueprint and a contest, and two instructors."""
    data = DataFolder(folder / "data")
    for path in (data.accounts, data.hall, data.courses):
        path.mkdir(parents=True)
    root = data.courses / COURSE
    create_course(root, COURSE, repository / "jupyter_config.py")
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("\nc.Accounts.hash_memory_kib = 64\nc.Accounts.hash_rounds = 1\n")
        file.write("c.Accounts.installation = '虚构县培训'\n")
    (root / "blueprints" / "xiaojuan.yaml").write_text(BLUEPRINT, encoding="utf-8")
    (root / "contests" / "bisai.yaml").write_text(CONTEST, encoding="utf-8")
    now = datetime.now(UTC)
    people = [Person("chen", "陈老师", "", "instructor"), Person("lin", "林老师", "", "instructor")]
    people += [Person("hao", "郝学员", "甲镇")]
    with AccountStore(data.accounts_db) as store:
        store.add([(person, OneTime("x", now)) for person in people], now)
        for person in people:
            found = store.find(person.account)
            assert found is not None
            store.set_password(found, hashed(), now)


@contextmanager
def running(repository: Path) -> Iterator[Server]:
    """Everything, started; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="console-") as name:
        folder = Path(name)
        make_data(folder, repository)
        secrets = {name: f"{name}-{os.urandom(16).hex()}" for name in ("proxy", "hall", "console", "tests")}
        server = Server(folder, free_ports(5), secrets)
        settings = {
            "FOLDER": str(folder),
            "PORT": server.ports[0],
            "API_PORT": server.ports[1],
            "PROXY_PORT": server.ports[2],
            "HALL_URL": f"http://127.0.0.1:{server.ports[3]}",
            "CONSOLE_URL": f"http://127.0.0.1:{server.ports[4]}",
            "SECRETS": secrets,
        }
        config = folder / "jupyterhub_config.py"
        lines = [f"{name} = {value!r}" for name, value in settings.items()]
        config.write_text("\n".join([*lines, (HERE / "hub_config.txt").read_text("utf-8")]), encoding="utf-8")
        server.start("hall")
        server.start("console")
        command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
        with (folder / "hub.log").open("wb") as log:
            hub = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            server.wait_for("hall")
            server.wait_for("console")
            until(lambda: hub.poll() is not None or is_up(server.url), "the hub")
            assert hub.poll() is None, server.log("hub")
            yield server
        finally:
            for process in server.services.values():
                process.terminate()
            hub.terminate()
            for process in (hub, *server.services.values()):
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()


def is_up(url: str) -> bool:
    try:
        return requests.get(f"{url}{PREFIX}roster", timeout=5, allow_redirects=False).status_code == 302
    except requests.ConnectionError:
        return False
