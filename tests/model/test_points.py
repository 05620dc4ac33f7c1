"""Exact points."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.model.points import as_float, as_text, share, to_hundredths


@pytest.mark.parametrize(
    ("points", "hundredths"),
    [
        pytest.param(2, 200, id="whole"),
        pytest.param("1.5", 150, id="text"),
        pytest.param(0.1, 10, id="float"),
        pytest.param(1.005, 101, id="float-half-up"),
        pytest.param(Decimal("2.675"), 268, id="decimal-half-up"),
        pytest.param(0.29, 29, id="float-that-is-less-than-it-says"),
    ],
)
def test_points_become_hundredths(points, hundredths):
    assert to_hundredths(points) == hundredths


@given(st.integers(0, 10**7))
def test_hundredths_survive_the_gradebooks_floats(hundredths):
    assert to_hundredths(as_float(hundredths)) == hundredths


@given(st.integers(0, 10**5), st.integers(1, 30), st.data())
def test_a_share_is_the_nearest_hundredth_half_up(full, whole, data):
    part = data.draw(st.integers(0, whole))
    got = share(full, part, whole)
    assert 2 * abs(got * whole - full * part) <= whole
    assert 0 <= got <= full
    if 2 * (got * whole - full * part) == -whole:
        pytest.fail("half was rounded down")


@pytest.mark.parametrize(("part", "whole"), [(3, 2), (-1, 2), (0, 0)])
def test_there_is_no_such_share(part, whole):
    with pytest.raises(ValueError, match="no share"):
        share(100, part, whole)


@pytest.mark.parametrize(
    ("hundredths", "text"),
    [
        (200, "2"),
        (150, "1.5"),
        (67, "0.67"),
        (0, "0"),
        (-50, "-0.5"),
        (10000, "100"),
        (5, "0.05"),
        (2010, "20.1"),
    ],
)
def test_points_read_as_people_write_them(hundredths, text):
    assert as_text(hundredths) == text
