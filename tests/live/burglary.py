"""What a trainee with bad intentions brings along: requests as browsers and programs do not make them."""

from __future__ import annotations

import http.client
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests

from trainer.hall.client import HallClient

from .conftest import LiveServer, Person

COURSE, PAPER = "gongfang", "juan-a"
NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def released(county: LiveServer) -> HallClient:
    """An instructor's client, with a paper out."""
    hall = as_service(county)
    opens = (datetime.now().astimezone() - timedelta(hours=1)).isoformat()
    hall.release(
        COURSE, PAPER, {f"{PAPER}.ipynb": NOTEBOOK}, {"title": "攻防", "opens": opens, "attempts": None}
    )
    return hall


def as_service(county: LiveServer) -> HallClient:
    url = f"http+unix://{quote(str(county.data.hall_socket), safe='')}/services/hall/"
    return HallClient(url, county.data.secret("service-console"))


def token_of(person: Person) -> str:
    """What a program finds in the environment of its own server."""
    return person.run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])").strip()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"token {token}"}


def hub_call(person: Person, method: str, path: str, **options: Any) -> requests.Response:
    """As the hub's own pages call its API: with the cookie and its XSRF token."""
    person.get("/hub/token")
    token = next(c.value for c in person.session.cookies if c.name == "_xsrf" and c.path == "/hub/")
    headers = {"X-XSRFToken": token or "", "Referer": f"{person.server.url}/hub/home"}
    address = f"{person.server.url}/hub/api/{path}"
    return person.session.request(method, address, headers=headers, allow_redirects=False, **options)


def raw(person: Person, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
    """A request whose path nobody tidies up on its way, with all of the person's cookies."""
    connection = http.client.HTTPConnection("127.0.0.1", person.server.port, timeout=30)
    try:
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in person.session.cookies)
        token = [c.value for c in person.session.cookies if c.name == "_xsrf" and "/user/" in c.path]
        headers = {"Cookie": cookies, "X-XSRFToken": token[0] if token else ""}
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(len(body or b""))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
