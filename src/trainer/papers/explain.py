"""Say why a blueprint cannot be filled: which constraint, and how many questions are missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trainer.kinds.base import all_kinds
from trainer.model.paper import Blueprint, SectionPlan

if TYPE_CHECKING:
    from trainer.papers.assemble import Candidate


def _needed(blueprint: Blueprint, count: int) -> int:
    """How many different questions ``count`` per form need in all, with the overlap that is allowed."""
    return max(count, count * blueprint.forms - blueprint.overlap * (blueprint.forms - 1))


def _where(section: SectionPlan) -> str:
    return f"（限专题 {'、'.join(section.topics)}）" if section.topics else ""


def explain_counts(blueprint: Blueprint, candidates: Sequence[Candidate]) -> list[str]:
    """Shortages that counting alone shows: a sentence for each kind (and topic restriction) that is short."""
    from trainer.papers.assemble import fits

    kinds = all_kinds()
    lines = [
        f"“{section.title}”：题型 {section.kind} 不认识，只能是 {'、'.join(kinds)}。"
        for section in blueprint.sections
        if section.kind not in kinds
    ]
    lines += [line for section in blueprint.sections for line in _unusable(section, candidates)]
    groups: dict[tuple[str, tuple[str, ...]], list[SectionPlan]] = defaultdict(list)
    for section in (one for one in blueprint.sections if not one.questions):
        groups[section.kind, section.topics].append(section)
        if section.topics:
            groups[section.kind, ()] += []
    for (kind, topics), sections in groups.items():
        asking = sections if topics else [s for s in blueprint.sections if s.kind == kind and not s.questions]
        have = sum(any(fits(section, candidate) for section in asking) for candidate in candidates)
        need = _needed(blueprint, sum(section.count for section in asking))
        if have < need and kind in kinds:
            titles = "、".join(f"“{section.title}”{_where(section)}" for section in asking)
            by_people = kinds[kind].treatment == "manual"
            note = "人工评阅的题只能用在每题分值等于它评分标准合计的大题里。" if by_people else ""
            lines.append(
                f"{titles}：{blueprint.forms} 份卷一共要 {need} 道{kinds[kind].title}，"
                f"题库里可用的只有 {have} 道，还缺 {need - have} 道。{note}"
            )
    return list(dict.fromkeys(lines))


def _unusable(section: SectionPlan, candidates: Sequence[Candidate]) -> list[str]:
    """The questions that a section names and that cannot stand in it."""
    from trainer.papers.assemble import fits

    usable = {candidate.question.id for candidate in candidates if fits(section, candidate)}
    missing = [one for one in section.questions if one not in usable]
    if not missing:
        return []
    return [
        (
            f"“{section.title}”指定的 {'、'.join(missing)} 不能用：题库里没有、还没有审定、题型或专题不符，"
            "或者评分标准合计和每题分值不同。"
        )
    ]


def explain_infeasible(blueprint: Blueprint, candidates: Sequence[Candidate]) -> list[str]:
    """What to change when the counts suffice but not together: the first relaxation that helps is named."""
    from trainer.papers.assemble import _Problem

    def solvable(**changes: Any) -> bool:
        return _Problem(blueprint.model_copy(update=changes), candidates, "").feasible()

    lines = []
    if blueprint.facility and solvable(facility=None):
        relaxed = blueprint.model_copy(update={"facility": None})
        low, high = _Problem(relaxed, candidates, "").facility_reach()
        target, tolerance = blueprint.facility.target, blueprint.facility.tolerance
        apart = target + tolerance < low or high < target - tolerance
        found = f"现有题目只能做到 {low:.2f} 到 {high:.2f}" if apart else "现有题目凑不出这样的组合"
        lines.append(
            f"难度：要求预计得分率 {blueprint.facility.target:.2f}±{blueprint.facility.tolerance:.2f}，"
            f"{found}。请放宽 facility，或补充相应难度的题。"
        )
    if blueprint.topics and solvable(topics={}):
        lines += _topic_shortages(blueprint, candidates)
    if not lines and solvable(facility=None, topics={}):
        lines.append("难度和专题比例不能同时满足：单独放宽其中一项还不够，请两项都放宽，或补充题目。")
    if not lines:
        lines += _parallel_shortages(blueprint, candidates)
    return lines


def _topic_shortages(blueprint: Blueprint, candidates: Sequence[Candidate]) -> list[str]:
    from trainer.papers.assemble import fits

    usable = [c for c in candidates if any(fits(section, c) for section in blueprint.sections)]
    have = Counter(candidate.topic for candidate in usable)
    total = sum(blueprint.topics.values())
    per_form = sum(section.count for section in blueprint.sections)
    lines = []
    for topic, weight in blueprint.topics.items():
        share = weight / total
        need = _needed(blueprint, max(1, round(per_form * share))) if weight else 0
        if have[topic] < need:
            lines.append(
                f"专题 {topic}：按 {float(share):.0%} 的比例大约要 {need} 道，"
                f"可用的只有 {have[topic]} 道，还缺 {need - have[topic]} 道左右。"
            )
    if not lines:
        lines.append(
            f"专题比例：在各大题的题数和分值之下凑不出要求的比例（允许相差 {blueprint.topic_tolerance} 个百分点），"
            "请放宽 topic_tolerance 或调整比例。"
        )
    return lines


def _parallel_shortages(blueprint: Blueprint, candidates: Sequence[Candidate]) -> list[str]:
    """Parallel forms need the same topics in each section: where a topic has too few to be shared out."""
    from trainer.papers.assemble import fits

    lines = []
    for section in blueprint.sections:
        have = Counter(candidate.topic for candidate in candidates if fits(section, candidate))
        per_form = sum(count // blueprint.forms for count in have.values())
        if blueprint.overlap == 0 and per_form < section.count:
            short = section.count - per_form
            lines.append(
                f"“{section.title}”：各卷每个专题的题数要相同，现有题目只够每卷 {per_form} 道，"
                f"每卷还缺 {short} 道（最好补在题数是单数的专题里）。"
            )
    return lines or [
        "各卷不能重题、专题和难度又要相同，现有题目凑不齐，请减少题数、减少平行卷，或放宽 overlap。"
    ]
