"""The comparison with central differences finds wrong derivatives."""

import numpy as np
import pytest

from skmlp.graph import check_gradient, primitive

WRONG = primitive("wrong", np.sin, lambda g, u, x: g * np.where(x > 1, 0.5, np.cos(x)))


def test_a_right_gradient_passes_with_a_small_error():
    error = check_gradient(lambda x, n: np.sin(x) ** n, np.linspace(0.3, 2, 5), 2)
    assert 0 <= error < 1e-10


def test_the_entry_with_the_largest_error_is_named():
    x = np.array([[0.5, 0.7], [0.2, 1.5]])
    with pytest.raises(AssertionError) as raised:
        check_gradient(lambda y, x: np.sum(y * WRONG(x)), 1.0, x)
    assert "argument 1[1, 1] is 0.5, and central differences give 0.0707" in str(
        raised.value
    )


def test_a_gradient_that_is_not_a_number_is_an_error():
    broken = primitive("broken", np.sin, lambda g, u, x: g * np.nan)
    with pytest.raises(AssertionError, match="argument 0 is nan"):
        check_gradient(broken, 1.0)


def test_arguments_without_real_numbers_are_refused():
    with pytest.raises(ValueError, match=r"no floating-point numbers; pass 1.0"):
        check_gradient(np.sin, 1)


def test_containers_are_checked_as_well():
    check_gradient(lambda p: p["a"] * p["b"][0], {"a": 2.0, "b": [np.ones(2)]})
    with pytest.raises(AssertionError, match="argument 1"):
        check_gradient(lambda p: p["a"] * WRONG(p["b"]), {"a": 2.0, "b": 3.0})
