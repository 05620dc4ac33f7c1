"""What is refused before routing, and whose word about a client counts."""

from __future__ import annotations

import pytest

from trainer.errors import UsageError
from trainer.hub.proxy.checks import Refused, checked_path
from trainer.hub.proxy.headers import TrustedFronts
from trainer.hub.proxy.options import parse


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/user/alice/lab?next=/a/../b&x=%2e%2e",
        "/a%2Fb/%E5%BC%A0%20/+;=@",
        "/a/.hidden/..x/x../...",
        "/user/alice/api/contents/a//b",
        "/a%25%32%65",
    ],
)
def test_paths_pass_unchanged(path: str) -> None:
    assert checked_path(path) == path


def test_bytes_beyond_ascii_are_encoded() -> None:
    raw = "/张".encode() + b"/\xd6\xd0?q=\xe9"
    assert checked_path(raw.decode("utf-8", "surrogateescape")) == "/%E5%BC%A0/%D6%D0?q=%E9"


@pytest.mark.parametrize(
    "path",
    [
        "/user/alice/../bob",
        "/..",
        "/user/alice/%2e%2e/bob",
        "/user/alice/.%2E/bob",
        "/user/alice/..%2fbob",
        "/user/alice%2f..%2fbob",
        "/user/alice/..\\bob",
        "/user/alice%5c..%5cbob",
        "/user/alice/..?x",
        "//user/bob",
        "//evil.example/",
        "http://other.example/user/bob",
        "*",
        "/a#b",
        "/a%00b",
        "/a%0d%0ab",
    ],
)
def test_paths_that_can_be_read_in_two_ways_are_refused(path: str) -> None:
    with pytest.raises(Refused) as caught:
        checked_path(path)
    assert caught.value.status == 400


def test_trusted_fronts() -> None:
    trusted = TrustedFronts(("127.0.0.1", "10.0.0.0/8", "unix", "fd00::/8"))
    assert all(address in trusted for address in ("127.0.0.1", "10.1.2.3", "unix", "fd00::1"))
    assert not any(address in trusted for address in ("127.0.0.2", "11.0.0.1", "fe80::1", "", "nonsense"))
    assert not any(address in TrustedFronts() for address in ("127.0.0.1", "unix"))


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--trust-forwarded", "300.1.1.1"], "300.1.1.1"),
        (["--error-target", "nowhere"], "nowhere"),
        (["--ssl-key", "k"], "--ssl-cert"),
        (["--unknown"], "--unknown"),
        (["--port", "x"], "--port"),
    ],
)
def test_wrong_arguments_are_explained(arguments: list[str], part: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments)
    assert part in str(caught.value)


def test_what_jupyterhub_passes() -> None:
    options = parse(
        [
            "--socket",
            "/run/p.sock",
            "--api-socket",
            "/run/a.sock",
            "--error-target",
            "http+unix://%2Frun%2Fh.sock/hub/error",
            "--log-level",
            "warn",
            "--host-routing",
            "--ssl-key",
            "k",
            "--ssl-cert",
            "c",
        ]
    )
    assert str(options.socket) == "/run/p.sock"
    assert str(options.api_socket) == "/run/a.sock"
    assert options.log_level == "WARNING"
    assert options.host_routing
    assert parse(["--ip", "", "--port", "80"]).ip is None
    assert parse(["--port", "80"]).api_port == 81
