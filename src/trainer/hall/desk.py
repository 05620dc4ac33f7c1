"""What one transaction works with, and how a batch of operations goes through it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from sqlalchemy import Connection, insert

from trainer.hall.catalogue import Catalogue, load
from trainer.hall.policy import Policy
from trainer.hall.refusals import Refused, defect
from trainer.hall.signing import Signer
from trainer.hall.tables import AUDIT

log = logging.getLogger("trainer.hall")

#: What became of an operation: its result, or why not.
Outcome = Any


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks (account or service), from where, and when the request had arrived (ms since 1970).

    ``instruct`` says whether they are an instructor.
    """

    who: str
    address: str
    arrived: int
    instruct: bool = False


class Operation(Protocol):
    """Something to be written. It checks everything before it writes anything, and raises Refused."""

    #: bytes that it holds while it waits
    weight: int

    def apply(self, desk: Desk) -> Outcome:
        """Do it within the desk's transaction."""
        ...


class Batched(ABC):
    """An operation of which many come at once: they are decided one by one and written together."""

    weight: int

    @classmethod
    @abstractmethod
    def apply_all(cls, desk: Desk, operations: Sequence[Any]) -> list[Outcome]:
        """The outcome of each, in order; a refusal is an outcome."""


@dataclass
class Numbers:
    """Numbers given to submissions: never twice, whatever becomes of a transaction."""

    submission: int

    def next(self) -> int:
        """The next one."""
        self.submission += 1
        return self.submission


@dataclass
class Desk:
    """One transaction: its connection, the catalogue as this transaction sees it, and the audit lines to add."""

    connection: Connection
    catalogue: Catalogue
    signer: Signer
    policy: Policy
    numbers: Numbers
    #: (assignment number, account) → [number of saves, bytes]: read from the store when first needed
    usage: dict[tuple[int, str], list[int]]
    notes: list[dict[str, Any]] = field(default_factory=list)

    NO_ASSIGNMENT: ClassVar[tuple[str, str]] = ("", "")

    def reload(self) -> None:
        """Read the catalogue again, after a change to it."""
        self.catalogue = load(self.connection, self.catalogue)

    def note(
        self,
        caller: Caller,
        what: str,
        about: tuple[str, str] = NO_ASSIGNMENT,
        detail: str = "",
        outcome: str = "ok",
    ) -> None:
        """Add a line to the audit log, in this transaction. ``about`` is (course, assignment)."""
        self.notes.append(
            {
                "at": caller.arrived,
                "who": caller.who,
                "address": caller.address,
                "what": what,
                "course": about[0],
                "assignment": about[1],
                "detail": detail,
                "outcome": outcome,
            }
        )

    def write_notes(self) -> None:
        """Write the audit lines."""
        if self.notes:
            self.connection.execute(insert(AUDIT), self.notes)
            self.notes = []


def apply_together(desk: Desk, operations: Sequence[Any]) -> list[Outcome]:
    """All operations, in order as far as it matters: what comes in masses is gathered between the others."""
    outcomes: list[Outcome] = [None] * len(operations)
    gathered: dict[type[Batched], list[int]] = {}

    def flush() -> None:
        for kind, places in gathered.items():
            results = kind.apply_all(desk, [operations[place] for place in places])
            for place, result in zip(places, results, strict=True):
                outcomes[place] = result
        gathered.clear()

    for place, operation in enumerate(operations):
        if isinstance(operation, Batched):
            gathered.setdefault(type(operation), []).append(place)
        else:
            flush()
            outcomes[place] = _outcome(desk, operation)
    flush()
    desk.write_notes()
    return outcomes


def apply_singly(desk: Desk, operations: Sequence[Any]) -> list[Outcome]:
    """Each operation in a savepoint of its own, so that one that cannot be written does not fail its neighbours.

    Raises what means that the whole store fails (see :func:`trainer.hall.database.failure`).
    """
    from trainer.hall.database import failure

    outcomes: list[Outcome] = []
    for operation in operations:
        catalogue = desk.catalogue
        try:
            with desk.connection.begin_nested():
                outcomes += apply_together(desk, [operation])
        except Exception as error:
            if failure(error) is not None:
                raise
            log.exception("An operation cannot be written: %s", type(operation).__name__)
            desk.catalogue, desk.notes = catalogue, []
            outcomes.append(defect())
    return outcomes


def _outcome(desk: Desk, operation: Operation) -> Outcome:
    try:
        return operation.apply(desk)
    except Refused as refused:
        return refused


def by_assignment(keys: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    """Accounts by assignment number."""
    grouped: dict[int, list[str]] = defaultdict(list)
    for number, account in keys:
        grouped[number].append(account)
    return grouped
