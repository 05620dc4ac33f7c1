"""A trainee at the instructors' page and at the hall: what is not theirs stays closed, and nobody hands in for another."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests

from trainer.hall.client import HallClient

from .burglary import COURSE, NOTEBOOK, PAPER, bearer, released, token_of
from .conftest import PASSWORD, LiveServer, Person, needs_root

pytestmark = [needs_root, pytest.mark.xdist_group("live")]


@pytest.fixture(scope="module")
def alice(county: LiveServer) -> Person:
    return county.person("sl001").open_server()


@pytest.fixture(scope="module")
def bob(county: LiveServer) -> Person:
    person = county.person("sl002").open_server()
    person.send("PUT", "api/contents/mine.txt", json={"type": "file", "format": "text", "content": "bob"})
    return person


@pytest.fixture(scope="module")
def hall(county: LiveServer) -> HallClient:
    return released(county)


@pytest.fixture(scope="module")
def alices_token(alice: Person) -> str:
    return token_of(alice)


# -- the services ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["", "roster", "accounts", "jobs", "make", "papers/leitai", "papers/leitai/progress.json"]
)
def test_the_instructors_page_is_closed(alice: Person, alices_token: str, path: str) -> None:
    assert alice.get(f"/services/console/{path}").status_code == 403
    for verb in ("GET", "POST"):
        address = f"{alice.server.url}/services/console/{path}"
        answer = requests.request(verb, address, headers=bearer(alices_token), allow_redirects=False)
        assert answer.status_code in (302, 403)


INSTRUCT = [
    ("PUT", f"assignments/{COURSE}/{PAPER}", {"files": {}, "rules": {}, "force": True}),
    ("PATCH", f"assignments/{COURSE}/{PAPER}", {"closes": None}),
    ("DELETE", f"assignments/{COURSE}/{PAPER}", None),
    ("GET", f"assignments/{COURSE}/{PAPER}/collection", None),
    ("GET", f"assignments/{COURSE}/{PAPER}/progress", None),
    ("PUT", f"assignments/{COURSE}/{PAPER}/extensions/sl001", {"minutes": 600}),
    ("PUT", f"assignments/{COURSE}/{PAPER}/feedback/sl001", {"files": {}, "submission": "x"}),
    ("GET", f"assignments/{COURSE}/{PAPER}/answers?user=sl002", None),
    ("GET", f"assignments/{COURSE}/{PAPER}/submissions?user=sl002", None),
    ("GET", f"assignments/{COURSE}/{PAPER}/submissions?user=sl001&user=sl002", None),
    ("GET", f"assignments/{COURSE}/{PAPER}/feedback?user=sl002", None),
    ("GET", "audit", None),
]


@pytest.mark.parametrize(("method", "path", "body"), INSTRUCT, ids=str)
def test_the_hall_keeps_instructors_verbs_from_trainees(
    county: LiveServer,
    hall: HallClient,
    bob: Person,
    alices_token: str,
    method: str,
    path: str,
    body: Any,
) -> None:
    before = hall.assignment(COURSE, PAPER)
    address = f"{county.url}/services/hall/api/v1/{path}"
    answer = requests.request(method, address, json=body, headers=bearer(alices_token))
    assert answer.status_code in (403, 404), answer.text
    assert "sl002" not in answer.text
    assert hall.assignment(COURSE, PAPER)["closes"] == before["closes"]


def test_the_hall_knows_who_hands_in_whatever_is_said(
    county: LiveServer, hall: HallClient, bob: Person, alices_token: str
) -> None:
    bobs = HallClient(f"{county.url}/services/hall/", token_of(bob))
    receipt = bobs.submit(COURSE, PAPER, {f"{PAPER}.ipynb": NOTEBOOK, "mine.txt": b"mine"})
    base = f"{county.url}/services/hall/api/v1/assignments/{COURSE}/{PAPER}"
    headers = bearer(alices_token)
    answer = requests.get(f"{base}/submissions/{receipt['id']}/files", headers=headers)
    assert answer.status_code in (403, 404)
    claim = {
        "files": {"a.txt": {"text": "a"}},
        "trainee": "sl002",
        "user": "sl002",
        "received_at": "2020-01-01",
    }
    for more in ("", "?user=sl002", "?trainee=sl002"):
        made = requests.post(f"{base}/submissions{more}", json=claim, headers=headers | {"X-User": "sl002"})
        if made.ok:
            assert made.json()["trainee"] == "sl001"
            assert made.json()["received_at"][:4] != "2020"
    saved = requests.put(
        f"{base}/answers/q01?user=sl002", json={"text": "x", "user": "sl002"}, headers=headers
    )
    assert saved.status_code in (200, 403, 404, 422)
    assert hall.answers(COURSE, PAPER, "sl002") in ([], {}, {"answers": {}}) or "q01" not in str(
        hall.answers(COURSE, PAPER, "sl002")
    )
    assert [entry["id"] for entry in bobs.submissions(COURSE, PAPER)] == [receipt["id"]]


def test_a_receipt_that_was_changed_or_made_up_is_not_believed(
    county: LiveServer, hall: HallClient, alices_token: str
) -> None:
    alices = HallClient(f"{county.url}/services/hall/", alices_token)
    receipt = alices.submit(COURSE, PAPER, {f"{PAPER}.ipynb": NOTEBOOK, "b.txt": b"b"})
    assert alices.verify_receipt(receipt)["valid"]
    for change in (
        {"trainee": "sl002"},
        {"received_at": "2020-01-01T00:00:00+08:00"},
        {"answers": 99},
        {"late": True},
    ):
        assert not alices.verify_receipt({**receipt, **change})["valid"]
    assert not alices.verify_receipt({**receipt, "key_id": "0" * 16})["valid"]


def test_visitors_who_dawdle_do_not_fill_the_hall(county: LiveServer, hall: HallClient) -> None:
    """A hundred and fifty uploads that never come to their end, from outside and without any login."""
    head = "POST /services/hall/receipts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"
    dawdlers = []
    try:
        for _ in range(150):
            connection = socket.create_connection(("127.0.0.1", county.port), timeout=20)
            connection.sendall(head.encode())
            dawdlers.append(connection)
        assert requests.get(f"{county.url}/services/hall/api/v1/time", timeout=20).status_code == 200
        assert hall.time()
    finally:
        for connection in dawdlers:
            connection.close()


def test_no_log_holds_a_token_or_a_password(county: LiveServer, alice: Person, alices_token: str) -> None:
    cookies = [cookie.value for cookie in alice.session.cookies if cookie.value and cookie.name != "_xsrf"]
    kept = [path.read_text().strip() for path in county.data.secrets.iterdir()]
    logs = [county.log, *county.data.logs.iterdir()]
    text = "".join(path.read_text(encoding="utf-8", errors="replace") for path in logs)
    assert [secret for secret in (PASSWORD, alices_token, *cookies, *kept) if secret in text] == []
