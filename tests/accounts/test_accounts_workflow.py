"""What the command line and the instructor's page do with accounts."""

from __future__ import annotations

import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from trainer.accounts.door import Admitted, Attempt, Door, MustChange, Refused
from trainer.accounts.store import AccountStore, Person
from trainer.errors import Conflict, NotFound, TrainerError, UsageError
from trainer.model.people import Roster, Trainee
from trainer.settings import Accounts
from trainer.workflow.accounts import (
    SlipFile,
    account_states,
    add_account,
    create_accounts,
    open_accounts,
    reset_accounts,
    reset_unused,
    set_disabled,
    unlock_accounts,
)

OWN = "好好学习天天向上"


def roster(*people: tuple[str, str, str]) -> Roster:
    return Roster(tuple(Trainee(*person) for person in people))


FIRST = roster(("20260001", "虚构甲", "青石镇"), ("20260002", "虚构乙", "柳河乡"))


def enter(door: Door, account: str, password: str, now: datetime) -> Admitted | MustChange | Refused:
    return door.enter(Attempt(account, password, "192.0.2.1"), now)


def test_accounts_for_a_roster_are_made_once(
    store: AccountStore, door: Door, settings: Accounts, now: datetime
) -> None:
    done = create_accounts(store, FIRST, settings, now)
    assert [(s.account, s.name, s.unit) for s in done.slips] == [
        ("20260001", "虚构甲", "青石镇"),
        ("20260002", "虚构乙", "柳河乡"),
    ]
    assert (done.existing, done.renamed) == (0, 0)
    assert isinstance(enter(door, "20260001", done.slips[0].password, now), MustChange)
    again = create_accounts(store, FIRST, settings, now)
    assert (again.slips, again.existing, again.renamed) == ((), 2, 0)
    assert isinstance(enter(door, "20260001", done.slips[0].password, now), MustChange)


def test_newcomers_get_slips_and_changed_names_are_taken_over(
    store: AccountStore, settings: Accounts, now: datetime
) -> None:
    create_accounts(store, FIRST, settings, now)
    later = roster(
        ("20260001", "虚构甲甲", "青石镇"), ("20260002", "虚构乙", "柳河乡"), ("20260003", "虚构丙", "柳河乡")
    )
    done = create_accounts(store, later, settings, now)
    assert [slip.account for slip in done.slips] == ["20260003"]
    assert (done.existing, done.renamed) == (2, 1)
    assert [a.name for a in store.everyone()] == ["虚构甲甲", "虚构乙", "虚构丙"]


def test_a_roster_does_not_turn_an_instructor_into_a_trainee(
    store: AccountStore, settings: Accounts, now: datetime
) -> None:
    add_account(store, Person("20260001", "虚构师", "", "instructor"), settings, now)
    done = create_accounts(store, FIRST, settings, now)
    assert [slip.account for slip in done.slips] == ["20260002"]
    teacher = store.find("20260001")
    assert teacher is not None
    assert (teacher.role, teacher.name) == ("instructor", "虚构师")


def test_a_slip_names_the_day_at_whose_beginning_the_password_ends(
    store: AccountStore, door: Door, settings: Accounts, now: datetime
) -> None:
    slip = add_account(store, Person("a", "虚构甲"), settings, now)
    assert (slip.expires.hour, slip.expires.minute) == (0, 0)
    assert timedelta(days=30) <= slip.expires - now < timedelta(days=31)
    assert isinstance(enter(door, "a", slip.password, slip.expires - timedelta(seconds=1)), MustChange)
    assert isinstance(enter(door, "a", slip.password, slip.expires), Refused)


def test_adding_one(store: AccountStore, settings: Accounts, now: datetime) -> None:
    add_account(store, Person("a", "虚构甲"), settings, now)
    with pytest.raises(Conflict, match="已经有账号 A，没有改动"):
        add_account(store, Person("A", "虚构乙"), settings, now)
    with pytest.raises(UsageError, match="含有不能用的字符"):
        add_account(store, Person("a/b", "虚构乙"), settings, now)
    with pytest.raises(UsageError, match="开头不是"):
        add_account(store, Person("..", "虚构乙"), settings, now)


def test_a_reset_voids_the_old_password_and_lifts_the_lock(
    store: AccountStore, door: Door, settings: Accounts, now: datetime
) -> None:
    first = add_account(store, Person("a", "虚构甲"), settings, now)
    for _ in range(5):
        enter(door, "a", "wrong", now)
    [slip] = reset_accounts(store, ["A"], settings, now)
    assert slip.account == "a"
    assert isinstance(enter(door, "a", first.password, now), Refused)
    assert isinstance(enter(door, "a", slip.password, now), MustChange)
    with pytest.raises(NotFound):
        reset_accounts(store, ["a", "nobody"], settings, now)
    assert isinstance(enter(door, "a", slip.password, now), MustChange)


def test_lost_slips_are_made_anew_for_those_who_have_not_come_yet(
    store: AccountStore, door: Door, settings: Accounts, now: datetime
) -> None:
    done = create_accounts(store, FIRST, settings, now)
    add_account(store, Person("teacher", "虚构师", "", "instructor"), settings, now)
    account = store.find("20260001")
    assert account is not None
    door.set_own(account, OWN, OWN, now)
    slips = reset_unused(store, settings, now)
    assert [slip.account for slip in slips] == ["20260002"]
    assert slips[0].password != done.slips[1].password
    assert isinstance(enter(door, "20260001", OWN, now), Admitted)


def test_states(store: AccountStore, door: Door, settings: Accounts, now: datetime) -> None:
    for name in ("open", "waiting", "disabled", "locked"):
        add_account(store, Person(name, "虚构人"), settings, now)
    account = store.find("open")
    assert account is not None
    door.set_own(account, OWN, OWN, now)
    assert [a.disabled for a in set_disabled(store, ["disabled"], disabled=True)] == [False]
    for _ in range(5):
        enter(door, "locked", "wrong", now)
    states = {s.account.account: (s.state, s.locked) for s in account_states(store, now)}
    assert states == {
        "open": ("open", 0),
        "waiting": ("waiting", 0),
        "disabled": ("disabled", 0),
        "locked": ("waiting", 30),
    }
    unlock_accounts(store, ["locked"])
    set_disabled(store, ["DISABLED"], disabled=False)
    later = {s.account.account: (s.state, s.locked) for s in account_states(store, now + timedelta(days=40))}
    assert later["locked"] == later["disabled"] == ("expired", 0)


def test_the_file_of_slips_is_private_and_never_overwritten(
    tmp_path: Path, store: AccountStore, settings: Accounts, now: datetime
) -> None:
    path = tmp_path / "密码条.docx"
    file = SlipFile(path)
    with pytest.raises(Conflict, match="已经有了"):
        SlipFile(path)
    file.write([add_account(store, Person("a", "虚构甲"), settings, now)], settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"PK")
    empty = tmp_path / "empty.docx"
    SlipFile(empty).write([], settings)
    assert not empty.exists()
    with pytest.raises(TrainerError, match="写不了"):
        SlipFile(tmp_path / "no folder" / "x.docx")


def test_no_password_is_kept_in_clear(tmp_path: Path, settings: Accounts, now: datetime) -> None:
    with open_accounts(tmp_path / "data") as store:
        slip = add_account(store, Person("a", "虚构甲"), settings, now)
    content = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    for form in (slip.password, slip.password.replace("-", "")):
        assert form.encode() not in content
