"""Programs that want to do harm, or do it by mistake: each ends in an outcome with a Chinese sentence, and the rest goes on."""

from __future__ import annotations

import time
from dataclasses import replace

import psutil
import pytest

from polling import until
from trainer.sandbox.conductor import Cell, Ending, Ran, run_cells
from trainer.sandbox.outputs import TOO_MUCH
from trainer.sandbox.sandbox import Sandbox

from .conftest import SMALL, check, code, printed, went_wrong

BOTH = pytest.mark.parametrize("either", ["sandbox", "landlocked"], indirect=True)
#: What stands around a hostile cell: an answer before it, and one after it.
BEFORE = [code("before = 1"), check("assert before == 1")]
AFTER = [code("after = 2"), check("assert after == 2 and before == 1")]


def among_others(sandbox: Sandbox, *hostile: Cell) -> list[Ran]:
    """What became of the hostile cells; those around them are unharmed."""
    ran = run_cells(sandbox, [*BEFORE, *hostile, *AFTER])
    around = [*ran[:2], *ran[-2:]]
    assert [r.ending for r in around] == [Ending.FINE] * 4, ran
    return ran[2:-2]


@BOTH
def test_ordinary_trouble(either: Sandbox) -> None:
    lines, raises, asks, deep, big = among_others(
        either,
        code("for i in range(300): print('第', i, '行')"),
        code("1 / 0"),
        code("name = input('姓名：')"),
        code("def f(): return f()\nf()"),
        code("'x' * 10**9"),
    )
    assert printed(lines).count("行\n") == 300
    assert went_wrong(raises) == "ZeroDivisionError: division by zero"
    assert went_wrong(asks).startswith("StdinNotImplementedError")
    assert went_wrong(deep).startswith("RecursionError")
    assert big.ending in (Ending.FAILED, Ending.FINE)


def test_outputs_are_those_of_a_kernel(sandbox: Sandbox) -> None:
    ran = run_cells(
        sandbox,
        [
            code("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\n1 + 1"),
            code("import pandas as pd\npd.DataFrame({'x': [1]})"),
            code("import matplotlib.pyplot as plt\nplt.plot([1, 2]);"),
            code("!echo from a program"),
            code(""),
            code("_ + 1 if isinstance(_, int) else Out[1]"),
        ],
    )
    assert [o["output_type"] for o in ran[0].outputs] == ["stream", "stream", "stream", "execute_result"]
    assert ran[0].outputs[3] == {
        "output_type": "execute_result",
        "data": {"text/plain": "2"},
        "metadata": {},
        "execution_count": 1,
    }
    assert "<table" in ran[1].outputs[0]["data"]["text/html"]
    assert ran[2].outputs[0]["output_type"] == "display_data"
    assert ran[2].outputs[0]["data"]["image/png"].startswith("iVBOR")
    assert printed(ran[3]) == "from a program\n", ran[3]
    assert [r.count for r in ran] == [1, 2, 3, 4, None, 5]


@BOTH
def test_endless_loops(hasty: Sandbox) -> None:
    loop, stubborn = among_others(
        hasty,
        code("while True: pass"),
        code("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"),
    )
    assert loop.ending is Ending.SLOW
    assert stubborn.ending is Ending.LOST
    assert loop.reason == stubborn.reason == "运行超过 1 秒，已停止。"


@BOTH
def test_an_answer_that_loops_when_it_is_called(hasty: Sandbox) -> None:
    called, stubborn = among_others(
        hasty,
        code("def f():\n    while True: pass"),
        check("f()"),
        code(
            "def g():\n    try:\n        while True: pass\n    except BaseException:\n        while True: pass"
        ),
        check("g()"),
    )[1::2]
    assert called.ending is stubborn.ending is Ending.FAILED
    assert called.reason == stubborn.reason == "运行超过 1 秒，已停止。"


@BOTH
def test_processes_that_die(either: Sandbox) -> None:
    exits, crashes, _, called = among_others(
        either,
        code("import os\nos._exit(0)"),
        code("import ctypes\nctypes.string_at(0)"),
        code("def f():\n    import os\n    os._exit(7)"),
        check("assert f() == 1"),
    )
    assert exits.reason == "程序自己退出了（退出码 0），后面没有运行。"
    assert crashes.reason == "程序崩溃了（SIGSEGV），后面没有运行。"
    assert called.ending is Ending.FAILED
    assert called.reason == "程序自己退出了（退出码 7），后面没有运行。"


def test_a_submission_that_dies_again_and_again_ends(sandbox: Sandbox) -> None:
    ran = run_cells(sandbox, [code("import os\nos._exit(1)")] * 8 + [check("assert x == 1")])
    assert {r.ending for r in ran[:4]} == {Ending.LOST}
    assert {r.ending for r in ran[4:8]} == {Ending.LEFT_OUT}
    assert ran[8].ending is Ending.FAILED
    assert "退出了" in ran[8].reason


@BOTH
def test_too_much_memory(either: Sandbox) -> None:
    asked, touched = among_others(
        either, code("x = bytearray(100 << 30)"), code("xs = []\nwhile True: xs.append(bytearray(1 << 20))")
    )
    assert went_wrong(asked).startswith("MemoryError")
    assert touched.ending in (Ending.FAILED, Ending.LOST, Ending.SLOW)


@pytest.mark.parametrize("either", ["sandbox"], indirect=True)
def test_a_fork_bomb(hasty: Sandbox) -> None:
    (bomb,) = among_others(
        hasty, code("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass")
    )
    (memory,) = among_others(
        hasty,
        code(
            "import os, time\nfor _ in range(12):\n    if os.fork() == 0:\n        x = bytearray(100 << 20)\n"
            "        time.sleep(60)\nwhile True:\n    try: time.sleep(60)\n    except KeyboardInterrupt: pass"
        ),
    )
    assert bomb.ending in (Ending.SLOW, Ending.LOST)
    assert memory.reason == "占用的内存或磁盘超过上限（内存 300 MB），已停止。", memory


@pytest.mark.parametrize("either", ["sandbox"], indirect=True)
def test_processor_time_of_many_processes_counts_together(
    either: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other, none of them long enough for a process's own limit."""
    monkeypatch.setattr(either, "limits", replace(SMALL, cpu_seconds=3))
    (burnt,) = among_others(
        either,
        code(
            "import os, time\nwhile True:\n    if os.fork() == 0:\n        while time.process_time() < 0.2: pass\n"
            "        os._exit(0)\n    os.wait()"
        ),
    )
    assert burnt.reason == "用完了处理器时间，已停止。", burnt


def test_no_processes_at_all_without_namespaces(landlocked: Sandbox) -> None:
    forks, starts = among_others(landlocked, code("import os\nos.fork()"), code("!echo x"))
    assert went_wrong(forks).startswith("PermissionError")
    assert went_wrong(starts).startswith("PermissionError")


@BOTH
def test_two_gigabytes_printed(either: Sandbox) -> None:
    printing, through, many = among_others(
        either,
        code("for _ in range(20_000): print('x' * 100_000)"),
        code("import os\nfor _ in range(2000): os.write(1, b'y' * 1_000_000)"),
        code("from IPython.display import display\nfor _ in range(3000): display('z' * 1000)"),
    )
    assert 20_000 <= len(printed(printing)) < 30_000
    assert "输出太多" in printed(printing)
    assert len(printed(through)) < 30_000
    assert len(many.outputs) <= 1000 or printed(many) == TOO_MUCH


def test_what_an_answer_starts_ends_with_it(sandbox: Sandbox) -> None:
    """Threads that never end, programs in the background, a session of its own: nothing is left on the machine."""
    mark = f"{time.time_ns() % 10**9}.125"
    started, thread = among_others(
        sandbox,
        code(f"import subprocess\nsubprocess.Popen(['sleep', '{mark}'], start_new_session=True).pid"),
        code("import threading\nthreading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()"),
    )
    assert started.ending is thread.ending is Ending.FINE

    def left() -> bool:
        return any(mark in (process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))

    until(lambda: not left(), "nothing is left", 30)


@BOTH
def test_threads_without_end_are_bounded(either: Sandbox) -> None:
    (bomb,) = among_others(
        either,
        code(
            "import threading, time\ntry:\n    while True:\n        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
            "except RuntimeError as error: print(error)"
        ),
    )
    assert printed(bomb) == "can't start new thread\n" or bomb.ending in (Ending.SLOW, Ending.LOST)


@BOTH
def test_disk(either: Sandbox) -> None:
    large, many = among_others(
        either,
        code("with open('a', 'wb') as f:\n    for _ in range(100): f.write(b'x' * (1 << 20))"),
        code(
            "import os\nfor i in range(10**6):\n    with open(f'{i}', 'wb') as f: f.write(b'x' * (1 << 20))"
        ),
    )
    assert went_wrong(large).startswith("OSError")
    assert went_wrong(many).startswith("OSError") or "超过上限" in many.reason


@BOTH
def test_hostile_representations(either: Sandbox) -> None:
    shown = among_others(
        either,
        code("class A:\n    def __repr__(self): raise ValueError('不给看')\nA()"),
        code("class B:\n    def __repr__(self): return repr(self)\nB()"),
        code("class C(Exception):\n    def __str__(self): raise C()\nraise C()"),
        code("x = []\nx.append(x)\nx"),
        code(
            "class D:\n    def _repr_mimebundle_(self, **k): return {'text/plain': ['不是文字'], 'a/b': {1: object()}}\nD()"
        ),
        code(
            "class E(Exception, metaclass=type('M', (type,), {'__name__': property(lambda s: 1 / 0)})): pass\nraise E"
        ),
    )
    assert all(r.ending in (Ending.FINE, Ending.FAILED, Ending.LOST) for r in shown), shown
    cycle = run_cells(
        either, [code("x = []\nx.append(x)\ny = 7"), check("assert x == []"), check("assert y == 7")]
    )
    assert [r.ending for r in cycle] == [Ending.FINE, Ending.FAILED, Ending.FINE]


def test_huge_values_do_not_reach_a_test(sandbox: Sandbox) -> None:
    ran = among_others(
        sandbox,
        code("big = 'x' * 30_000_000\nmany = list(range(2_000_000))\nnumber = 1 << 10**7"),
        check("assert big == 'y'"),
        check("assert many == [1]"),
        check("assert number == 1"),
    )
    assert [r.ending is Ending.FINE for r in ran[1:]] == [False] * 3


def test_files_beside_a_notebook_are_there(sandbox: Sandbox) -> None:
    ran = run_cells(
        sandbox,
        [
            code("print(open('数据/a.csv').read())"),
            code("import os\nos._exit(0)"),
            code("print(open('数据/a.csv').read())"),
        ],
        {"数据/a.csv": b"1,2"},
    )
    assert [printed(ran[0]), printed(ran[2])] == ["1,2\n", "1,2\n"]
