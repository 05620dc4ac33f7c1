"""What one client may take: size, time, places."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket

import pytest

from polling import until

MIB = 1024 * 1024


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


SMALL = ("--max-body=1", "--max-head=8")
HASTY = ("--idle-timeout=0.5", "--stall-timeout=0.5")


def test_bodies_over_the_limit(start, behind) -> None:
    front = start(*SMALL)
    prefix = front.route(behind.unix)
    fits = front.ask("POST", f"{prefix}/echo", b"x" * MIB)
    assert fits.json()["size"] == MIB
    before = behind.received
    announced = front.ask("POST", f"{prefix}/echo", b"x" * (MIB + 1))
    assert (announced.status, announced.json()["code"]) == (413, "too-large")
    assert "太大" in announced.json()["message"]
    assert behind.received == before
    grown = front.ask("POST", f"{prefix}/echo", iter([b"x" * MIB, b"x"]))
    assert grown.status == 413


@pytest.mark.parametrize(
    "head",
    [
        "X-Big: " + "x" * 9000,
        "\r\n".join(f"X-{n}: {'y' * 700}" for n in range(12)),
    ],
)
def test_heads_over_the_limit(start, behind, head: str) -> None:
    front = start(*SMALL)
    prefix = front.route(behind.unix)
    answer = front.raw(f"GET {prefix}/echo HTTP/1.1\r\nHost: h\r\n{head}\r\n\r\n".encode())
    assert status_of(answer) == 431
    assert status_of(front.raw(f"GET {prefix}/echo?{'q' * 9000} HTTP/1.1\r\nHost: h\r\n\r\n".encode())) == 431


def test_a_head_without_end_is_cut_off(start, behind) -> None:
    front = start("--max-head=8")
    before = front.memory("VmRSS")
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n")
        with pytest.raises(OSError):  # noqa: PT012 - which piece meets the closed door is the network's business
            for number in range(10_000):
                connection.sendall(f"X-{number % 50}: {'y' * 1000}\r\n".encode())
    assert front.memory("VmHWM") < before + 8 * MIB
    # Requests sent ahead of their turn are bounded too: cut off, or no longer read.
    prefix = front.route(behind.unix)
    with socket.create_connection(("127.0.0.1", front.port), timeout=1) as connection:
        connection.sendall(f"GET {prefix}/hold HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        ahead = f"GET {prefix}/echo HTTP/1.1\r\nHost: h\r\nX: {'y' * 6000}\r\n\r\n".encode()
        with pytest.raises(OSError):  # noqa: PT012
            for _ in range(10_000):
                connection.sendall(ahead)
    assert front.memory("VmHWM") < before + 8 * MIB


def test_connections_that_do_nothing_are_closed(start, behind) -> None:
    front = start(*HASTY)
    prefix = front.route(behind.unix)
    silent = socket.create_connection(("127.0.0.1", front.port), timeout=30)
    assert silent.recv(1) == b""
    # Slow loris: a header line now and then is not a request.
    slow = socket.create_connection(("127.0.0.1", front.port), timeout=30)
    slow.sendall(f"GET {prefix}/echo HTTP/1.1\r\nHost: h\r\n".encode())

    def cut() -> bool:
        try:
            slow.sendall(b"X: y\r\n")
        except OSError:
            return True
        return False

    until(cut, "the slow one is cut off")
    # Idle after an answer.
    kept = http.client.HTTPConnection("127.0.0.1", front.port, timeout=30)
    kept.request("GET", f"{prefix}/echo")
    kept.getresponse().read()
    assert kept.sock.recv(1) == b""
    for each in (silent, slow, kept):
        each.close()
    until(lambda: front.figures()["connections"] == 0, "all are counted out")


def test_a_stalled_upload_is_given_up(start, behind) -> None:
    front = start(*HASTY)
    prefix = front.route(behind.unix)
    answer = front.raw(
        f"POST {prefix}/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nbeginning".encode()
    )
    assert status_of(answer) == 408
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "upload-stalled"


def test_a_client_that_takes_nothing_is_given_up(start, behind) -> None:
    front = start(*HASTY)
    prefix = front.route(behind.unix)
    cancelled = behind.cancelled
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(f"GET {prefix}/big?mb=100 HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        until(lambda: behind.cancelled > cancelled, "the server behind is let go")


def test_a_slow_answer_is_waited_for(start, behind) -> None:
    """The limits are about clients. A server may take its time: grading a paper is one request."""
    front = start(*HASTY)
    prefix = front.route(behind.unix)
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(f"GET {prefix}/hold HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
        until(lambda: behind.holding == 1, "it is being worked on")
        idle = socket.create_connection(("127.0.0.1", front.port), timeout=30)
        assert idle.recv(1) == b""  # the idle limit has passed once since
        idle.close()
        behind.release()
        assert status_of(connection.recv(65536)) == 200


def test_a_client_that_vanishes_takes_its_request_with_it(front, behind) -> None:
    prefix = front.route(behind.unix)
    cancelled = behind.cancelled
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(f"GET {prefix}/hold HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        until(lambda: behind.holding == 1, "it is being worked on")
    until(lambda: behind.cancelled == cancelled + 1, "the server behind is told")
    before = behind.received
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(
            f"POST {prefix}/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf".encode()
        )
        until(lambda: behind.received == before + 4, "it has begun")
    until(lambda: behind.cancelled == cancelled + 2, "half an upload is no upload")


def test_too_many_connections(start) -> None:
    front = start("--max-connections=12")
    with contextlib.ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(socket.create_connection(("127.0.0.1", front.port), timeout=30))
        until(lambda: front.figures()["connections"] == 12, "all places are taken")
        answer = front.raw(b"")
    assert status_of(answer) == 503
    assert "连接的人太多" in answer.decode()
    assert front.figures()["connections_turned_away_total"] == 1


def test_one_address_cannot_take_all_places(start, behind) -> None:
    front = start("--max-connections-per-address=3")
    prefix = front.route(behind.unix)
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(socket.create_connection(("127.0.0.1", front.port), timeout=30))
        until(lambda: front.figures()["connections"] == 3, "three are in")
        assert front.ask("GET", f"{prefix}/echo").status == 503
        with socket.create_connection(("127.0.0.1", front.port), 30, ("127.0.0.2", 0)) as other:
            other.sendall(f"GET {prefix}/echo HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            assert status_of(other.recv(65536)) == 200
    until(lambda: front.ask("GET", f"{prefix}/echo").status == 200, "places are free again")
