"""Rows under a header as questions: the same rules for worksheets, csv files and tables in documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from trainer.bank.importers.base import Piece, Raw, Reading, Role, SourceLine
from trainer.bank.importers.columns import LETTERS, Header, find_header
from trainer.bank.importers.words import STEM_TAG, fold, kind_in

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
_LABEL = re.compile(r"\s*[(\[【]?\s*([A-La-l])\s*[)\]】、.:,|]\s*|\s*([A-L])\s+(?=\S)")
_CELL_MARK = re.compile(
    r"(?:^|(?<=[\s;；,，|$#、。）)?？!！:：”])|(?<=[\u4e00-\u9fff%”》\d]))[(\[【]?([A-L])\s?[)\]】、.:]\s*(?:\1[.、]\s*)?"
)
_KIND_LEAD = re.compile(r"\s*(?:单选|多选|判断|不定项|选择|填空)题?\s*[,，:：;；|\n]\s*")
_SEPARATORS = ("\n", "|", ";", "；", "$", "#", "@@", "\t", "||", "&&")


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
            kind = kind_in(" ".join(row)) or kind if index < header.row else kind
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
    found = kind_in(text)
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
    tag = STEM_TAG.match(fold(raw.stem))
    if tag:
        raw.kind, raw.stem = kind_in(tag["kind"] or tag["word"]) or kind, raw.stem[tag.end() :]
    if "kind" in cells:
        raw.kind = kind_in(cells["kind"]) or raw.kind or f"other:{cells['kind']}"
    raw.explanation = cells.get("explanation", "")
    number = cells.get("number", "")
    raw.number = int(number) if re.fullmatch(r"\d{1,6}", number) else None
    raw.options = _columns(row, header)
    if "options" in cells and not raw.options:
        raw.options = split_options(cells["options"], raw)
    if not raw.options:
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
    """Options in columns; blank ones at the end are not there, a blank one between others is a gap."""
    texts = [row[column].strip() if column < len(row) else "" for column in header.options]
    while texts and not texts[-1]:
        texts.pop()
    found = []
    for letter, text in zip(LETTERS, texts, strict=False):
        match = _LABEL.match(fold(text))
        labelled = match and (match[1] or match[2] or "").upper() == letter
        found.append((letter, text[match.end() :].strip() if match and labelled else text))
    return found


def split_options(text: str, raw: Raw) -> list[tuple[str, str]]:
    """Options that stand in one cell: under letters, or set apart by one kind of separator."""
    lead = _KIND_LEAD.match(text)
    text = text[lead.end() :] if lead else text
    folded = fold(text)
    marks: list[re.Match[str]] = []
    for match in _CELL_MARK.finditer(folded):
        if match[1] == LETTERS[len(marks)] if len(marks) < len(LETTERS) else False:
            marks.append(match)
    if len(marks) >= 2 and not text[: marks[0].start()].strip():
        ends = [match.start() for match in marks[1:]] + [len(text)]
        return [
            (match[1], text[match.end() : end].strip(" \n\t;；|$#,，"))
            for match, end in zip(marks, ends, strict=True)
        ]
    for separator in _SEPARATORS:
        parts = [part.strip() for part in text.split(separator)]
        while parts and not parts[-1]:
            parts.pop()
        if len(parts) > len(LETTERS):
            raw.doubt(f"选项有 {len(parts)} 个，超过 {len(LETTERS)} 个。")
        if len(parts) >= 2:
            return [(letter, _unlabelled(part, letter)) for letter, part in zip(LETTERS, parts, strict=False)]
    raw.doubt("选项写在一格里，分不开。")
    return [("A", text)]


def _unlabelled(part: str, letter: str) -> str:
    match = _LABEL.match(fold(part))
    return part[match.end() :] if match and (match[1] or match[2] or "").upper() == letter else part


def _options_in_stem(raw: Raw) -> None:
    """A cell that holds the stem and the options below it or behind it."""
    folded = fold(raw.stem)
    marks: list[re.Match[str]] = []
    for match in _CELL_MARK.finditer(folded):
        if len(marks) < len(LETTERS) and match[1] == LETTERS[len(marks)]:
            marks.append(match)
    if len(marks) < 2 or not raw.stem[: marks[0].start()].strip():
        return
    ends = [match.start() for match in marks[1:]] + [len(raw.stem)]
    raw.options = [
        (match[1], raw.stem[match.end() : end].strip(" \n\t;；"))
        for match, end in zip(marks, ends, strict=True)
    ]
    raw.stem = raw.stem[: marks[0].start()].strip()


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


def without_labels(options: Mapping[str, str]) -> list[tuple[str, str]]:
    """Options given by label, without the label where the text repeats it."""
    return [(label, _unlabelled(text, label)) for label, text in options.items()]
