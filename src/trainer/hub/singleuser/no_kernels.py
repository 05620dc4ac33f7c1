"""Where a course has only questions there is nothing to run: no kernel can be started, whoever asks in whatever way."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

_REFUSAL = "本课程没有需要运行程序的题目，这里不能启动内核。"


class NoKernelsHandler(APIHandler):
    """Answers that nothing runs, and refuses to start anything."""

    @web.authenticated
    async def get(self, rest: str = "") -> None:
        if rest:
            raise web.HTTPError(404, _REFUSAL)
        self.finish(json.dumps([]))

    @web.authenticated
    async def post(self, rest: str = "") -> None:
        raise web.HTTPError(403, _REFUSAL)

    put = patch = delete = post


default_handlers: list[tuple[str, Any]] = [
    (r"/api/kernels(/.*)?", NoKernelsHandler),
    (r"/api/sessions(/.*)?", NoKernelsHandler),
]
