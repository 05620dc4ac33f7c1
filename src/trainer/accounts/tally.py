"""Failed attempts: who has to wait, and how long."""

from __future__ import annotations

import hashlib
import ipaddress
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from trainer.accounts.database import Database

_DAY = 86_400
_MOST_DOUBLINGS = 30


@dataclass(frozen=True)
class Limit:
    """How many failures there may be within ``window`` seconds, and what follows: a wait that doubles.

    ``failures`` = 0: no limit.
    """

    failures: int
    window: int
    first_wait: int
    longest_wait: int

    def wait_after(self, count: int) -> int:
        """Seconds to wait after the ``count``-th failure."""
        if not self.failures or count < self.failures:
            return 0
        doublings = min(count - self.failures, _MOST_DOUBLINGS)
        return min(self.longest_wait, self.first_wait << doublings)


NO_LIMIT = Limit(0, 0, 0, 0)


@dataclass(frozen=True)
class Counter:
    """One thing that failures are counted against. ``subject`` is what an unlock names: several counters may share it."""

    key: str
    subject: str
    limit: Limit


def account_counter(account: str, limit: Limit) -> Counter:
    """Failures on an account, by anybody. The account need not exist: it is locked all the same."""
    return Counter(_digest("account", account.casefold()), _subject(account), limit)


def device_counter(account: str, device: str, limit: Limit) -> Counter:
    """Failures on an account from a device on which its owner has logged in before."""
    return Counter(_digest("device", account.casefold(), device), _subject(account), limit)


def address_counter(address: str, limit: Limit) -> Counter:
    """Failures from a client address. All addresses of an IPv6 network of 64 bits count as one."""
    key = _digest("address", _network(address))
    return Counter(key, key, limit)


class Tally:
    """The counters, in the file of the accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def wait(self, counters: Iterable[Counter], now: datetime) -> int:
        """Seconds until the next attempt is allowed by all of these; 0: now."""
        second = int(now.timestamp())
        with self._database.reading() as connection:
            untils = [row["until"] for c in counters if (row := _row(connection, c)) is not None]
        return max(0, max(untils, default=0) - second)

    def fail(self, counters: Iterable[Counter], now: datetime) -> list[int]:
        """Count a failure; returns the new count of each."""
        second = int(now.timestamp())
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM failure WHERE first < ? AND until < ?", (second - 2 * _DAY, second)
            )
            return [_count(connection, counter, second) for counter in counters]

    def locked(self, accounts: Iterable[str], now: datetime) -> dict[str, int]:
        """Account -> seconds that it is still locked for those who come from an unknown device."""
        waits = {name: self.wait([account_counter(name, NO_LIMIT)], now) for name in accounts}
        return {name: wait for name, wait in waits.items() if wait}

    def forget(self, connection: sqlite3.Connection, account: str) -> None:
        """Forget the failures on an account, within a transaction of the caller's."""
        connection.execute("DELETE FROM failure WHERE subject = ?", (_subject(account),))


def _row(connection: sqlite3.Connection, counter: Counter) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT count, first, until FROM failure WHERE key = ?", (counter.key,)
    ).fetchone()
    return row


def _count(connection: sqlite3.Connection, counter: Counter, now: int) -> int:
    row = _row(connection, counter)
    fresh = row is None or now - row["first"] >= counter.limit.window
    count, first = (1, now) if row is None or fresh else (row["count"] + 1, row["first"])
    connection.execute(
        "INSERT OR REPLACE INTO failure (key, subject, count, first, until) VALUES (?, ?, ?, ?, ?)",
        (counter.key, counter.subject, count, first, now + counter.limit.wait_after(count)),
    )
    return count


def _subject(account: str) -> str:
    return _digest("subject", account.casefold())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
