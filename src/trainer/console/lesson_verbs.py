"""The verbs of lessons, as a worker runs them."""

from __future__ import annotations

from trainer.console.job import Desk
from trainer.console.outcome import Given, Outcome, table


def publish_lessons(desk: Desk, given: Given) -> Outcome:
    from trainer.hall.learning_client import LearningClient
    from trainer.workflow.lessons.publishing import lesson_folders
    from trainer.workflow.lessons.publishing import publish_lessons as publish_named

    desk.say("正在检查全部课。")
    folders, client = lesson_folders(desk.course()), LearningClient.from_environment()
    done = publish_named(*folders, given["lessons"], client)
    rows = [[one.id, one.title, one.version, "已发布" if one.changed else "没有变"] for one in done]
    changed = sum(one.changed for one in done)
    message = f"课没有问题。已发布 {changed} 课，没有变的 {len(done) - changed} 课。"
    return Outcome(message, {"tables": [table("课程", ("编号", "名称", "版本", "状态"), rows)]})


def withdraw_lessons(_desk: Desk, given: Given) -> Outcome:
    from trainer.hall.learning_client import LearningClient
    from trainer.workflow.lessons.publishing import withdraw_lessons as withdraw

    withdraw(given["lessons"], LearningClient.from_environment())
    return Outcome(f"已撤下 {'、'.join(given['lessons'])}。各人的进度保留，再发布一次就恢复。")
