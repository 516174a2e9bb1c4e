"""Tables of the forward and of the backward pass, as on paper."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from random_graphs import network, random_graph

from skmlp.graph import named, trace


def unit(x, w, b):
    """Return ℓ = tanh(z)·z + w·w of z = x·w + b."""
    z = x * w + b
    return named(np.tanh(z) * z + w * w, "ℓ")


def read(text):
    """Return a sum of products that is written with a true minus, as a number."""
    return sum(
        math.prod(
            float(factor.strip("()").replace("−", "-")) for factor in t.split("·")
        )
        for t in text.split(" + ")
    )


def test_the_forward_pass_is_written_step_by_step():
    graph = trace(unit, x=2.0, w=-0.5, b=0.3).with_parameters("w", "b")
    assert str(graph.forward_trace()).splitlines() == [
        "Forward pass",
        "step          │ value",
        "──────────────┼────────",
        "x (input)     │ 2",
        "w (parameter) │ −0.5",
        "b (parameter) │ 0.3",
        "u₁ = x × w    │ −1",
        "u₂ = u₁ + b   │ −0.7",
        "u₃ = tanh(u₂) │ −0.6044",  # tanh 0.7 = 0.60437
        "u₄ = u₃ × u₂  │ 0.4231",
        "u₅ = w × w    │ 0.25",
        "ℓ = u₄ + u₅   │ 0.6731",
    ]


def test_the_backward_pass_is_written_as_the_sum_over_the_nodes_that_use_a_node():
    graph = trace(unit, x=2.0, w=-0.5, b=0.3)
    rows = {step: (numbers, value) for step, numbers, value in graph.backward_trace()}
    # d tanh(z)/dz = 1 − tanh² 0.7 = 0.63474, and dℓ/dz = 0.63474·(−0.7) − 0.60437
    assert rows["∂ℓ/∂ℓ"] == ("", "1")
    assert rows["∂ℓ/∂u₃ = ∂ℓ/∂u₄·∂u₄/∂u₃"] == ("1·(−0.7)", "−0.7")
    assert rows["∂ℓ/∂u₂ = ∂ℓ/∂u₄·∂u₄/∂u₂ + ∂ℓ/∂u₃·∂u₃/∂u₂"] == (
        "1·(−0.6044) + (−0.7)·0.6347",
        "−1.049",
    )
    assert rows["∂ℓ/∂w = ∂ℓ/∂u₅·∂u₅/∂w + ∂ℓ/∂u₁·∂u₁/∂w"] == (
        "1·(−1) + (−1.049)·2",
        "−3.097",
    )
    assert len(rows) == 9


def test_the_derivative_comes_after_those_of_the_nodes_that_use_it():
    graph = random_graph(30, seed=1)
    done = set()
    for step, _, _ in graph.backward_trace():
        left, _, right = step.partition(" = ")
        used = [term.split("·")[0] for term in right.split(" + ") if term]
        assert set(used) <= done
        done.add(left)
    assert len(done) == sum(node.kind != "constant" for node in graph.nodes)


@pytest.mark.parametrize("seed", range(5))
def test_the_numbers_of_each_row_add_up_to_its_value(seed):
    graph = random_graph(20, seed)
    n_sums = 0
    for _, numbers, value in graph.backward_trace():
        if numbers and "10" not in numbers + value:
            size = sum(abs(read(term)) for term in numbers.split(" + "))
            assert abs(read(numbers) - read(value)) <= 2e-3 * size
            n_sums += " + " in numbers
    assert n_sums >= 1


def test_wrt_leaves_out_the_nodes_that_do_not_lead_there():
    graph = trace(unit, x=2.0, w=-0.5, b=0.3)
    steps = [step.partition(" = ")[0] for step, _, _ in graph.backward_trace(wrt="b")]
    assert steps == ["∂ℓ/∂ℓ", "∂ℓ/∂u₄", "∂ℓ/∂u₃", "∂ℓ/∂u₂", "∂ℓ/∂b"]


def test_derivatives_of_a_node_before_the_output_can_be_traced():
    graph = trace(unit, x=2.0, w=-0.5, b=0.3)
    table = graph.backward_trace(of="u2", wrt=graph.inputs["w"])
    assert table.title == "Backward pass: derivatives of u₂"
    assert table.rows[-1] == ("∂u₂/∂w = ∂u₂/∂u₁·∂u₁/∂w", "1·2", "2")
    assert all(node.derivative is None for node in graph.nodes)


def test_a_seed_of_the_last_backward_pass_is_used():
    graph = trace(lambda x: np.tanh(x) * 2.0, x=np.array([0.0, 0.5]))
    with pytest.raises(
        ValueError, match=r"u₂ has shape \(2,\).*graph\.backward\(seed\)"
    ):
        graph.backward_trace()
    graph.backward(np.array([1.0, 3.0]))
    steps = {
        step.partition(" = ")[0]: value for step, _, value in graph.backward_trace()
    }
    assert steps["∂u₂/∂u₂"] == "[1, 3]"
    # 2·1 and 6·(1 − tanh² 0.5) = 6·0.786448
    assert steps["∂u₂/∂x"] == "[2, 4.719]"


def test_an_input_that_is_not_used_has_the_derivative_zero():
    graph = trace(lambda x, y: x * 3.0, x=2.0, y=1.0)
    assert ("∂u₁/∂y", "", "0") in graph.backward_trace().rows


def test_arrays_are_written_by_their_shapes():
    graph = network()
    forward = dict(graph.forward_trace().rows)
    assert forward["W₁ (parameter)"] == "shape (5, 4)"
    assert forward["u₁ = W₁ᵀ"] == "shape (4, 5)"
    assert "u₃ = σ(u₂)" in forward
    rows = {step: value for step, _, value in graph.backward_trace()}
    values = [v for step, v in rows.items() if step.startswith("∂ℓ/∂W₁ = ")]
    assert values == ["shape (5, 4)"]


def test_the_value_of_the_last_row_is_that_of_the_backward_pass():
    graph = trace(unit, x=2.0, w=-0.5, b=0.3)
    x = graph.backward_trace(wrt="x").rows[-1]
    assert_allclose(read(x[2]), graph.backward()["x"], rtol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"of": "u77"}, ValueError, "of: .*'u77' is not in the graph; use one of x,"),
        ({"wrt": "v"}, ValueError, "wrt: .*'v' is not in the graph"),
        ({"of": "u1", "wrt": "b"}, ValueError, "wrt='b': u₁ does not depend on it"),
        ({"of": 3}, TypeError, "of has to be a symbol, .* got int"),
    ],
)
def test_nodes_that_are_not_there_are_refused(arguments, error, message):
    graph = trace(unit, x=2.0, w=-0.5, b=0.3)
    with pytest.raises(error, match=message):
        graph.backward_trace(**arguments)


def test_nodes_of_another_graph_are_refused():
    graph, other = (trace(unit, x=2.0, w=-0.5, b=0.3) for _ in range(2))
    with pytest.raises(ValueError, match="wrt is a node of another graph"):
        graph.backward_trace(wrt=other.inputs["x"])
