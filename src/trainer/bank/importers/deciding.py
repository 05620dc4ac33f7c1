"""Kind by kind: what the key of a question is, or why that cannot be said."""

from __future__ import annotations

import re

from trainer.bank.importers.answers import Unreadable, by_index, chosen, judgement, letters_in
from trainer.bank.importers.base import Raw
from trainer.bank.importers.drafts import Draft
from trainer.bank.importers.own_sheet import pairs_of
from trainer.bank.importers.stems import count_blanks, normal_blanks, split_answers
from trainer.bank.importers.words import fold
from trainer.kinds.base import all_kinds
from trainer.kinds.reading import comparable


def judged(raw: Raw) -> bool | None:
    """对 or 错, where the answer is one of their spellings."""
    return judgement(raw.answer) if raw.answer.strip() else None


def chosen_labels(raw: Raw) -> list[str]:
    """The labels that the answer names, by number where the whole file shows how it counts. Raises Unreadable."""
    base = raw.own.get("index_base")
    if base is not None:
        by_number = by_index(raw.answer, raw.options, int(base))
        if by_number is not None:
            return by_number
    numbers = any(by_index(raw.answer, raw.options, counted) is not None for counted in (0, 1))
    texts = [comparable(text) for _, text in raw.options]
    if numbers and texts.count(comparable(raw.answer)) != 1:
        raise Unreadable(f"答案是数字“{raw.answer.strip()[:20]}”，不知道从 0 数还是从 1 数。")
    return chosen(raw.answer, raw.options)


def decide_choice(draft: Draft) -> None:
    """A question with options: one key or several, as its answer says and its section allows."""
    raw = draft.raw
    if len(raw.options) < 2:
        draft.doubt("只有一个选项。")
    if raw.kind == "order":
        _order(draft)
        return
    if raw.kind not in ("single", "multiple", "choice", ""):
        word = all_kinds()[raw.kind].title if raw.kind in all_kinds() else raw.kind
        draft.doubt(f"所在的部分是{word}，这道题却有选项，题型不清楚。")
    draft.kind = "multiple" if raw.kind == "multiple" else "single"
    if not raw.answer.strip():
        return
    try:
        key = chosen_labels(raw)
    except Unreadable as error:
        draft.doubt(str(error))
        return
    draft.kind = "multiple" if len(key) > 1 else "single"
    if raw.kind == "single" and len(key) > 1:
        draft.doubt(f"是单选题，答案却有 {len(key)} 个：{'、'.join(key)}。")
    elif raw.kind == "multiple" and len(key) == 1:
        draft.doubt(f"是多选题，答案却只有一个：{key[0]}。")
    elif raw.kind != draft.kind:
        draft.infer("没有写明题型，按答案的个数定为" + ("多选题。" if len(key) > 1 else "单选题。"))
    draft.key = key if len(key) > 1 else key[0]


def decide_judge(draft: Draft) -> None:
    """A statement that is right or wrong."""
    draft.kind = "judge"
    if not draft.raw.answer.strip():
        return
    truth = judged(draft.raw)
    if truth is None:
        draft.doubt(f"判断题的答案写作“{draft.raw.answer.strip()[:20]}”，不知道是对还是错。")
        return
    draft.key = truth
    if draft.raw.kind != "judge":
        draft.infer("没有写明题型，按答案定为判断题。")


def decide_blank(draft: Draft) -> None:
    """A sentence with gaps and what belongs into them."""
    raw = draft.raw
    draft.kind = "blank"
    raw.stem, filled = normal_blanks(raw.stem, [text for word, text in raw.extras if word == "下划线"])
    blanks = count_blanks(raw.stem)
    if filled and not raw.answer.strip():
        draft.key = [[text] for text in filled]
        raw.answer = "；".join(filled)
        draft.doubt("空已经填好，按填在里面的文字定了答案，请核对哪些是空。")
        return
    if not blanks:
        draft.doubt("题干里没有空：空丢了，或者答案已经填在里面，看不出是哪几个字。")
        return
    if not raw.answer.strip():
        return
    if letters_in(raw.answer):
        draft.doubt(f"答案“{raw.answer.strip()[:20]}”是选项的字母，却没有找到选项。")
        return
    draft.key = _gap_answers(draft, blanks)
    if draft.key is not None and raw.kind != "blank":
        draft.infer("没有写明题型，题干有空、没有选项，定为填空题。")


def _gap_answers(draft: Draft, blanks: int) -> list[list[str]] | None:
    """The accepted answers of every gap; None, with a doubt, when they cannot be told apart."""
    raw = draft.raw
    if blanks == 1 and len(raw.accepted) > 1:
        return [list(raw.accepted)]
    if blanks == 1 and "|" in raw.answer:
        alternatives = [part.strip() for part in raw.answer.split("|") if part.strip()]
        draft.infer("答案用竖线隔开，当作几种都算对的写法。")
        return [alternatives] if alternatives else None
    answers = split_answers(raw.answer, blanks)
    if answers is None:
        draft.doubt(f"题干里有 {blanks} 个空，答案“{raw.answer[:30]}”分不成 {blanks} 份。")
        return None
    return [[part.strip() for part in text.split("|") if part.strip()] or [text] for text in answers]


def _order(draft: Draft) -> None:
    raw = draft.raw
    draft.kind = "order"
    named = letters_in(raw.answer.replace("→", "").replace("-", "").replace(">", ""))
    labels = [label for label, _ in raw.options]
    if raw.answer.strip() and (named is None or sorted(named) != sorted(labels)):
        draft.doubt(f"排序题的答案“{raw.answer[:30]}”不是全部选项的一个次序。")
    elif named:
        draft.key = named


def decide_match(draft: Draft) -> None:
    """Pairs, as our own sheet writes them."""
    raw = draft.raw
    draft.kind = "match"
    draft.key = list(raw.pairs) or pairs_of(raw)
    raw.pairs, raw.options = draft.key or [], []
    if draft.key is None:
        draft.doubt("连线题要一行一对，写成“左边 → 右边”。")
    else:
        raw.answer = raw.answer or "见选项"


def decide_written(draft: Draft) -> None:
    """Whatever is answered in words, and numbers."""
    raw = draft.raw
    if not raw.kind:
        what = (
            "答案是选项的字母，却没有找到选项。"
            if letters_in(raw.answer)
            else "没有选项，没有空，也没有对错。"
        )
        draft.doubt(f"看不出题型：{what}")
    draft.kind = "case"
    if raw.kind == "number":
        number = re.fullmatch(r"\s*([-+]?\d[\d,]*(?:\.\d+)?)\s*([\u4e00-\u9fff%]{0,4})\s*", fold(raw.answer))
        if number:
            draft.kind, draft.key = "number", (number[1].replace(",", ""), number[2])
            return
    if raw.answer.strip():
        draft.key = raw.answer.strip()
