"""The server of an examination, where nothing may be run: no way leads to a kernel, whatever is asked, sent or left lying."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest
import requests
import websocket

from polling import until

from .burglary import hub_call
from .conftest import LiveServer, Person, needs_root

pytestmark = [needs_root, pytest.mark.xdist_group("live")]


@pytest.fixture(scope="module")
def alice(locked: LiveServer) -> Person:
    return locked.person("sl001").open_server()


def put(person: Person, path: str, text: str) -> int:
    body = {"type": "file", "format": "text", "content": text}
    return person.send("PUT", f"api/contents/{path}", json=body).status_code


def again(person: Person) -> Person:
    """Stop the person's server and start it, as they can."""
    assert hub_call(person, "DELETE", f"users/{person.account}/server").status_code in (202, 204)
    socket = person.server.data.socket_of(person.account)
    until(lambda: not socket.exists(), f"the server of {person.account} has stopped")
    return person.server.person(person.account).open_server()


WAYS = [
    ("POST", "api/kernels", {"name": "python3"}),
    ("POST", "api/kernels/", {"name": "python3"}),
    ("POST", "api/kernels/abc/restart", {}),
    ("POST", "api/kernels/abc/interrupt", {}),
    ("GET", "api/kernels/abc/channels", None),
    (
        "POST",
        "api/sessions",
        {"path": "x.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}},
    ),
    ("PATCH", "api/sessions/abc", {"kernel": {"name": "python3"}}),
    ("POST", "api/terminals", {}),
    ("GET", "api/terminals", None),
    ("GET", "api/gateway", None),
    ("GET", "nbconvert/html/x.ipynb", None),
    (
        "POST",
        "nbconvert/html",
        {"content": {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}},
    ),
    ("POST", "lab/api/extensions", {"cmd": "install", "extension_name": "jupyterlab-git"}),
    ("POST", "lab/api/extensions", {"cmd": "enable", "extension_name": "jupyter_server_terminals"}),
    ("POST", "lab/api/extensions", {"cmd": "disable", "extension_name": "trainer-questions"}),
    ("POST", "lab/api/plugins", {"cmd": "disable", "plugin_name": "trainer-questions"}),
    ("POST", "lab/api/build", {}),
    ("GET", "lsp/status", None),
    ("GET", "proxy/8000/", None),
    ("POST", "assignments/validate", {"path": "x.ipynb"}),
    ("POST", "formgrader/api/submission/x/y/autograde", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), WAYS, ids=str)
def test_nothing_is_started(locked: LiveServer, alice: Person, method: str, path: str, body: Any) -> None:
    answer = alice.send(method, path, json=body, allow_redirects=False)
    # 302: an address that does not exist is looked for among the pages, where it does not exist either
    assert answer.status_code in (302, 400, 403, 404, 405, 422, 501), answer.text
    assert alice.get("api/kernels").json() == []
    assert alice.get("api/sessions").json() == []


def test_no_websocket_is_opened_to_a_kernel_or_a_terminal(locked: LiveServer, alice: Person) -> None:
    cookies = "; ".join(f"{c.name}={c.value}" for c in alice.session.cookies)
    for path in ("api/kernels/abc/channels", "terminals/websocket/1"):
        with pytest.raises(websocket.WebSocketException):
            websocket.create_connection(
                f"ws://127.0.0.1:{locked.port}/user/sl001/{path}", cookie=cookies, timeout=20
            )


def test_the_settings_are_what_decides(locked: LiveServer) -> None:
    terminal, kernel = locked.person("sl002").open_server(), locked.person("sl003").open_server()
    assert terminal.send("POST", "api/terminals").status_code == 200
    assert terminal.send("POST", "api/kernels", json={}).status_code == 403
    assert kernel.send("POST", "api/terminals").status_code == 404
    assert kernel.run("print(6 * 7)") == "42\n"


HIDDEN = [
    ".jupyter/jupyter_server_config.py",
    ".config/jupyter/jupyter_server_config.py",
    ".config/jupyter/labconfig/page_config.json",
    ".ipython/profile_default/startup/x.py",
    ".local/share/jupyter/kernels/x/kernel.json",
    ".local/lib/python3.11/site-packages/usercustomize.py",
    ".bashrc",
]


@pytest.mark.parametrize("path", HIDDEN)
def test_hidden_files_cannot_be_written(alice: Person, path: str) -> None:
    assert put(alice, path, "x") in (400, 403, 404)
    alice.send("POST", "api/contents", json={"type": "directory"})
    answer = alice.send("PATCH", "api/contents/Untitled Folder", json={"path": path.partition("/")[0]})
    assert answer.status_code in (400, 403, 404)


PLANTED = [
    "jupyter_server_config",
    "jupyter_lab_config",
    "jupyter_notebook_config",
    "jupyter_config",
    "jupyterhub_config",
    "ipython_config",
    "nbgrader_config",
    "sitecustomize",
    "usercustomize",
    "trainer",
    "json",
    "logging",
    "tornado",
]


@pytest.mark.parametrize("account", ["sl006", "sl004"])
def test_what_lies_in_a_home_is_not_obeyed(locked: LiveServer, account: str) -> None:
    """Neither by a forked server nor by one that is started as a program in that folder."""
    person = locked.person(account).open_server()
    for name in PLANTED:
        code = f"open('/home/{account}/obeyed-{name}', 'w').close()\nraise SystemExit\n"
        assert put(person, f"{name}.py", code) in (200, 201)
    settings = {"ServerApp": {"terminals_enabled": True, "allow_origin": "*", "root_dir": "/"}}
    for name in ("jupyter_server_config", "jupyter_lab_config", "page_config", "overrides"):
        assert put(person, f"{name}.json", json.dumps(settings)) in (200, 201)
    person = again(person)
    assert person.get("lab").status_code == person.get("trainer/papers").status_code == 200
    names = [entry["name"] for entry in person.get("api/contents").json()["content"]]
    assert "trainer.py" in names
    assert [name for name in names if name.startswith("obeyed")] == []
    assert person.send("POST", "api/terminals").status_code == 404
    assert "Access-Control-Allow-Origin" not in person.get("api/contents").headers


def test_whoever_shuts_the_own_server_down_shuts_down_nothing_else(locked: LiveServer, alice: Person) -> None:
    bob = locked.person("sl005").open_server()
    assert bob.send("POST", "api/shutdown").status_code in (200, 403, 404)
    until(lambda: not locked.data.socket_of("sl005").exists(), "the hub has noticed")
    assert alice.get("api/status").status_code == 200
    assert locked.person("sl005").open_server().get("api/status").status_code == 200


# -- what is sent ------------------------------------------------------------------------------------------------------


def test_an_upload_over_the_limit_is_refused_and_the_server_goes_on(
    locked: LiveServer, alice: Person
) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield bytes(1 << 20)

    big = {"type": "file", "format": "text", "content": "a" * (3 << 20)}
    answer = alice.send("PUT", "api/contents/big.txt", json=big)
    assert (answer.status_code, answer.json()["reason"]) == (413, "too-large")
    assert "内容太大" in answer.json()["message"]
    with suppress(requests.ConnectionError):  # cut off while it was still sending
        assert alice.send("PUT", "api/contents/big.txt", data=endless()).status_code in (413, 503)
    assert alice.get("api/contents/big.txt").status_code == 404
    assert put(alice, "small.txt", "a") in (200, 201)


@pytest.mark.parametrize(
    "path", ["/hub/login", "/hub/api/users/sl001/activity", "/services/hall/receipts", "/services/console/"]
)
def test_an_endless_form_is_cut_off(locked: LiveServer, path: str) -> None:
    """Without any login. What is too much is thrown away as it comes: nobody's memory fills with it."""

    def endless() -> Iterator[bytes]:
        for _ in range(400):
            yield bytes(1 << 18)

    before = memory(locked)
    try:
        answer = requests.post(f"{locked.url}{path}", data=endless(), timeout=60, allow_redirects=False)
        # 503: the server behind closed while the front was still sending to it.
        assert answer.status_code in (302, 400, 401, 403, 413, 503)
    except requests.ConnectionError:
        pass
    assert memory(locked) < before + (48 << 20)
    assert requests.get(f"{locked.url}/hub/login").status_code == 200


def memory(server: LiveServer) -> int:
    """Bytes that the hub, the front and the services hold together."""
    assert server.process is not None
    hub = psutil.Process(server.process.pid)
    return sum(
        process.memory_info().rss for process in (hub, *hub.children(recursive=True)) if process.is_running()
    )


@pytest.mark.parametrize(
    "text", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, "9" * 1_000_000, '"\\ud800"', "NaN"], ids=len
)
def test_json_that_is_meant_to_break_a_parser_does_not(locked: LiveServer, alice: Person, text: str) -> None:
    made = hub_call(alice, "POST", "users/sl001/tokens", json={"note": "x"})
    headers = {"Authorization": f"token {made.json()['token']}", "Content-Type": "application/json"}
    base = f"{locked.url}/services/hall/api/v1"
    for path in ("receipts/verify", "assignments/leitai/leitai-a/submissions"):
        answer = requests.post(f"{base}/{path}", data=text, headers=headers)
        assert answer.status_code in (400, 403, 404, 413, 422), answer.text
    assert alice.send("PUT", "api/contents/x.ipynb", data=text).status_code in (400, 413, 422, 500)
    assert alice.get("api/status").status_code == 200
