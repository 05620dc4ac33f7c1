"""Too large, too often, too slow, too clever: refused with a sentence, and the hall goes on."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from trainer.hall.bundle import write_folder
from trainer.hall.client import HallBusy, HallError

PREFIX = "/services/hall/api/v1/"
AUTH = {"Authorization": "token token-zhang"}


@pytest.fixture(scope="module")
def strict(own_hall):
    """A hall with small limits."""
    with own_hall(
        "--HallApp.submission_mb=0.5",
        "--HallApp.answer_kb=4",
        "--HallApp.idle_seconds=1",
        "--HallApp.body_seconds=1",
        "--HallApp.most_files=3",
        "--HallApp.rate=5000",
        "--HallApp.burst=50000",
    ) as hall:
        yield hall
        assert "Traceback" not in hall.log.read_text()


@pytest.fixture
def small(strict, notebook):
    """The hall with small limits, with an assignment."""
    strict.client("token-chen").release("c", "a", {"p.ipynb": notebook()})
    return strict


def head(path: str, *lines: str, method: str = "POST", token: str = "token-zhang") -> bytes:
    first = f"{method} {PREFIX}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: token {token}\r\n"
    return (first + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode()


def answer(connection: socket.socket) -> tuple[int, dict]:
    """Status and body of the reply; (0, {}) when the connection was only closed."""
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
            before, found, body = received.partition(b"\r\n\r\n")
            if found and len(body) >= int(before.partition(b"Content-Length: ")[2].partition(b"\r")[0]):
                return int(received[9:12]), json.loads(body)
    except ConnectionResetError:
        pass
    return 0, {}


def works(hall, notebook) -> bool:
    """Whether the hall still takes what it should."""
    return hall.client("token-li").submit("c", "a", {"p.ipynb": notebook("A")})["answers"] == 1


SUBMIT = "assignments/c/a/submissions"


def test_a_declared_size_over_the_limit_is_refused_before_it_is_sent(small, notebook):
    with closing(small.raw()) as connection:
        connection.sendall(head(SUBMIT, "Content-Length: 100000000000"))
        status, said = answer(connection)
    assert (status, said["code"]) == (413, "too-large")
    assert works(small, notebook)


def test_somewhat_too_large_is_read_to_the_end_and_told(small, zhang_of):
    zhang = zhang_of(small)
    with pytest.raises(HallError, match="太大") as raised:
        zhang.submit("c", "a", {"p.ipynb": b"x" * 900_000})
    assert raised.value.status == 413
    with pytest.raises(HallError, match="太大") as raised:
        zhang.submit("c", "a", {"p.ipynb": b"x" * 6_000_000})
    assert raised.value.status == 413
    with pytest.raises(HallError, match="合计超过"):
        zhang.submit("c", "a", {"p.bin": b"\xff" * 530_000})
    assert zhang.submissions("c", "a") == []


@pytest.fixture
def zhang_of():
    return lambda hall: hall.client("token-zhang")


def test_an_endless_upload_is_cut_off(small, notebook):
    with closing(small.raw()) as connection:
        connection.sendall(head(SUBMIT, "Transfer-Encoding: chunked"))
        sent = 0
        try:
            while sent < 1 << 30:
                connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
        except (BrokenPipeError, ConnectionResetError):
            pass
        status, said = answer(connection)
    assert sent < 20 << 20
    assert (status, said.get("code")) in {(413, "too-large"), (0, None)}
    assert works(small, notebook)


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: -1",),
        ("Content-Length: 1e9",),
        ("Content-Length: 5, 6",),
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: gzip, chunked",),
        ("Content-Length: 99999999999999999999999999",),
    ],
)
def test_lies_about_the_length(small, notebook, lines):
    with closing(small.raw()) as connection:
        connection.sendall(head(SUBMIT, *lines) + b"{}")
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert b" 200 " not in received.partition(b"\r\n")[0]
    assert works(small, notebook)


def test_compressed_bodies_are_refused(small):
    status, _, said = small.request("POST", PREFIX + SUBMIT, b"\x1f\x8b", **AUTH, Content_Encoding="gzip")
    assert (status, json.loads(said)["code"]) == (415, "encoding")


def test_a_body_where_none_belongs(small):
    status, _, said = small.request("GET", PREFIX + "key", b"hello", **AUTH)
    assert (status, json.loads(said)["code"]) == (413, "too-large")


def test_answers_have_a_limit_of_their_own(small, zhang_of):
    zhang = zhang_of(small)
    zhang.save_answer("c", "a", "q01", "字" * 1300)
    with pytest.raises(HallError, match="太长") as raised:
        zhang.save_answer("c", "a", "q01", "字" * 1400)
    assert raised.value.status == 413
    with pytest.raises(HallError, match="太大"):
        zhang.save_answer("c", "a", "q01", "字" * 100_000)
    assert len(zhang.answers("c", "a")["q01"]["text"]) == 1300


@pytest.mark.parametrize("text", [1, None, {}, "a\x00b"])
def test_what_is_no_answer(hall, instructor, name, notebook, text):
    instructor.release("c", name, {"p.ipynb": notebook()})
    status, _, said = hall.request(
        "PUT", f"{PREFIX}assignments/c/{name}/answers/q01", json.dumps({"text": text}).encode(), **AUTH
    )
    assert status == 422, said


def test_an_unpaired_surrogate_is_refused_not_mangled(hall, instructor, name, notebook):
    instructor.release("c", name, {"p.ipynb": notebook()})
    path = f"{PREFIX}assignments/c/{name}"
    status, _, _ = hall.request("PUT", path + "/answers/q01", b'{"text": "\\ud800"}', **AUTH)
    assert status == 422
    status, _, _ = hall.request(
        "POST", path + "/submissions", b'{"files": {"p.ipynb": {"text": "\\ud800"}}}', **AUTH
    )
    assert status == 422


def test_slow_senders_are_dropped(small, notebook):
    """A header that never ends, a body that never comes, a connection that never asks."""
    slow = [small.raw() for _ in range(3)]
    slow[0].sendall(b"POST /services/hall/api/v1/")
    slow[1].sendall(head(SUBMIT, "Content-Length: 1000") + b"{")
    for connection in slow:
        with closing(connection):
            assert answer(connection) == (0, {})
    assert works(small, notebook)


def test_whoever_does_not_read_a_large_answer_is_dropped(small, zhang_of, notebook):
    zhang = zhang_of(small)
    receipt = zhang.submit("c", "a", {"p.ipynb": notebook("A"), "large.txt": b"x" * 450_000})
    with closing(small.raw()) as connection:
        connection.sendall(head(f"{SUBMIT}/{receipt['id']}/files", method="GET"))
        poll = select.poll()
        poll.register(connection, select.POLLHUP)
        assert poll.poll(30_000)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert len(received) < 450_000
    assert works(small, notebook)


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 200_000,
        b'{"files":' * 50_000,
        b'{"files": {"p.ipynb": {"text": "' + b"[" * 100_000 + b'"}}}',
        b'{"files": {"p.ipynb": {"text": "{\\"cells\\": ['
        + b"{},".replace(b'"', b'\\"') * 100_000
        + b']}"}}}',
        b'{"files": [' + b"{}," * 150_000 + b"{}]}",
        b'{"files": ' + b"9" * 100_000 + b"}",
        b'{"files": {"p.ipynb": {"text": "' + b"\\u005b" * 80_000 + b'"}}}',
        b"\xff\xfe",
        b"",
        b"null",
        b'{"files": NaN}',
    ],
)
def test_bombs_cost_little_and_are_refused(small, notebook, bomb):
    status, _, said = small.request("POST", PREFIX + SUBMIT, bomb, **AUTH)
    assert status == 422, said[:200]
    assert json.loads(said)["message"].endswith("。")
    assert works(small, notebook)


TRAVERSALS = [
    "../x",
    "/etc/passwd",
    "a/../../x",
    "..\\x",
    ".ssh/authorized_keys",
    "a\x00b",
    "x/" * 9 + "x",
    "a//b",
    "～".join("ab") + "\u202e",
]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_names_that_lead_elsewhere_are_refused(hall, instructor, zhang, name, notebook, path, tmp_path):
    instructor.release("c", name, {"p.ipynb": notebook()})
    with pytest.raises(HallError, match="不能用") as raised:
        zhang.submit("c", name, {path: b"x"})
    assert raised.value.status == 422
    assert zhang.submissions("c", name) == []
    with pytest.raises(HallError):
        instructor.release("c", f"{name}-2", {path: b"x"})


def test_too_many_files(small, zhang_of):
    with pytest.raises(HallError, match="最多 3 个"):
        zhang_of(small).submit("c", "a", {f"{n}.txt": b"" for n in range(4)})


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "assignments/../../etc",
        "assignments/c/%2e%2e%2f%2e%2e/files",
        "assignments/c/a%00b",
        "assignments/c/%ff",
        "assignments/c/a/submissions/%00/files",
        "assignments/c/a/submissions/' or 1=1 --/files".replace(" ", "%20"),
        "assignments//",
        "",
        "assignments/c/a/files/more",
        "time/",
        "assignments?course=%ff",
        "assignments?" + "&".join(f"a{n}=1" for n in range(50)),
    ],
)
def test_odd_addresses_are_not_found(small, path):
    status, _, said = small.request("GET", PREFIX + path, **AUTH)
    assert status == 404, said
    assert json.loads(said)["message"].endswith("。")


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_refused(small, method):
    status, _, _ = small.request(method, PREFIX + "key", **AUTH)
    assert status == 405


@pytest.mark.parametrize(
    "wrong",
    [
        {"files": {}},
        {},
        {"files": {"p.ipynb": {"text": "{"}}},
        {"files": {"p": {"text": ""}}, "force": 1},
        {"files": {"p": {"text": ""}}, "rules": {"x": 1}},
        [],
    ],
)
def test_releases_that_cannot_be_used(hall, instructor, name, wrong):
    status, _, said = hall.request(
        "PUT", f"{PREFIX}assignments/c/{name}", json.dumps(wrong).encode(), Authorization="token token-chen"
    )
    assert status == 422, said
    for bad in (".a", "a/b", "a" * 129, " a", "a\\b"):
        with pytest.raises(HallError):
            instructor.release("c", bad, {"p.ipynb": b'{"cells": []}'})


@pytest.mark.parametrize("minutes", [-1, 1.5, True, "5", None, 100_000])
def test_extra_time_that_cannot_be_used(instructor, name, notebook, minutes):
    instructor.release("c", name, {"p.ipynb": notebook()})
    with pytest.raises(HallError, match="分钟"):
        instructor.extend("c", name, "zhang", minutes)


def test_too_often_is_told_when_to_come_back(make_hall):
    hall = make_hall("--HallApp.burst=5", "--HallApp.rate=0.5")
    zhang = hall.client("token-zhang")
    for _ in range(5):
        zhang.key()
    with pytest.raises(HallBusy, match="太频繁") as raised:
        zhang.key()
    assert raised.value.status == 429
    assert raised.value.retry_after == 2
    assert hall.client("token-li").key()
    assert hall.client("token-chen").audit()["entries"] == []


def test_large_bodies_count_for_more(make_hall, notebook):
    hall = make_hall("--HallApp.burst=12", "--HallApp.rate=0.1")
    hall.client("token-chen").release("c", "a", {"p.ipynb": notebook()})
    zhang = hall.client("token-zhang")
    zhang.submit("c", "a", {"p.ipynb": notebook("A"), "picture.txt": b"x" * 3_000_000})
    with pytest.raises(HallBusy):
        zhang.key()


@pytest.mark.skipif(os.getuid() != 0, reason="只有 root 能换成别的 uid 去连")
def test_one_uid_gets_only_so_many_connections(make_hall):
    hall = make_hall("--HallApp.peer_connections=3")
    hall.folder.chmod(0o755)
    hall.folder.parent.chmod(0o755)
    program = (
        "import os, socket, sys\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "made = []\n"
        "for _ in range(6):\n"
        "    s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1]); made.append(s)\n"
        "    s.sendall(b'GET /services/hall/api/v1/time HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
        "def answered(s):\n"
        "    try: return bool(s.recv(10))\n"
        "    except ConnectionError: return False\n"
        "print([answered(s) for s in made].count(True))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, str(hall.socket)], capture_output=True, text=True, check=False
    )
    assert (found.stdout.strip(), found.stderr) == ("3", "")
    assert hall.client("token-zhang").key()


def test_what_comes_back_is_written_only_where_it_belongs(instructor, zhang, name, notebook, tmp_path):
    instructor.release("c", name, {"p.ipynb": notebook(), "图/示意.png": b"\x89PNG"})
    written = write_folder(zhang.files("c", name), tmp_path / "work")
    assert written == ["p.ipynb", "图/示意.png"]
