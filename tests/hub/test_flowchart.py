"""Flowcharts of lessons: what we draw, what stays text, and that no arrow is lost."""

import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from trainer.hub.singleuser.flowchart import lay_out, read_flowchart
from trainer.hub.singleuser.flowchart_svg import draw, wrapped
from trainer.hub.singleuser.lesson_text import as_html

CHART = """flowchart TD
  A[递交入党申请书] --> B[派人谈话]
  B --> C{支委会是否同意}
  C -- 同意 --> D[报上级党委备案，指定一到两名培养联系人]
  C -- 不同意 --> E[继续教育]
  E --> C
  A --> D
"""
SPACE = "{http://www.w3.org/2000/svg}"


def test_what_is_read():
    chart = read_flowchart(CHART)
    assert [node.choice for node in chart.nodes.values()] == [False, False, True, False, False]
    assert [edge.label for edge in chart.edges] == ["", "", "同意", "不同意", "", ""]
    assert "支委会是否同意，不同意，到继续教育" in chart.in_words()


def test_layers_go_down_and_circles_come_back():
    layout = lay_out(read_flowchart(CHART))
    for route in layout.routes:
        layers = [layout.slots[number].layer for number in route.slots]
        assert route.back == (route.edge.start == "E")
        assert route.back or layers == list(range(layers[0], layers[0] + len(layers)))


def test_the_drawing_is_sound_and_says_what_it_shows():
    svg = ET.fromstring(draw(CHART))
    assert (svg.get("role"), svg.find(f"{SPACE}title").text) == ("img", "流程图")
    assert "递交入党申请书，到派人谈话" in svg.find(f"{SPACE}desc").text
    texts = "".join(text.text for text in svg.iter(f"{SPACE}text"))
    assert all(words in texts for words in ("递交入党申请书", "同意", "培养联系人"))
    assert int(svg.get("width")) <= 336, "on a phone, the letters stay as large as they are"
    assert {shape.tag.removeprefix(SPACE) for shape in svg.iter()} <= {
        *("svg", "title", "desc", "text", "path", "rect", "polygon")
    }
    assert draw(CHART) == draw(CHART)


def test_boxes_of_a_layer_do_not_touch():
    wide = "flowchart TD\n" + "\n".join(f"A[头] --> B{n}[很长很长的第{n}步骤]" for n in range(5))
    boxes = [
        (float(box.get("x")), float(box.get("width")))
        for box in ET.fromstring(draw(wide)).iter(f"{SPACE}rect")
    ]
    row = sorted(boxes[1:])
    assert all(x + width < following for (x, width), (following, _) in itertools.pairwise(row))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "sequenceDiagram\nA->>B: 好",
        "flowchart LR\nA --> B",
        "flowchart TD\nA[<img src=x onerror=alert(1)>] --> B\nclick A call()",
        "flowchart TD\nsubgraph 一\nA --> B\nend",
        "flowchart TD\nA --> B --> C",
        "flowchart TD\n" + "\n".join(f"A{n} --> A{n + 1}" for n in range(60)),
        "flowchart TD\nA[" + "长" * 400 + "]",
    ],
)
def test_what_is_not_drawn_stays_text(code):
    assert draw(code) is None
    shown = as_html(f"```mermaid\n{code}\n```")
    assert "<svg" not in shown
    assert "<details>" in shown


def test_what_is_written_is_only_text():
    shown = as_html("```mermaid\nflowchart TD\nA[<b onclick=x>甲</b>] --> B[乙 & 丙]\n```")
    assert not re.search(r"<b[ >]", shown)
    assert "乙 &amp; 丙" in shown


def test_lines_are_about_as_long():
    assert wrapped("报上级党委备案并指定培养联系人", 14) == ("报上级党委备案并", "指定培养联系人")
    assert wrapped("短", 14) == ("短",)
    assert (
        "".join(wrapped("在2026年12月31日以前，报上级党委审批。", 6))
        == "在2026年12月31日以前，报上级党委审批。"
    )
