"""What is said of an endpoint: who may call it, and how large a request may be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from trainer.hall.calls import Call, Reply
from trainer.hall.policy import Policy

Function = Callable[[Call], Awaitable[Reply]]

#: Who may: everybody; who has logged in; trainees and instructors; people, for themselves; instructors.
ANYBODY, LOGGED_IN, TAKE, OWN, INSTRUCT = range(5)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``least`` is who may call; ``cost`` is taken from the caller's rate; refusals of ``audited`` ones are recorded."""

    function: Function
    least: int
    body: Callable[[Policy], int] | None = None
    cost: float = 1.0
    audited: bool = False


def submission_size(policy: Policy) -> int:
    # JSON escapes and base64 make a bundle longer on the wire than it is.
    return policy.submission_bytes * 3 // 2


def released_size(policy: Policy) -> int:
    return policy.release_bytes * 3 // 2


def answer_size(policy: Policy) -> int:
    return policy.answer_bytes * 3 // 2 + 1024


def little(_policy: Policy) -> int:
    return 64 * 1024


def rules_size(_policy: Policy) -> int:
    # Rules may name some ten thousand people.
    return 2 * 1024 * 1024


def receipt_size(_policy: Policy) -> int:
    return 256 * 1024
