"""The login with accounts of our own: ``c.JupyterHub.authenticator_class = RosterAuthenticator``."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from tornado import web
from traitlets import Int, default

from trainer.accounts.door import Admitted, Attempt, Door, Limits, MustChange, Refused
from trainer.accounts.passwords import HashCost, Hashing
from trainer.accounts.store import Account
from trainer.errors import TrainerError
from trainer.hub.login_handlers import (
    ChangePasswordHandler,
    LoginRefused,
    OwnPasswordFirst,
    RosterLoginHandler,
    RosterLogoutHandler,
)
from trainer.hub.roster import OnRoster
from trainer.settings import Accounts

Answer = TypeVar("Answer")


class RosterAuthenticator(OnRoster):
    """Accounts and passwords from the accounts database. The settings of passwords and locks are ``c.Accounts.*``.

    Passwords are checked in a few threads of their own, so that people who answer are served while thousands log in,
    and so that memory is bounded: ``hash_threads`` times ``c.Accounts.hash_memory_kib``.
    """

    hash_threads = Int(
        0, min=0, help="同时核对多少个密码；0 表示处理器核数的一半（至少 1），另一半留给正在答题的人。"
    ).tag(config=True)
    longest_queue = Int(2000, min=1, help="最多让多少个登录排队等核对密码；再多就请人过一会儿再试。").tag(
        config=True
    )

    own_passwords: ClassVar[bool] = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._waiting = 0
        threads = self.hash_threads or max(1, (os.cpu_count() or 1) // 2)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")

    @default("allow_all")
    def _allow_all(self) -> bool:
        return True

    @cached_property
    def door(self) -> Door:
        """What decides; made at the first login."""
        settings = Accounts(config=self.config)
        cost = HashCost.of(settings)
        if cost.is_below(HashCost()):
            self.log.warning("c.Accounts.hash_*: passwords are hashed more cheaply than OWASP recommends")
        return Door(self.accounts, Hashing(cost), Limits.of(settings))

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        super().get_handlers(app)  # the stock login page among them is replaced
        return [
            ("/login", RosterLoginHandler),
            ("/logout", RosterLogoutHandler),
            ("/change-password", ChangePasswordHandler),
        ]

    async def authenticate(self, handler: Any, data: dict[str, str] | Account) -> str:
        """The account of the login form. Raises LoginRefused and OwnPasswordFirst.

        ``data`` is an Account where the password has just been set; no form can send one.
        """
        if isinstance(data, Account):
            return data.account
        attempt = handler.attempt(data.get("username", ""), data.get("password", ""))
        outcome = await self.enter(attempt)
        if isinstance(outcome, Refused):
            self.log.warning("Login refused: %s from %s", self._known(attempt), attempt.address)
            raise LoginRefused(outcome)
        if isinstance(outcome, MustChange):
            raise OwnPasswordFirst(outcome.account)
        return outcome.account.account

    async def enter(self, attempt: Attempt) -> Admitted | MustChange | Refused:
        """What the door says to an attempt. Raises HTTPError 503 when too many wait."""
        return await self._in_thread(lambda: self.door.enter(attempt, datetime.now(UTC)))

    async def change(self, attempt: Attempt, new: str, again: str) -> Admitted | Refused:
        """Replace a password whose present one was typed too. Raises as :meth:`enter`."""
        return await self._in_thread(lambda: self.door.change(attempt, new, again, datetime.now(UTC)))

    async def set_own(self, account: Account, new: str, again: str) -> Admitted | Refused:
        """Set the first own password. Raises as :meth:`enter`."""
        return await self._in_thread(lambda: self.door.set_own(account, new, again, datetime.now(UTC)))

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= self.longest_queue:
            raise web.HTTPError(503, "现在登录的人太多，请等半分钟再试。")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TrainerError as error:
            self.log.exception("The accounts cannot be used")
            raise web.HTTPError(503, "账号数据库暂时不能使用，请告诉管理员。") from error
        finally:
            self._waiting -= 1

    def _known(self, attempt: Attempt) -> str:
        """For the log: an account that exists, never what else was typed; it may be a password."""
        account = self.accounts.find(attempt.account)
        return "an unknown account" if account is None else account.account
