"""Which path leads where, who may go there, and how large a request may be."""

from __future__ import annotations

from trainer.hall import endpoints, learning_routes
from trainer.hall.endpoint import (
    ANYBODY,
    INSTRUCT,
    LOGGED_IN,
    OWN,
    TAKE,
    Endpoint,
    answer_size,
    little,
    receipt_size,
    released_size,
    rules_size,
    submission_size,
)
from trainer.hall.refusals import Refused, not_found

_A = ("assignments", None, None)
#: Path with None for a name → method → endpoint.
ROUTES: learning_routes.Paths = {
    ("time",): {"GET": Endpoint(endpoints.time, ANYBODY)},
    ("key",): {"GET": Endpoint(endpoints.key, LOGGED_IN)},
    ("receipts", "verify"): {"POST": Endpoint(endpoints.verify_receipt, LOGGED_IN, receipt_size)},
    ("audit",): {"GET": Endpoint(endpoints.audit, INSTRUCT, audited=True)},
    ("assignments",): {"GET": Endpoint(endpoints.assignments, TAKE, cost=2)},
    _A: {
        "GET": Endpoint(endpoints.assignment, TAKE),
        "PUT": Endpoint(endpoints.release, INSTRUCT, released_size, audited=True),
        "PATCH": Endpoint(endpoints.change_rules, INSTRUCT, rules_size, audited=True),
        "DELETE": Endpoint(endpoints.withdraw, INSTRUCT, audited=True),
    },
    (*_A, "files"): {"GET": Endpoint(endpoints.files, TAKE, cost=2, audited=True)},
    (*_A, "answers"): {"GET": Endpoint(endpoints.answers, TAKE)},
    (*_A, "answers", None): {"PUT": Endpoint(endpoints.save_answer, OWN, answer_size)},
    (*_A, "submissions"): {
        "POST": Endpoint(endpoints.submit, OWN, submission_size, cost=5, audited=True),
        "GET": Endpoint(endpoints.submissions, TAKE),
    },
    (*_A, "submissions", None, "files"): {
        "GET": Endpoint(endpoints.submission_files, TAKE, cost=2, audited=True)
    },
    (*_A, "collection"): {"GET": Endpoint(endpoints.collection, INSTRUCT, cost=20, audited=True)},
    (*_A, "extensions", None): {"PUT": Endpoint(endpoints.extend, INSTRUCT, little, audited=True)},
    (*_A, "feedback"): {"GET": Endpoint(endpoints.feedback, TAKE, cost=2)},
    (*_A, "feedback", None): {"PUT": Endpoint(endpoints.put_feedback, INSTRUCT, released_size, audited=True)},
    (*_A, "feedback-hashes"): {"GET": Endpoint(endpoints.feedback_hashes, INSTRUCT, cost=5)},
    (*_A, "progress"): {"GET": Endpoint(endpoints.progress, INSTRUCT, cost=5)},
} | learning_routes.ROUTES

_BY_BEGINNING: dict[tuple[str | None, int], list[tuple[str | None, ...]]] = {}
for _path in ROUTES:
    _BY_BEGINNING.setdefault((_path[0], len(_path)), []).append(_path)


def route(parts: list[str], method: str) -> tuple[Endpoint, tuple[str, ...]]:
    """The endpoint of a decoded path below ``api/v1/``, and its names. Raises Refused (404, 405)."""
    found = next((path for path in _BY_BEGINNING.get((parts[0], len(parts)), ()) if _fits(path, parts)), None)
    if found is None:
        raise not_found("没有这个地址。")
    endpoint = ROUTES[found].get(method)
    if endpoint is None:
        raise Refused(405, "method", f"这个地址不接受 {method[:10]}。")
    return endpoint, tuple(part for part, fixed in zip(parts, found, strict=True) if fixed is None)


def _fits(path: tuple[str | None, ...], parts: list[str]) -> bool:
    return all(fixed is None or fixed == part for fixed, part in zip(path, parts, strict=True))
