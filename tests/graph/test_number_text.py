"""Numbers and small arrays as text."""

import numpy as np
import pytest

from skmlp.graph.number_text import number, quantity, shape_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (-2.0, "−2"),
        (-0.0, "0"),
        (12345.6, "1.235·10⁴"),
        (1.5e-7, "1.5·10⁻⁷"),
        (-3e20, "−3·10²⁰"),
        (np.inf, "∞"),
        (-np.inf, "−∞"),
        (np.nan, "nan"),
        (np.int64(7), "7"),
        (np.float32(0.1), "0.1"),
        (True, "true"),
    ],
)
def test_numbers_have_four_significant_digits_and_a_true_minus(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (np.float64(2.5), "2.5"),
        (np.array(-1.0), "−1"),
        (np.array([1.0, -2.5]), "[1, −2.5]"),
        (np.arange(6.0).reshape(3, 2), "[[0, 1], [2, 3], [4, 5]]"),
        (np.zeros(7), "shape (7,)"),
        (np.zeros((100, 10)), "shape (100, 10)"),
        (np.zeros((0, 3)), "[]"),
    ],
)
def test_small_arrays_are_written_and_of_large_ones_the_shape(value, text):
    assert quantity(value) == text


def test_shapes_are_written_with_plain_integers():
    assert shape_text((np.int64(3), 2)) == "(3, 2)"
    assert shape_text(()) == "()"
