"""The tests' process: evaluates test cells, which are the paper's own, on what the trainee's process gives as plain data.

Nothing of the trainee's is ever run or unpickled here.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import linecache
from typing import Any

from trainer.sandbox.arrays import Unsuitable
from trainer.sandbox.cells import Shell, Streams, rendered
from trainer.sandbox.frames import ASK, OUTCOME, Channel, Gone, pack, unpack
from trainer.sandbox.handles import Conversation

#: Short names that everybody gives to these modules: a test may use them though only the answer imported them.
_CUSTOMARY = {
    "np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "mpl": "matplotlib", "dt": "datetime", "sns": "seaborn",
}  # fmt: skip


class Evaluator:
    """Runs test cells, until the other side ends the conversation."""

    def __init__(self, shell: Shell, channel: Channel, most: tuple[int, int]) -> None:
        self._shell, self._channel, self._most = shell, channel, most
        self._streams = Streams(shell)
        self._talk = Conversation(self._ask)
        self._space: dict[str, Any] = {}

    def run(self) -> None:
        while True:
            _, payload = self._channel.receive()
            message = unpack(payload)
            outputs = self._test(message["source"], message["starter"], message["count"])
            self._channel.send(OUTCOME, pack(outputs))

    def _ask(self, message: dict[str, Any]) -> Any:
        self._channel.send(ASK, pack(message))
        _, payload = self._channel.receive()
        try:
            return unpack(payload)
        except Gone:
            raise Unsuitable("学员程序的回答读不出来。") from None

    def _test(self, source: str, starter: str, count: int) -> list[dict[str, Any]]:
        """The outputs of a test cell. It starts from nothing but the imports of the question's own starter, so no answer to
        another question can change what a name means here.
        """
        name = f"<ipython-input-{count}-test>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        self._space = {"__name__": "__main__", "__builtins__": builtins, "get_ipython": lambda: self._shell}
        self._shell.collector.begin(*self._most)
        self._talk.objects = False
        try:
            ours, asked_for = self._prepare(starter)
            tree = self._parsed(source)
            wanted = sorted(_names_in(tree) - ours)
            self._fetch([word for word in wanted if word in asked_for or not _ready_made(word)])
            exec(compile(tree, name, "exec"), self._space)  # noqa: S102 -- a test, which is the paper's own
        except BaseException as error:  # noqa: BLE001 -- whatever ends a test is its outcome
            self._shell.collector.error(*rendered(type(error), error, error.__traceback__))
        self._streams.collect()
        return [output for output in self._shell.collector.finished() if output.get("name") != "stderr"]

    def _parsed(self, source: str) -> ast.Module:
        """The code of a test; one that is not plain Python has IPython's own words in it."""
        try:
            return ast.parse(source)
        except SyntaxError:
            return ast.parse(str(self._shell.transform_cell(source)))  # type: ignore[no-untyped-call]

    def _prepare(self, starter: str) -> tuple[set[str], set[str]]:
        """Run the import statements of a starter, each by itself: the names that they gave, and those that it defines."""
        try:
            tree = ast.parse(starter)
        except (SyntaxError, ValueError, RecursionError):
            return set(), set()
        self._talk.objects = any(isinstance(statement, ast.ClassDef) for statement in tree.body)
        imported: set[str] = set()
        for statement in tree.body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                with contextlib.suppress(ImportError):
                    exec(compile(ast.Module([statement], []), "<starter>", "exec"), self._space)  # noqa: S102
                    imported |= {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
        return imported, _names_in(tree)

    def _fetch(self, names: list[str]) -> None:
        """Give names the values that they have in the trainee's process."""
        for name, data in (self._talk.names(names) if names else {}).items():
            if isinstance(data, list) and data[:1] == ["module"]:
                # The module that everybody means by this name, and no other one of that process's choice.
                if data[1] == name or _CUSTOMARY.get(name) == data[1]:
                    self._space[name] = importlib.import_module(data[1])
            elif data is not None:
                self._space[name] = self._talk.read(data)


def _names_in(tree: ast.AST) -> set[str]:
    """The names that code uses or defines."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    return names | {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def _ready_made(name: str) -> bool:
    """Built in, or the shell's: a trainee's own ``sorted`` is not what a test means by that name."""
    return hasattr(builtins, name) or name in ("get_ipython", "In", "Out", "exit", "quit", "open", "display")
