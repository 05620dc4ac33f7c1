"""Who gets in: instructors, and nobody else at no address; and nothing is done without the page's own token."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import requests

from trainer.console.app import routes

pytestmark = pytest.mark.xdist_group("browser")

PREFIX = "/services/console/"


def addresses() -> list[str]:
    """An address for every route, each verb by its name."""
    found = []
    for pattern, *_ in routes(SimpleNamespace(prefix=PREFIX)):
        plain = pattern.removeprefix(PREFIX).replace("([^/]+)", "x").replace(r"\.", ".")
        choices = re.search(r"\(([a-z|-]+)\)", plain)
        words = choices[1].split("|") if choices else [""]
        found += [plain.replace(choices[0], word) if choices else plain for word in words]
    return [address for address in found if address not in ("oauth_callback", "static/(.*)")]


@pytest.fixture(scope="module")
def hao(server):
    """A trainee, who may even knock at the console as far as the hub is concerned."""
    return server.person("hao")


def test_the_list_of_addresses_is_not_empty():
    assert {"", "make", "papers/x/grade", "papers/x/release", "jobs/x/files/x", "accounts"} <= set(
        addresses()
    )


@pytest.mark.parametrize("address", [*addresses(), "no/such/page"])
def test_a_trainee_is_sent_away_from_every_page(hao, reading, address):
    answer = hao.get(address, headers={"X-XSRFToken": hao.xsrf})
    assert answer.status_code == 403
    assert "教务台只有教师能用" in reading(answer.text)


@pytest.mark.parametrize("address", [*addresses(), "no/such/page"])
def test_a_trainee_does_nothing_at_any_address(server, hao, address):
    before = server.journal()
    upload = hao.upload(address, "名册.csv", b"x")
    assert (hao.post(address).status_code, upload.status_code) == (403, 403)
    assert server.journal() == before


@pytest.mark.parametrize("address", addresses())
def test_without_the_token_of_the_page_nothing_is_done(server, chen, address):
    before = server.journal()
    for token in ({}, {"_xsrf": "wrong"}):
        answer = chen.session.post(f"{server.url}{PREFIX}{address}", data=token, timeout=30)
        assert answer.status_code == 403
    assert server.journal() == before


@pytest.mark.parametrize("address", addresses())
def test_strangers_are_led_to_the_login_and_do_nothing(server, address):
    url = f"{server.url}{PREFIX}{address}"
    seen = requests.get(url, timeout=30, allow_redirects=False)
    if address.endswith(".json"):
        assert seen.status_code == 403
    else:
        assert (seen.status_code, "/hub/api/oauth2/authorize" in seen.headers["Location"]) == (302, True)
    assert requests.post(url, timeout=30).status_code == 403


def test_a_token_of_a_persons_server_opens_no_page(server, chen, admitted):
    headers = {"Authorization": f"token {server.tokens['c01']}"}
    for method in ("GET", "POST"):
        answer = requests.request(method, f"{server.url}{PREFIX}accounts", headers=headers, timeout=30)
        assert answer.status_code == 403


def test_pages_load_nothing_from_elsewhere_and_cannot_be_framed(chen, enrolled):
    answer = chen.get("roster")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r'(?:src|href)="(?!/)', answer.text)
    assert "<script>" not in answer.text
