"""Jobs: one at a time, seen by all, safe to kill; and slips that one person gets once."""

from __future__ import annotations

import io
import re
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import docx
import pytest

from polling import until
from trainer.errors import Conflict
from trainer.workflow.turns import refuse_if_busy, taking_turns

pytestmark = pytest.mark.xdist_group("browser")


@contextmanager
def gradebook_held(root: Path) -> Iterator[None]:
    """Nobody else can write marks meanwhile: grading begins, and waits."""
    with closing(sqlite3.connect(root / "gradebook.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


def begun(server, chen) -> str:
    """Start grading three submissions while the gradebook is held; the job, once it is at work."""
    server.change_submissions(3)
    answer = chen.post("papers/xiaojuan/grade")
    job = answer.url.rpartition("/")[2]
    until(lambda: chen.state(job)["total"] == 9, "grading at work")
    return job


@pytest.fixture(scope="module")
def graded(chen, collected):
    return chen.done("papers/xiaojuan/grade")


def test_one_verb_at_a_time_and_everybody_sees_it(server, chen, graded, reading):
    lin = server.person("lin")
    with gradebook_held(server.place.root):
        job = begun(server, chen)
        refused = lin.post("papers/xiaojuan/collect")
        assert refused.status_code == 409
        assert re.search(r"正在进行：阅卷 xiaojuan（陈老师，\d\d:\d\d 开始）", reading(refused.text))
        assert "正在进行：阅卷 xiaojuan（陈老师" in lin.see()
        assert lin.state(job)["state"] == "running"
        with pytest.raises(Conflict, match="正在进行：阅卷 xiaojuan（陈老师"):
            refuse_if_busy(server.place.root)
        command = [str(Path(sys.executable).parent / "trainer"), "collect", "xiaojuan"]
        told = subprocess.run(command, cwd=server.place.root, check=False, capture_output=True, text=True)
        assert (told.returncode, "正在进行：阅卷 xiaojuan（陈老师" in told.stderr) == (1, True)
        lin.post(f"jobs/{job}/stop")
        until(lambda: chen.state(job)["state"] == "interrupted", "stopped")
    assert "被林老师停下了" in chen.state(job)["message"]


def test_a_verb_on_the_command_line_holds_the_console_back(server, chen, collected, reading):
    with taking_turns(server.place.root, "收卷", "root", datetime.now().astimezone()):
        refused = chen.post("papers/xiaojuan/grade")
    assert (refused.status_code, "正在进行：收卷（root" in reading(refused.text)) == (409, True)


def test_a_worker_that_was_killed_is_told_and_done_again(server, chen, graded):
    with gradebook_held(server.place.root):
        job = begun(server, chen)
        [worker] = server.workers()
        worker.kill()
        until(lambda: chen.state(job)["state"] == "interrupted", "told")
    assert "再做一次即可接着做" in chen.state(job)["message"]
    again = chen.done("papers/xiaojuan/grade")
    assert "本次阅了 3 份" in again.state["message"]


def test_a_console_that_was_killed_takes_its_worker_along(server, chen, graded):
    with gradebook_held(server.place.root):
        job = begun(server, chen)
        [worker] = server.workers()
        server.kill("console", signal.SIGKILL)
        until(lambda: not worker.is_running(), "the worker ends")
    server.start("console")
    server.wait_for("console")
    chen.get()  # in again: the console's own cookies were of its former life
    assert chen.state(job)["state"] == "interrupted"
    assert "被中断" in chen.see("jobs")
    ended = [entry for entry in server.journal() if entry["outcome"] == "interrupted"]
    assert ended[-1]["detail"]["job"] == job


def test_slips_are_for_whoever_made_them_and_only_once(server, chen, admitted):
    lin = server.person("lin")
    file = f"jobs/{admitted.id}/files/密码条.docx"
    assert chen.get(file).status_code == 404
    assert lin.post(file).status_code == 404
    assert "只给陈老师下载" in lin.see(f"jobs/{admitted.id}")
    assert "密码条.docx还没有下载" in chen.see("accounts")
    answer = chen.post(file)
    assert answer.status_code == 200
    cells = [cell.text for table in docx.Document(io.BytesIO(answer.content)).tables for cell in table._cells]
    assert sum("一次性密码" in cell for cell in cells) == 12
    assert chen.post(file).status_code == 404
    assert not list(server.place.jobs.rglob("*.docx"))


def test_one_account_is_reset_unlocked_closed_and_opened(server, chen, admitted, people):
    last = people[-1]
    job = chen.done("accounts", {"verb": "reset", "account": [last]})
    assert "已重发一次性密码 1 个" in job.state["message"]
    content = chen.post(f"jobs/{job.id}/files/密码条.docx").content
    assert zipfile.is_zipfile(io.BytesIO(content))
    for verb, disabled in (("disable", True), ("enable", False), ("unlock", False)):
        assert chen.post("accounts", {"verb": verb, "account": [last]}).status_code == 200
        with server.accounts() as store:
            found = store.find(last)
        assert found is not None
        assert found.disabled is disabled
    assert [entry["what"] for entry in server.journal()][-3:] == ["停用账号", "恢复账号", "解锁账号"]


def test_a_colleagues_account_cannot_be_touched(server, chen, admitted, reading):
    for verb in ("reset", "disable", "unlock"):
        answer = chen.post("accounts", {"verb": verb, "account": ["lin"]})
        assert (answer.status_code, "教师账号不能在这里改" in reading(answer.text)) == (422, True)
    with server.accounts() as store:
        found = store.find("lin")
    assert found is not None
    assert (found.disabled, found.must_change) == (False, False)
