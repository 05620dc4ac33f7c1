"""How many questions each lesson has in the bank, as the bank's own page says."""

from __future__ import annotations

import re
from pathlib import Path

from trainer.bank.reader import read_bank
from trainer.workflow.bank import coverage
from trainer.workflow.lessons.publishing import check_lessons

ROOT = Path(__file__).resolve().parents[2]
_ROW = re.compile(r"^\| (?P<lesson>[^|]+) \| `(?P<topic>[a-z-]+)` \| (?P<count>\d+) \|$", re.MULTILINE)


def test_the_page_of_the_bank_counts_right():
    counted = coverage(read_bank(ROOT / "question_bank"))
    text = (ROOT / "question_bank" / "README.md").read_text(encoding="utf-8")
    said = {row["topic"]: int(row["count"]) for row in _ROW.finditer(text)}
    assert said == {topic: counted.cell(topic, None) for topic in counted.topics}


def test_each_of_the_first_thirteen_lessons_has_a_topic_of_its_own():
    lessons = check_lessons(ROOT / "courses" / "notebooks", ROOT / "question_bank")
    topics = [lesson.about.topic for lesson in lessons if 1 <= lesson.about.order <= 13]
    assert len(topics) == 14, "the seventh is in two parts"
    assert len(set(topics)) == 13
