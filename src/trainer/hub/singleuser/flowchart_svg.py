"""A flowchart as SVG: text wrapped, readable on a phone 360 pixels wide, told in words to those who cannot see it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from trainer.hub.singleuser.drawing import frame, label
from trainer.hub.singleuser.flowchart import Flowchart, Layout, Node, Route, lay_out, read_flowchart

_FONT, _LINE = 15, 20
#: Pixels across: what a phone leaves of 360, less the lane for arrows that lead back.
_ACROSS, _LANE, _MARGIN = 320, 22, 4
#: The narrowest column; more columns than fit make the chart wider, and it is scrolled.
_NARROWEST, _WIDEST, _BEND = 96, 250, 30
_GAP_X, _GAP_Y = 10, 36
_NEVER_FIRST = "，。；：、）》”！？"
_BOX, _EDGE, _CHOICE = "#ffffff", "#595959", "#fff6dd"


def draw(code: str) -> str | None:
    """The SVG of a flowchart that is written in Mermaid; None for what is outside of the part that we draw."""
    chart = read_flowchart(code)
    return None if chart is None else _Drawing(chart, lay_out(chart)).svg()


@dataclass
class _Place:
    """Where a slot is drawn: its middle, and its size. Bends have lines of text: none."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...] = ()

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


class _Drawing:
    def __init__(self, chart: Flowchart, layout: Layout) -> None:
        self.chart, self.layout = chart, layout
        self.lanes = sum(route.back for route in layout.routes)
        widest = max(self._columns(layer) for layer in layout.layers)
        room = _ACROSS - self.lanes * _LANE
        self.across = max(room, widest * (_NARROWEST + _GAP_X))
        self.places: dict[int, _Place] = {}
        self.height = self._place_all()
        self.width = self.across + self.lanes * _LANE + 2 * _MARGIN

    def _columns(self, layer: Sequence[int]) -> float:
        """How wide a layer is, in nodes: a bend takes little room."""
        bends = sum(self.layout.slots[number].node is None for number in layer)
        return len(layer) - bends + bends * (_BEND / _NARROWEST)

    def _place_all(self) -> float:
        y = float(_MARGIN)
        for layer in self.layout.layers:
            places = self._place_layer(layer)
            tall = max(place.height for place in places.values())
            for number, place in places.items():
                place.y = y + tall / 2
                if self.layout.slots[number].node is None:
                    place.height = tall  # an edge passes a layer straight
                self.places[number] = place
            y += tall + _GAP_Y
        return y - _GAP_Y + _MARGIN

    def _place_layer(self, layer: Sequence[int]) -> dict[int, _Place]:
        nodes = [number for number in layer if self.layout.slots[number].node is not None]
        room = self.across - (len(layer) - len(nodes)) * _BEND
        width = min(_WIDEST, room / len(nodes) - _GAP_X) if nodes else 0
        spare = room - len(nodes) * (width + _GAP_X)
        x = _MARGIN + spare / 2
        places = {}
        for number in layer:
            name = self.layout.slots[number].node
            taken = _BEND if name is None else width + _GAP_X
            if name is None:
                places[number] = _Place(x + taken / 2, 0, 0, 0)
            else:
                places[number] = _node_place(self.chart.nodes[name], x + taken / 2, width)
            x += taken
        return places

    def svg(self) -> str:
        lane = 0
        edges = []
        for route in self.layout.routes:
            if route.back:
                lane += 1
                edges.append(self._back(route, lane))
            else:
                edges.append(self._down(route))
        nodes = [
            _node(self.chart.nodes[slot.node], self.places[number])
            for number, slot in enumerate(self.layout.slots)
            if slot.node is not None
        ]
        labels = [self._label(route) for route in self.layout.routes if not route.back and route.edge.label]
        return frame(
            round(self.width), round(self.height), "流程图", self.chart.in_words(), [*edges, *nodes, *labels]
        )

    def _down(self, route: Route) -> str:
        first, *others = (self.places[number] for number in route.slots)
        last = others[-1]
        path = f"M{first.x:g} {first.bottom:g}"
        x, y = first.x, first.bottom
        for place in others:
            end = place.top - (7 if place is last else 0)
            middle = (y + end) / 2
            path += f"C{x:g} {middle:g} {place.x:g} {middle:g} {place.x:g} {end:g}"
            if place is not last:
                path += f"V{place.bottom:g}"
            x, y = place.x, place.bottom
        return _stroke(path) + _arrow(last.x, last.top, "down")

    def _back(self, route: Route, lane: int) -> str:
        """Out at the right, up beside the chart, and in again at the right."""
        first, last = (self.places[number] for number in route.slots)
        x = self.across + _MARGIN + lane * _LANE - _LANE / 2
        start, end = first.x + first.width / 2, last.x + last.width / 2
        low, high = first.y + (6 if first is last else 0), last.y - (6 if first is last else 0)
        path = f"M{start:g} {low:g}H{x:g}V{high:g}H{end + 7:g}"
        said = _labelled(x - 3, low - 5, route.edge.label, "end") if route.edge.label else ""
        return _stroke(path) + _arrow(end, high, "left") + said

    def _label(self, route: Route) -> str:
        first, second = (self.places[number] for number in route.slots[:2])
        return _labelled(
            first.x + (second.x - first.x) * 0.5, first.bottom + _GAP_Y * 0.5 + 3, route.edge.label
        )


def _node_place(node: Node, x: float, width: float) -> _Place:
    lines = wrapped(node.text, (width - (32 if node.choice else 14)) / _FONT)
    return _Place(x, 0, width, len(lines) * _LINE + (18 if node.choice else 14), lines)


def wrapped(text: str, across: float) -> tuple[str, ...]:
    """The text in lines of at most so many Chinese characters, all about as long; other signs take half the room."""
    across = max(across, 2)
    total = sum(map(_room, text))
    even = max(total / max(1, -(-total // across)), 2)
    lines, line, used = [], "", 0.0
    for sign in text:
        full = used >= even - 0.01 or used + _room(sign) > across
        if line and full and sign not in _NEVER_FIRST:
            lines.append(line)
            line, used = "", 0.0
        line += sign
        used += _room(sign)
    return (*lines, line)


def _room(sign: str) -> float:
    return 1.0 if unicodedata.east_asian_width(sign) in "WFA" else 0.55


def _node(node: Node, place: _Place) -> str:
    left, right = place.x - place.width / 2, place.x + place.width / 2
    look = f'fill="{_CHOICE if node.choice else _BOX}" stroke="{_EDGE}" stroke-width="1.5"'
    if node.choice:
        points = (
            (left, place.y),
            (left + 12, place.top),
            (right - 12, place.top),
            (right, place.y),
            (right - 12, place.bottom),
            (left + 12, place.bottom),
        )
        shape = f'<polygon points="{" ".join(f"{x:g},{y:g}" for x, y in points)}" {look}/>'
    else:
        shape = f'<rect x="{left:g}" y="{place.top:g}" width="{place.width:g}" height="{place.height:g}" rx="6" {look}/>'
    first = place.y - (len(place.lines) - 1) * _LINE / 2 + _FONT * 0.36
    texts = (label(place.x, first + n * _LINE, line, size=_FONT) for n, line in enumerate(place.lines))
    return shape + "".join(texts)


def _stroke(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="{_EDGE}" stroke-width="1.5"/>'


def _arrow(x: float, y: float, way: str) -> str:
    a, b = ((x - 5, y - 8), (x + 5, y - 8)) if way == "down" else ((x + 8, y - 5), (x + 8, y + 5))
    return f'<path d="M{x:g} {y:g}L{a[0]:g} {a[1]:g}L{b[0]:g} {b[1]:g}Z" fill="{_EDGE}"/>'


def _labelled(x: float, y: float, text: str, anchor: str = "middle") -> str:
    """Words at an edge, with the paper's colour around them so that the line does not strike them through."""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="14" stroke="#ffffff" stroke-width="5" '
        f'paint-order="stroke" fill="#8a1016">{escape(text)}</text>'
    )
