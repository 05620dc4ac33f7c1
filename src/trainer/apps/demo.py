"""``trainer demo``: a whole competition on a made-up county, in front of one's eyes."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Self

from traitlets import Unicode

from trainer.apps.base import INSTALLATION_FILE, TrainerApp, find_installation
from trainer.apps.leaderboard import INDIVIDUAL_COLUMNS, TEAM_COLUMNS, individual_rows, team_rows
from trainer.errors import NotFound
from trainer.workflow.demo import DemoOutcome, run_demo


class StageLines:
    """A progress bar on a terminal; a line per stage with its time in any case."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        self._bar = Progress(*columns, disable=not sys.stdout.isatty(), transient=True)
        self._title = ""
        self._began = self._start = perf_counter()
        self._number = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._bar.stop()
        if kind is None:
            self._finish()

    def stage(self, title: str, total: int | None) -> None:
        """The next stage begins, the one before it is done."""
        self._finish()
        self._number += 1
        self._title, self._began = title, perf_counter()
        for task in self._bar.task_ids:
            self._bar.remove_task(task)
        self._bar.add_task(title, total=total)

    def advance(self, steps: int = 1) -> None:
        self._bar.advance(self._bar.task_ids[-1], steps)

    def _finish(self) -> None:
        if self._title:
            line = f"[{self._number:>2}] {self._title}　{perf_counter() - self._began:.1f} 秒"
            self._bar.console.print(line, markup=False, highlight=False)

    @property
    def seconds(self) -> float:
        return perf_counter() - self._start


class DemoApp(TrainerApp):
    """Run the main job on made-up data."""

    name = "trainer-demo"
    description = (
        "用虚构的示例县（九个乡镇、120 名学员）把整场比赛跑一遍：组卷、发布、领卷、交卷、收卷、阅卷、人工评阅、"
        "榜单、反馈，全部走真实的 nbgrader。每次运行都从头生成。"
    )
    examples = "trainer demo"

    to = Unicode("demo", help="生成在哪个文件夹").tag(config=True)
    aliases = TrainerApp.aliases | {"to": ("DemoApp.to", "生成在哪个文件夹，默认 demo")}

    def run(self) -> None:
        installation = find_installation(Path.cwd())
        if installation is None:
            raise NotFound(f"没有找到 {INSTALLATION_FILE}，请在安装文件夹里运行。")
        template = installation.parent / "courses" / "leitai"
        folder = Path(self.to).resolve()
        self.say("示例县党务干部擂台比武（县、乡镇、人名、成绩都是虚构的）")
        with StageLines() as progress:
            done = run_demo(
                folder, installation, template, self.bank_folder(), datetime.now().astimezone(), progress
            )
        self._show(done)
        self.say(f"全程 {progress.seconds:.1f} 秒。")

    def _show(self, done: DemoOutcome) -> None:
        self.print_table("个人前十名", INDIVIDUAL_COLUMNS, individual_rows(done.board, 10))
        self.print_table("乡镇榜", TEAM_COLUMNS, team_rows(done.board))
        self.print_table(
            f"有问题的交卷（{len(done.bad)} 份，没有阅，文件原样未动）",
            ["账号", "作业", "原因"],
            [[line.account, line.assignment, line.reason] for line in done.bad],
        )
        shown = done.folder.relative_to(Path.cwd()) if done.folder.is_relative_to(Path.cwd()) else done.folder
        boards = shown / "leaderboards" / done.board.rules.id
        rows = [
            ["榜单网页", str(boards / "榜单.html")],
            ["榜单工作簿", str(boards / "榜单.xlsx")],
            ["图和 csv", str(boards)],
            [f"反馈网页（{done.feedback_pages} 份）", str(shown / "feedback")],
            ["成绩册", str(shown / "gradebook.db")],
            ["试卷（含答案）", str(shown / "papers" / f"{done.paper.id}.json")],
            ["人工评分表", str(shown / "评分表.xlsx")],
        ]
        self.print_table("文件在这里", ["内容", "位置"], rows)
