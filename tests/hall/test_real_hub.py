"""With a real JupyterHub: it starts the hall, scopes decide, and a browser gets to the receipts page by logging in."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote, urlencode, urljoin, urlsplit

import pytest

from polling import until
from trainer.hall.client import HallClient, HallForbidden
from trainer.hall.receipts import as_text

CONFIG = """
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    \"\"\"The tests go to the hub's and the hall's sockets themselves.\"\"\"
    should_start = False
    async def add_route(self, routespec, target, data):
        pass
    async def delete_route(self, routespec):
        pass
    async def get_all_routes(self):
        return {{}}

hub = "http+unix://{hub}"
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.bind_url = "http://127.0.0.1:1"
c.JupyterHub.hub_bind_url = c.JupyterHub.hub_connect_url = hub
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret = b"x" * 32
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "made-up"
c.Authenticator.allow_all = True
c.Authenticator.any_allow_config = True
c.JupyterHub.custom_scopes = {{
    "custom:hall:take": {{"description": "take"}},
    "custom:hall:instruct": {{"description": "instruct"}},
}}
c.JupyterHub.load_groups = {{"instructors": {{"users": ["chen"]}}}}
c.JupyterHub.load_roles = [
    {{"name": "user", "scopes": ["self", "custom:hall:take", "access:services!service=hall"]}},
    {{"name": "instructor", "scopes": ["custom:hall:instruct"], "groups": ["instructors"]}},
    {{"name": "maker", "scopes": ["admin:users", "tokens", "custom:hall:take", "custom:hall:instruct"], "services": ["maker"]}},
]
c.JupyterHub.services = [
    {{
        "name": "hall",
        "api_token": "the-hall-itself",
        "oauth_redirect_uri": "/services/hall/oauth_callback",
        "oauth_no_confirm": True,
    }},
    {{"name": "maker", "api_token": "maker-token-made-up"}},
]
"""


class Browser:
    """Follows redirects with cookies, as far as this test needs: the hub's and the hall's sockets behind one address."""

    def __init__(self, hub: str, hall: str) -> None:
        self._hub, self._hall = hub, hall
        self.cookies: dict[tuple[str, str], str] = {}
        self.url = "/"

    def ask(
        self, method: str, url: str, form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, str]:
        """Status and text of the page where the redirects end."""
        for _ in range(15):
            status, where, page = self._once(method, url, form, headers)
            self.url = url
            if status not in (301, 302, 303):
                return status, page
            url, method, form = urljoin(url, where), "GET", None
        raise AssertionError("too many redirects")

    def _once(self, method, url, form, headers) -> tuple[int, str, str]:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = {
            name: value for (name, path), value in sorted(self.cookies.items()) if parts.path.startswith(path)
        }
        head = {"Host": "hub.example", "Cookie": "; ".join(f"{n}={v}" for n, v in sent.items()), **headers}
        body = urlencode(form).encode() if form is not None else None
        if body is not None:
            head["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(30)
        connection.sock.connect(self._hall if parts.path.startswith("/services/hall/") else self._hub)
        with closing(connection):
            connection.request(method, target, body, head)
            response = connection.getresponse()
            for line in response.headers.get_all("Set-Cookie") or []:
                for name, morsel in SimpleCookie(line).items():
                    self.cookies[name, morsel["path"] or "/"] = morsel.value
            self.headers = response.headers
            return response.status, response.headers.get("Location", ""), response.read().decode()

    def login(self, name: str) -> None:
        self.ask("GET", "/hub/login")
        form = {"username": name, "password": "made-up", "_xsrf": self.cookies["_xsrf", "/hub/"]}
        self.ask("POST", "/hub/login?next=%2Fhub%2Fapi%2F", form)


@pytest.fixture(scope="module")
def site(make_site):
    """A running hub and a hall that asks it."""
    with tempfile.TemporaryDirectory(prefix="hub-") as folder, make_site(Path(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def make_site(hall_process_class):
    @contextmanager
    def make(folder: Path) -> Iterator[Site]:
        socket_path, config, log = folder / "hub.sock", folder / "jupyterhub_config.py", folder / "hub.log"
        config.write_text(CONFIG.format(hub=quote(str(socket_path), safe=""), folder=folder))
        with log.open("wb") as stream:
            command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
            hub = subprocess.Popen(command, cwd=folder, stdout=stream, stderr=stream)
        api = f"http+unix://{quote(str(socket_path), safe='')}/hub/api"
        hall = hall_process_class(folder, api, "--HallApp.token_seconds=0.2")
        site = Site(hall, str(socket_path))

        def up() -> bool:
            assert hub.poll() is None, log.read_text()
            return site.hub_answers()

        try:
            hall.start()
            until(up, "the hub did not start")
            yield site
        finally:
            hall.end(signal.SIGKILL)
            hub.send_signal(signal.SIGTERM)
            hub.wait(30)

    return make


class Site:
    """A hub and its hall."""

    def __init__(self, hall, hub: str) -> None:
        self.url, self.hall, self.hub = hall.url, str(hall.socket), hub

    def hub_answers(self) -> bool:
        try:
            return self.api("GET", "")[0] == 200
        except OSError:
            return False

    def api(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.connect(self.hub)
        with closing(connection):
            sent = json.dumps(body) if body is not None else None
            connection.request(
                method, f"/hub/api/{path}", sent, {"Authorization": "token maker-token-made-up"}
            )
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")

    def token(self, name: str, *scopes: str) -> tuple[HallClient, str]:
        """A client with a token of that user, and the token's id."""
        self.api("POST", f"users/{name}")
        status, made = self.api("POST", f"users/{name}/tokens", {"scopes": list(scopes)})
        assert status == 201, made
        return HallClient(self.url, made["token"]), made["id"]


def test_scopes_of_real_tokens_decide(site, notebook):
    chen, _ = site.token("chen", "custom:hall:instruct")
    zhang, token_id = site.token("zhang", "custom:hall:take")
    nothing, _ = site.token("zhang", "read:users:name!user=zhang")
    maker = HallClient(site.url, "maker-token-made-up")
    chen.release("c", "a", {"p.ipynb": notebook()})
    receipt = zhang.submit("c", "a", {"p.ipynb": notebook("A")})
    assert receipt["trainee"] == "zhang"
    assert maker.submissions("c", "a") == [receipt]
    for refused, code in (
        (lambda: zhang.release("c", "b", {"p": b""}), "instructors-only"),
        (nothing.assignments, "no-permission"),
        (lambda: maker.submit("c", "a", {"p": b""}), "no-permission"),
    ):
        with pytest.raises(HallForbidden) as raised:
            refused()
        assert raised.value.code == code
    status, said = site.api("POST", "users/zhang/tokens", {"scopes": ["custom:hall:instruct"]})
    assert status == 400, said
    site.api("DELETE", f"users/zhang/tokens/{token_id}")
    until(lambda: refused_now(zhang), "a revoked token is still good")


def refused_now(client: HallClient) -> bool:
    try:
        client.key()
    except HallForbidden as error:
        return error.code == "no-login"
    return False


def test_narrowed_scopes_hold_for_oneself(site, notebook):
    li, _ = site.token("li", "custom:hall:take!user=li")
    assert isinstance(li.assignments(), list)


def test_the_receipts_page(site, notebook):
    chen, _ = site.token("chen", "custom:hall:instruct")
    wang, _ = site.token("wang", "custom:hall:take")
    chen.release("c", "页面", {"p.ipynb": notebook()})
    receipt = wang.submit("c", "页面", {"p.ipynb": notebook("A")})
    browser = Browser(site.hub, site.hall)
    status, page = browser.ask("GET", "/services/hall/receipts")
    assert (urlsplit(browser.url).path, status) == ("/hub/login", 200)
    browser.login("wang")
    status, page = browser.ask("GET", "/services/hall/")
    assert status == 200
    assert "核对交卷回执" in page
    assert "default-src 'none'" in browser.headers["Content-Security-Policy"]
    assert not re.search(r"(?:src|href)=.?https?:", page)

    def check(text: str) -> str:
        found = re.search('name="_xsrf" value="([^"]+)"', page)
        assert found
        status, said = browser.ask("POST", "/services/hall/receipts", {"text": text, "_xsrf": found[1]})
        assert status == 200
        return said

    good = check(as_text(receipt))
    assert "<strong>有效</strong>" in good
    assert "<dd>wang</dd>" in good
    assert "<strong>有效</strong>" in check(json.dumps(receipt))
    bad = check(as_text(receipt).replace("已作答题数：1", "已作答题数：3"))
    assert "<strong>无效</strong>" in bad
    assert "签名对不上" in bad
    hostile = check("</textarea><script>alert(1)</script>")
    assert "<script>" not in hostile
    assert "&lt;script&gt;" in hostile
    status, said = browser.ask("POST", "/services/hall/receipts", {"text": "x"})
    assert (status, "重新登录" in said) == (403, True)
    status, said = browser.ask("GET", "/services/hall/nothing")
    assert (status, "没有这个页面" in said) == (404, True)
    assert browser.ask("GET", "/services/hall/static/hall.css")[0] == 200
    assert browser.ask("GET", "/services/hall/static/../pages.py")[0] in (403, 404)
    assert browser.ask("GET", "/services/hall/api/v1/assignments")[0] == 401
