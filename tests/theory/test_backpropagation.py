"""The loss of a network with one hidden layer, differentiated as on paper."""

import numpy as np
import pytest

from skmlp.graph import (
    cross_entropy,
    logistic,
    named,
    squared_norm,
    trace,
    transposed_product,
)


def _objective(x, y, W1, W2, lam):
    """Return cross_entropy(y, σ(W₂ᵀσ(W₁ᵀx))) + λ·(‖W₁‖² + ‖W₂‖²)."""
    hidden = logistic(transposed_product(W1, x))
    prediction = named(logistic(transposed_product(W2, hidden)), "ŷ")
    penalty = lam * (squared_norm(W1) + squared_norm(W2))
    return named(cross_entropy(y, prediction) + penalty, "ℓ")


@pytest.fixture
def graph():
    rng = np.random.default_rng(0)
    return trace(
        _objective,
        x=rng.normal(size=3),
        y=1.0,
        W1=rng.normal(size=(3, 2)),
        W2=rng.normal(size=2),
        lam=0.1,
    ).with_parameters("W1", "W2")


def test_u4_is_the_norm_of_the_first_weights_and_u8_the_cross_entropy(graph):
    assert graph.node("u4").operation == "squared_norm"
    assert graph.node("u4").operands == (graph.node("W1"),)
    assert graph.node("u8").operation == "cross_entropy"
    assert {node.symbol for node in graph.output.operands} == {"u₇", "u₈"}


def test_the_derivative_by_the_first_weights_has_a_part_from_u8_and_one_from_u4(graph):
    total = graph.backward()["W1"]
    W1, W2 = graph.node("W1").value, graph.node("W2").value
    x, lam = graph.node("x").value, graph.node("lam").value
    hidden = logistic(W1.T @ x)
    p = logistic(W2 @ hidden)
    through_u8 = np.outer(x, (p - 1) * W2 * hidden * (1 - hidden))
    through_u4 = 2 * lam * W1
    np.testing.assert_allclose(total, through_u8 + through_u4, rtol=1e-12)
    paths = graph.paths("ℓ", "W1")
    assert len(paths) == 2
    parts = [path.contribution for path in paths]
    for part in (through_u8, through_u4):
        assert any(np.allclose(part, each, rtol=1e-12) for each in parts)


def test_a_net_of_three_weights_has_six_factors_of_which_three_are_at_most_a_quarter():
    def net(x, w1, w2, w3):
        return logistic(w3 * logistic(w2 * logistic(w1 * x)))

    graph = trace(net, x=0.7, w1=1.5, w2=-2.0, w3=0.8)
    derivative = graph.backward()["w1"]
    (path,) = graph.paths(None, "w1")
    factors = [float(factor) for factor in path.factors]
    assert len(factors) == 6
    slopes = [
        factor
        for factor, node in zip(factors, path.nodes, strict=False)
        if node.operation == "logistic"
    ]
    assert len(slopes) == 3
    assert max(slopes) <= 0.25
    assert np.prod(factors) == pytest.approx(derivative, rel=1e-14)
