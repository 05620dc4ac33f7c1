"""One-time passwords, rules for own ones, hashes."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.accounts.passwords import (
    HashCost,
    Hashing,
    canonical,
    canonical_one_time,
    one_time_password,
    password_problem,
)
from trainer.settings import Accounts


def test_one_time_passwords_are_easy_to_read_and_never_the_same() -> None:
    made = {one_time_password() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"[b-hj-np-tv-z]{6}-[2-9]{6}", password) for password in made)
    assert not set("".join(made)) & set("aeiou01lIO")
    signs = [len({password[place] for password in made}) for place in range(13)]
    assert [signs[0], signs[6], signs[12]] == [20, 1, 8]
    assert math.log2(20**6 * 8**6) > 43


@pytest.mark.parametrize(
    "typed",
    ["kmwhxt-379245", "KMWHXT379245", " kmwhxt — 379245 ", "ｋｍｗｈｘｔ－３７９２４５", "kmw hxt 379 245"],
)
def test_a_one_time_password_may_be_typed_in_many_ways(typed: str) -> None:
    assert canonical_one_time(typed) == "kmwhxt379245"


@given(st.text(max_size=40))
def test_the_canonical_form_is_stable(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "太短"),
        ("1234567", "太短"),
        ("x" * 129, "太长"),
        ("20260001", "和账号一样"),
        ("Woaini1314", "太常见"),
        ("12345678", "太常见"),
        ("98765432", "太常见"),
        ("abcdefghij", "太常见"),
        ("jihgfedcba", "太常见"),
        ("aabbaabbaabb", "太常见"),
        ("good\npassword", "看不见"),
        ("good\u200bpassword", "看不见"),
    ],
)
def test_a_bad_password_is_refused_with_the_reason(password: str, why: str) -> None:
    problem = password_problem(password, "20260001")
    assert problem is not None
    assert why in problem


@pytest.mark.parametrize(
    "password", ["xiangcun", "好好学习天天向上", "no rules of composition", "三个 代表 重要", "7g2k9q4m"]
)
def test_length_is_enough(password: str) -> None:
    assert password_problem(password, "20260001") is None


def test_a_hash_matches_its_password_only(hashing: Hashing) -> None:
    kept = hashing.hash("好好学习天天向上")
    assert kept.startswith("$argon2id$")
    assert "好好" not in kept
    assert hashing.matches(kept, "好好学习天天向上")
    assert not hashing.matches(kept, "好好学习天天向下")
    assert not hashing.matches(kept, "")
    assert not hashing.matches("not a hash", "x")
    assert hashing.hash("x") != hashing.hash("x")


def test_nobody_matches_without_a_hash_and_the_work_is_the_same(hashing: Hashing) -> None:
    before = hashing.checks
    assert not hashing.matches(None, "x")
    assert hashing.checks == before + 1


def test_a_hash_says_what_it_cost(hashing: Hashing) -> None:
    kept = hashing.hash("x")
    assert "m=8,t=1,p=1" in kept
    assert not hashing.is_outdated(kept)
    assert Hashing(HashCost(16, 1, 1)).is_outdated(kept)
    assert Hashing(HashCost(16, 2, 2)).matches(kept, "x")


def test_the_defaults_are_not_below_what_owasp_recommends() -> None:
    assert HashCost.of(Accounts()) == HashCost(19_456, 2, 1)
    assert not HashCost.of(Accounts()).is_below(HashCost())
    assert HashCost(8, 2, 1).is_below(HashCost())
    assert HashCost(65_536, 1, 1).is_below(HashCost())
