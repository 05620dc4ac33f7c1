"""The shared style sheet keeps what its first lines promise."""

from __future__ import annotations

import re

import pytest

from trainer.hub.pages import STATIC, TEMPLATES

CSS = (STATIC / "trainer.css").read_text("utf-8")
COLOURS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", CSS))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *[(text, ground) for text in ("ink", "soft", "red") for ground in ("paper", "ground")],
        *[("on-red", ground) for ground in ("red", "red-dark", "soft")],
        *[("problem-ink", "problem-ground"), ("ink", "note-ground"), ("good-ink", "paper")],
        *[("red-dark", "ground")],
    ],
)
def test_text_can_be_read_by_weak_eyes(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5


def test_borders_can_be_seen() -> None:
    assert contrast("line", "paper") >= 3


def test_nothing_comes_from_elsewhere_and_no_script_stands_in_a_page() -> None:
    for path in [*TEMPLATES.iterdir(), *STATIC.iterdir()]:
        text = path.read_text("utf-8")
        if path.name == "admin.html":  # JupyterHub's own page for operators
            continue
        assert not re.search(r"(https?:)?//[a-z]", text.replace("http://www.w3.org/2000/svg", "")), path.name
        assert not re.search(r"<script(?! src=)|\son\w+=|style=", text), path.name
