"""Looking at a page as those do who do not see it, or see it large: axe-core, what sticks out, and the names of controls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}  # fmt: skip
_OVERFLOW = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
_CONTROL = re.compile(
    r"^\s*- (?:button|link|radio|checkbox|textbox|combobox|spinbutton|tab|menuitem|slider|switch)\b(?: \"((?:[^\"\\]|\\.)*)\")?"
)
_CHINESE = re.compile(r"[一-鿿]|^Nbgrader$")  # a name


def serious(page: Page, leave_out: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What axe-core finds serious or critical, but below the selectors ``leave_out``."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    where = {"include": [["html"]], "exclude": [[selector] for selector in leave_out]}
    found = page.evaluate("([where, rules]) => axe.run(where, rules)", [where, _RULES])["violations"]
    return [
        {"rule": one["id"], "where": [node["html"][:200] for node in one["nodes"]][:3]}
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def overflow(page: Page) -> int:
    """CSS pixels by which the page is wider than the screen; 0 or less when it fits."""
    wider: int = page.evaluate(_OVERFLOW)
    return wider


def without_chinese_names(page: Page) -> list[str]:
    """The controls of the accessibility tree that have no name, or none in Chinese."""
    lines = page.locator("body").aria_snapshot().splitlines()
    controls = [(line.strip(), match) for line in lines if (match := _CONTROL.match(line))]
    return [line for line, match in controls if not _CHINESE.search(match[1] or "")]
