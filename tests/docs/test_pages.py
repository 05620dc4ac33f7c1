"""Links lead somewhere, pages can be found from the contents, and nothing of one machine is in them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *sorted(DOCS.rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "question_bank/README.md", "courses/README.md")),
]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """The relative links and pictures of a page."""
    return [target for target in _LINK.findall(prose(page)) if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make, as GitHub and JupyterLab name them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        target, _, anchor = unquote(link).partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{name(page)}: {link}"
        if anchor:
            assert anchor in anchors(path), f"{name(page)}: {link}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for link in links(page):
            path = (page.parent / unquote(link).partition("#")[0]).resolve()
            if path.suffix == ".md" and path not in reached:
                waiting.append(path)
    assert [name(page) for page in sorted(DOCS.rglob("*.md")) if page not in reached] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_names_no_path_of_one_machine(page: Path) -> None:
    found = re.findall(r"(?<![\w.])/(?:work|root|home|tmp|Users)/\S*", page.read_text(encoding="utf-8"))
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_has_one_title_and_an_end(page: Path) -> None:
    text = prose(page)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    assert page.read_text(encoding="utf-8").endswith("\n")


def test_pictures_are_used_and_small() -> None:
    used = {(page.parent / unquote(link)).resolve() for page in PAGES for link in links(page)}
    for picture in sorted((DOCS / "images").iterdir()):
        assert picture in used, f"{picture.name} is on no page"
        assert picture.stat().st_size < 500_000
