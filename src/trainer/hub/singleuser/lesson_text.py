"""Markdown of lessons as safe HTML: tables, images, foldable parts; no script, no style, nothing from elsewhere.

Light enough for a person's server: mistune, not nbconvert.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

import mistune

from trainer.hub.singleuser.flowchart_svg import draw

#: Tags that a lesson may write as HTML; attributes are not among them, but for an open ``details``.
_ALLOWED = re.compile(
    r"</?(?:details|summary|br|kbd|sub|sup|u|mark|b|i|strong|em|p|ol|ul|li)\s*/?>|<details open>",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:|^//", re.IGNORECASE)
_DIAGRAM = "mermaid"
_PICTURE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp"}

#: The address at which a file of the lesson is found, by the path that the notebook names; None for one not shown.
Images = Callable[[str], str | None]


class _Renderer(mistune.HTMLRenderer):
    def __init__(self, images: Images, files: Images) -> None:
        super().__init__(escape=True)
        self._images, self._files = images, files

    def block_html(self, html: str) -> str:
        return _only_allowed(html) + "\n"

    def inline_html(self, html: str) -> str:
        return _only_allowed(html)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        words, place = html.escape(text), self._images(url)
        if place is None:
            return f"<em>（图片：{words}）</em>"
        return f'<img src="{html.escape(place)}" alt="{words}" loading="lazy">'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith("#"):
            return f'<a href="{html.escape(url)}">{text}</a>'
        if not url.startswith(("https://", "http://")):
            place = self._files(url)
            return (
                text if place is None else f'<a class="tap" href="{html.escape(place)}" download>{text}</a>'
            )
        return f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{text}</a>'

    def block_code(self, code: str, info: str | None = None) -> str:
        shown = f"<pre>{html.escape(code)}</pre>\n"
        if (info or "").strip() == _DIAGRAM:
            drawn = draw(code)
            if drawn:
                return f'<figure class="scroll" tabindex="0">{drawn}</figure>\n'
            return f"<details><summary>流程图（文字）。看图请用笔记本界面</summary>{shown}</details>\n"
        return shown


def _only_allowed(written: str) -> str:
    """HTML as written, with every tag but the allowed ones shown as text."""
    pieces: list[str] = []
    at = 0
    for tag in _ALLOWED.finditer(written):
        pieces += [html.escape(written[at : tag.start()], quote=False), tag[0].lower()]
        at = tag.end()
    return "".join([*pieces, html.escape(written[at:], quote=False)])


def as_html(markdown: str, images: Images = lambda _: None, files: Images = lambda _: None) -> str:
    """Safe HTML. ``images`` says where a picture is, ``files`` where a file to take away is; without them both are
    only named.
    """
    render = mistune.create_markdown(renderer=_Renderer(images, files), plugins=["table", "strikethrough"])
    shown = str(render(markdown))
    return shown.replace("<table>", '<div class="scroll" tabindex="0"><table class="table">').replace(
        "</table>", "</table></div>"
    )


def attached(cell: Mapping[str, Any]) -> Images:
    """The pictures attached to a cell, as data addresses."""
    attachments = cell.get("attachments") or {}

    def find(path: str) -> str | None:
        data = attachments.get(path.removeprefix("attachment:"), {})
        for kind in _PICTURE_TYPES & set(data):
            content = "".join(data[kind]).replace("\n", "")
            return f"data:{kind};base64,{content}" if re.fullmatch(r"[A-Za-z0-9+/=]*", content) else None
        return None

    return find


def is_elsewhere(path: str) -> bool:
    """Whether a path leads out of the lesson's folder."""
    return bool(_ELSEWHERE.match(path))
