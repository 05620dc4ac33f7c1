"""Nothing is dropped: whatever the text, every character of every line is in exactly one piece."""

from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.bank.importers.prose import read_prose
from trainer.bank.importers.settle import settle
from trainer.bank.importers.text_file import text_lines

from .conftest import REGULATIONS, tiled

_BITS = st.sampled_from(
    [
        *("1、", "2.", "（3）", "第4题", "5\t", "A、", "B.", "C．", "(D)", "a:", "b、", "答案：", "【答案】", "解析：", "A B"),
        *("（）", "____", "（ A ）", "(√)", "×", "一、单选题", "二、判断题（共2题）", "参考答案", "1-3 ABC", "1.A 2.B", "-D:丁"),
        *("甲", "灯会在哪里？", "乙组。", " ", "\n", "\n\n", "第 1 页 共 2 页", "……", "2021年", "《党章》", "题目：", "我的答案："),
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(_BITS, max_size=40).map("".join), st.text(max_size=300)))
def test_the_pieces_tile_every_line(text):
    reading = tiled(read_prose("x.txt", text_lines("x.txt", text)))
    for raw in reading.raws:
        draft = settle(raw, "x.txt", REGULATIONS)
        assert (draft.definition is not None) or draft.doubts
        assert draft.definition is None or draft.definition["status"] == "draft"


def test_a_long_line_costs_no_more_than_many_short_ones():
    one = "".join(f"{n}、灯会第{n}场在哪里（）？A.村东B.村西C.村南D.村北答案：A" for n in range(1, 3001))
    reading = tiled(read_prose("x.txt", text_lines("x.txt", f"一、单选题{one}")))
    assert len(reading.raws) == 3000
