"""Where a console works: one course folder, and a folder of its own beside the courses.

What the console keeps lies in ``<data>/courses/.console/<course>/``: instructors' servers are shown the folders of
``courses`` but none that begins with a dot, so that neither one-time passwords nor the log of who did what are theirs to
read or change.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trainer.errors import NotFound
from trainer.hub.data_folder import DataFolder
from trainer.nbgrader.course import CONFIG_FILE, Course

_PRIVATE = 0o700


@dataclass(frozen=True)
class Place:
    """``data`` is the data folder, ``folder`` the name of the course folder in it."""

    data: Path
    folder: str

    @property
    def root(self) -> Path:
        """The course folder."""
        return DataFolder(self.data).courses / self.folder

    @property
    def state(self) -> Path:
        return DataFolder(self.data).courses / ".console" / self.folder

    @property
    def jobs(self) -> Path:
        return self.state / "jobs"

    @property
    def log(self) -> Path:
        return self.state / "console-log.jsonl"

    def create(self) -> None:
        """Make what is missing. Raises NotFound when there is no such course."""
        if not self.folder:
            raise NotFound(
                "这台服务器还没有课程。请系统管理员建立课程（trainer course create），再重新启动服务器。"
            )
        if self.folder.startswith(".") or Path(self.folder).name != self.folder:
            raise NotFound(f"“{self.folder}”不是课程文件夹的名字，请核对 --course。")
        if not (self.root / CONFIG_FILE).is_file():
            raise NotFound(f"数据文件夹里没有课程 {self.folder}（{self.root}）。请先建立课程。")
        for path in (self.state.parent, self.state, self.jobs):
            path.mkdir(mode=_PRIVATE, exist_ok=True)

    def course(self) -> Course:
        """The course with its configuration as it is now. Raises NotFound, TrainerError."""
        return Course(self.root)
