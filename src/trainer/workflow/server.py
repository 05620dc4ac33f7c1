"""Make a data folder ready to be served: its folders, a first course, a first instructor."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from trainer.accounts.slips import Slip
from trainer.accounts.store import Person
from trainer.errors import Conflict, NotFound
from trainer.hub.data_folder import DataFolder, Identities
from trainer.nbgrader.course import CONFIG_FILE, Course, create_course
from trainer.people.replacing import replace_file
from trainer.people.roster import write_roster
from trainer.settings import Accounts
from trainer.simulation.county import made_up_roster
from trainer.workflow.accounts import SlipFile, add_account, create_accounts, open_accounts
from trainer.workflow.papers import make
from trainer.workflow.people import import_roster

FIRST_INSTRUCTOR = "jiaoyuan"
SEED = 2026
_INSTALLATION = "jupyter_config.py"
_BANK = "question_bank"
_LESSONS = "lessons"
_COURSES_CONFIG = '''"""这台服务器上所有课程共用的设置。教员可以改；每一项见 docs/reference/settings.md。"""

from pathlib import Path

from trainer.nbgrader.configuration import configure

c = get_config()

# 题库在哪里。
c.QuestionBank.directory = str(Path(__file__).parent / "question_bank")

# 课（笔记本）在哪里。
c.Lessons.directory = str(Path(__file__).parent / "lessons")

# nbgrader 怎样阅卷、显示、收发：随程序升级。要改的写在这一行下面。
configure(c)
'''


@dataclass(frozen=True)
class FirstInstructor:
    """The account that was made because there was no instructor yet."""

    account: str
    password: str


def prepare_data(data: DataFolder, who: Identities) -> None:
    """Folders with their owners. Raises TrainerError when they cannot be used."""
    data.create(who)
    own_accounts(data, who)


def own_accounts(data: DataFolder, who: Identities) -> None:
    """The accounts belong to the instructors' page, which makes some too."""
    for path in data.accounts.glob("accounts.sqlite*"):
        who.give(path, who.course)


def install_demo(data: DataFolder, who: Identities, source: Path, people: int, now: datetime) -> Course:
    """The made-up county as a course of this server: configuration, question bank, blueprint, contest, roster, paper.

    ``source`` is a checkout's folder with jupyter_config.py, question_bank/ and courses/leitai/. Raises NotFound when
    something of it is missing and Conflict when the course is there already.
    """
    template = source / "courses" / "leitai"
    root = data.courses / "leitai"
    if root.exists():
        raise Conflict(f"{root} 已经有了，没有改动。")
    install_bank(data, source)
    install_lessons(data, source)
    beside = data.courses / ".leitai.new"
    shutil.rmtree(beside, ignore_errors=True)
    create_course(beside, "leitai", data.courses / _INSTALLATION)
    for name in ("blueprints", "contests"):
        shutil.copytree(template / name, beside / name, dirs_exist_ok=True)
    _reschedule(beside / "contests" / "leitai.yaml", now)
    course = Course(beside)
    roster, _ = made_up_roster(people, SEED)
    sheet = beside / "名册.csv"
    write_roster(roster, sheet)
    import_roster(course, sheet)
    make(course, data.courses / _BANK, beside / "blueprints" / "leitai.yaml", str(SEED))
    beside.rename(root)
    give_courses(data, who)
    return Course(root)


def _reschedule(contest: Path, now: datetime) -> None:
    """The example's day is in the past: here it is open from now on for a month, so that it can be tried."""
    text = contest.read_text(encoding="utf-8")
    for name, moment in (("opens", now), ("closes", now + timedelta(days=30))):
        text = re.sub(rf"(?m)^{name}: .*$", f"{name}: {moment.isoformat(timespec='seconds')}", text)
    replace_file(contest, text.encode())


def install_bank(data: DataFolder, source: Path) -> None:
    """The question bank and the courses' configuration, as this server's own: instructors change them."""
    config, bank = data.courses / _INSTALLATION, data.courses / _BANK
    if not bank.exists():
        if not (source / _BANK).is_dir():
            raise NotFound(
                f"没有 {source / _BANK}，不能建立示例课程。请在程序的文件夹里运行，或去掉 --demo。"
            )
        beside = bank.with_name(f".{_BANK}.new")
        shutil.rmtree(beside, ignore_errors=True)
        shutil.copytree(source / _BANK, beside)
        beside.rename(bank)
    if not config.exists():
        replace_file(config, _COURSES_CONFIG.encode())


def install_lessons(data: DataFolder, source: Path) -> None:
    """The lessons, as this server's own. A source without any has none to give."""
    lessons = data.courses / _LESSONS
    if not lessons.exists() and (source / "courses" / "notebooks").is_dir():
        beside = lessons.with_name(f".{_LESSONS}.new")
        shutil.rmtree(beside, ignore_errors=True)
        shutil.copytree(
            source / "courses" / "notebooks", beside, ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
        beside.rename(lessons)


def give_courses(data: DataFolder, who: Identities) -> None:
    """Everything of the courses belongs to the course user. Links are not followed."""
    for folder, folders, files in os.walk(data.courses):
        for name in (*folders, *files):
            who.give(Path(folder) / name, who.course)


def courses_of(data: DataFolder) -> list[str]:
    """The course folders, by name."""
    return sorted(path.parent.name for path in data.courses.glob(f"*/{CONFIG_FILE}"))


def ensure_instructor(
    data: DataFolder, who: Identities, settings: Accounts, now: datetime
) -> FirstInstructor | None:
    """Make the first instructor if there is none; None if there is one."""
    with closing(open_accounts(data.root)) as store:
        if any(account.role == "instructor" for account in store.everyone()):
            return None
        slip = add_account(store, Person(FIRST_INSTRUCTOR, "教员", "", "instructor"), settings, now)
    own_accounts(data, who)
    return FirstInstructor(slip.account, slip.password)


def make_accounts(
    data: DataFolder, who: Identities, course: Course, settings: Accounts, slips: Path, now: datetime
) -> Sequence[Slip]:
    """Accounts for everyone on the course's roster who has none, with slips of their one-time passwords."""
    from trainer.workflow.people import roster_of

    file = SlipFile(slips)
    try:
        with closing(open_accounts(data.root)) as store:
            created = create_accounts(store, roster_of(course), settings, now)
    except BaseException:
        file.discard()
        raise
    file.write(created.slips, settings)
    own_accounts(data, who)
    return created.slips
