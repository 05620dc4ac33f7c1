"""From essays marked by people to boards: the workflow on a real gradebook."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from trainer.errors import BadSheet, Conflict, NotFound, UsageError
from trainer.model.paper import Paper
from trainer.nbgrader.course import Course
from trainer.people.check_in import read_check_in
from trainer.people.mark_rows import MarkRow
from trainer.people.mark_sheet import write_mark_sheet
from trainer.simulation.marker import fill_mark_sheet
from trainer.workflow.allotment import write_allocation
from trainer.workflow.grading import grade
from trainer.workflow.leaderboard import board_of, contest_named, publish_board
from trainer.workflow.marks import export_marks, import_marks
from trainer.workflow.people import import_roster, roster_of

from .conftest import Submit, gradebook_rows, made_up_people, sample_answers
from .test_regrade import CONTEST


@pytest.fixture
def graded(course: Course, paper: Paper, submit: Submit) -> Course:
    form = paper.forms[0]
    right, wrong = sample_answers(form, "right"), sample_answers(form, "wrong")
    submit("c01", form, right, at="2026-11-20 02:00:00.000000 UTC")
    submit("c02", form, right, at="2026-11-20 01:50:00.900000 UTC")
    submit("c03", form, wrong)
    submit("c04", form, {})
    (course.root / "contests" / "bisai.yaml").write_text(
        CONTEST.replace("ties: []", "ties: [submitted]"), encoding="utf-8"
    )
    grade(course, [paper.id])
    return course


def test_marks_go_out_and_come_back(graded: Course, paper: Paper, tmp_path: Path) -> None:
    essay = next(item.cell for item in paper.forms[0].items if item.section == "案例")
    sheet = tmp_path / "评分表.xlsx"
    assert export_marks(graded, [paper.id], sheet) == 3
    assert fill_mark_sheet(sheet, {("c01", essay): (850, "好"), ("c02", essay): (1000, "")}) == 2
    done = import_marks(graded, sheet)
    assert (done.written, done.waiting) == (2, 1)
    rows = {
        a: (auto, manual, flag)
        for _, a, c, auto, manual, _, flag in gradebook_rows(graded)["grades"]
        if c == essay
    }
    assert rows == {
        "c01": (None, 8.5, 0),
        "c02": (None, 10.0, 0),
        "c03": (None, None, 1),
        "c04": (0.0, None, 0),
    }
    assert export_marks(graded, [paper.id], sheet) == 1
    comments = {a: m for _, a, c, _, m in gradebook_rows(graded)["comments"] if c == essay}
    assert comments["c01"] == "好"


def test_an_essay_that_looks_like_a_formula_stays_text(
    graded: Course, paper: Paper, submit: Submit, tmp_path: Path
) -> None:
    essay = next(item.cell for item in paper.forms[0].items if item.section == "案例")
    submit("c05", paper.forms[0], {essay: '=HYPERLINK("http://x")'})
    grade(graded, [paper.id])
    sheet = tmp_path / "评分表.xlsx"
    export_marks(graded, [paper.id], sheet)
    cells = [cell for row in load_workbook(sheet).worksheets[0].iter_rows() for cell in row]
    (own,) = [cell for cell in cells if str(cell.value).startswith("=HYPERLINK")]
    assert own.data_type == "s"


def test_a_sheet_with_a_wrong_line_writes_nothing(graded: Course, paper: Paper, tmp_path: Path) -> None:
    essay = next(item.cell for item in paper.forms[0].items if item.section == "案例")
    before = gradebook_rows(graded)
    sheet = tmp_path / "评分表.xlsx"
    lines = [
        MarkRow("c01", "", "keguan", essay, "", "", 1000, 900),
        MarkRow("nobody", "", "keguan", essay, "", "", 1000, 900),
    ]
    write_mark_sheet(sheet, "评分表", lines)
    with pytest.raises(Conflict, match="nobody"):
        import_marks(graded, sheet)
    write_mark_sheet(sheet, "评分表", [MarkRow("c01", "", "keguan", essay, "", "", 2000, 1900)])
    with pytest.raises(BadSheet, match="超过试卷上的满分"):
        import_marks(graded, sheet)
    assert gradebook_rows(graded) == before


def test_nothing_to_mark_is_a_sentence(course: Course, paper: Paper, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="没有要人工评阅的作答"):
        export_marks(course, [paper.id], tmp_path / "评分表.xlsx")


def test_the_board_ranks_by_score_and_then_by_the_declared_rule(graded: Course) -> None:
    board = board_of(graded, contest_named(graded, "bisai"))
    ranked = [(s.rank, s.trainee.account) for s in board.individuals if s.rank]
    assert ranked[:2] == [(1, "c02"), (2, "c01")]
    assert "交卷 09:50:00" in board.individuals[0].tie_evidence
    assert board.summary.expected == 12
    assert board.summary.present == 4
    assert board.pending == 3
    assert next(s for s in board.individuals if s.trainee.account == "c04").unanswered == len(
        board_items(graded)
    )


def board_items(course: Course) -> list[str]:
    return [
        c for _, a, c, _ in {(r[0], r[1], r[2], 0) for r in gradebook_rows(course)["comments"]} if a == "c04"
    ]


def test_whoever_handed_in_something_unreadable_is_not_called_absent(
    graded: Course, paper: Paper, submit: Submit
) -> None:
    path = submit("c05", paper.forms[0], {})
    path.write_text("坏了")
    submit("c06", paper.forms[0], {})
    board = board_of(graded, contest_named(graded, "bisai"))
    problems = {s.trainee.account: s.problem for s in board.individuals if s.problem}
    assert "内容损坏" in problems["c05"]
    assert problems["c06"] == "已交卷，尚未阅卷"


def test_check_in_decides_the_time_used(graded: Course) -> None:
    (graded.root / "people" / "签到.csv").write_text(
        "账号,签到时间\nc01,2026-11-20 09:50:00\nc02,2026-11-20 09:00:30\n", encoding="utf-8"
    )
    rules = contest_named(graded, "bisai").model_copy(update={"ties": ("time",)})
    board = board_of(graded, rules)
    assert [s.trainee.account for s in board.individuals[:2]] == ["c01", "c02"]
    assert board.individuals[0].tie_evidence == "用时 10分00秒"
    assert read_check_in(graded.root / "people" / "签到.csv", UTC)["c01"] == datetime(
        2026, 11, 20, 9, 50, tzinfo=UTC
    )


def test_published_files_follow_the_gradebook(graded: Course) -> None:
    done = publish_board(graded, "", datetime(2026, 11, 21, tzinfo=UTC))
    names = {path.name for path in done.files}
    assert {"个人榜.csv", "团体榜.csv", "榜单.xlsx", "榜单.html", "分数分布.png", "团体对比.svg"} <= names
    assert all(path.is_file() for path in done.files)
    assert done.folder == graded.root / "leaderboards" / "bisai"


def test_an_unknown_contest_and_a_tie_rule_without_its_section_are_sentences(graded: Course) -> None:
    with pytest.raises(NotFound, match="没有叫 qita 的比赛"):
        contest_named(graded, "qita")
    rules = contest_named(graded, "bisai").model_copy(update={"ties": ("section:作文",)})
    with pytest.raises(UsageError, match="没有叫“作文”的大题"):
        board_of(graded, rules)


def test_a_form_that_was_not_allotted_does_not_count(graded: Course, paper: Paper) -> None:
    write_allocation(graded, paper, roster_of(graded))
    path = graded.root / "people" / "allocation-keguan.csv"
    text = path.read_text(encoding="utf-8-sig").replace('c01,"学员01",A,keguan', 'c01,"学员01",B,keguan-b')
    path.write_text(text, encoding="utf-8")
    board = board_of(graded, contest_named(graded, "bisai"))
    assert "c01" not in {s.trainee.account for s in board.individuals if s.rank}
    assert any("不是分给本人的" in remark for remark in board.remarks)


def test_dropping_somebody_who_submitted_needs_a_word(graded: Course, tmp_path: Path) -> None:
    from trainer.model.people import Roster
    from trainer.people.roster import write_roster

    fewer = tmp_path / "名册.csv"
    write_roster(Roster(made_up_people().trainees[1:]), fewer)
    with pytest.raises(Conflict, match="学员01"):
        import_roster(graded, fewer)
    assert len(roster_of(graded)) == 12
    done = import_roster(graded, fewer, replace=True)
    assert done.removed == ("c01",)
    assert any("不在名册上" in remark for remark in board_of(graded, contest_named(graded, "bisai")).remarks)


def test_the_end_of_the_contest_is_when_the_paper_is_due(course: Course, paper: Paper) -> None:
    from trainer.nbgrader.gradebook import CourseGradebook
    from trainer.workflow.papers import release

    (course.root / "contests" / "bisai.yaml").write_text(CONTEST, encoding="utf-8")
    assert release(course, [paper.id]) == ["keguan"]
    with CourseGradebook(course.db_url) as gradebook:
        assert gradebook.cells_of("keguan").duedate == datetime(2026, 11, 20, 3, tzinfo=UTC)


def test_a_verb_that_nbgrader_refuses_is_a_sentence(course: Course) -> None:
    from trainer.errors import TrainerError
    from trainer.nbgrader.course import run_nbgrader

    with pytest.raises(TrainerError, match="nbgrader generate_assignment meiyou 没有成功：") as caught:
        run_nbgrader(course.api(), "generate_assignment", "meiyou")
    assert "\n" not in str(caught.value)
