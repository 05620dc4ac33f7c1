"""The hub's own pages: where their templates and styles are, and the configuration that brings them in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyterhub.handlers.static import CacheControlStaticFilesHandler

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


class StaticFiles(CacheControlStaticFilesHandler):  # type: ignore[misc]
    """JupyterHub's static files with ours among them: ``/hub/static/trainer.css``."""

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        ours = STATIC / path
        if ours.parent == STATIC and ours.is_file():
            return str(ours)
        return str(super().get_absolute_path(root, path))

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        inside = os.path.dirname(absolute_path) == str(STATIC)  # noqa: PTH120 - as tornado has it
        path: str | None = super().validate_absolute_path(str(STATIC) if inside else root, absolute_path)
        return path


def configure_pages(
    c: Any,
    *,
    installation: str,
    https: bool = False,
    services: Mapping[str, str] | None = None,
) -> None:
    """Put our pages into a JupyterHub configuration ``c``.

    ``installation`` is the name in the head of every page; ``https`` says that people come in by TLS, so that cookies
    are never sent without; ``services``: service -> its Chinese title. Whether 修改密码 is offered, the authenticator
    says (:class:`trainer.hub.roster.OnRoster`).
    """
    c.JupyterHub.template_paths = [str(TEMPLATES)]
    c.JupyterHub.template_vars = {
        "installation": installation,
        "service_titles": dict(services or {}),
    }
    cookies: dict[str, Any] = {"samesite": "Lax"}
    if https:
        cookies["secure"] = True
    settings = {
        "static_handler_class": StaticFiles,
        "cookie_options": cookies,
        "xsrf_cookie_kwargs": {"httponly": True, **cookies},
    }
    c.JupyterHub.tornado_settings.update(settings)
