"""How the front starts, ends, and comes back."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from polling import until

MODULE = [sys.executable, "-m", "trainer.hub.proxy"]


def held(front, prefix: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", front.port), timeout=30)
    connection.sendall(f"GET {prefix}/hold HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    return connection


def refused(front) -> bool:
    try:
        socket.create_connection(("127.0.0.1", front.port), timeout=30).close()
    except ConnectionRefusedError:
        return True
    return False


def test_sigterm_lets_requests_finish(start, behind) -> None:
    front = start("--grace=30")
    prefix = front.route(behind.unix)
    idle = socket.create_connection(("127.0.0.1", front.port), timeout=30)
    with held(front, prefix) as connection:
        until(lambda: behind.holding == 1, "it is being worked on")
        front.process.send_signal(signal.SIGTERM)
        until(lambda: refused(front), "nobody new is let in")
        assert idle.recv(1) == b""
        behind.release()
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert front.process.wait(30) == 0
    idle.close()


def test_sigterm_lets_an_upload_come_in_whole(start, behind) -> None:
    front = start("--grace=30")
    prefix = front.route(behind.unix)
    before = behind.received
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(
            f"POST {prefix}/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nfirst".encode()
        )
        until(lambda: behind.received == before + 5, "half of it is there")
        front.process.send_signal(signal.SIGTERM)
        until(lambda: refused(front), "nobody new is let in")
        connection.sendall(b"later")
        answer = connection.recv(65536)
        assert b'"size": 10' in answer
        assert b"\r\nConnection: close\r\n" in answer
        assert connection.recv(1) == b""
    assert front.process.wait(30) == 0


def test_sigterm_does_not_wait_for_ever(start, behind, websocket_request) -> None:
    front = start("--grace=0.3")
    prefix = front.route(behind.unix)
    with held(front, prefix), socket.create_connection(("127.0.0.1", front.port), timeout=30) as websocket:
        websocket.sendall(websocket_request(f"{prefix}/ws"))
        assert websocket.recv(65536).startswith(b"HTTP/1.1 101 ")
        until(lambda: behind.holding == 1, "it is being worked on")
        assert front.stop() == 0
    until(lambda: behind.holding == 0, "the server behind is let go")


def test_killed_and_started_again_in_the_same_place(start, behind) -> None:
    front = start()
    front.route(behind.unix, "/kept")
    assert front.stop(signal.SIGKILL) == -signal.SIGKILL
    assert front.api_socket.exists()
    again = start(port=front.port)
    # The hub fills the table again; until then nothing is declared missing.
    assert again.ask("GET", "/kept/echo").status == 503
    again.route(behind.unix, "/kept")
    assert again.ask("GET", "/kept/echo").status == 200


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "CONFIGPROXY_AUTH_TOKEN"}
    return subprocess.run(
        [*MODULE, *arguments],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_what_is_wrong_at_the_start_is_said_in_a_sentence(start, short: Path) -> None:
    front = start()
    token = {"CONFIGPROXY_AUTH_TOKEN": "t"}
    spare = f"--api-socket={short / 'spare.sock'}"
    plain = short / "plain"
    plain.touch()
    for arguments, environment, part in (
        ([spare], {}, "CONFIGPROXY_AUTH_TOKEN"),
        ([spare, "--ip=127.0.0.1", f"--port={front.port}"], token, f"端口 {front.port}"),
        ([f"--socket={short / 'p.sock'}", f"--api-socket={front.api_socket}"], token, "已经有程序"),
        ([f"--socket={plain}", spare], token, "不是套接字"),
        ([f"--socket={short / ('x' * 200)}", spare], token, "短一些"),
        ([spare, "--ssl-key=none", "--ssl-cert=none"], token, "TLS 证书"),
        ([spare, "--exit-with-parent=1"], token, "已经结束"),
    ):
        result = run(*arguments, **environment)
        assert (result.returncode, result.stdout) == (1, ""), result.stderr
        assert part in result.stderr
        assert "Traceback" not in result.stderr
    wrong = run("--nonsense", **token)
    assert wrong.returncode == 2
    assert "--nonsense" in wrong.stderr
    assert "--trust-forwarded" in run("--help").stdout
    assert front.api("GET", "/api/routes").status == 200


def ended(pid: int) -> bool:
    """Gone, or a zombie that nobody has fetched."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


@pytest.mark.parametrize("given", ["", "=own"])
def test_it_ends_with_its_parent(short: Path, given: str) -> None:
    """The parent is killed so that it cannot tidy up."""
    code = (
        "import os, subprocess, sys, time\n"
        f"option = '--exit-with-parent' + {given!r}.replace('own', str(os.getpid()))\n"
        "child = subprocess.Popen([*sys.argv[1:], option], start_new_session=True)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    sockets = (short / "p.sock", short / "a.sock")
    command = [*MODULE, f"--socket={sockets[0]}", f"--api-socket={sockets[1]}"]
    parent = subprocess.Popen(
        [sys.executable, "-c", code, *command],
        env={**os.environ, "CONFIGPROXY_AUTH_TOKEN": "t"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    until(sockets[1].exists, "the front is up")
    assert not ended(pid)
    parent.kill()
    parent.wait(30)
    parent.stdout.close()
    until(lambda: ended(pid), "the front has ended too")


def test_the_public_side_on_a_unix_socket(start, short: Path, behind) -> None:
    front = start(f"--socket={short / 'public.sock'}", "--trust-forwarded=unix")
    prefix = front.route(behind.unix)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(short / "public.sock"))
        head = f"GET {prefix}/echo HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        data = b""
        while piece := connection.recv(65536):
            data += piece
    assert b'["X-Forwarded-For", "203.0.113.9"]' in data


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert, private


def test_tls(start, short: Path, behind) -> None:
    cert, key = certificate(short)
    front = start(f"--ssl-cert={cert}", f"--ssl-key={key}")
    prefix = front.route(behind.unix)
    context = ssl.create_default_context(cafile=str(cert))
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(
            f"GET {prefix}/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        data = b""
        while piece := connection.recv(65536):
            data += piece
    assert b'["X-Forwarded-Proto", "https"]' in data
    assert b'["X-Forwarded-Port", "443"]' in data


@pytest.mark.skipif(
    os.getuid() != 0 or shutil.which("setpriv") is None, reason="only root can become somebody else"
)
def test_it_needs_no_root(start, short: Path, behind) -> None:
    os.chown(short, 65534, 65534)
    behind.socket.chmod(0o666)
    behind.socket.parent.chmod(0o755)
    as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs")
    front = start(f"--exit-with-parent={os.getpid()}", command=as_nobody)
    prefix = front.route(behind.unix)
    assert front.ask("GET", f"{prefix}/echo").status == 200
    assert "Uid:\t65534\t" in Path(f"/proc/{front.process.pid}/status").read_text()
    assert front.stop() == 0


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit is not here")
def test_few_open_files_mean_fewer_connections(start, behind) -> None:
    front = start(command=("prlimit", "--nofile=256:256"))
    assert "LimitNOFILE" in front.log.read_text()
    prefix = front.route(behind.unix)
    with contextlib.ExitStack() as stack:
        for _ in range(80):
            stack.enter_context(socket.create_connection(("127.0.0.1", front.port), timeout=30))
        assert front.ask("GET", f"{prefix}/echo").status == 503
        assert front.api("GET", "/api/routes").status == 200
    assert front.stop() == 0


def test_the_log_keeps_tokens_to_itself(start, behind) -> None:
    front = start("--log-level=debug")
    prefix = front.route(behind.unix)
    headers = {"Cookie": "c=hidden-cookie", "Authorization": "token hidden-bearer"}
    assert front.ask("GET", f"{prefix}/echo?token=hidden-query", headers=headers).status == 200
    assert front.ask("GET", "/%0d%0ahidden?token=hidden-query").status == 400
    assert front.stop() == 0
    text = front.log.read_text()
    assert f"200 GET '{prefix}/echo'" in text
    for secret in ("hidden-cookie", "hidden-bearer", "hidden-query", "secret-of-the-test"):
        assert secret not in text
