"""``trainer``: the command that holds all others."""

from __future__ import annotations

import sys
from typing import NoReturn

from trainer.apps.base import TrainerApp, run_app


class MainApp(TrainerApp):
    """党务干部培训与擂台比武：题库、组卷、发布、阅卷、榜单、反馈。"""

    name = "trainer"
    description = "党务干部培训与擂台比武：题库、组卷、发布、阅卷、榜单、反馈。"
    # Given as import strings, so that a command loads only what it needs.
    subcommands = {  # noqa: RUF012 - a traitlets declaration
        "bank": ("trainer.apps.bank.BankApp", "检查题库、统计题量"),
        "lessons": ("trainer.apps.lessons.LessonsApp", "检查、发布课，学员在学习大厅里学"),
        "course": ("trainer.apps.course.CourseApp", "新建课程文件夹"),
        "roster": ("trainer.apps.roster.RosterApp", "导入、查看名册"),
        "accounts": ("trainer.apps.accounts.AccountsApp", "账号：建立、重发密码、停用"),
        "paper": ("trainer.apps.paper.PaperApp", "组卷、查看试卷、分卷"),
        "release": ("trainer.apps.release.ReleaseApp", "发布试卷，学员可以领卷"),
        "extend": ("trainer.apps.release.ExtendApp", "给个人延长时间"),
        "collect": ("trainer.apps.grading.CollectApp", "收卷"),
        "grade": ("trainer.apps.grading.GradeApp", "批量阅卷"),
        "marks": ("trainer.apps.marks.MarksApp", "导出、导入人工评分表"),
        "regrade": ("trainer.apps.grading.RegradeApp", "更正答案后重新计分，先看影响再确认"),
        "leaderboard": ("trainer.apps.leaderboard.LeaderboardApp", "计算并导出榜单"),
        "feedback": ("trainer.apps.leaderboard.FeedbackApp", "生成、发放每个人的反馈"),
        "receipt": ("trainer.apps.receipt.ReceiptApp", "核对、显示交卷回执，不用连服务器"),
        "serve": ("trainer.apps.serve.ServeApp", "启动整台服务器：登录、学习环境、考场、教务台"),
        "doctor": ("trainer.apps.doctor.DoctorApp", "检查机器和安装：缺什么、哪里不安全、怎样改"),
        "backup": ("trainer.apps.backup.BackupApp", "把服务器的全部数据备份成一个文件，不用停"),
        "restore": ("trainer.apps.backup.RestoreApp", "把备份恢复到空的数据文件夹"),
        "demo": ("trainer.apps.demo.DemoApp", "用虚构的示例县把整场比赛跑一遍"),
    }
    examples = """
trainer demo
trainer bank check
trainer paper make blueprints/leitai.yaml --seed=2026
"""


def main() -> NoReturn:
    """The console script."""
    run_app(MainApp, sys.argv[1:])


if __name__ == "__main__":
    main()
