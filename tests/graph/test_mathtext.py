"""Symbols and numbers as mathtext, which matplotlib can read."""

import string

import numpy as np
import pytest

from skmlp.graph.mathtext import math_derivative, math_number, math_symbol


@pytest.mark.parametrize(
    ("symbol", "text"),
    [
        ("x", "x"),
        ("W₁", "W_{1}"),
        ("W1", "W_{1}"),
        ("W_1", "W_{1}"),
        ("u₁₂", "u_{12}"),
        ("ŷ", r"\hat{y}"),
        ("y\u0302", r"\hat{y}"),
        ("ȳ", r"\bar{y}"),
        ("ℓ", r"\ell"),
        ("λ", r"\lambda"),
        ("Ω", r"\Omega"),
        ("β0", r"\beta_{0}"),
        ("wᵀ", "w^{T}"),
        ("w_ij", "w_{ij}"),
        ("x_train", r"x_{\mathrm{train}}"),
        ("learning_rate", r"\mathrm{learning\_rate}"),
        ("a_very_long_name", r"\mathrm{a\_very\_long\_name}"),
        ("loss", r"\mathrm{loss}"),
        ("a$b", r"\mathrm{a\$b}"),
        ("2", "2"),
    ],
)
def test_symbols_are_written_as_in_print(symbol, text):
    assert math_symbol(symbol) == text


@pytest.mark.parametrize(
    "symbol",
    [
        *string.punctuation.replace("^", ""),
        *(f"a{sign}b" for sign in string.punctuation),
    ]
    + ["100%", "{}", "x'", "ϕ", "é", "a b", "a\tb", "a\nb", "\n", "x⃗"],
)
def test_matplotlib_reads_every_symbol(symbol):
    mathtext = pytest.importorskip("matplotlib.mathtext")
    parsed = mathtext.MathTextParser("path").parse(f"${math_symbol(symbol)}$")
    assert parsed.width > 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.27, "-0.27"),
        (1.5e-7, r"1.5\cdot 10^{-7}"),
        (np.inf, r"\infty"),
        (-np.inf, r"-\infty"),
        (np.nan, r"\mathrm{nan}"),
        (True, r"\mathrm{true}"),
    ],
)
def test_numbers_are_written_as_in_print(value, text):
    assert math_number(value) == text


def test_a_derivative_is_a_quotient():
    assert math_derivative("ℓ", "u3") == r"\partial \ell/\partial u_{3}"
