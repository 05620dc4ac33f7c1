"""Flowcharts of lessons: a small part of Mermaid, read and laid out in layers. Nothing here knows what is drawn with it.

The part: ``flowchart TD``, nodes ``A[text]`` or ``B{text}``, edges ``A --> B`` and ``B -- yes --> C``. Whatever else is
written makes it no flowchart of ours, and it stays text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

MOST_NODES, MOST_EDGES = 40, 80
_LONGEST = 60
_HEAD = re.compile(r"(?:flowchart|graph) (?:TD|TB)\s*;?")


def _node_pattern(name: str) -> str:
    box, choice = rf"\[(?P<{name}_box>[^\[\]{{}}]+)\]", rf"\{{(?P<{name}_choice>[^\[\]{{}}]+)\}}"
    return rf"(?P<{name}>[A-Za-z][A-Za-z0-9_]*)(?:{box}|{choice})?"


_ARROW = r"(?:-->\s*\|(?P<bar>[^|]+)\||-->|--\s*(?P<label>[^\-|>][^|>]*?)\s*-->)"
_STATEMENT = re.compile(rf"{_node_pattern('a')}(?:\s*{_ARROW}\s*{_node_pattern('b')})?\s*;?")
_LONGEST_LINE = 300


@dataclass(frozen=True)
class Node:
    """A step (a box) or a question (``choice``)."""

    id: str
    text: str
    choice: bool


@dataclass(frozen=True)
class Edge:
    """An arrow, with what is written at it."""

    start: str
    end: str
    label: str = ""


@dataclass(frozen=True)
class Flowchart:
    """What was written: nodes in the order in which they were named, and edges."""

    nodes: dict[str, Node]
    edges: tuple[Edge, ...]

    def in_words(self) -> str:
        """The chart as sentences, for those who cannot see it."""
        name = {one.id: one.text for one in self.nodes.values()}
        return "；".join(
            f"{name[one.start]}，{one.label}，到{name[one.end]}"
            if one.label
            else f"{name[one.start]}，到{name[one.end]}"
            for one in self.edges
        )


def read_flowchart(code: str) -> Flowchart | None:
    """The flowchart; None for what is outside of the part that we draw."""
    lines = [line.strip() for line in code.strip().splitlines()]
    lines = [line for line in lines if line and not line.startswith("%%")]
    if not lines or not _HEAD.fullmatch(lines[0]):
        return None
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for line in lines[1:]:
        match = _STATEMENT.fullmatch(line) if len(line) <= _LONGEST_LINE else None
        if match is None:
            return None
        for name in ("a", "b") if match["b"] else ("a",):
            _name(nodes, match, name)
        if match["b"]:
            written = match["label"] or match["bar"] or ""
            edges.append(Edge(match["a"], match["b"], written.strip().strip('"')))
    sound = 0 < len(nodes) <= MOST_NODES and len(edges) <= MOST_EDGES
    short = all(
        len(text) <= _LONGEST for text in [*(n.text for n in nodes.values()), *(e.label for e in edges)]
    )
    return Flowchart(nodes, tuple(edges)) if sound and short else None


def _name(nodes: dict[str, Node], match: re.Match[str], group: str) -> None:
    name, box, choice = match[group], match[f"{group}_box"], match[f"{group}_choice"]
    text = (box or choice or "").strip().strip('"').replace("<br/>", "").replace("<br>", "")
    if text or name not in nodes:
        nodes[name] = Node(name, text or name, choice is not None)


@dataclass
class Slot:
    """A place in a layer: a node, or a bend of an edge that passes through."""

    layer: int
    node: str | None
    order: int = 0


@dataclass(frozen=True)
class Route:
    """An edge as drawn: from slot to slot downwards; ``back`` edges run beside the chart instead."""

    edge: Edge
    slots: tuple[int, ...]
    back: bool


@dataclass(frozen=True)
class Layout:
    """Layers of slots from the top, each in its order; and the way of every edge."""

    slots: list[Slot]
    layers: list[list[int]]
    routes: list[Route]


def lay_out(chart: Flowchart) -> Layout:
    """Layers by the longest way from the top, bends for edges over several layers, few crossings."""
    back = _back_edges(chart)
    depth = _depths(chart, back)
    slots = [Slot(depth[name], name) for name in chart.nodes]
    at = {name: number for number, name in enumerate(chart.nodes)}
    routes = []
    for edge in chart.edges:
        if edge in back:
            routes.append(Route(edge, (at[edge.start], at[edge.end]), back=True))
            continue
        way = [at[edge.start]]
        for layer in range(depth[edge.start] + 1, depth[edge.end]):
            slots.append(Slot(layer, None))
            way.append(len(slots) - 1)
        routes.append(Route(edge, (*way, at[edge.end]), back=False))
    layers: list[list[int]] = [[] for _ in range(max(depth.values()) + 1)]
    for number, slot in enumerate(slots):
        layers[slot.layer].append(number)
    _reduce_crossings(slots, layers, routes)
    return Layout(slots, layers, routes)


def _back_edges(chart: Flowchart) -> set[Edge]:
    """The edges that close a circle, met in the order in which they were written; and those to oneself."""
    following: dict[str, list[Edge]] = defaultdict(list)
    for edge in chart.edges:
        following[edge.start].append(edge)
    found: set[Edge] = set()
    state = dict.fromkeys(chart.nodes, "new")

    def visit(name: str) -> None:
        state[name] = "open"
        for edge in following[name]:
            if state[edge.end] == "open":
                found.add(edge)
            elif state[edge.end] == "new":
                visit(edge.end)
        state[name] = "done"

    for name in chart.nodes:
        if state[name] == "new":
            visit(name)
    return found


def _depths(chart: Flowchart, back: set[Edge]) -> dict[str, int]:
    depth = dict.fromkeys(chart.nodes, 0)
    for _ in chart.nodes:
        for edge in chart.edges:
            if edge not in back:
                depth[edge.end] = max(depth[edge.end], depth[edge.start] + 1)
    return depth


def _reduce_crossings(slots: list[Slot], layers: list[list[int]], routes: list[Route]) -> None:
    """Put every slot near the middle of those that it is joined to: a few sweeps down and up."""
    above: dict[int, list[int]] = defaultdict(list)
    below: dict[int, list[int]] = defaultdict(list)
    for route in routes:
        if not route.back:
            for first, second in pairwise(route.slots):
                below[first].append(second)
                above[second].append(first)
    # What leads back does so at the right, where nothing may stand in its way.
    beside = {number for route in routes if route.back for number in route.slots}
    _number(slots, layers)
    for sweep in range(6):
        joined, order = (above, layers) if sweep % 2 == 0 else (below, layers[::-1])
        for layer in order:
            middle = {
                number: sum(_place(slots, layers, one) for one in joined[number]) / len(joined[number])
                if joined[number]
                else _place(slots, layers, number)
                for number in layer
            }
            layer.sort(key=lambda number: (number in beside, middle[number]))
        _number(slots, layers)


def _number(slots: list[Slot], layers: list[list[int]]) -> None:
    for layer in layers:
        for order, number in enumerate(layer):
            slots[number].order = order


def _place(slots: list[Slot], layers: list[list[int]], number: int) -> float:
    """Where in its layer a slot is, from 0 to 1."""
    slot = slots[number]
    return (slot.order + 0.5) / len(layers[slot.layer])
