"""What is released, as the hall holds it in memory: the writer loads it, everybody reads it, nobody changes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from trainer.hall.answers import Cells, released_cells
from trainer.hall.bundle import Files
from trainer.hall.refusals import no_assignment
from trainer.hall.rules import Rules, merged
from trainer.hall.tables import ASSIGNMENTS, EXTENSIONS, RELEASES


@dataclass(frozen=True)
class Released:
    """One assignment. ``cells`` are its answer cells by notebook, ``stubs`` the same by cell name alone.

    ``written`` are its rules and people as the store has them.
    """

    number: int
    course: str
    name: str
    rules: Rules
    withdrawn: bool
    release: int
    sha256: str
    hashes: dict[str, str]
    released_at: int
    cells: Cells
    stubs: Mapping[str, str]
    written: tuple[str, str | None]


@dataclass(frozen=True)
class Catalogue:
    """All assignments by (course, name), and everybody's extra minutes by (assignment number, account)."""

    assignments: Mapping[tuple[str, str], Released] = field(default_factory=dict)
    minutes: Mapping[tuple[int, str], int] = field(default_factory=dict)

    def find(self, course: str, assignment: str) -> Released:
        """Raises Refused (404)."""
        found = self.assignments.get((course, assignment))
        if found is None:
            raise no_assignment(course, assignment)
        return found

    def extra_minutes(self, released: Released, account: str) -> int:
        """Extra minutes of one person."""
        return self.minutes.get((released.number, account), 0)


def pack(files: Files, hashes: Mapping[str, str]) -> tuple[str, bytes]:
    """(the ``files`` column, the ``content`` column) of a bundle."""
    listed = [[path, len(files[path]), digest] for path, digest in hashes.items()]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":")), b"".join(
        files[path] for path in hashes
    )


def unpack(listed: str, content: bytes) -> Files:
    """The bundle of the two columns."""
    files: Files = {}
    at = 0
    for path, size, _ in json.loads(listed):
        files[path] = content[at : at + size]
        at += size
    return files


def load(connection: Connection, before: Catalogue) -> Catalogue:
    """The catalogue as the database has it; what ``before`` has read already is not read again."""
    known = {released.release: released for released in before.assignments.values()}
    query = select(ASSIGNMENTS, RELEASES.c.sha256, RELEASES.c.files, RELEASES.c.released_at).join_from(
        ASSIGNMENTS, RELEASES, ASSIGNMENTS.c.release == RELEASES.c.id
    )
    assignments = {}
    for row in connection.execute(query):
        old = known.get(row.release)
        cells = old.cells if old else _cells_of(connection, row.release, row.files)
        assignments[row.course, row.name] = Released(
            row.id,
            row.course,
            row.name,
            _rules_of(row, before.assignments.get((row.course, row.name))),
            row.withdrawn,
            row.release,
            row.sha256,
            {path: digest for path, _, digest in json.loads(row.files)},
            row.released_at,
            cells,
            {name: stub for found in cells.values() for name, stub in found.items()},
            (row.rules, row.people),
        )
    minutes = {(row.assignment, row.account): row.minutes for row in connection.execute(select(EXTENSIONS))}
    return Catalogue(assignments, minutes)


def _rules_of(row: Row[Any], before: Released | None) -> Rules:
    if before is not None and before.written == (row.rules, row.people):
        return before.rules
    rules = merged(Rules(), json.loads(row.rules))
    return rules if row.people is None else replace(rules, people=frozenset(json.loads(row.people)))


def _cells_of(connection: Connection, release: int, listed: str) -> Cells:
    content = connection.scalar(select(RELEASES.c.content).where(RELEASES.c.id == release))
    return released_cells(unpack(listed, content or b""))
