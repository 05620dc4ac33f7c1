"""configurable-http-proxy's REST API, as JupyterHub's ``ConfigurableHTTPProxy`` speaks it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp.web import BaseRequest, HTTPRequestEntityTooLarge, Response

from trainer.hub.proxy.routes import RouteTable, Segments, segments_of

ROUTES = "/api/routes"


class Api:
    """GET, POST and DELETE ``/api/routes[/path]``, and GET ``/metrics``; all need ``Authorization: token …``."""

    def __init__(self, table: RouteTable, token: str, figures: Callable[[], dict[str, int]]) -> None:
        """``figures`` gives what ``/metrics`` tells, by name."""
        if not token:
            raise ValueError("an API without a token")
        self._table = table
        self._token = token.encode()
        self._figures = figures

    async def handle(self, request: BaseRequest) -> Response:
        """Answer one request of the hub."""
        if not self._known(request):
            return _text(403, "wrong token")
        path = request.raw_path.partition("?")[0]
        if path == "/metrics" and request.method == "GET":
            figures = self._figures().items()
            return _text(200, "".join(f"trainer_front_{name} {value}\n" for name, value in figures))
        if path == ROUTES or path.startswith(f"{ROUTES}/"):
            return await self._routes(request, segments_of(path.removeprefix(ROUTES)))
        return _text(404, "no such address")

    async def _routes(self, request: BaseRequest, segments: Segments) -> Response:
        if request.method == "GET":
            return self._one(segments) if segments else self._all(request)
        if request.method == "POST":
            return await self._add(request, segments)
        if request.method == "DELETE":
            return Response(status=204 if self._table.remove(segments) else 404)
        return _text(405, "GET, POST or DELETE")

    def _known(self, request: BaseRequest) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self._token)
        return right and scheme.lower() == "token"

    def _one(self, segments: Segments) -> Response:
        route = self._table.get(segments)
        return _text(404, "no such route") if route is None else _json(route.as_json())

    def _all(self, request: BaseRequest) -> Response:
        query = request.query
        given = query.get("inactive_since") or query.get("inactiveSince")
        if not given:
            return _json(self._table.inactive_since(None))
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            return _text(400, "inactive_since is no ISO 8601 time")
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return _json(self._table.inactive_since(aware.timestamp()))

    async def _add(self, request: BaseRequest, segments: Segments) -> Response:
        try:
            data = json.loads(await request.read())
            if not isinstance(data, dict):
                return _text(400, "a route is a JSON object")
            self._table.add(segments, data)
        except HTTPRequestEntityTooLarge:
            return _text(413, "route too large")
        except ValueError as error:
            return _text(400, str(error))
        return Response(status=201)


def _json(value: object) -> Response:
    return Response(text=json.dumps(value), content_type="application/json")


def _text(status: int, text: str) -> Response:
    return Response(text=text, status=status)
