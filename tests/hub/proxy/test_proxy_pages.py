"""What the front answers itself, and whose word it takes about who asked."""

from __future__ import annotations

import socket

from polling import until


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def test_pages_for_people_and_json_for_programs(front) -> None:
    front.route("http+unix://%2fnowhere%2fs.sock", "/down")
    page = front.ask("GET", "/down/x", headers={"Accept": "text/html,*/*"})
    assert (page.status, page.headers["Retry-After"]) == (503, "5")
    text = page.body.decode()
    assert "服务正在启动或已停止，请稍后刷新。您已经交上去的答卷不受影响。" in text
    assert 'name="viewport"' in text
    assert "script" not in page.headers["Content-Security-Policy"]
    assert "aiohttp" not in str(page.headers).lower()
    told = front.ask("POST", "/down/x", b"{}").json()
    assert told == {
        "message": "服务正在启动或已停止，请稍后刷新。您已经交上去的答卷不受影响。",
        "code": "not-available",
    }
    assert front.ask("HEAD", "/down/x").body == b""
    assert front.ask("GET", "/nobody/x").json()["code"] == "no-route"


def test_the_hubs_own_error_page(start, behind) -> None:
    front = start(f"--error-target={behind.unix}/hub/error")
    html = {"Accept": "text/html"}
    empty = front.ask("GET", "/x?token=t", headers=html)
    assert (empty.status, empty.body.decode()) == (503, "<p>hub page /hub/error/503?url=%2Fx</p>")
    front.route("http+unix://%2fnowhere%2fs.sock", "/down")
    assert front.ask("GET", "/x/y", headers=html).status == 404
    assert front.ask("GET", "/down", headers=html).body.startswith(b"<p>hub page /hub/error/503")
    assert front.ask("GET", "/down").json()["code"] == "not-available"


def test_without_the_hub_the_front_has_its_own_page(start) -> None:
    front = start("--error-target=http+unix://%2Fnowhere%2Fhub.sock/hub/error")
    page = front.ask("GET", "/", headers={"Accept": "text/html"})
    assert page.status == 503
    assert "刷新" in page.body.decode()


def test_health(front) -> None:
    assert front.ask("GET", "/_chp_healthz").json() == {"status": "OK"}
    assert status_of(front.raw(b"GET /_chp_healthz HTTP/1.0\r\n\r\n")) == 200


def seen_by(front, prefix: str, headers: dict[str, str]) -> dict[str, str]:
    got = front.ask("GET", f"{prefix}/echo", headers=headers).json()["headers"]
    return {name: value for name, value in got if name.startswith("X-")}


def test_a_trusted_front_is_believed(start, behind) -> None:
    front = start("--trust-forwarded=127.0.0.0/8,10.9.9.9")
    prefix = front.route(behind.unix)
    claimed = {
        "Host": "county.example",
        "X-Forwarded-For": "6.6.6.6, 203.0.113.7, 10.9.9.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "county.example",
        "X-Real-IP": "6.6.6.6",
    }
    assert seen_by(front, prefix, claimed) == {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "county.example",
        "X-Forwarded-Port": "443",
    }
    assert seen_by(front, prefix, {"X-Forwarded-For": "'; drop"})["X-Forwarded-For"] == "127.0.0.1"
    assert seen_by(front, prefix, {})["X-Forwarded-For"] == "127.0.0.1"


def test_behind_a_trusted_front_people_are_counted_not_its_connections(start, behind) -> None:
    front = start("--trust-forwarded=127.0.0.1", "--max-connections-per-address=2")
    prefix = front.route(behind.unix)

    def ask(address: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", front.port), timeout=30)
        head = f"GET {prefix}/hold HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: {address}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        return connection

    waiting = [ask("203.0.113.1"), ask("203.0.113.1"), ask("203.0.113.2"), ask("203.0.113.3")]
    until(lambda: behind.holding == 4, "all four are behind")
    with ask("203.0.113.1") as third:
        assert b"too-many-connections" in third.recv(65536)
    behind.release(4)
    for connection in waiting:
        assert status_of(connection.recv(65536)) == 200
        connection.close()
