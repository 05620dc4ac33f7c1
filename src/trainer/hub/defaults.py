"""How our hub differs from JupyterHub's own defaults. A line in jupyter_config.py still wins over each of these."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from traitlets.config import Config

from trainer.hub.data_folder import DataFolder, Identities
from trainer.hub.pages import configure_pages
from trainer.hub.walls import ServiceWalls
from trainer.settings import Accounts, Server

TAKE = "custom:hall:take"
INSTRUCT = "custom:hall:instruct"

CUSTOM_SCOPES = {
    TAKE: {"description": "查看发给自己的试卷，保存和提交自己的答案"},
    INSTRUCT: {"description": "发布试卷，查看和收取全部答卷", "subscopes": [TAKE]},
}


def hub_config(
    data: DataFolder, who: Identities, settings: Accounts, server: Server, course: str, store: str
) -> Config:
    """The configuration of the hub on this data folder. ``store`` is the hall's PostgreSQL address, or empty."""
    c = Config()
    c.JupyterHub.db_url = f"sqlite:///{data.hub_db}"
    c.JupyterHub.cookie_secret = bytes.fromhex(data.secret("cookie"))
    c.JupyterHub.hub_bind_url = _socket_url(data.hub_socket)
    c.JupyterHub.hub_socket_mode = 0o666  # who may do what is decided by tokens; who may knock, by the walls
    c.JupyterHub.bind_url = f"http://{server.ip}:{server.port}/"
    c.JupyterHub.shutdown_on_logout = True
    c.JupyterHub.cleanup_servers = c.JupyterHub.cleanup_proxy = True
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 5}
    c.JupyterHub.concurrent_spawn_limit = 20 * (os.cpu_count() or 1)
    c.JupyterHub.active_server_limit = 0
    c.JupyterHub.default_url = _first_page
    c.JupyterHub.log_level = "WARN"
    c.Spawner.start_timeout = c.Spawner.http_timeout = 120
    c.Spawner.default_url = "/trainer/"
    c.Spawner.server_token_scopes = [
        "users:activity!user", "access:servers!server", "access:services!service=hall", TAKE, INSTRUCT,
    ]  # fmt: skip
    _front(c, data, who, server)
    _permissions(c)
    c.JupyterHub.authenticator_class = "trainer.hub.authenticator.RosterAuthenticator"
    c.OnRoster.database = str(data.accounts_db)
    configure_pages(
        c,
        installation=settings.installation,
        https=settings.address.startswith("https:"),
        services={"console": "教务台", "hall": "考场"},
    )
    c.JupyterHub.services = [
        _service(
            "hall",
            data.hall_socket,
            data,
            who,
            (data.hall, data.hall_socket_within.parent),
            _hall(data, store),
        ),
        _service(
            "console",
            data.console_socket,
            data,
            who,
            (data.courses, data.accounts),
            ["trainer.console", "--data", str(data.root), "--course", course],
        ),
    ]
    return c


def _hall(data: DataFolder, store: str) -> list[str]:
    """The hall's module and options; the signing key is in the data folder, wherever the answers are."""
    key = data.hall / "secrets" / "receipt-key.json"
    return [
        *("trainer.hall", "--data", store or str(data.hall), "--key-file", str(key)),
        *("--people-socket", str(data.hall_socket_within)),
    ]


def _first_page(handler: Any) -> str:
    """Where a person arrives after the login: the instructor's page, or the learning hall."""
    user = handler.current_user
    if user is not None and any(group.name == "instructors" for group in user.orm_user.groups):
        return f"{handler.base_url}services/console/"
    return f"{handler.hub.base_url}spawn"


def _front(c: Config, data: DataFolder, who: Identities, server: Server) -> None:
    c.JupyterHub.proxy_class = "jupyterhub.proxy.ConfigurableHTTPProxy"
    c.ConfigurableHTTPProxy.auth_token = data.secret("proxy")
    c.ConfigurableHTTPProxy.api_url = _socket_url(data.proxy_api_socket)
    c.ConfigurableHTTPProxy.command = [
        *_within(who, who.front, (data.front,), (data.doors, data.servers, data.console_socket.parent)),
        sys.executable,
        "-m",
        "trainer.hub.proxy",
        "--exit-with-parent",
        *(["--trust-forwarded", ",".join(server.trust_forwarded)] if server.trust_forwarded else []),
    ]
    pid_file = data.runtime / "proxy.pid"
    pid_file.unlink(missing_ok=True)  # the hub ends whatever has this number; an old front ends by itself
    c.ConfigurableHTTPProxy.pid_file = str(pid_file)
    c.ConfigurableHTTPProxy.check_running_interval = 1  # how long browsers are refused after a crash


def _permissions(c: Config) -> None:
    c.JupyterHub.custom_scopes = CUSTOM_SCOPES
    c.JupyterHub.load_roles = [
        {"name": "user", "scopes": ["self", "access:services!service=hall", TAKE]},
        {
            "name": "instructor",
            "description": "教员",
            "scopes": ["access:services!service=hall", "access:services!service=console", INSTRUCT],
            "groups": ["instructors"],
        },
        {"name": "hall-service", "scopes": ["read:users:name"], "services": ["hall"]},
        {
            "name": "console-service",
            "scopes": [INSTRUCT, "access:services!service=hall"],
            "services": ["console"],
        },
    ]


def _service(
    name: str, path: Path, data: DataFolder, who: Identities, writable: tuple[Path, ...], module: list[str]
) -> dict[str, Any]:
    path.unlink(missing_ok=True)
    doors = quote(str(data.hub_socket), safe="")
    return {
        "name": name,
        "url": _socket_url(path),
        "api_token": data.secret(f"service-{name}"),
        "command": [
            *_within(who, who.course, (*writable, path.parent), (data.doors,)),
            sys.executable,
            "-m",
            *module,
            "--end-with-parent",
        ],
        "oauth_client_allowed_scopes": [TAKE, INSTRUCT, "read:users!user"],
        "oauth_no_confirm": True,
        "display": name == "console",
        "environment": {
            "JUPYTERHUB_API_URL": f"http+unix://{doors}/hub/api",
            "TRAINER_HALL_URL": f"{_socket_url(data.hall_socket)}/services/hall/",
            "HOME": str(data.courses),
            **({"TRAINER_FRONT_UID": str(who.front)} if who.separate else {}),
        },
    }


def _within(who: Identities, uid: int, writable: tuple[Path, ...], readable: tuple[Path, ...]) -> list[str]:
    """The command prefix of a service: walls of its own where we are root."""
    return ServiceWalls(uid, writable, readable).command() if who.separate else []


def _socket_url(path: Path) -> str:
    return f"http+unix://{quote(str(path), safe='')}"
