"""The REST API that the hub drives: tokens, routes, times."""

from __future__ import annotations

import re
import stat
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from polling import until


@pytest.mark.parametrize("token", [None, "", "wrong", "secret-of-the-tes", "secret-of-the-test2", "密"])
def test_only_with_the_token(front, token: str | None) -> None:
    sent = None if token is None else token.encode().decode("latin-1")
    for method in ("GET", "POST", "DELETE"):
        assert front.api(method, "/api/routes/mine", {"target": "http://127.0.0.1:1"}, sent).status == 403
    assert front.api("GET", "/api/routes/mine").status == 404


def test_another_scheme_is_refused(front) -> None:
    assert b" 403 " in front_api_raw(front, "Authorization: Bearer secret-of-the-test")
    assert b" 200 " in front_api_raw(front, "Authorization: token secret-of-the-test")


def front_api_raw(front, header: str) -> bytes:
    import socket

    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(front.api_socket))
        connection.sendall(f"GET /api/routes HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())
        return connection.recv(65536)


def test_the_socket_is_its_owners_only(front) -> None:
    assert stat.S_IMODE(front.api_socket.stat().st_mode) == 0o600


def test_a_route_from_birth_to_death(front) -> None:
    data = {"target": "http://127.0.0.1:1", "jupyterhub": True, "user": "alice", "server_name": ""}
    assert front.api("POST", "/api/routes/user/alice", data).status == 201
    one = front.api("GET", "/api/routes/user/alice").json()
    assert {**data, "last_activity": one["last_activity"]} == one
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["last_activity"])
    assert front.api("GET", "/api/routes").json()["/user/alice"] == one
    assert front.api("POST", "/api/routes/user/alice/", {"target": "http://127.0.0.1:2"}).status == 201
    assert front.api("GET", "/api/routes/user/alice").json()["target"] == "http://127.0.0.1:2"
    assert front.api("DELETE", "/api/routes/user/alice").status == 204
    assert front.api("DELETE", "/api/routes/user/alice").status == 404
    assert front.api("GET", "/api/routes/user/alice").status == 404


def test_names_are_decoded_as_the_hub_expects(front) -> None:
    for name in ("张三", "a b", "x@y~z", "50%"):
        path = f"/api/routes/user/{quote(name, safe='@~')}"
        assert front.api("POST", path, {"target": "http://127.0.0.1:1"}).status == 201
        assert f"/user/{name}" in front.api("GET", "/api/routes").json()
        assert front.api("DELETE", path).status == 204


@pytest.mark.parametrize("body", [None, [], {}, {"target": 5}, {"target": "gopher://x"}, "text"])
def test_bad_routes_are_refused(front, body) -> None:
    assert front.api("POST", "/api/routes/bad", body).status == 400
    assert front.api("GET", "/api/routes/bad").status == 404


def test_inactive_since(front, behind) -> None:
    used = front.route(behind.unix)
    before = datetime.now(UTC) - timedelta(seconds=60)
    assert front.api("GET", "/api/routes?inactive_since=" + quote(before.isoformat())).json() == {}
    assert front.ask("GET", f"{used}/echo").status == 200
    first = front.api("GET", f"/api/routes{used}").json()["last_activity"]
    moment = datetime.fromisoformat(first).replace(tzinfo=UTC) + timedelta(seconds=60)
    after = moment.isoformat().replace("+00:00", "Z")
    for name in ("inactive_since", "inactiveSince"):
        assert used in front.api("GET", f"/api/routes?{name}={quote(after)}").json()
    assert front.api("GET", "/api/routes?inactive_since=yesterday").status == 400


def test_activity_counts_success_only(front, behind) -> None:
    used = front.route(behind.unix)

    def last() -> str:
        return front.api("GET", f"/api/routes{used}").json()["last_activity"]

    first = last()
    assert front.ask("GET", f"{used}/refuse").status == 403
    assert front.ask("GET", f"{used}/cookies").status == 302
    assert last() == first
    until(lambda: front.ask("GET", f"{used}/echo").status == 200 and last() > first, "activity is noted")


def test_other_addresses_and_methods(front) -> None:
    assert front.api("GET", "/api/other").status == 404
    assert front.api("GET", "/api/routesx").status == 404
    assert front.api("PATCH", "/api/routes/x").status == 405
    figures = front.figures()
    assert figures["routes"] == len(front.api("GET", "/api/routes").json())
