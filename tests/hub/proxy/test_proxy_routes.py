"""Which path belongs to which server."""

from __future__ import annotations

import pytest

from trainer.hub.proxy.routes import RouteTable, Target, segments_of


def table(*paths: str) -> RouteTable:
    made = RouteTable()
    for path in paths:
        made.add(segments_of(path), {"target": f"http://{path.count('/')}.example", "path": path})
    return made


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/"),
        ("/hub/login", "/"),
        ("/user/alice", "/user/alice"),
        ("/user/alice/", "/user/alice"),
        ("/user/alice/lab/tree/a", "/user/alice"),
        ("/user/alice/named/x", "/user/alice/named"),
        ("/user/al%69ce/lab", "/user/alice"),
        ("/user/%E5%BC%A0%e4%b8%89/lab", "/user/张三"),
        ("/user/alicex", "/"),
        ("/user/alic", "/"),
        ("/user", "/"),
        ("/user%2Falice/lab", "/"),
        ("/user//alice", "/"),
        ("/USER/alice", "/"),
        ("/user/%FF/x", "/"),
    ],
)
def test_longest_prefix_by_segments(path: str, expected: str) -> None:
    routes = table("/", "/user/alice", "/user/alice/named", "/user/张三", "/user/bob")
    found = routes.find(segments_of(path))
    assert found is not None
    assert found.key == expected


def test_no_route_without_a_root() -> None:
    routes = table("/user/alice")
    assert routes.find(segments_of("/user/bob")) is None
    assert routes.find(()) is None


def test_remove() -> None:
    routes = table("/", "/user/alice/deep/er")
    assert routes.remove(segments_of("/user/alice/deep/er/"))
    assert not routes.remove(segments_of("/user/alice/deep/er"))
    found = routes.find(segments_of("/user/alice/deep/er"))
    assert found is not None
    assert found.key == "/"
    assert len(routes) == 1


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8888", "http://127.0.0.1:8888/a%2Fb?c=%20"),
        ("http://127.0.0.1:8888/", "http://127.0.0.1:8888/a%2Fb?c=%20"),
        ("http://[::1]:8888/base/", "http://[::1]:8888/base/a%2Fb?c=%20"),
        ("http+unix://%2fRun%2Fs.sock:80", f"http+unix://{b'/Run/s.sock'.hex()}/a%2Fb?c=%20"),
        (
            "http+unix://%2Frun%2Fs.sock/hub/error",
            f"http+unix://{b'/run/s.sock'.hex()}/hub/error/a%2Fb?c=%20",
        ),
    ],
)
def test_targets(text: str, url: str) -> None:
    assert str(Target.parse(text).url("/a%2Fb?c=%20")) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "ftp://h",
        "https://h",
        "http://",
        "http://u:p@h",
        "http://h?x",
        "http://h:99999",
        "http+unix://run/s.sock",
    ],
)
def test_not_targets(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|[Pp]ort|http"):
        Target.parse(text)
