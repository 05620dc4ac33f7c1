"""What a lesson refers to: images and templates of records beside it, and calculators."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from trainer.bank.reader import Bank
from trainer.errors import NotFound, Problem
from trainer.hall.bundle import path_problem
from trainer.hub.singleuser.calculators import CALCULATORS
from trainer.workflow.inside import open_inside
from trainer.workflow.lessons.records import BadRecord, blocks_of

_IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)[^)]*\)")
_LARGEST_IMAGE = 300 * 1024
_LARGEST_RECORD = 200 * 1024
#: A link whose address may hold brackets in pairs.
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(((?:[^()\s]|\([^()\s]*\))+)\)")
#: Where the templates of records lie, beside the lessons.
RECORDS = "records"
_ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:|^//", re.IGNORECASE)


@dataclass
class Reading:
    """A lesson that is being read, and what is wrong with it so far."""

    path: Path
    bank: Bank
    problems: list[Problem] = field(default_factory=list)

    def problem(self, sentence: str, cell: int | None = None, question: str = "") -> None:
        """Note what is wrong, with the cell (from 0) and the question if it is about one."""
        where = "" if cell is None else f"第 {cell + 1} 格："
        self.problems.append(Problem(self.path.name, 0, question, where + sentence))


def content_of(folder: Path, name: str, most: int) -> bytes | None:
    """At most one byte more than ``most`` of a file; None where there is none. Links are not followed: instructors write
    here, and the page that publishes sees more than they do.
    """
    try:
        with open_inside(folder, *PurePosixPath(name).parts) as file:
            return file.read(most + 1)
    except (NotFound, OSError):
        return None


# -- images ------------------------------------------------------------------------------------------------------------


def images_in(reading: Reading, cells: list[dict[str, Any]]) -> dict[str, bytes]:
    """The images beside the notebook that its Markdown shows."""
    found: dict[str, bytes] = {}
    for number, cell in enumerate(cells):
        if cell.get("cell_type") != "markdown":
            continue
        for written in _IMAGE.findall("".join(cell.get("source", ""))):
            if written.startswith("attachment:"):
                continue
            if _ELSEWHERE.match(written):
                reading.problem(f"图片 {written} 在别的网站上。请把图片文件放到笔记本旁边。", number)
                continue
            path = unquote(written)
            content = None if path_problem(path) else content_of(reading.path.parent, path, _LARGEST_IMAGE)
            if content is None:
                reading.problem(f"图片 {path} 没有，或者不在笔记本旁边。请把文件放好，或改正路径。", number)
            elif len(content) > _LARGEST_IMAGE:
                most = _LARGEST_IMAGE // 1024
                reading.problem(f"图片 {path} 太大（上限 {most} KB），网络慢时打不开。请缩小。", number)
            else:
                found[path] = content
    return found


# -- calculators and records -------------------------------------------------------------------------------------------


def calculators_in(reading: Reading, cells: list[dict[str, Any]]) -> dict[int, str]:
    """The calculators by the cell that they stand in."""
    found: dict[int, str] = {}
    for number, cell in enumerate(cells):
        name = cell.get("metadata", {}).get("trainer", {}).get("calculator")
        if name is None:
            continue
        if cell.get("cell_type") != "markdown" or name not in CALCULATORS:
            reading.problem(
                f"没有计算器“{name}”，只有 {'、'.join(CALCULATORS)}；要放在 Markdown 格里。", number
            )
        else:
            found[number] = name
    return found


def records_in(reading: Reading, cells: list[dict[str, Any]]) -> dict[str, str]:
    """The templates of the Word files that the notebook links to."""
    found: dict[str, str] = {}
    for number, cell in enumerate(cells):
        if cell.get("cell_type") != "markdown":
            continue
        for written in _LINK.findall("".join(cell.get("source", ""))):
            path = unquote(written)
            if _ELSEWHERE.match(written) or written.startswith("#") or path in found:
                continue
            template = _record(reading, number, path)
            if template is not None:
                found[path] = template
    return found


def _record(reading: Reading, number: int, path: str) -> str | None:
    template = PurePosixPath(path).with_suffix(".md")
    if path_problem(path) or not path.startswith(f"{RECORDS}/") or not path.endswith(".docx"):
        reading.problem(
            f"链接 {path} 学员打不开。只能链接到 {RECORDS}/ 里的样表（.docx）、网址，或者本课的标题（#）。",
            number,
        )
        return None
    content = content_of(reading.path.parent, str(template), _LARGEST_RECORD)
    if content is None:
        reading.problem(f"链接的样表没有：找不到 {template}，请写好，或改正链接。", number)
    elif len(content) > _LARGEST_RECORD:
        reading.problem(f"样表 {template} 太大（上限 {_LARGEST_RECORD // 1024} KB）。", number)
    else:
        try:
            text = content.decode("utf-8")
            blocks_of(text)
        except (BadRecord, UnicodeDecodeError) as error:
            said = str(error) if isinstance(error, BadRecord) else "文字不是 UTF-8 编码。"
            reading.problem(f"样表 {template}：{said}", number)
        else:
            return text
    return None
