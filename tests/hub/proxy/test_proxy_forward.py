"""Requests and answers pass through unchanged, as they come, whatever their size."""

from __future__ import annotations

import concurrent.futures
import http.client
import socket

import pytest

from polling import until

MIB = 1024 * 1024


@pytest.mark.parametrize("kind", ["tcp", "unix"])
@pytest.mark.parametrize(
    "rest", ["/echo", "/a%2Fb/%e5%bc%a0%20/x+y;z=@/echo?q=%2F&r=a+b&&s", "/a//b/echo", "/echo?next=/../x"]
)
def test_path_and_query_arrive_byte_by_byte(front, behind, kind: str, rest: str) -> None:
    prefix = front.route(getattr(behind, kind))
    answer = front.ask("GET", prefix + rest)
    assert answer.status == 200
    assert answer.json()["path"] == prefix + rest


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("size", [0, 1, 300_000])
def test_methods_and_bodies(front, behind, method: str, size: int) -> None:
    prefix = front.route(behind.unix)
    body = b"z" * size
    answer = front.ask(method, f"{prefix}/echo", body).json()
    assert (answer["method"], answer["size"]) == (method, size)
    headers = [name.lower() for name, _ in answer["headers"]]
    assert headers.count("content-length") <= 1
    assert "transfer-encoding" not in headers
    chunked = front.ask(method, f"{prefix}/echo", iter([body, b"tail"])).json()
    assert chunked["size"] == size + 4
    assert ["Transfer-Encoding", "chunked"] in chunked["headers"]


def test_request_headers(front, behind) -> None:
    prefix = front.route(behind.unix)
    sent = {
        "Host": "county.example:8443",
        "Cookie": "a=1; b=2",
        "Authorization": "token abc",
        "X-Mine": "kept",
        "X-Hop": "dropped",
        "Connection": "keep-alive, X-Hop",
        "Keep-Alive": "timeout=5",
        "TE": "trailers",
        "Proxy-Authorization": "Basic x",
        "X-Forwarded-For": "6.6.6.6",
        "X_Forwarded_For": "6.6.6.6",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Anything": "x",
        "X-Real-IP": "6.6.6.6",
        "X-Scheme": "https",
        "Forwarded": "for=6.6.6.6;proto=https",
        "User-Agent": "浏览器".encode(),
    }
    got = front.ask("GET", f"{prefix}/echo", headers=sent).json()["headers"]
    names = [name.lower() for name, _ in got]
    values = {name.lower(): value for name, value in got}
    assert len(names) == len(set(names))
    assert values.pop("user-agent").encode("latin-1").decode() == "浏览器"
    assert values == {
        "host": "county.example:8443",
        "accept-encoding": "identity",
        "cookie": "a=1; b=2",
        "authorization": "token abc",
        "x-mine": "kept",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "county.example:8443",
        "x-forwarded-port": "8443",
    }


def test_nothing_is_added_for_a_client_that_sends_little(front, behind) -> None:
    prefix = front.route(behind.unix)
    answer = front.raw(
        f"POST {prefix}/echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi".encode()
    )
    assert b" 200 " in answer
    for name in (b"Accept", b"User-Agent", b"Content-Type:"):
        assert b'["' + name not in answer


def test_answers_pass_unchanged(front, behind) -> None:
    prefix = front.route(behind.unix)
    cookies = front.ask("GET", f"{prefix}/cookies")
    assert cookies.status == 302
    assert cookies.headers["Location"] == "/elsewhere"
    assert cookies.headers.get_all("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]
    packed = front.ask("GET", f"{prefix}/gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.body == b"not really gzip"


HEAD_ONLY = b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nX-Made: yes\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "answer", "expected"),
    [
        ("HEAD", HEAD_ONLY, b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nX-Made: yes\r\nConnection: close\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "e"\r\nContent-Length: 9\r\n\r\n', b'HTTP/1.1 304 Not Modified\r\nEtag: "e"\r\nContent-Length: 9\r\nConnection: close\r\n\r\n'),
        ("GET", b"HTTP/1.0 200 Fine\r\nX-A: 1\r\n\r\nuntil the end", b"HTTP/1.1 200 Fine\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nd\r\nuntil the end\r\n0\r\n\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close, X-Secret\r\nX-Secret: s\r\nKeep-Alive: 5\r\n\r\nok", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"),
        ("GET", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    ],
    ids=["head", "204", "304", "until-close", "hop-by-hop", "early-hints"],
)  # fmt: skip
def test_framing_of_answers(front, script, method: str, answer: bytes, expected: bytes) -> None:
    prefix = front.route(script(answer).target)
    assert (
        front.raw(f"{method} {prefix}/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode()) == expected
    )


def test_an_old_client_gets_no_chunks(front, script) -> None:
    server = script(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    prefix = front.route(server.target)
    answer = front.raw(f"GET {prefix}/ HTTP/1.0\r\nHost: h\r\n\r\n".encode())
    assert answer == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ],
)
def test_half_an_answer_never_looks_whole(front, script, answer: bytes) -> None:
    prefix = front.route(script(answer).target)
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=30)
    connection.request("GET", f"{prefix}/")
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()
    connection.close()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n"]
)
def test_no_answer_at_all_is_503(front, script, answer: bytes) -> None:
    prefix = front.route(script(answer).target)
    result = front.raw(f"GET {prefix}/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
    assert result.startswith(b"HTTP/1.1 503 ")
    assert b"101" not in result


def test_a_large_answer_is_not_gathered_in_memory(front, behind) -> None:
    prefix = front.route(behind.unix)
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=60)
    connection.request("GET", f"{prefix}/big?mb=200")
    response = connection.getresponse()
    assert response.headers["Content-Length"] == str(200 * MIB)
    before = front.memory("VmRSS")
    size = 0
    while piece := response.read(MIB):
        size += len(piece)
    connection.close()
    assert size == 200 * MIB
    assert front.memory("VmHWM") < before + 12 * MIB


def test_a_large_upload_is_not_gathered_in_memory(start, behind) -> None:
    front = start("--max-body=0")
    prefix = front.route(behind.unix)
    assert front.ask("POST", f"{prefix}/echo", iter([b"y" * MIB] * 4)).json()["size"] == 4 * MIB
    before = front.memory("VmRSS")
    assert front.ask("POST", f"{prefix}/echo", iter([b"y" * MIB] * 200)).json()["size"] == 200 * MIB
    assert front.memory("VmHWM") < before + 12 * MIB


def test_a_client_that_does_not_read_holds_the_server_behind_up(front, behind) -> None:
    prefix = front.route(behind.unix)
    before = front.memory("VmRSS")
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(f"GET {prefix}/big?mb=200 HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")
        assert front.ask("GET", f"{prefix}/echo").status == 200
        assert front.memory("VmRSS") < before + 12 * MIB


def test_events_arrive_one_by_one(front, behind) -> None:
    prefix = front.route(behind.unix)
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=30)
    connection.request("GET", f"{prefix}/events")
    response = connection.getresponse()  # the head is here before there is any event
    assert response.headers["Content-Type"] == "text/event-stream"
    for number in range(3):
        behind.release()
        assert response.readline() + response.readline() == f"data: {number}\n\n".encode()
    assert response.read() == b""
    connection.close()


def test_a_hundred_slow_requests_do_not_hold_up_a_fast_one(front, behind) -> None:
    prefix = front.route(behind.unix)
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        slow = [pool.submit(front.ask, "GET", f"{prefix}/hold") for _ in range(100)]
        until(lambda: behind.holding == 100, "all hundred are behind")
        assert front.ask("GET", f"{prefix}/echo").status == 200
        behind.release(100)
        assert all(answer.result().body == b"held" for answer in slow)


def test_continue_is_said_only_when_there_is_somebody_to_take_it(front, behind) -> None:
    prefix = front.route(behind.unix)
    nobody = front.route("http+unix://%2fnowhere%2fs.sock")
    head = "POST {}/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(head.format(prefix).encode())
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        rest = b""
        while piece := connection.recv(65536):
            rest += piece
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"size": 5' in rest
    assert b"Expect" not in rest
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(head.format(nobody).encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 503 ")


def test_an_early_refusal_reaches_the_client(front, behind) -> None:
    prefix = front.route(behind.unix)
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(
            f"POST {prefix}/refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nstart".encode()
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 403 ")


def test_connections_are_kept_on_both_sides(front, behind) -> None:
    prefix = front.route(behind.unix)
    assert front.ask("GET", f"{prefix}/echo").status == 200
    before = behind.connections
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=30)
    connection.connect()
    kept = connection.sock
    for _ in range(20):
        connection.request("GET", f"{prefix}/echo")
        assert connection.getresponse().read()
        assert connection.sock is kept
    assert behind.connections == before
    # What must not be sent twice never goes over a connection that may be closing at this moment.
    connection.request("POST", f"{prefix}/echo", b"answer")
    assert connection.getresponse().read()
    assert behind.connections == before + 1
    connection.close()


def test_requests_sent_ahead_are_answered_in_order(front, behind) -> None:
    prefix = front.route(behind.unix)
    requests = [f"GET {prefix}/echo?{n} HTTP/1.1\r\nHost: h\r\n\r\n" for n in range(40)]
    last = f"GET {prefix}/echo?last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    answer = front.raw("".join([*requests, last]).encode()).decode()
    order = [answer.find(f'echo?{n}"') for n in [*range(40), "last"]]
    assert -1 not in order
    assert order == sorted(order)


def test_a_target_may_have_a_prefix(front, behind) -> None:
    prefix = front.route(f"{behind.unix}/under/here/")
    assert front.ask("GET", f"{prefix}/echo?x").json()["path"] == f"/under/here{prefix}/echo?x"


def test_host_routing(start, behind) -> None:
    front = start("--host-routing")
    front.route(behind.unix, "/alice.county.example/user/alice")
    assert front.ask("GET", "/user/alice/echo", headers={"Host": "alice.county.example:80"}).status == 200
    assert front.ask("GET", "/user/alice/echo", headers={"Host": "bob.county.example"}).status == 404
