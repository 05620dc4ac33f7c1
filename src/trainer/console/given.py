"""What people type into the console's forms, as values; what cannot be used is a sentence."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from trainer.errors import UsageError

_COUNTS = ("first", "last", "best")
_LATE = ("keep", "accept")


class Fields(Protocol):
    """A handler, as far as its form goes."""

    def get_body_argument(self, name: str, default: str) -> str: ...


def whole(fields: Fields, name: str, what: str, least: int, most: int) -> int | None:
    """A whole number; None for an empty field. Raises UsageError."""
    text = fields.get_body_argument(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise UsageError(f"{what}“{text[:20]}”不对，应是 {least} 到 {most} 的整数，什么也没有改动。")
    return int(text)


def moment(fields: Fields, name: str, what: str) -> str | None:
    """A time of the server's clock, as ISO 8601 with offset; None for an empty field. Raises UsageError."""
    text = fields.get_body_argument(name, "").strip()
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.astimezone()).isoformat()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"{what}“{text[:40]}”看不懂，应写成 2026-11-20T09:00 这样，什么也没有改动。"
        ) from None


def choice(fields: Fields, name: str, what: str, allowed: tuple[str, ...]) -> str:
    """One of a few words. Raises UsageError."""
    text = fields.get_body_argument(name, "")
    if text not in allowed:
        raise UsageError(f"没有选{what}，什么也没有改动。")
    return text


def rules(fields: Fields) -> dict[str, Any]:
    """The hall's rules from the form of release. Raises UsageError."""
    opens, closes = moment(fields, "opens", "开始时间"), moment(fields, "closes", "截止时间")
    if opens and closes and datetime.fromisoformat(closes) <= datetime.fromisoformat(opens):
        raise UsageError("截止时间应在开始时间之后，什么也没有改动。")
    return {
        "opens": opens,
        "closes": closes,
        "attempts": whole(fields, "attempts", "交卷次数", 0, 1000) or None,
        "counts": choice(fields, "counts", "算哪一次", _COUNTS),
        "late": choice(fields, "late", "迟交怎样算", _LATE),
        "grace_seconds": whole(fields, "grace_seconds", "宽限秒数", 0, 86_400) or 0,
    }
