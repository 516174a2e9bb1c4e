"""Computational graphs and derivatives of plain functions of NumPy.

Read `node`, `engine` and `elementwise`, then `graph`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.graph.errors import TracingError
    from skmlp.graph.graph import Graph, named, trace
    from skmlp.graph.node import Node

__all__ = ["Graph", "Node", "TracingError", "named", "trace"]

if not TYPE_CHECKING:  # otherwise type checkers would accept any name here
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Graph": ".graph",
            "Node": ".node",
            "TracingError": ".errors",
            "named": ".graph",
            "trace": ".graph",
        },
    )
