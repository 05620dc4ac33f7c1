"""Tried out by somebody who is not root: one user for everything, and it says so."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from polling import until

from .conftest import LiveServer, needs_root

pytestmark = [needs_root, pytest.mark.xdist_group("live")]

NOBODY = 65534
WITHOUT_RIGHTS = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"),
    *("--inh-caps=-all", "--bounding-set=-all"),
)


@pytest.fixture(scope="module")
def trial(server_folder: Callable[[], Path], repository: Path) -> Iterator[LiveServer]:
    """`trainer serve --demo` of a user who has a home and nothing else."""
    folder = server_folder()
    (folder / "jupyter_config.py").write_text((repository / "jupyter_config.py").read_text())
    (folder / "jupyter_config.py").chmod(0o644)
    for name in ("question_bank", "courses"):
        (folder / name).symlink_to(repository / name)
    for name in ("home", "data", "run"):
        (folder / name).mkdir()
        shutil.chown(folder / name, NOBODY, NOBODY)
    home, run = folder / "home", folder / "run"
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")
    environment = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(run),
        **{name: str(home / name.lower()) for name in places},
    }
    server = LiveServer(folder, folder, environment=environment, before=WITHOUT_RIGHTS)
    try:
        server.start()
        server.set_password("jiaoyuan", "sl001", "sl002")
        yield server
    finally:
        server.stop()
        until(lambda: not server.processes(), "everything has ended")


def test_it_says_that_it_is_for_trying_out(trial: LiveServer) -> None:
    assert "不是以 root 身份运行" in trial.said
    assert "只能试用，不能考试" in trial.said
    assert "Traceback" not in trial.said


def test_a_trainee_and_an_instructor_work_in_it(trial: LiveServer) -> None:
    trainee, instructor = trial.person("sl001").open_server(), trial.person("jiaoyuan").open_server()
    assert trainee.get("trainer/papers").status_code == 200
    assert trainee.send("POST", "api/kernels", json={}).status_code == 403
    assert instructor.get("/services/console/").status_code == 200
    assert instructor.get("formgrader").status_code == 200
    assert instructor.run("import os; print(os.getuid())") == f"{NOBODY}\n"
    # what does not need walls holds here too
    assert trainee.session.get(f"{trial.url}/user/jiaoyuan/lab").status_code == 403
    assert trainee.get("/services/console/").status_code == 403


def test_everything_ends_with_ctrl_c(trial: LiveServer) -> None:
    trial.person("sl002").open_server()
    assert trial.process is not None
    hub = psutil.Process(trial.process.pid)
    before = [hub, *hub.children(recursive=True)]
    assert {process.uids().real for process in before} == {NOBODY}
    assert len(before) >= 6
    trial.stop(signal.SIGINT)
    until(lambda: not [p for p in before if p.is_running() and p.status() != "zombie"], "all have ended", 30)
