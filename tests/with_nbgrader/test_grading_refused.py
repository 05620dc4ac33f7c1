"""What the disk or the gradebook refuses ends in a sentence, nothing half-written, and a rerun that completes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from trainer.errors import NotFound, TrainerError
from trainer.model.paper import Paper
from trainer.nbgrader.course import Course
from trainer.nbgrader.database import Database, use_wal
from trainer.nbgrader.entries import entries
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.papers.files import paper_path, read_paper
from trainer.workflow.grading import grade

from .conftest import bridge, forget_grading, hand_in, sample_answers
from .dumping import autograded_files, dump
from .killing import Graders

PEOPLE = [f"c{number:02d}" for number in range(1, 13)]
TRAINER = str(Path(sys.executable).parent / "trainer")
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="只有 root 能挂载小磁盘、放弃一项权限")
_BLOCK = 4096


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("这里不能挂载 tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def leave(disk: Path, room: int) -> None:
    """Fill a disk until only ``room`` bytes are left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * _BLOCK)
    os.truncate(ballast, max(0, ballast.stat().st_size - room))


@pytest.fixture
def seated(course: Course, paper: Paper) -> Course:
    """Everybody has handed in the paper without code."""
    for number, account in enumerate(PEOPLE):
        hand_in(
            course, account, paper.forms[0], sample_answers(paper.forms[0], ("right", "wrong")[number % 2])
        )
    return course


@needs_root
def test_a_disk_that_is_full_at_any_point(seated: Course, tmp_path: Path, repository: Path) -> None:
    """With less and less room: wherever it runs out, a sentence; with room again, the same as if nothing had happened."""
    with small_disk(tmp_path / "disk", 12) as disk:
        root = disk / "course"
        shutil.copytree(seated.root, root, ignore=shutil.ignore_patterns("exchange", "cache"))
        bridge(root, repository)
        course = Course(root)
        with Graders(repository, root, "keguan") as graders:
            assert graders.grade().graded == len(PEOPLE)
            wanted = dump(course.db_url)[0], autograded_files(root)
            where: set[str] = set()
            for pages in [0, 1, 2, 3, 5, *range(8, 200, 6)]:
                forget_grading(course)
                leave(disk, pages * _BLOCK)
                full = graders.grade()
                (disk / "ballast").unlink()
                if full.report is not None:
                    break
                assert full.error.startswith("磁盘满了："), full.error
                assert str(root) in full.error
                assert "请腾出空间，再运行一次" in full.error
                check(course)
                where.add(reached(course))
                rerun = graders.grade()
                assert rerun.graded + rerun.unchanged == len(PEOPLE)
                assert (dump(course.db_url)[0], autograded_files(root)) == wanted
            else:
                pytest.fail("the disk was never large enough")
        assert where >= {"nothing", "notebooks"}


def reached(course: Course) -> str:
    """How far a run came before the disk was full."""
    notebooks = len(list(course.autograded("keguan")))
    with CourseGradebook(course.db_url) as gradebook:
        people = len(entries(gradebook, ["keguan"]))
    if notebooks:
        return "whole batches" if notebooks == people else "notebooks"
    return "gradebook" if people else "nothing"


def check(course: Course) -> None:
    """The gradebook is sound, and holds whole submissions only."""
    engine = create_engine(course.db_url, poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        counts = connection.exec_driver_sql("SELECT count(*) FROM grade GROUP BY notebook_id").scalars().all()
        people = connection.exec_driver_sql("SELECT count(*) FROM submitted_assignment").scalar()
    engine.dispose()
    assert len(counts) == people
    assert len(set(counts)) <= 1


@needs_root
def test_a_disk_that_became_read_only(seated: Course, tmp_path: Path, repository: Path) -> None:
    with small_disk(tmp_path / "disk", 12) as disk:
        root = disk / "course"
        shutil.copytree(seated.root, root, ignore=shutil.ignore_patterns("exchange", "cache"))
        bridge(root, repository)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        said = refused(root)
        assert "所在的磁盘现在是只读的" in said
        with pytest.raises(TrainerError, match="所在的磁盘现在是只读的"):
            grade(Course(root), ["keguan"])
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        (report,) = grade(Course(root), ["keguan"])
        assert report.graded == len(PEOPLE)


def refused(root: Path, *before: str) -> str:
    """``trainer grade`` as a process: one sentence and status 1."""
    command = [*before, TRAINER, "grade", "keguan"]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True, timeout=120)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("what", ["gradebook.db", ".", "autograded"])
def test_without_the_right_to_write(seated: Course, what: str) -> None:
    """Root without its privilege over other people's files is as anybody else."""
    (seated.root / "autograded").mkdir()
    place = seated.root / what
    mode = place.stat().st_mode & 0o777
    place.chmod(mode & ~0o222)
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]
    try:
        said = refused(seated.root, *(drop if os.getuid() == 0 else []))
    finally:
        place.chmod(mode)
    assert f"没有权限读写 {place.resolve()}" in said
    (report,) = grade(seated, ["keguan"])
    assert report.graded + report.unchanged == len(PEOPLE)


def test_held_for_ever_by_another_program(seated: Course) -> None:
    seated.db_url += "?timeout=0.3"
    for mode in ("IMMEDIATE", "EXCLUSIVE"):
        with closing(sqlite3.connect(seated.root / "gradebook.db", isolation_level=None)) as holder:
            holder.execute(f"BEGIN {mode}")
            with pytest.raises(TrainerError, match=r"一直被别的程序占用.*formgrader.*再运行一次"):
                grade(seated, ["keguan"])
    (report,) = grade(seated, ["keguan"])
    assert report.graded == len(PEOPLE)


def _damage_pages(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(_BLOCK)
        file.write(os.urandom(path.stat().st_size - _BLOCK))


def _old_schema(path: Path) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.execute("ALTER TABLE grade RENAME COLUMN auto_score TO score")


def _no_tables(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE other (name)")


BROKEN = [
    pytest.param(lambda path: path.write_bytes(b"this is no database " * 500), "损坏了", id="not a database"),
    pytest.param(_damage_pages, "损坏了", id="pages overwritten"),
    pytest.param(lambda path: os.truncate(path, _BLOCK * 3 + 100), "损坏了", id="cut short"),
    pytest.param(_no_tables, "缺少 nbgrader 的表或列", id="another program's database"),
    pytest.param(_old_schema, "nbgrader db upgrade", id="an older schema"),
    pytest.param(lambda path: os.truncate(path, 0), "空文件请删掉", id="empty"),
    pytest.param(Path.unlink, "还没有成绩册", id="gone"),
]


@pytest.mark.parametrize(("spoil", "said"), BROKEN)
def test_a_gradebook_that_cannot_be_used(seated: Course, spoil: Callable[[Path], None], said: str) -> None:
    path = seated.root / "gradebook.db"
    spoil(path)
    before = path.read_bytes() if path.exists() else b""
    with pytest.raises(TrainerError, match=said) as raised:
        grade(seated, ["keguan"])
    assert str(path) in str(raised.value)
    assert (path.read_bytes() if path.exists() else b"") == before
    assert not (seated.root / "autograded").exists()


def test_the_command_line_says_it_in_one_sentence(seated: Course) -> None:
    _damage_pages(seated.root / "gradebook.db")
    assert "损坏了，不能用" in refused(seated.root)


ADDRESSES = [
    pytest.param("postgresql://nobody@127.0.0.1:1/x", "连不上", id="nobody there"),
    pytest.param("这不是地址", "地址（c.CourseDirectory.db_url）写得不对", id="no address"),
    pytest.param("mysql://a@b/c", "缺少驱动程序", id="without a driver"),
    pytest.param("nosuch://a@b/c", "缺少驱动程序", id="no such database"),
]


@pytest.mark.parametrize(("url", "said"), ADDRESSES)
def test_an_address_that_leads_nowhere(seated: Course, url: str, said: str) -> None:
    seated.db_url = url
    with pytest.raises(TrainerError, match=said.replace("(", r"\(")):
        grade(seated, ["keguan"])


@pytest.mark.xdist_group("postgresql")
def test_postgresql_refuses_in_words(postgresql_course: Course) -> None:
    from sqlalchemy import text

    course = postgresql_course
    (form,) = read_paper(paper_path(course.root, "keguan")).forms
    hand_in(course, "c01", form, sample_answers(form, "right"))
    url = course.db_url
    try:
        for wrong, said in (
            (url.replace("@/hall", "@/nosuch"), "库名对不对"),
            (url + "&options=-c%20default_transaction_read_only%3Don", "现在只读"),
        ):
            course.db_url = wrong
            with pytest.raises(TrainerError, match=said):
                grade(course, ["keguan"])
    finally:
        course.db_url = url
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE grade RENAME COLUMN auto_score TO score"))
    with pytest.raises(TrainerError, match="缺少 nbgrader 的表或列"):
        grade(course, ["keguan"])
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE grade RENAME COLUMN score TO auto_score"))
    engine.dispose()
    (report,) = grade(course, ["keguan"])
    assert report.graded + report.unchanged >= 1
    forget_grading(course)


# -- the mode of a SQLite gradebook ------------------------------------------------------------------------------------


def journal(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def test_a_gradebook_is_made_in_wal_mode_and_an_older_one_is_switched_by_grading(seated: Course) -> None:
    path = seated.root / "gradebook.db"
    assert journal(path) == "wal"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with CourseGradebook(seated.db_url) as gradebook:
        gradebook.students()
    assert journal(path) == "delete"  # looking changes nothing
    grade(seated, ["keguan"])
    assert journal(path) == "wal"
    assert [p.name for p in seated.root.glob("gradebook.db*")] == ["gradebook.db"]


def test_a_busy_gradebook_is_switched_another_time(seated: Course) -> None:
    path = seated.root / "gradebook.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode = DELETE")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM student").fetchone()
        assert use_wal(path) == "delete"
        reader.execute("ROLLBACK")
    assert use_wal(path) == "wal"


def test_on_a_network_disk_it_stays_as_it_is(seated: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    path = seated.root / "gradebook.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    monkeypatch.setattr("trainer.nbgrader.disks.mounted_as", lambda _: ("nfs4", {"rw"}))
    (report,) = grade(seated, ["keguan"])
    assert (report.graded, journal(path)) == (len(PEOPLE), "delete")


def test_who_reads_sees_one_moment_and_keeps_nobody_waiting(seated: Course) -> None:
    database = Database(f"{seated.db_url}?timeout=0.3")
    with database.reading() as reader:
        before = reader.exec_driver_sql("SELECT count(*) FROM submitted_assignment").scalar()
        (report,) = grade(seated, ["keguan"])
        assert report.graded == len(PEOPLE)
        assert reader.exec_driver_sql("SELECT count(*) FROM submitted_assignment").scalar() == before == 0
    database.close()


def test_without_a_gradebook_none_is_made_by_looking(seated: Course) -> None:
    path = seated.root / "gradebook.db"
    path.unlink()
    with pytest.raises(NotFound, match="还没有成绩册"), CourseGradebook(seated.db_url) as gradebook:
        gradebook.students()
    assert not path.exists()
