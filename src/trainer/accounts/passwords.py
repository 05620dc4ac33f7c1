"""Passwords: one-time ones that we make, own ones that people choose, and how both are kept."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Self

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from trainer.settings import Accounts

#: No vowels, so that no word appears by chance; nothing that looks like another sign of its group.
_LETTERS = "bcdfghjkmnpqrstvwxyz"
_DIGITS = "23456789"
_SIGNS = 6

SHORTEST = 8
LONGEST = 128
_FEWEST_DIFFERENT = 4
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―_−]+")


@dataclass(frozen=True)
class HashCost:
    """What one check of a password costs. The defaults are the least that OWASP recommends for argon2id."""

    memory_kib: int = 19_456
    rounds: int = 2
    lanes: int = 1

    @classmethod
    def of(cls, settings: Accounts) -> Self:
        return cls(settings.hash_memory_kib, settings.hash_rounds, settings.hash_lanes)

    def is_below(self, other: HashCost) -> bool:
        """Whether this is cheaper than ``other`` in memory or in rounds."""
        return self.memory_kib < other.memory_kib or self.rounds < other.rounds


class Hashing:
    """argon2id with a given cost. May be used by several threads at once.

    ``checks`` counts the verifications done, so that a test can tell that none was saved for unknown accounts.
    """

    def __init__(self, cost: HashCost) -> None:
        self.cost = cost
        self.checks = 0
        self._counting = threading.Lock()
        self._hasher = PasswordHasher(
            time_cost=cost.rounds, memory_cost=cost.memory_kib, parallelism=cost.lanes, type=Type.ID
        )

    def hash(self, password: str) -> str:
        """The PHC string of a password; it records its own cost and salt."""
        return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether ``password`` is the one behind ``kept``. Without ``kept`` the same work is done, for nothing."""
        with self._counting:
            self.checks += 1
        try:
            self._hasher.verify(kept or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Whether ``kept`` was made with another cost than the present one."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_hex(16))


def one_time_password() -> str:
    """A new one-time password as it is printed: six letters, a hyphen, six digits (``kmwhxt-379245``); 43.9 bits."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_SIGNS))
    return f"{letters}-{''.join(secrets.choice(_DIGITS) for _ in range(_SIGNS))}"


def canonical(password: str) -> str:
    """A password as it is hashed: full-width signs of a Chinese keyboard count as the usual ones."""
    return unicodedata.normalize("NFKC", password)


def canonical_one_time(password: str) -> str:
    """A one-time password as it is hashed: however spaces, hyphens and capitals were typed."""
    return _SEPARATORS.sub("", canonical(password)).lower()


def password_problem(password: str, account: str) -> str | None:
    """Why a password cannot be chosen, as a sentence; None if it can. ``password`` is canonical."""
    if len(password) < SHORTEST:
        return f"密码太短了，至少要 {SHORTEST} 个字符。"
    if len(password) > LONGEST:
        return f"密码太长了，最多 {LONGEST} 个字符。"
    if not password.isprintable():
        return "密码里有看不见的字符，请重新输入。"
    plain = password.casefold()
    if plain == account.casefold():
        return "密码不能和账号一样。"
    if plain in _common() or len(set(plain)) < _FEWEST_DIFFERENT or _is_a_run(plain):
        return "这个密码太常见，容易被猜中，请换一个。"
    return None


def _is_a_run(text: str) -> bool:
    """12345678, hgfedcba: every sign is the next of the one before, all up or all down."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})


@cache
def _common() -> frozenset[str]:
    """Passwords that are tried first. A short list on purpose: online guessing is slowed down by the lock-out."""
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text("ascii").split())
