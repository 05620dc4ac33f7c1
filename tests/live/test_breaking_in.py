"""A trainee who knows JupyterHub well, with a browser, own cookies and own tokens, against everything that is not theirs."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import websocket

from .burglary import bearer, hub_call, token_of
from .conftest import LiveServer, Person, field_of, needs_root

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
def teacher(county: LiveServer) -> Person:
    return county.person("jiaoyuan").open_server()


@pytest.fixture(scope="module")
def alices_token(alice: Person) -> str:
    return token_of(alice)


# -- another's server --------------------------------------------------------------------------------------------------

OTHERS = [
    ("GET", "api/contents"),
    ("GET", "api/contents/mine.txt"),
    ("PUT", "api/contents/mine.txt"),
    ("PATCH", "api/contents/mine.txt"),
    ("DELETE", "api/contents/mine.txt"),
    ("POST", "api/contents"),
    ("GET", "api/contents/mine.txt/checkpoints"),
    ("GET", "api/kernels"),
    ("POST", "api/kernels"),
    ("POST", "api/sessions"),
    ("GET", "api/status"),
    ("GET", "api/me"),
    ("POST", "api/shutdown"),
    ("GET", "files/mine.txt"),
    ("GET", "lab"),
    ("GET", "tree"),
    ("GET", "lab/api/workspaces/default"),
    ("PUT", "lab/api/settings/@jupyterlab/apputils-extension:themes"),
    ("GET", "trainer/papers"),
    ("POST", "trainer/submit/leitai/leitai-a"),
    ("GET", "assignments"),
    ("POST", "assignments/submit"),
    ("GET", "metrics"),
    ("GET", "kernelspecs/python3/logo-64x64.png"),
]


@pytest.mark.parametrize(("method", "path"), OTHERS, ids=str)
def test_anothers_server_is_closed(
    county: LiveServer, alice: Person, bob: Person, alices_token: str, method: str, path: str
) -> None:
    """By the own cookies, with an XSRF token that was fetched for it, and by the own token."""
    address = f"{county.url}/user/sl002/{path}"
    body = {"type": "file", "format": "text", "content": "alice", "path": "taken.txt"}
    alice.session.get(f"{county.url}/user/sl002/lab", allow_redirects=False)
    marks = [c.value for c in alice.session.cookies if c.name == "_xsrf"]
    for mark in marks:
        answer = alice.session.request(
            method, address, json=body, headers={"X-XSRFToken": mark or ""}, allow_redirects=False
        )
        assert answer.status_code in (302, 403, 404, 405), answer.text
        if answer.status_code == 302:
            assert "/hub/api/oauth2/authorize" in answer.headers["Location"]
    answer = requests.request(method, address, json=body, headers=bearer(alices_token), allow_redirects=False)
    assert answer.status_code in (403, 404, 405), answer.text
    assert bob.get("api/contents/mine.txt").json()["content"] == "bob"


@pytest.mark.parametrize("who", ["alice", "teacher"])
def test_the_login_at_anothers_server_is_refused(
    who: str, request: pytest.FixtureRequest, bob: Person
) -> None:
    """Not even an instructor gets in: a page that a trainee keeps there never runs with an instructor's login."""
    person: Person = request.getfixturevalue(who)
    bob.send(
        "PUT",
        "api/contents/evil.html",
        json={"type": "file", "format": "text", "content": "<script>document.title='evil'</script>"},
    )
    for path in ("lab", "files/evil.html", "trainer/papers"):
        answer = person.session.get(f"{person.server.url}/user/sl002/{path}")
        assert answer.status_code == 403
        assert "evil" not in answer.text.replace("evil.html", "")
    assert "sandbox" in bob.get("files/evil.html").headers["Content-Security-Policy"]


def test_anothers_kernel_is_closed_to_websockets(county: LiveServer, alice: Person, bob: Person) -> None:
    kernel = bob.send("POST", "api/kernels", json={"name": "python3"}).json()["id"]
    cookies = "; ".join(f"{c.name}={c.value}" for c in alice.session.cookies)
    for path in (f"api/kernels/{kernel}/channels", "api/events/subscribe", "terminals/websocket/1"):
        address = f"ws://127.0.0.1:{county.port}/user/sl002/{path}"
        with pytest.raises(websocket.WebSocketException, match=r"oauth2/authorize|403|404"):
            websocket.create_connection(address, cookie=cookies, timeout=20)
    bob.send("DELETE", f"api/kernels/{kernel}")


def test_a_page_elsewhere_cannot_drive_the_own_kernel(county: LiveServer, alice: Person) -> None:
    kernel = alice.send("POST", "api/kernels", json={"name": "python3"}).json()["id"]
    cookies = "; ".join(f"{c.name}={c.value}" for c in alice.session.cookies)
    address = f"ws://127.0.0.1:{county.port}/user/sl001/api/kernels/{kernel}/channels"
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(address, cookie=cookies, origin="http://evil.example", timeout=20)
    alice.send("DELETE", f"api/kernels/{kernel}")


# -- the hub's API -----------------------------------------------------------------------------------------------------

HUB = [
    ("GET", "users", None),
    ("GET", "users/sl002", None),
    ("GET", "users/jiaoyuan", None),
    ("PATCH", "users/sl001", {"name": "jiaoyuan", "admin": True}),
    ("PATCH", "users/sl001", {"admin": True}),
    ("DELETE", "users/sl002", None),
    ("POST", "users", {"usernames": ["evil"], "admin": True}),
    ("POST", "users/evil", None),
    ("GET", "groups", None),
    ("POST", "groups/instructors/users", {"users": ["sl001"]}),
    ("DELETE", "groups/trainees/users", {"users": ["sl001"]}),
    ("PUT", "groups/instructors/properties", {"x": 1}),
    ("POST", "groups/evil", None),
    ("GET", "services", None),
    ("GET", "services/hall", None),
    ("GET", "proxy", None),
    ("POST", "proxy", None),
    ("PATCH", "proxy", {"ip": "127.0.0.1", "port": 9, "auth_token": "x"}),
    ("GET", "info", None),
    ("POST", "shutdown", {"proxy": True, "servers": True}),
    ("GET", "users/sl002/tokens", None),
    ("POST", "users/sl002/tokens", {}),
    ("POST", "users/sl004/server", None),
    ("DELETE", "users/sl002/server", None),
    ("POST", "users/sl002/activity", {"last_activity": "2026-01-01T00:00:00Z"}),
    ("POST", "users/sl001/servers/second", None),
    ("POST", "shares/sl001/", {"user": "sl002"}),
    ("POST", "share-codes/sl001/", {}),
    ("GET", "shares/sl002/", None),
    ("GET", "metrics", None),
    ("GET", "authorizations/cookie/x/y", None),
]


@pytest.mark.parametrize(("method", "path", "body"), HUB, ids=str)
def test_the_hub_does_nothing_for_a_trainee_beyond_the_own(
    county: LiveServer, alice: Person, alices_token: str, method: str, path: str, body: Any
) -> None:
    refused = (400, 403, 404, 405)
    assert hub_call(alice, method, path, json=body).status_code in refused
    address = f"{county.url}/hub/api/{path}"
    answer = requests.request(method, address, json=body, headers=bearer(alices_token), allow_redirects=False)
    assert answer.status_code in refused, answer.text


def test_what_the_servers_token_says_is_about_its_owner_only(county: LiveServer, alices_token: str) -> None:
    me = requests.get(f"{county.url}/hub/api/user", headers=bearer(alices_token)).json()
    assert (me["name"], me["admin"], me["groups"]) == ("sl001", False, ["trainees"])
    assert not any("instruct" in scope for scope in me["scopes"])
    assert all("!" in scope or scope.startswith("custom:hall:take") for scope in me["scopes"]), me["scopes"]
    # nor can it make itself another token, or another life
    for path in ("users/sl001/tokens", "users/sl001/server"):
        answer = requests.post(f"{county.url}/hub/api/{path}", headers=bearer(alices_token), json={})
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "wish",
    [
        {"scopes": ["custom:hall:instruct"]},
        {"scopes": ["admin:users"]},
        {"scopes": ["access:servers!user=sl002"]},
        {"scopes": ["access:servers"]},
        {"scopes": ["access:services!service=console"]},
        {"roles": ["instructor"]},
        {"roles": ["admin"]},
        {"roles": ["console-service"]},
    ],
    ids=str,
)
def test_nobody_makes_a_token_that_can_more_than_they(alice: Person, wish: dict[str, Any]) -> None:
    assert hub_call(alice, "POST", "users/sl001/tokens", json=wish).status_code in (400, 403)


def test_options_of_the_own_server_are_not_the_trainees(county: LiveServer) -> None:
    """Whatever is sent along with the start: the server runs as its own user, within its limits."""
    carol = county.person("sl003")
    wishes = {
        "uid": 0,
        "user": "jiaoyuan",
        "kernels": False,
        "memory_mib": 99999,
        "profile": "root",
        "env": {"A": "1"},
    }
    answer = hub_call(carol, "POST", "users/sl003/server", json=wishes)
    assert answer.status_code in (201, 202)
    carol.open_server()
    script = "import os; print(os.getuid(), os.environ['USER'], 'A' in os.environ)"
    assert carol.run(script).split() == [str(county.who.trainee(3)), "sl003", "False"]


@pytest.mark.parametrize(
    "path", ["/hub/admin", "/hub/spawn/sl002", "/hub/spawn-pending/sl002", "/hub/metrics"]
)
def test_pages_of_the_hub_for_others_are_closed(alice: Person, path: str) -> None:
    assert alice.get(path).status_code in (403, 404)


# -- confusions of the login between services --------------------------------------------------------------------------


def authorize(person: Person, **query: str) -> requests.Response:
    return person.get(
        "/hub/api/oauth2/authorize", params={"response_type": "code", **query}, allow_redirects=False
    )


def test_a_code_for_one_server_is_worth_nothing_at_another(
    county: LiveServer, alice: Person, bob: Person, alices_token: str
) -> None:
    granted = authorize(
        bob, client_id="jupyterhub-user-sl002", redirect_uri="/user/sl002/oauth_callback", state="x"
    )
    code = parse_qs(urlsplit(granted.headers["Location"]).query)["code"][0]
    for client, callback in (
        ("jupyterhub-user-sl001", "/user/sl001/oauth_callback"),
        ("jupyterhub-user-sl002", "/user/sl002/oauth_callback"),
    ):
        form = {"client_id": client, "client_secret": alices_token, "grant_type": "authorization_code"}
        form |= {"code": code, "redirect_uri": callback}
        answer = requests.post(f"{county.url}/hub/api/oauth2/token", data=form)
        assert answer.status_code in (400, 401, 403)
        assert "access_token" not in answer.text
    # nor does a callback take a code that it did not ask for: nobody is logged in as somebody else unawares
    alice.session.get(f"{county.url}/user/sl001/oauth_callback", params={"code": code, "state": "x"})
    assert alice.get("api/me").json()["identity"]["username"] == "sl001"


@pytest.mark.parametrize(
    ("client", "callback"),
    [
        ("jupyterhub-user-sl002", "/user/sl002/oauth_callback"),
        ("jupyterhub-user-jiaoyuan", "/user/jiaoyuan/oauth_callback"),
        ("service-console", "/services/console/oauth_callback"),
        ("jupyterhub-user-sl001", "/user/sl002/oauth_callback"),
        ("jupyterhub-user-sl001", "http://evil.example/"),
        ("jupyterhub-user-sl001", "//evil.example/user/sl001/oauth_callback"),
        ("service-hall", "/user/sl001/oauth_callback"),
        ("service-hall", "/services/hall/oauth_callback@evil.example"),
    ],
)
def test_no_code_is_given_where_it_does_not_belong(alice: Person, client: str, callback: str) -> None:
    answer = authorize(alice, client_id=client, redirect_uri=callback, state="x")
    assert answer.status_code in (400, 403), answer.headers.get("Location")
    assert "code=" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("service", ["hall", "console"])
def test_a_callback_with_a_foreign_state_logs_nobody_in(alice: Person, service: str) -> None:
    answer = alice.get(f"/services/{service}/oauth_callback?code=abc&state=abc", allow_redirects=False)
    assert answer.status_code in (400, 403)
    assert f"service-{service}" not in answer.headers.get("Set-Cookie", "")


def test_a_session_that_somebody_prepared_opens_nothing(county: LiveServer) -> None:
    """Fixation: who planted the session number in a browser has no login after its owner has logged in."""
    planted = {"jupyterhub-session-id": "0" * 32}
    victim = Person(county, "sl005")
    victim.session.cookies.update(planted)
    victim.log_in("lianxi-2026-mima")
    for cookies in (planted, {**planted, "jupyterhub-hub-login": "x"}):
        answer = requests.get(f"{county.url}/hub/api/user", cookies=cookies)
        assert answer.status_code in (401, 403)


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "///evil.example"]
)
def test_a_login_leads_nowhere_else(county: LiveServer, target: str) -> None:
    visitor = requests.Session()
    page = visitor.get(f"{county.url}/hub/login", params={"next": target})
    form = {"username": "sl005", "password": "lianxi-2026-mima", "_xsrf": field_of(page, "_xsrf")}
    answer = visitor.post(
        f"{county.url}/hub/login", params={"next": target}, data=form, allow_redirects=False
    )
    assert answer.status_code == 302
    place = answer.headers["Location"]
    assert urlsplit(place).netloc == ""
    assert not place.startswith(("//", "/\\"))


def test_cookies_stay_where_they_belong(alice: Person) -> None:
    """No server of a person is sent the cookie that opens the hub."""
    for cookie in alice.session.cookies:
        assert "HttpOnly" in cookie._rest or cookie.name == "_xsrf", cookie
        if cookie.name not in ("jupyterhub-session-id",):
            assert cookie.path != "/", cookie
