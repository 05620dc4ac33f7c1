"""Who asks: the hub is asked what a token may do, and its answer is remembered for a short while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import aiohttp

from trainer.hall.policy import Policy
from trainer.hall.refusals import Refused

log = logging.getLogger("trainer.hall")

TAKE, INSTRUCT = "custom:hall:take", "custom:hall:instruct"
_MOST_REMEMBERED = 20_000
_AT_ONCE = 16
_PATIENCE = aiohttp.ClientTimeout(total=20)


@dataclass(frozen=True, slots=True)
class Asker:
    """``take``: may work on assignments as ``name``. ``instruct``: may do what instructors do."""

    name: str
    take: bool
    instruct: bool


def asker_of(model: Any) -> Asker | None:
    """From the hub's answer to ``GET /user``; None when it is neither a user nor a service."""
    if not isinstance(model, dict) or not isinstance(model.get("name"), str) or not model["name"]:
        return None
    name, scopes = model["name"], model.get("scopes") or ()
    person = model.get("kind") == "user"
    take, instruct = _has(TAKE, name, scopes), _has(INSTRUCT, name, scopes)
    return Asker(name, person and (take or instruct), instruct)


def _has(scope: str, name: str, scopes: Iterable[str]) -> bool:
    """Whether a scope was given, plainly or narrowed to the asker's own self."""
    own = (scope, f"{scope}!user={name}", f"{scope}!service={name}")
    return any(given in own or given.startswith(f"{scope}!server={name}/") for given in scopes)


def no_login() -> Refused:
    """401: no token, or one that the hub does not know."""
    return Refused(401, "no-login", "没有登录，或者登录已经失效。请重新登录平台再试。")


class Tokens:
    """Asks the hub about tokens: once for many that ask at the same time, and not again for ``token_seconds``."""

    def __init__(self, api_url: str, policy: Policy) -> None:
        parts = urlsplit(api_url)
        if parts.scheme == "http+unix":
            self._url = f"http://localhost{quote(parts.path.rstrip('/'))}/user"
        else:
            self._url = f"{api_url.rstrip('/')}/user"
        self._socket = unquote(parts.netloc) if parts.scheme == "http+unix" else None
        self._policy = policy
        self._session: aiohttp.ClientSession | None = None
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._known: dict[bytes, tuple[float, Asker | None]] = {}
        self._asking: dict[bytes, asyncio.Task[Asker | None]] = {}

    def remembered(self, token: str) -> Asker | None:
        """Who it is, if the hub said so a moment ago; raises Refused (401) if it said just now that it does not know."""
        entry = self._known.get(_digest(token))
        if entry is None or entry[0] < monotonic():
            return None
        if entry[1] is None:
            raise no_login()
        return entry[1]

    async def ask(self, token: str) -> Asker:
        """Ask the hub. Raises Refused: 401 for an unknown token, 503 when the hub does not answer."""
        digest = _digest(token)
        task = self._asking.get(digest)
        if task is None:
            task = self._asking[digest] = asyncio.ensure_future(self._ask_hub(digest, token))
            task.add_done_callback(lambda _: self._asking.pop(digest, None))
        asker = await asyncio.shield(task)
        if asker is None:
            raise no_login()
        return asker

    async def close(self) -> None:
        """Close the connections to the hub."""
        if self._session is not None:
            await self._session.close()

    async def _ask_hub(self, digest: bytes, token: str) -> Asker | None:
        async with self._gate:
            model = await self._fetch(token)
        asker = asker_of(model)
        seconds = self._policy.refused_token_seconds if asker is None else self._policy.token_seconds
        if len(self._known) >= _MOST_REMEMBERED:
            self._forget()
        self._known[digest] = (monotonic() + seconds, asker)
        return asker

    async def _fetch(self, token: str) -> Any:
        """The hub's answer; None for a token that it does not know. Raises Refused (503)."""
        if self._session is None:
            connector = aiohttp.UnixConnector(self._socket) if self._socket else aiohttp.TCPConnector()
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=_PATIENCE, cookie_jar=aiohttp.DummyCookieJar()
            )
        headers = {"Authorization": f"token {token}"}
        try:
            async with self._session.get(self._url, headers=headers, allow_redirects=False) as response:
                if response.status in (401, 403, 404):
                    return None
                if response.status == 200:
                    return await response.json()
                said = str(response.status)
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            said = str(error) or type(error).__name__
        log.error("The hub did not say who holds a token: %s", said)
        raise Refused(503, "no-hub", "核对身份的服务没有应答，这次没有存上。请过几秒钟再试一次。", 3)

    def _forget(self) -> None:
        """Drop what has expired; if that is not enough, everything: asking again is always right."""
        moment = monotonic()
        self._known = {digest: entry for digest, entry in self._known.items() if entry[0] >= moment}
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()
