"""nbgrader's formgrader on an instructor's server, without the two ways from a submission to the instructor's login."""

from __future__ import annotations

from typing import Any

from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.formgrader.handlers import FormgraderHandler, SubmissionFilesHandler
from tornado import web


class OwnCourse(FormgraderHandler):  # type: ignore[misc]
    """The first page. The stock one takes a folder in its address and runs the nbgrader_config.py that it finds there: a
    link into a collected submission would be enough.
    """

    @web.authenticated
    def get(self) -> Any:
        if self.get_argument("path", ""):
            raise web.HTTPError(403, "这里只评阅本课程的试卷，不能换成别的文件夹。")
        return super().get()


class SubmittedFile(SubmissionFilesHandler):  # type: ignore[misc]
    """A file beside a submitted notebook: shown, but as a page without rights."""

    @property
    def content_security_policy(self) -> str:
        return "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"


def routes(base_url: str) -> list[tuple[str, Any]]:
    """To be added before nbgrader's own."""
    listed = [
        (r"formgrader/?", OwnCourse),
        (
            r"formgrader/submissions/((?!components/)[^/]+/(?!(?:next_incorrect|prev_incorrect|next|prev)/?$).+)",
            SubmittedFile,
        ),
    ]
    return [(url_path_join(base_url, pattern), handler) for pattern, handler in listed]
