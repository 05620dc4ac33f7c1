"""``nbgrader release_assignment``: hand an assignment to the hall, with its rules."""

from __future__ import annotations

from nbgrader.exchange.abc import ExchangeReleaseAssignment
from traitlets import Dict

from trainer.errors import NotFound
from trainer.nbgrader.exchange.base import HallVerb
from trainer.nbgrader.exchange.rules import Rules, as_sent, configured, declared


class HallReleaseAssignment(HallVerb, ExchangeReleaseAssignment):  # type: ignore[misc]
    """Release through the hall.

    The first release sets the rules from settings and contest; after that only what is asked for changes, so that a
    release for a corrected file never moves the closing time.
    """

    rules = Dict(
        help="按作业名写明的规则，例如 {'lianxi': {'attempts': 3}}；trainer release 的选项写在这里。"
    ).tag(config=True)

    def init_src(self) -> None:
        self.src_path = self.step(self.coursedir.release_directory, ".", self.assignment)
        if self.src_path.is_dir():
            return
        if self.step(self.coursedir.source_directory, ".", self.assignment).is_dir():
            raise NotFound(
                f"作业 {self.assignment} 还没有生成发给学员的文件，请先运行 nbgrader generate_assignment {self.assignment}。"
            )
        raise NotFound(f"课程文件夹里没有作业 {self.assignment}，请核对名称。")

    def copy_files(self) -> None:
        files = self.files_in(self.src_path)
        self.client.release(self.course, self.assignment, files, self._rules(), force=self.force)
        self.log.info("已发布到考场：%s %s（%d 个文件）", self.course, self.assignment, len(files))

    def _rules(self) -> Rules:
        asked: Rules = dict(self.rules.get(self.assignment, {}))
        rows = self.client.assignments(self.course, withdrawn=True)
        if any(row["assignment"] == self.assignment for row in rows):
            return asked
        return as_sent(configured(self) | declared(self.course_root, self.assignment) | asked)
