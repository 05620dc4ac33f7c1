"""Requests that two programs would read differently, and addresses that lead elsewhere: refused before routing."""

from __future__ import annotations

import pytest


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5_0",
        "Content-Length:",
        "Content-Length : 5",
        " Content-Length: 5",
        "X: y\r\n Content-Length: 5",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding: \x00chunked",
        "X: a\nTransfer-Encoding: chunked",
        "X: a\rTransfer-Encoding: chunked",
        "Expect: 200-ok\r\nContent-Length: 5",
        "Host: other",
        "X: a\x00b",
        "No-Colon",
        ": empty",
    ],
)
def test_ambiguous_requests_never_get_through(front, script, head: str) -> None:
    server = script(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    prefix = front.route(server.target)
    attack = f"POST {prefix}/ HTTP/1.1\r\nHost: h\r\n{head}\r\n\r\n0\r\n\r\nGET {prefix}/secret HTTP/1.1\r\nHost: h\r\n\r\n"
    answer = front.raw(attack.encode("latin-1"))
    assert status_of(answer) in (400, 417), answer
    assert server.seen == []


@pytest.mark.parametrize(
    ("chunks", "allowed"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", True),
        (b"5;ext=1\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", True),
        (b"5\nhello\n0\n\n", False),
        (b"5\r\nhelloX0\r\n\r\n", False),
        (b"-5\r\nhello\r\n0\r\n\r\n", False),
        (b"0x5\r\nhello\r\n0\r\n\r\n", False),
        (b"5 \r\nhello\r\n0\r\n\r\n", False),
        (b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n", False),
    ],
)
def test_chunks_are_read_strictly_and_written_anew(front, behind, chunks: bytes, allowed: bool) -> None:
    prefix = front.route(behind.unix)
    head = (
        f"POST {prefix}/echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    answer = front.raw(head.encode() + chunks)
    if not allowed:
        assert status_of(answer) in (0, 400)
        return
    assert status_of(answer) == 200
    assert b'"size": 5' in answer
    assert b"Trailer" not in answer


def test_a_body_is_never_taken_for_the_next_request(front, behind) -> None:
    """A length that ``Connection`` names is dropped as hop-by-hop; the body must then be framed in another way."""
    prefix = front.route(behind.unix)
    hidden = f"GET {prefix}/secret HTTP/1.1\r\nHost: h\r\n\r\n"
    head = f"POST {prefix}/echo HTTP/1.1\r\nHost: h\r\nConnection: close, Content-Length\r\nContent-Length: {len(hidden)}\r\n\r\n"
    answer = front.raw((head + hidden).encode())
    assert f'"size": {len(hidden)}'.encode() in answer
    assert b"Transfer-Encoding" in answer


@pytest.mark.parametrize(
    "line",
    [
        "GET {}/../secret HTTP/1.1",
        "GET {}/%2e%2e/secret HTTP/1.1",
        "GET {}/..%2f..%2fsecret HTTP/1.1",
        "GET {}/..\\secret HTTP/1.1",
        "GET /{} HTTP/1.1",
        "GET http://h{}/ HTTP/1.1",
        "GET {}/#frag HTTP/1.1",
        "GET {}/%00 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT h:80 HTTP/1.1",
        "TRACE {}/ HTTP/1.1",
        "PROPFIND {}/ HTTP/1.1",
        "get {}/ HTTP/1.1",
        "GET {}/ HTTP/2.0",
        "GET {}/ HTTP/1.1 HTTP/1.1",
        "GET {}/\tx HTTP/1.1",
        "GET {}/ HTTP/1.1\r\nHost: a b",
        "GET {}/ HTTP/1.1\r\nHost: h/evil",
        "GET {}/ HTTP/1.1\r\nHost: user@h",
        "PRI * HTTP/2.0\r\n\r\nSM",
        "\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_odd_request_lines_never_get_through(front, script, line: str) -> None:
    server = script(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    prefix = front.route(server.target)
    host = "" if "Host" in line else "Host: h\r\n"
    answer = front.raw(f"{line.format(prefix)}\r\n{host}Connection: close\r\n\r\n".encode("latin-1"))
    assert status_of(answer) in (400, 405), answer
    assert server.seen == []


def test_a_request_without_a_host_is_refused(front) -> None:
    assert status_of(front.raw(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")) == 400
    assert status_of(front.raw(b"GET / HTTP/1.0\r\n\r\n")) == 400


def test_errors_do_not_repeat_what_was_sent(front) -> None:
    answer = front.raw(b"GET /?token=hidden-thing HTTP/1.1\r\nHost: h\r\nbroken hidden-thing\r\n\r\n")
    assert status_of(answer) == 400
    assert b"hidden-thing" not in answer
    assert b"hidden-thing" not in front.log.read_bytes()
