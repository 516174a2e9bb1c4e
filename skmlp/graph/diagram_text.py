"""Graphs as text for Graphviz and for Mermaid."""

from __future__ import annotations

from skmlp.base.plotting import BLUE, INK, RED, SOFT_INK, WHITE
from skmlp.graph.any_graph import AnyGraph
from skmlp.graph.layout import check_direction
from skmlp.graph.notation import plain_sign
from skmlp.graph.number_text import number, quantity
from skmlp.graph.picture import picture_of

__all__ = ["dot_text", "mermaid_text"]

_DIRECTIONS = {"right": "LR", "up": "BT"}

# kind: (fill, edge, text)
_COLOURS = {
    "input": (WHITE, INK, INK),
    "output": (WHITE, INK, INK),
    "parameter": (RED, RED, WHITE),
    "operation": (BLUE, BLUE, WHITE),
    "constant": ("none", "none", SOFT_INK),
}


def dot_text(graph: AnyGraph, *, values: bool = False, direction: str = "right") -> str:
    """Return a graph in Graphviz's language DOT; the command dot draws it.

    Parameters
    ----------
    graph : Graph
        The graph.
    values : bool, default=False
        True to write values into the shapes.
    direction : {'right', 'up'}, default='right'
        Direction of the computation.
    """
    check_direction(direction)
    picture = picture_of(graph.nodes, graph.output)
    lines = [
        "digraph graph_of_skmlp {",
        f"    rankdir={_DIRECTIONS[direction]};",
        '    node [style=filled, fontname="serif", margin="0.05"];',
        f'    edge [color="{SOFT_INK}"];',
    ]
    for k, vertex in enumerate(picture.vertices):
        fill, edge, text = _COLOURS[vertex.kind]
        label = "\\n".join(_dot_escaped(line) for line in _label(vertex, values))
        shape = "plaintext" if vertex.kind == "constant" else "ellipse"
        if vertex.kind == "operation":
            shape = "box"
        if vertex.kind == "constant":
            look = f'style="", fontcolor="{text}"'
        else:
            look = f'fillcolor="{fill}", color="{edge}", fontcolor="{text}"'
        lines.append(f'    n{k} [label="{label}", shape={shape}, {look}];')
    lines += [f"    n{first} -> n{last};" for first, last in picture.arrows]
    return "\n".join([*lines, "}", ""])


def mermaid_text(
    graph: AnyGraph, *, values: bool = False, direction: str = "right"
) -> str:
    """Return a graph as a Mermaid flowchart, which many Markdown pages draw.

    Parameters
    ----------
    graph : Graph
        The graph.
    values : bool, default=False
        True to write values into the shapes.
    direction : {'right', 'up'}, default='right'
        Direction of the computation.
    """
    check_direction(direction)
    lines = [f"flowchart {_DIRECTIONS[direction]}"]
    picture = picture_of(graph.nodes, graph.output)
    for k, vertex in enumerate(picture.vertices):
        label = "<br/>".join(_mermaid_escaped(line) for line in _label(vertex, values))
        is_square = vertex.kind in ("operation", "constant")
        left, right = ("[", "]") if is_square else ("((", "))")
        lines.append(f'    n{k}{left}"{label}"{right}:::{vertex.kind}')
    lines += [f"    n{first} --> n{last}" for first, last in picture.arrows]
    lines += [
        f"    classDef {kind} fill:{fill},stroke:{edge},color:{text}"
        for kind, (fill, edge, text) in _COLOURS.items()
    ]
    return "\n".join([*lines, ""])


def _label(vertex, values):
    """Return the lines of text in a shape."""
    node, kind = vertex.node, vertex.kind
    if kind == "constant" and not node.name and node.shape == ():
        return [number(node.value)]
    value = f" = {quantity(node.value, few=3)}" if values else ""
    if kind == "operation":
        # The output of the last operation has a shape of its own.
        return [plain_sign(node)] + ([] if node.is_output else [node.symbol + value])
    return [node.symbol + value]


def _dot_escaped(text):
    """Return text between quotes of DOT."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _mermaid_escaped(text):
    """Return text between quotes of Mermaid: its own signs become character codes."""
    signs = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;"}
    signs |= {"`": "#96;", "\n": " ", "\\": "#92;"}
    return "".join(signs.get(letter, letter) for letter in text)
