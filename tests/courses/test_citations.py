"""Every article that a lesson or a record names is one whose text was read, unless the words say to go and look it up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainer.bank.reader import read_bank

ROOT = Path(__file__).resolve().parents[2]
LESSONS = ROOT / "courses" / "notebooks"
#: How the lessons call a regulation → its id in the register.
NAMES = {
    "发展党员工作细则": "fazhan-xize-2026",
    "细则": "fazhan-xize-2026",
    "支部工作条例": "zhibu-tiaoli-2018",
    "支部条例": "zhibu-tiaoli-2018",
    "党员教育管理工作条例": "jiaoyu-guanli-2019",
    "党章": "dangzhang-2022",
    "党费规定": "dangfei-guiding-2008",
    "党费收缴、使用和管理的规定": "dangfei-guiding-2008",
    "基层组织选举工作条例": "xuanju-tiaoli-2020",
    "选举条例": "xuanju-tiaoli-2020",
    "组织处置办法": "buhege-chuzhi-2024",
    "办法": "buhege-chuzhi-2024",
    "纪律处分条例": "jilv-chufen-2023",
    "农村基层组织工作条例": "not-registered",
    "村民委员会组织法": "not-registered",
}
_NAME = "|".join(sorted(NAMES, key=len, reverse=True))
_NUMBERS = r"第\d+(?:[—至、和]第?\d+|条[—至、和]第\d+)*条"
_CITED = re.compile(rf"({_NAME})(?:（试行）)?》?(?:（[^（）]*）)?({_NUMBERS})")
_ARTICLES = re.compile(r"(\d+)(?:条?[—至]第?(\d+))?")
#: What says that an article is not the ground of anything here.
_NOT_A_GROUND = ("已经重新规定", "不要再拿")


def passages() -> Iterator[tuple[str, str]]:
    """(where, text) of each line and table cell of all lessons and records."""
    for path in sorted(LESSONS.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            yield from (
                (f"{path.stem} {cell['id']}", part) for part in re.split(r"[\n|]", "".join(cell["source"]))
            )
    for path in sorted(LESSONS.glob("records/*/*.md")):
        text = path.read_text(encoding="utf-8")
        yield from ((str(path.relative_to(LESSONS)), part) for part in re.split(r"[\n|]", text))


def cited(text: str) -> Iterator[tuple[str, int]]:
    """(regulation, article) of all that a text names."""
    for found in _CITED.finditer(text):
        for one in _ARTICLES.finditer(found[2]):
            first = int(one[1])
            yield from ((NAMES[found[1]], article) for article in range(first, int(one[2] or first) + 1))


@pytest.fixture(scope="module")
def readable() -> set[tuple[str, int]]:
    regulations = read_bank(ROOT / "question_bank").regulations.values()
    return {(one.id, article) for one in regulations for article in one.articles}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("《支部工作条例（试行）》第11条、第12条", [11, 12]),
        ("《党员教育管理工作条例》第28、29条", [28, 29]),
        ("（细则第13—15条）", [13, 14, 15]),
        ("《发展党员工作细则》第18条至第20条", [18, 19, 20]),
        ("《发展党员工作细则》（2026年修订）第8条", [8]),
        ("第11条", []),
    ],
)
def test_what_counts_as_a_citation(text, found):
    assert [article for _, article in cited(text)] == found


def test_only_articles_that_were_read_are_named(readable):
    unread = [
        f"{where}: {regulation} {article}: {text.strip()}"
        for where, text in passages()
        if not any(words in text for words in _NOT_A_GROUND)
        for regulation, article in cited(text)
        if (regulation, article) not in readable
    ]
    assert not unread, "\n".join(unread)
