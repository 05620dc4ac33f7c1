"""``nbgrader submit``: hand in through the hall, and keep its receipt."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbgrader.exchange.abc import ExchangeSubmit

from trainer.errors import NotFound, TrainerError, UsageError
from trainer.hall.bundle import write_folder
from trainer.hall.receipts import as_text
from trainer.nbgrader.exchange.base import HallVerb, listed, patiently

#: Where a trainee's receipts are kept, beside the folders of the assignments.
RECEIPTS = "回执"


class HallSubmit(HallVerb, ExchangeSubmit):  # type: ignore[misc]
    """Submit through the hall: whoever the token belongs to hands in, at the time of the server's clock."""

    def init_src(self) -> None:
        if self.coursedir.student_id not in ("", "*"):
            raise UsageError("经考场只能交自己的卷：是谁交的由登录的账号决定，不能用 --student 指定。")
        # As nbgrader does: what is named may be a path, and the assignment is its last part.
        self.src_path = self.work_folder(self.course, self.assignment)
        self.coursedir.assignment_id = self.src_path.name
        if not self.src_path.is_dir():
            near = sorted(path.name for path in _folders(self.src_path.parent))
            known = f"这里的文件夹有：{listed(near)}。" if near else "请先领卷。"
            raise NotFound(f"没有找到文件夹 {self.src_path}，没有交。{known}")

    def copy_files(self) -> None:
        files = self.files_in(self.src_path)
        self._check_notebooks(files)
        receipt = patiently(lambda: self.client.submit(self.course, self.assignment, files))
        late = "（已过截止时间，是迟交）" if receipt["late"] else ""
        self.log.info(
            "已交卷：%s %s，服务器收到的时间 %s%s，作答 %s 题，回执编号 %s",
            self.course,
            self.assignment,
            receipt["received_at"],
            late,
            receipt["answers"],
            receipt["id"],
        )
        self._keep(receipt)

    def _check_notebooks(self, files: Iterable[str]) -> None:
        """Say which of the released notebooks are missing, or that there are others; --strict refuses the former."""
        wanted, have = set(self._released_notebooks()), {name for name in files if name.endswith(".ipynb")}
        missing, extra = sorted(wanted - have), sorted(have - wanted)
        if missing and self.strict:
            raise TrainerError(
                f"没有交：缺少笔记本 {listed(missing)}。请补上（nbgrader fetch_assignment --replace）再交。"
            )
        if missing:
            self.log.warning("缺少笔记本：%s", listed(missing))
        if extra:
            self.log.warning("多出了笔记本：%s（阅卷时可能无法判断以哪一份为准）", listed(extra))

    def _released_notebooks(self) -> list[str]:
        row = self.client.assignment(self.course, self.assignment)
        return [name for name in row["files"] if name.endswith(".ipynb")]

    def _keep(self, receipt: dict[str, Any]) -> None:
        """Beside the assignments, as text for people and JSON for programs. It is handed in, whatever happens here."""
        name = f"{receipt['assignment']}-第{receipt['attempt']}次"
        kept = {
            f"{name}.txt": as_text(receipt).encode(),
            f"{name}.json": (json.dumps(receipt, ensure_ascii=False, indent=1) + "\n").encode(),
        }
        folder = Path(os.path.abspath(self.assignment_dir)) / RECEIPTS  # noqa: PTH100 - as nbgrader
        try:
            write_folder(kept, folder, existing="replace")
        except (OSError, TrainerError) as error:
            self.log.warning("卷已经交上，只是回执没能存在这里（%s）；考场里有，可以再取。", error)
            return
        self.log.info("回执存在 %s", folder / f"{name}.txt")


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return [path for path in parent.iterdir() if path.is_dir() and not path.name.startswith(".")]
