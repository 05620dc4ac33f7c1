"""Names, paths and files of somebody who wants more than they were given."""

from __future__ import annotations

import http.client
import io
import zipfile
from contextlib import closing

import pytest

pytestmark = pytest.mark.xdist_group("browser")

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize("page", ["roster", "accounts", "papers/xiaojuan/progress"])
def test_names_are_shown_as_written(chen, admitted, released, hostile, reading, page):
    answer = chen.get(page)
    assert hostile.script not in answer.text
    assert "&lt;script&gt;document.title=&#39;1&#39;&lt;/script&gt;" in answer.text
    text = reading(answer.text)
    assert hostile.path in text
    assert hostile.long in text


@pytest.mark.parametrize(
    "path",
    [
        "papers/..%2F..%2Fceshi",
        "papers/%2Fetc%2Fpasswd/progress",
        "boards/..%2F..%2Fx.yaml",
        "boards/bisai/files/..%2F..%2Fgradebook.db",
        "boards/bisai/files/..%2F..%2F..%2F..%2Faccounts%2Faccounts.sqlite",
        "boards/bisai/files/%2Fetc%2Fpasswd",
        "boards/bisai/files/%00",
        "jobs/..%2F..",
        "jobs/..%2F../files/console-log.jsonl",
        "static/..%2F..%2Fplace.py",
    ],
)
def test_a_path_in_a_name_leads_nowhere(server, chen, released, path):
    (server.place.root / "leaderboards" / "bisai").mkdir(parents=True, exist_ok=True)
    assert chen.get(path).status_code in (400, 403, 404)  # the front refuses most of them
    connection = http.client.HTTPConnection("127.0.0.1", server.ports[4], timeout=30)
    with closing(connection):
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in chen.session.cookies)
        connection.request("GET", f"/services/console/{path}", headers={"Cookie": cookies})
        answer = connection.getresponse()
        assert answer.status in (403, 404)
        assert b"root:" not in answer.read()


def test_a_blueprint_is_chosen_from_the_list(chen, enrolled):
    for name in ("../nbgrader_config.py", "/etc/passwd", "../blueprints/xiaojuan.yaml", ""):
        assert chen.post("make", {"blueprint": name, "seed": "1"}).status_code == 404


def test_a_link_in_the_course_folder_is_not_followed(server, chen, released):
    """Instructors' servers write there; the console sees more of the machine than they do."""
    folder = server.place.root / "leaderboards" / "bisai"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "账号.csv"
    link.symlink_to(server.place.data / "accounts" / "accounts.sqlite")
    try:
        assert "账号.csv" not in chen.get("boards/bisai").text
        assert chen.get("boards/bisai/files/账号.csv").status_code == 404
    finally:
        link.unlink()


def test_an_upload_over_the_limit_is_not_read(server, chen, enrolled, reading):
    before = server.journal()
    answer = chen.upload("roster", "名册.xlsx", b"PK" + bytes(10 * MEGABYTE + 1))
    assert (answer.status_code, "太大" in reading(answer.text)) == (413, True)
    assert server.journal() == before


def test_a_form_over_its_limit_is_not_read(server, chen, enrolled):
    before = server.journal()
    assert chen.post("make", {"blueprint": "x" * (2 * MEGABYTE), "seed": "1"}).status_code >= 400
    assert server.journal() == before


def test_a_workbook_that_unpacks_without_end_is_refused(chen, enrolled):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(31):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", bytes(10 * MEGABYTE))
    job = chen.finish(chen.upload("roster", "名册.xlsx", bomb.getvalue()))
    assert (job.state["state"], "大得不正常" in job.state["message"]) == ("failed", True)


def test_a_form_without_a_file_says_so(chen, enrolled, reading):
    answer = chen.post(f"roster?_xsrf={chen.xsrf}")
    assert (answer.status_code, "没有选文件" in reading(answer.text)) == (422, True)
