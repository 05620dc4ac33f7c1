"""The addresses that answering a paper talks to: who may ask, what they answer, and what when something is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from polling import until

from .conftest import LiveServer, Person, needs_root
from .sheets import COURSE, SheetPaper, release
from .test_kills import one

pytestmark = [needs_root, pytest.mark.xdist_group("live")]

NAME = "dizhi 一"
API = f"trainer/api/papers/{COURSE}/{quote(NAME)}/"


@pytest.fixture(scope="module")
def person(county: LiveServer) -> Person:
    return county.person("sl012").open_server()


@pytest.fixture(scope="module")
def paper(county: LiveServer, repository: Path) -> SheetPaper:
    return release(county, repository, NAME, ["single", "judge"])


def test_a_paper_is_opened_answered_and_handed_in(person: Person, paper: SheetPaper) -> None:
    found = person.send("GET", f"{API}paper").json()
    assert [part["cell"] for part in found["parts"]] == ["", "", "q01", "q02"]
    assert "key" not in str(found["parts"][2]["definition"])
    saved = person.send("PUT", f"{API}answers/q01", json={"text": "B", "base": ""}).json()
    assert set(saved) == {"saved_at", "cell", "now"}
    state = person.send("GET", f"{API}state").json()
    assert state["answers"] == {"q01": {"text": "B", "saved_at": saved["saved_at"]}}
    seen = {"texts": {"q01": "A", "q02": ""}, "bases": {"q01": "", "q02": ""}}
    newer = person.send("POST", f"{API}submit", json=seen)
    assert (newer.status_code, newer.json()["code"]) == (409, "newer-answers")
    assert newer.json()["answers"] == state["answers"]
    handed_in = person.send("POST", f"{API}submit", json=seen | {"bases": {"q01": saved["saved_at"]}}).json()
    assert (handed_in["receipt"]["answers"], handed_in["unanswered"]) == (1, ["q02"])
    assert paper.handed_in("sl012") == {"q01": "A", "q02": ""}


def test_what_is_wrong_is_said_in_chinese_and_with_a_word(person: Person, paper: SheetPaper) -> None:
    wrong = {
        ("PUT", "answers/q01", '{"text": "C", "base": ""}'): (409, "newer-answer"),
        ("PUT", "answers/q77", '{"text": "C"}'): (404, "no-cell"),
        ("PUT", "answers/q01", '{"text": 3}'): (422, "refused"),
        ("PUT", "answers/q01", "{"): (422, "refused"),
        ("PUT", "answers/q01", "[" * 20_000): (422, "refused"),
        ("POST", "submit", '{"texts": {"q77": "A"}, "bases": null}'): (422, "refused"),
        ("POST", "submit", '{"texts": []}'): (422, "refused"),
    }
    for (method, path, body), expected in wrong.items():
        answer = person.send(method, API + path, data=body, headers={"Content-Type": "application/json"})
        said = answer.json()
        assert (answer.status_code, said["code"]) == expected, said
        assert re.search(r"[一-龥].*。$", said["message"]), said
    for strange in ("%2e%2e/x", f"{COURSE}/..%2f..", f"{COURSE}/%00"):
        assert person.send("GET", f"trainer/api/papers/{strange}/state").status_code in (400, 404)


def test_only_the_person_and_only_from_the_own_page(
    person: Person, paper: SheetPaper, county: LiveServer
) -> None:
    cookies = {"cookies": person.session.cookies.get_dict(), "timeout": 30}
    forged = requests.put(
        person.at(f"{API}answers/q01"),
        json={"text": "D"},
        headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"},
        **cookies,
    )
    assert (forged.status_code, forged.json()["code"]) == (403, "login")
    nobody = requests.get(person.at(f"{API}state"), timeout=30)
    assert (nobody.status_code, nobody.json()["code"]) == (403, "login")
    other = county.person("sl010")
    assert other.session.get(person.at(f"{API}state")).status_code == 403
    assert paper.texts("sl012") == {"q01": "B"}


def test_the_page_and_what_it_loads(person: Person, paper: SheetPaper) -> None:
    page = person.get(f"trainer/paper/{COURSE}/{quote(NAME)}")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    for address in re.findall(r'(?:src|href)="(/user/[^"]+/static/[^"]+)"', page.text):
        built = person.get(address)
        assert (built.status_code, built.headers["Content-Encoding"]) == (200, "gzip")
        assert "immutable" in built.headers["Cache-Control"]
        old = person.get(re.sub(r"/[0-9a-f]{16}/", "/0123456789abcdef/", address))
        assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")
    assert person.get("trainer/static/0123456789abcdef/other.js").status_code == 404


def test_markup_in_a_paper_does_not_leave_its_data(
    person: Person, county: LiveServer, repository: Path
) -> None:
    hostile = release(county, repository, "</script><script>alert(1)</script>".replace("/", "∕"), ["single"])
    page = person.get(f"trainer/paper/{COURSE}/{quote(hostile.assignment)}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_a_paper_of_questions_opens_as_the_screen_wants_it(person: Person, paper: SheetPaper) -> None:
    address = person.at(f"trainer/open/{COURSE}/{quote(NAME)}")
    phone = {"User-Agent": "Mozilla/5.0 (Linux; Android 11; Mobile)"}
    for headers, query, place in (
        ({}, "", "/notebooks/"),
        (phone, "", "/paper/"),
        (phone, "?face=notebook", "/notebooks/"),
        ({}, "?face=page", "/paper/"),
    ):
        answer = person.session.get(address + query, headers=headers, allow_redirects=False)
        assert place in answer.headers["Location"]


def test_the_hall_gone_is_a_reason_to_try_again(
    person: Person, paper: SheetPaper, county: LiveServer
) -> None:
    one(county, "trainer.hall").kill()
    answer = person.send("PUT", f"{API}answers/q02", json={"text": "对", "base": ""})
    # It may be back before we asked: the hub starts it again at once.
    assert answer.status_code in (200, 503)
    if answer.status_code == 503:
        assert answer.json()["code"] == "unreachable"
    until(
        lambda: person.send("PUT", f"{API}answers/q02", json={"text": "对", "base": ""}).status_code == 200,
        "saved",
    )
    assert paper.texts("sl012") == {"q01": "B", "q02": "对"}
