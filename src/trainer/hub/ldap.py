"""Log in with a directory's password: ``c.JupyterHub.authenticator_class = "trainer.hub.ldap.LdapAuthenticator"``."""

from __future__ import annotations

from ldapauthenticator import LDAPAuthenticator
from traitlets import default

from trainer.hub.roster import OnRoster


class LdapAuthenticator(OnRoster, LDAPAuthenticator):  # type: ignore[misc]
    """The directory says who somebody is, our accounts whether they come in. Its settings: ``c.LDAPAuthenticator.*``."""

    @default("valid_username_regex")
    def _accounts_of_ours(self) -> str:
        return r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"  # its own would refuse 20260001
