"""Graphs as pictures and tables see them."""

from __future__ import annotations

from typing import Any, Protocol

from skmlp.base.types import Array
from skmlp.graph.node import Node

__all__ = ["AnyGraph"]


class AnyGraph(Protocol):
    """Interface of a graph to the files that draw it and write tables of it.

    `graph` imports these files, so they do not import `graph`.
    """

    nodes: tuple[Node, ...]
    output: Node

    def node(self, symbol: str) -> Node:
        """Return the node of a symbol."""

    def contributions(
        self, node: Node, derivative: Any = None
    ) -> list[tuple[int, Array]]:
        """Return what each operand of a node receives in the backward pass."""
