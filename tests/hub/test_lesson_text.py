"""Markdown of lessons as HTML: what lessons need is shown, what could run is not."""

from __future__ import annotations

import pytest

from trainer.hub.singleuser.lesson_text import as_html, attached


def test_what_lessons_need():
    shown = as_html("# 题目\n\n**粗**\n\n| 谁 | 做什么 |\n| --- | --- |\n| 支部 | 开会 |\n")
    assert "<h1>题目</h1>" in shown
    assert "<strong>粗</strong>" in shown
    assert '<div class="scroll" tabindex="0"><table class="table">' in shown


def test_foldable_parts_hold_markdown():
    shown = as_html("<details>\n<summary>更多</summary>\n\n| 甲 |\n| --- |\n| 乙<br>丙 |\n\n</details>\n")
    assert shown.startswith("<details>\n<summary>更多</summary>")
    assert "<td>乙<br>丙</td>" in shown
    assert shown.rstrip().endswith("</details>")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "文字 <img src=x onerror=alert(1)>",
        "<details ontoggle=alert(1) open>甲</details>",
        "[点](javascript:alert(1))",
        "![图](javascript:alert(1))",
        "<a href='javascript:alert(1)'>点</a>",
        '[点](https://x.example/"onmouseover="alert(1))',
        "<svg/onload=alert(1)>",
        "```mermaid\n<img src=x onerror=alert(1)>\n```",
        '<https://x.example/"onclick=alert(1)>',
    ],
)
def test_nothing_runs(hostile):
    from html.parser import HTMLParser

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert tag not in ("script", "img", "svg", "iframe", "object")
            for name, value in attributes:
                assert not name.startswith("on")
                assert "javascript:" not in (value or "")

    Tags().feed(as_html(hostile))


def test_pictures_come_from_the_lesson_alone():
    shown = as_html("![图](a.png) ![别处](b.png)", lambda path: "/files/a.png" if path == "a.png" else None)
    assert '<img src="/files/a.png" alt="图" loading="lazy">' in shown
    assert "（图片：别处）" in shown
    cell = {"attachments": {"c.png": {"image/png": "QUJD"}, "d.svg": {"image/svg+xml": "PHN2Zz4="}}}
    assert attached(cell)("attachment:c.png") == "data:image/png;base64,QUJD"
    assert attached(cell)("attachment:d.svg") is None
    assert attached({"attachments": {"c.png": {"image/png": 'QUJD" onerror="x'}}})("attachment:c.png") is None
