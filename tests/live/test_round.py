"""A whole round behind the walls: made, released, collected, graded and answered in 教务台, sat in trainees' own servers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from polling import until
from trainer.hall.client import HallClient
from trainer.workflow.server import give_courses

from .conftest import LiveServer, Person, field_of, needs_root

pytestmark = [needs_root, pytest.mark.xdist_group("live")]

BLUEPRINT = {
    "format": 1,
    "id": "jianyan",
    "title": "围墙里的一轮",
    "forms": 1,
    "sections": [
        {"title": "单项选择题", "kind": "single", "count": 2, "points": 2},
        {"title": "判断题", "kind": "judge", "count": 1, "points": 1},
    ],
}
RULES = {"opens": "", "closes": "", "attempts": "2", "counts": "last", "late": "keep", "grace_seconds": "0"}
CONSOLE = "/services/console/"


class Instructor:
    """jiaoyuan at 教务台."""

    def __init__(self, county: LiveServer) -> None:
        self.person = county.person("jiaoyuan")
        assert self.person.get(CONSOLE).status_code == 200

    def do(self, place: str, **given: str) -> dict[str, Any]:
        """Do a verb and wait for its end; it has to come out well."""
        [xsrf] = [c.value for c in self.person.session.cookies if (c.name, c.path) == ("_xsrf", CONSOLE)]
        answer = self.person.session.post(self.person.at(CONSOLE + place), data={**given, "_xsrf": xsrf})
        found = re.search(r"/jobs/([0-9a-f-]+)$", answer.url)
        assert found, answer.text[-2000:]
        state = f"{CONSOLE}jobs/{found[1]}/state.json"

        def ended() -> dict[str, Any] | None:
            now: dict[str, Any] = self.person.get(state, headers={"X-XSRFToken": xsrf}).json()
            return now if now["state"] != "running" else None

        job: dict[str, Any] = until(ended, place)
        assert job["state"] == "done", job
        return job


@pytest.fixture(scope="module")
def instructor(county: LiveServer) -> Instructor:
    path = county.data.courses / "leitai" / "blueprints" / "jianyan.yaml"
    path.write_text(yaml.safe_dump(BLUEPRINT, allow_unicode=True), encoding="utf-8")
    give_courses(county.data, county.who)
    instructor = Instructor(county)
    instructor.do("make", blueprint="jianyan.yaml", seed="7", forms="1")
    instructor.do("papers/jianyan/release", **RULES)
    return instructor


def sit(person: Person, answer: str) -> tuple[str, str]:
    """Open the paper, write ``answer`` into every cell, hand in; (assignment, text of the receipt page)."""
    person.open_server()
    listed = person.get("assignments", params={"course_id": "leitai"}).json()["value"]
    [assignment] = {row["assignment_id"] for row in listed if row["assignment_id"].startswith("jianyan")}
    opened = person.get(f"trainer/open/leitai/{assignment}", allow_redirects=False)
    path = opened.headers["Location"].partition("/notebooks/")[2]
    notebook = person.get(f"api/contents/{path}").json()["content"]
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = answer
    saved = person.send("PUT", f"api/contents/{path}", json={"type": "notebook", "content": notebook})
    assert saved.status_code == 200, saved.text
    form = person.get(f"trainer/submit/leitai/{assignment}")
    receipt = person.session.post(form.url, data={"_xsrf": field_of(form, "_xsrf")})
    assert "/trainer/receipts/" in receipt.url, receipt.text
    return assignment, receipt.text


def test_a_round_goes_from_the_blueprint_to_the_feedback(county: LiveServer, instructor: Instructor) -> None:
    person = county.person("sl010")
    assignment, page = sit(person, "A")
    assert "作答了 <strong>3</strong> 题" in page
    home = county.data.homes / "sl010"
    [receipt] = (home / "回执").glob("*.json")
    hall = HallClient(_hall_url(county), county.data.secret("service-console"))
    assert hall.verify_receipt(yaml.safe_load(receipt.read_text()))["valid"] is True
    assert " 1 份" in instructor.do("papers/jianyan/collect")["message"]
    instructor.do("papers/jianyan/grade")
    assert person.get(f"trainer/feedback/leitai/{assignment}").status_code == 404
    instructor.do("papers/jianyan/feedback", release="yes")
    feedback = person.get(f"trainer/feedback/leitai/{assignment}")
    assert feedback.status_code == 200
    assert "正确答案" in feedback.text
    assert "sandbox" in feedback.headers["Content-Security-Policy"]
    _nothing_of_the_course_is_roots(county.data.courses / "leitai", county.who.course)


def test_the_same_paper_handed_in_twice_is_one_submission(county: LiveServer, instructor: Instructor) -> None:
    person = county.person("sl011")
    assignment, first = sit(person, "B")
    _, second = sit(person, "B")
    number = re.search(r"编号[:：]\s*(\S+)", first)
    assert number
    assert number[1] in second
    hall = HallClient(_hall_url(county), county.data.secret("service-console"))
    assert len(hall.submissions("leitai", assignment, user="sl011")) == 1


def test_formgrader_shows_the_course_inside_the_instructors_server(instructor: Instructor) -> None:
    person = instructor.person.open_server()
    page = person.get("formgrader")
    assert page.status_code == 200
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    listed = {row["name"]: row for row in person.get("formgrader/api/assignments").json()}
    released = [row for name, row in listed.items() if name.startswith("jianyan")]
    assert [row["status"] for row in released] == ["released"]


def _hall_url(county: LiveServer) -> str:
    return f"http+unix://{quote(str(county.data.hall_socket), safe='')}/services/hall/"


def _nothing_of_the_course_is_roots(course: Path, uid: int) -> None:
    owners = {path.lstat().st_uid for path in course.rglob("*")}
    assert owners == {uid}
