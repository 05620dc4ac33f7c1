"""Nobody changes from within what JupyterLab consists of: its extensions, its plugins, its build."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web


class NoExtensionsHandler(APIHandler):
    """Lists nothing, and refuses to change anything."""

    @web.authenticated
    async def get(self) -> None:
        self.finish(json.dumps([]))

    @web.authenticated
    async def post(self) -> None:
        raise web.HTTPError(403, "这里不能安装、启用或停用扩展，请联系管理员。")

    put = patch = delete = post


def routes(base_url: str) -> list[tuple[str, Any]]:
    """To be added before JupyterLab's own."""
    return [(url_path_join(base_url, r"lab/api/(?:extensions|plugins|build)/?"), NoExtensionsHandler)]
