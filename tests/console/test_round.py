"""A whole round in the browser: from an empty course to feedback, each verb through its page."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime, timedelta

import openpyxl
import pytest

from trainer.hall.client import HallNotFound
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.workflow.allotment import read_allocation

pytestmark = pytest.mark.xdist_group("browser")


def hidden_links(page: str) -> list[str]:
    return re.findall(r'href="/services/console/([^"]*)"', page)


def test_importing_a_roster_shows_the_units_and_enrols_everybody(server, chen, enrolled):
    assert "名册共 12 人：新增 12" in enrolled.state["message"]
    assert "甲镇 6" in enrolled.page
    assert "名册 12 人" in chen.see()
    with CourseGradebook(server.course.db_url) as gradebook:
        assert len(gradebook.students()) == 12


def test_a_paper_is_built_from_a_blueprint(server, chen, made):
    assert [form.assignment for form in server.paper.forms] == ["xiaojuan-a", "xiaojuan-b"]
    assert server.paper.seed == "7"
    assert "虚构小卷" in made.state["message"]


def test_a_number_of_forms_that_cannot_be_is_refused_at_once(chen, made):
    answer = chen.post("make", {"blueprint": "xiaojuan.yaml", "seed": "7", "forms": "99"})
    assert answer.status_code == 422
    assert "平行卷份数“99”不对，应是 1 到 26 的整数" in answer.text


@pytest.fixture
def allotted(server, made) -> dict[str, str]:
    return read_allocation(server.course, server.paper)


def test_release_sets_the_times_that_the_form_says(server, chen, released, admitted, allotted, closes):
    clients = {which: server.hall(who) for who, which in allotted.items() if who in server.tokens}
    rows = {row["assignment"]: row for client in clients.values() for row in client.assignments("ceshi")}
    assert set(rows) == {"xiaojuan-a", "xiaojuan-b"}
    for row in rows.values():
        assert (row["opens"], datetime.fromisoformat(row["closes"])) == (None, closes)
        assert (row["attempts"], row["counts"], row["late"]) == (3, "last", "keep")
    assert f"{closes:%Y-%m-%d %H:%M} 截止，每人最多交 3 次" in chen.see("papers/xiaojuan")


def test_everybody_gets_the_form_that_is_theirs_and_no_other(server, chen, released, admitted, allotted):
    assert "每人只看到分给自己的一份" in released.state["message"]
    mine, other = allotted["c01"], ({"xiaojuan-a", "xiaojuan-b"} - {allotted["c01"]}).pop()
    hall = server.hall("c01")
    assert [row["assignment"] for row in hall.assignments("ceshi")] == [mine]
    with pytest.raises(HallNotFound):
        hall.files("ceshi", other)
    page = chen.see("papers/xiaojuan")
    assert "每人只看到分给自己的一份。" in page
    assert "请再发布一次" not in page


def test_progress_shows_who_is_how_far(server, chen, sat, overview_before_grading, people):
    page = chen.see("papers/xiaojuan/progress")
    assert "9 已交卷" in page
    assert "1 作答中" in page
    lines = chen.get("papers/xiaojuan/progress.json", headers={"X-XSRFToken": chen.xsrf}).json()
    by_account = {line["account"]: line for line in lines["lines"]}
    assert len(by_account) == 12
    handed_in, saving = by_account[people[0]], by_account[people[9]]
    assert (handed_in["state"], handed_in["answered"], handed_in["questions"]) == ("submitted", 5, 5)
    assert (saving["state"], saving["answered"], saving["letter"]) == (
        "working",
        1,
        sat[people[9]][-1].upper(),
    )
    assert by_account[people[11]]["state"] == "absent"
    assert lines["sums"] == {"absent": 2, "working": 1, "submitted": 9, "late": 0}
    assert "已提交 9/12" in overview_before_grading


def test_extra_time_for_one_person(server, chen, sat, people):
    answer = chen.post("papers/xiaojuan/extra-time", {"account": people[9], "minutes": "15"})
    assert answer.status_code == 200
    assert "一共延长 15 分钟" in answer.text
    own = server.hall(people[9]).assignment("ceshi", sat[people[9]])
    colleague = next(who for who in people[:9] if sat[who] == sat[people[9]])
    other = server.hall(colleague).assignment("ceshi", sat[people[9]])
    later = datetime.fromisoformat(own["closes"]) - datetime.fromisoformat(other["closes"])
    assert later == timedelta(minutes=15)
    assert chen.post("papers/xiaojuan/extra-time", {"account": "nobody", "minutes": "1"}).status_code == 404
    assert chen.post("papers/xiaojuan/extra-time", {"account": people[9], "minutes": "-1"}).status_code == 422


@pytest.fixture(scope="module")
def graded(chen, collected):
    assert "共 9 份" in collected.state["message"]
    return chen.done("papers/xiaojuan/grade")


def test_grading_counts_and_lists_what_was_refused(server, chen, graded, people):
    assert (graded.state["done"], graded.state["total"]) == (9, 9)
    assert "有 1 份有问题，没有阅，文件原样未动" in graded.state["message"]
    assert f"{people[8]} （" in graded.page
    assert "少了第 2 题的单元格" in graded.page
    page = chen.see("papers/xiaojuan")
    assert "收到 9 份，阅过 8 份" in page
    assert "还有 8 题等人工评阅" in page


def test_only_who_handed_in_can_be_accepted(chen, graded):
    assert chen.post("papers/xiaojuan/grade", {"accept": ["nobody"]}).status_code == 404


def test_essays_lead_to_formgrader_at_the_next_one_that_waits(server, chen, graded):
    answer = chen.get("papers/xiaojuan/essays", allow_redirects=False)
    target = re.fullmatch(
        r"/hub/user-redirect/formgrader/submissions/([0-9a-f]{32})/", answer.headers["Location"]
    )
    assert (answer.status_code, target is not None) == (302, True)


@pytest.fixture(scope="module")
def marked(chen, graded):
    """All essays marked by a sheet."""
    job = chen.done("papers/xiaojuan/export-marks", {"anonymous": "yes"})
    answer = chen.get(f"jobs/{job.id}/files/评分表.xlsx")
    workbook = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = workbook["评分表"]
    column = [cell.value for cell in sheet[3]].index("得分") + 1
    for row in range(4, sheet.max_row + 1):
        if sheet.cell(row, 1).value:
            sheet.cell(row, column).value = 8
    content = io.BytesIO()
    workbook.save(content)
    done = chen.finish(chen.upload("papers/xiaojuan/import-marks", "评分表.xlsx", content.getvalue()))
    assert done.state["state"] == "done", done.state
    return done


def test_a_mark_sheet_goes_out_and_comes_back(chen, marked):
    assert "还有 0 题等人工评阅" in marked.state["message"]
    assert "没有等着评的题" in chen.see("papers/xiaojuan")
    away = chen.get("papers/xiaojuan/essays", allow_redirects=False)
    assert away.headers["Location"].endswith("/papers/xiaojuan#essays")


def test_a_bad_sheet_is_refused_with_its_lines(chen, graded):
    bad = chen.finish(chen.upload("roster", "名册.csv", "账号,姓名,单位\nx 1,张三,甲镇\nx2,,甲镇\n".encode()))
    assert bad.state["state"] == "failed"
    assert "有 2 处问题" in bad.state["message"]
    assert "第 2 行：账号“x 1”含有不能用的字符：空格" in bad.page
    assert "名册 12 人" in chen.see()


def test_the_board_is_published_looked_at_and_downloaded(chen, marked):
    chen.done("boards/bisai")
    page = chen.get("boards/bisai/page")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert "虚构比武" in page.text
    listed = {
        link.rpartition("/")[2] for link in hidden_links(chen.get("boards/bisai").text) if "/files/" in link
    }
    assert {"%E6%A6%9C%E5%8D%95.xlsx", "%E4%B8%AA%E4%BA%BA%E6%A6%9C.csv"} <= listed
    book = chen.get("boards/bisai/files/榜单.xlsx")
    assert "attachment" in book.headers["Content-Disposition"]
    assert zipfile.is_zipfile(io.BytesIO(book.content))
    assert chen.get("boards/bisai/files/nothing.xlsx").status_code == 404


def test_feedback_reaches_people_and_the_round_is_over(server, chen, marked, sat, people):
    done = chen.done("papers/xiaojuan/feedback", {"release": "yes"})
    assert "反馈已生成 8 份，并发给了本人" in done.state["message"]
    given = server.hall(people[0]).feedback("ceshi", sat[people[0]])
    assert any(name.endswith(".html") for name in given["files"])
    assert "已反馈" in chen.see()


def test_everything_can_be_taken_home_in_one_file(chen, marked):
    job = chen.done("papers/xiaojuan/export")
    archive = zipfile.ZipFile(io.BytesIO(chen.get(f"jobs/{job.id}/files/xiaojuan.zip").content))
    names = set(archive.namelist())
    assert {"xiaojuan/成绩.xlsx", "xiaojuan/papers/xiaojuan.json", "xiaojuan/people/roster.csv"} <= names
    assert any(name.startswith("xiaojuan/submitted/c01/") and name.endswith("receipt.json") for name in names)
    sheet = openpyxl.load_workbook(io.BytesIO(archive.read("xiaojuan/成绩.xlsx"))).active
    assert sheet is not None
    rows = list(sheet.values)
    assert rows[0][:5] == ("账号", "姓名", "单位", "作业", "总分")
    assert len(rows) == 9
    assert rows[1][4] == 14.0


def test_every_verb_is_noted_with_who_and_when(server, chen, marked):
    noted = server.journal()
    begun = {entry["what"]: entry for entry in noted if entry["outcome"] == "begin"}
    assert {"导入名册", "组卷 xiaojuan", "发布 xiaojuan", "收卷 xiaojuan", "阅卷 xiaojuan"} <= set(begun)
    assert all(entry["who"] == "chen" and datetime.fromisoformat(entry["at"]) for entry in begun.values())
    ended = [
        entry["outcome"]
        for entry in noted
        if entry["what"] == "阅卷 xiaojuan" and entry["outcome"] != "begin"
    ]
    assert ended[:1] == ["done"]
    assert "阅卷 xiaojuan" in chen.see("jobs")
