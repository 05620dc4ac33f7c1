"""The trainee's process: runs cells, shows values, and lets its functions be called. Everything that it says is only data.

The code that it runs can change any of this; so nothing that decides marks happens here.
"""

from __future__ import annotations

import base64
import operator
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from trainer.sandbox.arrays import Unsuitable
from trainer.sandbox.cells import Shell, Streams, interruptible, rendered, run_cell
from trainer.sandbox.frames import ANSWER, ASK, OUTCOME, RUN, Channel, pack, unpack
from trainer.sandbox.values import Reader, Writer

_OPERATIONS: dict[str, Callable[..., Any]] = {
    "getattr": getattr, "getitem": operator.getitem, "setitem": operator.setitem, "len": len, "str": str, "repr": repr,
    "iter": iter, "next": next, "bool": bool, "int": int, "float": float,
    "eq": operator.eq, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "isinstance": isinstance, "dir": dir,
}  # fmt: skip
_MUTABLE = (list, dict, set, bytearray)


class Trainee:
    """Answers what the other side sends, until it ends the conversation."""

    def __init__(self, shell: Shell, channel: Channel, most: tuple[int, int]) -> None:
        self._shell, self._channel, self._most = shell, channel, most
        self._streams = Streams(shell)
        self._handles: list[Any] = []

    def run(self) -> None:
        while True:
            kind, payload = self._channel.receive()
            message = unpack(payload)
            if kind == RUN:
                self._cell(message)
            elif kind == ASK:
                self._channel.send(ANSWER, pack(self._answer(message)))

    def _cell(self, message: dict[str, Any]) -> None:
        for name, content in message.get("files", {}).items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(content))
        outputs: list[dict[str, Any]] = []
        if "source" in message:
            run_cell(self._shell, message["source"], message["count"], self._most)
            self._streams.collect()
            outputs = self._shell.collector.finished()
        self._channel.send(OUTCOME, pack(outputs))

    def _answer(self, message: dict[str, Any]) -> Any:
        try:
            if "names" in message:
                return {"names": {n: self._named(n) for n in message["names"] if n in self._shell.user_ns}}
            return self._operate(message)
        except Unsuitable as error:
            return {"error": ["TypeError", str(error)]}
        except (RecursionError, MemoryError) as error:
            return {"error": [type(error).__name__, ""]}

    def _named(self, name: str) -> Any:
        value = self._shell.user_ns[name]
        if type(value) is ModuleType:
            return ["module", value.__name__]
        try:
            return Writer(self._handle).write(value)
        except Unsuitable:
            return self._handle(value)

    def _handle(self, value: Any) -> Any:
        self._handles.append(value)
        kind = type(value)
        words = [str(kind.__name__)[:100], str(getattr(kind, "__module__", ""))[:100]]
        return ["handle", len(self._handles) - 1, callable(value), *words]

    def _operate(self, message: dict[str, Any]) -> Any:
        reader = Reader(self._special)
        target = self._handles[message["handle"]]
        arguments = [reader.read(part) for part in message["arguments"]]
        named = {name: reader.read(part) for name, part in message.get("named", {}).items()}
        mutable = [value for value in (*arguments, *named.values()) if type(value) in _MUTABLE]
        before = [pack(Writer(self._handle).write(value)) for value in mutable]
        do = target if message["do"] == "call" else _OPERATIONS[message["do"]]
        if message["do"] != "call":
            arguments = [target, *arguments]
        self._shell.collector.begin(*self._most)
        try:
            with interruptible():
                result = do(*arguments, **named)
        except BaseException as error:  # noqa: BLE001 -- whatever the trainee's code raises is told, not obeyed
            return {"error": self._error(error), "printed": self._printed()}
        reply: dict[str, Any] = {"value": Writer(self._handle).write(result), "printed": self._printed()}
        after = [Writer(self._handle).write(value) for value in mutable]
        reply["changed"] = [
            [at, new] for at, (old, new) in enumerate(zip(before, after, strict=True)) if pack(new) != old
        ]
        return reply

    def _error(self, error: BaseException) -> list[Any]:
        name, text, lines = rendered(type(error), error, error.__traceback__)
        bases = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
        return [name, text, bases, lines]

    def _printed(self) -> str:
        self._streams.collect()
        outputs = self._shell.collector.finished()
        return "".join(o["text"] for o in outputs if o["output_type"] == "stream" and o["name"] == "stdout")

    def _special(self, tag: str, rest: list[Any]) -> Any:
        if tag == "handle":
            return self._handles[rest[0]]
        if tag == "callback":
            return _Callback(self, rest[0])
        raise Unsuitable("评卷程序给出的数据读不出来。")

    def call_back(self, number: int, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Have the tests call one of their own functions that they had passed here."""
        writer = Writer(self._handle)
        message = {
            "callback": number,
            "arguments": [writer.write(value) for value in arguments],
            "named": {name: writer.write(value) for name, value in named.items()},
        }
        self._channel.send(ANSWER, pack(message))
        while True:
            _, payload = self._channel.receive()
            reply = unpack(payload)
            if "returned" in reply:
                return Reader(self._special).read(reply["returned"])
            if "raised" in reply:
                raise RuntimeError(reply["raised"])
            # The function that was called back asks something of us in its turn.
            self._channel.send(ANSWER, pack(self._answer(reply)))


class _Callback:
    """A function of the tests, as the trainee's code sees it."""

    def __init__(self, trainee: Trainee, number: int) -> None:
        self._trainee, self._number = trainee, number

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._trainee.call_back(self._number, arguments, named)
