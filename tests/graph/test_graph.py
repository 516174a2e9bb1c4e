"""Graphs: nodes in order, values, derivatives, names, and evaluation again."""

import numpy as np
import pytest

from skmlp.graph import Graph, check_gradient, logistic, named, trace


def two_layers(x, W1, W2):
    hidden = named(logistic(W1.T @ x), "h")
    return named(np.sum(W2 * hidden), "ŷ")


@pytest.fixture
def graph(rng):
    inputs = {"x": rng.normal(size=3), "W1": rng.normal(size=(3, 2))}
    return trace(two_layers, **inputs, W2=rng.normal(size=2))


def test_every_node_stands_after_its_operands(graph):
    seen = set()
    for node in graph.nodes:
        assert seen >= set(node.operands)
        seen.add(node)
    assert graph.output is graph.nodes[-1]
    assert [node for node in graph.nodes if node.is_output] == [graph.output]


def test_unnamed_results_are_numbered_in_the_order_of_computation(graph):
    symbols = [node.symbol for node in graph.nodes]
    assert symbols == ["x", "W₁", "W₂", "u₁", "u₂", "h", "u₃", "ŷ"]
    assert [node.operation for node in graph.nodes[3:]] == [
        *("transpose", "matmul", "logistic", "multiply", "sum")
    ]
    assert repr(graph) == "<Graph of x, W₁, W₂: 5 operations, output ŷ>"
    assert repr(graph.nodes[4]) == "<Node u₂ = matmul(u₁, x), shape (2,)>"
    assert repr(graph.nodes[0]) == "<Node x = input, shape (3,)>"


@pytest.mark.parametrize("symbol", ["u₂", "u2"])
def test_nodes_are_found_by_their_symbol(graph, symbol):
    assert graph.node(symbol) is graph.nodes[4]
    assert graph.node("W1") is graph.node("W₁") is graph.inputs["W1"]
    assert graph.node("ŷ") is graph.output
    with pytest.raises(ValueError, match="symbol='u9' is not in the graph; use one of"):
        graph.node("u9")


def test_derivatives_of_all_nodes_are_those_of_the_chain_rule(graph):
    x, W1, W2 = (graph.inputs[name].value for name in ("x", "W1", "W2"))
    h = 1 / (1 + np.exp(-W1.T @ x))
    found = graph.backward()
    assert list(found) == ["x", "W1", "W2"]
    np.testing.assert_allclose(found["W2"], h)
    np.testing.assert_allclose(graph.node("h").derivative, W2)
    at_scores = W2 * h * (1 - h)
    np.testing.assert_allclose(graph.node("u2").derivative, at_scores)
    np.testing.assert_allclose(found["W1"], np.outer(x, at_scores))
    np.testing.assert_allclose(found["x"], W1 @ at_scores)
    assert graph.output.derivative == 1


def test_contributions_add_up_to_the_derivative():
    graph = trace(lambda x, y: x * x * y + np.sin(x) / x, x=1.2, y=0.7)
    graph.backward()
    sums = dict.fromkeys(graph.nodes, 0.0)
    for node in graph.nodes:
        if node.kind == "operation":
            for position, part in graph.contributions(node):
                sums[node.operands[position]] += part
    for node in graph.nodes[:-1]:
        assert sums[node] == pytest.approx(node.derivative)
    u1 = graph.node("u1")
    # x·x: both operands are x.
    assert u1.operands == (graph.node("x"),) * 2
    parts = graph.contributions(u1, derivative=1.0)
    assert parts == [(0, 1.2), (1, 1.2)]


def test_contributions_of_steps_are_zero_and_of_constants_missing():
    graph = trace(lambda x: np.where(x > 1.0, 3.0 * x, 2.0), x=2.0)
    graph.backward()
    comparison, product, choice = graph.nodes[2], graph.nodes[4], graph.output
    assert graph.contributions(comparison) == [(0, 0)]
    assert graph.contributions(product) == [(1, 3)]
    assert graph.contributions(choice) == [(0, 0), (1, 1)]
    assert comparison.derivative == 0


def test_contributions_need_a_backward_pass(graph):
    with pytest.raises(ValueError, match="ŷ has no derivative; call backward"):
        graph.contributions(graph.output)


def test_forward_evaluates_for_new_inputs_and_keeps_the_others(graph, rng):
    x, W2 = rng.normal(size=3), graph.inputs["W2"].value
    graph.backward()
    value = graph.forward(x=x)
    expected = two_layers(x, graph.inputs["W1"].value, W2)
    assert value == graph.output.value == pytest.approx(expected)
    assert all(node.derivative is None for node in graph.nodes)
    np.testing.assert_allclose(graph.backward()["W2"], graph.node("h").value)


def test_conditions_are_evaluated_again():
    graph = trace(lambda x: np.sum(np.where(x > 0, x, x**2)), x=np.array([1.0, 2.0]))
    assert graph.forward(x=np.array([-2.0, 3.0])) == 7
    np.testing.assert_array_equal(graph.backward()["x"], [-4, 1])


def test_labels_that_are_inputs_choose_elements():
    def loss(p, y):
        return -np.sum(np.log(p[np.arange(2), y]))

    p = np.array([[0.2, 0.8], [0.5, 0.5]])
    graph = trace(loss, p=p, y=np.array([1, 0]))
    assert graph.output.value == pytest.approx(-np.log(0.8) - np.log(0.5))
    gradient = graph.backward()["p"]
    np.testing.assert_allclose(gradient, [[0, -1.25], [-2, 0]])
    value = graph.forward(y=np.array([0, 0]))
    assert value == pytest.approx(-np.log(0.2) - np.log(0.5))


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ({"z": 1.0}, ValueError, "'z' is not the name of an input; use one of 'x', "),
        (
            {"x": np.ones(4)},
            ValueError,
            r"x has shape \(4,\), and the graph was traced",
        ),
        ({"x": ["a", "b", "c"]}, TypeError, "x has dtype <U1; only real numbers"),
    ],
)
def test_forward_refuses_other_names_shapes_and_types(graph, inputs, error, message):
    before = graph.output.value
    with pytest.raises(error, match=message):
        graph.forward(**inputs)
    assert graph.forward() == before


def test_an_output_with_axes_needs_a_seed():
    graph = trace(lambda x: x**2, x=np.array([1.0, 3.0]))
    with pytest.raises(ValueError, match=r"the output has shape \(2,\); return one"):
        graph.backward()
    np.testing.assert_array_equal(graph.backward([1.0, 0.5])["x"], [2, 3])
    with pytest.raises(ValueError, match=r"seed has shape \(3,\), and the output has"):
        graph.backward(np.ones(3))


def test_parameters_are_marked_in_a_copy(graph):
    marked = graph.with_parameters("W1", "W2")
    assert isinstance(marked, Graph)
    assert [node.kind for node in marked.nodes[:3]] == ["input", *["parameter"] * 2]
    assert graph.inputs["W1"].kind == "input"
    marked.backward()
    assert graph.output.derivative is None
    assert [node.symbol for node in marked.nodes] == [
        node.symbol for node in graph.nodes
    ]
    with pytest.raises(ValueError, match="'b' is not the name of an input; use one of"):
        graph.with_parameters("b")


def test_nodes_that_the_output_does_not_need_are_left_out():
    def f(x, y):
        np.exp(x)
        return x + 1

    graph = trace(f, x=1.0, y=2.0)
    assert [node.symbol for node in graph.nodes] == ["x", "y", "1", "u₁"]
    assert graph.backward() == {"x": 1, "y": 0}


@pytest.mark.parametrize(
    ("constant", "symbol"), [(2, "2"), (0.5, "0.5"), (-1 / 3, "−0.3333"), ([1, 2], "c")]
)
def test_constants_show_their_value(constant, symbol):
    graph = trace(lambda x: x + constant, x=1.0)
    (node,) = [each for each in graph.nodes if each.kind == "constant"]
    assert node.symbol == symbol
    assert graph.node("u1").operands[1] is node


def test_an_array_that_is_used_twice_is_one_constant():
    c = np.arange(3.0)
    graph = trace(lambda x: np.sum(c * x + c) + np.sum(x * 2) * 2, x=np.ones(3))
    constants = [node for node in graph.nodes if node.kind == "constant"]
    assert [node.symbol for node in constants] == ["c", "2", "2"]


def test_a_constant_function_has_a_graph():
    graph = trace(lambda x: 3.0, x=1.0)
    assert graph.output.kind == "constant"
    assert graph.backward() == {"x": 0}


def test_an_input_may_be_the_output():
    graph = trace(lambda x: x, x=2.0)
    assert graph.nodes == (graph.output,)
    assert graph.backward() == {"x": 1}


def test_two_nodes_cannot_have_one_name():
    with pytest.raises(ValueError, match="two nodes have the name 'x'"):
        trace(lambda x: named(x + 1, "x"), x=2.0)


def test_named_leaves_plain_arrays_alone():
    plain = np.ones(3)
    assert named(plain, "a") is plain
    with pytest.raises(TypeError, match="name=3 has to be a string that is not empty"):
        named(plain, 3)


def test_an_input_or_a_named_value_keeps_its_name():
    with pytest.raises(ValueError, match="the value has the name 'x' already"):
        trace(lambda x: named(x, "y"), x=1.0)


def test_a_graph_does_not_change_with_the_arrays_of_the_user():
    x = np.array([1.0, 2.0])
    graph = trace(lambda x: np.sum(x**2), x=x)
    x[:] = 0
    np.testing.assert_array_equal(graph.backward()["x"], [2, 4])
    graph.backward()["x"][:] = 0
    np.testing.assert_array_equal(graph.inputs["x"].derivative, [2, 4])
    factors = np.array([3.0, 4.0])
    graph = trace(lambda x: np.exp(x) * factors, x=np.zeros(2))
    factors[:] = 0
    graph.forward(x=np.zeros(2))[:] = 0
    np.testing.assert_array_equal(graph.backward(np.ones(2))["x"], [3, 4])
    graph = trace(lambda x: factors, x=1.0)
    factors[:] = 1
    np.testing.assert_array_equal(graph.output.value, [0, 0])


def test_the_gradient_of_a_traced_gradient_is_in_the_graph():
    from skmlp.graph import grad

    graph = trace(lambda x: grad(lambda t: t**3)(x) * x, x=2.0)
    assert graph.output.value == 24
    assert graph.backward() == {"x": 36}
    assert graph.forward(x=1.0) == 3
    check_gradient(lambda x: grad(lambda t: t**3)(x) * x, 2.0)


@pytest.mark.parametrize(
    ("n", "text"), [(6, "x6:"), (7, "1 more input:"), (8, "2 more inputs:")]
)
def test_the_text_of_a_graph_names_six_inputs(n, text):
    graph = trace(lambda **x: x["x1"] * 1, **{f"x{i}": 1.0 for i in range(1, n + 1)})
    assert text in repr(graph).translate(str.maketrans("₁₂₃₄₅₆", "123456"))
