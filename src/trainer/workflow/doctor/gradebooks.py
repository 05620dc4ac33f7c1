"""The gradebooks of all courses: whole, in the right mode, on the right disk. Only looks; never repairs, never switches."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trainer.nbgrader.disks import NETWORK, mounted_as
from trainer.workflow.doctor.finding import Finding, Place, good, note, problem, warning

_ABOUT = "成绩册"
_PATIENCE_SECONDS = 120


def gradebooks(place: Place) -> Iterator[Finding]:
    for path in sorted(place.data.courses.glob("*/gradebook.db")) if place.installed else ():
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            yield problem(
                _ABOUT, f"{path} 不是普通文件，没有检查。", "查清来历；从备份恢复（trainer restore）。"
            )
            continue
        yield from _findings(path, _state(path, status))


def _findings(path: Path, state: Mapping[str, Any]) -> Iterator[Finding]:
    name = f"课程 {path.parent.name} 的成绩册"
    network = mounted_as(path)[0] in NETWORK
    if state.get("error"):
        yield problem(
            _ABOUT,
            f"{name}打不开：{state['error']}。",
            "复制一份留着，再用最近的备份恢复（trainer restore）。",
        )
    elif state["check"] != "ok":
        yield problem(
            _ABOUT,
            f"{name}损坏了：{state['check']}。",
            "停下服务器，复制一份留着，再用最近的备份恢复（trainer restore），然后重新阅卷。",
        )
    elif network:
        yield warning(
            _ABOUT,
            f"{name}放在网络盘上，锁靠不住，不能边阅边看。",
            "把课程文件夹放到本机硬盘上；要几台机器共用，改用 PostgreSQL。",
        )
    elif not state["tables"]:
        yield note(_ABOUT, f"{name}里还没有 nbgrader 的表。", "导入名册或发布试卷时会建立。")
    elif state["journal"] != "wal":
        yield note(
            _ABOUT,
            f"{name}完好，但还不是 WAL 方式，阅卷时 formgrader 要等。",
            "不用管：下次阅卷时没有别的程序在用，就自动换过来。",
        )
    else:
        yield good(_ABOUT, f"{name}完好，WAL 方式，可以边阅边看。")


def _state(path: Path, status: os.stat_result) -> dict[str, Any]:
    """What a process with the rights of its owner finds in it.

    Instructors can put links beside a gradebook, which SQLite would follow with the rights of whoever looks.
    """
    own: dict[str, Any] = {}
    if os.getuid() == 0 and status.st_uid != 0:
        own = {"user": status.st_uid, "group": status.st_gid, "extra_groups": []}
    command = [sys.executable, "-I", "-c", _LOOK, str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd="/", timeout=_PATIENCE_SECONDS, **own
        )
    except subprocess.TimeoutExpired:
        return {"error": "检查太久没有完"}
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["检查的进程意外退出"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


#: The whole structure is read only of a file that does not take long (1 GB).
_LOOK = """
import json, os, sqlite3, sys
from urllib.parse import quote
path = sys.argv[1]
try:
    connection = sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, timeout=10)
    said = {
        "journal": connection.execute("PRAGMA journal_mode").fetchone()[0],
        "check": connection.execute("PRAGMA quick_check(1)").fetchone()[0] if os.path.getsize(path) < 1 << 30 else "ok",
        "tables": connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'submitted_notebook'").fetchone()[0],
    }
    connection.close()
except sqlite3.Error as error:
    said = {"error": str(error)}
print(json.dumps(said))
"""
