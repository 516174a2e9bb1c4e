"""Graphs as text for Graphviz and Mermaid."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from random_graphs import network, perceptron, random_graph

from skmlp.graph import named, trace

GRAPHS = {
    "perceptron": perceptron,
    "network": network,
    "random": lambda: random_graph(20, seed=3),
}


def odd_names():
    """Return a graph with names that are special signs of both languages."""
    return trace(lambda x: named(named(x * 2.0, 'a"b\\c') + 1.0, "<s>#1 & `t`"), x=1.0)


@pytest.mark.parametrize("make", [*GRAPHS.values(), odd_names])
def test_dot_has_a_line_for_each_shape_and_each_arrow(make):
    graph = make()
    text = graph.to_dot(values=True)
    shapes = re.findall(
        r'^    n(\d+) \[label="((?:[^"\\]|\\.)*)", ', text, re.MULTILINE
    )
    arrows = re.findall(r"^    n(\d+) -> n(\d+);$", text, re.MULTILINE)
    n_nodes = sum(node.kind != "constant" for node in graph.nodes)
    n_constants = sum(
        each.kind == "constant" for node in graph.nodes for each in node.operands
    )
    assert len(shapes) == n_nodes + n_constants + 1
    n_operands = sum(len(node.operands) for node in graph.nodes)
    assert len(arrows) == n_operands + 1
    assert {k for arrow in arrows for k in arrow} <= {k for k, _ in shapes}
    assert len(text.splitlines()) == len(shapes) + len(arrows) + 5


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("make", [*GRAPHS.values(), odd_names])
def test_graphviz_draws_dot(make):
    command = ["dot", "-Tsvg"]
    drawn = subprocess.run(
        command, input=make().to_dot(), capture_output=True, check=True, text=True
    )
    assert "<svg" in drawn.stdout
    assert drawn.stderr == ""


@pytest.mark.parametrize("make", [*GRAPHS.values(), odd_names])
def test_mermaid_has_a_line_for_each_shape_and_each_arrow(make):
    graph = make()
    lines = graph.to_mermaid(values=True).splitlines()
    shape = re.compile(r'    n(\d+)(\[|\(\()"([^"`<>]|<br/>)*"(\]|\)\)):::(\w+)')
    shapes = [line for line in lines if shape.fullmatch(line)]
    arrows = [line for line in lines if re.fullmatch(r"    n\d+ --> n\d+", line)]
    classes = [line.split()[1] for line in lines if line.startswith("    classDef ")]
    assert len(shapes) + len(arrows) + len(classes) + 1 == len(lines)
    assert len(arrows) == graph.to_dot().count("->")
    assert {shape.fullmatch(line)[5] for line in shapes} <= set(classes)


def test_labels_have_signs_symbols_and_values():
    graph = trace(lambda x, w: named(np.tanh(x * w), "ŷ"), x=np.ones(3), w=-2.0)
    dot = graph.with_parameters("w").to_dot(values=True)
    assert 'label="×\\nu₁ = [−2, −2, −2]"' in dot
    assert 'label="w = −2", shape=ellipse, fillcolor="#C0392B"' in dot
    mermaid = graph.to_mermaid()
    assert '["×<br/>u₁"]:::operation' in mermaid
    assert '(("ŷ")):::output' in mermaid


@pytest.mark.parametrize(
    ("direction", "dot", "mermaid"),
    [("right", "rankdir=LR", "flowchart LR"), ("up", "rankdir=BT", "flowchart BT")],
)
def test_the_direction_is_that_of_the_computation(direction, dot, mermaid):
    graph = perceptron()
    assert dot in graph.to_dot(direction=direction)
    assert graph.to_mermaid(direction=direction).startswith(mermaid)


@pytest.mark.parametrize("method", ["to_dot", "to_mermaid"])
def test_an_unknown_direction_is_refused(method):
    with pytest.raises(ValueError, match="direction='down' is unknown"):
        getattr(perceptron(), method)(direction="down")
