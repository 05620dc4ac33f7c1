"""One API request as it comes in: limits of size first, then who asks, then its body, then the answer.

Only a token in the Authorization header counts, never a cookie, so that no foreign page can make a browser ask.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field
from http.client import responses
from typing import Any
from urllib.parse import parse_qsl, unquote

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine

from trainer.hall.calls import Call, Hall, Reply, shown
from trainer.hall.clock import now
from trainer.hall.database import failure
from trainer.hall.desk import Caller
from trainer.hall.endpoint import ANYBODY, INSTRUCT, OWN, TAKE, Endpoint
from trainer.hall.identity import Asker, Tokens, no_login
from trainer.hall.operations import Note
from trainer.hall.peers import Peer
from trainer.hall.policy import MEGABYTE
from trainer.hall.refusals import Refused, busy, defect, not_found
from trainer.hall.routes import route
from trainer.hall.throttle import Holding, Throttle

log = logging.getLogger("trainer.hall")

#: How much of a refused body is read, so that an honest sender sees the answer and not a torn connection.
_DRAIN = MEGABYTE
#: Bytes that one account may always have on the way; otherwise it is twice the limit of what it sends.
_LEAST_HELD = 8 * MEGABYTE
#: Replies above this size are watched until they are read.
_LARGE = 64 * 1024
#: Seconds that answers wait which come in floods: floods cost us little if each connection has to wait.
_SLOWLY = 0.2
#: A body of a megabyte counts as so many further requests.
_COST_OF_A_MEGABYTE = 4.0
_NOBODY = Asker("", take=False, instruct=False)
_REASONS = {**responses, 413: "Content Too Large", 422: "Unprocessable Content"}
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(eq=False)
class Desks:
    """What all requests share: the hall, who is known, how much each may ask, and the answers under way."""

    hall: Hall
    tokens: Tokens
    working: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        policy = self.hall.policy
        self.trainees = Throttle(policy.rate, policy.burst)
        self.instructors = Throttle(policy.instructor_rate, policy.instructor_burst)
        #: requests without a token, and wrong tokens, by address
        self.visitors = Throttle(policy.rate, policy.burst)
        self.strangers = Throttle(policy.rate, policy.burst)
        self.holding = Holding(policy.waiting_bytes)


class Request(HTTPMessageDelegate):
    """See the module. ``skip`` is the length of the path's part that is the same for all."""

    __slots__ = (
        "_address",
        "_asker",
        "_body",
        "_connection",
        "_desks",
        "_drain",
        "_endpoint",
        "_headers",
        "_held",
        "_limit",
        "_method",
        "_names",
        "_path",
        "_query",
        "_received",
        "_refused",
        "_replied",
        "_skip",
    )

    def __init__(self, desks: Desks, connection: Any, skip: int) -> None:
        self._desks, self._connection, self._skip = desks, connection, skip
        self._body = bytearray()
        self._received = self._held = 0
        self._asker = _NOBODY
        self._endpoint: Endpoint | None = None
        self._names: tuple[str, ...] = ()
        self._refused: Refused | None = None
        self._replied = False
        self._drain, self._limit = _DRAIN, 0

    # -- coming in -----------------------------------------------------------------------------------------------------

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Awaitable[None] | None:
        self._headers, self._method = headers, start_line.method
        peer: Peer = self._connection.context
        self._address = peer.address(headers)
        try:
            self._look_at(start_line)
            token = _token(headers)
            if token is None:
                self._admit_unknown()
                return None
            asker = self._desks.tokens.remembered(token)
            if asker is None:
                return self._find_out(token)
            self._admit(asker)
        except Refused as refused:
            self._refuse(refused)
        return None

    def _look_at(self, start_line: RequestStartLine) -> None:
        """Path, method and encoding. Raises Refused."""
        self._path, _, query = start_line.path[self._skip :].partition("?")
        try:
            parts = [unquote(part, errors="strict") for part in self._path.split("/")]
            self._query = dict(parse_qsl(query, max_num_fields=20, errors="strict")) if query else {}
        except ValueError:
            raise not_found("没有这个地址。") from None
        if not all(map(str.isprintable, (*parts, *self._query.values()))):
            raise not_found("没有这个地址。")
        self._endpoint, self._names = route(parts, self._method)
        if self._endpoint.body is not None:
            self._limit = self._endpoint.body(self._desks.hall.policy)
        if self._headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Refused(415, "encoding", "请求的内容不能压缩（Content-Encoding），请原样发送。")

    def _admit_unknown(self) -> None:
        if self._endpoint is None or self._endpoint.least != ANYBODY:
            raise no_login()
        self._throttle(self._desks.visitors, self._address)

    async def _find_out(self, token: str) -> None:
        """Ask the hub, before the body is read. Whoever comes with too many wrong tokens is not asked about any more."""
        try:
            self._admit(await self._asked(token))
        except Refused as refused:
            if refused.status == 401:
                self._desks.strangers.charge(self._address, 1.0)
            self._refuse(refused)

    async def _asked(self, token: str) -> Asker:
        if self._desks.strangers.empty(self._address):
            raise Refused(429, "too-many", "登录信息多次不对，请过几秒钟再试。", 3)
        return await self._desks.tokens.ask(token)

    def _admit(self, asker: Asker) -> None:
        """Known is who asks: may they, not too often, not too much? Raises Refused."""
        self._asker = asker
        endpoint = self._endpoint
        assert endpoint is not None
        self._throttle(self._bucket(), asker.name)
        if endpoint.least == INSTRUCT and not asker.instruct:
            raise Refused(403, "instructors-only", "只有教师可以这样做。")
        able = asker.take or (endpoint.least == TAKE and asker.instruct)
        if endpoint.least in (TAKE, OWN) and not able:
            raise Refused(403, "no-permission", "这个账号没有参加考试的权限。请告诉教师。")
        self._drain = max(_DRAIN, 2 * self._limit)
        self._connection.set_max_body_size(self._drain)
        if self._declared() > self._limit:
            raise self._too_large()

    def _bucket(self) -> Throttle:
        return self._desks.instructors if self._asker.instruct else self._desks.trainees

    def _throttle(self, throttle: Throttle, who: str) -> None:
        seconds = throttle.wait(who, self._endpoint.cost if self._endpoint else 1.0)
        if seconds:
            raise Refused(429, "too-many", f"请求太频繁，这次没有存上。请过 {seconds} 秒再试。", seconds)

    def _declared(self) -> int:
        declared = self._headers.get("Content-Length", "0")
        return int(declared) if declared.isdigit() and len(declared) < 19 else 0

    def _too_large(self) -> Refused:
        if not self._limit:
            return Refused(413, "too-large", "这个请求不该带内容。")
        size = f"{self._limit / MEGABYTE:.1f} MB" if self._limit >= MEGABYTE else f"{self._limit // 1024} KB"
        return Refused(413, "too-large", f"内容太大（上限约 {size}），没有存上。请删去多余的内容再试。")

    def data_received(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._refused is None and self._received > self._limit:
            self._refuse(self._too_large())
        each = max(_LEAST_HELD, 2 * self._limit)
        if self._refused is None and not self._desks.holding.take(self._asker.name, len(chunk), each):
            self._refuse(busy())
        if self._refused is None:
            self._held += len(chunk)
            self._body += chunk
        elif self._received > self._drain:
            # Not a mistake but an endless upload: answer now; tornado closes, because the body was not read.
            self._reply_refusal()

    def finish(self) -> None:
        if self._refused is not None:
            self._reply_refusal()
            return
        if self._received > _DRAIN // 8:
            self._bucket().charge(self._asker.name, self._received / MEGABYTE * _COST_OF_A_MEGABYTE)
        task = asyncio.ensure_future(self._answer())
        self._desks.working.add(task)
        task.add_done_callback(self._desks.working.discard)

    def on_connection_close(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        """The body is not held any more."""
        self._desks.holding.give(self._asker.name, self._held)
        self._body, self._held = bytearray(), 0

    # -- answering -----------------------------------------------------------------------------------------------------

    async def _answer(self) -> None:
        assert self._endpoint is not None
        call = Call(self._desks.hall, self._asker, self._caller(), self._names, self._query, self._body)
        try:
            reply = await self._endpoint.function(call)
        except Refused as refused:
            self._refuse(refused)
            self._reply_refusal()
        except Exception as error:
            log.exception("A defect while answering %s, or the store failed", self._path)
            self._refuse(failure(error) or defect())
            self._reply_refusal()
        else:
            self._let_go()
            self._write(self._room_for(reply))

    def _caller(self) -> Caller:
        return Caller(self._asker.name, self._address, now(), self._asker.instruct)

    def _refuse(self, refused: Refused) -> None:
        """Remember why not, and record it where it matters; the reply follows when the body has been read."""
        self._refused = refused
        self._let_go()
        if self._declared() > self._drain:
            self._connection.set_max_body_size(self._declared())
            self._reply_refusal()
        else:
            self._connection.set_max_body_size(2 * self._drain)
        endpoint = self._endpoint
        audited = endpoint is not None and endpoint.audited and refused.status not in (429, 503, 507)
        if self._asker.name and (audited or refused.status == 403):
            self._record(refused)

    def _record(self, refused: Refused) -> None:
        what = self._endpoint.function.__name__ if self._endpoint else ""
        course, assignment = (*self._names, "", "")[:2]
        note = Note(self._caller(), what, course[:128], assignment[:128], self._path[:200], refused.code)
        self._desks.hall.writer.put(note).add_done_callback(_ignore_failure)

    def _reply_refusal(self) -> None:
        refused = self._refused
        if refused is None or self._replied:
            return
        self._replied = True
        reply = shown({**refused.more, "message": str(refused), "code": refused.code}, refused.status)
        if refused.status in (401, 429):
            asyncio.get_running_loop().call_later(_SLOWLY, self._write, reply, refused.retry_after)
        else:
            self._write(reply, refused.retry_after)

    def _write(self, reply: Reply, retry_after: int | None = None) -> None:
        headers = HTTPHeaders(_HEADERS)
        headers["Content-Length"] = str(len(reply.body))
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        start = ResponseStartLine("HTTP/1.1", reply.status, _REASONS.get(reply.status, ""))
        body = None if self._method == "HEAD" else reply.body
        sent = self._connection.write_headers(start, headers, body)
        sent.add_done_callback(_ignore_failure)
        if len(reply.body) > _LARGE:
            self._see_it_off(sent, len(reply.body))
        self._connection.finish()

    def _room_for(self, reply: Reply) -> Reply:
        """The reply, unless this account leaves too much unread: then a refusal."""
        policy, size = self._desks.hall.policy, len(reply.body)
        each = policy.waiting_bytes if self._asker.instruct else max(_LEAST_HELD, 4 * policy.submission_bytes)
        if size <= _LARGE or self._desks.holding.take(self._asker.name, size, each):
            return reply
        refused = busy()
        return shown({**refused.more, "message": str(refused), "code": refused.code}, refused.status)

    def _see_it_off(self, sent: asyncio.Future[Any], size: int) -> None:
        """A large reply must be read in time, and is held until then."""
        seconds = self._desks.hall.policy.body_seconds
        timer = asyncio.get_running_loop().call_later(seconds, self._connection.close)

        def gone(_: object) -> None:
            timer.cancel()
            self._desks.holding.give(self._asker.name, size)

        sent.add_done_callback(gone)


def _token(headers: HTTPHeaders) -> str | None:
    kind, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() in ("token", "bearer") and token.strip() else None


def _ignore_failure(future: asyncio.Future[Any]) -> None:
    """Whoever waited has gone away, or nobody ever waits."""
    if not future.cancelled():
        future.exception()
