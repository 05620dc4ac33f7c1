"""Rows under a header as questions: the same rules for worksheets, csv files and tables in documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from trainer.bank.importers.base import Piece, Raw, Reading, Role, SourceLine
from trainer.bank.importers.columns import LETTERS, Header, find_header
from trainer.bank.importers.option_lists import CELL_MARK, LABEL, listed, split_options
from trainer.bank.importers.words import fold, kind_in, kind_of_title, stem_tag
from trainer.kinds.reading import comparable

_OWN = {
    "own_id": "id",
    "own_topic": "topic",
    "own_regulation": "regulation",
    "own_article": "article",
    "own_status": "status",
    "own_facility": "facility",
    "own_version": "version",
    "own_note": "note",
    "own_rubric": "rubric",
}


_STEM_NUMBER = re.compile(r"\s*(\d{1,5})\s*[、.]\s*(?!\d{1,2}[^年\d])")
_FEWEST_NUMBERS = 5


def read_table(
    name: str, lines: Sequence[SourceLine], rows: Sequence[Sequence[str]], section: str = ""
) -> Reading:
    """The questions of a table; ``lines`` are its rows as source lines, one for one. It must have a header."""
    reading = Reading(name, list(lines), section=section)
    header = find_header(rows)
    assert header is not None
    kind = section
    for index, row in enumerate(rows):
        if index <= header.row:
            _account(reading, index, Role.HEADING)
            kind = kind_of_title(" ".join(row)) or kind if index < header.row else kind
            continue
        if not _has_question(row, header):
            kind = _loose_row(reading, index, row, kind)
            continue
        if _repeats_header(row, rows[header.row]):
            _account(reading, index, Role.HEADING)
            continue
        reading.raws.append(_raw(lines[index].place, row, header, kind))
        _account(reading, index, Role.STEM, len(reading.raws) - 1)
    _settle_indexes(reading.raws)
    _take_numbers(reading.raws)
    if header.unknown:
        names = "、".join(filter(None, header.unknown.values()))
        if names:
            reading.notices.append(f"没有用到的列：{names}（内容留在出题人备注里）。")
    return reading


def _account(reading: Reading, index: int, role: Role, question: int | None = None) -> None:
    reading.pieces.append(Piece(index, 0, len(reading.lines[index].text), role, question))


def _has_question(row: Sequence[str], header: Header) -> bool:
    """A row with a stem, or with an answer or options that lack one."""
    wanted = [
        header.fields.get("stem"),
        header.fields.get("answer"),
        header.fields.get("options"),
        *header.options,
    ]
    filled = [column for column in wanted if column is not None and column < len(row) and row[column].strip()]
    stem = header.fields["stem"]
    has_stem = stem < len(row) and bool(row[stem].strip())
    others = [cell for cell in row if cell.strip()]
    if has_stem and len(others) == 1 and (kind_in(row[stem]) or len(row[stem]) < 12):
        return False
    return has_stem or len(filled) >= 2


def _loose_row(reading: Reading, index: int, row: Sequence[str], kind: str) -> str:
    """A row between the questions: a heading such as 二、多选题, or something that nobody can place."""
    text = " ".join(cell for cell in row if cell.strip())
    found = kind_of_title(text)
    _account(reading, index, Role.HEADING if found else Role.NOISE if len(text) <= 40 else Role.DOUBT)
    return found or kind


def _repeats_header(row: Sequence[str], header: Sequence[str]) -> bool:
    return [cell.strip() for cell in row if cell.strip()] == [cell.strip() for cell in header if cell.strip()]


def _raw(place: str, row: Sequence[str], header: Header, kind: str) -> Raw:
    cells = {
        field: row[column].strip()
        for field, column in header.fields.items()
        if column < len(row) and row[column].strip()
    }
    raw = Raw(place, cells.get("stem", ""), kind=kind, answer=cells.get("answer", ""), answer_origin="答案列")
    tag = stem_tag(raw.stem)
    if tag:
        raw.kind, raw.stem = tag[0] or kind, tag[1]
    if "kind" in cells:
        code = cells["kind"].isdigit()  # a number that only its own program knows
        raw.kind = kind_in(cells["kind"]) or raw.kind or ("" if code else f"other:{cells['kind']}")
        raw.extras += [("题型代码", cells["kind"])] if code else []
    items = listed(raw.answer)
    if items is not None and all(isinstance(item, str) for item in items):
        raw.answer = "\n".join(item.strip() for item in items)
    raw.explanation = cells.get("explanation", "")
    number = cells.get("number", "")
    raw.number = int(number) if re.fullmatch(r"\d{1,6}", number) else None
    raw.options = _columns(row, header)
    if "options" in cells and not raw.options:
        raw.options = split_options(cells["options"], raw)
    _options_in_stem(raw)
    _side_columns(raw, cells, row, header)
    return raw


def _side_columns(raw: Raw, cells: Mapping[str, str], row: Sequence[str], header: Header) -> None:
    """What stands beside the question: points, source, columns that nobody knows, and those of our own sheet."""
    if re.fullmatch(r"\d{1,2}(?:\.\d{1,2})?", cells.get("points", "")):
        raw.own["points"] = cells["points"]
    if "reference" in cells:
        raw.extras.append(("依据", cells["reference"]))
    for column, name in header.unknown.items():
        if column < len(row) and row[column].strip():
            raw.extras.append((name or "其他", row[column].strip()))
    ours = "own_regulation" in header.fields
    raw.own |= {
        key: cells[field] for field, key in _OWN.items() if field in cells and (ours or field == "own_topic")
    }
    if ours:
        raw.own.setdefault("note", "")


def _columns(row: Sequence[str], header: Header) -> list[tuple[str, str]]:
    """Options in columns; ones at the end that are blank or a bare letter are not there, a blank one between is a gap."""
    texts = [row[column].strip() if column < len(row) else "" for column in header.options]
    while texts and (not texts[-1] or fold(texts[-1]).strip(" 、.:") == LETTERS[len(texts) - 1 : len(texts)]):
        texts.pop()
    found = []
    for letter, text in zip(LETTERS, texts, strict=False):
        match = LABEL.match(fold(text))
        labelled = match and (match[1] or match[2] or "").upper() == letter
        found.append((letter, text[match.end() :].strip() if match and labelled else text))
    return found


def _options_in_stem(raw: Raw) -> None:
    """A cell that holds the stem and the options below it or behind it."""
    folded = fold(raw.stem)
    marks: list[re.Match[str]] = []
    for match in CELL_MARK.finditer(folded):
        if len(marks) < len(LETTERS) and match[1] == LETTERS[len(marks)]:
            marks.append(match)
    if len(marks) < 2 or not raw.stem[: marks[0].start()].strip():
        return
    ends = [match.start() for match in marks[1:]] + [len(raw.stem)]
    found = [
        (match[1], raw.stem[match.end() : end].strip(" \n\t;；"))
        for match, end in zip(marks, ends, strict=True)
    ]
    if raw.options and len(found) == len(raw.options):  # bare letters of options that are not there
        label, last = found[-1]
        found[-1] = (label, re.sub(rf"[{LETTERS[len(found) :]}]+$", "", last))
    if raw.options and not _repeated(found, raw.options):
        raw.doubt("题干里好像也有选项，和选项列里的不同。")
        return
    raw.options = raw.options or found
    raw.stem = raw.stem[: marks[0].start()].strip()


def _repeated(found: Sequence[tuple[str, str]], options: Sequence[tuple[str, str]]) -> bool:
    """Whether the options of a stem say what the columns say; of what was cut off, the beginning is enough."""
    said = [
        (comparable(text), comparable(known)) for (_, text), (_, known) in zip(found, options, strict=False)
    ]
    return len(found) == len(options) and all(known.startswith(text) or not text for text, known in said)


def _take_numbers(raws: Sequence[Raw]) -> None:
    """Numbers that stems begin with, where nearly all do and they count up: not part of the stems."""
    starts = [_STEM_NUMBER.match(fold(raw.stem)) for raw in raws]
    counted = [int(match[1]) for match in starts if match]
    rising = sum(b == a + 1 for a, b in pairwise(counted))
    if len(counted) < _FEWEST_NUMBERS or len(counted) * 10 < 9 * len(raws) or rising * 10 < 8 * len(counted):
        return
    for raw, match in zip(raws, starts, strict=True):
        if match:
            raw.stem = raw.stem[match.end() :]


def _settle_indexes(raws: Sequence[Raw]) -> None:
    """Whether answers are numbers of options, and whether these count from 0 or from 1, as the whole table shows."""
    numbered = [(raw, [int(n) for n in re.findall(r"\d+", raw.answer)]) for raw in raws if _is_index(raw)]
    others = [raw for raw in raws if raw.options and raw.answer.strip() and not _is_index(raw)]
    if len(numbered) < 2 or len(others) > len(numbered) // 10:
        return
    zero = any(0 in numbers for _, numbers in numbered)
    full = any(len(raw.options) in numbers for raw, numbers in numbered)
    if zero != full:
        for raw, _ in numbered:
            raw.own["index_base"] = "0" if zero else "1"
            raw.inferred.append(f"答案是选项的序号，整份文件从 {0 if zero else 1} 数起。")


def _is_index(raw: Raw) -> bool:
    return bool(raw.options) and bool(
        re.fullmatch(r"[\[\s]*\d{1,2}(?:[\s,，、;；]+\d{1,2})*[\]\s]*", raw.answer)
    )


def index_bases(raws: Sequence[Raw]) -> None:
    """The same for records that come from elsewhere than a table."""
    _settle_indexes(raws)
