"""排序题: put the steps of a procedure in order, where some steps may be interchangeable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from trainer.kinds.base import LETTERS, Kind, Layout, Samples, lettered, presented, under_letters
from trainer.kinds.reading import answer_text, comparable, excerpt, letters, read_letters
from trainer.model.marks import Mark, Marking, OrderRule, Verdict, malformed, unanswered
from trainer.model.points import ZERO, Hundredths, share
from trainer.model.question import Question, Text


class OrderQuestion(Question):
    """Steps in a right order.

    Without ``precedence`` the authored order is the only right one, but for steps in an inner list, which may come in
    any order among themselves. With it, only the precedences listed (and what follows from them) are required.
    """

    kind: Literal["order"] = Field(description="题型：排序题")
    steps: tuple[Text | tuple[Text, ...], ...] = Field(
        min_length=2, description="步骤，按正确的先后写；可以互换的几步写成一个小列表"
    )
    precedence: tuple[tuple[int, int], ...] = Field(
        default=(),
        description="只有部分先后有要求时填：[2, 4] 表示第 2 步必须在第 4 步之前；不填表示按 steps 的顺序",
    )

    def ranked(self) -> list[tuple[str, int]]:
        """All steps in authored order with the rank of their group; steps of equal rank may be exchanged."""
        return [
            (step, rank)
            for rank, group in enumerate(self.steps)
            for step in ((group,) if isinstance(group, str) else group)
        ]

    def must_precede(self) -> set[tuple[int, int]]:
        """All pairs (a, b) of authored indexes such that step a has to come before step b, transitively closed."""
        ranks = [rank for _, rank in self.ranked()]
        count = range(len(ranks))
        if not self.precedence:
            return {(a, b) for a in count for b in count if ranks[a] < ranks[b]}
        closed = {(a - 1, b - 1) for a, b in self.precedence}
        for through in count:  # Warshall's algorithm
            closed |= {
                (a, b) for a in count for b in count if (a, through) in closed and (through, b) in closed
            }
        return closed


def longest_in_order(sequence: Sequence[int], must_precede: set[tuple[int, int]]) -> int:
    """The longest part of ``sequence`` that breaks no precedence.

    It equals the longest common subsequence of the answer with that right order which suits the answer best. Two steps
    conflict when the later one had to come first; "conflicts with" is itself a partial order (it is transitive along
    the sequence), so the longest conflict-free part is its largest antichain: the number of steps less a maximum
    matching of conflicts (Dilworth's theorem, by König).
    """
    conflicts = {
        i: [j for j in range(i + 1, len(sequence)) if (sequence[j], sequence[i]) in must_precede]
        for i in range(len(sequence))
    }
    matched: dict[int, int] = {}

    def augment(i: int, seen: set[int]) -> bool:
        for j in conflicts[i]:
            if j not in seen:
                seen.add(j)
                if j not in matched or augment(matched[j], seen):
                    matched[j] = i
                    return True
        return False

    return len(sequence) - sum(augment(i, set()) for i in conflicts)


class OrderKind(Kind[OrderQuestion]):
    name: ClassVar[str] = "order"
    title: ClassVar[str] = "排序题"
    question_type = OrderQuestion
    instruction: ClassVar[str] = "按先后顺序写出全部字母，写在一行或一行一个都可以，例如：C A B D"

    def problems(self, question: OrderQuestion) -> Iterator[tuple[str, str]]:
        steps = [step for step, _ in question.ranked()]
        if any(not isinstance(group, str) and len(group) < 2 for group in question.steps):
            yield "steps", "小列表里至少要有两个可以互换的步骤；只有一步时请去掉小列表。"
        if len(question.steps) < 2:
            yield "steps", "所有步骤都能互换就不成排序题了，请分出先后。"
        yield from _precedence_problems(question, len(steps))
        if len(steps) > len(LETTERS):
            yield "steps", f"步骤最多 {len(LETTERS)} 个，请拆成两道题。"
        folded = [comparable(step) for step in steps]
        for index, step in enumerate(steps):
            if folded[index] in folded[:index]:
                yield "steps", f"步骤“{step}”写了两次，请删掉一个。"

    def arrangeable(self, question: OrderQuestion) -> list[str]:
        return [step for step, _ in question.ranked()]

    def gives_away(self, question: OrderQuestion, layout: Layout) -> bool:
        return longest_in_order(layout, question.must_precede()) == len(layout)

    def _shown(self, question: OrderQuestion, layout: Layout) -> list[tuple[str, int]]:
        ranked = question.ranked()
        return [ranked[i] for i in layout]

    def show(self, question: OrderQuestion, layout: Layout) -> str:
        return f"{question.stem}\n\n{lettered([step for step, _ in self._shown(question, layout)])}"

    def present(self, question: OrderQuestion, layout: Layout) -> dict[str, Any] | None:
        return presented(
            self, question, steps=under_letters([step for step, _ in self._shown(question, layout)])
        )

    def key_text(self, question: OrderQuestion, layout: Layout) -> str:
        if question.precedence:
            order = " → ".join(LETTERS[layout.index(step)] for step in _one_right_order(question))
            return f"{order}（符合先后要求的其他排法也算对）"
        groups: list[list[str]] = [[] for _ in question.steps]
        for position, (_, rank) in enumerate(self._shown(question, layout)):
            groups[rank].append(LETTERS[position])
        return " → ".join(
            group[0] if len(group) == 1 else f"（{'、'.join(group)} 可互换）" for group in groups
        )

    def mark(
        self, question: OrderQuestion, layout: Layout, text: str, full: Hundredths, marking: Marking
    ) -> Mark:
        key = self.key_text(question, layout)
        typed = answer_text(text)
        if not typed:
            return unanswered(key)
        shown = self._shown(question, layout)
        read = read_letters(typed, [step for step, _ in shown])
        if read is None:
            return malformed(excerpt(typed), f"没有看懂你写的“{excerpt(typed)}”，请按先后写步骤的字母", key)
        answer = " → ".join(LETTERS[i] for i in read)
        repeated = sorted(i for i, times in Counter(read).items() if times > 1)
        if repeated:
            return malformed(excerpt(answer), f"步骤 {letters(repeated)} 写了不止一次", key)
        placed = longest_in_order([layout[i] for i in read], question.must_precede())
        total = len(shown)
        if placed == total:
            return Mark(Verdict.CORRECT, full, answer, f"答对了。正确顺序：{key}。")
        missing = (
            f"少写了 {letters([i for i in range(total) if i not in read])}，" if len(read) < total else ""
        )
        if marking.order is OrderRule.EXACT:
            return Mark(Verdict.WRONG, ZERO, answer, f"答错了，{missing}你写的是 {answer}。正确顺序：{key}。")
        comment = f"{missing}{total} 步里有 {placed} 步先后正确，你写的是 {answer}。正确顺序：{key}。"
        return Mark(Verdict.PARTIAL, share(full, placed, total), answer, comment)

    def samples(self, question: OrderQuestion, layout: Layout) -> Samples:
        right = [layout.index(step) for step in _one_right_order(question)]
        return Samples(
            right=" ".join(LETTERS[i] for i in right),
            wrong=" ".join(LETTERS[i] for i in reversed(right)),
            malformed=f"{LETTERS[right[0]]}{LETTERS[right[0]]}",
        )


def _one_right_order(question: OrderQuestion) -> list[int]:
    """Authored indexes in a right order, the authored one where it is right."""
    before = question.must_precede()
    left = list(range(len(question.ranked())))
    order: list[int] = []
    while left:
        free = next((step for step in left if not any((other, step) in before for other in left)), left[0])
        left.remove(free)
        order.append(free)
    return order


def _precedence_problems(question: OrderQuestion, count: int) -> Iterator[tuple[str, str]]:
    if not question.precedence:
        return
    if any(not isinstance(group, str) for group in question.steps):
        yield "precedence", "写了 precedence 就不要再用小列表，请只留一种写法。"
    if any(not (1 <= a <= count and 1 <= b <= count) for a, b in question.precedence):
        yield "precedence", f"先后要求里的步骤号应当在 1 到 {count} 之间，请改正。"
    elif any(a == b for a, b in question.must_precede()):
        yield "precedence", "先后要求互相矛盾（绕成了一圈），请改正。"
