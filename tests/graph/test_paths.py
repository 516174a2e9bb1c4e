"""Paths from the output to a variable."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from random_graphs import network, random_graph

from skmlp.graph import logistic, named, trace


def chain(x, w1, w2, w3):
    """Return tanh(w₃·tanh(w₂·tanh(w₁·x)))."""
    return named(np.tanh(w3 * np.tanh(w2 * np.tanh(w1 * x))), "ŷ")


def test_a_chain_of_three_layers_has_one_path_of_six_factors():
    x, w1, w2, w3 = 0.5, 1.2, -0.7, 2.0
    graph = trace(chain, x=x, w1=w1, w2=w2, w3=w3)
    (path,) = graph.paths("ŷ", "w1")
    h1 = np.tanh(w1 * x)
    h2 = np.tanh(w2 * h1)
    y = np.tanh(w3 * h2)
    factors = (1 - y**2, w3, 1 - h2**2, w2, 1 - h1**2, x)
    assert_allclose(path.factors, factors, rtol=1e-14)
    assert_allclose(path.contribution, np.prod(factors), rtol=1e-14)
    assert [node.symbol for node in path.nodes] == [
        *("ŷ", "u₅", "u₄", "u₃", "u₂", "u₁", "w₁"),
    ]
    assert path.symbols == "∂ŷ/∂u₅·∂u₅/∂u₄·∂u₄/∂u₃·∂u₃/∂u₂·∂u₂/∂u₁·∂u₁/∂w₁"


def test_a_logistic_network_of_three_layers_has_three_small_factors():
    def function(x, w1, w2, w3):
        return logistic(w3 * logistic(w2 * logistic(w1 * x)))

    graph = trace(function, x=0.5, w1=1.2, w2=-0.7, w3=2.0)
    (path,) = graph.paths(None, "w1")
    assert len(path.factors) == 6
    assert all(0 < factor <= 0.25 for factor in path.factors[::2])
    assert_allclose(path.factors[1::2], [2.0, -0.7, 0.5])


def test_paths_print_as_on_paper():
    graph = trace(lambda x, w: named(x * w + w * w, "ℓ"), x=3.0, w=-0.5)
    assert str(graph.paths(None, "w")).splitlines() == [
        "∂ℓ/∂w = 2: the sum of 2 paths",
        "path          │ factors │ product",
        "──────────────┼─────────┼────────",
        "∂ℓ/∂u₁·∂u₁/∂w │ 1·3     │ 3",
        "∂ℓ/∂u₂·∂u₂/∂w │ 1·(−1)  │ −1",
    ]
    assert str(graph.paths(None, "w")[1]) == "∂ℓ/∂u₂·∂u₂/∂w = 1·(−1) = −1"


@pytest.mark.parametrize("seed", range(8))
def test_the_paths_of_random_graphs_add_up_to_the_derivatives(seed):
    graph = random_graph(14, seed)
    derivatives = graph.backward()
    for name, derivative in derivatives.items():
        paths = graph.paths(None, name)
        sizes = sum(abs(path.contribution) for path in paths)
        assert_allclose(paths.derivative, derivative, atol=1e-13 * (1 + sizes))
        for path in paths:
            assert_allclose(path.contribution, np.prod(path.factors), rtol=1e-12)
            assert path.nodes[0] is graph.output
            assert path.nodes[-1] is graph.inputs[name]


def test_the_paths_of_arrays_add_up_to_the_derivatives_and_have_shapes_as_factors():
    graph = network()
    derivatives = graph.backward()
    for name in ("W1", "W2", "x"):
        paths = graph.paths("ℓ", name)
        assert len(paths) > 0
        assert_allclose(paths.derivative, derivatives[name], rtol=1e-12, atol=1e-15)
    through_loss = graph.paths("ℓ", "W1")[0]
    assert through_loss.factors[-2:] == ((4, 4, 5), (4, 5, 5, 4))
    through_penalty = graph.paths("ℓ", "W1")[-1]
    assert through_penalty.factors[-1] == (5, 4)
    assert_allclose(
        through_penalty.contribution, 2 * 0.01 * graph.inputs["W1"].value, rtol=1e-14
    )
    assert through_penalty.numbers.endswith("(5, 4)")


def test_an_array_as_output_needs_a_seed():
    graph = trace(lambda x: np.tanh(x) * x, x=np.array([0.1, 0.5]))
    with pytest.raises(ValueError, match=r"graph\.backward\(seed\)"):
        graph.paths(None, "x")
    derivatives = graph.backward(np.array([2.0, -1.0]))
    assert_allclose(graph.paths(None, "x").derivative, derivatives["x"], rtol=1e-14)


def test_a_path_may_end_at_an_operation_or_where_it_begins():
    graph = trace(chain, x=0.5, w1=1.2, w2=-0.7, w3=2.0)
    (path,) = graph.paths("u3", "u2")
    # ∂u₃/∂u₂ = w₂
    assert_allclose(path.factors, [-0.7])
    (itself,) = graph.paths("u3", "u3")
    assert itself.factors == ()
    assert itself.contribution == 1
    assert str(itself) == "1"


def test_without_a_path_the_derivative_is_zero():
    graph = trace(chain, x=0.5, w1=1.2, w2=-0.7, w3=2.0)
    paths = graph.paths("u2", "w3")
    assert len(paths) == 0
    assert paths.derivative == 0


def doubled(x):
    for _ in range(40):
        x = np.tanh(x) + x
    return x


def test_too_many_paths_are_counted_and_refused():
    graph = trace(doubled, x=0.1)
    with pytest.raises(ValueError, match=rf"{2**40:,} paths .* max_paths=10,000"):
        graph.paths(None, "x")
    # The last 12 of the 40 doublings.
    node = graph.nodes[-25]
    assert len(graph.paths(None, node)) == 2**12
    with pytest.raises(ValueError, match="max_paths=100"):
        graph.paths(None, node, max_paths=100)


def test_deep_graphs_do_not_reach_the_recursion_limit():
    def function(x):
        for _ in range(1500):
            x = x * 1.0
        return x

    (path,) = trace(function, x=2.0).paths(None, "x")
    assert len(path.factors) == 1500


def test_nodes_that_are_not_there_are_refused():
    graph = trace(chain, x=0.5, w1=1.2, w2=-0.7, w3=2.0)
    with pytest.raises(ValueError, match=r"wrt: .*'v' is not in the graph"):
        graph.paths(None, "v")
    with pytest.raises(TypeError, match="wrt has to be a symbol"):
        graph.paths(None, 3)


def test_paths_are_a_table_in_notebooks_and_for_pandas():
    pytest.importorskip("pandas")
    paths = trace(lambda x, w: x * w + w * w, x=3.0, w=-0.5).paths(None, "w")
    assert paths._repr_html_().count("<tr>") == 3
    assert paths.to_frame()["product"].tolist() == ["3", "−1"]
