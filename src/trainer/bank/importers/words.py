"""The words by which banks say what a question is, what an answer is, and what is none of both."""

from __future__ import annotations

import re

_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_FOLD |= dict.fromkeys([0x3000, 0xA0, 0xFEFF, *range(0x2000, 0x200C), 0x202F, 0x205F], 0x20)
_FOLD |= {
    0xFE52: ord("."),
    0xFF64: ord("、"),
    0x2236: ord(":"),
    0xFE55: ord(":"),
    0xFE59: ord("("),
    0xFE5A: ord(")"),
}
# Letters of other alphabets that look like ours, as typed by mistake before options.
_FOLD |= {ord(a): ord(b) for a, b in zip("АВСЕΑΒΕⒶⒷⒸⒹⒺⒻ", "ABCEABEABCDEF", strict=True)}
_FOLD |= {ord(sign): ord("√") for sign in "✓✔☑✅"} | {ord(sign): ord("×") for sign in "✗✘✕✖╳❌Χ"}


def fold(text: str) -> str:
    """Full-width to half-width and lookalikes to one form, sign by sign: the length stays."""
    return text.translate(_FOLD)


#: (what stands in a heading, tag or column; the kind), the longer words first.
KIND_WORDS: tuple[tuple[str, str], ...] = (
    ("不定项选择", "choice"),
    ("不定选择", "choice"),
    ("不定项", "choice"),
    ("单项选择", "single"),
    ("单选择", "single"),
    ("单选", "single"),
    ("多项选择", "multiple"),
    ("多选择", "multiple"),
    ("多选", "multiple"),
    ("选择填空", "choice"),
    ("选择", "choice"),
    ("判断改错", "other:判断改错题"),
    ("判断", "judge"),
    ("是非", "judge"),
    ("对错", "judge"),
    ("填空", "blank"),
    ("名词解释", "case"),
    ("简答", "case"),
    ("问答", "case"),
    ("论述", "case"),
    ("案例", "case"),
    ("材料", "case"),
    ("辨析", "case"),
    ("综合", "case"),
    ("主观", "case"),
    ("思考", "case"),
    ("排序", "order"),
    ("连线", "match"),
    ("匹配", "match"),
    ("计算", "number"),
)
_KINDS = dict(KIND_WORDS)
_WORDS = "|".join(word for word, _ in KIND_WORDS)
_ENGLISH = {
    "single": "single",
    "singlechoice": "single",
    "radio": "single",
    "multiple": "multiple",
    "multiplechoice": "multiple",
    "multi": "multiple",
    "multichoice": "multiple",
    "checkbox": "multiple",
    "judge": "judge",
    "judgement": "judge",
    "judgment": "judge",
    "truefalse": "judge",
    "tf": "judge",
    "bool": "judge",
    "boolean": "judge",
    "blank": "blank",
    "fill": "blank",
    "fillblank": "blank",
    "fillin": "blank",
    "completion": "blank",
    "choice": "choice",
    "select": "choice",
    "essay": "case",
    "shortanswer": "case",
    "short": "case",
    "subjective": "case",
    "case": "case",
    "number": "number",
    "numerical": "number",
    "order": "order",
}
_KIND = re.compile(_WORDS)
#: Words that are also everyday words: over a table they name a kind only as 综合题, 材料题.
_EVERYDAY_ALONE = re.compile(
    "(?:综合|材料|案例|主观|思考|计算|排序|匹配|选择|论述|问答|辨析)(?!分析?题|题|填空)"
)
_TITLE_LEAD = re.compile(r"^[\s\d一二三四五六七八九十第部分、.()]+")


def kind_in(text: str) -> str:
    """The kind that a heading, tag or cell names: a kind, ``choice`` (single or multiple), ``other:<word>`` or ""."""
    plain = fold(text).strip()
    english = re.sub(r"[^a-z]", "", plain.casefold())
    if english in _ENGLISH and not re.search(r"[\u4e00-\u9fff]", plain):
        return _ENGLISH[english]
    found = [_KINDS[match[0]] for match in _KIND.finditer(plain)]
    if len(set(found)) > 1:
        return "choice" if set(found) <= {"single", "multiple", "choice"} else ""
    return found[0] if found else ""


def kind_of_title(text: str) -> str:
    """The kind that the name of a sheet or the title of a table names; 综合 alone, as in 综合岗, names none."""
    plain = fold(text)
    whole = _TITLE_LEAD.sub("", plain).strip()
    if whole in _KINDS and whole != "综合":
        return _KINDS[whole]
    return kind_in(_EVERYDAY_ALONE.sub("", plain))


_NUMERAL = "[一二三四五六七八九十]{1,3}"
_LEAD = (
    rf"(?:(?:第\s*(?:{_NUMERAL}|\d{{1,2}})\s*(?:部分|大题|章|节|编|篇|单元|类)|[(]{_NUMERAL}[)]|{_NUMERAL}\s*[、.:]|"
    r"[IVX]{1,4}[、.]|Part\s?[A-Z\d]+)[、.:\s]*)"
)
_ASIDE = r"(?:\s*[(\[【][^()\[\]【】]{0,80}[)\]】])*"
#: A heading that names a kind, at the start of a line; what follows it is checked by :func:`kind_heading`.
_HEADING = re.compile(
    rf"[#=*\-—\s【\[<「]*+(?P<lead>{_LEAD})*[【\[(<「]?\s*(?P<topic>[\u4e00-\u9fff《》“”]{{0,12}}?)"
    rf"(?P<kind>(?:{_WORDS})(?:题)?(?:型|部分)?(?:\s*[+、和与及]\s*(?:{_WORDS})题?)*)[】\])>」]?{_ASIDE}\s*[:。;]?\s*"
)
_INLINE_HEADING = re.compile(
    rf"(?:{_NUMERAL}\s*、|[(]{_NUMERAL}[)]、?|第{_NUMERAL}部分)\s*(?:{_WORDS})题{_ASIDE}\s*:?"
)
_AFTER_HEADING = re.compile(
    r"(?:[,，;；共每计小题道分答案及解析部分型\d\s.、:。\-=*#—~(){}\[\]为是满总计约每空本大得正确的有或以上一个二两选项择个均不]*)"
)
_QUESTION_START = re.compile(r"\d{1,4}\s*[、.:)](?!\d)|第\s*\d{1,4}\s*题|\d{1,4}\s*[、.](?=\d{2,4}年)")
_STATEMENT = re.compile(r"[(]\s*[A-H√×]?\s*[)]|_{2,}|[?？]")


def kind_heading(folded: str) -> tuple[int, str] | None:
    """(end, kind) when a line begins with a section heading that names the kind; the rest may be a question."""
    match = _HEADING.match(folded)
    if not match or (match["topic"] and len(folded) > 60 and not match["lead"]):
        return None
    rest = folded[match.end() :]
    named = match["kind"]
    whole = folded.strip(" \t#=*-—【】[]()<>「」:。")
    if (
        not match["lead"]
        and "题" not in named
        and whole != named
        and not folded.strip().startswith(("【", "[", "#"))
    ):
        return None
    if _QUESTION_START.match(rest):
        return match.end(), kind_in(named)
    if _STATEMENT.search(rest) or (match["topic"] and _STATEMENT.search(folded)):
        return None
    if (
        _AFTER_HEADING.fullmatch(rest)
        or (match["lead"] and len(rest) <= 90 and "分" in rest)
        or not rest.strip()
    ):
        return len(folded), kind_in(named)
    return None


def inline_heading(folded: str, start: int) -> re.Match[str] | None:
    """A section heading in the middle of a line, with its numeral and its kind: 二、多项选择题（每题3分）."""
    return _INLINE_HEADING.search(folded, start)


_PLAIN_HEADING = re.compile(
    rf"\s*+(?:#{{1,6}}\s+\S.*|[-—=*]{{2,}}\s*\S.*?\s*[-—=*]{{2,}}|{_LEAD}\s*[^()_?？]{{1,40}}|第\s*\d+\s*[章节讲课单元]+.{{0,40}})\s*"
)


def plain_heading(folded: str) -> bool:
    """Whether a line looks like a heading that names no kind: 第一章 总则, --- 党章部分 ---, ## 党史."""
    return (
        len(folded) <= 60
        and not folded.rstrip().endswith(("。", ";", ","))
        and bool(_PLAIN_HEADING.fullmatch(folded))
    )


_KEY_HEADING = re.compile(
    r"\s*+[#*\-—=\s【\[]*(?:附[录件]?\s*\d*\s*[:、.]?\s*)?[^:：。?？]{0,36}?(?:参考|标准|试题|试卷|正确)?答\s*案"
    r"(?:(?:及|与|和|解|详|析|释|说明|要点|部分|汇总|一览|表|\s)*)[】\]*\-—=\s]*[:]?\s*"
)


def key_heading(folded: str) -> bool:
    """Whether a line may stand over a list of answers: 参考答案, 一、单选题答案, 附：标准答案."""
    return len(folded) <= 60 and bool(_KEY_HEADING.fullmatch(folded))


_NOISE = re.compile(
    r"\s*+(?:"
    r"-?\s*第?\s*\d{1,4}\s*页\s*[,，/]?\s*(?:共\s*\d{1,4}\s*页)?\s*-?|第\s*\d+\s*页\s*共\s*\d+\s*页|"
    r"[-—–]+\s*\d{1,4}\s*[-—–]+|-\s*\d{1,4}|\d{1,4}\s*/\s*\d{1,4}|[Pp]age\s*\d+.*|"
    r"[-—_=*~·.•\s]{3,}|[….]{2,}|第?PAGE.*|"
    r"[-•]?\s*(?:约\s*)?[\d.]+\s*(?:万|千)?字|[-•]?\s*约?\s*\d+\s*页|[-•]?\s*\d{4}-\d\d-\d\d\s*发布.*|[-•]?\s*举报|"
    r"(?:https?://|www\.)\S+|\S+\.docx?(?:VIP)?|"
    r"(?:姓\s*名|单\s*位|得\s*分|部\s*门|准考证号|考号|评卷人|班\s*级|学\s*号)[\s:_]*"
    r"(?:(?:姓\s*名|单\s*位|得\s*分|部\s*门|准考证号|日期|成绩|分数|评卷人|班\s*级|学\s*号)[\s:_]*)*|"
    r"窗体[顶底]端|写笔记|(?:\*\*)?选项(?:\*\*)?\s*:|题目\s*:?"
    r")\s*"
)
_LONGEST_NOISE = 200
_SITE = re.compile(
    r"原创力文档|book118|人人文库|道客巴巴|豆丁|百度文库|文档库|360docs|下载本文档|免费阅读|版权(?:说明|归|所有|申诉)|"
    r"VIP(?:文档|会员|专享)|本文档由|网站客服|不可在线预览|侵(?:权|犯)(?:本站|请|您的)|仅供(?:个人|学习)|扫码|公众号|"
    r"还剩\d+页|文档格式|继续阅读|微信号|资源由|下载后"
)


def is_noise(folded: str) -> bool:
    """Page numbers, rules, the head of an answer sheet, and what download sites add."""
    text = folded.strip()
    return (len(text) <= _LONGEST_NOISE and bool(_NOISE.fullmatch(text))) or bool(_SITE.search(text[:400]))


#: Tags of a single question: [多选题], （单选）, 【判断题】.
TAG = re.compile(
    rf"\s*+[\[(【<]\s*(?P<kind>(?:{_WORDS})题?)\s*(?:[,，、:]?\s*[\d.]+\s*分\s*)?[\])】>]\s*[、.:]?\s*"
)
#: The same at the start of a stem, also without brackets and with a number behind it: 单选题  12. ……
STEM_TAG = re.compile(
    rf"\s*+(?:[A-Z]\d{{1,3}}\s*(?=[\[(【]))?(?:[\[(【<]\s*(?P<kind>(?:{_WORDS})题?)[^\])】>]{{0,12}}[\])】>]|(?P<word>(?:{_WORDS})题)(?=[\s:、.]))\s*[、.:]?\s*"
    r"(?:\d{1,4}\s*[、.]\s*(?!\d))?"
)
#: What an export leaves of its labels when its layout is lost: 试题类型单选题题目……
_FLAT_TAG = re.compile(
    rf"\s*+(?:试题类型|题目类型|题型)\s*:?\s*(?P<kind>(?:{_WORDS})题?)\s*(?:题目|题干|试题)\s*:?\s*"
)


def stem_tag(text: str) -> tuple[str, str] | None:
    """(kind, the rest of the stem) when a stem begins with a tag that names its kind; kind may be ""."""
    folded = fold(text)
    tag = _FLAT_TAG.match(folded)
    if tag:
        return kind_in(tag["kind"]), text[tag.end() :]
    tag = STEM_TAG.match(folded)
    return (kind_in(tag["kind"] or tag["word"]), text[tag.end() :]) if tag else None
