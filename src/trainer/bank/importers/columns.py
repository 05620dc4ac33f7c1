"""Headers of question tables: which column is what, under any of the usual names and in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from trainer.bank.importers.words import fold

LETTERS = "ABCDEFGHIJKL"
#: A header stands in one of the first rows; titles and blank rows may precede it.
HEADER_ROWS = 20

_NAMES: dict[str, tuple[str, ...]] = {
    "stem": (
        *(
            "题干",
            "题目",
            "试题",
            "问题",
            "题目内容",
            "试题内容",
            "题干内容",
            "试题题干",
            "题目题干",
            "题目名称",
            "试题名称",
        ),
        *(
            "题面",
            "题目描述",
            "试题描述",
            "题目标题",
            "问题内容",
            "标题",
            "内容",
            "题目正文",
            "试题正文",
            "考题",
            "题文",
        ),
        *(
            "question",
            "stem",
            "title",
            "content",
            "questiontext",
            "questioncontent",
            "questiontitle",
            "body",
            "topic",
        ),
        *("problem", "prompt", "fldname", "subject", "text", "q", "questionstem", "tigan", "timu"),
    ),
    "kind": (
        *(
            "题型",
            "类型",
            "题目类型",
            "试题类型",
            "问题类型",
            "题类",
            "试题题型",
            "题目分类",
            "type",
            "kind",
            "questiontype",
        ),
        *("qtype", "typename", "category_type", "类别", "题目题型", "tixing"),
    ),
    "answer": (
        *(
            "答案",
            "正确答案",
            "标准答案",
            "参考答案",
            "正确选项",
            "试题答案",
            "题目答案",
            "答案选项",
            "标准答案选项",
            "正确项",
        ),
        *(
            "answer",
            "key",
            "rightanswer",
            "correct",
            "correctanswer",
            "correctoption",
            "answers",
            "correctanswers",
        ),
        *(
            "right",
            "correctindex",
            "answerindex",
            "correctoptionid",
            "solution",
            "daan",
            "答案内容",
            "本题答案",
            "rightkey",
        ),
        *("standardanswer", "refanswer", "rightoption", "a正确答案", "questionanswer"),
    ),
    "options": (
        *(
            "选项",
            "选项内容",
            "备选项",
            "备选答案",
            "试题选项",
            "题目选项",
            "候选项",
            "可选项",
            "全部选项",
            "options",
            "choices",
        ),
        *(
            "option",
            "optionlist",
            "questionoptionlist",
            "choice",
            "answerlist",
            "items",
            "selections",
            "选项列表",
            "xuanxiang",
            "optioncontent",
        ),
    ),
    "explanation": (
        *(
            "解析",
            "答案解析",
            "试题解析",
            "题目解析",
            "详解",
            "答案详解",
            "说明",
            "解释",
            "答案说明",
            "解题思路",
            "试题分析",
        ),
        *("analysis", "explanation", "explain", "parse", "comment", "rationale", "feedback", "jiexi"),
    ),
    "number": (
        "序号",
        "题号",
        "编号",
        "no",
        "id",
        "number",
        "index",
        "num",
        "序",
        "题序",
        "sequence",
        "seq",
        "questionid",
    ),
    "points": ("分值", "分数", "题目分值", "本题分值", "默认分值", "score", "points", "标准分"),
    "reference": ("依据", "出处", "来源", "题目来源", "试题来源", "法规依据", "出题依据", "参考依据"),
    # Our own sheet.
    "own_id": ("题目编号",),
    "own_topic": ("专题",),
    "own_regulation": ("依据法规",),
    "own_article": ("依据条",),
    "own_status": ("状态",),
    "own_facility": ("预计得分率",),
    "own_version": ("版本号",),
    "own_note": ("出题人备注",),
    "own_rubric": ("评分标准",),
    "own_place": ("位置", "待审原因", "置信度", "推断", "导入结果", "来源文件"),
}
_FIELDS = {name: field_name for field_name, names in _NAMES.items() for name in names}
_ASIDE = re.compile(r"[(\[【{<].*?[)\]】}>]|[*:：\s_\-/.、·\"'“”]+")
_LETTERED = re.compile(
    r"(?:选项|备选项|备选答案|选择项|候选项|option|choice|item|opt)([a-l1-9一二三四五六七八九])|([a-l])(?:选项|项|答案)?|([1-9])(?:选项|项)"
)


@dataclass
class Header:
    """Where the columns are: field -> column; option columns in order; columns that mean nothing to us."""

    row: int
    fields: dict[str, int]
    options: list[int]
    unknown: dict[int, str] = field(default_factory=dict)


def field_of(name: str) -> str:
    """The field that a column or key names: one of ours, ``option:<letter>``, or ""."""
    plain = _ASIDE.sub("", fold(name)).casefold()
    if plain in _FIELDS:
        return _FIELDS[plain]
    match = _LETTERED.fullmatch(plain)
    if match:
        sign = next(group for group in match.groups() if group)
        if sign.isalpha() and sign.isascii():
            return f"option:{sign.upper()}"
        return f"option:{LETTERS['一二三四五六七八九'.index(sign) if not sign.isdigit() else int(sign) - 1]}"
    for ending, found in (
        ("题干", "stem"),
        ("解析", "explanation"),
        ("题型", "kind"),
        ("正确答案", "answer"),
        ("标准答案", "answer"),
    ):
        if plain.endswith(ending) or (plain.startswith(ending) and len(plain) < 14):
            return found
    return ""


def find_header(rows: Sequence[Sequence[str]]) -> Header | None:
    """The header of a table of questions: a row that names a stem, and an answer or two options."""
    best: Header | None = None
    for number, row in enumerate(rows[:HEADER_ROWS]):
        header = _header(number, row)
        if header and (
            best is None or len(header.fields) + len(header.options) > len(best.fields) + len(best.options)
        ):
            best = header
    return best


def _header(number: int, row: Sequence[str]) -> Header | None:
    fields: dict[str, int] = {}
    options: dict[str, int] = {}
    unknown: dict[int, str] = {}
    for column, cell in enumerate(row):
        name = cell.strip()
        if not name or len(name) > 40:
            unknown |= {column: name[:40]} if name else {}
            continue
        found = field_of(name)
        if found.startswith("option:") and found not in options:
            options[found] = column
        elif found and found not in fields and found != "own_place":
            fields[found] = column
        elif not found or found in fields or found in options:
            unknown[column] = name
    if "stem" not in fields or not ("answer" in fields or len(options) >= 2 or "options" in fields):
        return None
    return Header(number, fields, [options[key] for key in sorted(options)], unknown)
