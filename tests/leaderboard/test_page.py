"""The page: it stands alone, escapes what people wrote, and says everything it must."""

import re
from base64 import b64decode
from html.parser import HTMLParser

import pytest

from trainer.leaderboard.export_html import page
from trainer.leaderboard.plots import PLOTS


class Reader(HTMLParser):
    """Elements with their attributes, and the text, of a page."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def html(published):
    return (published / "榜单.html").read_text(encoding="utf-8")


@pytest.fixture
def reader(html):
    return Reader(html)


def rendered(board, generated_at):
    return page(board, {plot.name: b"<svg/>" for plot in PLOTS}, generated_at=generated_at)


def test_names_are_escaped(html, reader):
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "石桥&amp;街道" in html
    assert "<script" not in html.lower()
    assert reader.all("script") == []


def test_nothing_is_fetched_from_outside(html, reader):
    own = re.sub(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]+", "", html)
    assert not re.search(r"https?:|//|@import|url\(", own)
    links = [attrs[key] for _, attrs in reader.elements for key in ("src", "href") if key in attrs]
    assert links
    assert all(link.startswith(("#", "data:image/svg+xml;base64,")) for link in links)
    assert not any(key.startswith("on") for _, attrs in reader.elements for key in attrs)


def test_links_within_the_page_lead_somewhere(reader):
    ids = {attrs["id"] for _, attrs in reader.elements if "id" in attrs}
    assert {link["href"][1:] for link in reader.all("a")} <= ids


def test_plots_are_drawn_in_the_page_and_told_in_words(published, reader):
    images = reader.all("img")
    assert len(images) == 3
    assert b64decode(images[0]["src"].partition(",")[2]) == (published / "分数分布.svg").read_bytes()
    assert "青山镇" in next(image["alt"] for image in images if "团体分" in image["alt"])
    assert all(len(image["alt"]) > 20 for image in images)


def test_tables_have_captions_and_scopes(html, reader):
    assert reader.all("html") == [{"lang": "zh-CN"}]
    assert len(reader.all("caption")) == len(reader.all("table")) == 6
    assert all(attrs.get("scope") in {"col", "row", "rowgroup"} for attrs in reader.all("th"))
    for row in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        assert row.index("<caption>") < row.index("<thead>")


def test_every_line_of_a_table_fills_its_columns(html):
    for body in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        widths = set()
        for line in re.findall(r"<tr.*?</tr>", body, re.DOTALL):
            cells = re.findall(r"<t[hd]\b[^>]*>", line)
            spans = [int(span) for span in re.findall(r'colspan="(\d+)"', line)]
            widths.add(len(cells) - len(spans) + sum(spans))
        assert len(widths) == 1, body[:80]


def test_ranks_in_words_ties_and_absent(html):
    people = html[html.index('<section id="people">') : html.index('<section id="cohorts">')]
    first, second, third, fourth = re.findall(r'<tr[^>]*>\s*<td class="mid">(.*?)</td>', people, re.DOTALL)[
        :4
    ]
    assert "第一名" in first
    assert "并列" not in first
    assert all("第二名" in cell and "并列" in cell for cell in (second, third))
    assert fourth.strip() == "4"
    assert people.index("缺考 2 人，不排名次") > people.index("赵六")
    assert people.index("孙七") > people.index("缺考 2 人，不排名次")


def test_accounts_are_not_published(html):
    assert not re.search(r"\bu[1-7]\b", re.sub(r"base64,[A-Za-z0-9+/=]+", "", html))


def test_banners_rules_remarks_and_dates(reader, board):
    for words in [
        "示例数据，人名和单位均为虚构",
        "暂定榜单：还有 2 题待评，待评的题目前按 0 分计，名次可能变动。",
        "主办单位：中共某县委组织部",
        board.rules.explain_ties(),
        board.rules.team.explain(),
        board.marking,
        "及格线为满分的 60%，即 60 分",
        "80.00%，以此为准",
        "57.14%，供参考",
        "签到表缺 1 人，按开赛时间计时。",
        "本榜单生成于 2025年11月21日 08:30，北京时间",
        "同分依据：用时 30分00秒，交卷 09:30:00",
        "迟交",
        "待评 2 题；未答 1 题",
        "无人参赛",
    ]:
        assert words in reader.text, words


def test_a_finished_board_is_not_called_provisional(board_of, generated_at):
    done = board_of([("u1", "甲", "某镇", "", (100, 200), 5, {})], notice="")
    text = rendered(done, generated_at)
    assert "暂定" not in text
    assert "示例数据" not in text
    assert "期次" not in Reader(text).text  # nobody has a cohort


def test_headline_pass_rate_follows_the_rules(board_of, generated_at):
    text = Reader(rendered(board_of(pass_denominator="expected"), generated_at)).text
    assert "按应考人数，以此为准" in text
    assert text.index("按应考人数，以此为准") < text.index("按实考人数，供参考")


def test_an_empty_board_still_makes_a_page(board_of, generated_at):
    assert "应考 0 人" in Reader(rendered(board_of([]), generated_at)).text


def test_characters_that_plots_cannot_draw_are_named(board_of, generated_at):
    board = board_of([("u1", "甲", "某😀镇", "", (100, 200), 5, {})])
    assert "图中的“〓”代替字库里没有的字：😀。" in rendered(board, generated_at)
