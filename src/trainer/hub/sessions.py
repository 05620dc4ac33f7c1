"""Ending what somebody has open: logins on all devices, and their servers."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub import orm


def end_logins(db: Any, user: Any, *, but: str | None = None) -> None:
    """No cookie and no browser's token of this user opens anything any more, but for the session ``but``: what is open
    in that browser goes on. The tokens of their servers themselves stay.
    """
    user.orm_user.cookie_id = orm.new_token()
    for token in db.query(orm.APIToken).filter_by(user_id=user.id):
        if token.session_id not in (None, but):
            db.delete(token)
    db.commit()


async def stop_servers(handler: Any, user: Any) -> None:
    """Stop what runs for this user; what is starting or stopping already is left alone."""
    running = [name for name, spawner in user.spawners.items() if spawner.active and not spawner.pending]
    stops = [handler.stop_single_user(user, name) for name in running]
    for name, outcome in zip(running, await asyncio.gather(*stops, return_exceptions=True), strict=True):
        if isinstance(outcome, Exception):
            handler.log.error("Server %r of %s did not stop: %s", name, user.name, outcome)
