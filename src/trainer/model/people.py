"""The people of a competition: cadres, and the township and cohort that they stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Trainee:
    """A cadre (学员). ``account`` is their identity everywhere, nbgrader's student id included."""

    account: str
    name: str
    team: str
    branch: str = ""
    post: str = ""
    cohort: str = ""


@dataclass(frozen=True)
class Roster:
    """All who are expected (应考), in the order of the sheet they came from."""

    trainees: tuple[Trainee, ...]

    def __iter__(self) -> Iterator[Trainee]:
        return iter(self.trainees)

    def __len__(self) -> int:
        return len(self.trainees)

    def by_account(self) -> dict[str, Trainee]:
        return {trainee.account: trainee for trainee in self.trainees}

    def team_sizes(self) -> Counter[str]:
        """How many of each team are expected."""
        return Counter(trainee.team for trainee in self.trainees)
