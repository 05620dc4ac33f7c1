"""Lessons in the console: published by themselves at the first start, then by instructors; and who sees which."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from polling import until
from trainer.hall.learning_client import LearningClient
from trainer.workflow.lessons.publishing import check_lessons, lesson_folders, publish_first

pytestmark = pytest.mark.xdist_group("browser")

LESSON = "zenyang-dati"


@pytest.fixture
def lessons(server, admitted):
    """Asks the hall as a trainee: the lessons by id."""
    client = LearningClient(f"http://127.0.0.1:{server.ports[3]}/services/hall/", server.tokens["c01"])
    return lambda: {one["lesson"]: one for one in client.learning()["lessons"]}


@pytest.fixture(scope="module")
def published(server, chen, repository):
    """What a first start says in the journal."""

    def noted():
        return [entry for entry in server.journal() if entry["what"] == "检查并发布课（第一次启动）"]

    (entry,) = until(noted, "lessons")
    return entry


@pytest.fixture
def own_lessons(server, repository):
    """A folder of lessons that the course says is its own, for a while: (the folder, the first notebook)."""
    folder, config = server.folder / "lessons", server.place.root / "nbgrader_config.py"
    shutil.copytree(repository / "courses" / "notebooks", folder)
    before = config.read_text("utf-8")
    config.write_text(f"{before}\nc.Lessons.directory = {str(folder)!r}\n", "utf-8")
    yield folder, next(path for path in folder.glob("*.ipynb") if LESSON in path.read_text("utf-8"))
    config.write_text(before, "utf-8")
    shutil.rmtree(folder)


def change(path: Path, text: str) -> None:
    """Add a cell to a lesson."""
    notebook = json.loads(path.read_text("utf-8"))
    cell = {"cell_type": "markdown", "id": "hou-jia", "metadata": {}, "source": text}
    notebook["cells"].append(cell)
    path.write_text(json.dumps(notebook, ensure_ascii=False), "utf-8")


def test_a_first_start_publishes_what_came_with_the_program(published, lessons, repository, bank_folder):
    ours = {one.about.id for one in check_lessons(repository / "courses" / "notebooks", bank_folder)}
    assert (published["who"], published["outcome"]) == ("console", "done")
    assert set(published["detail"]["lessons"]) == ours == set(lessons())


def test_the_page_lists_lessons_with_people(published, lessons, server, chen):
    client = LearningClient(f"http://127.0.0.1:{server.ports[3]}/services/hall/", server.tokens["c02"])
    client.open_lesson(LESSON)
    page = chen.see("lessons")
    title = lessons()[LESSON]["title"]
    row = page[page.index(f"{title} {LESSON}") :][:200]
    assert "已发布 第" in row
    assert "检查并发布全部" in page
    assert "1 0 撤下" in row
    assert 'href="/services/console/lessons">课程' in chen.get().text


def test_a_changed_lesson_is_published_again_and_taken_back(published, lessons, own_lessons, chen):
    _, path = own_lessons
    version = lessons()[LESSON]["version"]
    change(path, "后来加的一段。")
    page = chen.see("lessons")
    assert page.count("发布以后改过") == 1
    one = chen.done("lessons", {"verb": "publish-lessons", "lesson": LESSON})
    assert "课没有问题。已发布 1 课，没有变的 0 课。" in one.state["message"]
    assert lessons()[LESSON]["version"] == version + 1
    again = chen.done("lessons", {"verb": "publish-lessons"})
    assert "已发布 0 课" in again.state["message"]

    gone = chen.done("lessons", {"verb": "withdraw-lessons", "lesson": LESSON})
    assert f"已撤下 {LESSON}" in gone.state["message"]
    assert LESSON not in lessons()
    assert "已撤下" in chen.see("lessons")
    failed = chen.finish(chen.post("lessons", {"verb": "withdraw-lessons", "lesson": LESSON}))
    assert failed.state["message"] == "没有这一课，或者老师已经把它撤下了。请回到学习大厅看看。"
    chen.done("lessons", {"verb": "publish-lessons", "lesson": LESSON})
    assert LESSON in lessons()


def test_what_is_wrong_is_said_as_on_the_command_line(published, lessons, own_lessons, server, chen):
    folder, path = own_lessons
    outside = server.folder / "secret.png"
    outside.write_bytes(b"not for them")
    (folder / "secret.png").symlink_to(outside)
    change(path, "![图](secret.png)")
    sentence = "图片 secret.png 没有，或者不在笔记本旁边。请把文件放好，或改正路径。"
    assert sentence in chen.see("lessons")
    failed = chen.finish(chen.post("lessons", {"verb": "publish-lessons"}))
    assert failed.state["state"] == "failed"
    assert sentence in failed.state["message"]
    assert LESSON in lessons()


def test_only_the_verbs_of_the_page(chen, published):
    assert chen.post("lessons", {"verb": "make"}).status_code == 422
    assert chen.post("lessons", {"verb": "withdraw-lessons"}).status_code == 422


def test_verbs_are_in_the_journal_with_who_asked(published, server, chen):
    chen.done("lessons", {"verb": "publish-lessons", "lesson": LESSON})
    own = [entry for entry in server.journal() if entry["what"] == "检查并发布课"][-2:]
    assert [(entry["who"], entry["outcome"]) for entry in own] == [("chen", "begin"), ("chen", "done")]
    assert own[0]["detail"]["lessons"] == [LESSON]


def test_later_starts_publish_nothing(published, server, chen, lessons):
    """Not even what an instructor has taken back."""
    chen.done("lessons", {"verb": "withdraw-lessons", "lesson": LESSON})
    service = LearningClient(f"http://127.0.0.1:{server.ports[3]}/services/hall/", server.secrets["console"])
    assert publish_first(*lesson_folders(server.course), service) is None
    assert LESSON not in lessons()
    chen.done("lessons", {"verb": "publish-lessons"})
    assert LESSON in lessons()
