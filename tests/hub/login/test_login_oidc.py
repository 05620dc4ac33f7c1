"""Log in at a real OpenID Connect provider on this machine, with the configuration that the documentation shows."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("login-oidc")

PROVIDER = "https://sso.example.gov.cn"
HERE_IN_DOCS = "https://peixun.example.gov.cn"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory, login_tools: Any) -> Iterator[str]:
    """The address of a provider at which anybody is who they say."""
    port, folder = login_tools.free_port(), tmp_path_factory.mktemp("provider")
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with login_tools.running(
        command, folder, folder / "provider.log", f"{url}/.well-known/openid-configuration"
    ):
        yield url


@pytest.fixture(scope="module")
def hub(
    tmp_path_factory: pytest.TempPathFactory, login_tools: Any, provider: str, repository: Path
) -> Iterator[Any]:
    """A hub configured as in docs/how-to/other-logins.md, with this machine's addresses."""
    page = (repository / "docs" / "how-to" / "other-logins.md").read_text("utf-8")
    [example] = re.findall(r"```python\n(.*?OidcAuthenticator.*?)```", page, re.DOTALL)
    assert example.count(PROVIDER) == 3
    example = example.replace(PROVIDER, provider).replace(HERE_IN_DOCS, '" + HERE + "')
    here = 'HERE = f"http://127.0.0.1:{PORT}"\n'
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OIDC_SECRET", "of-the-registered-application")
        with login_tools.start_hub(tmp_path_factory.mktemp("oidc-hub"), here + example) as started:
            yield started


def through_the_provider(browser: Any, account: str, path: str = "/hub/home") -> Any:
    """Press the button on the login page, say at the provider who one is, and come back."""
    page = browser.get(browser.get(path).goes_to or path)
    [button] = re.findall(r'href="([^"]*oauth_login[^"]*)"', page.text)
    at_provider = browser.get(button.replace("&amp;", "&")).goes_to
    assert "code_challenge" in at_provider
    back = browser.post(at_provider, {"sub": account}).goes_to
    return browser.get(back)


def test_who_has_an_account_comes_in(hub: Any) -> None:
    hub.issue("20260001", "虚构甲")
    browser = hub.browser()
    page = through_the_provider(browser, "20260001")
    assert (page.status, page.goes_to) == (302, "/hub/home")
    home = browser.get("/hub/home")
    assert "虚构甲，您好" in home.text
    assert "修改密码" not in home.text
    model = browser.get("/hub/api/user", headers={"Sec-Fetch-Mode": "navigate"}).answer.json()
    assert model["groups"] == ["trainees"]


def test_who_has_none_stays_out(hub: Any) -> None:
    browser = hub.browser()
    page = through_the_provider(browser, "stranger")
    assert page.status == 403
    assert "这个账号不在名册上，或者已经停用。请和管理员联系。" in page.text
    assert not browser.is_in


def test_disabling_ends_the_login(hub: Any, login_tools: Any) -> None:
    hub.issue("20260002", "虚构乙", role="instructor")
    browser = hub.browser()
    through_the_provider(browser, "20260002")
    assert browser.is_in
    hub.store.disable(["20260002"], disabled=True)
    login_tools.until(lambda: not browser.is_in, "the login ends")
    assert through_the_provider(browser, "20260002").status == 403


def test_our_passwords_do_not_serve_there(hub: Any) -> None:
    one_time = hub.issue("20260003", "虚构丙")
    browser = hub.browser()
    page = browser.get("/hub/login")
    assert "用“县统一身份认证”登录" in page.text
    assert 'type="password"' not in page.text
    assert browser.get("/hub/change-password").status == 404
    assert browser.post("/hub/login", {"username": "20260003", "password": one_time}).status == 403
