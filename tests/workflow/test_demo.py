"""The main job: a whole made-up competition through the real parts."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trainer.errors import Conflict
from trainer.workflow.demo import DemoOutcome, run_demo


class Silent:
    """A progress that remembers the stages."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, title: str, total: int | None) -> None:
        self.stages.append(title)

    def advance(self, steps: int = 1) -> None:
        assert steps >= 0


def run(folder: Path, repository: Path) -> tuple[DemoOutcome, Silent]:
    progress = Silent()
    now = datetime(2026, 11, 21, tzinfo=UTC)
    template = repository / "courses" / "leitai"
    return run_demo(
        folder,
        repository / "jupyter_config.py",
        template,
        repository / "question_bank",
        now,
        progress,
        people=45,
    ), progress


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> tuple[DemoOutcome, Silent]:
    return run(tmp_path_factory.mktemp("demo") / "yanshi", repository)


def test_every_stage_runs(demo: tuple[DemoOutcome, Silent]) -> None:
    said = " ".join(demo[1].stages)
    for word in (
        "组卷",
        "名册",
        "generate_assignment",
        "fetch",
        "模拟作答",
        "submit",
        "collect",
        "阅卷",
        "评分表",
        "榜单",
        "generate_feedback",
    ):
        assert word in said


def test_boards_hold_everybody_of_nine_townships(demo: tuple[DemoOutcome, Silent]) -> None:
    board = demo[0].board
    assert (len(board.individuals), len(board.teams)) == (45, 9)
    assert 0 < board.summary.present < 45
    assert board.pending == 0
    assert "虚构" in board.rules.notice


def test_there_are_ties_absentees_and_late_ones_with_evidence(demo: tuple[DemoOutcome, Silent]) -> None:
    individuals = demo[0].board.individuals
    tied = [s for s in individuals if s.tied]
    assert len(tied) >= 2
    assert {s.rank for s in tied if s.score == tied[0].score} == {tied[0].rank}
    assert any(s.rank is None and not s.problem for s in individuals)


def test_each_mishap_is_reported_once_and_nobody_is_called_absent_for_it(
    demo: tuple[DemoOutcome, Silent],
) -> None:
    outcome = demo[0]
    reasons = " ".join(line.reason for line in outcome.bad)
    for word in ("内容损坏", "多出了笔记本", "少了第", "名册里没有"):
        assert word in reasons
    assert len(outcome.bad) == 4
    problems = [s for s in outcome.board.individuals if s.problem]
    assert len(problems) == 3


def test_scores_on_the_board_are_the_gradebook_s(demo: tuple[DemoOutcome, Silent]) -> None:
    outcome = demo[0]
    with sqlite3.connect(outcome.folder / "gradebook.db") as db:
        sums = dict(
            db.execute(
                "select s.student_id, round(100 * sum(coalesce(g.manual_score, g.auto_score))) from grade g"
                " join submitted_notebook n on n.id = g.notebook_id"
                " join submitted_assignment s on s.id = n.assignment_id group by 1"
            )
        )
    db.close()
    ranked = {s.trainee.account: s.score for s in outcome.board.individuals if s.rank}
    assert ranked == sums


def test_feedback_was_handed_out_to_everybody_marked(demo: tuple[DemoOutcome, Silent]) -> None:
    outcome = demo[0]
    assert outcome.feedback_pages == outcome.board.summary.present
    assert (
        len(list((outcome.folder / "exchange" / "leitai" / "feedback").glob("*.html")))
        == outcome.feedback_pages
    )


def test_nothing_lies_outside_the_folder_and_exports_are_where_they_are_said_to_be(
    demo: tuple[DemoOutcome, Silent],
) -> None:
    outcome = demo[0]
    assert all(
        path.is_relative_to(outcome.folder / "leaderboards") and path.is_file() for path in outcome.files
    )
    assert (
        json.loads((outcome.folder / "papers" / "leitai.json").read_text(encoding="utf-8"))["seed"] == "2026"
    )


def test_it_can_be_run_again_and_never_empties_a_folder_that_is_not_its_own(
    demo: tuple[DemoOutcome, Silent], repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "别人的文件.txt").write_text("重要")
    with pytest.raises(Conflict, match="不会覆盖"):
        run(tmp_path, repository)
    assert (tmp_path / "别人的文件.txt").read_text() == "重要"
    first = demo[0]
    again, _ = run(first.folder, repository)
    assert again.board == first.board
