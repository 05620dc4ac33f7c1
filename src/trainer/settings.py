"""Every setting that the product owns, in Jupyter's way: ``c.<Class>.<trait>`` in jupyter_config.py."""

from __future__ import annotations

from traitlets import Float, Int, Unicode
from traitlets.config import Configurable


class QuestionBank(Configurable):
    """题库。"""

    directory = Unicode(
        "question_bank",
        help="题库文件夹。相对路径从运行命令时所在的文件夹算起，所以在 jupyter_config.py 里宜写完整路径；命令行 --bank 优先。",
    ).tag(config=True)


class Grading(Configurable):
    """阅卷。"""

    max_submission_mb = Float(
        10.0, min=0.01, help="一份交卷笔记本最大多少 MB；超过的不读取，列入问题交卷。"
    ).tag(config=True)
    batch_size = Int(200, min=1, help="每多少份交卷写一次成绩册（一个事务）。").tag(config=True)
    code_workers = Int(
        0, min=0, help="同时运行多少份实操题；0 表示和处理器核数相同。没有实操题的试卷不启动任何内核。"
    ).tag(config=True)


class Publishing(Configurable):
    """榜单。"""

    directory = Unicode("leaderboards", help="榜单导出到课程文件夹下的哪个文件夹。").tag(config=True)
