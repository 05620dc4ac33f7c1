"""Which path leads where, who may go there, and how large a request may be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from trainer.hall import endpoints
from trainer.hall.calls import Call, Reply
from trainer.hall.policy import Policy
from trainer.hall.refusals import Refused, not_found

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


def _submission(policy: Policy) -> int:
    # JSON escapes and base64 make a bundle longer on the wire than it is.
    return policy.submission_bytes * 3 // 2


def _released(policy: Policy) -> int:
    return policy.release_bytes * 3 // 2


def _answer(policy: Policy) -> int:
    return policy.answer_bytes * 3 // 2 + 1024


def _little(_policy: Policy) -> int:
    return 64 * 1024


def _receipt(_policy: Policy) -> int:
    return 256 * 1024


_A = ("assignments", None, None)
#: Path with None for a name → method → endpoint.
ROUTES: dict[tuple[str | None, ...], dict[str, Endpoint]] = {
    ("time",): {"GET": Endpoint(endpoints.time, ANYBODY)},
    ("key",): {"GET": Endpoint(endpoints.key, LOGGED_IN)},
    ("receipts", "verify"): {"POST": Endpoint(endpoints.verify_receipt, LOGGED_IN, _receipt)},
    ("audit",): {"GET": Endpoint(endpoints.audit, INSTRUCT, audited=True)},
    ("assignments",): {"GET": Endpoint(endpoints.assignments, TAKE, cost=2)},
    _A: {
        "GET": Endpoint(endpoints.assignment, TAKE),
        "PUT": Endpoint(endpoints.release, INSTRUCT, _released, audited=True),
        "PATCH": Endpoint(endpoints.change_rules, INSTRUCT, _little, audited=True),
        "DELETE": Endpoint(endpoints.withdraw, INSTRUCT, audited=True),
    },
    (*_A, "files"): {"GET": Endpoint(endpoints.files, TAKE, cost=2, audited=True)},
    (*_A, "answers"): {"GET": Endpoint(endpoints.answers, TAKE)},
    (*_A, "answers", None): {"PUT": Endpoint(endpoints.save_answer, OWN, _answer)},
    (*_A, "submissions"): {
        "POST": Endpoint(endpoints.submit, OWN, _submission, cost=5, audited=True),
        "GET": Endpoint(endpoints.submissions, TAKE),
    },
    (*_A, "submissions", None, "files"): {
        "GET": Endpoint(endpoints.submission_files, TAKE, cost=2, audited=True)
    },
    (*_A, "collection"): {"GET": Endpoint(endpoints.collection, INSTRUCT, cost=20, audited=True)},
    (*_A, "extensions", None): {"PUT": Endpoint(endpoints.extend, INSTRUCT, _little, audited=True)},
    (*_A, "feedback"): {"GET": Endpoint(endpoints.feedback, TAKE, cost=2)},
    (*_A, "feedback", None): {"PUT": Endpoint(endpoints.put_feedback, INSTRUCT, _released, audited=True)},
    (*_A, "progress"): {"GET": Endpoint(endpoints.progress, INSTRUCT, cost=5)},
}

_BY_SHAPE = {(len(path), *(part for part in path if part)): path for path in ROUTES}


def route(parts: list[str], method: str) -> tuple[Endpoint, tuple[str, ...]]:
    """The endpoint of a decoded path below ``api/v1/``, and its names. Raises Refused (404, 405)."""
    if parts[0] == "assignments" and len(parts) > 2:
        path = _BY_SHAPE.get((len(parts), "assignments", *parts[3:4], *parts[5:6]))
        names = (*parts[1:3], *parts[4:5])
    else:
        path, names = _BY_SHAPE.get((len(parts), *parts)), ()
    if path is None:
        raise not_found("没有这个地址。")
    endpoint = ROUTES[path].get(method)
    if endpoint is None:
        raise Refused(405, "method", f"这个地址不接受 {method[:10]}。")
    return endpoint, names
