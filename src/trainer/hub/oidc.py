"""Log in at an OpenID Connect provider: ``c.JupyterHub.authenticator_class = "trainer.hub.oidc.OidcAuthenticator"``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oauthenticator.generic import GenericOAuthenticator
from traitlets import default

from trainer.hub.roster import OnRoster


class OidcAuthenticator(OnRoster, GenericOAuthenticator):  # type: ignore[misc]
    """The provider says who somebody is, our accounts whether they come in. Its settings: ``c.GenericOAuthenticator.*``."""

    @default("login_service")
    def _login_service(self) -> str:
        return "统一身份认证"

    @default("scope")
    def _scope(self) -> list[str]:
        return ["openid", "profile"]

    @default("auth_state_groups_key")
    def _groups(self) -> Callable[[Any], list[str]]:
        return lambda _: []  # roles come from our accounts alone
