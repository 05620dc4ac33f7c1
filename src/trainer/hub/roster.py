"""Only those who have an account of ours come in, however they prove who they are."""

from __future__ import annotations

import asyncio
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import Unicode, default

from trainer.accounts.door import typed_account
from trainer.accounts.store import Account, AccountStore
from trainer.errors import NotFound
from trainer.hub.sessions import end_logins, stop_servers

_GROUPS = {"instructor": "instructors", "trainee": "trainees"}


class OnRoster(Authenticator):  # type: ignore[misc]
    """What any authenticator of this hub adds to proving who somebody is; mix it in before another one.

    The accounts database says who may come in, whether they are an instructor or a trainee (groups ``instructors`` and
    ``trainees``), and their name. It is asked again for each user every ``auth_refresh_age`` seconds: who has been
    disabled, or was given a new one-time password, loses all logins, and if disabled the server too.
    """

    database = Unicode(help="账号数据库的路径。").tag(config=True)

    #: Whether people have passwords of ours: pages offer to change them, and a one-time one must be replaced first.
    own_passwords: ClassVar[bool] = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._ended: set[str] = set()
        self._stopping: set[asyncio.Task[None]] = set()

    @default("manage_groups")
    def _manage_groups(self) -> bool:
        return True

    @default("any_allow_config")
    def _any_allow_config(self) -> bool:
        return True

    @default("auth_refresh_age")
    def _auth_refresh_age(self) -> int:
        return 60

    @default("auth_refresh_strict")
    def _auth_refresh_strict(self) -> bool:
        return True  # the tokens of a disabled account's server must not work either

    @default("refresh_pre_spawn")
    def _refresh_pre_spawn(self) -> bool:
        return True

    @cached_property
    def accounts(self) -> AccountStore:
        """The accounts; opened at the first use."""
        return AccountStore(Path(self.database))

    def uid_number(self, name: str) -> int:
        """The number of an account (1, 2, …), from which its numeric uid is made. Raises NotFound."""
        account = self.accounts.find(name)
        if account is None:
            raise NotFound(f"账号 {name} 不在账号数据库里，请先运行 trainer accounts add {name}。")
        return account.number

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """The handlers of the other authenticator; and the pages are told whether there are passwords to change."""
        app.template_vars["own_passwords"] = (
            self.own_passwords
        )  # in place: the pages have this very object already
        handlers: list[tuple[str, Any]] = super().get_handlers(app)
        return handlers

    def normalize_username(self, username: str) -> str:
        """The account as it is written in the roster; JupyterHub would make it lower case."""
        typed = typed_account(username)
        account = self.accounts.find(self.username_map.get(typed, typed))
        return typed if account is None else account.account

    def check_allowed(self, username: str, authentication: Any = None) -> bool:
        """Left to :meth:`run_post_auth_hook`, which no setting skips."""
        return True

    async def run_post_auth_hook(self, handler: Any, auth_model: dict[str, Any]) -> dict[str, Any]:
        """Refuse who has no open account; add groups and name."""
        auth_model = await super().run_post_auth_hook(handler, auth_model)
        account = self.accounts.find(auth_model["name"])
        if account is None or account.disabled:
            self.log.warning("No open account for %r", auth_model["name"])
            raise web.HTTPError(403, "这个账号不在名册上，或者已经停用。请和管理员联系。")
        self._ended.discard(account.account)
        return auth_model | _about(account)

    async def refresh_user(self, user: Any, handler: Any = None) -> bool | dict[str, Any]:
        """Whether a login still counts, and changed groups or names."""
        account = self.accounts.find(user.name)
        if account is None or account.disabled or (self.own_passwords and account.must_change):
            self._end(user, handler, stop=account is None or account.disabled)
            return False
        refreshed = await super().refresh_user(user, handler)
        if not refreshed:
            return False
        about = _about(account)
        if isinstance(refreshed, dict):
            return refreshed | about
        known = {"groups": [group.name for group in user.groups], "user_info": user.user_info}
        return True if known == about else {"name": user.name, **about}

    def _end(self, user: Any, handler: Any, *, stop: bool) -> None:
        if handler is None:
            return
        # JupyterHub 6.1.1 reads this for a login that ends, but sets it only for tokens.
        handler._token_authenticated = getattr(handler, "_token_authenticated", False)  # noqa: SLF001
        if user.name in self._ended:
            return
        self._ended.add(user.name)
        self.log.warning("Ending the logins of %s: disabled, or a new one-time password", user.name)
        end_logins(handler.db, user)
        if stop:
            task = asyncio.create_task(stop_servers(handler, user))
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)


def _about(account: Account) -> dict[str, Any]:
    return {
        "groups": [_GROUPS[account.role]],
        "user_info": {"name": account.name, "display_name": account.name, "unit": account.unit},
    }
