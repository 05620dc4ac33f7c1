"""Small plots as SVG: no script, no style sheet, readable on a phone, and told in words to those who cannot see them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from itertools import pairwise

from trainer.procedures.dues import Segment

_RED, _INK, _LINE = "#a3161a", "#1f1f1f", "#8a8580"
_WIDTH = 340


def frame(width: int, height: int, title: str, description: str, parts: Sequence[str]) -> str:
    """An SVG that grows to the width of its column, and not beyond its own."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawn" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-size="13" fill="{_INK}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{''.join(parts)}</svg>"
    )


def label(x: float, y: float, text: str, anchor: str = "middle", size: int = 13, fill: str = _INK) -> str:
    """A line of text at a place."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" fill="{fill}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = _LINE, width: float = 1) -> str:
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" stroke-width="{width:g}"/>'
    )


def bar_plot(values: Sequence[int], labels: Sequence[str], title: str) -> str:
    """A bar for each value, with its number above and its label below."""
    height, base, top = 190, 160, 40
    step = (_WIDTH - 20) / len(values)
    most = max([1, *values])
    parts = [label(_WIDTH / 2, 18, title, size=14)]
    for at, (value, name) in enumerate(zip(values, labels, strict=True)):
        x = 10 + at * step
        tall = (base - top) * value / most
        parts.append(
            f'<rect x="{x + 3:g}" y="{base - tall:g}" width="{step - 6:g}" height="{tall:g}" fill="{_RED}"/>'
        )
        parts.append(label(x + step / 2, base - tall - 4, str(value)))
        parts.append(label(x + step / 2, base + 16, name))
    parts.append(_line(10, base, _WIDTH - 10, base))
    said = "，".join(f"{name}：{value}" for name, value in zip(labels, values, strict=True))
    return frame(_WIDTH, height, title, said, parts)


def cliff_plot(segments: Sequence[Segment], base: Decimal, due: Decimal) -> str:
    """The line from base to due with its jumps, and where the person is (left out where it lies beyond the line)."""
    height, left, bottom, top = 230, 34, 190, 34
    far, tall = float(segments[-1].high), float(segments[-1].due_at_high)

    def x(value: Decimal) -> float:
        return left + (_WIDTH - left - 16) * float(value) / far

    def y(value: Decimal) -> float:
        return bottom - (bottom - top) * float(value) / tall

    title = "收入和每月党费：过了线整笔跳一档"
    parts = [label(_WIDTH / 2, 18, title, size=14)]
    parts += [_line(left, bottom, _WIDTH - 16, bottom), _line(left, top, left, bottom)]
    for part in segments:
        parts.append(_line(x(part.low), y(part.due_at_low), x(part.high), y(part.due_at_high), _RED, 3))
        parts.append(label(x(part.high), bottom + 16, f"{part.high:f}", size=12))
        parts.append(label(left - 4, y(part.due_at_high) + 4, f"{part.due_at_high:.0f}", "end", 12))
    for before, after in pairwise(segments):
        at = x(after.low)
        parts.append(
            f'<path d="M{at:g} {y(before.due_at_high):g}V{y(after.due_at_low):g}" stroke="{_LINE}" '
            'stroke-width="1" stroke-dasharray="3 3" fill="none"/>'
        )
    if base <= segments[-1].high:
        parts.append(
            f'<circle cx="{x(base):g}" cy="{y(due):g}" r="5" fill="#ffffff" stroke="{_INK}" stroke-width="2"/>'
        )
    parts.append(label(_WIDTH / 2, height - 4, "横轴：计算基数（元）；纵轴：每月党费（元）", size=12))
    jumps = "；".join(
        f"刚过 {after.low:f} 元，从 {before.due_at_high:.2f} 元跳到约 {after.due_at_low:.2f} 元"
        for before, after in pairwise(segments)
    )
    return frame(_WIDTH, height, title, f"{jumps}。您的基数 {base:f} 元，每月 {due:f} 元。", parts)
