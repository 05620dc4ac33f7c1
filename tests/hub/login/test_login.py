"""Who comes in, and who does not."""

from __future__ import annotations

import base64
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from trainer.settings import Accounts
from trainer.workflow.accounts import reset_accounts

pytestmark = pytest.mark.xdist_group("login")

OWN = "好好学习天天向上"
CHEAP = Accounts(hash_memory_kib=64, hash_rounds=1)


def tokens(hub: Any, browser: Any, name: str) -> str:
    """An API token of somebody who is logged in, as their server would have one."""
    home = browser.get("/hub/home").text
    xsrf = home.split('data-xsrf="')[1].split('"')[0]
    answer = browser.session.post(
        f"{hub.url}/hub/api/users/{name}/tokens",
        json={"note": "test"},
        headers={"X-XSRFToken": xsrf, "X-Forwarded-For": browser.address, "User-Agent": "test"},
    )
    assert answer.status_code == 201
    return str(answer.json()["token"])


def as_program(hub: Any, token: str) -> int:
    headers = {"Authorization": f"token {token}"}
    import requests

    return requests.get(f"{hub.url}/hub/api/user", headers=headers, timeout=30).status_code


class TestFirstLogin:
    def test_the_one_time_password_opens_nothing_but_the_page_for_an_own_one(self, hub: Any) -> None:
        one_time, browser = hub.issue("first1", "甲"), hub.browser()
        page = browser.log_in("first1", one_time)
        assert (page.status, page.goes_to) == (302, "/hub/change-password")
        assert not browser.is_in
        assert browser.cookie("jupyterhub-hub-login") is None
        for path in ("/hub/spawn", "/hub/user/first1/lab", "/hub/token"):
            assert "/hub/login" in browser.get(path).goes_to
        assert browser.get("/hub/api/user").status == 403

    def test_an_own_password_opens_the_rest_and_the_one_time_password_is_used_up(self, hub: Any) -> None:
        one_time, browser = hub.issue("first2", "甲"), hub.browser()
        browser.log_in("first2", one_time)
        page = browser.set_password(OWN)
        assert (page.status, page.goes_to) == (302, "/hub/spawn")
        assert browser.is_in
        other = hub.browser()
        assert other.log_in("first2", one_time).problem == "账号或密码不对。"
        assert other.log_in("first2", OWN).status == 302
        assert other.is_in

    def test_the_ticket_dies_with_the_password_that_it_was_given_for(self, hub: Any) -> None:
        one_time, browser = hub.issue("first3", "甲"), hub.browser()
        browser.log_in("first3", one_time)
        form = browser.get("/hub/change-password").fields
        reset_accounts(hub.store, ["first3"], CHEAP, datetime.now(UTC))
        page = browser.post("/hub/change-password", form | {"new": OWN, "again": OWN})
        assert page.status == 403
        assert "请重新登录" in page.text
        assert not browser.is_in

    def test_a_made_up_ticket_is_worth_nothing(self, hub: Any) -> None:
        hub.issue("first4", "甲")
        browser = hub.browser()
        stamp = hub.store.find("first4").stamp
        forged = base64.b64encode(f"first4\n{stamp}".encode()).decode()
        browser.session.cookies.set(
            "trainer-first-login", f"2|1:0|10:9999999999|19:trainer-first-login|{forged}|00"
        )
        assert "/hub/login" in browser.get("/hub/change-password").goes_to

    @pytest.mark.parametrize(
        ("new", "again", "why"),
        [
            ("短", "短", "密码太短了"),
            ("12345678", "12345678", "太常见"),
            ("{account}", "{account}", "不能和账号一样"),
            (OWN, OWN + "上", "不一样"),
            ("{one_time}", "{one_time}", "不能和原来的密码一样"),
        ],
    )
    def test_a_bad_new_password_is_refused_with_the_reason(
        self, hub: Any, new: str, again: str, why: str, request: pytest.FixtureRequest
    ) -> None:
        account = f"bad-new-{abs(hash(why)) % 10**8}"
        one_time, browser = hub.issue(account, "甲"), hub.browser()
        browser.log_in(account, one_time)
        words = {"account": account, "one_time": one_time}
        page = browser.set_password(new.format(**words), again.format(**words))
        assert page.status == 403
        assert why in page.problem
        assert hub.store.find(account).must_change

    def test_an_expired_one_time_password(self, hub: Any) -> None:
        one_time = hub.issue("late1", "甲")
        past = int((datetime.now(UTC) - timedelta(days=1)).timestamp())
        with sqlite3.connect(hub.log.parent / "accounts.sqlite") as connection:
            connection.execute("UPDATE account SET expires = ? WHERE account = 'late1'", (past,))
        page = hub.browser().log_in("late1", one_time)
        assert page.status == 403
        assert page.problem == "这个一次性密码已经过期，请找管理员重新发放。"

    def test_it_may_be_typed_as_a_phone_types(self, hub: Any) -> None:
        one_time, browser = hub.issue("phone1", "甲"), hub.browser()
        wide = one_time.upper().replace("-", " ").translate({ord(str(n)): 0xFF10 + n for n in range(10)})
        assert browser.log_in(" PHONE1 ", wide).goes_to == "/hub/change-password"


class TestRefusals:
    def test_unknown_wrong_and_disabled_accounts_get_the_same_answer(self, hub: Any) -> None:
        hub.person("same1", OWN)
        hub.person("same2", OWN)
        hub.store.disable(["same2"], disabled=True)
        pages = [hub.browser().log_in(name, "不对的密码") for name in ("same1", "nobody", "same2")]
        assert {page.status for page in pages} == {403}
        assert {page.problem for page in pages} == {"账号或密码不对。"}

    def test_repeated_failures_lock_known_and_unknown_accounts_alike(self, hub: Any) -> None:
        hub.person("lock1", OWN)
        said = []
        for name in ("lock1", "nobody2"):
            browser = hub.browser()
            pages = [browser.log_in(name, f"不对{n}") for n in range(5)]
            assert [page.status for page in pages] == [403, 403, 403, 403, 429]
            assert int(pages[-1].answer.headers["Retry-After"]) == 30
            said.append([page.problem for page in pages])
        assert said[0] == said[1]
        assert said[0][3] == "账号或密码不对。再错 1 次，就要等一会儿才能再试。"
        assert said[0][4] == "账号或密码不对。出错的次数太多，请等 30 秒再试。"

    def test_while_locked_the_right_password_does_not_help_but_an_unlock_does(self, hub: Any) -> None:
        hub.person("lock2", OWN)
        browser = hub.browser()
        for n in range(5):
            browser.log_in("lock2", f"不对{n}")
        page = browser.log_in("lock2", OWN)
        assert page.status == 429
        assert page.problem.startswith("出错的次数太多，请等 ")
        hub.store.unlock(["lock2"])
        assert browser.log_in("lock2", OWN).status == 302

    def test_others_cannot_lock_somebody_out_of_their_own_phone(self, hub: Any) -> None:
        own = hub.person("lock3", OWN)
        stranger = hub.browser()
        for n in range(5):
            stranger.log_in("lock3", f"不对{n}")
        assert stranger.log_in("lock3", OWN).status == 429
        own.get("/hub/logout")
        assert own.log_in("lock3", OWN).status == 302
        assert own.is_in

    def test_one_address_that_tries_many_accounts_has_to_wait(self, hub: Any) -> None:
        hub.person("spray", OWN)
        browser = hub.browser()
        pages = [browser.log_in(f"guess{n}", "不对") for n in range(12)]
        assert [page.status for page in pages[:11]] == [403] * 11
        assert browser.log_in("spray", OWN).status == 429
        assert hub.browser().log_in("spray", OWN).status == 302

    def test_a_disabled_account_is_told_so_only_with_its_password(self, hub: Any) -> None:
        hub.person("shut1", OWN)
        hub.store.disable(["shut1"], disabled=True)
        page = hub.browser().log_in("shut1", OWN)
        assert page.status == 403
        assert page.problem == "这个账号已经停用，请和管理员联系。"

    @pytest.mark.parametrize(
        ("account", "password"), [("", ""), ("p", ""), ("a" * 5000, "b" * 100_000), ("\udcff\0", "\0")]
    )
    def test_odd_fields(self, hub: Any, account: str, password: str) -> None:
        browser = hub.browser()
        form = browser.get("/hub/login").fields
        data = {
            k: v.encode("utf-8", "surrogateescape")
            for k, v in {"username": account, "password": password}.items()
        }
        assert browser.post("/hub/login", form | data).status in (400, 403)

    def test_fields_in_the_address_are_not_read(self, hub: Any) -> None:
        hub.person("query1", OWN)
        browser = hub.browser()
        form = {"_xsrf": browser.get("/hub/login").fields["_xsrf"]}
        page = browser.post(f"/hub/login?username=query1&password={OWN}", form)
        assert page.status == 403
        assert page.problem == "请填写账号和密码。"

    def test_what_was_typed_is_not_in_the_log(self, hub: Any) -> None:
        hub.browser().log_in("mistyped-my-password", "secret-of-mine")
        log = hub.log.read_text("utf-8")
        assert "mistyped-my-password" not in log
        assert "secret-of-mine" not in log


class TestForms:
    def test_without_the_token_of_the_form_nothing_happens(self, hub: Any) -> None:
        one_time = hub.issue("xsrf1", "甲")
        browser = hub.browser()
        page = browser.post("/hub/login", {"username": "xsrf1", "password": one_time})
        assert page.status == 403
        assert page.problem == "页面放得太久了，请再试一次。"
        browser.log_in("xsrf1", one_time)
        page = browser.post("/hub/change-password", {"new": OWN, "again": OWN})
        assert page.status == 403
        assert "页面放得太久" in page.text
        assert hub.store.find("xsrf1").must_change

    def test_another_browsers_token_does_not_serve(self, hub: Any) -> None:
        one_time = hub.issue("xsrf2", "甲")
        stolen = hub.browser().get("/hub/login").fields["_xsrf"]
        page = hub.browser().post("/hub/login", {"username": "xsrf2", "password": one_time, "_xsrf": stolen})
        assert page.status == 403

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/x",
            "//evil.example/x",
            "/\\evil.example/",
            "///evil.example",
            "javascript:alert(1)",
        ],
    )
    def test_nobody_is_sent_elsewhere_after_the_login(self, hub: Any, target: str) -> None:
        name = f"next{abs(hash(target)) % 10**8}"
        one_time, browser = hub.issue(name, "甲"), hub.browser()
        page = browser.log_in(name, one_time, following=target)
        assert "evil" not in page.goes_to.replace("/%5Cevil", "").replace("%2F%255Cevil", "")
        page = browser.set_password(OWN, path=f"/hub/change-password?next={target}")
        assert page.status == 302
        assert page.goes_to.startswith("/")
        assert not page.goes_to.startswith(("//", "/\\"))

    def test_a_place_of_ours_is_reached_through_the_first_password(self, hub: Any) -> None:
        one_time, browser = hub.issue("next1", "甲"), hub.browser()
        page = browser.log_in("next1", one_time, following="/hub/home?a=1&b=2")
        page = browser.set_password(OWN, path=page.goes_to)
        assert page.goes_to == "/hub/home?a=1&b=2"

    def test_html_in_names_and_fields_is_text(self, hub: Any) -> None:
        evil = "<script>alert(1)</script>\"'>&{{7*7}}"
        browser = hub.browser()
        assert "<script>alert" not in browser.log_in(evil, "x").text
        one_time = hub.issue("html1", evil)
        browser.log_in("html1", one_time)
        page = browser.get("/hub/change-password")
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert "{{7*7}}" in page.text
        browser.set_password(OWN)
        assert "<script>alert" not in browser.get("/hub/home").text

    def test_every_page_names_the_installation_and_loads_nothing_from_elsewhere(self, hub: Any) -> None:
        browser = hub.person("pages1", OWN)
        for path in (
            "/hub/home",
            "/hub/change-password",
            "/hub/token",
            "/hub/nowhere",
            "/hub/error/503",
            "/hub/logout",
            "/hub/login",
        ):
            text = browser.get(path).text
            assert "虚构县&lt;干部&gt;培训" in text
            assert '<html lang="zh-CN">' in text
            assert "http://" not in text
            assert "https://" not in text
            assert "<script>" not in text
        for name in ("trainer.css", "trainer.js", "trainer.svg"):
            assert browser.get(f"/hub/static/{name}").status == 200
        assert browser.get("/hub/static/js/admin-react.js").status == 200
        for name in ("../pages.py", "%2e%2e/pages.py", "..%2fpages.py"):
            assert browser.get(f"/hub/static/{name}").status in (403, 404)

    def test_cookies_are_for_this_site_and_not_for_scripts(self, hub: Any) -> None:
        one_time, browser = hub.issue("cookie1", "甲"), hub.browser()
        pages = [browser.get("/hub/login"), browser.log_in("cookie1", one_time), browser.set_password(OWN)]
        headers = [value for page in pages for value in page.answer.raw.headers.getlist("Set-Cookie")]
        alive = [value for value in headers if "expires=" not in value or '=""' not in value]
        assert len(alive) >= 5
        for value in alive:
            assert "httponly" in value.lower(), value
            assert "samesite=lax" in value.lower(), value


class TestLater:
    def test_a_password_is_changed_with_the_present_one_and_other_logins_end(self, hub: Any) -> None:
        browser = hub.person("change1", OWN)
        other = hub.browser()
        other.log_in("change1", OWN)
        assert other.is_in
        assert browser.set_password("另外一个新的密码", current="不对的").problem == "账号或密码不对。"
        page = browser.set_password("另外一个新的密码", current=OWN)
        assert (page.problem, page.status) == ("", 200)
        assert "密码已修改" in page.text
        assert browser.is_in
        assert not other.is_in
        assert other.log_in("change1", OWN).status == 403
        assert other.log_in("change1", "另外一个新的密码").status == 302

    def test_guessing_the_present_password_of_an_open_login_is_slowed_down_too(self, hub: Any) -> None:
        browser = hub.person("change2", OWN)
        pages = [browser.set_password("另外一个新的密码", current=f"不对{n}") for n in range(6)]
        assert [page.status for page in pages] == [403] * 4 + [429] * 2
        assert browser.set_password("另外一个新的密码", current=OWN).status == 429

    def test_groups_follow_the_role(self, hub: Any) -> None:
        trainee, teacher = (
            hub.person("role1", OWN, name="学员甲"),
            hub.person("role2", OWN, role="instructor"),
        )
        assert "修改密码" in trainee.get("/hub/home").text
        model = trainee.get("/hub/api/user", headers={"Sec-Fetch-Mode": "navigate"}).answer.json()
        assert model["groups"] == ["trainees"]
        assert model["user_info"]["display_name"] == "学员甲"
        model = teacher.get("/hub/api/user", headers={"Sec-Fetch-Mode": "navigate"}).answer.json()
        assert model["groups"] == ["instructors"]
        assert model["admin"] is False

    def test_disabling_ends_logins_tokens_and_the_server(self, hub: Any, login_tools: Any) -> None:
        browser = hub.person("shut2", OWN)
        token = tokens(hub, browser, "shut2")
        browser.get("/hub/spawn")
        login_tools.until(lambda: "回到学习空间" in browser.get("/hub/home").text, "the server runs")
        assert as_program(hub, token) == 200
        hub.store.disable(["shut2"], disabled=True)
        login_tools.until(lambda: not browser.is_in, "the login ends")
        assert as_program(hub, token) == 403
        login_tools.until(lambda: "User shut2 server took" in hub.log.read_text("utf-8"), "the server stops")
        hub.store.disable(["shut2"], disabled=False)
        assert not browser.is_in
        assert browser.log_in("shut2", OWN).status == 302
        assert browser.is_in
        assert "Failed to get current user" not in hub.log.read_text("utf-8")

    def test_a_reset_ends_logins_and_asks_for_an_own_password_again(self, hub: Any, login_tools: Any) -> None:
        browser = hub.person("reset1", OWN)
        [slip] = reset_accounts(hub.store, ["reset1"], CHEAP, datetime.now(UTC))
        login_tools.until(lambda: not browser.is_in, "the login ends")
        assert browser.log_in("reset1", OWN).status == 403
        assert browser.log_in("reset1", slip.password).goes_to == "/hub/change-password"

    def test_logging_out_says_so(self, hub: Any) -> None:
        browser = hub.person("out1", OWN)
        page = browser.get("/hub/logout")
        assert page.status == 200
        assert "已经退出" in page.text
        assert not browser.is_in
