"""The file of the accounts."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trainer.accounts.store import Account, AccountStore, OneTime, Person
from trainer.errors import Conflict, NotFound, TrainerError
from trainer.workflow.accounts import open_accounts

Maker = Callable[..., Account]


def test_what_is_kept_comes_back(store: AccountStore, now: datetime) -> None:
    expires = now + timedelta(days=30)
    person = Person("20260001", "虚构甲", "青石镇", "instructor")
    [made] = store.add([(person, OneTime("hash", expires))], now)
    assert made == store.find("20260001")
    assert (made.number, made.name, made.unit, made.role) == (1, "虚构甲", "青石镇", "instructor")
    assert (made.must_change, made.disabled, made.last_login) == (True, False, None)
    assert (made.expires, made.created) == (expires, now)
    assert not made.has_expired(expires - timedelta(seconds=1))
    assert made.has_expired(expires)


def test_names_are_found_whatever_their_case(store: AccountStore, make: Maker, now: datetime) -> None:
    make("Zhang01")
    found = store.find("zHANG01")
    assert found is not None
    assert found.account == "Zhang01"
    assert store.add([(Person("ZHANG01", "别人"), OneTime("x", now))], now) == []


def test_numbers_are_never_given_twice(store: AccountStore, make: Maker, tmp_path: Path) -> None:
    assert [make(name).number for name in ("a", "b", "c")] == [1, 2, 3]
    with sqlite3.connect(tmp_path / "accounts.sqlite") as connection:
        connection.execute("DELETE FROM account WHERE number = 3")
    assert make("d").number > 3


def test_adding_is_all_or_nothing(store: AccountStore, now: datetime) -> None:
    good, bad = Person("a", "甲"), Person("b", "乙", "", "boss")  # type: ignore[arg-type]
    with pytest.raises(TrainerError):
        store.add([(person, OneTime("x", now)) for person in (good, bad)], now)
    assert store.everyone() == []


def test_a_password_is_replaced_only_if_it_is_still_the_same(
    store: AccountStore, make: Maker, now: datetime
) -> None:
    before = make("a", one_time="x")
    assert store.set_password(before, "first", now)
    assert not store.set_password(before, "second", now)
    after = store.find("a")
    assert after is not None
    assert (after.password, after.must_change, after.expires, after.last_login) == ("first", False, None, now)
    assert after.stamp != before.stamp
    assert "first" not in after.stamp


def test_missing_accounts_are_all_named_and_nothing_happens(store: AccountStore, make: Maker) -> None:
    make("a")
    with pytest.raises(NotFound, match="没有这 2 个账号：x、y"):
        store.named(["a", "x", "y"])


def test_only_the_owner_can_read_the_file(store: AccountStore, make: Maker, tmp_path: Path) -> None:
    make("a")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes["accounts.sqlite"] == 0o600
    assert set(modes.values()) == {0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(tmp_path: Path, now: datetime) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "accounts.sqlite").touch()  # by root, before the folder was given away
    os.chown(folder, 200_000, 200_000)
    with AccountStore(folder / "accounts.sqlite") as store:
        store.add([(Person("a", "虚构甲"), OneTime("x", now))], now)
        owners = {path.name: path.stat().st_uid for path in folder.iterdir()}
    assert set(owners.values()) == {200_000}, owners
    link = folder / "link.sqlite"
    link.symlink_to(tmp_path / "of-root")
    (tmp_path / "of-root").touch()
    with pytest.raises(TrainerError):
        AccountStore(link)
    assert (tmp_path / "of-root").stat().st_uid == 0


def test_changes_are_durable(store: AccountStore, tmp_path: Path) -> None:
    with store._database.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "newer.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(Conflict, match="更新版本"):
        AccountStore(path)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.sqlite"
    path.write_bytes(b"nothing of the kind, and longer than a header has to be" * 100)
    with pytest.raises(TrainerError, match=r"账号数据库 .* 不能使用"):
        AccountStore(path)
    with pytest.raises(TrainerError, match=r"账号数据库 .* 不能使用"):
        AccountStore(tmp_path / "no folder" / "x.sqlite")


_CREATE = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from trainer.model.people import Roster, Trainee
from trainer.settings import Accounts
from trainer.workflow.accounts import create_accounts, open_accounts

sys.stdin.readline()
roster = Roster(tuple(Trainee(f"2026{n:04d}", f"虚构{n}", "青石镇") for n in range(150)))
with open_accounts(Path(sys.argv[1])) as store:
    done = create_accounts(store, roster, Accounts(hash_memory_kib=8, hash_rounds=1), datetime.now(UTC))
print(json.dumps({"made": [slip.account for slip in done.slips], "existing": done.existing}))
"""


def test_two_processes_make_accounts_at_once(tmp_path: Path) -> None:
    """Each account is made once, by one of them, and that one has its slip."""
    command = [sys.executable, "-c", _CREATE, str(tmp_path / "data")]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    reports = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    made = [account for report in reports for account in report["made"]]
    assert sorted(made) == [f"2026{n:04d}" for n in range(150)]
    assert sum(report["existing"] for report in reports) == 150
    with open_accounts(tmp_path / "data") as store:
        numbers = [account.number for account in store.everyone()]
    assert len(set(numbers)) == 150


def test_threads_share_one_store(store: AccountStore, make: Maker) -> None:
    account = make("a")
    at = datetime(2026, 11, 20, tzinfo=UTC)

    def log_in() -> None:
        for _ in range(20):
            store.record_login(account, at)

    threads = [threading.Thread(target=log_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.find("a")
    assert found is not None
    assert found.last_login == at


_ADD_ELSEWHERE = """
import sys
from datetime import datetime
from pathlib import Path
from trainer.accounts.store import AccountStore, OneTime, Person
now = datetime.now().astimezone()
with AccountStore(Path(sys.argv[1])) as store:
    store.add([(Person(sys.argv[2], "虚构"), OneTime("x", now))], now)
"""


def test_a_second_store_in_one_process_does_not_take_the_locks_of_the_first(tmp_path: Path) -> None:
    """What another process writes afterwards is seen by the first, and not lost with the write-ahead log."""
    path = tmp_path / "accounts.sqlite"
    with AccountStore(path) as first:
        for account in ("a", "b"):
            assert first.find(account) is None
            AccountStore(path).close()
            subprocess.run([sys.executable, "-c", _ADD_ELSEWHERE, path, account], check=True)
            assert first.find(account) is not None
        with AccountStore(path) as fresh:
            assert len(fresh.named(["a", "b"])) == 2
