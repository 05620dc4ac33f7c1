"""``trainer course``: make a course folder."""

from __future__ import annotations

from pathlib import Path

from trainer.apps.base import INSTALLATION_FILE, TrainerApp, find_installation
from trainer.errors import NotFound
from trainer.nbgrader.course import create_course


class CourseCreateApp(TrainerApp):
    """Make a course folder."""

    name = "trainer-course-create"
    description = "新建课程文件夹，里面有 nbgrader 的设置和放命题蓝图、比赛规则的地方。"
    usage = "<文件夹> [课程编号]"
    arguments = (("文件夹", "新建在哪里"), ("课程编号", "默认与文件夹同名"))
    examples = "trainer course create courses/2026leitai"
    least, most = 1, 2

    def run(self) -> None:
        folder = Path(self.extra_args[0])
        course_id = self.extra_args[1] if len(self.extra_args) > 1 else folder.resolve().name
        installation = find_installation(Path.cwd())
        if installation is None:
            raise NotFound(f"没有找到 {INSTALLATION_FILE}，请在安装文件夹里运行，或先把它放到上级文件夹。")
        create_course(folder, course_id, installation)
        self.say(f"已新建课程 {course_id}：{folder}")
        self.say("下一步：把命题蓝图放进 blueprints/，比赛规则放进 contests/，然后导入名册。")


class CourseApp(TrainerApp):
    """Commands on course folders."""

    name = "trainer-course"
    description = "课程文件夹。"
    subcommands = {"create": (CourseCreateApp, "新建课程文件夹")}  # noqa: RUF012
