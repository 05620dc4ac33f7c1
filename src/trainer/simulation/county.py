"""The made-up county: townships named by the heavenly stems, people by stem and branch, so that nobody is meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from trainer.model.people import Roster, Trainee

_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫"
TOWNSHIPS = tuple(f"{stem}{'镇' if i % 2 == 0 else '乡'}" for i, stem in enumerate(_STEMS[:9]))
_POSTS = ("村党支部书记", "村党支部书记", "村党务专干", "社区党组织书记", "组织委员")
COHORTS = ("第1期", "第2期", "第3期")


@dataclass(frozen=True)
class Sitting:
    """How one made-up cadre sits the round.

    ``ability`` is on the logit scale of the Rasch model. ``mishap`` is what goes wrong with the paper handed in, or ''.
    """

    trainee: Trainee
    ability: float
    started: datetime
    submitted: datetime | None
    mishap: str = ""


def made_up_roster(count: int, seed: int) -> tuple[Roster, dict[str, float]]:
    """``count`` cadres in nine townships, and everybody's ability."""
    random = Random(f"{seed}/people")  # noqa: S311 - a simulation, not a secret
    strength = {team: random.gauss(0.0, 0.35) for team in TOWNSHIPS}
    trainees, abilities = [], {}
    for number in range(count):
        team = TOWNSHIPS[number % len(TOWNSHIPS)]
        cycle = _STEMS[number % 10] + _BRANCHES[number % 12]
        trainee = Trainee(
            account=f"sl{number + 1:03d}",
            name=_SURNAMES[(number // 60 + number) % len(_SURNAMES)] + cycle,
            team=team,
            branch=f"{team}示例{number // len(TOWNSHIPS) + 1}村党支部",
            post=_POSTS[number % len(_POSTS)],
            cohort=COHORTS[number % len(COHORTS)],
        )
        trainees.append(trainee)
        abilities[trainee.account] = random.gauss(strength[team], 0.9)
    return Roster(tuple(trainees)), abilities


def made_up_sittings(
    roster: Roster,
    abilities: dict[str, float],
    allotted: dict[str, str],
    window: tuple[datetime, datetime],
    seed: int,
) -> list[Sitting]:
    """When everybody starts and hands in: most in time, some late, some absent, one of each mishap, one exact tie.

    ``allotted`` says who sits which form; the two who tie have to sit the same one.
    """
    opens, closes = window
    random = Random(f"{seed}/sittings")  # noqa: S311
    length = (closes - opens).total_seconds()
    sittings = []
    for trainee in roster:
        started = opens + timedelta(seconds=random.randint(0, 600))
        used = min(max(random.gauss(0.62, 0.14), 0.25), 0.97) * length
        submitted: datetime | None = min(
            started + timedelta(seconds=round(used)), closes - timedelta(seconds=5)
        )
        if random.random() < 0.06:
            submitted = None
        elif random.random() < 0.03:
            submitted = closes + timedelta(seconds=random.randint(30, 900))
        sittings.append(Sitting(trainee, abilities[trainee.account], started, submitted))
    return _with_mishaps(_with_a_tie(sittings, allotted))


def _with_a_tie(sittings: list[Sitting], allotted: dict[str, str]) -> list[Sitting]:
    """The second of two people answers exactly as the first and in the same time: no rule can part them."""
    present = [i for i, sitting in enumerate(sittings) if sitting.submitted]
    first = next((i for i in present if sittings[i].ability > 0.8), None)
    if first is None:
        return sittings
    form = allotted[sittings[first].trainee.account]
    second = next((i for i in present if i > first and allotted[sittings[i].trainee.account] == form), None)
    if second is not None:
        model, twin = sittings[first], sittings[second].trainee
        same = f"same-as:{model.trainee.account}"
        sittings[second] = Sitting(twin, model.ability, model.started, model.submitted, same)
    return sittings


def _with_mishaps(sittings: list[Sitting]) -> list[Sitting]:
    mishaps = ["corrupt", "copy", "deleted-cell"]
    for index in range(len(sittings) - 1, -1, -7):
        sitting = sittings[index]
        if mishaps and sitting.submitted and not sitting.mishap:
            mishap = mishaps.pop()
            sittings[index] = Sitting(
                sitting.trainee, sitting.ability, sitting.started, sitting.submitted, mishap
            )
    return sittings
