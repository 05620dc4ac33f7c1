"""The pictures of a cadre who learns and answers: lessons, a paper with a question of every kind, and what can happen to it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from picturing import REPOSITORY, Camera, Screens
from playwright.sync_api import Page, expect
from tests.live.burglary import as_service
from tests.live.conftest import LiveServer
from tests.live.sheets import COURSE, choose, definition, notebook, question

from trainer.bank.reader import read_bank
from trainer.hall.learning_client import LearningClient
from trainer.kinds.base import kind_of, lay_out
from trainer.workflow.lessons.publishing import publish_lessons

EVERY_KIND = ("single", "multiple", "judge", "blank", "number", "order", "match", "case")
SAVED = re.compile(r"^已保存 \d\d:\d\d:\d\d$")
PAPER = "ge-zhong-ti"
LESSON = "xuni-ke"
TOPIC = "dangyuan-dahui"
TEXT = """# 三会一课开什么（虚构的示例课）

支部大会、支部委员会会议、党小组会按期开，党课按期上。先看一遍，再做下面的练习，做完马上知道对错。

| 会议 | 谁来开 | 多长时间一次 |
| --- | --- | --- |
| 支部大会 | 全体党员 | 一般每季度 1 次 |
| 支部委员会会议 | 支部委员 | 一般每月 1 次 |
| 党小组会 | 本小组党员 | 一般每月 1 次 |
"""


def both(screens: Screens) -> Sequence[Page]:
    return (screens.wide, screens.phone)


# -- lessons -----------------------------------------------------------------------------------------------------------


def publish(server: LiveServer) -> str:
    """Two lessons, one of them made up here with a judgement of the bank; the wrong word for it."""
    bank_folder = REPOSITORY / "question_bank"
    entry = next(
        one for one in read_bank(bank_folder).eligible() if (one.topic, one.question.kind) == (TOPIC, "judge")
    )
    kind = kind_of(entry.question)
    about = {"id": LESSON, "title": "三会一课开什么（虚构）", "minutes": 8, "order": 1, "topic": TOPIC}
    exercise = {"id": "e1", "question": entry.question.id}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": TEXT},
        {
            "cell_type": "markdown",
            "id": "b",
            "metadata": {"trainer": {"exercise": exercise}},
            "source": "练习",
        },
    ]
    lesson = {"cells": cells, "metadata": {"trainer": {"lesson": about}}, "nbformat": 4, "nbformat_minor": 5}
    address = f"http+unix://{quote(str(server.data.hall_socket), safe='')}/services/hall/"
    hall = LearningClient(address, server.data.secret("service-console"))
    with TemporaryDirectory() as folder:
        Path(folder, f"{LESSON}.ipynb").write_text(json.dumps(lesson, ensure_ascii=False), encoding="utf-8")
        publish_lessons(Path(folder), bank_folder, [], hall)
    publish_lessons(REPOSITORY / "courses" / "notebooks", bank_folder, [], hall)
    right = kind.key_text(entry.question, lay_out(kind, entry.question, ""))
    return "错" if right == "对" else "对"


def check(page: Page, word: str) -> None:
    """Answer the judgement on the page and have it checked."""
    page.locator(".trainer-practice label").filter(has_text=re.compile(f"^{word}$")).click()
    page.get_by_role("button", name="检查").click()


class Learning:
    """Somebody who reads a lesson, gets an exercise wrong, and practises what went wrong."""

    def __init__(self, own: str, camera: Camera, screens: Screens, wrong: str) -> None:
        self.own, self.camera, self.screens, self.wrong = own, camera, screens, wrong
        self.right = "错" if wrong == "对" else "对"

    def all(self) -> None:
        for page in both(self.screens):
            self.open(page)
            self.camera.shoot(page, "lesson")
        for page in both(self.screens):
            self.open(page)
            self.exercise(page)
        self.screens.both(self.camera, f"{self.own}/mistakes", "mistakes")
        for page in both(self.screens):
            page.goto(f"{self.own}/mistakes/{TOPIC}")
            expect(page.get_by_role("button", name="检查")).to_be_enabled()
            self.camera.shoot(page, "mistakes-practice")
        for page in both(self.screens):
            page.goto(f"{self.own}/lesson/{LESSON}/notebook")
            expect(page.locator(".trainer-practice").first).to_be_visible()
            self.camera.shoot(page, "lesson-notebook")

    def open(self, page: Page) -> None:
        page.goto(f"{self.own}/lesson/{LESSON}")
        expect(page.get_by_role("button", name="检查")).to_be_enabled()

    def exercise(self, page: Page) -> None:
        for name, word in (("lesson-wrong", self.wrong), ("lesson-right", self.right)):
            check(page, word)
            said = page.locator(".trainer-practice-result")
            expect(said).to_contain_text("正确答案")
            page.locator(".trainer-practice").scroll_into_view_if_needed()
            self.camera.shoot(page, name)
            if name == "lesson-wrong":
                page.get_by_role("button", name="再试一次").click()


# -- a paper -----------------------------------------------------------------------------------------------------------


def release_paper(server: LiveServer) -> None:
    """Put out a paper with one question of each kind, for two hours, to be handed in twice."""
    title = "每种题各一道（虚构）"
    content = notebook([definition(REPOSITORY, kind) for kind in EVERY_KIND], title)
    closes = (datetime.now().astimezone() + timedelta(hours=2)).isoformat()
    rules = {"title": title, "closes": closes, "attempts": 2}
    as_service(server).release(COURSE, PAPER, {f"{PAPER}.ipynb": content}, rules)


class Answering:
    """Somebody who answers the paper, on the plain page and in Notebook, and hands it in."""

    def __init__(self, server: LiveServer, own: str, camera: Camera, screens: Screens) -> None:
        self.server, self.own, self.camera, self.screens = server, own, camera, screens

    def open(self, page: Page, face: str = "page") -> None:
        page.goto(f"{self.own}/open/{COURSE}/{PAPER}?face={face}")
        expect(page.locator("fieldset.tq").first).to_be_visible()
        expect(page.locator(".sheet-submit")).to_be_visible()

    def all(self) -> None:
        for page in both(self.screens):
            self.answers(page)
        self.conflict()
        for page in both(self.screens):
            self.offline(page)
        for page in both(self.screens):
            self.open(page, "notebook")
            expect(page.locator(".sheet-count")).to_contain_text("已答 6/8")
            self.camera.shoot(page, "paper-notebook")
        self.hurry()
        self.hand_in()

    def answers(self, page: Page) -> None:
        """Six of the eight, two on the phone that the computer had left; one to be looked at again."""
        self.open(page)
        if page is self.screens.wide:
            choose(page, 1, "一年")
            for option in ("支部委员会", "党小组会"):
                choose(page, 2, option)
            choose(page, 3, "对")
            question(page, 4).get_by_role("textbox").first.fill("一")
            question(page, 5).get_by_role("textbox").fill("45.00")
            question(page, 8).get_by_role("textbox").fill("一、没有按期开会。（虚构的作答）")
        expect(page.get_by_text("已答 6/8")).to_be_visible()
        question(page, 6).get_by_role("button", name="再看看").click()
        if page is self.screens.wide:
            expect(page.locator(".sheet-saved")).to_have_text(SAVED)
        page.evaluate("window.scrollTo(0, 0)")
        self.camera.shoot(page, "paper")
        self.camera.shoot(page, "paper-kinds", whole=6000)
        page.get_by_role("button", name="题号", exact=True).click()
        expect(page.get_by_role("navigation", name="题号")).to_be_visible()
        self.camera.shoot(page, "paper-numbers")

    def conflict(self) -> None:
        """Each in turn finds that the other has saved something else."""
        for here, there, mine, theirs in (
            (self.screens.phone, self.screens.wide, "半年", "三年"),
            (self.screens.wide, self.screens.phone, "一年", "两年"),
        ):
            for page in (here, there):
                self.open(page)
            choose(there, 1, theirs)
            expect(there.locator(".sheet-saved")).to_have_text(SAVED)
            choose(here, 1, mine)
            expect(here.get_by_role("dialog")).to_contain_text("第 1 题在别处也改过")
            self.camera.shoot(here, "paper-conflict")
            here.get_by_role("button", name="留下这里写的").click()
            expect(here.locator(".sheet-saved")).to_have_text(SAVED)

    def offline(self, page: Page) -> None:
        self.open(page)
        page.context.set_offline(True)
        choose(page, 3, "错")
        expect(page.get_by_text("没有网络，已存在本机，正在重试…")).to_be_visible()
        self.camera.shoot(page, "paper-offline")
        choose(page, 3, "对")
        page.context.set_offline(False)
        expect(page.locator(".sheet-saved")).to_have_text(SAVED)

    def hurry(self) -> None:
        self.closing_in(timedelta(minutes=4, seconds=30))
        for page in both(self.screens):
            self.open(page)
            expect(page.get_by_text("离结束还有 5 分钟")).to_be_visible()
            self.camera.shoot(page, "paper-hurry")
        self.closing_in(timedelta(hours=2))

    def closing_in(self, left: timedelta) -> None:
        closes = (datetime.now().astimezone() + left).isoformat()
        as_service(self.server).change_rules(COURSE, PAPER, {"closes": closes})

    def hand_in(self) -> None:
        """Once on each: the paper may be handed in twice."""
        for page in (self.screens.phone, self.screens.wide):
            self.open(page)
            expect(page.get_by_text("已答 6/8")).to_be_visible()
            if page is self.screens.wide:
                question(page, 8).get_by_role("textbox").fill(
                    "一、没有按期开会。二、没有记录。（虚构的作答）"
                )
                expect(page.locator(".sheet-saved")).to_have_text(SAVED)
            page.get_by_role("button", name="交卷", exact=True).click()
            expect(page.get_by_role("dialog")).to_contain_text("还有 2 题没有作答")
            self.camera.shoot(page, "paper-hand-in")
            page.get_by_role("button", name="确定交卷").click()
            expect(page.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
            self.camera.shoot(page, "paper-receipt")
        for page in both(self.screens):
            self.open(page)
            expect(page.get_by_role("button", name="看回执")).to_be_visible()
            self.camera.shoot(page, "paper-submitted")
