"""``nbgrader fetch_assignment``: an assignment from the hall into the trainee's own folder."""

from __future__ import annotations

from nbgrader.exchange.abc import ExchangeFetchAssignment

from trainer.errors import Conflict
from trainer.nbgrader.exchange.base import HallVerb
from trainer.nbgrader.exchange.folders import add_missing, put_folder


class HallFetchAssignment(HallVerb, ExchangeFetchAssignment):  # type: ignore[misc]
    """Fetch through the hall. What a trainee has written is never overwritten."""

    def init_dest(self) -> None:
        self.dest_path = self.work_folder(self.course, self.assignment)
        if self.dest_path.exists() and not self.replace_missing_files:
            raise Conflict(
                f"这里已经有文件夹 {self.dest_path.name}，没有改动它。只想补上缺的文件，请加 --replace；"
                "想从头做，请先把它改名。"
            )

    def copy_files(self) -> None:
        files = self.client.files(self.course, self.assignment)
        if self.dest_path.is_dir():
            added = add_missing(self.dest_path, files)
            self.log.info("已补上缺的文件：%s", "、".join(added) or "没有缺的")
            return
        put_folder(self.dest_path, files)
        self.log.info("已领卷：%s %s，放在 %s", self.course, self.assignment, self.dest_path)
