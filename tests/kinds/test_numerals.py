"""Chinese numerals: those that name one number, and those that do not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.kinds.numerals import arabic, to_decimal


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("零", "0", id="zero"),
        pytest.param("十", "10", id="ten"),
        pytest.param("十五", "15", id="teen"),
        pytest.param("二十一", "21", id="tens"),
        pytest.param("一百零五", "105", id="zero-inside"),
        pytest.param("一百五", "150", id="colloquial-hundred"),
        pytest.param("两千五", "2500", id="colloquial-thousand"),
        pytest.param("一万五", "15000", id="colloquial-myriad"),
        pytest.param("一万零五", "10005", id="zero-after-myriad"),
        pytest.param("一千零一十", "1010", id="ten-with-one"),
        pytest.param("一千零十", "1010", id="ten-without-one"),
        pytest.param("十五万", "150000", id="myriads"),
        pytest.param("五百万", "5000000", id="millions"),
        pytest.param("壹仟贰佰", "1200", id="formal"),
        pytest.param("二〇二六", "2026", id="digit-by-digit"),
        pytest.param("〇〇七", "7", id="leading-zeros"),
        pytest.param("满十八岁", "满18岁", id="inside-a-phrase"),
        pytest.param("1,000元", "1000元", id="separator"),
        pytest.param("1,000,000", "1000000", id="separators"),
        pytest.param("1,00", "1,00", id="no-separator"),
        pytest.param("万", "万", id="bare-myriad"),
        pytest.param("万万", "万万", id="two-myriads"),
        pytest.param("百", "百", id="bare-hundred"),
        pytest.param("三三十", "三三十", id="two-digits-before-a-unit"),
        pytest.param("十百", "十百", id="units-the-wrong-way"),
        pytest.param("零百", "零百", id="nought-hundred"),
    ],
)
def test_runs_that_name_a_number_are_folded(text, folded):
    assert arabic(text) == folded


@given(st.text(alphabet="零〇○一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟,1", max_size=40))
def test_no_run_of_numerals_raises(text):
    arabic(text)


def _spoken(n):
    digits, out, pending = "零一二三四五六七八九", "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, unit)
        if digit:
            out += ("零" if pending and out else "") + digits[digit] + name
        pending = not digit
    return out


@given(st.integers(1, 9999))
def test_numbers_below_a_myriad_are_read_as_spoken(n):
    assert arabic(_spoken(n)) == str(n)


@given(st.integers(1, 9999), st.integers(1000, 9999))
def test_numbers_above_a_myriad_are_read_as_spoken(high, low):
    assert arabic(f"{_spoken(high)}万{_spoken(low)}") == str(high * 10000 + low)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("12.50", "12.50", id="decimal"),
        pytest.param("-3", "-3", id="negative"),
        pytest.param(".5", "0.5", id="without-zero"),
        pytest.param("十五", "15", id="chinese"),
        pytest.param("٣", "3", id="arabic-indic-digit"),
        pytest.param("nan", None, id="nan"),
        pytest.param("Infinity", None, id="infinity"),
        pytest.param("1e5", None, id="scientific"),
        pytest.param("1_000", None, id="underscore"),
        pytest.param("", None, id="nothing"),
        pytest.param("9" * 16, None, id="too-long"),
    ],
)
def test_plain_numbers_are_read_exactly(text, value):
    assert to_decimal(text) == (None if value is None else Decimal(value))
