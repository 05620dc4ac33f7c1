"""Paths, names and requests that mean one thing to one program and another to the next."""

from __future__ import annotations

import re
import socket

import pytest
import requests

from trainer.hall.client import HallClient

from .burglary import COURSE, PAPER, bearer, raw, released, token_of
from .conftest import LiveServer, Person, needs_root

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


# -- paths that lead elsewhere -----------------------------------------------------------------------------------------

PASSWD = re.compile(rb"root:[x*]:0:0")
OUT = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "..%5c..%5c..%5cetc%5cpasswd",
    "....//....//etc/passwd",
    "%2fetc%2fpasswd",
    "/etc/passwd",
    "..;/..;/etc/passwd",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "~root/x%00.txt",
]
HANDLERS = [
    "/user/sl001/files/",
    "/user/sl001/api/contents/",
    "/user/sl001/static/",
    "/user/sl001/lab/api/workspaces/",
    "/user/sl001/lab/api/settings/",
    "/user/sl001/lab/api/translations/",
    "/user/sl001/lab/api/themes/",
    "/user/sl001/lab/extensions/",
    "/user/sl001/lab/api/listings/",
    "/user/sl001/kernelspecs/python3/",
    "/user/sl001/api/kernelspecs/",
    "/user/sl001/nbconvert/html/",
    "/user/sl001/custom/",
    "/user/sl001/trainer/open/leitai/",
    "/user/sl001/trainer/open/",
    "/user/sl001/trainer/receipts/leitai/leitai-a/",
    "/user/sl001/trainer/feedback/leitai/",
    "/user/sl001/notebooks/",
    "/hub/static/",
    "/hub/logo/",
    "/services/hall/static/",
    "/services/hall/api/v1/assignments/leitai/",
    "/services/console/static/",
    "/",
]


@pytest.mark.parametrize("handler", HANDLERS)
def test_no_path_leads_out_of_a_handler(county: LiveServer, alice: Person, handler: str) -> None:
    for way in OUT:
        for method in ("GET", "PUT"):
            status, text = raw(alice, method, handler + way, b"{}" if method == "PUT" else None)
            assert method == "PUT" or status < 500, (way, status, text[:300])
            assert not PASSWD.search(text), (method, way)
            assert not (method == "PUT" and status in (200, 201, 204) and ".." in way), (way, text[:200])


def test_no_path_leads_from_the_own_prefix_into_anothers(
    county: LiveServer, alice: Person, bob: Person
) -> None:
    for target in (
        "/user/sl001/../sl002/api/contents/mine.txt",
        "/user/sl001/%2e%2e/sl002/api/contents/mine.txt",
        "/user/sl001%2f..%2fsl002/api/contents/mine.txt",
        "/user/sl001/..%2fsl002/api/contents/mine.txt",
        "/user//sl002/api/contents/mine.txt",
        "/user/SL002/api/contents/mine.txt",
        "/user/sl002%20/api/contents/mine.txt",
        "http://127.0.0.1/user/sl002/api/contents/mine.txt",
    ):
        status, text = raw(alice, "GET", target)
        assert status in (302, 400, 403, 404, 424), (target, status)
        assert b'"bob"' not in text


@pytest.mark.parametrize("place", ["../../etc/x", "/etc/x", "..", ".ssh/x", "a/../../x", "\x00"])
def test_names_in_requests_lead_nowhere(alice: Person, place: str) -> None:
    """The same in what is sent: renaming, copying, opening, panels."""
    alice.send("PUT", "api/contents/note.txt", json={"type": "file", "format": "text", "content": "a"})
    answers = [
        alice.send("PATCH", "api/contents/note.txt", json={"path": place}),
        alice.send("POST", "api/contents", json={"copy_from": place}),
        alice.send("POST", "assignments/fetch", json={"course_id": place, "assignment_id": place}),
        alice.send("POST", "assignments/submit", json={"course_id": place, "assignment_id": "leitai-a"}),
        alice.send(
            "POST",
            "api/sessions",
            json={"path": place, "type": "notebook", "name": "x", "kernel": {"name": place}},
        ),
        alice.send("POST", "api/kernels", json={"name": place}),
    ]
    for answer in answers:
        assert answer.status_code not in (201, 204) or ".." not in place, answer.text
        assert answer.status_code != 200 or not answer.json().get("success"), answer.text
    assert alice.run("import os; print(sorted(set(os.listdir('/home')) - {'sl001'}))").strip() == "[]"


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "a\\b",
        ".hidden",
        "a/../b",
        "a//b",
        "x\x00",
        "a\nb",
        "a" * 300,
        "/".join("d" * 20),
        "",
    ],
)
def test_the_hall_takes_no_file_names_that_lead_elsewhere(
    county: LiveServer, hall: HallClient, alices_token: str, name: str
) -> None:
    address = f"{county.url}/services/hall/api/v1/assignments/{COURSE}/{PAPER}/submissions"
    answer = requests.post(address, json={"files": {name: {"text": "x"}}}, headers=bearer(alices_token))
    assert answer.status_code == 422, answer.text


# -- two readings of one request ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 4\r\nContent-Length: 40\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
        "Content-Length: +4\r\n",
    ],
    ids=repr,
)
def test_a_request_with_two_ends_is_refused(county: LiveServer, head: str) -> None:
    smuggled = "GET /services/console/ HTTP/1.1\r\nHost: x\r\nX-Smuggled: 1\r\n\r\n"
    text = f"POST /hub/login HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n0\r\n\r\n{smuggled}"
    with socket.create_connection(("127.0.0.1", county.port), timeout=20) as connection:
        connection.sendall(text.encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert len(re.findall(rb"HTTP/1\.[01] \d", answer)) == 1


def test_who_one_is_cannot_be_claimed_in_headers(county: LiveServer, alices_token: str) -> None:
    claims = {"X-Forwarded-User": "jiaoyuan", "Remote-User": "jiaoyuan", "X-JupyterHub-User": "jiaoyuan"}
    claims |= {
        "X-Forwarded-For": "127.0.0.1",
        "X-Real-Ip": "127.0.0.1",
        "Forwarded": "for=127.0.0.1;proto=https",
    }
    for path in (
        "/hub/api/users",
        "/services/console/",
        "/services/hall/api/v1/audit",
        "/user/jiaoyuan/api/contents",
    ):
        answer = requests.get(f"{county.url}{path}", headers=claims, allow_redirects=False)
        assert answer.status_code in (302, 401, 403)
