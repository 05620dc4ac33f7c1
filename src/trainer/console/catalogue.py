"""The verbs by name: what people call them, and which of them talk to the hall."""

from __future__ import annotations

TITLES = {
    "make": "组卷",
    "allot": "分卷",
    "release": "发布",
    "collect": "收卷",
    "grade": "阅卷",
    "export-marks": "导出评分表",
    "import-marks": "导入评分表",
    "publish": "出榜",
    "feedback": "反馈",
    "export": "打包导出",
    "import-roster": "导入名册",
    "create-accounts": "建账号",
    "reset-accounts": "重发一次性密码",
    "publish-lessons": "检查并发布课",
    "withdraw-lessons": "撤下课",
}

#: These get the console's token; the others run without it, grading above all, since it may run what trainees wrote.
NEEDS_HALL = frozenset({"release", "collect", "feedback", "publish-lessons", "withdraw-lessons"})
