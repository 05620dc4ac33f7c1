"""Accounts in a file of their own, with hashes that cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trainer.accounts.door import Door, Limits
from trainer.accounts.passwords import HashCost, Hashing
from trainer.accounts.store import Account, AccountStore, OneTime, Person
from trainer.settings import Accounts

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """When the tests happen."""
    return NOON


@pytest.fixture
def settings() -> Accounts:
    """The defaults, but for the cost of a hash."""
    return Accounts(hash_memory_kib=8, hash_rounds=1)


@pytest.fixture
def hashing(settings: Accounts) -> Hashing:
    return Hashing(HashCost.of(settings))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AccountStore]:
    with AccountStore(tmp_path / "accounts.sqlite") as opened:
        yield opened


@pytest.fixture
def door(store: AccountStore, hashing: Hashing, settings: Accounts) -> Door:
    return Door(store, hashing, Limits.of(settings))


Maker = Callable[..., Account]


@pytest.fixture
def make(store: AccountStore, hashing: Hashing) -> Maker:
    """An account with a one-time password, or with an own one."""

    def account(name: str, *, one_time: str = "", own: str = "", **about: str) -> Account:
        expires = NOON + timedelta(days=30)
        person = Person(name, **({"name": "虚构人"} | about))
        [made] = store.add([(person, OneTime(hashing.hash(one_time or "unused"), expires))], NOON)
        if own:
            assert store.set_password(made, hashing.hash(own), NOON)
        found = store.find(name)
        assert found is not None
        return found

    return account
