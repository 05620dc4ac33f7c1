"""Answers that are wrong and want marks: none of them passes, and honest ones of every kind do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trainer.sandbox.conductor import Ending, run_cells
from trainer.sandbox.sandbox import Sandbox

from .conftest import check, code, passes, printed, went_wrong

HONEST = {
    "a value": ("answer = 'A'", "assert answer == 'A'", ""),
    "a function": ("def f(a, *, b=1):\n    return a + b", "assert f(1) == 2 and f(1, b=3) == 4", ""),
    "a function that prints": (
        "def hello(): print('您好')",
        (
            "import io, contextlib\nout = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    hello()\n"
            "assert out.getvalue() == '您好\\n'"
        ),
        "",
    ),
    "a function that changes its argument": (
        "def put(things, more):\n    things.append(1)\n    more['x'] = {2}",
        "a, b = [0], {}\nput(a, b)\nassert a == [0, 1] and b == {'x': {2}}",
        "",
    ),
    "a function that takes a function": (
        "def twice(f, x): return f(f(x))",
        "assert twice(lambda x: x + 3, 1) == 7",
        "",
    ),
    "a recursive function of tests' and answer's": (
        "def walk(f, n): return f(n)",
        "def down(n):\n    return 0 if n == 0 else 1 + walk(down, n - 1)\nassert down(5) == 5",
        "",
    ),
    "an exception": (
        "def f(x):\n    if x < 0: raise ValueError('负数')",
        "try:\n    f(-1)\nexcept ValueError as error:\n    assert str(error) == '负数'\nelse:\n    assert False",
        "",
    ),
    "a generator": ("def g(n):\n    yield from range(n)", "assert list(g(4)) == [0, 1, 2, 3]", ""),
    "decimals": (
        "from decimal import Decimal\ndef fee(base): return (Decimal(base) * Decimal('0.01')).quantize(Decimal('0.01'))",
        "assert fee('4200') == Decimal('42.00')",
        "from decimal import Decimal",
    ),
    "a class": (
        (
            "class Stack:\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n"
            "    def __len__(self): return len(self.items)\n    def __eq__(self, other): return self.items == other.items"
        ),
        (
            "a, b = Stack(), Stack()\na.push(3)\nb.push(3)\n"
            "assert len(a) == 1 and a.items == [3] and a == b and isinstance(a, Stack)"
        ),
        "class Stack:\n    pass",
    ),
    "a table": (
        "import pandas as pd\ndf = pd.DataFrame({'镇': ['甲', '乙'], '人': [3, 4]}).set_index('镇')",
        (
            "expected = pd.DataFrame({'镇': ['甲', '乙'], '人': [3, 4]}).set_index('镇')\n"
            "pd.testing.assert_frame_equal(df, expected)\nassert df['人'].sum() == 7"
        ),
        "",
    ),
    "an array": (
        "import numpy as np\nxs = np.arange(6).reshape(2, 3) * 0.5",
        "assert np.allclose(xs, [[0, .5, 1], [1.5, 2, 2.5]]) and xs.dtype == float",
        "",
    ),
    "its own sum": ("def sum(xs): return 'mine'", "assert sum([1]) == 'mine'", "def sum(xs):\n    pass"),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_answers_pass(sandbox: Sandbox, name: str) -> None:
    answer, test, starter = HONEST[name]
    ran = run_cells(sandbox, [code(answer), check(test, starter)])
    assert [r.ending for r in ran] == [Ending.FINE, Ending.FINE], ran


EVIL = "class Evil:\n    __eq__ = __ge__ = __le__ = __contains__ = lambda s, o: True\n    __hash__ = object.__hash__\n"
FORGED = {
    "equal to everything": (EVIL + "answer = Evil()", "assert answer == 'A'"),
    "not unequal to anything": (
        EVIL + "Evil.__ne__ = lambda s, o: False\nanswer = Evil()",
        "assert not answer != 'A'",
    ),
    "contains everything": (EVIL + "answer = Evil()", "assert 'A' in answer"),
    "a text that is equal to everything": (
        "class S(str):\n    __eq__ = lambda s, o: True\n    __hash__ = str.__hash__\nanswer = S('x')",
        "assert answer == 'A'",
    ),
    "a number that is close to everything": (
        "class N(float):\n    __sub__ = __rsub__ = lambda s, o: 0.0\nanswer = N(1)",
        "assert abs(answer - 3.14) < 0.01",
    ),
    "a list of such": (EVIL + "answer = [Evil()]", "assert answer == ['A']"),
    "a dict of such": (EVIL + "answer = {'x': Evil()}", "assert answer == {'x': 1}"),
    "returned by a function": (EVIL + "def f(x): return Evil()", "assert f(2) == 4"),
    "a table that is equal to everything": (
        "class T:\n    def equals(self, other): return True\nanswer = T()",
        "import pandas as pd\nassert answer.equals(pd.DataFrame({'a': [1]}))",
    ),
    "an array function": (
        "class A:\n    __array_ufunc__ = lambda s, *a, **k: True\n    __array__ = lambda s, *a, **k: s\nanswer = A()",
        "import numpy as np\nassert np.allclose(answer, [1, 2])",
    ),
    "ends the loop early": (
        "def f(x): raise StopIteration",
        "assert all(map(lambda x: f(x) == x + 1, [1, 2]))\nassert all(f(x) == x + 1 for x in [1, 2])",
    ),
    "ends the program": ("def f(x): raise SystemExit(0)", "assert f(1) == 2"),
    "interrupts": ("def f(x): raise KeyboardInterrupt", "assert f(1) == 2"),
    "monkeypatched built-ins": (
        "import builtins\nbuiltins.len = builtins.sorted = lambda *a: 3\nbuiltins.AssertionError = ValueError\nxs = []",
        "assert len(xs) == 3",
    ),
    "names of helpers": (
        "len = abs = sorted = isinstance = lambda *a: 3\nxs = []",
        "assert len(xs) == 3",
    ),
    "an import that is something else": (
        "import sys, types\nm = types.ModuleType('math')\nm.sqrt = lambda x: 0\nsys.modules['math'] = math = m\nx = 5",
        "import math\nassert math.sqrt(x * x) == 0",
    ),
    "a class under a library's name": (
        "Decimal = str\ndef fee(x): return '42.00'",
        "from decimal import Decimal\nassert fee(1) == Decimal('42.00')",
    ),
    "input transformers": (
        "get_ipython().input_transformers_post.append(lambda lines: [])\nx = 1",
        "assert x == 2",
    ),
    "AST transformers": (
        (
            "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
            "get_ipython().ast_transformers.append(T())\nx = 1"
        ),
        "assert x == 2",
    ),
    "tracing": (
        "import sys, threading\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)\nx = 1",
        "assert x == 2",
    ),
    "a handler for the end": (
        "import atexit, os\natexit.register(lambda: os._exit(0))\nx = 1",
        "assert x == 2",
    ),
    "no answer": ("", "assert answer == 'A'"),
    "NaN": ("answer = float('nan')", "assert answer == answer and answer > 3"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_answers_fail(sandbox: Sandbox, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "limits", replace(sandbox.limits, cell_seconds=3))
    answer, test = FORGED[name]
    ran = run_cells(sandbox, [code(answer), check(test), check("assert 1 + 1 == 2"), check("assert 1 == 2")])
    assert [r.ending for r in ran[1:]] == [Ending.FAILED, Ending.FINE, Ending.FAILED], ran
    assert went_wrong(ran[1])


def test_what_an_answer_writes_on_the_pipe_is_only_an_answer(sandbox: Sandbox) -> None:
    """Frames written ahead of time, as if the tests had passed: outcomes, answers, and nonsense."""
    forged = (
        "import os, json, struct\n"
        "def frame(kind, what):\n    data = json.dumps(what).encode()\n"
        "    return struct.pack('>I1s', len(data), kind) + data\n"
        "for fd in range(3, 64):\n    try: os.write(fd, {what})\n    except OSError: pass\nx = 1"
    )
    for what in (
        "frame(b'O', []) * 3",
        "frame(b'V', {'names': {'x': 2}}) * 5",
        "frame(b'A', {'source': '1'}) * 3",
        "b'\\xff' * 4096",
        "frame(b'O', [])[:7]",
        "frame(b'V', {'names': {'x': ['handle', 10**9, True, '', '']}}) * 2",
        "frame(b'O', [[[[1]]], {'output_type': 'stream', 'text': {'a': 1}}, {'output_type': 3}])",
        "b'[' * 100000",
    ):
        ran = run_cells(
            sandbox, [code(forged.replace("{what}", what)), check("assert x == 3"), check("assert 1 == 2")]
        )
        assert [r.ending is Ending.FINE for r in ran[1:]] == [False, False], (what, ran)


def test_the_tests_are_not_in_the_trainees_process(sandbox: Sandbox) -> None:
    """Neither in its objects nor in its memory, frames, environment or files: nothing to read the key from."""
    search = (
        "import gc, sys, inspect, os\n"
        "def f(x):\n"
        "    word = 'secret' + 'key'\n"
        "    found = [o for o in gc.get_objects() if isinstance(o, dict) and any(word in str(v)[:2000] for v in list(o.values())"
        " if type(v) is str)]\n"
        "    found += [frame for frame in inspect.stack() if word in str(frame.frame.f_locals)[:5000].replace(repr(word), '')]\n"
        "    found += [v for v in os.environ.values() if word in v]\n"
        "    return [str(one)[:300] for one in found]\n"
    )
    ran = run_cells(sandbox, [code(search), check("expected = 'secretkey'\nprint(f(1))\nassert f(1) == []")])
    assert printed(ran[1]) == "[]\n", ran
    assert ran[1].ending is Ending.FINE


def test_an_answer_cannot_reach_the_tests_of_another_question(sandbox: Sandbox) -> None:
    """A name that one question's test defines is not what an answer to the next one makes of it."""
    ran = run_cells(
        sandbox,
        [
            code("x = 1"),
            check("def same(a, b): return a == b\nassert same(x, 1)"),
            code("def same(a, b): return True\ny = 1"),
            check("def same(a, b): return a == b\nassert same(y, 2)"),
        ],
    )
    assert [r.ending for r in ran] == [Ending.FINE, Ending.FINE, Ending.FINE, Ending.FAILED]


def test_a_test_that_is_passed_says_nothing_and_one_that_fails_says_where(sandbox: Sandbox) -> None:
    ran = run_cells(
        sandbox,
        [
            code("x = 1"),
            check("x\n"),
            check("import sys\nsys.stderr.write('!')\nassert x == 1\nassert x == 2"),
        ],
    )
    assert ran[1].outputs == []
    assert [o["output_type"] for o in ran[2].outputs] == ["error"]
    assert any("line 4" in line for line in ran[2].outputs[0]["traceback"])


def test_objects_only_where_the_question_is_about_a_class(sandbox: Sandbox) -> None:
    answer = "class P:\n    def __init__(self): self.x = 1\np = P()"
    assert not passes(sandbox, answer, "assert p.x == 1")
    assert passes(sandbox, answer, "assert p.x == 1", "class P:\n    pass")
