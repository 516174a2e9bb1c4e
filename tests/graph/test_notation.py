"""Signs of operations, and formulas."""

import numpy as np
import pytest

from skmlp.graph import trace
from skmlp.graph.node import Node
from skmlp.graph.notation import (
    SIGNS,
    derivative_symbol,
    formula,
    operation_sign,
    plain_sign,
)

X, Y = Node("input", name="x", value=2.0), Node("input", name="W1", value=3.0)
A, B = (Node("input", name=name, value=np.ones(3)) for name in "ab")


def constant(value):
    return Node("constant", value=value)


def operation(name, *operands, **settings):
    return Node("operation", name, operands, settings, value=1.0)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (operation("multiply", X, Y), "x × W₁"),
        (operation("subtract", X, constant(-2.0)), "x − (−2)"),
        (operation("maximum", X, constant(-2.0)), "max(x, −2)"),
        (operation("tanh", X), "tanh(x)"),
        (operation("square", X), "x²"),
        (operation("power", X, constant(3)), "x³"),
        (operation("power", X, constant(-1.0)), "x⁻¹"),
        (operation("power", X, constant(0.5)), "x^0.5"),
        (operation("power", X, Y), "x^W₁"),
        (operation("matmul", Y, X), "W₁·x"),
        (operation("transpose", Y), "W₁ᵀ"),
        (operation("squared_norm", Y), "‖W₁‖²"),
        (operation("sum", A, axis=None), "Σ a"),
        (operation("sum", A, axis=0), "Σ[axis 0] a"),
        (operation("softmax", A, axis=1), "softmax(a, axis=1)"),
        (operation("reshape", A, shape=(3, 1)), "reshape(a, shape=(3, 1))"),
        (operation("einsum", A, subscripts="i->"), "einsum(a, subscripts=i->)"),
        (operation("my_own", A, weights=np.ones(3), keepdims=True), "my_own(a)"),
        (operation("greater", A, constant(0)), "a > 0"),
        (operation("cross_entropy", X, Y), "cross_entropy(x, W₁)"),
        (operation("where", X, A, B), "where(x, a, b)"),
        (operation("transpose", A, B), "aᵀ"),
        (operation("norm", A), "‖a‖"),
        (operation("getitem", A, index=1), "a[1]"),
        (operation("getitem", A, index=(slice(None, 2), 0)), "a[:2, 0]"),
        (operation("getitem", A, index=(Ellipsis, None)), "a[..., newaxis]"),
        (operation("getitem", A, index=np.array([0, 2])), "a[…]"),
        (trace(lambda a, k: a[0, k], a=np.eye(2), k=1).output, "a[0, k]"),
        (X, ""),
    ],
)
def test_formulas_are_written_as_on_paper(node, text):
    assert formula(node) == text


@pytest.mark.parametrize(
    ("node", "sign", "plain"),
    [
        (operation("multiply", X, Y), r"$\times$", "×"),
        (operation("multiply", A, B), r"$\odot$", "⊙"),
        (operation("multiply", X, B), r"$\times$", "×"),
        (operation("power", X, constant(3)), r"$(\cdot)^{3}$", "(·)³"),
        (operation("power", X, Y), r"$a^{\,b}$", "power"),
        (operation("my_own", X), r"$\mathrm{my\_own}$", "my_own"),
    ],
)
def test_signs_depend_on_the_operands(node, sign, plain):
    assert operation_sign(node) == sign
    assert plain_sign(node) == plain


def test_a_sign_of_the_user_comes_first():
    node = operation("tanh", X)
    assert operation_sign(node, {"tanh": "T"}) == "T"
    assert operation_sign(node, {"exp": "E"}) == r"$\mathrm{tanh}$"


@pytest.mark.parametrize("name", SIGNS)
def test_matplotlib_reads_every_sign_and_has_its_letters(name):
    mathtext = pytest.importorskip("matplotlib.mathtext")
    font = pytest.importorskip("matplotlib.font_manager").FontProperties(
        math_fontfamily="stix"
    )
    for line in SIGNS[name][0].split("\n"):
        assert line.startswith("$")
        assert line.endswith("$")
        assert mathtext.MathTextParser("path").parse(line, prop=font).width > 0


def test_a_derivative_is_written_as_a_quotient():
    assert derivative_symbol("ℓ", "u₃") == "∂ℓ/∂u₃"
