"""A person's Jupyter Server under the hub."""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader
from jupyter_server.serverapp import ServerApp
from jupyterhub.singleuser.extension import JupyterHubSingleUser
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from trainer.hub.singleuser import no_extensions
from trainer.hub.singleuser.contents import WholeFiles
from trainer.hub.singleuser.frontend import labextensions, layers, use_labconfig
from trainer.hub.singleuser.rules import ServerRules
from trainer.hub.singleuser.uploads import DRAINED, BoundedUploads

_COURSE_FILE = "nbgrader_config.py"
#: Pages of Jupyter's that are ours instead.
_PAGES = str(Path(__file__).parent / "templates" / "jupyter")
_LAB = ("jupyterlab", "notebook")
_EVERYONE = (*_LAB, "trainer.hub.singleuser.pages")
#: nbgrader is most of a server's memory beyond Lab itself: only instructors load it.
_INSTRUCTOR = (
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.course_list",
    "nbgrader.server_extensions.validate_assignment",
)
#: formgrader is shown in a frame in Lab. Its pages name a script on a content network: without internet the browser would
#: wait for it, and with internet somebody else's program would run with the instructor's login.
_INSTRUCTORS_PAGES = "frame-ancestors 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:"


class PersonsServer(ServerApp):
    """Jupyter Server on the socket that the hub opened for it, with exactly the extensions that we name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.rules = ServerRules.from_environment()
        if self.rules.instructor and self.rules.course:
            self.update_config(_course_config(Path.home() / self.rules.course))
        self.update_config(configuration(self.rules))
        use_labconfig(layers(self.rules))

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """No configuration but the hub's: a file in the person's home does not decide what they may do."""

    def find_server_extensions(self) -> None:
        """Load what was configured; what other packages enable for everyone is not for an exam."""

    def init_webapp(self) -> None:
        if not self.rules.kernels:
            self.default_services = tuple(
                s for s in self.default_services if s not in ("kernels", "sessions")
            )
            self.extra_services = [*self.extra_services, "trainer.hub.singleuser.no_kernels"]
        if not self.rules.instructor:
            self._drop_services("nbconvert")
        super().init_webapp()
        application: Any = self.web_app
        application.add_handlers(".*$", no_extensions.routes(self.base_url))
        if self.rules.instructor:
            from trainer.hub.singleuser import formgrader

            application.add_handlers(".*$", formgrader.routes(self.base_url))

    def load_server_extensions(self) -> None:
        super().load_server_extensions()
        for app in ("lab", "notebook"):  # each with pages of its own for what goes wrong
            pages = self.web_app.settings.get(f"{app}_jinja2_env")
            if pages is not None:
                pages.loader = ChoiceLoader([FileSystemLoader(_PAGES), pages.loader])

    def init_httpserver(self) -> None:
        super().init_httpserver()
        self.http_server.request_callback = BoundedUploads(self.web_app, self.rules.upload_bytes)

    default_services: Any  # a tuple of names in Jupyter Server, typed there with its exact length

    def _drop_services(self, *names: str) -> None:
        self.default_services = tuple(service for service in self.default_services if service not in names)

    def _find_http_port(self) -> None:
        pass

    def _bind_http_server(self) -> None:
        listening = socket.socket(fileno=int(os.environ["TRAINER_LISTEN_FD"]))
        listening.setblocking(False)
        self.http_server.add_socket(listening)


def configuration(rules: ServerRules) -> Config:
    """The configuration of a server under ``rules``."""
    c = Config()
    extensions = dict.fromkeys((*_EVERYONE, *(_INSTRUCTOR if rules.instructor else ())), True)
    extensions["jupyterhub"] = True
    if rules.terminals:
        extensions["jupyter_server_terminals"] = True
    c.ServerApp.jpserver_extensions = extensions
    c.ServerApp.contents_manager_class = WholeFiles
    c.ServerApp.terminals_enabled = rules.terminals
    # The limit itself is kept by BoundedUploads; above this tornado cuts the connection off.
    c.ServerApp.max_body_size = rules.upload_bytes + DRAINED
    c.ServerApp.max_buffer_size = rules.upload_bytes
    c.ServerApp.shutdown_no_activity_timeout = rules.idle_minutes * 60
    c.HubAuth.cache_max_age = 60  # a disabled account is out within a minute
    # Read from the environment when it is imported, which a fork's was long ago; at / the cookie that opens this server
    # would be sent to every other.
    c.HubAuth.base_url = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/")
    c.ServerApp.open_browser = False
    c.ServerApp.extra_template_paths = [_PAGES]
    c.ServerApp.log_level = "WARN"
    c.ServerApp.tornado_settings = {
        "headers": {"Content-Security-Policy": _INSTRUCTORS_PAGES} if rules.instructor else {}
    }
    for app in ("LabApp", "JupyterNotebookApp"):
        c[app].extra_labextensions_path = labextensions()
    c.LabApp.extension_manager = "readonly"
    c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    c.LabApp.news_url = None
    c.MappingKernelManager.cull_idle_timeout = rules.idle_minutes * 60
    return c


def _course_config(course: Path) -> Config:
    """What nbgrader reads in the course folder, for formgrader. A course that cannot be read is no reason not to start."""
    try:
        c: Config = PyFileConfigLoader(_COURSE_FILE, path=str(course)).load_config()
    except Exception:
        logging.getLogger("trainer").exception("%s cannot be read", course / _COURSE_FILE)
        c = Config()
    c.CourseDirectory.root = str(course)
    return c


def _keep_the_log() -> None:
    """The log stays with this process: what people run must neither fill it nor wipe it."""
    sys.stdout = sys.stderr = open(os.dup(2), "w", buffering=1, encoding="utf-8")  # noqa: PTH123, SIM115 - a descriptor
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def main(arguments: list[str]) -> None:
    """Run until told to end. The rules and the hub's addresses are in the environment."""
    _keep_the_log()
    JupyterHubSingleUser.serverapp_class = PersonsServer
    JupyterHubSingleUser.launch_instance(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
