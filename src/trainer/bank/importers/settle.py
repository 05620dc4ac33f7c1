"""From what the source says to a draft, or to reasons why a person has to look first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from trainer.bank.importers.answers import LETTERS, Unreadable, judgement, letters_in
from trainer.bank.importers.base import Raw
from trainer.bank.importers.deciding import (
    chosen_labels,
    decide_blank,
    decide_choice,
    decide_judge,
    decide_match,
    decide_written,
    judged,
)
from trainer.bank.importers.drafts import Draft, content_id, define
from trainer.bank.importers.own_sheet import check_own
from trainer.bank.importers.regulations import regulation_doubts
from trainer.bank.importers.stems import (
    bracket_answers,
    clean_stem,
    count_blanks,
    gap_in_option,
    is_remark,
    judged_stem,
    letters_at_end,
    line_end_answer,
    page_reference,
    unsplit_option,
    without_points,
    without_provenance,
)
from trainer.kinds.reading import comparable
from trainer.model.regulation import Regulation


def settle(raw: Raw, file: str, regulations: Mapping[str, Regulation]) -> Draft:
    """Decide what a question is and what its key is; whatever is not certain becomes a doubt."""
    draft = Draft(raw, file, doubts=list(raw.doubts), inferred=list(raw.inferred))
    raw.stem = clean_stem(raw.stem, numbered=raw.number is not None)
    raw.stem, provenance = without_provenance(raw.stem)
    raw.stem, points = without_points(raw.stem)
    raw.extras += [(word, text) for word, text in (("出处", provenance), ("分值", points)) if text]
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
            self._draft.doubt(f"{raw.kind[6:]}不能自动导入，请按题库格式录入。")
        elif raw.kind == "match":
            decide_match(self._draft)
        elif raw.options:
            decide_choice(self._draft)
        elif raw.kind == "judge" or (not raw.kind and judged(self._raw) is not None):
            decide_judge(self._draft)
        elif raw.kind in ("single", "multiple", "choice"):
            self._draft.kind = "multiple" if raw.kind == "multiple" else "single"
            self._draft.doubt("是选择题，却没有找到选项。")
        elif raw.kind == "blank" or (not raw.kind and count_blanks(raw.stem) and raw.answer):
            decide_blank(self._draft)
        else:
            decide_written(self._draft)
        if not raw.answer.strip() and self._draft.key is None:
            mine = next((text for word, text in raw.extras if word == "我的答案"), None)
            self._draft.doubt("没有答案。" if mine is None else f"只有“我的答案：{mine}”，没有正确答案。")

    # -- what can be said of any question ----------------------------------------------------------------------------

    def _look_over(self) -> None:
        raw = self._raw
        if not raw.stem.strip():
            self._draft.doubt("没有题干。")
        whole = "\n".join([raw.stem, raw.answer, raw.explanation, *(text for _, text in raw.options)])
        if "\ufffd" in whole:
            self._draft.doubt("有读不出的字（文件的编码有损坏）。")
        pictured = sum(word == "选项前的图片" for word, _ in raw.extras)
        if (
            pictured not in (0, len(raw.options))
            or "〔图片〕" in whole
            or re.search(r"!\[[^\]]*\]\(|<img\b", whole)
        ):
            self._draft.doubt("题目里有图片，没有导入。")
        if any(
            text.startswith("=") and len(text) > 1
            for text in (raw.stem, raw.answer, *(t for _, t in raw.options))
        ):
            self._draft.doubt("有单元格是公式，不知道算出来是什么；请在表格里把它改成文字。")
        if re.search(r"#(?:REF|N/A|VALUE|NAME|DIV/0|NULL|NUM)[!?]?", whole):
            self._draft.doubt("有单元格是出错的公式。")
        self._look_over_options()

    def _look_over_options(self) -> None:
        raw = self._raw
        labels = [label for label, _ in raw.options]
        if labels and labels != list(LETTERS[: len(labels)]):
            self._draft.doubt(f"选项的字母是 {'、'.join(labels)}，不连续。")
        seen: dict[str, str] = {}
        for label, text in raw.options:
            if not text:
                self._draft.doubt(f"选项 {label} 没有文字。")
                continue
            if is_remark(text):
                self._draft.doubt(f"选项 {label}“{text[:20]}”像是备注，不像选项。")
            if gap_in_option(text):
                self._draft.doubt(f"选项 {label}“{text[:20]}”中间有很大的空档，后一半可能是另一个选项。")
            if unsplit_option(text):
                self._draft.doubt(f"选项 {label}“{text[:20]}”里好像还有没有分开的选项或题目。")
            folded = comparable(text) or text
            if folded in seen:
                self._draft.doubt(f"选项 {seen[folded]} 和 {label} 内容相同。")
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
                self._several_brackets()
        elif raw.options:
            self._letters_at_end()
        if not raw.options and raw.kind in ("judge", ""):
            judged = judged_stem(raw.stem)
            if judged is not None:
                raw.stem, answer, reason = judged
                raw.explanation = raw.explanation or reason
                self._offer(answer, "题干的括号")
        page = page_reference(raw.stem)
        if page is not None:
            raw.stem = page[0]
            raw.extras.append(("页码", page[1]))
        coloured = [text for word, text in raw.extras if word == "变色选项"]
        if coloured and not raw.answer and len(set(coloured)) < len(raw.options):
            raw.answer = "".join(dict.fromkeys(coloured))
            self._draft.doubt(
                f"没有写答案，选项 {'、'.join(dict.fromkeys(coloured))} 的字有颜色，可能是答案，请核对。"
            )

    def _several_brackets(self) -> None:
        """Letters in several brackets are one answer only where several are asked for."""
        if self._raw.kind == "multiple":
            self._draft.infer("题干里有几个括号都写着答案，合起来算。")
        else:
            self._draft.doubt("题干里有几个括号写着不同的字母，不知道哪个是答案。")

    def _letters_at_end(self) -> None:
        """Letters behind the empty bracket at the end of a stem: ……是（　） A C."""
        found = letters_at_end(self._raw.stem, self._labels())
        if found is not None:
            self._raw.stem, answer = found
            self._offer(answer, "题干末尾")

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
            self._draft.doubt(f"{origin}里的答案是“{answer[:20]}”，后面写的答案是“{raw.answer[:20]}”。")

    def _judge_options(self) -> None:
        """Options 正确 and 错误 make a judgement of it."""
        raw = self._raw
        truths = [judgement(text) for _, text in raw.options]
        if len(raw.options) != 2 or set(truths) != {True, False} or raw.kind in ("multiple", "blank"):
            return
        if raw.answer.strip() and judgement(raw.answer) is None:
            try:
                (label,) = chosen_labels(self._raw)
            except (Unreadable, ValueError) as error:
                self._draft.doubt(str(error) if isinstance(error, Unreadable) else "判断题的答案有几个。")
                return
            raw.answer = "对" if truths[[label for label, _ in raw.options].index(label)] else "错"
        raw.extras.append(("原来的选项", "；".join(f"{label} {text}" for label, text in raw.options)))
        raw.options = []
        raw.kind = "judge"


def _agree(one: str, other: str) -> bool:
    truths = judgement(one), judgement(other)
    if None not in truths:
        return truths[0] == truths[1]
    return (letters_in(one) or comparable(one)) == (letters_in(other) or comparable(other))


def _same(found: Sequence[str]) -> bool:
    return len(set(found)) == 1
