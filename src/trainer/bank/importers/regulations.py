"""Which regulations a text names, and whether they are registered and in force."""

from __future__ import annotations

import re
from collections.abc import Mapping

from trainer.model.regulation import Regulation

_TITLE = re.compile(r"《([^《》]{2,60}?)》\s*(?:[（(]\s*((?:19|20)\d{2})[^）)]{0,8}[）)])?")
_REGULATION = re.compile(r"(?:条例|细则|准则|规定|办法|规则|章程|党章)$")
_PARTY = re.compile(
    r"^中国共产党|党(?:员|费|组|支部|内|委|章|政领导|和国家|的)|基层组织|组织处理|巡视|纪律处分|干部选拔|问责|廉洁自律|发展党员"
)
_TRIAL = re.compile(r"[（(](?:试行|暂行|修订|\d{4}[^）)]*)[）)]")


def regulation_doubts(text: str, regulations: Mapping[str, Regulation]) -> list[str]:
    """A sentence for each regulation of the Party in 《》 that is not registered, is repealed or has been revised."""
    found: dict[str, None] = {}
    for match in _TITLE.finditer(text):
        title = _plain(match[1])
        if not _REGULATION.search(title) or not (_PARTY.search(match[1]) or _named(title, regulations)):
            continue
        sentence = _doubt(match[1], match[2], _named(title, regulations), regulations)
        if sentence:
            found[sentence] = None
    return list(found)


def _plain(title: str) -> str:
    return _TRIAL.sub("", title).replace("中国共产党", "").replace("关于", "").strip()


def _named(title: str, regulations: Mapping[str, Regulation]) -> list[Regulation]:
    return [
        regulation
        for regulation in regulations.values()
        if title in {_plain(regulation.name), _plain(regulation.short_name)}
        or (title == "章程" and _plain(regulation.name) == "章程")
        or (title == "党章" and "党章" in regulation.short_name)
    ]


def _doubt(
    title: str, year: str | None, named: list[Regulation], regulations: Mapping[str, Regulation]
) -> str | None:
    if not named:
        return f"提到的《{title}》没有在法规登记表里，请核对有没有这部法规、是否现行有效。"
    repealed = [regulation for regulation in named if regulation.replaced_by]
    current = [regulation for regulation in named if not regulation.replaced_by]
    if year and current and any(year in regulation.version for regulation in current):
        return None
    if repealed:
        newer = regulations.get(repealed[0].replaced_by or "")
        by = f"（{newer.version}）" if newer else ""
        return f"提到的《{title}》已经修订{by}，这道题可能是按旧版（{repealed[0].version}）出的，请对照现行条文核对。"
    return None
