"""The pages of the login: log in, set an own password, change it, log out."""

from __future__ import annotations

import secrets
import time
from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from jupyterhub.utils import url_path_join
from tornado import web
from tornado.httputil import url_concat

from trainer.accounts.door import Attempt, Refused
from trainer.accounts.store import Account
from trainer.hub.sessions import end_logins

_TICKET = "trainer-first-login"
_TICKET_DAYS = 15 / (24 * 60)
_DEVICE = "trainer-device"
_DEVICE_DAYS = 180
_ALREADY_IN = "logged-in"


class LoginRefused(web.HTTPError):
    """A login that is not let in; carries the sentence for the page and how long to wait."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(429 if refused.wait else 403, refused.sentence)
        self.refused = refused


class OwnPasswordFirst(Exception):
    """The one-time password was right; nothing opens until an own one is set."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.account)
        self.account = account


class _PasswordHandler(BaseHandler):  # type: ignore[misc]
    """What the pages with passwords share."""

    def attempt(self, account: str, password: str) -> Attempt:
        """What was typed, from where."""
        return Attempt(account, password, str(self.request.remote_ip), self._device_of(account))

    def field(self, name: str) -> str:
        """A field of the form as it was typed; never from the URL."""
        return str(self.get_body_argument(name, "", strip=False))

    def refuse(self, refused: Refused) -> None:
        """Status and headers of an answer that says no."""
        self.set_status(429 if refused.wait else 403)
        if refused.wait:
            self.set_header("Retry-After", str(refused.wait))

    def remember_device(self, account: str) -> None:
        """From this device others' failures on the account do not lock its owner out."""
        device = self._device_of(account) or secrets.token_hex(16)
        self._keep(_DEVICE, f"{account}\n{device}", _DEVICE_DAYS)

    def give_ticket(self, account: Account) -> None:
        """For a quarter of an hour this browser may set the own password, and nothing else."""
        self.clear_login_cookie()
        self._keep(_TICKET, f"{account.account}\n{account.stamp}", None)

    def ticket(self) -> Account | None:
        """The account whose own password may be set here; None once it was set, or issued anew."""
        name, stamp = self._kept(_TICKET, _TICKET_DAYS)
        account = self.authenticator.accounts.find(name) if name else None
        if account is None or account.disabled or not account.must_change or account.stamp != stamp:
            return None
        return account  # type: ignore[no-any-return]

    async def log_in(self, account: Account) -> Any:
        """Log somebody in whose password has just been set, and end their other logins."""
        model = await self.authenticate(account)
        if model is None:
            raise web.HTTPError(403, "这个账号不能登录，请和管理员联系。")
        user = await self.auth_to_user(model)
        end_logins(self.db, user, but=self.get_session_cookie())
        self.clear_cookie(_TICKET, path=self.hub.base_url)
        self.set_login_cookie(user)
        self.remember_device(account.account)
        user._auth_refreshed = time.monotonic()  # noqa: SLF001 - as BaseHandler.login_user does
        self.log.info("Own password set, logged in: %s", user.name)
        return user

    def _device_of(self, account: str) -> str:
        name, device = self._kept(_DEVICE, _DEVICE_DAYS)
        return device if name and name.casefold() == account.strip().casefold() else ""

    def _keep(self, cookie: str, value: str, days: float | None) -> None:
        self._set_cookie(cookie, value, path=self.hub.base_url, expires_days=days, samesite="Lax")

    def _kept(self, cookie: str, days: float) -> tuple[str, str]:
        value = self.get_secure_cookie(cookie, max_age_days=days)
        first, _, second = (value or b"").decode("utf-8", "replace").partition("\n")
        return first, second


class RosterLoginHandler(_PasswordHandler, LoginHandler):  # type: ignore[misc]
    """The login page."""

    async def post(self) -> None:
        data = {"username": self.field("username"), "password": self.field("password")}
        try:
            user = await self.login_user(data)
        except OwnPasswordFirst as first:
            self.give_ticket(first.account)
            wanted = self._validate_next_url(self.get_argument("next", ""))
            url = url_path_join(self.hub.base_url, "change-password")
            self.redirect(url_concat(url, {"next": wanted} if wanted else {}))
            return
        except LoginRefused as refused:
            self.refuse(refused.refused)
            self.finish(await self._render(login_error=refused.refused.sentence, username=data["username"]))
            return
        if user is None:
            raise web.HTTPError(403, "这个账号不能登录，请和管理员联系。")
        self._jupyterhub_user = user
        self.remember_device(user.name)
        self.redirect(self.get_next_url(user))


class ChangePasswordHandler(_PasswordHandler):
    """Set the first own password, with the ticket of the login page; or change it, when logged in."""

    async def get(self) -> None:
        account = self.ticket()
        if account is None and self.current_user is None:
            self.redirect(url_concat(self.settings["login_url"], {"next": self.request.uri}))
            return
        await self._show(first=account)

    async def post(self) -> None:
        account = self.ticket()
        if account is not None:
            await self._set_first(account)
        elif self.current_user is not None:
            await self._change(self.current_user)
        else:
            raise web.HTTPError(403, "页面放得太久了，请重新登录。")

    async def _set_first(self, account: Account) -> None:
        outcome = await self.authenticator.set_own(account, self.field("new"), self.field("again"))
        if isinstance(outcome, Refused):
            self.refuse(outcome)
            await self._show(first=account, problem=outcome.sentence)
            return
        self.redirect(self.get_next_url(await self.log_in(outcome.account)))

    async def _change(self, user: Any) -> None:
        attempt = self.attempt(user.name, self.field("current"))
        known = Attempt(user.name, attempt.password, attempt.address, attempt.device or _ALREADY_IN)
        outcome = await self.authenticator.change(known, self.field("new"), self.field("again"))
        if isinstance(outcome, Refused):
            self.refuse(outcome)
            await self._show(problem=outcome.sentence)
            return
        await self.log_in(outcome.account)
        await self._show(done=True)

    async def _show(self, *, first: Account | None = None, problem: str = "", done: bool = False) -> None:
        self.set_header("Cache-Control", "no-store")
        html = await self.render_template(
            "change_password.html",
            first=first,
            account=first.account if first else self.current_user.name,
            problem=problem,
            done=done,
            next_url=self._validate_next_url(self.get_argument("next", "")),
        )
        self.finish(html)


class RosterLogoutHandler(LogoutHandler):  # type: ignore[misc]
    """Says that one is out, instead of showing a login form without a word."""

    async def render_logout_page(self) -> None:
        self.finish(await self.render_template("logout.html"))
