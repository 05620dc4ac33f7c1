"""Every setting that the product owns, in Jupyter's way: ``c.<Class>.<trait>`` in jupyter_config.py."""

from __future__ import annotations

from traitlets import Bool, CaselessStrEnum, Float, Int, List, Unicode
from traitlets.config import Configurable


class QuestionBank(Configurable):
    """题库。"""

    directory = Unicode(
        "question_bank",
        help="题库文件夹。相对路径从运行命令时所在的文件夹算起，所以在 jupyter_config.py 里宜写完整路径；命令行 --bank 优先。",
    ).tag(config=True)


class Lessons(Configurable):
    """课程。"""

    directory = Unicode(
        "courses/notebooks",
        help="放课（笔记本）的文件夹。相对路径从运行命令时所在的文件夹算起，所以在 jupyter_config.py 里宜写完整路径；命令行 --lessons 优先。",
    ).tag(config=True)


class Grading(Configurable):
    """阅卷。"""

    max_submission_mb = Float(
        10.0, min=0.01, help="一份交卷笔记本最大多少 MB；超过的不读取，列入问题交卷。"
    ).tag(config=True)
    batch_size = Int(200, min=1, help="每多少份交卷写一次成绩册（一个事务）。").tag(config=True)
    workers = Int(
        0,
        min=0,
        help="用几个进程比对答案；1 表示就用本进程；0 表示自动：份数多到值得时用处理器核数那么多。有实操题的卷不看这一项。",
    ).tag(config=True)
    dask = Unicode(
        "",
        help="dask 调度器的地址，例如 tcp://192.168.1.10:8786：比对答案和运行实操题都交给它的工作机。不填就在本机。",
    ).tag(config=True)
    code_workers = Int(
        0, min=0, help="同时运行多少份实操题；0 表示和处理器核数相同。没有实操题的试卷不运行任何程序。"
    ).tag(config=True)


class CodeSandbox(Configurable):
    """实操题的沙箱：一份交卷最多用多少。"""

    cell_seconds = Float(
        30.0, min=0.1, help="一个单元格或一段测试最多运行多少秒；超过就中断，后面的接着运行。"
    ).tag(config=True)
    total_seconds = Float(180.0, min=0.1, help="一份交卷总共最多运行多少秒。").tag(config=True)
    cpu_seconds = Float(90.0, min=1, help="一份交卷（连同它启动的全部进程）最多用多少秒处理器时间。").tag(
        config=True
    )
    memory_mb = Int(1024, min=32, help="一份交卷的全部进程最多用多少 MB 内存。").tag(config=True)
    processes = Int(32, min=1, help="一份交卷最多同时有多少个进程和线程。").tag(config=True)
    folder_mb = Int(64, min=1, help="临时文件夹最多多少 MB。").tag(config=True)
    output_kb = Int(256, min=1, help="一个单元格最多保留多少 KB 打印的文字。").tag(config=True)
    cells = Int(2000, min=1, help="最多多少个代码单元格；超过的不运行，列入问题交卷。").tag(config=True)
    unsafe_run_without_sandbox = Bool(
        False,
        help="不安全：在建不成沙箱的机器上，是否仍以阅卷的人的身份直接运行学员的程序。它能读写此人能读写的一切，包括成绩册。不要打开。",
    ).tag(config=True)


class Publishing(Configurable):
    """榜单。"""

    directory = Unicode("leaderboards", help="榜单导出到课程文件夹下的哪个文件夹。").tag(config=True)


class HallExchange(Configurable):
    """经考场收发试卷。除 include_saved 以外，都是第一次发布一份作业时用的规则，命令行选项优先。"""

    attempts = Int(0, min=0, help="一份作业每人最多交几次；0 表示不限。").tag(config=True)
    counts = CaselessStrEnum(
        ["first", "last", "best"],
        "last",
        help="交了几次时算哪一次：first 第一次，last 最后一次，best 得分最高的一次（同分取先交的）。",
    ).tag(config=True)
    late = CaselessStrEnum(
        ["accept", "keep"],
        "keep",
        help="截止以后交的：keep 保存，但不算数，不收卷；accept 也算，记迟交。",
    ).tag(config=True)
    grace_seconds = Int(0, min=0, help="截止以后多少秒以内到的仍算按时，给网络留余地。").tag(config=True)
    save_answers = Bool(True, help="是否允许考场随时保存作答（自动保存）。").tag(config=True)
    include_saved = Bool(
        False, help="收卷时，没有交卷、只在考场里保存过作答的人，是否也按保存的作答收一份。"
    ).tag(config=True)


class Accounts(Configurable):
    """账号和登录。"""

    installation = Unicode(
        "党务干部培训与擂台比武平台", help="这套系统的名称，显示在登录页和其他页面上，印在密码条上。"
    ).tag(config=True)
    address = Unicode(
        "", help="学员打开的网址，印在密码条上，例如 http://192.168.1.10:8000/；不填则密码条上不印。"
    ).tag(config=True)
    one_time_days = Int(30, min=1, help="一次性密码多少天内有效。").tag(config=True)
    failures = Int(5, min=1, help="一个账号连续输错多少次密码以后，要等一会儿才能再试。").tag(config=True)
    address_failures = Int(
        300,
        min=0,
        help="同一个网络地址 15 分钟里输错多少次以后，从这里登录都要等；全场可能共用一个地址，宜大。0 表示不限。",
    ).tag(config=True)
    first_wait_seconds = Int(30, min=1, help="第一次要等多少秒；再错一次加一倍。").tag(config=True)
    longest_wait_seconds = Int(900, min=1, help="最长等多少秒。").tag(config=True)
    hash_memory_kib = Int(
        19_456, min=8, help="算一次密码用多少 KiB 内存（argon2id）。默认是 OWASP 建议的下限，不宜再低。"
    ).tag(config=True)
    hash_rounds = Int(2, min=1, help="算一次密码算几轮（argon2id）。").tag(config=True)
    hash_lanes = Int(1, min=1, help="算一次密码分几路（argon2id）。").tag(config=True)


class Server(Configurable):
    """整台服务器（trainer serve）。"""

    data = Unicode(
        "data", help="数据文件夹：账号、课程、试卷、答卷、每个人的文件夹，全部在里面。命令行 --data 优先。"
    ).tag(config=True)
    ip = Unicode("127.0.0.1", help="在哪个地址上接受访问；0.0.0.0 表示所有网卡。").tag(config=True)
    port = Int(8000, min=1, max=65535, help="端口。").tag(config=True)
    trust_forwarded = List(
        Unicode(),
        help="前面有 Caddy、nginx 等 TLS 前端时，写它的地址，例如 ['127.0.0.1']；不写则所有人看起来来自同一个地址。",
    ).tag(config=True)
    first_uid = Int(
        200_000,
        min=10_000,
        help="以 root 运行时，从这个数字起分配系统用户号，每个学员一个；不需要也不会建立系统用户。启用以后不要改。",
    ).tag(config=True)
