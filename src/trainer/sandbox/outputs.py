"""Outputs that come from a trainee's process, taken apart and put together again: what is not of the right shape is left out."""

from __future__ import annotations

from typing import Any

from trainer.sandbox.frames import Gone, unpack

_SHOWN = frozenset(
    ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml")
)
_MOST_OUTPUTS = 1000
_LINES, _LINE = 200, 2000
#: All outputs of one submission together, in bytes.
_MOST_IN_ALL = 16 * 1024**2
TOO_MUCH = "……输出太多，没有保留……\n"


class OutputReader:
    """Reads the outputs of one submission's cells."""

    def __init__(self) -> None:
        self._left = _MOST_IN_ALL

    def read(self, payload: bytes, count: int) -> list[dict[str, Any]]:
        """The outputs of one cell as nbformat has them."""
        if len(payload) > self._left:
            return [stream("stderr", TOO_MUCH)]
        self._left -= len(payload)
        try:
            parts = unpack(payload)
        except Gone:
            return []
        if not isinstance(parts, list):
            return []
        read = [_output(part, count) for part in parts[:_MOST_OUTPUTS] if isinstance(part, dict)]
        return [output for output in read if output is not None]


def stream(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def error(name: str, text: str, lines: list[str] | None = None) -> dict[str, Any]:
    """An ``error`` output; without ``lines`` its traceback is the sentence itself."""
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": lines or [f"{name}: {text}"]}


def _output(part: dict[str, Any], count: int) -> dict[str, Any] | None:
    kind = part.get("output_type")
    if kind == "stream":
        name = "stderr" if part.get("name") == "stderr" else "stdout"
        return stream(name, _text(part.get("text")))
    if kind == "error":
        lines = part.get("traceback")
        shown = [_text(line)[:_LINE] for line in lines[:_LINES]] if isinstance(lines, list) else []
        return error(_text(part.get("ename"))[:200], _text(part.get("evalue"))[:_LINE], shown)
    if kind not in ("display_data", "execute_result") or not isinstance(part.get("data"), dict):
        return None
    data = {
        mime: _text(value)
        for mime, value in part["data"].items()
        if mime in _SHOWN and isinstance(value, str)
    }
    output = {"output_type": kind, "data": data, "metadata": {}}
    return output | {"execution_count": count} if kind == "execute_result" else output


def _text(value: Any) -> str:
    """Text that a file and a database can hold."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
