"""numpy's and pandas' values as plain data; neither is imported before there is such a value."""

from __future__ import annotations

import base64
import binascii
import re
import sys
from collections.abc import Callable
from typing import Any

_DTYPE = re.compile(r"[<>|=]?(?:[biufcSU]\d{1,5}|[mM]8(?:\[\d{0,4}[a-zA-Z]{1,2}\])?)")
_EXTENSION = re.compile(
    r"category|string|str|boolean|U?[Ii]nt(?:8|16|32|64)|Float(?:32|64)|"
    r"datetime64\[(?:s|ms|us|ns), [A-Za-z_/+:0-9]{1,40}\]"
)
_MOST_DIMENSIONS = 32

#: Writes, or reads, a part of a value.
Part = Callable[[Any], Any]


class Unsuitable(ValueError):
    """A value that cannot cross, or a message that is not one; the text is a Chinese sentence for the trainee."""


def as_text(data: bytes | bytearray) -> str:
    return base64.b64encode(data).decode()


def as_bytes(text: str) -> bytes:
    """Raises Unsuitable."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError):
        raise Unsuitable("学员程序给出的数据读不出来。") from None


def write_array(value: Any, kind: type[Any], part: Part) -> Any:
    """The value as JSON; None when it is not numpy's or pandas'."""
    module = getattr(kind, "__module__", "")
    package = module.partition(".")[0] if isinstance(module, str) else ""
    if package == "numpy" and "numpy" in sys.modules:
        return _write_numpy(value, kind, part)
    if package == "pandas" and "pandas" in sys.modules:
        return _write_pandas(value, kind, part)
    return None


def _write_numpy(value: Any, kind: type[Any], part: Part) -> Any:
    import numpy as np

    if kind is np.ndarray:
        if _DTYPE.fullmatch(value.dtype.str):
            return ["array", value.dtype.str, list(value.shape), as_text(value.tobytes())]
        if value.dtype == object:
            return ["objects", list(value.shape), [part(one) for one in value.ravel().tolist()]]
        return None
    if issubclass(kind, np.generic) and value.dtype.type is kind and _DTYPE.fullmatch(value.dtype.str):
        return ["scalar", value.dtype.str, as_text(value.tobytes())]
    return None


def _write_pandas(value: Any, kind: type[Any], part: Part) -> Any:
    import pandas as pd

    if value is pd.NaT or value is pd.NA:
        return ["nat" if value is pd.NaT else "na"]
    write = _PANDAS.get(kind.__name__) if kind is getattr(pd, kind.__name__, None) else None
    return None if write is None else write(value, part)


def _write_frame(value: Any, part: Part) -> Any:
    columns = [_column(value.iloc[:, at], part) for at in range(value.shape[1])]
    return ["frame", columns, part(value.columns), part(value.index)]


def _write_index(value: Any, part: Part) -> Any:
    return ["index", _column(value, part), part(value.name)]


_PANDAS: dict[str, Callable[[Any, Part], Any]] = {
    "Timestamp": lambda v, _: ["timestamp", v.isoformat(), None if v.tz is None else str(v.tz)],
    "Timedelta": lambda v, _: ["pandas-timedelta", v.isoformat()],
    "Series": lambda v, part: ["series", _column(v, part), part(v.index), part(v.name)],
    "DataFrame": _write_frame,
    "RangeIndex": lambda v, part: ["range-index", v.start, v.stop, v.step, part(v.name)],
    "MultiIndex": lambda v, part: ["multi-index", [part(one) for one in v.tolist()], part(list(v.names))],
    "Index": _write_index,
    "DatetimeIndex": _write_index,
    "TimedeltaIndex": _write_index,
    "CategoricalIndex": _write_index,
}


def _column(value: Any, part: Part) -> Any:
    """The values of a series or an index, and the dtype to give them where it is one of pandas' own."""
    if _DTYPE.fullmatch(getattr(value.dtype, "str", "?")):
        return ["numpy", part(value.to_numpy())]
    name = str(value.dtype)
    parts = [part(one) for one in value.astype(object).tolist()]
    return [name if _EXTENSION.fullmatch(name) else "object", parts]


def _scalar(part: Part, dtype: str, data: str) -> Any:
    return _array(part, dtype, [], data)[()]


def _array(_: Part, dtype: str, shape: list[int], data: str) -> Any:
    import numpy as np

    if not _DTYPE.fullmatch(dtype) or len(shape) > _MOST_DIMENSIONS:
        raise Unsuitable("学员程序给出的数组读不出来。")
    return np.frombuffer(as_bytes(data), np.dtype(dtype)).reshape([int(n) for n in shape]).copy()


def _objects(part: Part, shape: list[int], parts: list[Any]) -> Any:
    import numpy as np

    array = np.empty(len(parts), dtype=object)
    for at, one in enumerate(parts):
        array[at] = part(one)
    return array.reshape([int(n) for n in shape])


def _timestamp(_: Part, text: str, zone: str | None) -> Any:
    import pandas as pd

    moment = pd.Timestamp(str(text)[:64])
    return moment if zone is None else moment.tz_convert(str(zone)[:64])


def _timedelta(_: Part, text: str) -> Any:
    import pandas as pd

    return pd.Timedelta(str(text)[:64])


def _missing(_: Part) -> Any:
    import pandas as pd

    return pd.NA


def _no_time(_: Part) -> Any:
    import pandas as pd

    return pd.NaT


def _read_column(part: Part, data: list[Any]) -> Any:
    import pandas as pd

    kind, values = data
    if kind == "numpy":
        return pd.Series(part(values))
    if kind != "object" and not _EXTENSION.fullmatch(kind):
        raise Unsuitable("学员程序给出的表格读不出来。")
    return pd.Series([part(value) for value in values], dtype=kind)


def _index(part: Part, column: list[Any], name: Any) -> Any:
    import pandas as pd

    values = _read_column(part, column)
    return pd.Index(values, name=part(name), dtype=values.dtype)


def _range_index(part: Part, start: int, stop: int, step: int, name: Any) -> Any:
    import pandas as pd

    return pd.RangeIndex(int(start), int(stop), int(step), name=part(name))


def _multi_index(part: Part, tuples: list[Any], names: Any) -> Any:
    import pandas as pd

    return pd.MultiIndex.from_tuples([part(one) for one in tuples], names=part(names))


def _series(part: Part, column: list[Any], index: Any, name: Any) -> Any:
    values = _read_column(part, column)
    values.index = part(index)
    values.name = part(name)
    return values


def _frame(part: Part, columns: list[Any], names: Any, index: Any) -> Any:
    import pandas as pd

    rows = part(index)
    series = [_read_column(part, column) for column in columns]
    for one in series:
        one.index = rows
    frame = pd.concat(series, axis=1) if series else pd.DataFrame(index=rows)
    frame.columns = part(names)
    return frame


#: What builds each kind of value, by its tag.
READ: dict[str, Callable[..., Any]] = {
    "scalar": _scalar, "array": _array, "objects": _objects, "timestamp": _timestamp, "pandas-timedelta": _timedelta,
    "na": _missing, "nat": _no_time, "index": _index, "range-index": _range_index, "multi-index": _multi_index,
    "series": _series, "frame": _frame,
}  # fmt: skip
