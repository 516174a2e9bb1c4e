"""Shapes, text and arrows of a picture."""

import numpy as np
from random_graphs import network, perceptron

from skmlp.graph import trace
from skmlp.graph.picture import picture_of


def described(graph, **settings):
    picture = picture_of(graph.nodes, graph.output, **settings)
    signs = [vertex.sign for vertex in picture.vertices]
    arrows = [(signs[first], signs[last]) for first, last in picture.arrows]
    return picture, signs, arrows


def test_the_output_is_a_shape_after_the_last_operation():
    picture, signs, arrows = described(perceptron())
    assert picture.vertices[-1].kind == "output"
    assert signs[-1] == r"$\hat{y}$"
    assert arrows[-1] == (r"$\mathrm{step}$", r"$\hat{y}$")
    assert picture.vertices[-2].notes == ()


def test_arrows_are_in_the_order_of_the_operands_and_lead_to_later_shapes():
    picture, _, arrows = described(trace(lambda x, y: y - x, x=1.0, y=2.0))
    assert arrows[:2] == [("$y$", "$-$"), ("$x$", "$-$")]
    assert all(first < last for first, last in picture.arrows)


def test_a_constant_is_drawn_for_each_of_its_uses():
    picture, signs, arrows = described(trace(lambda x: (x + 2.0) * 2.0, x=1.0))
    assert signs.count("$2$") == 2
    kinds = [vertex.kind for vertex in picture.vertices]
    assert kinds.count("constant") == 2
    assert len(arrows) == 5


def test_a_square_has_two_arrows_from_its_operand():
    _, _, arrows = described(trace(lambda x: x * x, x=1.0))
    assert arrows.count(("$x$", r"$\times$")) == 2


def test_an_input_as_output_is_one_shape():
    picture, signs, arrows = described(trace(lambda x: x, x=1.0))
    assert (signs, arrows) == (["$x$"], [])
    assert picture.vertices[0].kind == "input"


def test_small_arrays_are_written_and_of_large_ones_the_shape():
    graph = trace(
        lambda a, b, c: np.sum(a) * np.sum(b) * np.sum(c),
        a=np.array([1.0, -2.5]),
        b=np.zeros(4),
        c=np.array([[1.0, 2.0]]),
    )
    picture = picture_of(graph.nodes, graph.output, values=True)
    notes = {vertex.sign: vertex.notes for vertex in picture.vertices}
    assert notes["$a$"] == (("value", r"$a = [1,\ -2.5]$"),)
    assert notes["$b$"] == (("shape", "$(4,)$"),)
    assert notes["$c$"] == (("value", r"$c = [[1,\ 2]]$"),)


def test_every_operation_shows_its_symbol():
    picture, _, _ = described(network())
    for vertex in picture.vertices:
        if vertex.kind == "operation" and not vertex.node.is_output:
            assert [kind for kind, _ in vertex.notes] == ["symbol"]
