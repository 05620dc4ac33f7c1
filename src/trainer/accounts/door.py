"""Who may come in, and how a password is replaced: every decision of the login, free of any web framework."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from trainer.accounts.passwords import LONGEST, Hashing, canonical, canonical_one_time, password_problem
from trainer.accounts.store import Account, AccountStore
from trainer.accounts.tally import Counter, Limit, account_counter, address_counter, device_counter
from trainer.settings import Accounts

_WARN_AT = 3
_ACCOUNT_WINDOW = 86_400
_ADDRESS_WINDOW = 900
#: No field is longer than this before it is looked at, so that nobody makes us normalise a megabyte.
_LONGEST_FIELD = 4 * LONGEST


@dataclass(frozen=True)
class Attempt:
    """What somebody typed, and where they are. ``device`` is the mark of a device on which this account has logged in
    before, or ``""``."""

    account: str
    password: str
    address: str
    device: str = ""


@dataclass(frozen=True)
class Admitted:
    """The password was right."""

    account: Account


@dataclass(frozen=True)
class MustChange:
    """The one-time password was right: an own one has to be set before anything else."""

    account: Account


@dataclass(frozen=True)
class Refused:
    """Nobody comes in; ``wait`` seconds until the next attempt is looked at (0: at once)."""

    sentence: str
    wait: int = 0


@dataclass(frozen=True)
class Limits:
    """The limits of failed attempts: on one account, and from one client address."""

    account: Limit
    address: Limit

    @classmethod
    def of(cls, settings: Accounts) -> Self:
        waits = settings.first_wait_seconds, settings.longest_wait_seconds
        return cls(
            Limit(settings.failures, _ACCOUNT_WINDOW, *waits),
            Limit(settings.address_failures, _ADDRESS_WINDOW, *waits),
        )


class Door:
    """Checks attempts against the accounts.

    Nothing here tells whether an account exists: unknown ones cost the same work, are refused with the same words and
    are locked by the same count. May be used by several threads at once; an attempt takes one thread for as long as
    the hash does.
    """

    def __init__(self, store: AccountStore, hashing: Hashing, limits: Limits) -> None:
        self._store = store
        self._hashing = hashing
        self._limits = limits

    def enter(self, attempt: Attempt, now: datetime) -> Admitted | MustChange | Refused:
        """The answer to an attempt. Failures are counted, and a wait is kept, before this returns."""
        name = typed_account(attempt.account)
        password = attempt.password[:_LONGEST_FIELD]
        if not name or not password:
            return Refused("请填写账号和密码。")
        counters = self._counters(name, attempt)
        wait = self._store.tally.wait(counters, now)
        if wait:
            return Refused(f"出错的次数太多，请等 {_in_words(wait)}再试。", wait)
        account = self._store.find(name)
        if not self._is_right(account, password) or account is None:
            return self._failure(counters, now)
        return self._right_password(account, password, now)

    def change(self, attempt: Attempt, new: str, again: str, now: datetime) -> Admitted | Refused:
        """Another password for somebody who knows the present one; failures are counted as at the login."""
        entered = self.enter(attempt, now)
        return entered if isinstance(entered, Refused) else self.set_own(entered.account, new, again, now)

    def set_own(self, account: Account, new: str, again: str, now: datetime) -> Admitted | Refused:
        """An own password in place of the one with which ``account`` was read, and which has just been checked."""
        password = canonical(new[:_LONGEST_FIELD])
        problem = password_problem(password, account.account)
        if problem is None and password != canonical(again[:_LONGEST_FIELD]):
            problem = "两次输入的新密码不一样，请重新输入。"
        if problem is None and self._is_right(account, password):
            problem = "新密码不能和原来的密码一样。"
        if problem is not None:
            return Refused(problem)
        if not self._store.set_password(account, self._hashing.hash(password), now):
            return Refused("密码刚刚已经在别处改过了，请重新登录。")
        return Admitted(account)

    def _counters(self, name: str, attempt: Attempt) -> list[Counter]:
        # Nobody else can lock somebody out of the phone on which they have logged in before.
        if attempt.device:
            return [device_counter(name, attempt.device, self._limits.account)]
        return [
            account_counter(name, self._limits.account),
            address_counter(attempt.address, self._limits.address),
        ]

    def _is_right(self, account: Account | None, password: str) -> bool:
        one_time = account is not None and account.must_change
        plain = canonical_one_time(password) if one_time else canonical(password)
        return self._hashing.matches(None if account is None else account.password, plain[: LONGEST + 1])

    def _failure(self, counters: list[Counter], now: datetime) -> Refused:
        count = self._store.tally.fail(counters, now)[0]
        limit = counters[0].limit
        wait = limit.wait_after(count)
        if wait:
            return Refused(f"账号或密码不对。出错的次数太多，请等 {_in_words(wait)}再试。", wait)
        left = limit.failures - count
        warning = f"再错 {left} 次，就要等一会儿才能再试。" if left <= _WARN_AT else ""
        return Refused(f"账号或密码不对。{warning}")

    def _right_password(
        self, account: Account, password: str, now: datetime
    ) -> Admitted | MustChange | Refused:
        if account.disabled:
            return Refused("这个账号已经停用，请和管理员联系。")
        if account.has_expired(now):
            return Refused("这个一次性密码已经过期，请找管理员重新发放。")
        if account.must_change:
            self._store.unlock([account.account])
            return MustChange(account)
        self._store.record_login(account, now)
        if self._hashing.is_outdated(account.password):
            renewed = self._hashing.hash(canonical(password))
            if self._store.set_password(account, renewed, None):
                account = replace(account, password=renewed)
        return Admitted(account)


def typed_account(text: str) -> str:
    """An account as it was typed, without what a phone's keyboard adds: full-width signs, spaces around it."""
    return unicodedata.normalize("NFKC", text[:_LONGEST_FIELD]).strip()


def _in_words(seconds: int) -> str:
    return f"{seconds} 秒" if seconds <= 60 else f"{math.ceil(seconds / 60)} 分钟"
