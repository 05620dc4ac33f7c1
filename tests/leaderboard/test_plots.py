"""The plots and their font: real files, every glyph there, the same bytes again."""

import os
import subprocess
import sys
import warnings
from itertools import combinations

import matplotlib as mpl
import pytest
from matplotlib.text import Text
from PIL import Image

from trainer.errors import NotFound
from trainer.leaderboard import fonts, plots
from trainer.leaderboard.fonts import drawable, missing_characters, plot_style

FIGURES = {plot.name: plot for plot in plots.PLOTS}


def test_every_plot_is_a_png_and_an_svg(published):
    for name in FIGURES:
        with Image.open(published / f"{name}.png") as image:
            assert image.format == "PNG"
            assert image.width >= 1400
            assert image.info["dpi"] == pytest.approx((160, 160), abs=0.1)
        svg = (published / f"{name}.svg").read_text(encoding="utf-8")
        assert "<svg" in svg
        assert "<text" not in svg  # letters are outlines
        assert "<dc:date>" not in svg


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("teams", [9, 20])
def test_all_characters_of_the_labels_are_in_the_font(crowd_of, name, teams):
    with plot_style(), warnings.catch_warnings():
        warnings.simplefilter("error")
        words = plots.texts(FIGURES[name].draw(crowd_of(teams)))
    assert any("2025年党务知识擂台比武" in text for text in words)
    assert missing_characters("".join(words)) == []


@pytest.mark.parametrize("teams", [9, 20])
@pytest.mark.parametrize("name", FIGURES)
def test_labels_do_not_overlap_and_stay_on_the_sheet(crowd_of, name, teams):
    with plot_style():
        figure = FIGURES[name].draw(crowd_of(teams))
        figure.canvas.draw()
        shown = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
        boxes = [(text.get_text(), Text.get_window_extent(text)) for text in shown]
    width, height = figure.canvas.get_width_height()
    for text, box in boxes:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= width, text
        assert box.y1 <= height, text
    for (one, a), (other, b) in combinations(boxes, 2):
        overlap = min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
        assert not overlap, (one, other)


def test_the_plots_say_their_numbers(board):
    with plot_style():
        words = {name: plots.texts(plot.draw(board)) for name, plot in FIGURES.items()}
    assert {"及格线 60 分", "平均分 73.10 分"} <= set(words["分数分布"])
    assert {"第1名", "2/3（66.67%）", " 87.75", " 无人参赛"} <= set(words["团体对比"])
    assert {"76.67%", "91.67%", "—", "全体"} <= set(words["大题得分率"])
    for texts in words.values():
        assert "示例数据，人名和单位均为虚构" in texts
        assert any("（暂定）" in text for text in texts)


def test_tied_teams_are_marked(board_of):
    people = [(f"u{i}", "甲", f"{i}镇", "", (3000, 2000), 30, {}) for i in range(3)]
    with plot_style():
        words = plots.texts(plots.draw_teams(board_of(people)))
    assert words.count("并列第1名") == 3


def test_bins_count_everybody_once_and_the_full_score_in_the_last(board_of):
    people = [
        (f"u{i}", "甲", "某镇", "", points, 30, {})
        for i, points in enumerate([(6000, 4000), (6000, 0), (5999, 0)])
    ]
    counts = [people for _, _, people in plots.score_bins(board_of(people))]
    assert counts == [0, 0, 0, 0, 0, 1, 1, 0, 0, 1]


def test_boards_without_results_are_drawn_too(board_of, tmp_path):
    for people in ([], [("u1", "甲", "某镇", "", None, None, {})]):
        assert len(plots.write_plots(board_of(people), tmp_path)) == 6


def test_plots_are_the_same_bytes_again(board, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = plots.write_plots(board, tmp_path / "a"), plots.write_plots(board, tmp_path / "b")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_dollar_signs_are_not_mathematics(board_of, tmp_path):
    people = [("u1", "甲", "$x^2$镇", "", (100, 200), 5, {})]
    with plot_style():
        figure = plots.draw_teams(board_of(people))
        label = next(
            text for text in figure.findobj(Text) if "镇" in text.get_text() and "$" in text.get_text()
        )
        assert label.get_parse_math() is False


def test_a_character_without_a_glyph_becomes_a_sign_that_has_one(board_of, tmp_path):
    assert missing_characters("党😀 务\n😀") == ["😀"]
    assert drawable("某😀镇") == "某〓镇"
    assert missing_characters("〓") == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plots.write_plots(board_of([("u1", "甲", "某😀镇", "", (100, 200), 5, {})]), tmp_path)


def test_style_ends_with_the_plot():
    before = dict(mpl.rcParams)
    with plot_style():
        assert mpl.rcParams["font.family"] == [fonts.FAMILY]
    assert dict(mpl.rcParams) == before


def test_missing_font_is_told_in_chinese():
    with pytest.raises(NotFound, match=r"找不到画图用的中文字体.*pip install"):
        fonts.font_file("no_such_package_with_a_font")
    with pytest.raises(NotFound):
        fonts.font_file("json")  # a package, but without the font


def test_a_machine_without_fonts_draws_with_the_packaged_one(tmp_path):
    code = """
import sys, warnings
warnings.simplefilter("error")
from matplotlib import font_manager
from matplotlib.figure import Figure
from trainer.leaderboard.fonts import FAMILY, font_file, plot_style
with plot_style():
    used = font_manager.findfont(FAMILY, fallback_to_default=False)
    figure = Figure()
    figure.text(0.1, 0.5, "基层党务干部擂台比武，第一名：95.50 分")
    figure.savefig("out.png")
assert used == str(font_file()), used
assert "zhplot" not in sys.modules
assert "matplotlib.pyplot" not in sys.modules
print(used)
"""
    home = tmp_path / "home"
    home.mkdir()
    env = {"PATH": os.defpath, "HOME": str(home), "MPLCONFIGDIR": str(home), "FONTCONFIG_FILE": os.devnull}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("zhplot/fonts/NotoSansSC-Regular.ttf")
    assert (tmp_path / "out.png").stat().st_size > 1000
