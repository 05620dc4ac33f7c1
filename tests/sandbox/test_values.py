"""What crosses arrives as it was; what was made up does not."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from trainer.sandbox.arrays import Unsuitable
from trainer.sandbox.frames import pack, unpack
from trainer.sandbox.values import DEEPEST, Reader, Writer


def refuse(*_: Any) -> Any:
    raise Unsuitable("nothing else")


def across(value: Any) -> Any:
    return Reader(refuse).read(unpack(pack(Writer(refuse).write(value))))


SIMPLE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
)
SIMPLE |= (
    st.fractions()
    | st.complex_numbers(allow_nan=False)
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.times()
)
VALUES = st.recursive(
    SIMPLE,
    lambda parts: (
        st.lists(parts)
        | st.tuples(parts, parts)
        | st.dictionaries(st.text() | st.integers(), parts)
        | st.frozensets(SIMPLE)
    ),
    max_leaves=20,
)


@given(VALUES)
@settings(deadline=None, max_examples=60)
def test_plain_data(value: Any) -> None:
    arrived = across(value)
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        {1, 2}, deque([1]), OrderedDict(a=1), Counter("aab"), range(1, 9, 2), ..., 1 << 900, -0.0, float("inf"), "\ud800", bytearray(b"x"),
        date(2026, 7, 1), time(8, 30), datetime(2026, 7, 1, tzinfo=UTC), timedelta(1, 2, 3), Decimal("1.20"), Fraction(1, 3),
    ],
)  # fmt: skip
def test_others(value: Any) -> None:
    arrived = across(value)
    assert type(arrived) is type(value)
    if value != "\ud800":  # no text that a file could hold
        assert arrived == value


FRAME = pd.DataFrame(
    {
        "镇": ["甲", None], "人": [3, 4], "率": [0.5, float("nan")], "日": pd.to_datetime(["2026-07-01", None]),
        "类": pd.Categorical(["x", "y"]), "整": pd.array([1, None], dtype="Int64"), "真": [True, False],
        "时": pd.to_datetime(["2026-07-01", "2026-07-02"]).tz_localize("Asia/Shanghai"),
    }
)  # fmt: skip


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        FRAME.set_index("镇"),
        FRAME.groupby(["镇", "真"], dropna=False)[["人"]].sum(),
        pd.DataFrame(),
        FRAME[["镇", "人"]].iloc[:0],
        FRAME.T,
    ],
)
def test_tables(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(across(frame), frame, check_column_type=False, check_index_type=False)


@pytest.mark.parametrize("name", FRAME.columns)
def test_columns(name: str) -> None:
    pd.testing.assert_series_equal(across(FRAME[name]), FRAME[name])


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.array([1.5, np.nan]),
        np.array(["甲", "乙丙"]),
        np.array([1, "a", None], dtype=object),
        np.array(["2026-07-01"], dtype="M8[D]"),
        np.zeros((0, 3), bool),
        np.array(3j),
    ],
)
def test_arrays(array: np.ndarray) -> None:
    arrived = across(array)
    assert arrived.dtype == array.dtype
    np.testing.assert_array_equal(arrived, array)


@pytest.mark.parametrize("value", [np.float64(1.5), np.int8(3), np.bool_(True), np.str_("x")])
def test_scalars(value: Any) -> None:
    assert across(value) == value
    assert type(across(value)) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        type("S", (str,), {})("x"),
        type("L", (list,), {})([1]),
        type("D", (dict,), {})(),
        object(),
        print,
        str,
        np.ma.masked_array([1]),
    ],
)
def test_objects_of_other_types_are_not_data(value: Any) -> None:
    with pytest.raises(Unsuitable):
        across(value)


def test_too_deep_and_too_large() -> None:
    deep: list[Any] = []
    for _ in range(DEEPEST + 5):
        deep = [deep]
    cycle: list[Any] = []
    cycle.append(cycle)
    for value in (deep, cycle, [0] * 600_000, 1 << (1 << 21)):
        with pytest.raises(Unsuitable):
            across(value)


@pytest.mark.parametrize(
    "data",
    [
        {}, [], ["unknown"], [[]], [{}], ["list"], ["list", 3], ["dict", [[1]]], ["dict", [[["list", []], 1]]], ["int", "x"], ["int", 7],
        ["set", [["list", []]]], ["decimal", "x"], ["fraction", ["0x1", "0x0"]], ["date", 3], ["bytes", "!"], ["complex", []],
        ["array", "O", [1], ""], ["array", "V8", [1], ""], ["array", "<f8", [10**9], ""], ["array", "<f8", [-1, 5], "AAAAAAAA"],
        ["array", "<f8" * 9, [1], ""], ["objects", [3], [1]], ["scalar", "<i8", ""], ["timestamp", [], None], ["series", ["numpy", 3], 1, 2],
        ["series", ["object; import os", []], None, None], ["frame", [], ["list", [1]], ["list", [1, 2]]], ["range-index", 0, 1, 0, None],
        ["multi-index", [1], ["list", []]], ["range", ["0x0", "0x1", "0x0"]], ["timedelta", [10**30, 0, 0]], ["ellipsis"],
    ],
)  # fmt: skip
def test_made_up_messages_are_refused(data: Any) -> None:
    with pytest.raises(Unsuitable):
        Reader(refuse).read(data)
