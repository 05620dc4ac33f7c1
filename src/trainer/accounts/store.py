"""The accounts of an installation, and what can be done with them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from trainer.accounts.database import Database
from trainer.accounts.tally import Tally
from trainer.errors import NotFound

Role = Literal["instructor", "trainee"]

_SHOWN = 10


@dataclass(frozen=True)
class Person:
    """Whom an account is for. ``account`` has been checked by whoever read it from a sheet or a command line."""

    account: str
    name: str
    unit: str = ""
    role: Role = "trainee"


@dataclass(frozen=True)
class Account:
    """One account as it is kept.

    ``number`` is 1, 2, …: given once and never again, so that a numeric uid can be made from it. ``expires`` is the end
    of a one-time password; it is None once there is an own one.
    """

    number: int
    account: str
    name: str
    unit: str
    role: Role
    password: str
    must_change: bool
    expires: datetime | None
    disabled: bool
    last_login: datetime | None
    created: datetime

    @property
    def stamp(self) -> str:
        """Changes whenever the password does; tells nothing about it."""
        return hashlib.sha256(self.password.encode()).hexdigest()[:32]

    def has_expired(self, now: datetime) -> bool:
        """Whether the one-time password came too late."""
        return self.must_change and self.expires is not None and now >= self.expires


@dataclass(frozen=True)
class OneTime:
    """The hash of a one-time password, and until when it works."""

    password: str
    expires: datetime


class AccountStore:
    """The accounts in one file. Every call reads or writes the file: the hub, the command line and the instructor's
    page work on it at once. Names are found whatever their case. Raises TrainerError when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self.tally = Tally(self._database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    # -- reading ---------------------------------------------------------------------------------------------------

    def find(self, name: str) -> Account | None:
        """The account of this name, or None."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM account WHERE account = ?", (name,)).fetchone()
        return None if row is None else _account(row)

    def named(self, names: Iterable[str]) -> list[Account]:
        """The accounts of these names. Raises NotFound with all that are missing."""
        found = {name: self.find(name) for name in names}
        missing = [name for name, account in found.items() if account is None]
        if missing:
            more = " 等" if len(missing) > _SHOWN else ""
            raise NotFound(
                f"没有这 {len(missing)} 个账号：{'、'.join(missing[:_SHOWN])}{more}。"
                "没有改动；运行 trainer accounts list 查看有哪些账号。"
            )
        return [account for account in found.values() if account is not None]

    def everyone(self) -> list[Account]:
        """All accounts in the order in which they were made."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT * FROM account ORDER BY number").fetchall()
        return [_account(row) for row in rows]

    # -- writing ---------------------------------------------------------------------------------------------------

    def add(self, people: Sequence[tuple[Person, OneTime]], now: datetime) -> list[Account]:
        """Make an account for everybody who has none; returns the new ones. All or, when this raises, none."""
        added = []
        with self._database.writing() as connection:
            for person, one_time in people:
                cursor = connection.execute(
                    "INSERT INTO account (account, name, unit, role, password, must_change, expires, created)"
                    " VALUES (?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT (account) DO NOTHING RETURNING *",
                    (
                        *(person.account, person.name, person.unit, person.role, one_time.password),
                        *(_seconds(one_time.expires), _seconds(now)),
                    ),
                )
                row = cursor.fetchone()
                if row is not None:
                    added.append(_account(row))
        return added

    def describe(self, people: Iterable[Person]) -> int:
        """Take over changed names and units of trainees; returns how many accounts changed."""
        changed = 0
        with self._database.writing() as connection:
            for person in people:
                cursor = connection.execute(
                    "UPDATE account SET name = ?1, unit = ?2"
                    " WHERE account = ?3 AND role = 'trainee' AND (name <> ?1 OR unit <> ?2)",
                    (person.name, person.unit, person.account),
                )
                changed += cursor.rowcount
        return changed

    def issue(self, one_time: dict[str, OneTime]) -> None:
        """Give accounts new one-time passwords, and lift their locks. Unknown names are passed over."""
        with self._database.writing() as connection:
            for name, issued in one_time.items():
                connection.execute(
                    "UPDATE account SET password = ?, must_change = 1, expires = ? WHERE account = ?",
                    (issued.password, _seconds(issued.expires), name),
                )
                self.tally.forget(connection, name)

    def set_password(self, account: Account, password: str, now: datetime | None) -> bool:
        """Put an own password (its hash) in place of the one that ``account`` was read with.

        False when that has been replaced meanwhile. ``now`` counts as a login; None: the same password, hashed anew.
        """
        with self._database.writing() as connection:
            cursor = connection.execute(
                "UPDATE account SET password = ?, must_change = 0, expires = NULL,"
                " last_login = coalesce(?, last_login) WHERE number = ? AND password = ?",
                (password, None if now is None else _seconds(now), account.number, account.password),
            )
            return cursor.rowcount == 1

    def disable(self, names: Iterable[str], *, disabled: bool) -> None:
        """Close accounts, or open them again. Unknown names are passed over."""
        with self._database.writing() as connection:
            for name in names:
                connection.execute("UPDATE account SET disabled = ? WHERE account = ?", (disabled, name))

    def unlock(self, names: Iterable[str]) -> None:
        """Forget the failed attempts on accounts."""
        with self._database.writing() as connection:
            for name in names:
                self.tally.forget(connection, name)

    def record_login(self, account: Account, now: datetime) -> None:
        """Somebody came in: the time is kept, failed attempts are forgotten."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE account SET last_login = ? WHERE number = ?", (_seconds(now), account.number)
            )
            self.tally.forget(connection, account.account)


def _account(row: sqlite3.Row) -> Account:
    return Account(
        number=row["number"],
        account=row["account"],
        name=row["name"],
        unit=row["unit"],
        role=row["role"],
        password=row["password"],
        must_change=bool(row["must_change"]),
        expires=_moment(row["expires"]),
        disabled=bool(row["disabled"]),
        last_login=_moment(row["last_login"]),
        created=datetime.fromtimestamp(row["created"], UTC),
    )


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
