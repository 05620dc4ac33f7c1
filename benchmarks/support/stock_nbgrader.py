"""Stock JupyterLab with nbgrader's panel of assignments and an exchange folder of its own, in English as it comes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_server.auth import passwd

from hub import free_port, until_it_answers

COURSE, ASSIGNMENT = "liang", "juan"
PASSWORD = "ceshi-2026-mima"


@contextmanager
def stock_server(notebook: bytes) -> Iterator[str]:
    """The address of a running server where the assignment can be fetched and handed in with PASSWORD."""
    folder = Path(tempfile.mkdtemp(prefix="trainer-stock-"))
    exchange, home, config = folder / "exchange", folder / "home", folder / "config"
    released = exchange / COURSE / "outbound" / ASSIGNMENT
    for place in (released, exchange / COURSE / "inbound", exchange / COURSE / "feedback", home, config):
        place.mkdir(parents=True)
    exchange.chmod(0o777)
    (exchange / COURSE / "inbound").chmod(0o733)  # as nbgrader makes and asks for it
    (released / f"{ASSIGNMENT}.ipynb").write_bytes(notebook)
    settings = (
        f"c = get_config()\nc.CourseDirectory.course_id = {COURSE!r}\nc.Exchange.root = {str(exchange)!r}\n"
    )
    (config / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "jupyter", "lab", "--allow-root", "--no-browser", f"--port={port}"]
    command += [f"--PasswordIdentityProvider.hashed_password={passwd(PASSWORD)}"]
    process = subprocess.Popen(
        command,
        cwd=home,  # the panel fetches into the folder in which the server was started
        env={**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(config)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until_it_answers(f"http://127.0.0.1:{port}/login", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
