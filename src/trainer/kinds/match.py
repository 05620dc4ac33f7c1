"""连线题: each item on the left belongs to one on the right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from trainer.kinds.base import LETTERS, Kind, Layout, Samples, lettered, presented, under_letters
from trainer.kinds.reading import answer_text, comparable, excerpt, folded, without_lead
from trainer.model.marks import Mark, Marking, Verdict, malformed, unanswered
from trainer.model.points import ZERO, Hundredths, share
from trainer.model.question import Question, Strict, Text

_LINK = r"\s*+(?:[-—–−:：.、,，=→>~\s]|对应|对)*+"
_PAIR = re.compile(rf"[(（]?(\d{{1,2}})[)）]?{_LINK}[(（]?([A-Za-z])[)）]?")
_REVERSED = re.compile(rf"[(（]?([A-Za-z])[)）]?{_LINK}[(（]?(\d{{1,2}})[)）]?")
_BETWEEN = re.compile(r"[\s,，、;；。|/]*")
_BARE = re.compile(r"^[A-Za-z](?:[\s,，、;；|/]*+[A-Za-z])*+$")


class Pair(Strict):
    """One line that belongs together."""

    left: Text = Field(description="左边的内容")
    right: Text = Field(description="右边与它对应的内容")


class MatchQuestion(Question):
    """Pairs to be matched, and perhaps right-hand sides that belong to nothing."""

    kind: Literal["match"] = Field(description="题型：连线题")
    pairs: tuple[Pair, ...] = Field(min_length=2, max_length=20, description="对应关系，一行一对")
    distractors: tuple[Text, ...] = Field(default=(), description="右边多出来、不对应任何一项的内容，可不填")

    def rights(self) -> list[str]:
        """The distinct right-hand sides in authored order, distractors last."""
        return list(dict.fromkeys([*(pair.right for pair in self.pairs), *self.distractors]))


def read_pairs(text: str, lefts: int, rights: int) -> dict[int, int] | None:
    """Left index to right index as typed (1-B, 2A, 3：C); None when it cannot be understood.

    Letters alone (``B A C``) are read as the answers to 1, 2, 3 … when there are as many as lefts. The same left with
    two different rights cannot be understood.
    """
    plain = without_lead(folded(text))
    if _BARE.match(plain):
        bare = re.findall(r"[A-Za-z]", plain)
        found = [(str(number), letter) for number, letter in enumerate(bare, 1)] if len(bare) == lefts else []
    else:
        found = _consume(plain, _PAIR) or [(n, c) for c, n in _consume(plain, _REVERSED)]
    pairs: dict[int, int] = {}
    for number, letter in found:
        left, right = int(number) - 1, LETTERS.index(letter.upper())
        if not (0 <= left < lefts and right < rights) or pairs.get(left, right) != right:
            return None
        pairs[left] = right
    return pairs or None


def _consume(text: str, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """All matches when they and separators make up the whole text, else nothing."""
    found, position = [], _end_of_separators(text, 0)
    while position < len(text):
        match = pattern.match(text, position)
        if not match:
            return []
        found.append((match[1], match[2]))
        position = _end_of_separators(text, match.end())
    return found


def _end_of_separators(text: str, position: int) -> int:
    match = _BETWEEN.match(text, position)
    return match.end() if match else position


class MatchKind(Kind[MatchQuestion]):
    name: ClassVar[str] = "match"
    title: ClassVar[str] = "连线题"
    question_type = MatchQuestion
    instruction: ClassVar[str] = "写出左边的数字和右边的字母，一行一对，例如：1-B"

    def problems(self, question: MatchQuestion) -> Iterator[tuple[str, str]]:
        lefts = [comparable(pair.left) for pair in question.pairs]
        for index, pair in enumerate(question.pairs):
            if lefts[index] in lefts[:index]:
                yield f"pairs.{index}.left", f"左边的“{pair.left}”写了两次，请删掉一个。"
        rights = {comparable(right) for right in question.rights()}
        if len(rights) < len(question.rights()):
            yield "pairs", "右边有两项只差标点或空格，看起来相同，请改掉其中一个。"
        keyed = {comparable(pair.right) for pair in question.pairs}
        for index, text in enumerate(question.distractors):
            if comparable(text) in keyed:
                yield f"distractors.{index}", f"干扰项“{text}”同时又是某一项的正确对应，请删掉。"
        if len(question.rights()) < 2:
            yield "pairs", "右边只有一种内容，不成连线题，请补充。"
        if len(question.rights()) > len(LETTERS):
            yield "pairs", f"右边最多 {len(LETTERS)} 项，请拆成两道题。"

    def arrangeable(self, question: MatchQuestion) -> list[str]:
        return question.rights()

    def gives_away(self, question: MatchQuestion, layout: Layout) -> bool:
        keyed = len({pair.right for pair in question.pairs})
        return layout[:keyed] == tuple(range(keyed))

    def _key(self, question: MatchQuestion, layout: Layout) -> list[int]:
        rights = question.rights()
        return [layout.index(rights.index(pair.right)) for pair in question.pairs]

    def show(self, question: MatchQuestion, layout: Layout) -> str:
        lefts = "\n\n".join(f"({i}) {pair.left}" for i, pair in enumerate(question.pairs, 1))
        rights = question.rights()
        return (
            f"{question.stem}\n\n**左边**\n\n{lefts}\n\n**右边**\n\n{lettered([rights[i] for i in layout])}"
        )

    def present(self, question: MatchQuestion, layout: Layout) -> dict[str, Any] | None:
        rights = question.rights()
        left = [{"number": number, "text": pair.left} for number, pair in enumerate(question.pairs, 1)]
        return presented(self, question, left=left, right=under_letters([rights[i] for i in layout]))

    def key_text(self, question: MatchQuestion, layout: Layout) -> str:
        return _pairs_text(dict(enumerate(self._key(question, layout))))

    def mark(
        self, question: MatchQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        shown = self.key_text(question, layout)
        typed = answer_text(text)
        if not typed:
            return unanswered(shown)
        key = self._key(question, layout)
        pairs = read_pairs(typed, len(key), len(layout))
        if pairs is None:
            return malformed(
                excerpt(typed), f"没有看懂你写的“{excerpt(typed)}”，请一行写一对，例如 1-B", shown
            )
        answer = _pairs_text(pairs)
        right = sum(pairs.get(left) == wanted for left, wanted in enumerate(key))
        if right == len(key):
            return Mark(Verdict.CORRECT, full, answer, f"答对了。正确答案：{shown}。")
        if right == 0:
            return Mark(Verdict.WRONG, ZERO, answer, f"答错了，你写的是 {answer}。正确答案：{shown}。")
        comment = f"{len(key)} 对里连对 {right} 对，你写的是 {answer}。正确答案：{shown}。"
        return Mark(Verdict.PARTIAL, share(full, right, len(key)), answer, comment)

    def samples(self, question: MatchQuestion, layout: Layout) -> Samples:
        key = self._key(question, layout)
        wrong = {left: next(i for i in range(len(layout)) if i != right) for left, right in enumerate(key)}
        return Samples(
            right="\n".join(f"{left}-{LETTERS[right]}" for left, right in enumerate(key, 1)),
            wrong=_pairs_text(wrong),
            malformed="连不上",
        )


def _pairs_text(pairs: dict[int, int]) -> str:
    return "、".join(f"{left + 1}-{LETTERS[right]}" for left, right in sorted(pairs.items()))
