"""Accounts: make them from a roster, issue one-time passwords, close and open them, show them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from trainer.accounts.passwords import HashCost, Hashing, canonical_one_time, one_time_password
from trainer.accounts.slips import Slip, make_slips
from trainer.accounts.store import Account, AccountStore, OneTime, Person
from trainer.errors import Conflict, TrainerError, UsageError
from trainer.hub.data_folder import DataFolder
from trainer.model.people import Roster
from trainer.people.accounts import account_problem
from trainer.settings import Accounts

State = Literal["open", "waiting", "expired", "disabled"]


@dataclass(frozen=True)
class Created:
    """What making accounts from a roster did. ``slips`` holds the new accounts, in the order of the roster."""

    slips: tuple[Slip, ...]
    existing: int
    renamed: int


@dataclass(frozen=True)
class AccountState:
    """An account as it stands: ``waiting`` for its first login, its one-time password ``expired``, ``disabled`` or
    ``open``; and for how many seconds it is locked."""

    account: Account
    state: State
    locked: int


def open_accounts(data: Path) -> AccountStore:
    """The accounts of the installation whose data folder this is; both are made if need be. Raises TrainerError."""
    path = DataFolder(data).accounts_db
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainerError(f"数据文件夹 {data} 建立不了：{error.strerror}。请检查路径和权限。") from error
    return AccountStore(path)


def create_accounts(store: AccountStore, roster: Roster, settings: Accounts, now: datetime) -> Created:
    """Accounts with one-time passwords for all on the roster who have none; names and units are brought up to date."""
    people = [Person(t.account, t.name, t.team) for t in roster]
    known = {account.account.casefold() for account in store.everyone()}
    slips = _issue([p for p in people if p.account.casefold() not in known], settings, now)
    added = {account.account for account in store.add([(p, kept) for p, _, kept in slips], now)}
    renamed = store.describe(people)
    made = tuple(slip for _, slip, _ in slips if slip.account in added)
    return Created(made, len(people) - len(made), renamed)


def add_account(store: AccountStore, person: Person, settings: Accounts, now: datetime) -> Slip:
    """One account. Raises UsageError when the name cannot be used, and Conflict when there is one already."""
    problem = account_problem(person.account)
    if problem:
        raise UsageError(problem)
    [(_, slip, kept)] = _issue([person], settings, now)
    if not store.add([(person, kept)], now):
        raise Conflict(
            f"已经有账号 {person.account}，没有改动。"
            f"要重新发一次性密码，请运行 trainer accounts reset {person.account}。"
        )
    return slip


def reset_accounts(
    store: AccountStore, names: Sequence[str], settings: Accounts, now: datetime
) -> list[Slip]:
    """New one-time passwords; the old passwords stop working, locks are lifted, logins end. Raises NotFound."""
    return _reissue(store, store.named(names), settings, now)


def reset_unused(store: AccountStore, settings: Accounts, now: datetime) -> list[Slip]:
    """New one-time passwords for all trainees who have not used theirs: slips were lost, or have expired."""
    unused = [a for a in store.everyone() if a.must_change and not a.disabled and a.role == "trainee"]
    return _reissue(store, unused, settings, now)


def set_disabled(store: AccountStore, names: Sequence[str], *, disabled: bool) -> list[Account]:
    """Close accounts or open them again; returns them as they were. Raises NotFound."""
    accounts = store.named(names)
    store.disable([account.account for account in accounts], disabled=disabled)
    return accounts


def unlock_accounts(store: AccountStore, names: Sequence[str]) -> list[Account]:
    """Let people try again at once. Raises NotFound."""
    accounts = store.named(names)
    store.unlock([account.account for account in accounts])
    return accounts


def account_states(store: AccountStore, now: datetime) -> list[AccountState]:
    """All accounts in the order in which they were made."""
    everyone = store.everyone()
    locked = store.tally.locked((account.account for account in everyone), now)
    return [AccountState(a, _state(a, now), locked.get(a.account, 0)) for a in everyone]


class SlipFile:
    """The file for a sheet of slips: reserved before passwords are made, so that none is lost to a bad path."""

    def __init__(self, path: Path) -> None:
        """Makes the file with mode 0600. Raises Conflict when it is there: it may not have been printed yet."""
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            raise Conflict(f"{path} 已经有了，可能还没有打印。请换一个文件名，没有改动。") from None
        except OSError as error:
            raise TrainerError(f"密码条 {path} 写不了：{error.strerror}。没有改动。") from error

    def write(self, slips: Sequence[Slip], settings: Accounts) -> None:
        """The sheet; without slips the file goes away again. Raises TrainerError naming what to do."""
        if not slips:
            self.discard()
            return
        try:
            with os.fdopen(self._descriptor, "wb") as file:
                file.write(make_slips(slips, settings.installation, settings.address))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise TrainerError(
                f"账号已经改好，但密码条 {self.path} 没有写成：{error.strerror}。"
                f"请腾出空间，再运行 trainer accounts reset {' '.join(slip.account for slip in slips)} 重新发放。"
            ) from error

    def discard(self) -> None:
        """Take the reserved file away."""
        os.close(self._descriptor)
        self.path.unlink(missing_ok=True)


def _issue(people: Sequence[Person], settings: Accounts, now: datetime) -> list[tuple[Person, Slip, OneTime]]:
    """One-time passwords for people: in clear for the slip, hashed for the store."""
    expires = _end(now, settings.one_time_days)
    hashing = Hashing(HashCost.of(settings))

    def issue(person: Person) -> tuple[Person, Slip, OneTime]:
        password = one_time_password()
        slip = Slip(person.account, person.name, person.unit, password, expires)
        return person, slip, OneTime(hashing.hash(canonical_one_time(password)), expires)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(issue, people))


def _reissue(
    store: AccountStore, accounts: Sequence[Account], settings: Accounts, now: datetime
) -> list[Slip]:
    issued = _issue([Person(a.account, a.name, a.unit, a.role) for a in accounts], settings, now)
    store.issue({person.account: kept for person, _, kept in issued})
    return [slip for _, slip, _ in issued]


def _end(now: datetime, days: int) -> datetime:
    """The first midnight after that many whole days, so that a slip can name a day."""
    return (now + timedelta(days=days + 1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _state(account: Account, now: datetime) -> State:
    if account.disabled:
        return "disabled"
    if account.has_expired(now):
        return "expired"
    return "waiting" if account.must_change else "open"
