"""Who may do what: every endpoint, asked by everybody."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from polling import until
from trainer.hall.client import HallForbidden
from trainer.hall.routes import ROUTES

PREFIX = "/services/hall/api/v1/"
NOBODY, TRAINEE, OTHER, INSTRUCTOR, SERVICE, VISITOR = (
    None,
    "token-zhang",
    "token-li",
    "token-chen",
    "token-console",
    "token-visitor",
)
EXERCISE = {
    "question": {"id": "l-e", "kind": "judge"},
    "topic": "t",
    "topic_title": "专题",
    "citation": "",
    "layout": [],
}
LESSON = {
    "about": {"id": "l", "title": "虚构的一课", "minutes": 5, "order": 0},
    "topic_title": "专题",
    "files": {"exercises.json": {"text": json.dumps({"format": 1, "exercises": {"e": EXERCISE}})}},
}
BODIES = {
    "PUT assignments/c/a": {"files": {"p.ipynb": {"text": '{"cells": []}'}}},
    "PATCH assignments/c/a": {"rules": {}},
    "PUT assignments/c/a/answers/cell": {"text": "A"},
    "POST assignments/c/a/submissions": {"files": {"p.ipynb": {"text": '{"cells": []}'}}},
    "PUT assignments/c/a/extensions/u": {"minutes": 5},
    "PUT assignments/c/a/feedback/u": {"submission": "none", "files": {"f": {"text": ""}}},
    "POST receipts/verify": {"receipt": {}},
    "PUT lessons/l": LESSON,
    "PUT learning/l": {},
    "PUT learning/l/exercises/e": {"verdict": "wrong", "text": "A"},
    "PUT mistakes/q": {"right": True, "try": "1"},
}
#: endpoint → statuses for nobody, trainee, other trainee, instructor, service, a visitor without permission
EXPECTED = {
    "GET time": (200, 200, 200, 200, 200, 200),
    "GET key": (401, 200, 200, 200, 200, 200),
    "POST receipts/verify": (401, 200, 200, 200, 200, 200),
    "GET audit": (401, 403, 403, 200, 200, 403),
    "GET assignments": (401, 200, 200, 200, 200, 403),
    "GET assignments/c/a": (401, 200, 200, 200, 200, 403),
    "PUT assignments/c/a": (401, 403, 403, 409, 409, 403),
    "PATCH assignments/c/a": (401, 403, 403, 200, 200, 403),
    "DELETE assignments/c/a": (401, 403, 403, 200, 200, 403),
    "GET assignments/c/a/files": (401, 200, 200, 200, 200, 403),
    "GET assignments/c/a/answers": (401, 200, 200, 200, 200, 403),
    "PUT assignments/c/a/answers/cell": (401, 404, 404, 404, 403, 403),
    "POST assignments/c/a/submissions": (401, 201, 201, 201, 403, 403),
    "GET assignments/c/a/submissions": (401, 200, 200, 200, 200, 403),
    "GET assignments/c/a/submissions/id/files": (401, 200, 404, 200, 200, 403),
    "GET assignments/c/a/collection": (401, 403, 403, 200, 200, 403),
    "PUT assignments/c/a/extensions/u": (401, 403, 403, 200, 200, 403),
    "GET assignments/c/a/feedback": (401, 404, 404, 404, 404, 403),
    "PUT assignments/c/a/feedback/u": (401, 403, 403, 404, 404, 403),
    "GET assignments/c/a/feedback-hashes": (401, 403, 403, 200, 200, 403),
    "GET assignments/c/a/progress": (401, 403, 403, 200, 200, 403),
    "GET lessons": (401, 403, 403, 200, 200, 403),
    "PUT lessons/l": (401, 403, 403, 200, 200, 403),
    "DELETE lessons/l": (401, 403, 403, 200, 200, 403),
    "GET lessons/l/files": (401, 200, 200, 200, 200, 403),
    "GET learning": (401, 200, 200, 200, 403, 403),
    "PUT learning/l": (401, 200, 200, 200, 403, 403),
    "PUT learning/l/exercises/e": (401, 200, 200, 200, 403, 403),
    "GET mistakes": (401, 200, 200, 200, 403, 403),
    "PUT mistakes/q": (401, 404, 404, 404, 403, 403),
}


def test_the_matrix_names_every_endpoint():
    shapes = {tuple(key.partition(" ")[2].split("/")) for key in EXPECTED}
    known = {(len(path), *(p for p in path if p)) for path in ROUTES}
    assert {
        (len(s), *(p for p in s if p not in {"c", "a", "u", "id", "cell", "l", "e", "q"})) for s in shapes
    } == known
    assert len(EXPECTED) == sum(map(len, ROUTES.values()))


@pytest.fixture(scope="session")
def exam(hall):
    """A released assignment with one submission of zhang; withdrawn, rules and all are put back before each question."""
    instructor, zhang = hall.client(INSTRUCTOR), hall.client(TRAINEE)

    def prepare(name: str) -> str:
        instructor.release("c", name, {"p.ipynb": b'{"cells": [], "of": "zhang"}'})
        return zhang.submit("c", name, {"p.ipynb": b'{"cells": [1]}'})["id"]

    return prepare


@pytest.mark.parametrize("endpoint", EXPECTED)
def test_everybody_at_every_endpoint(hall, exam, endpoint, name):
    method, _, path = endpoint.partition(" ")
    asking = (NOBODY, TRAINEE, OTHER, INSTRUCTOR, SERVICE, VISITOR)
    for number, (token, expected) in enumerate(zip(asking, EXPECTED[endpoint], strict=True)):
        assignment = f"{name}-{number}"
        submission = exam(assignment) if path.startswith("assignments/") else ""
        if path.partition("/")[0] in ("lessons", "learning"):
            body = json.dumps(LESSON).encode()
            hall.request("PUT", f"{PREFIX}lessons/l", body, Authorization=f"token {INSTRUCTOR}")
        target = (
            path.replace("c/a", f"c/{assignment}").replace("/id/", f"/{submission}/").replace("/u", "/zhang")
        )
        body = json.dumps(BODIES[endpoint]).encode() if endpoint in BODIES else None
        headers = {"Authorization": f"token {token}"} if token else {}
        status, _, answer = hall.request(method, PREFIX + target, body, **headers)
        assert status == expected, (token, answer.decode())
        if status >= 400:
            said = json.loads(answer)
            assert said["message"].endswith("。")
            assert said["code"]


def test_a_trainee_never_reaches_anothers_work(hall, instructor, zhang, li, name, notebook):
    instructor.release("c", name, {"p.ipynb": notebook()})
    receipt = zhang.submit("c", name, {"p.ipynb": notebook("A")})
    zhang.save_answer("c", name, "q01", "zhang's")
    instructor.put_feedback("c", name, "zhang", receipt["id"], {"f.html": b"zhang's"})
    for forbidden in (
        lambda: li.answers("c", name, "zhang"),
        lambda: li.submissions("c", name, "zhang"),
        lambda: li.feedback("c", name, user="zhang"),
    ):
        with pytest.raises(HallForbidden) as raised:
            forbidden()
        assert raised.value.code == "not-yours"
    assert li.answers("c", name) == {}
    assert li.answers("c", name, "li") == {}
    assert li.submissions("c", name) == []
    assert li.assignment("c", name)["submissions"] == []
    assert instructor.answers("c", name, "zhang")["q01"]["text"] == "zhang's"
    denied = [e for e in entries(instructor) if e["who"] == "li" and e["assignment"] == name]
    assert [e["outcome"] for e in denied] == ["not-yours"] * 3


def entries(instructor) -> list[dict]:
    """The whole audit log, page by page."""
    found, after = [], 0
    while (page := instructor.audit(after, 200))["entries"]:
        found += page["entries"]
        after = page["next"]
    return found


def test_the_audit_log_says_who_did_what(hall, instructor, zhang, name, notebook):
    instructor.release("c", name, {"p.ipynb": notebook()})
    zhang.files("c", name)
    zhang.submit("c", name, {"p.ipynb": notebook("A")})
    zhang.submit("c", name, {"p.ipynb": notebook("A")})
    instructor.extend("c", name, "zhang", 5)
    instructor.change_rules("c", name, {"title": "新"})
    instructor.collection("c", name)
    with pytest.raises(HallForbidden):
        zhang.withdraw("c", name)
    instructor.withdraw("c", name)
    lines = [(e["who"], e["what"], e["outcome"]) for e in entries(instructor) if e["assignment"] == name]
    assert lines == [
        ("chen", "release", "ok"),
        ("zhang", "fetch", "ok"),
        ("zhang", "submit", "ok"),
        ("zhang", "submit", "same"),
        ("chen", "extend", "ok"),
        ("chen", "rules", "ok"),
        ("chen", "collect", "ok"),
        ("zhang", "withdraw", "instructors-only"),
        ("chen", "withdraw", "ok"),
    ]
    assert all(e["address"].startswith("uid:") and e["at"] for e in entries(instructor))


def test_our_proxy_may_say_where_a_request_comes_from(hall, instructor):
    headers = {"Authorization": "token token-chen", "X-Forwarded-For": "6.6.6.6, 10.0.0.7"}
    hall.request("GET", PREFIX + "assignments/c/none", **headers)
    hall.request("DELETE", PREFIX + "assignments/c/none", **headers)
    # A refusal does not wait for its line in the log.
    found = until(
        lambda: [e for e in entries(instructor) if e["assignment"] == "none"], "the refusal is recorded"
    )
    assert [entry["address"] for entry in found] == ["10.0.0.7"]


def test_a_cookie_is_no_login_for_the_api(hall):
    status, _, _ = hall.request(
        "GET", PREFIX + "assignments", Cookie="service-hall=token-chen; token=token-chen"
    )
    assert status == 401
    status, _, _ = hall.request("GET", PREFIX + "assignments?token=token-chen")
    assert status == 401


def test_the_hub_is_asked_once_for_many_and_its_answer_expires(make_hall, hub):
    hall = make_hall("--HallApp.token_seconds=0.3", "--HallApp.rate=1000", "--HallApp.burst=1000")
    token = "pupil-once"
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: hall.client(token).key(), range(20)))
    assert hub.asked[token] <= 3
    hub.people["token-brief"] = {"kind": "user", "name": "brief", "scopes": ["custom:hall:take"]}
    assert hall.client("token-brief").assignments() == []
    del hub.people["token-brief"]
    until(lambda: refused(hall.client("token-brief")), "a revoked token is still good")


def refused(client) -> bool:
    try:
        client.assignments()
    except HallForbidden:
        return True
    return False


def test_a_silent_hub_means_nobody_is_let_in(make_hall, hub):
    hall = make_hall()
    hub.down = True
    try:
        status, headers, answer = hall.request(
            "GET", PREFIX + "assignments", Authorization="token token-zhang"
        )
    finally:
        hub.down = False
    assert (status, headers["Retry-After"]) == (503, "3")
    assert json.loads(answer)["code"] == "no-hub"
    assert hall.client("token-zhang").assignments() == []


def test_wrong_tokens_are_not_asked_about_for_ever(make_hall, hub):
    hall = make_hall("--HallApp.burst=3", "--HallApp.rate=0.1")
    codes = []
    for number in range(6):
        status, _, _ = hall.request("GET", PREFIX + "key", Authorization=f"token wrong-{number}")
        codes.append(status)
    assert codes == [401, 401, 401, 429, 429, 429]
    assert sum(token.startswith("wrong-") for token in hub.asked) == 3
