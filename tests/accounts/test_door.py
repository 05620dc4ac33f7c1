"""Who may come in: the decisions, with the clock as a parameter."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from trainer.accounts.door import Admitted, Attempt, Door, Limits, MustChange, Refused
from trainer.accounts.passwords import HashCost, Hashing
from trainer.accounts.store import Account, AccountStore
from trainer.accounts.tally import Limit, account_counter, address_counter
from trainer.settings import Accounts

Maker = Callable[..., Account]
OWN = "好好学习天天向上"


def attempt(account: str, password: str, *, address: str = "192.0.2.1", device: str = "") -> Attempt:
    return Attempt(account, password, address, device)


def test_right_passwords(door: Door, store: AccountStore, make: Maker, now: datetime) -> None:
    make("a", own=OWN)
    make("b", one_time="kmwhxt379245")
    admitted = door.enter(attempt("a", OWN), now)
    assert isinstance(admitted, Admitted)
    assert admitted.account.account == "a"
    found = store.find("a")
    assert found is not None
    assert found.last_login == now
    must = door.enter(attempt(" Ｂ ", "kmwhxt-379245"), now)
    assert isinstance(must, MustChange)
    assert must.account.last_login is None


def test_an_own_password_is_not_read_as_loosely_as_a_one_time_one(
    door: Door, make: Maker, now: datetime
) -> None:
    make("a", own="My Own-Password")
    assert isinstance(door.enter(attempt("a", "myownpassword"), now), Refused)
    assert isinstance(door.enter(attempt("a", "Ｍｙ Own-Password"), now), Admitted)


@pytest.mark.parametrize("name", ["known", "unknown", "disabled", "expired", "名字", "x" * 500])
def test_a_refusal_costs_one_check_whoever_is_meant(
    door: Door, hashing: Hashing, store: AccountStore, make: Maker, now: datetime, name: str
) -> None:
    make("known", own=OWN)
    make("disabled", own=OWN)
    make("expired", one_time="x")
    store.disable(["disabled"], disabled=True)
    hashing.matches(None, "")  # the hash that belongs to nobody is made once
    before = hashing.checks
    refused = door.enter(attempt(name, "wrong"), now + timedelta(days=99))
    assert refused == Refused("账号或密码不对。")
    assert hashing.checks == before + 1


def test_the_wait_doubles_up_to_the_longest(door: Door, make: Maker, now: datetime) -> None:
    make("a", own=OWN)
    waits = []
    at = now
    for _ in range(12):
        refused = door.enter(attempt("a", "wrong"), at)
        assert isinstance(refused, Refused)
        waits.append(refused.wait)
        at += timedelta(seconds=refused.wait)
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]
    assert isinstance(door.enter(attempt("a", OWN), at), Admitted)
    assert door.enter(attempt("a", "wrong"), at) == Refused("账号或密码不对。")


def test_while_locked_nothing_is_checked_or_counted(
    door: Door, hashing: Hashing, make: Maker, now: datetime
) -> None:
    make("a", own=OWN)
    for _ in range(5):
        door.enter(attempt("a", "wrong"), now)
    checks = hashing.checks
    for _ in range(50):
        assert door.enter(attempt("A", OWN), now + timedelta(seconds=9)) == Refused(
            "出错的次数太多，请等 21 秒再试。", 21
        )
    assert hashing.checks == checks
    assert isinstance(door.enter(attempt("a", OWN), now + timedelta(seconds=30)), Admitted)


def test_failures_are_forgotten_after_a_day(door: Door, make: Maker, now: datetime) -> None:
    make("a", own=OWN)
    for _ in range(4):
        door.enter(attempt("a", "wrong"), now)
    assert door.enter(attempt("a", "wrong"), now + timedelta(days=1)) == Refused("账号或密码不对。")


def test_an_address_has_its_own_higher_limit(
    store: AccountStore, hashing: Hashing, make: Maker, now: datetime
) -> None:
    limits = Limits.of(Accounts(address_failures=20))
    door = Door(store, hashing, limits)
    make("a", own=OWN)
    refused = [door.enter(attempt(f"guess{n}", "wrong"), now) for n in range(20)]
    assert [r.wait for r in refused if isinstance(r, Refused)] == [
        0
    ] * 20  # the 20th is told at the next attempt
    assert door.enter(attempt("a", OWN), now) == Refused("出错的次数太多，请等 30 秒再试。", 30)
    assert isinstance(door.enter(attempt("a", OWN, address="192.0.2.2"), now), Admitted)
    assert isinstance(door.enter(attempt("a", OWN, device="phone"), now), Admitted)
    later = now + timedelta(minutes=15)
    assert isinstance(door.enter(attempt("a", OWN), later), Admitted)


def test_a_limit_of_nought_is_none(store: AccountStore, hashing: Hashing, make: Maker, now: datetime) -> None:
    door = Door(store, hashing, Limits.of(Accounts(address_failures=0)))
    make("a", own=OWN)
    for n in range(60):
        door.enter(attempt(f"guess{n}", "wrong"), now)
    assert isinstance(door.enter(attempt("a", OWN), now), Admitted)


def test_a_device_of_ones_own_is_counted_by_itself(door: Door, make: Maker, now: datetime) -> None:
    make("a", own=OWN)
    for _ in range(5):
        door.enter(attempt("a", "wrong"), now)
    assert isinstance(door.enter(attempt("a", OWN), now), Refused)
    for _ in range(5):
        door.enter(attempt("a", "wrong", device="phone"), now)
    assert isinstance(door.enter(attempt("a", OWN, device="phone"), now), Refused)
    assert isinstance(door.enter(attempt("a", OWN, device="tablet"), now), Admitted)


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    limit = Limit(5, 60, 30, 900)
    assert address_counter("2001:db8::1", limit) == address_counter("2001:db8::ffff:1", limit)
    assert address_counter("2001:db8:0:1::1", limit) != address_counter("2001:db8::1", limit)
    assert address_counter("::ffff:192.0.2.1", limit) == address_counter("192.0.2.1", limit)
    assert address_counter("not an address", limit).key
    assert account_counter("\udcff", limit).key


def test_what_was_typed_is_not_in_the_file(door: Door, now: datetime, tmp_path: Path) -> None:
    door.enter(attempt("typed-my-password-here", "secret"), now)
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"typed-my-password" not in content
    assert b"secret" not in content


def test_old_counters_are_swept(door: Door, now: datetime, tmp_path: Path) -> None:
    for n in range(30):
        door.enter(attempt(f"guess{n}", "wrong"), now)
    door.enter(attempt("later", "wrong"), now + timedelta(days=3))
    with sqlite3.connect(tmp_path / "accounts.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM failure").fetchone()[0] == 2


def test_a_login_renews_a_hash_of_another_cost(
    store: AccountStore, make: Maker, settings: Accounts, now: datetime
) -> None:
    make("a", own=OWN)
    dearer = Hashing(HashCost(16, 2, 1))
    door = Door(store, dearer, Limits.of(settings))
    admitted = door.enter(attempt("a", OWN), now)
    found = store.find("a")
    assert found is not None
    assert "m=16,t=2" in found.password
    assert isinstance(admitted, Admitted)
    assert admitted.account.password == found.password
    assert isinstance(door.change(attempt("a", OWN), "另外一个好密码呀", "另外一个好密码呀", now), Admitted)


def test_closed_and_expired_are_told_only_with_the_password(
    door: Door, store: AccountStore, make: Maker, now: datetime
) -> None:
    make("a", own=OWN)
    make("b", one_time="kmwhxt379245")
    store.disable(["a"], disabled=True)
    late = now + timedelta(days=30)
    assert door.enter(attempt("a", OWN), now) == Refused("这个账号已经停用，请和管理员联系。")
    assert door.enter(attempt("b", "kmwhxt379245"), late) == Refused(
        "这个一次性密码已经过期，请找管理员重新发放。"
    )


def test_changing_a_password(door: Door, make: Maker, now: datetime) -> None:
    make("a", own=OWN)
    new = "另外一个好密码呀"
    assert door.change(attempt("a", "wrong"), new, new, now) == Refused("账号或密码不对。")
    assert door.change(attempt("a", OWN), OWN, OWN, now) == Refused("新密码不能和原来的密码一样。")
    assert door.change(attempt("a", OWN), new, new + "x", now) == Refused(
        "两次输入的新密码不一样，请重新输入。"
    )
    assert isinstance(door.change(attempt("a", OWN), new, new, now), Admitted)
    assert isinstance(door.enter(attempt("a", OWN), now), Refused)
    assert isinstance(door.enter(attempt("a", new), now), Admitted)


def test_an_own_password_that_somebody_else_set_meanwhile(door: Door, make: Maker, now: datetime) -> None:
    account = make("a", one_time="kmwhxt379245")
    assert isinstance(door.set_own(account, OWN, OWN, now), Admitted)
    refused = door.set_own(account, "另外一个好密码呀", "另外一个好密码呀", now)
    assert refused == Refused("密码刚刚已经在别处改过了，请重新登录。")
