"""A stock JupyterHub whose people have stock JupyterLab with nbgrader and an exchange folder, in English as it comes.

Before it stands the front of this project, as it does before the other hub of a comparison: what is compared is behind it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub import free_port, until_it_answers

COURSE, ASSIGNMENT = "liang", "juan"
PASSWORD = "ceshi-2026-mima"
PERSON = "xue01"

#: Everybody logs in with the same password, and servers are plain processes: JupyterHub's own classes for trying it out.
_SETTINGS = """
c = get_config()
c.JupyterHub.bind_url = {url!r}
c.JupyterHub.hub_port = {hub}
c.JupyterHub.db_url = {database!r}
c.JupyterHub.cookie_secret_file = {secret!r}
c.ConfigurableHTTPProxy.api_url = {api!r}
c.ConfigurableHTTPProxy.auth_token = {secret!r}
c.ConfigurableHTTPProxy.pid_file = {pid!r}
c.ConfigurableHTTPProxy.command = {front!r}
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.default_url = "/lab"
c.Spawner.args = ["--allow-root"]
c.Spawner.environment = {{"JUPYTER_CONFIG_DIR": {config!r}}}
"""


@contextmanager
def stock_hub(notebook: bytes) -> Iterator[str]:
    """The address of a running hub where PERSON can fetch the assignment and hand it in."""
    folder = Path(tempfile.mkdtemp(prefix="trainer-stock-"))
    config = _exchange(folder, notebook)
    url, hub, api = f"http://127.0.0.1:{free_port()}", free_port(), free_port()
    settings = _SETTINGS.format(
        url=url,
        hub=hub,
        api=f"http://127.0.0.1:{api}",
        database=f"sqlite:///{folder / 'hub.sqlite'}",
        secret=str(folder / "secret"),
        pid=str(folder / "proxy.pid"),
        front=[sys.executable, "-m", "trainer.hub.proxy", "--exit-with-parent"],
        password=PASSWORD,
        homes=str(folder / "{username}"),
        config=str(config),
    )
    (folder / "jupyterhub_config.py").write_text(settings, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterhub", "--config", str(folder / "jupyterhub_config.py")],
        cwd=folder,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(config)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until_it_answers(f"{url}/hub/login", process)
        yield url
    finally:
        process.terminate()  # it ends its people's servers and the front
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _exchange(folder: Path, notebook: bytes) -> Path:
    """An exchange in which the assignment is released; the folder of the configuration that names it."""
    exchange, config = folder / "exchange", folder / "config"
    released = exchange / COURSE / "outbound" / ASSIGNMENT
    for place in (released, exchange / COURSE / "inbound", exchange / COURSE / "feedback", config):
        place.mkdir(parents=True)
    exchange.chmod(0o777)
    (exchange / COURSE / "inbound").chmod(0o733)  # as nbgrader makes and asks for it
    (released / f"{ASSIGNMENT}.ipynb").write_bytes(notebook)
    settings = (
        f"c = get_config()\nc.CourseDirectory.course_id = {COURSE!r}\nc.Exchange.root = {str(exchange)!r}\n"
    )
    (config / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    return config
