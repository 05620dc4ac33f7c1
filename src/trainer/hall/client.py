"""The thin client of the hall: standard library only, so that trainees' servers stay small.

One method per row of the API (docs/reference/hall-api.md). Answers are the decoded JSON; bundles are
``{relative path: bytes}`` (:mod:`trainer.hall.bundle`). Every method raises a HallError whose text is the server's own
Chinese sentence, or HallUnreachable. A client may be used from several threads; each call is a connection of its own.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import time
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import quote, unquote, urlencode, urlsplit

from trainer.errors import Conflict, NotFound, TrainerError
from trainer.hall.bundle import Files, Limits, from_json, to_json

URL_VARIABLE = "TRAINER_HALL_URL"
TOKEN_VARIABLE = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the name of a variable
#: The client takes what the server has accepted: only paths matter here, sizes are the server's business.
_ACCEPTED = Limits(files=1000, total=1 << 30)


class HallError(TrainerError):
    """The hall refused. ``status`` is the HTTP status, ``code`` a stable word, ``retry_after`` seconds or None.

    ``more`` is what it told beside the sentence.
    """

    def __init__(
        self,
        message: str,
        status: int,
        code: str,
        retry_after: float | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after
        self.more = more or {}


class HallNotFound(HallError, NotFound):
    """404: no such assignment, submission, person."""


class HallConflict(HallError, Conflict):
    """409: released already with other content, no attempts left, withdrawn, time is over, a newer answer."""


class HallForbidden(HallError):
    """401 or 403: not logged in, not yours, not opened yet."""


class HallBusy(HallError):
    """429 or 503: too many requests; nothing was saved; try again after ``retry_after`` seconds."""


class HallNotSaved(HallError):
    """507: the server has no room or cannot write; nothing was saved."""


class HallUnreachable(TrainerError):
    """No answer from the hall: whether the request was carried out is unknown; sending it again is safe."""


_KINDS: dict[int, type[HallError]] = {
    401: HallForbidden,
    403: HallForbidden,
    404: HallNotFound,
    409: HallConflict,
    429: HallBusy,
    503: HallBusy,
    507: HallNotSaved,
}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        end = time.monotonic() + (self.timeout or 0)
        while True:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            try:
                self.sock.connect(self._path)
            except (
                BlockingIOError
            ):  # its queue is full: with TCP the kernel would try again, here it does not
                self.sock.close()
                if time.monotonic() > end:
                    raise
                time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - only so that many do not come at once
            else:
                return


class HallClient:
    """Talks to one hall with one token.

    ``url`` is the service's prefix: ``http+unix://%2Frun%2Fhall.sock/services/hall/`` or ``http://host:port/services/hall/``.
    ``timeout`` is in seconds and holds for each step of a request.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 30.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http+unix", "http", "https") or not parts.netloc:
            raise TrainerError(f"考场服务的地址“{url}”不对：应以 http+unix:// 或 http:// 开头。")
        self._scheme, self._place = parts.scheme, parts.netloc
        self._prefix = parts.path.rstrip("/") + "/api/v1/"
        self._token, self._timeout = token, timeout

    @classmethod
    def from_environment(cls, *, timeout: float = 30.0) -> Self:
        """From TRAINER_HALL_URL and JUPYTERHUB_API_TOKEN. Raises HallUnreachable when they are not set."""
        url, token = os.environ.get(URL_VARIABLE), os.environ.get(TOKEN_VARIABLE)
        if not url or not token:
            raise HallUnreachable(
                "这里没有连上考场服务。请从平台的网页登录以后再试；还不行，请告诉监考老师。"
            )
        return cls(url, token, timeout=timeout)

    # -- for everybody -------------------------------------------------------------------------------------------------

    def time(self) -> str:
        """The server's clock, ISO 8601 with offset."""
        return str(self._call("GET", "time")["now"])

    def assignments(self, course: str | None = None, *, withdrawn: bool = False) -> list[dict[str, Any]]:
        """What the asker can see: rules, own times, state, receipts. ``withdrawn``: those taken back as well."""
        query = {"course": course, "withdrawn": "1" if withdrawn else None}
        return list(self._call("GET", "assignments", query=query)["assignments"])

    def assignment(self, course: str, assignment: str) -> dict[str, Any]:
        """One row of :meth:`assignments`."""
        return self._call("GET", _path(course, assignment))

    def key(self) -> dict[str, Any]:
        """``{"algorithm", "key_id", "public_key", "keys": {key_id: public key}}``, keys in base64."""
        return self._call("GET", "key")

    def verify_receipt(self, receipt: Mapping[str, Any]) -> dict[str, Any]:
        """``{"valid", "reason"}``: whether this installation issued exactly this receipt."""
        return self._call("POST", "receipts/verify", {"receipt": dict(receipt)})

    # -- for trainees --------------------------------------------------------------------------------------------------

    def files(self, course: str, assignment: str) -> Files:
        """The assignment as released. The first time is recorded as when the trainee fetched it."""
        return _files(self._call("GET", _path(course, assignment, "files")))

    def save_answer(
        self, course: str, assignment: str, cell: str, text: str, base: str | None = None
    ) -> dict[str, Any]:
        """Save one answer durably: ``{"saved_at", "cell"}``.

        With ``base``, the ``saved_at`` that the edit began from ('' where nothing was saved): raises HallConflict with code
        ``newer-answer`` and ``more`` = ``{"text", "saved_at"}`` when another text was saved since.
        """
        body = {"text": text} if base is None else {"text": text, "base": base}
        return self._call("PUT", _path(course, assignment, "answers", cell), body)

    def answers(self, course: str, assignment: str, user: str | None = None) -> dict[str, dict[str, str]]:
        """The latest saved text of each cell: ``{cell: {"text", "saved_at"}}``; ``user`` is for instructors."""
        return dict(self._call("GET", _path(course, assignment, "answers"), query={"user": user})["answers"])

    def submit(self, course: str, assignment: str, files: Mapping[str, bytes]) -> dict[str, Any]:
        """Hand in; returns the receipt once the submission is durable. The same again returns the same receipt."""
        return self._call("POST", _path(course, assignment, "submissions"), {"files": to_json(files)})

    def submissions(self, course: str, assignment: str, user: str | None = None) -> list[dict[str, Any]]:
        """Receipts in the order of arrival; own for trainees, all or one person's for instructors."""
        path = _path(course, assignment, "submissions")
        return list(self._call("GET", path, query={"user": user})["submissions"])

    def submission_files(self, course: str, assignment: str, submission: str) -> Files:
        """The files of one submission, exactly as handed in."""
        return _files(self._call("GET", _path(course, assignment, "submissions", submission, "files")))

    def feedback(
        self, course: str, assignment: str, *, user: str | None = None, submission: str | None = None
    ) -> dict[str, Any]:
        """``{"files": {path: bytes}, "submission", "put_at"}``: the latest, or of one submission."""
        query = {"user": user, "submission": submission}
        answer = self._call("GET", _path(course, assignment, "feedback"), query=query)
        return {**answer, "files": _files(answer)}

    # -- for instructors -----------------------------------------------------------------------------------------------

    def release(
        self,
        course: str,
        assignment: str,
        files: Mapping[str, bytes],
        rules: Mapping[str, Any] | None = None,
        *,
        force: bool = False,
    ) -> dict[str, Any]:
        """Release; ``rules`` not given stay as they are. The same content again changes nothing."""
        body: dict[str, Any] = {"files": to_json(files), "force": force}
        if rules is not None:
            body["rules"] = dict(rules)
        return self._call("PUT", _path(course, assignment), body)

    def change_rules(self, course: str, assignment: str, rules: Mapping[str, Any]) -> dict[str, Any]:
        """Change the rules that are given; returns the assignment."""
        return self._call("PATCH", _path(course, assignment), {"rules": dict(rules)})

    def withdraw(self, course: str, assignment: str) -> dict[str, Any]:
        """Take an assignment back; submissions are kept."""
        return self._call("DELETE", _path(course, assignment))

    def extend(self, course: str, assignment: str, user: str, minutes: int) -> dict[str, Any]:
        """Give one person ``minutes`` of extra time in all (0 takes it back)."""
        return self._call("PUT", _path(course, assignment, "extensions", user), {"minutes": minutes})

    def collection(self, course: str, assignment: str, *, include_saved: bool = False) -> dict[str, Any]:
        """Per person what counts; with ``include_saved`` also who saved but never submitted, files as bytes."""
        query = {"include_saved": "1" if include_saved else "0"}
        answer = self._call("GET", _path(course, assignment, "collection"), query=query)
        for entry in answer["users"]:
            if "saved" in entry:
                entry["saved"]["files"] = _files(entry["saved"])
        return answer

    def put_feedback(
        self, course: str, assignment: str, user: str, submission: str, files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        """Give feedback on one submission: ``{"put_at", "changed"}``."""
        body = {"files": to_json(files), "submission": submission}
        return self._call("PUT", _path(course, assignment, "feedback", user), body)

    def feedback_hashes(self, course: str, assignment: str) -> dict[str, str]:
        """The fingerprint (``content_hash``) of the latest feedback by submission."""
        return dict(self._call("GET", _path(course, assignment, "feedback-hashes"))["hashes"])

    def progress(self, course: str, assignment: str) -> dict[str, Any]:
        """``{"counts": {…}, "users": […]}``: who fetched, saved, submitted, and when."""
        return self._call("GET", _path(course, assignment, "progress"))

    def audit(self, after: int = 0, limit: int = 500) -> dict[str, Any]:
        """``{"entries": […], "next"}``: who did what; pass ``next`` as ``after`` for the following page."""
        return self._call("GET", "audit", query={"after": str(after), "limit": str(limit)})

    # -- the wire ------------------------------------------------------------------------------------------------------

    def _call(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, str | None] | None = None
    ) -> dict[str, Any]:
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        target = self._prefix + path + (f"?{urlencode(wanted)}" if wanted else "")
        payload = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8")
        headers = {
            "Authorization": f"token {self._token}",
            "Accept": "application/json",
            "Connection": "close",
        }
        if payload is not None:
            headers["Content-Type"] = "application/json"
        connection = self._connection()
        try:
            _send(connection, method, target, payload, headers)
            response = connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise HallUnreachable(
                f"连不上考场服务（{str(error) or type(error).__name__}），不知道有没有存上。请稍等再试一次，重复提交不要紧；"
                "一直这样，请告诉监考老师。"
            ) from error
        finally:
            connection.close()
        return _decoded(response.status, response.getheader("Retry-After"), raw)

    def _connection(self) -> http.client.HTTPConnection:
        if self._scheme == "http+unix":
            return _UnixConnection(unquote(self._place), self._timeout)
        kind = http.client.HTTPSConnection if self._scheme == "https" else http.client.HTTPConnection
        return kind(self._place, timeout=self._timeout)


def _send(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    payload: bytes | None,
    headers: dict[str, str],
) -> None:
    """Send a request. A server that refuses early closes while we still send: its answer is there to be read."""
    connection.connect()
    try:
        connection.request(method, target, body=payload, headers=headers)
    except (BrokenPipeError, ConnectionResetError):
        if payload is None:
            raise


def _decoded(status: int, retry_after: str | None, raw: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise HallUnreachable(
            f"考场服务的回答读不懂（状态 {status}）。请稍等再试；一直这样，请告诉技术人员。"
        )
    if status < 300:
        return answer
    message = str(answer.get("message") or f"考场服务没有照办（状态 {status}）。")
    seconds = float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdigit() else None
    more = {name: value for name, value in answer.items() if name not in ("message", "code")}
    raise _KINDS.get(status, HallError)(message, status, str(answer.get("code", "")), seconds, more)


def _path(course: str, assignment: str, *rest: str) -> str:
    return "/".join(["assignments", *(quote(part, safe="") for part in (course, assignment, *rest))])


def _files(answer: Mapping[str, Any]) -> Files:
    return from_json(answer.get("files"), _ACCEPTED)
