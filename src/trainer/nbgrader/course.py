"""A course folder (课程文件夹): nbgrader's root, with our papers, people and contests beside."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from trainer.errors import Conflict, NotFound, TrainerError

if TYPE_CHECKING:
    from nbgrader.apps.api import NbGraderAPI

CONFIG_FILE = "nbgrader_config.py"

#: nbgrader lists what it released as critical messages.
_ABOVE_CRITICAL = 60

_BRIDGE = '''"""nbgrader 在这个文件夹里运行时读取的设置：先读整套安装的设置，再写本课程的。"""

c = get_config()
load_subconfig({installation!r})

c.CourseDirectory.course_id = {course_id!r}
'''


class Course:
    """One course folder and its configuration, as nbgrader run in that folder would see it."""

    def __init__(self, root: Path, overrides: Config | None = None) -> None:
        """Raises NotFound when the folder has no nbgrader_config.py, TrainerError when that cannot be read."""
        self.root = root.resolve()
        if not (self.root / CONFIG_FILE).is_file():
            raise NotFound(
                f"{root} 不是课程文件夹（没有 {CONFIG_FILE}）。请用 --course 指定，或用 trainer course create 新建。"
            )
        try:
            self.config = PyFileConfigLoader(CONFIG_FILE, path=str(self.root)).load_config()
        except ConfigFileNotFound as error:
            raise TrainerError(f"课程的设置文件缺少它引用的文件：{error}") from None
        self.config.merge(overrides or Config())
        self.config.CourseDirectory.root = str(self.root)
        self.course_id = str(self.config.CourseDirectory.get("course_id", "") or self.root.name)
        default_url = f"sqlite:///{self.root / 'gradebook.db'}"
        self.db_url = str(self.config.CourseDirectory.get("db_url", "") or default_url)

    def submitted(self, assignment: str) -> Iterator[tuple[str, Path]]:
        """(account, folder) of every submission of an assignment, by account."""
        submitted = self.root / "submitted"
        if submitted.is_dir():
            for person in sorted(submitted.iterdir()):
                folder = person / assignment
                if folder.is_symlink() or folder.is_dir():
                    yield person.name, folder

    def autograded(self, assignment: str) -> Iterator[tuple[str, Path]]:
        """(account, notebook) of everything that was graded, by account."""
        for path in sorted((self.root / "autograded").glob(f"*/{assignment}/{assignment}.ipynb")):
            yield path.parent.parent.name, path

    def api(self) -> NbGraderAPI:
        """nbgrader's own API on this course, with the environment's programs (alembic) on PATH."""
        put_environment_on_path()
        from nbgrader.apps.api import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory

        from trainer.nbgrader.database import be_patient

        be_patient()
        # It sets the level of the running application's log when it is made, and lists the exchange at once.
        with quiet_nbgrader():
            coursedir = CourseDirectory(config=self.config)
            return NbGraderAPI(coursedir=coursedir, config=self.config, log_level="CRITICAL")

    def ensure_gradebook(self) -> None:
        """Make the gradebook if there is none yet, and our indexes in it."""
        put_environment_on_path()
        from trainer.nbgrader.gradebook import CourseGradebook, create_gradebook
        from trainer.nbgrader.indexes import make_indexes

        create_gradebook(self.db_url, self.course_id)
        with CourseGradebook(self.db_url) as gradebook, gradebook.transaction() as connection:
            make_indexes(connection)


def run_nbgrader(api: NbGraderAPI, verb: str, *arguments: str, **options: bool) -> None:
    """One verb of nbgrader's API, silently. Raises TrainerError with the reason that its log ends with."""
    with quiet_nbgrader():
        outcome = getattr(api, verb)(*arguments, **options)
    if not outcome["success"]:
        log = (outcome.get("error") or outcome.get("log") or "没有给出原因").strip()
        _, known, sentence = log.rpartition("ExchangeError: ")
        reason = sentence if known else log.splitlines()[-1]
        raise TrainerError(f"nbgrader {verb} {' '.join(arguments)} 没有成功：{reason}")


def put_environment_on_path() -> None:
    """nbgrader runs ``alembic`` by name when it makes a gradebook: let it find ours, activated or not."""
    programs = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if programs not in path.split(os.pathsep):
        os.environ["PATH"] = f"{programs}{os.pathsep}{path}"


def create_course(root: Path, course_id: str, installation: Path) -> Path:
    """Make a course folder that uses ``installation`` (a jupyter_config.py). Raises Conflict if there is one."""
    config = root / CONFIG_FILE
    if config.exists():
        raise Conflict(f"{root} 已经是课程文件夹，没有改动。")
    if not course_id or course_id != course_id.strip() or any(c in course_id for c in " \t/\\+*?[]{}:\n"):
        raise Conflict(f"课程编号“{course_id}”里不能有空格、斜杠、加号等符号，请用字母、数字和短横线。")
    root.mkdir(parents=True, exist_ok=True)
    for folder in ("blueprints", "contests"):
        (root / folder).mkdir(exist_ok=True)
    bridge = os.path.relpath(installation.resolve(), root.resolve())
    beside = config.with_suffix(".py.tmp")
    beside.write_text(_BRIDGE.format(installation=bridge, course_id=course_id), encoding="utf-8")
    beside.replace(config)
    return config


@contextmanager
def quiet_nbgrader() -> Iterator[None]:
    """nbgrader's English log kept silent while we print our own lines; its failures come back as values.

    Its classes log to the running application's logger, or to traitlets' own outside of one.
    """
    import logging

    from traitlets.log import get_logger

    running = get_logger()
    own = running.logger if isinstance(running, logging.LoggerAdapter) else running
    loggers = [own, *(logging.getLogger(name) for name in ("traitlets", "alembic", "tornado.application"))]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(_ABOVE_CRITICAL)
    try:
        yield
    finally:
        for logger, was in before:
            logger.setLevel(was)
