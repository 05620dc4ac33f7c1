"""From the login to a lesson, a wrong answer and its reason, and the wrong-question book: in a real browser, on a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import chromium, context_of, log_in
from trainer.bank.reader import read_bank
from trainer.hall.learning_client import LearningClient
from trainer.kinds.base import kind_of, lay_out
from trainer.workflow.lessons.publishing import publish_lessons

from .conftest import PASSWORD, LiveServer, field_of, needs_root

pytestmark = [needs_root, pytest.mark.browser, pytest.mark.xdist_group("live")]

LEARNER, READER, STRANGER = "sl008", "sl010", "sl013"
LESSON = "shi-yan"


@pytest.fixture(scope="module")
def instructor(county: LiveServer) -> LearningClient:
    """At the hall, with the token of the instructors' page."""
    address = quote(str(county.data.hall_socket), safe="")
    token = county.data.secret("service-console")
    return LearningClient(f"http+unix://{address}/services/hall/", token)


@pytest.fixture(scope="module")
def lesson(
    instructor: LearningClient, bank_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str, str]:
    """A published lesson with one judgement of the bank: (the right word, the wrong word, its article)."""
    bank = read_bank(bank_folder)
    entry = next(entry for entry in bank.eligible() if entry.question.kind == "judge")
    question = entry.question
    exercise = {"id": "e1", "question": question.id}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# 试验的一课（虚构）\n\n| 谁 | 做什么 |\n| --- | --- |\n| 支部 | 开会 |"},
        {"cell_type": "markdown", "id": "b", "metadata": {"trainer": {"exercise": exercise}}, "source": "（练习）"},
        {"cell_type": "markdown", "id": "c", "metadata": {"trainer": {"calculator": "huiyi-piaoshu"}}, "source": "算一算。样表：[记录](records/shi/记录.docx)"},
        {"cell_type": "markdown", "id": "d", "metadata": {"trainer": {"calculator": "zhibu-zicha"}}, "source": "```mermaid\nflowchart TD\nA[开会] --> B[表决]\n```"},
    ]  # fmt: skip
    about = {"id": LESSON, "title": "试验的一课", "minutes": 5, "order": 1, "topic": entry.topic}
    notebook = {
        "cells": cells,
        "metadata": {"trainer": {"lesson": about}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    folder = tmp_path_factory.mktemp("lessons")
    (folder / "records" / "shi").mkdir(parents=True)
    (folder / "records" / "shi" / "记录.md").write_text("# 记录（虚构）\n\n时间：＿＿＿＿\n")
    (folder / "shi-yan.ipynb").write_text(json.dumps(notebook, ensure_ascii=False))
    assert publish_lessons(folder, bank_folder, [], instructor)[0].id == LESSON
    right = kind_of(question).key_text(question, lay_out(kind_of(question), question, ""))
    return right, "错" if right == "对" else "对", bank.citation(question)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, county: LiveServer) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


def answer(page: Page, word: str) -> None:
    page.locator(".trainer-practice label").filter(has_text=re.compile(f"^{word}$")).click()
    page.get_by_role("button", name="检查").click()


def test_a_lesson_answers_at_once_and_the_wrong_question_is_practised(
    county: LiveServer, browser: Browser, lesson: tuple[str, str, str]
) -> None:
    right, wrong, article = lesson
    page = context_of(browser, 360, 740).new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    log_in(page, county.url, LEARNER, PASSWORD)
    expect(page.get_by_role("heading", name="学习大厅")).to_be_visible()
    page.get_by_role("link", name="开始学习：试验的一课").click()

    expect(page.get_by_role("heading", name="试验的一课（虚构）")).to_be_visible()
    expect(page.get_by_role("cell", name="支部")).to_be_visible()
    said = page.locator(".trainer-practice-result")
    page.get_by_role("button", name="检查").click()
    expect(said).to_contain_text("还没有作答")
    answer(page, wrong)
    expect(said).to_contain_text("错")
    for text in (f"正确答案{right}", "为什么", article, "已经放进您的错题本"):
        expect(said).to_contain_text(text)
    expect(page.locator("#progress-words")).to_have_text("练习做对 0/1 题")
    page.get_by_role("button", name="再试一次").click()
    answer(page, right)
    expect(said).to_contain_text("本课学完")
    expect(page.locator("#progress-words")).to_contain_text("已学完，练习做对 1/1 题")

    page.get_by_role("link", name="返回学习大厅").click()
    page.get_by_text("其他课程").click()  # the lessons that came with the program come first
    card = page.get_by_role("region", name="试验的一课")
    expect(card).to_contain_text("已学完")
    expect(card).to_contain_text("练习做对 1/1 题")
    book = page.get_by_role("region", name="错题本")
    book.get_by_role("link", name=re.compile("1 题")).click()
    expect(page.get_by_text("来自课程：试验的一课")).to_be_visible()
    answer(page, right)
    expect(said).to_contain_text("再连着答对 1 次")
    page.get_by_role("button", name="再做一遍").click()
    answer(page, right)
    expect(said).to_contain_text("已经移出错题本")
    page.get_by_role("link", name="返回学习大厅").click()
    expect(book).to_contain_text("错题都练完了")
    book.get_by_role("link", name="已经移出的 1 题").click()
    expect(page.locator(".history summary")).to_have_count(1)
    assert problems == []


def test_the_pages_work_without_their_program_and_hold_no_key(
    county: LiveServer, lesson: tuple[str, str, str]
) -> None:
    right, wrong, article = lesson
    reader = county.person(READER).open_server()
    first = reader.get("trainer/")
    assert first.status_code == 200
    assert len(first.content) < 30_000
    assert reader.get("trainer/papers").url == reader.get("").url == reader.at("trainer/")
    page = reader.get(f"trainer/lesson/{LESSON}")
    assert article not in page.text
    form = {"_xsrf": field_of(page, "_xsrf"), "exercise": "e1", "text": wrong}
    answered = reader.session.post(reader.at(f"trainer/lesson/{LESSON}"), data=form)
    assert article in answered.text
    assert "已经放进您的错题本" in answered.text

    stranger = county.person(STRANGER).open_server()
    assert "没有错题" in stranger.get("trainer/").text
    question = re.search(
        r'name="question" value="([^"]+)"', reader.get(f"trainer/mistakes/{_topic(reader)}").text
    )
    assert question
    asked = stranger.send(
        "POST", f"trainer/api/mistakes/{question[1]}/check", json={"text": right, "try": "1"}
    )
    assert asked.status_code == 404
    assert asked.json()["message"] == "您的错题本里没有这道题。请刷新这一页。"
    assert (
        stranger.send("POST", f"trainer/api/lessons/{LESSON}/check", json={"text": right}).status_code == 404
    )


def test_calculators_answer_in_their_place_and_records_are_taken_away(
    county: LiveServer, lesson: tuple[str, str, str]
) -> None:
    reader = county.person(READER).open_server()
    address = f"trainer/lesson/{LESSON}"
    page = reader.get(address)
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="drawn" role="img"' in page.text
    sent = {
        "_xsrf": field_of(page, "_xsrf"),
        "calculator": "huiyi-piaoshu",
        "place": "suan-2",
        "form": "admission",
    }
    answered = reader.session.post(reader.at(address), data={**sent, "entitled": "18", "present": "9"})
    assert "不能开会表决" in answered.text
    assert "发展党员工作细则》（2026年修订）第19条" in answered.text
    sent |= {"calculator": "zhibu-zicha", "place": "suan-3", "form": "check"}
    uploaded = reader.session.post(reader.at(address), data=sent, files={"book": ("台账.xlsx", b"MZ\0")})
    assert "“台账.xlsx”不能作为表格读取" in uploaded.text
    assert reader.session.post(reader.at(address), data={**sent, "form": "mei-you"}).status_code == 404
    found = re.search(r'href="([^"]+/files/records/[^"]+)" download', page.text)
    assert found
    record = reader.session.get(reader.at("").split("/user/")[0] + found[1])
    assert record.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E8%AE%B0")
    assert record.content.startswith(b"PK")
    reader.get(f"{address}/notebook", allow_redirects=False)
    place = county.data.homes / READER / "课程" / "试验的一课"
    assert (place / "records" / "shi" / "记录.docx").read_bytes() == record.content
    cell = json.loads((place / f"{LESSON}.ipynb").read_text())["cells"][2]
    assert re.search(rf"\[打开计算器\]\(/[^)]*{address}#suan-2\)", cell["source"])


def _topic(reader) -> str:
    found = re.search(r'href="[^"]*trainer/mistakes/([a-z0-9-]+)"', reader.get("trainer/").text)
    assert found
    return found[1]


def test_the_notebook_face_is_a_copy_to_read_with_notes_of_ones_own(
    county: LiveServer, lesson: tuple[str, str, str]
) -> None:
    reader = county.person(READER).open_server()
    answer = reader.get(f"trainer/lesson/{LESSON}/notebook", allow_redirects=False)
    assert answer.status_code == 302
    place = county.data.homes / READER / "课程" / "试验的一课"
    notebook = json.loads((place / f"{LESSON}.ipynb").read_text())
    assert lesson[2] not in json.dumps(notebook, ensure_ascii=False), "the reason is told after the answer"
    assert notebook["cells"][1]["metadata"]["trainer"]["definition"]["kind"] == "judge"
    assert not (place / "exercises.json").exists()
    assert (place / f"{LESSON}.ipynb").stat().st_mode & 0o777 == 0o444
    (place / "我的笔记.md").write_text("我的话")
    assert reader.get(f"trainer/lesson/{LESSON}/notebook", allow_redirects=False).status_code == 302
    assert (place / "我的笔记.md").read_text() == "我的话"
