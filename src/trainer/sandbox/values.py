"""Values as plain data: what crosses between a trainee's process and the tests, each way.

Only exact types are data; an object of a class of one's own crosses as a handle, never as something that could decide what it
is equal to. The reader is strict: what it takes apart was written by code that wants marks. See docs/explanation/sandbox.md.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from trainer.sandbox.arrays import READ, Unsuitable, as_bytes, as_text, write_array

DEEPEST = 60
_MOST_PARTS = 500_000
_SMALL = 1 << 62
_LONGEST_DECIMAL = 10_000

_SEQUENCES: dict[str, type[Any]] = {
    "list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "deque": deque,
}  # fmt: skip
_MAPPINGS: dict[str, type[Any]] = {"dict": dict, "odict": OrderedDict, "counter": Counter}
_NAME_OF: dict[type[Any], str] = {kind: name for name, kind in (_SEQUENCES | _MAPPINGS).items()} | {
    defaultdict: "dict"
}


class Writer:
    """Turns values into JSON. ``other`` is asked for whatever is not plain data."""

    def __init__(self, other: Callable[[Any], Any]) -> None:
        self._other = other
        self._left = _MOST_PARTS

    def write(self, value: Any, depth: int = 0) -> Any:
        """The value as JSON. Raises Unsuitable."""
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise Unsuitable("数据太大，或者嵌套太深。")
        kind = type(value)
        if value is None or kind is bool or kind is str or kind is float:
            return value
        if kind is int:
            return value if -_SMALL < value < _SMALL else ["int", _hexadecimal(value)]
        name = _NAME_OF.get(kind)
        if name in _MAPPINGS:
            pairs = [[self.write(k, depth + 1), self.write(v, depth + 1)] for k, v in value.items()]
            return [name, pairs]
        if name is not None:
            return [name, [self.write(part, depth + 1) for part in value]]
        simple = _SIMPLE.get(kind)
        if simple is not None:
            return [simple[0], simple[1](value)]
        array = write_array(value, kind, lambda part: self.write(part, depth + 1))
        return self._other(value) if array is None else array


class Reader:
    """Builds values from JSON that may have been written to deceive. ``special`` is asked about handles."""

    def __init__(self, special: Callable[[str, list[Any]], Any]) -> None:
        self._special = special

    def read(self, data: Any) -> Any:
        """The value. Raises Unsuitable."""
        try:
            return self._read(data, 0)
        except Unsuitable:
            raise
        except Exception:  # noqa: BLE001 -- whatever a library says of data that was made up
            raise Unsuitable("学员程序给出的数据读不出来。") from None

    def _read(self, data: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise Unsuitable("数据嵌套太深。")
        if not isinstance(data, list):
            if isinstance(data, dict):
                raise Unsuitable("学员程序给出的数据读不出来。")
            return data
        tag, *rest = data
        if tag in _SEQUENCES:
            return _SEQUENCES[tag]([self._read(part, depth + 1) for part in rest[0]])
        if tag in _MAPPINGS:
            pairs = [(self._read(k, depth + 1), self._read(v, depth + 1)) for k, v in rest[0]]
            return _MAPPINGS[tag](dict(pairs)) if tag == "counter" else _MAPPINGS[tag](pairs)
        if tag in _BUILD:
            return _BUILD[tag](*rest)
        if tag in READ:
            return READ[tag](lambda part: self._read(part, depth + 1), *rest)
        return self._special(tag, rest)


def _hexadecimal(value: int) -> str:
    if value.bit_length() > 1 << 20:
        raise Unsuitable("整数太大。")
    return hex(value)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(str(text)[:_LONGEST_DECIMAL])
    except InvalidOperation:
        raise Unsuitable("学员程序给出的数据读不出来。") from None


_SIMPLE: dict[type[Any], tuple[str, Callable[[Any], Any]]] = {
    bytes: ("bytes", as_text),
    bytearray: ("bytearray", as_text),
    complex: ("complex", lambda value: [value.real, value.imag]),
    Decimal: ("decimal", str),
    Fraction: ("fraction", lambda value: [_hexadecimal(value.numerator), _hexadecimal(value.denominator)]),
    date: ("date", date.isoformat),
    datetime: ("datetime", datetime.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    range: ("range", lambda value: [_hexadecimal(n) for n in (value.start, value.stop, value.step)]),
    type(...): ("ellipsis", lambda _: None),
}
_BUILD: dict[str, Callable[..., Any]] = {
    "int": lambda text: int(text, 16),
    "bytes": as_bytes,
    "bytearray": lambda text: bytearray(as_bytes(text)),
    "complex": lambda pair: complex(float(pair[0]), float(pair[1])),
    "decimal": _decimal,
    "fraction": lambda pair: Fraction(int(pair[0], 16), int(pair[1], 16)),
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda parts: timedelta(*[int(part) for part in parts]),
    "range": lambda parts: range(*[int(part, 16) for part in parts]),
    "ellipsis": lambda _: ...,
}
