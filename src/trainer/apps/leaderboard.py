"""``trainer leaderboard`` and ``trainer feedback``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from traitlets import Bool

from trainer.apps.base import TrainerApp
from trainer.model.contest import Board
from trainer.model.points import as_text
from trainer.workflow.feedback import generate_feedback
from trainer.workflow.leaderboard import publish_board


def individual_rows(board: Board, most: int | None = None) -> list[list[Any]]:
    """The first lines of the individual board."""
    return [
        [s.rank, s.trainee.name, s.trainee.team, as_text(s.score), "并列" if s.tied else "", s.tie_evidence]
        for s in board.individuals[:most]
        if s.rank is not None
    ]


def team_rows(board: Board) -> list[list[Any]]:
    """The team board."""
    return [
        [t.rank, t.team, as_text(t.score), t.expected, t.present, f"{float(t.participation):.0%}", t.passed]
        for t in board.teams
    ]


INDIVIDUAL_COLUMNS = ["名次", "姓名", "单位", "总分", "并列", "同分依据"]
TEAM_COLUMNS = ["名次", "单位", "团体分", "应考", "实考", "参赛率", "及格"]


class LeaderboardApp(TrainerApp):
    """Compute a board and write every export."""

    name = "trainer-leaderboard"
    doing = "出榜"
    description = "由成绩册、名册和比赛规则计算榜单，导出 csv、xlsx、图、网页。只有一场比赛时不用写编号。"
    usage = "[比赛编号]"
    arguments = (("比赛编号", "contests/ 里规则文件的 id，或规则文件的路径"),)
    examples = "trainer leaderboard leitai"
    most = 1

    def run(self) -> None:
        name = self.extra_args[0] if self.extra_args else ""
        done = publish_board(self.open_course(), name, datetime.now().astimezone())
        if self.output_format == "json":
            self.print_json(
                {
                    "individuals": [
                        dict(zip(INDIVIDUAL_COLUMNS, r, strict=True)) for r in individual_rows(done.board)
                    ],
                    "teams": [dict(zip(TEAM_COLUMNS, row, strict=True)) for row in team_rows(done.board)],
                    "pending": done.board.pending,
                    "files": [str(path) for path in done.files],
                }
            )
            return
        board = done.board
        self.print_table(f"{board.rules.title}：个人前十名", INDIVIDUAL_COLUMNS, individual_rows(board, 10))
        self.print_table(f"{board.rules.team_word}榜", TEAM_COLUMNS, team_rows(board))
        if board.pending:
            self.say(f"还有 {board.pending} 份作答等人工评阅，榜单为暂定。")
        for remark in board.remarks:
            self.say(f"注意：{remark}")
        self.say(f"榜单已导出到 {done.folder}")


class FeedbackApp(TrainerApp):
    """Feedback for everybody."""

    name = "trainer-feedback"
    doing = "反馈"
    description = "为每个人生成反馈网页：作答、正确答案、道理和依据。等比赛结束、成绩公布以后再发。"
    usage = "<试卷或作业>… [选项]"
    arguments = (("试卷或作业", "试卷编号或作业名"),)
    examples = "trainer feedback leitai --release"
    least, most = 1, None

    release = Bool(False, help="同时通过交换区发给本人").tag(config=True)
    flags = TrainerApp.flags | {
        "release": ({"FeedbackApp": {"release": True}}, "同时通过 nbgrader 的交换区发给本人")
    }

    def run(self) -> int:
        pages, failed = generate_feedback(self.open_course(), self.extra_args, release=self.release)
        columns = ["生成（份）", "没有成功（份）"]
        self.print_table("反馈", columns, [[pages, len(failed)]], failed=[list(pair) for pair in failed])
        if failed and self.output_format != "json":
            self.print_table("没有成功的", ["账号", "原因"], failed)
        return 1 if failed else 0
