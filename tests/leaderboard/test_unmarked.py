"""Whoever handed in something that could not be marked yet is shown as such, and texts stay texts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import load_workbook

from trainer.contest.ranking import make_board
from trainer.leaderboard.publish import publish
from trainer.model.contest import Board, ContestRules, Result
from trainer.model.people import Roster, Trainee
from trainer.model.points import Hundredths

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def board(name: str = "学员一") -> Board:
    """One marked, one whose paper was torn, one who did not come."""
    rules = ContestRules(
        format=1,
        id="bisai",
        title="测试",
        paper="juan",
        opens=datetime(2026, 11, 20, 9, tzinfo=UTC),
        closes=datetime(2026, 11, 20, 10, tzinfo=UTC),
    )
    roster = Roster(
        tuple(
            Trainee(account, who, "甲镇") for account, who in (("a", name), ("b", "学员二"), ("c", "学员三"))
        )
    )
    result = Result(
        "a", "juan", Hundredths(800), datetime(2026, 11, 20, 9, 30, tzinfo=UTC), {"全部": Hundredths(800)}
    )
    return make_board(
        rules, roster, {"a": result}, sections={"全部": Hundredths(1000)}, unmarked={"b": "交卷有问题"}
    )


def test_a_torn_paper_is_not_an_absence_anywhere(tmp_path: Path) -> None:
    made = board()
    assert (made.summary.absent, made.summary.unmarked) == (1, 1)
    assert (made.teams[0].absent, made.teams[0].unmarked) == (1, 1)
    publish(made, tmp_path / "榜", generated_at=NOW)
    page = (tmp_path / "榜" / "榜单.html").read_text(encoding="utf-8")
    assert "缺考 1 人，交卷待处理 1 人" in page
    table = (tmp_path / "榜" / "个人榜.csv").read_text(encoding="utf-8-sig")
    notes = {line.split(",")[1]: line for line in table.splitlines()[1:]}
    assert "交卷待处理" in next(line for line in notes.values() if "学员二" in line)
    assert "缺考" in next(line for line in notes.values() if "学员三" in line)
    saved = json.loads((tmp_path / "榜" / "standings.json").read_text(encoding="utf-8"))
    assert json.dumps(saved).count('"unmarked": true') == 1


def test_a_name_that_looks_like_the_writer_s_own_markup_stays_a_name(tmp_path: Path) -> None:
    publish(board("<r>甲 & 乙</r>"), tmp_path / "榜", generated_at=NOW)
    book = load_workbook(tmp_path / "榜" / "榜单.xlsx")
    values = [str(cell.value).strip() for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "<r>甲 & 乙</r>" in values


def test_expected_is_present_absent_and_waiting_in_every_line(tmp_path: Path) -> None:
    publish(board(), tmp_path / "榜", generated_at=NOW)
    for name in ("团体榜.csv", "统计.csv"):
        header, *lines = (tmp_path / "榜" / name).read_text(encoding="utf-8-sig").splitlines()
        for line in lines:
            row = dict(zip(header.split(","), line.split(","), strict=True))
            assert int(row["应考"]) == int(row["实考"]) + int(row["缺考"]) + int(row["交卷待处理"]), name
    assert "1（另有待处理 1）" in (tmp_path / "榜" / "榜单.html").read_text(encoding="utf-8")
