"""What the tests hold of a trainee's objects that are no plain data: a handle, whose every use is asked over there.

A handle never takes part in a comparison or a sum with plain data: then the trainee's class would be told what the test
expects, and decide whether its answer is right. Its attributes and methods are there only for questions whose own starter has
a class in it: ``result.equals(expected)`` must not ask an object that only pretends to be a table.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, TypeVar

from trainer.sandbox.arrays import Unsuitable
from trainer.sandbox.values import Reader, Writer

#: Asks the trainee's process: a message there, its reply back.
Ask = Callable[[dict[str, Any]], Any]
_NOT_DATA = "答案是 {kind} 的对象，不是普通数据（数、文字、列表、字典、表格等），不能和标准答案比较。"
_T = TypeVar("_T")
_DEEPEST_CALLBACK = 20
#: What may be asked of any object: nothing of it tells what the test expects.
_ALWAYS = frozenset(("call", "iter", "next", "len", "str", "repr", "int", "float"))
#: Exceptions that end loops and programs: passing them on would let an answer end a test early.
_NOT_PASSED_ON = (StopIteration, StopAsyncIteration)


class Conversation:
    """Writes and reads what crosses, for the tests' side."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._callbacks: list[Callable[..., Any]] = []
        self._depth = 0
        #: Whether the question is about writing a class.
        self.objects = False

    def names(self, wanted: list[str]) -> dict[str, Any]:
        """The data of each name that is defined over there. Raises Unsuitable."""
        reply = self._ask({"names": wanted})
        found = reply.get("names") if isinstance(reply, dict) else None
        if not isinstance(found, dict):
            raise Unsuitable("学员程序没有给出变量的值。")
        return {name: data for name, data in found.items() if name in wanted}

    def read(self, data: Any) -> Any:
        return Reader(self._special).read(data)

    def operate(
        self, do: str, handle: int, arguments: tuple[Any, ...], named: dict[str, Any] | None = None
    ) -> Any:
        """Have something done with an object over there. Raises what that raised, as far as it is harmless."""
        writer = Writer(self._other)
        message = {
            "do": do,
            "handle": handle,
            "arguments": [writer.write(value) for value in arguments],
            "named": {name: writer.write(value) for name, value in (named or {}).items()},
        }
        reply = self._ask(message)
        while isinstance(reply, dict) and "callback" in reply:
            reply = self._ask(self._called_back(reply))
        if not isinstance(reply, dict):
            raise Unsuitable("学员程序的回答读不出来。")
        printed = reply.get("printed")
        if isinstance(printed, str) and printed:
            sys.stdout.write(printed)
        if "error" in reply:
            raise _as_exception(reply["error"])
        self._change((*arguments, *(named or {}).values()), reply.get("changed"))
        return self.read(reply.get("value"))

    def _called_back(self, message: dict[str, Any]) -> dict[str, Any]:
        number, arguments, named = (message.get(key) for key in ("callback", "arguments", "named"))
        known = type(number) is int and 0 <= number < len(self._callbacks)
        if (
            not known
            or not isinstance(arguments, list)
            or not isinstance(named, dict)
            or self._depth > _DEEPEST_CALLBACK
        ):
            return {"raised": "没有这个函数。"}
        self._depth += 1
        try:
            values = [self.read(part) for part in arguments]
            keywords = {str(name): self.read(part) for name, part in named.items()}
            result = self._callbacks[number](*values, **keywords)  # type: ignore[index]
            return {"returned": Writer(self._other).write(result)}
        except Exception as error:  # noqa: BLE001 -- it goes back to the trainee's function, which called
            return {"raised": f"{type(error).__name__}：{error}"[:1000]}
        finally:
            self._depth -= 1

    def _change(self, arguments: tuple[Any, ...], changed: Any) -> None:
        """Lists and the like that a function changed in place are changed here too."""
        mutable = [value for value in arguments if type(value) in (list, dict, set, bytearray)]
        for entry in changed if isinstance(changed, list) else []:
            at, data = entry
            new, old = self.read(data), mutable[at]
            if type(new) is not type(old):
                raise Unsuitable("学员程序的回答读不出来。")
            if isinstance(old, (list, bytearray)):
                old[:] = new
            else:
                old.clear()
                old.update(new)

    def _special(self, tag: str, rest: list[Any]) -> Any:
        if tag != "handle" or type(rest[0]) is not int:
            raise Unsuitable("学员程序给出的数据读不出来。")
        number, can_call, *words = rest
        kind = CallableHandle if can_call is True else Handle
        return kind(self, number, ".".join(str(word) for word in reversed(words))[:200])

    def _other(self, value: Any) -> Any:
        if isinstance(value, Handle):
            return ["handle", number_of(value)]
        if isinstance(value, (FunctionType, MethodType, BuiltinFunctionType)) or (
            isinstance(value, type) and value.__module__ == "builtins"
        ):
            self._callbacks.append(value)
            return ["callback", len(self._callbacks) - 1]
        raise Unsuitable(f"测试传给学员程序的只能是数据和函数，不能是 {type(value).__name__}。")


class Handle:
    """An object over there."""

    __slots__ = ("__talk", "__number", "__kind")  # noqa: RUF023

    def __init__(self, talk: Conversation, number: int, kind: str) -> None:
        self.__talk, self.__number, self.__kind = talk, number, kind

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _do(self, "getattr", name)

    def __str__(self) -> str:
        return _exactly(str, _do(self, "str"))

    def __repr__(self) -> str:
        return _exactly(str, _do(self, "repr"))

    def __len__(self) -> int:
        return _exactly(int, _do(self, "len"))

    def __int__(self) -> int:
        return _exactly(int, _do(self, "int"))

    def __float__(self) -> float:
        return _exactly(float, _do(self, "float"))

    def __getitem__(self, key: Any) -> Any:
        return _do(self, "getitem", key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _do(self, "setitem", key, value)

    def __iter__(self) -> Iterator[Any]:
        steps = _do(self, "iter")
        if not isinstance(steps, Handle):
            raise TypeError(_kind_of(self))
        while True:
            try:
                part = _do(steps, "next")
            except EndOfSteps:
                return
            yield part

    def __next__(self) -> Any:
        try:
            return _do(self, "next")
        except EndOfSteps:
            raise StopIteration from None

    def __bool__(self) -> bool:
        return _exactly(bool, _do(self, "bool"))

    def __add__(self, other: Any) -> Any:
        return _together(self, "add", other)

    def __sub__(self, other: Any) -> Any:
        return _together(self, "sub", other)

    def __mul__(self, other: Any) -> Any:
        return _together(self, "mul", other)

    def __truediv__(self, other: Any) -> Any:
        return _together(self, "truediv", other)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Handle) and _exactly(bool, _do(instance, "isinstance", self))

    def __eq__(self, other: object) -> bool:
        return _exactly(bool, _together(self, "eq", other))

    def __ne__(self, other: object) -> bool:
        return not _exactly(bool, _together(self, "eq", other))

    def __lt__(self, other: Any) -> bool:
        return _exactly(bool, _together(self, "lt", other))

    def __le__(self, other: Any) -> bool:
        return _exactly(bool, _together(self, "le", other))

    def __gt__(self, other: Any) -> bool:
        return _exactly(bool, _together(self, "gt", other))

    def __ge__(self, other: Any) -> bool:
        return _exactly(bool, _together(self, "ge", other))

    def __hash__(self) -> int:
        return number_of(self)


class CallableHandle(Handle):
    """A function or a class over there."""

    __slots__ = ()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return _do(self, "call", *arguments, **named)

    def __bool__(self) -> bool:
        return True


class EndOfSteps(Exception):
    """An iterator over there has ended."""


def number_of(handle: Handle) -> int:
    number: int = object.__getattribute__(handle, "_Handle__number")
    return number


def _kind_of(handle: Handle) -> str:
    return str(object.__getattribute__(handle, "_Handle__kind"))


def _do(handle: Handle, do: str, *arguments: Any, **named: Any) -> Any:
    talk: Conversation = object.__getattribute__(handle, "_Handle__talk")
    if do not in _ALWAYS and not talk.objects:
        raise TypeError(_NOT_DATA.format(kind=_kind_of(handle)))
    return talk.operate(do, number_of(handle), arguments, named)


def _together(handle: Handle, do: str, other: object) -> Any:
    """Two objects of the trainee's go by the trainee's own rules; one of them with plain data does not."""
    if not isinstance(other, Handle):
        raise TypeError(_NOT_DATA.format(kind=_kind_of(handle)))
    return _do(handle, do, other)


def _exactly(kind: type[_T], value: Any) -> _T:
    """A value of exactly this type. Raises TypeError."""
    if type(value) is not kind:
        raise TypeError(f"学员程序给出的不是 {kind.__name__}。")
    return value


def _as_exception(told: Any) -> Exception:
    """The exception that is raised here for one that was raised there: a harmless built-in one, by its name."""
    name, text, *more = told if isinstance(told, list) and len(told) >= 2 else ["Exception", ""]
    names = [name, *(more[0] if more and isinstance(more[0], list) else [])]
    if "StopIteration" in names:
        return EndOfSteps(str(text)[:4000])
    for one in names:
        kind = getattr(builtins, one, None) if isinstance(one, str) else None
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, _NOT_PASSED_ON):
            try:
                error = kind(str(text)[:4000])
            except TypeError:
                continue  # UnicodeDecodeError and others that want more than a text
            return error
    return RuntimeError(f"{name}：{text}"[:4000])
