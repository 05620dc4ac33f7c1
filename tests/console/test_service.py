"""The service itself: without a course, without the hall, and when something of ours is broken."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from polling import until

pytestmark = pytest.mark.xdist_group("browser")


def page_at(path: Path) -> tuple[int, str]:
    """The start page over a unix socket, as our front asks for it."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    with closing(connection):
        connection.sock.connect(str(path))
        connection.request("GET", "/services/console/")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_a_server_without_a_course_says_so(tmp_path_factory):
    place = tmp_path_factory.mktemp("k")
    door = place / "c.sock"
    environment = os.environ | {
        "JUPYTERHUB_SERVICE_URL": f"http+unix://{quote(str(door), safe='')}:80",
        "JUPYTERHUB_API_TOKEN": "x",
        "JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api",
        "JUPYTERHUB_CLIENT_ID": "service-console",
    }
    command = [sys.executable, "-m", "trainer.console", f"--data={place}", "--course="]
    with subprocess.Popen(command, env=environment) as process:
        try:
            until(lambda: process.poll() is not None or door.exists(), "listening")
            status, page = page_at(door)
        finally:
            process.terminate()
    assert (status, "还没有课程" in page) == (503, True)
    assert process.returncode == 0


def test_without_the_hall_the_rest_goes_on(server, chen, released):
    server.kill("hall")
    try:
        page = chen.see()
        assert "考场服务没有应答" in page
        assert "虚构小卷" in page
    finally:
        server.start("hall")
        server.wait_for("hall")
    assert "没有应答" not in chen.see()


@contextmanager
def broken(path: Path) -> Iterator[None]:
    """Another content for a moment."""
    aside = path.with_suffix(".aside")
    path.rename(aside)
    try:
        path.write_bytes(b"not a database at all" * 100)
        yield
    finally:
        aside.replace(path)


def test_a_damaged_gradebook_is_told_in_words(server, chen, collected, roster_sheet, reading):
    with broken(server.place.root / "gradebook.db"):
        answer = chen.get()
        job = chen.finish(chen.upload("roster", "名册.csv", roster_sheet))
    for said in (reading(answer.text), job.state["message"]):
        assert "成绩册" in said
        assert "损坏" in said
    assert job.state["state"] == "failed"
    assert chen.get().status_code == 200


def test_what_breaks_is_told_without_its_details(server, chen, collected, roster_sheet, reading):
    with broken(server.place.root / "nbgrader_config.py"):
        answer = chen.get()
        job = chen.finish(chen.upload("roster", "名册.csv", roster_sheet))
    assert answer.status_code == 500
    assert "交卷和成绩都没有丢" in reading(answer.text)
    assert job.state["state"] == "defect"
    assert "程序出错了（SyntaxError）" in job.state["message"]
    assert "Traceback" not in answer.text + job.page
    assert "Traceback" in (server.place.jobs / job.id / "log").read_text("utf-8")
    assert "SyntaxError" in server.log("console")
