"""Choose the questions of parallel forms as a small constraint problem, solved by OR-Tools CP-SAT.

The law of this module: the same blueprint, candidates and seed give the same paper on every machine. The solver is
therefore asked only for things whose answer is unique. First the best achievable balance (an optimal *value*, which no
search order can change), in units coarse enough to be solved outright; then, among the papers of that balance, the one
with the largest sum of weights that the seed gives to every (form, question), whose optimum is unique but for a
vanishing chance. One worker, a deterministic time limit, no wall clock.

Parallel means here: every form has the same number of questions and points of each topic in each section, and the
expected facility of the forms differs by less than half a percentage point where the bank allows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from typing import Any

from trainer.errors import CannotAssemble
from trainer.kinds.base import kind_of
from trainer.model.paper import Blueprint, SectionPlan
from trainer.model.question import Question

#: Expected points are added up in these parts of a hundredth of a point; facilities have two decimals.
_FACILITY_SCALE = 100
#: Deterministic work units, not seconds; the demo's blueprint needs about one, a bank of 1000 questions two.
_WORK_LIMIT = 120.0


@dataclass(frozen=True)
class Candidate:
    """A question that may be chosen, with its topic."""

    question: Question
    topic: str


@dataclass(frozen=True)
class Choice:
    """The outcome: for each form, for each section in order, the chosen candidates in paper order.

    ``proved`` says that both optima were proved within the work limit, so that no other solver could choose otherwise.
    """

    forms: tuple[tuple[tuple[Candidate, ...], ...], ...]
    proved: bool = True


def fits(section: SectionPlan, candidate: Candidate) -> bool:
    """Whether a candidate may stand in a section.

    What people mark has a rubric that sums to the question's own points, so it fits only where it is worth these.
    """
    question = candidate.question
    if question.kind != section.kind or (section.topics and candidate.topic not in section.topics):
        return False
    if section.questions and question.id not in section.questions:
        return False
    return kind_of(question).treatment != "manual" or question.hundredths == section.hundredths


class _Problem:
    """The constraint model of one blueprint."""

    def __init__(self, blueprint: Blueprint, candidates: Sequence[Candidate], seed: str) -> None:
        from ortools.sat.python import cp_model

        self.cp = cp_model
        self.model = cp_model.CpModel()
        self.blueprint = blueprint
        self.seed = seed
        self.candidates = sorted(candidates, key=lambda c: c.question.id)
        self.forms = range(blueprint.forms)
        self.x: dict[tuple[int, int, int], Any] = {
            (f, s, q): self.model.new_bool_var(f"x{f}_{s}_{q}")
            for f in self.forms
            for s, section in enumerate(blueprint.sections)
            for q, candidate in enumerate(self.candidates)
            if fits(section, candidate)
        }
        self.imbalance: list[Any] = []
        self._add_counts()
        self._add_overlap()
        self._add_equal_content()
        self._add_topics()
        self._add_facility()
        self._add_enemies()

    def chosen(self, f: int, s: int | None = None, topic: str | None = None) -> list[tuple[int, Any]]:
        """(points, variable) of what may be chosen for a form, a section and a topic."""
        return [
            (self.blueprint.sections[section].hundredths, variable)
            for (form, section, q), variable in self.x.items()
            if form == f
            and (s is None or section == s)
            and (topic is None or self.candidates[q].topic == topic)
        ]

    def _add_counts(self) -> None:
        for f in self.forms:
            for s, section in enumerate(self.blueprint.sections):
                self.model.add(sum(v for _, v in self.chosen(f, s)) == section.count)
            in_form: dict[int, list[Any]] = defaultdict(list)
            for (form, _, q), variable in self.x.items():
                if form == f:
                    in_form[q].append(variable)
            for variables in in_form.values():
                self.model.add_at_most_one(variables)

    def _used(self, f: int, q: int) -> Any:
        return sum(self.x[f, s, q] for s in range(len(self.blueprint.sections)) if (f, s, q) in self.x)

    def _add_overlap(self) -> None:
        usable = sorted({q for _, _, q in self.x})
        if self.blueprint.overlap == 0:
            for q in usable:
                self.model.add(sum(self._used(f, q) for f in self.forms) <= 1)
            return
        for f, g in combinations(self.forms, 2):
            shared = []
            for q in usable:
                both = self.model.new_bool_var(f"both{f}_{g}_{q}")
                self.model.add(both >= self._used(f, q) + self._used(g, q) - 1)
                shared.append(both)
            self.model.add(sum(shared) <= self.blueprint.overlap)

    def _topics(self) -> list[str]:
        return sorted({candidate.topic for candidate in self.candidates})

    def _add_equal_content(self) -> None:
        for f in list(self.forms)[1:]:
            for s in range(len(self.blueprint.sections)):
                for topic in self._topics():
                    first, other = self.chosen(0, s, topic), self.chosen(f, s, topic)
                    self.model.add(sum(v for _, v in other) == sum(v for _, v in first))

    def _add_topics(self) -> None:
        """Topic shares of the first form (the others are equal) stay near the weights."""
        weights = self.blueprint.topics
        if not weights:
            return
        total, full = sum(weights.values()), self.blueprint.full
        allowed = int(full * self.blueprint.topic_tolerance / 100)
        for topic in sorted({*self._topics(), *weights}):
            planned = int(full * weights.get(topic, 0) / total)
            points = sum(p * v for p, v in self.chosen(0, topic=topic))
            deviation = self.model.new_int_var(0, full, f"topic_{topic}")
            self.model.add_abs_equality(deviation, points - planned)
            self.model.add(deviation <= allowed)
            if topic not in weights:
                self.model.add(points == 0)
            self.imbalance.append(self._steps(deviation, full // 100, full, weight=2))

    def _expected(self, f: int) -> Any:
        return sum(
            self.blueprint.sections[s].hundredths
            * round(self.candidates[q].question.facility * _FACILITY_SCALE)
            * v
            for (form, s, q), v in self.x.items()
            if form == f
        )

    def _add_facility(self) -> None:
        top = self.blueprint.full * _FACILITY_SCALE
        expected = []
        for f in self.forms:
            value = self.model.new_int_var(0, top, f"expected{f}")
            self.model.add(value == self._expected(f))
            expected.append(value)
        target = self.blueprint.facility
        if target:
            low, high = target.target - target.tolerance, target.target + target.tolerance
            for value in expected:
                self.model.add_linear_constraint(value, round(top * low), round(top * high))
            distance = self.model.new_int_var(0, top, "from_target")
            self.model.add_abs_equality(distance, expected[0] - round(top * target.target))
            self.imbalance.append(self._steps(distance, top // 100, top, weight=1))
        for value in expected[1:]:
            apart = self.model.new_int_var(0, top, "apart")
            self.model.add_abs_equality(apart, value - expected[0])
            self.imbalance.append(self._steps(apart, top // 200, top, weight=4))

    def _add_enemies(self) -> None:
        """Two questions that rest on the same fact give each other away: as few such pairs on a form as possible."""
        by_fact: dict[str, set[int]] = defaultdict(set)
        for q, candidate in enumerate(self.candidates):
            for fact in candidate.question.facts:
                by_fact[fact].add(q)
        for f in self.forms:
            for fact, asking in sorted(by_fact.items()):
                used = [
                    self._used(f, q)
                    for q in sorted(asking)
                    if any((f, s, q) in self.x for s in self._sections())
                ]
                if len(used) > 1:
                    surplus = self.model.new_int_var(0, len(used), f"again{f}_{fact}")
                    self.model.add(surplus >= sum(used) - 1)
                    self.imbalance.append(3 * surplus)

    def _sections(self) -> range:
        return range(len(self.blueprint.sections))

    def _steps(self, value: Any, unit: int, top: int, weight: int) -> Any:
        """``value`` in whole units, rounded up past the first unit: small imbalances do not count."""
        steps = self.model.new_int_var(0, top // max(unit, 1) + 1, "steps")
        self.model.add(steps * max(unit, 1) >= value - max(unit, 1))
        return weight * steps

    def _weight(self, f: int, q: int) -> int:
        text = f"{self.seed}/{f}/{self.candidates[q].question.id}"
        return int.from_bytes(sha256(text.encode()).digest()[:3], "big")

    def _solver(self) -> Any:
        solver = self.cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = _WORK_LIMIT
        return solver

    def feasible(self) -> bool:
        """Whether any paper meets the constraints, however unbalanced."""
        return self._solver().solve(self.model) in (self.cp.OPTIMAL, self.cp.FEASIBLE)

    def facility_reach(self) -> tuple[float, float]:
        """The lowest and the highest expected facility that all forms can have together; to be asked of a feasible one."""
        ends = []
        top = self.blueprint.full * _FACILITY_SCALE
        for hardest in (True, False):
            level = self.model.new_int_var(0, top, "level")
            for f in self.forms:
                reached = level >= self._expected(f) if hardest else level <= self._expected(f)
                self.model.add(reached)
            self.model.minimize(level if hardest else -level)
            solver = self._solver()
            solver.solve(self.model)
            ends.append(solver.value(level) / top)
        return ends[0], ends[1]

    def solve(self) -> Choice | None:
        """The paper, or None when the blueprint cannot be filled."""
        proved: bool | None = True
        if self.imbalance:
            total = sum(self.imbalance)
            self.model.minimize(total)
            solver = self._solver()
            proved = self._solved(solver)
            if proved is None:
                return None
            self.model.add(total <= round(solver.objective_value))
        self.model.maximize(sum(self._weight(f, q) * v for (f, _, q), v in self.x.items()))
        solver = self._solver()
        solver.parameters.relative_gap_limit = 0.0
        # The linear relaxation of this stage is nearly whole: with all of it (and without hints, which only distract),
        # the proof takes a tenth of the work.
        solver.parameters.linearization_level = 2
        unique = self._solved(solver)
        if unique is None:
            return None
        forms = tuple(tuple(self._in_order(solver, f, s) for s in self._sections()) for f in self.forms)
        return Choice(forms, proved=bool(proved and unique))

    def _solved(self, solver: Any) -> bool | None:
        """True when the optimum was proved, False when work ran out with a solution at hand, None without one."""
        status = solver.solve(self.model)
        return status == self.cp.OPTIMAL if status in (self.cp.OPTIMAL, self.cp.FEASIBLE) else None

    def _in_order(self, solver: Any, f: int, s: int) -> tuple[Candidate, ...]:
        """The chosen questions of a section, in an order that the seed decides."""
        chosen = [
            q for (form, section, q), v in self.x.items() if (form, section) == (f, s) and solver.value(v)
        ]
        return tuple(self.candidates[q] for q in sorted(chosen, key=lambda q: (self._weight(f, q), q)))


def assemble(blueprint: Blueprint, candidates: Sequence[Candidate], seed: str) -> Choice:
    """Choose the questions of every form.

    Raises CannotAssemble, naming each constraint that cannot be met and how many questions are missing.
    """
    from trainer.papers.explain import explain_counts, explain_infeasible

    missing = explain_counts(blueprint, candidates)
    if missing:
        raise CannotAssemble("题库不够组这份卷：\n" + "\n".join(f"  {line}" for line in missing))
    choice = _Problem(blueprint, candidates, seed).solve()
    if choice is None:
        lines = explain_infeasible(blueprint, candidates)
        raise CannotAssemble("题库满足不了这份命题蓝图：\n" + "\n".join(f"  {line}" for line in lines))
    return choice
