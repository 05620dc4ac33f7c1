"""What a person fills in on our own sheet: regulation, article, status; checked against the register."""

from __future__ import annotations

import re
from collections.abc import Mapping

from trainer.bank.importers.base import Raw
from trainer.bank.reader import source_problem
from trainer.model.question import Status
from trainer.model.regulation import Regulation

STATUSES = {Status.DRAFT: "草稿", Status.REVIEWED: "已审", Status.RETIRED: "停用"}
_BY_WORD = {word: status for status, word in STATUSES.items()} | {status.value: status for status in Status}
_PAIR = re.compile(r"(.+?)\s*(?:→|->|=>)\s*(.+)", re.DOTALL)
_POINT = re.compile(r"(.+?)\s*[（(]\s*(\d{1,2}(?:\.\d{1,2})?)\s*分\s*[）)]\s*")


def check_own(raw: Raw, regulations: Mapping[str, Regulation]) -> list[str]:
    """Put names of regulations and statuses into the bank's terms in ``raw.own``; sentences for what is wrong."""
    problems: list[str] = []
    own = raw.own
    named = own.get("regulation", "")
    if named:
        found = _regulation(named, regulations)
        articles = [int(number) for number in re.findall(r"\d+", own.get("article", ""))]
        if found is None:
            problems.append(f"依据法规“{named}”没有登记，请写登记表里的编号或简称。")
            own.pop("regulation")
        else:
            own["regulation"] = found
            problems += [p[1] for p in (source_problem(found, n, regulations) for n in articles) if p]
            if not articles:
                problems.append("写了依据法规，没有写是第几条。")
    status = own.get("status", "")
    if status:
        known = _BY_WORD.get(status)
        if known is None:
            problems.append(f"状态“{status}”不认识，只能是 草稿、已审、停用。")
        own["status"] = (known or Status.DRAFT).value
    for field, name, pattern in (
        ("id", "题目编号", r"[a-z0-9]+(-[a-z0-9]+)*"),
        ("facility", "预计得分率", r"0?\.\d{1,4}"),
        ("version", "版本号", r"[1-9]\d{0,3}"),
    ):
        if own.get(field) and not re.fullmatch(pattern, own[field]):
            problems.append(f"{name}“{own[field]}”的写法不对。")
            own.pop(field)
    return problems


def _regulation(named: str, regulations: Mapping[str, Regulation]) -> str | None:
    if named in regulations:
        return named
    plain = named.strip("《》 ")
    found = [r.id for r in regulations.values() if plain in (r.name, r.short_name)]
    in_force = [identifier for identifier in found if not regulations[identifier].replaced_by]
    return next(iter(in_force or found), None)


def pairs_of(raw: Raw) -> list[tuple[str, str]] | None:
    """Pairs that stand in the option columns as 左 → 右; None when one of them is none."""
    matches = [_PAIR.fullmatch(text) for _, text in raw.options]
    if not matches or not all(matches):
        return None
    return [(match[1].strip(), match[2].strip()) for match in matches if match]


def rubric_of(text: str) -> list[dict[str, str]]:
    """Marking points, one a line: 要点（2分）; [] when a line is none."""
    lines = [line.strip() for line in re.split(r"\n|；", text) if line.strip()]
    matches = [_POINT.fullmatch(line) for line in lines]
    if not matches or not all(matches):
        return []
    return [{"point": match[1], "points": match[2]} for match in matches if match]
