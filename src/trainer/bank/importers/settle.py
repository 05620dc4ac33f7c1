"""From what the source says to a draft, or to reasons why a person has to look first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from trainer.bank.importers.answers import LETTERS, Unreadable, by_index, chosen, judgement, letters_in
from trainer.bank.importers.base import Raw
from trainer.bank.importers.drafts import Draft, content_id, define
from trainer.bank.importers.own_sheet import check_own, pairs_of
from trainer.bank.importers.regulations import regulation_doubts
from trainer.bank.importers.stems import (
    bracket_answers,
    clean_stem,
    count_blanks,
    judged_stem,
    line_end_answer,
    normal_blanks,
    page_reference,
    split_answers,
    unsplit_option,
)
from trainer.bank.importers.words import fold
from trainer.kinds.base import all_kinds
from trainer.kinds.reading import comparable
from trainer.model.regulation import Regulation


def settle(raw: Raw, file: str, regulations: Mapping[str, Regulation]) -> Draft:
    """Decide what a question is and what its key is; whatever is not certain becomes a doubt."""
    draft = Draft(raw, file, doubts=list(raw.doubts), inferred=list(raw.inferred))
    raw.stem = clean_stem(raw.stem, numbered=raw.number is not None)
    raw.options = [(label, text.strip()) for label, text in raw.options]
    draft.doubts += check_own(raw, regulations)
    _Settler(draft).settle()
    text = "\n".join(
        [raw.stem, raw.explanation, *(text for word, text in raw.extras if word != "原来的选项")]
    )
    if not raw.own.get("regulation"):  # else a person has looked it up
        draft.doubts += regulation_doubts(text, regulations)
    draft.id = raw.own.get("id") or content_id(raw)
    define(draft)
    draft.doubts = list(dict.fromkeys(draft.doubts))
    return draft


class _Settler:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._raw = draft.raw

    def settle(self) -> None:
        raw = self._raw
        self._look_over()
        self._answer_in_stem()
        self._judge_options()
        if raw.kind.startswith("other:"):
            self._doubt(f"{raw.kind[6:]}不能自动导入，请按题库格式录入。")
        elif raw.kind == "match":
            self._match()
        elif raw.options:
            self._choice()
        elif raw.kind == "judge" or (not raw.kind and self._judged() is not None):
            self._judge()
        elif raw.kind in ("single", "multiple", "choice"):
            self._draft.kind = "multiple" if raw.kind == "multiple" else "single"
            self._doubt("是选择题，却没有找到选项。")
        elif raw.kind == "blank" or (not raw.kind and count_blanks(raw.stem) and raw.answer):
            self._blank()
        else:
            self._written()
        if not raw.answer.strip() and self._draft.key is None:
            mine = next((text for word, text in raw.extras if word == "我的答案"), None)
            self._doubt("没有答案。" if mine is None else f"只有“我的答案：{mine}”，没有正确答案。")

    def _doubt(self, sentence: str) -> None:
        if sentence not in self._draft.doubts:
            self._draft.doubts.append(sentence)

    def _infer(self, sentence: str) -> None:
        self._draft.inferred.append(sentence)

    # -- what can be said of any question ----------------------------------------------------------------------------

    def _look_over(self) -> None:
        raw = self._raw
        if not raw.stem.strip():
            self._doubt("没有题干。")
        whole = "\n".join([raw.stem, raw.answer, raw.explanation, *(text for _, text in raw.options)])
        if "\ufffd" in whole:
            self._doubt("有读不出的字（文件的编码有损坏）。")
        if "〔图片〕" in whole or re.search(r"!\[[^\]]*\]\(|<img\b", whole):
            self._doubt("题目里有图片，没有导入。")
        if any(
            text.startswith("=") and len(text) > 1
            for text in (raw.stem, raw.answer, *(t for _, t in raw.options))
        ):
            self._doubt("有单元格是公式，不知道算出来是什么；请在表格里把它改成文字。")
        if re.search(r"#(?:REF|N/A|VALUE|NAME|DIV/0|NULL|NUM)[!?]?", whole):
            self._doubt("有单元格是出错的公式。")
        self._look_over_options()

    def _look_over_options(self) -> None:
        raw = self._raw
        labels = [label for label, _ in raw.options]
        if labels and labels != list(LETTERS[: len(labels)]):
            self._doubt(f"选项的字母是 {'、'.join(labels)}，不连续。")
        seen: dict[str, str] = {}
        for label, text in raw.options:
            if not text:
                self._doubt(f"选项 {label} 没有文字。")
                continue
            if unsplit_option(text):
                self._doubt(f"选项 {label}“{text[:20]}”里好像还有没有分开的选项或题目。")
            folded = comparable(text) or text
            if folded in seen:
                self._doubt(f"选项 {seen[folded]} 和 {label} 内容相同。")
            seen.setdefault(folded, label)

    def _answer_in_stem(self) -> None:
        """Answers in brackets, on lines or at the end of the stem."""
        raw = self._raw
        if not raw.options:
            at_end = line_end_answer(raw.stem)
            if at_end is not None:
                raw.stem, answer = at_end
                self._offer(answer, "题干末尾")
        stem, found = bracket_answers(raw.stem, self._labels())
        if found:
            raw.stem = stem
            self._offer("".join(found) if all(letters_in(f) for f in found) else found[0], "题干的括号")
            if len(found) > 1 and not _same(found):
                self._infer("题干里有几个括号都写着答案，合起来算。")
        if not raw.options and raw.kind in ("judge", ""):
            judged = judged_stem(raw.stem)
            if judged is not None:
                raw.stem, answer = judged
                self._offer(answer, "题干的括号")
        page = page_reference(raw.stem)
        if page is not None:
            raw.stem = page[0]
            raw.extras.append(("页码", page[1]))
        coloured = [text for word, text in raw.extras if word == "变色选项"]
        if coloured and not raw.answer and len(set(coloured)) < len(raw.options):
            raw.answer = "".join(dict.fromkeys(coloured))
            self._doubt(
                f"没有写答案，选项 {'、'.join(dict.fromkeys(coloured))} 的字有颜色，可能是答案，请核对。"
            )

    def _labels(self) -> list[str]:
        raw = self._raw
        if not raw.options and raw.kind in ("single", "multiple", "choice"):
            return list(LETTERS)
        return [label for label, _ in raw.options]

    def _offer(self, answer: str, origin: str) -> None:
        raw = self._raw
        if not raw.answer.strip():
            raw.answer, raw.answer_origin = answer, origin
        elif not _agree(raw.answer, answer):
            self._doubt(f"{origin}里的答案是“{answer[:20]}”，后面写的答案是“{raw.answer[:20]}”。")

    def _judge_options(self) -> None:
        """Options 正确 and 错误 make a judgement of it."""
        raw = self._raw
        truths = [judgement(text) for _, text in raw.options]
        if len(raw.options) != 2 or set(truths) != {True, False} or raw.kind in ("multiple", "blank"):
            return
        if raw.answer.strip() and judgement(raw.answer) is None:
            try:
                (label,) = self._chosen()
            except (Unreadable, ValueError) as error:
                self._doubt(str(error) if isinstance(error, Unreadable) else "判断题的答案有几个。")
                return
            raw.answer = "对" if truths[[label for label, _ in raw.options].index(label)] else "错"
        raw.extras.append(("原来的选项", "；".join(f"{label} {text}" for label, text in raw.options)))
        raw.options = []
        raw.kind = "judge"

    def _judged(self) -> bool | None:
        return judgement(self._raw.answer) if self._raw.answer.strip() else None

    # -- kind by kind ------------------------------------------------------------------------------------------------

    def _chosen(self) -> list[str]:
        raw = self._raw
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

    def _choice(self) -> None:
        raw, draft = self._raw, self._draft
        if len(raw.options) < 2:
            self._doubt("只有一个选项。")
        if raw.kind == "order":
            self._order()
            return
        if raw.kind not in ("single", "multiple", "choice", ""):
            word = all_kinds()[raw.kind].title if raw.kind in all_kinds() else raw.kind
            self._doubt(f"所在的部分是{word}，这道题却有选项，题型不清楚。")
        draft.kind = "multiple" if raw.kind == "multiple" else "single"
        if not raw.answer.strip():
            return
        try:
            key = self._chosen()
        except Unreadable as error:
            self._doubt(str(error))
            return
        draft.kind = "multiple" if len(key) > 1 else "single"
        if raw.kind == "single" and len(key) > 1:
            self._doubt(f"是单选题，答案却有 {len(key)} 个：{'、'.join(key)}。")
        elif raw.kind == "multiple" and len(key) == 1:
            self._doubt(f"是多选题，答案却只有一个：{key[0]}。")
        elif raw.kind != draft.kind:
            self._infer("没有写明题型，按答案的个数定为" + ("多选题。" if len(key) > 1 else "单选题。"))
        draft.key = key if len(key) > 1 else key[0]

    def _judge(self) -> None:
        self._draft.kind = "judge"
        if not self._raw.answer.strip():
            return
        truth = self._judged()
        if truth is None:
            self._doubt(f"判断题的答案写作“{self._raw.answer.strip()[:20]}”，不知道是对还是错。")
            return
        self._draft.key = truth
        if self._raw.kind != "judge":
            self._infer("没有写明题型，按答案定为判断题。")

    def _blank(self) -> None:
        raw, draft = self._raw, self._draft
        draft.kind = "blank"
        raw.stem, filled = normal_blanks(raw.stem, [text for word, text in raw.extras if word == "下划线"])
        blanks = count_blanks(raw.stem)
        if filled and not raw.answer.strip():
            draft.key = [[text] for text in filled]
            raw.answer = "；".join(filled)
            self._doubt("空已经填好，按填在里面的文字定了答案，请核对哪些是空。")
            return
        if not blanks:
            self._doubt("题干里没有空：空丢了，或者答案已经填在里面，看不出是哪几个字。")
            return
        if not raw.answer.strip():
            return
        if blanks == 1 and len(raw.accepted) > 1:
            draft.key = [list(raw.accepted)]
            return
        if blanks == 1 and "|" in raw.answer:
            alternatives = [part.strip() for part in raw.answer.split("|") if part.strip()]
            draft.key = [alternatives] if alternatives else None
            self._infer("答案用竖线隔开，当作几种都算对的写法。")
            return
        answers = split_answers(raw.answer, blanks)
        if answers is None:
            self._doubt(f"题干里有 {blanks} 个空，答案“{raw.answer[:30]}”分不成 {blanks} 份。")
            return
        draft.key = [[part.strip() for part in text.split("|") if part.strip()] or [text] for text in answers]
        if raw.kind != "blank":
            self._infer("没有写明题型，题干有空、没有选项，定为填空题。")

    def _order(self) -> None:
        raw, draft = self._raw, self._draft
        draft.kind = "order"
        named = letters_in(raw.answer.replace("→", "").replace("-", "").replace(">", ""))
        labels = [label for label, _ in raw.options]
        if raw.answer.strip() and (named is None or sorted(named) != sorted(labels)):
            self._doubt(f"排序题的答案“{raw.answer[:30]}”不是全部选项的一个次序。")
        elif named:
            draft.key = named

    def _match(self) -> None:
        raw, draft = self._raw, self._draft
        draft.kind = "match"
        draft.key = list(raw.pairs) or pairs_of(raw)
        raw.pairs, raw.options = draft.key or [], []
        if draft.key is None:
            self._doubt("连线题要一行一对，写成“左边 → 右边”。")
        else:
            raw.answer = raw.answer or "见选项"

    def _written(self) -> None:
        raw, draft = self._raw, self._draft
        if not raw.kind:
            self._doubt("看不出题型：没有选项，没有空，也没有对错。")
        draft.kind = "case"
        if raw.kind == "number":
            number = re.fullmatch(
                r"\s*([-+]?\d[\d,]*(?:\.\d+)?)\s*([\u4e00-\u9fff%]{0,4})\s*", fold(raw.answer)
            )
            if number:
                draft.kind, draft.key = "number", (number[1].replace(",", ""), number[2])
                return
        if raw.answer.strip():
            draft.key = raw.answer.strip()


def _agree(one: str, other: str) -> bool:
    truths = judgement(one), judgement(other)
    if None not in truths:
        return truths[0] == truths[1]
    return (letters_in(one) or comparable(one)) == (letters_in(other) or comparable(other))


def _same(found: Sequence[str]) -> bool:
    return len(set(found)) == 1
