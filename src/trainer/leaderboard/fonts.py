"""The Chinese font of the plots: Noto Sans SC as shipped in the wheel of zhplot, the same on every machine.

zhplot is never imported: its import changes matplotlib for the whole process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from trainer.errors import NotFound

PACKAGE = "zhplot"
FILE = "NotoSansSC-Regular.ttf"
#: A name of our own, so that a Noto Sans SC installed on the system can never be drawn with instead.
FAMILY = "Trainer Noto Sans SC"
#: 〓, which Chinese printers set for a character that they do not have.
SUBSTITUTE = "〓"


def font_file(package: str = PACKAGE) -> Path:
    """The font file. Raises NotFound when the package or its font is missing."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "fonts" / FILE
        if file.is_file():
            return file
    raise NotFound(
        f"找不到画图用的中文字体 {FILE}，它随软件包 {package} 提供。请运行 pip install {package} 后再试。"
    )


@cache
def register() -> str:
    """Make the font known to matplotlib, once in a process; returns the family name to use."""
    file = str(font_file())
    font_manager.fontManager.addfont(file)
    entry = next(entry for entry in font_manager.fontManager.ttflist if entry.fname == file)
    font_manager.fontManager.ttflist.append(replace(entry, name=FAMILY))
    return FAMILY


@contextmanager
def plot_style() -> Iterator[None]:
    """matplotlib's settings for the plots of the board, whatever the user's own file says."""
    settings: dict[Any, Any] = {
        "font.family": [register()],
        "font.size": 10.5,
        "axes.unicode_minus": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "trainer",
        "text.parse_math": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


@cache
def _known() -> frozenset[int]:
    return frozenset(FT2Font(str(font_file())).get_charmap())


def missing_characters(text: str) -> list[str]:
    """The characters of ``text`` that the font cannot draw, each once; white space needs no glyph."""
    return [char for char in dict.fromkeys(text) if not char.isspace() and ord(char) not in _known()]


def drawable(text: str) -> str:
    """The text with 〓 for every character that the font lacks."""
    missing = missing_characters(text)
    return text.translate({ord(char): SUBSTITUTE for char in missing}) if missing else text
