"""Computational graphs and derivatives of plain functions of NumPy.

Read `node`, `engine` and `elementwise`, then `graph` and `differentiate`. Graphs of
estimators are in `models`, pictures in `layout` and `display`, tables in `traces` and
`paths`, and what the kernels run for a user's function in `programs`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.graph.check import check_gradient
    from skmlp.graph.composites import transposed_product
    from skmlp.graph.differentiate import (
        grad,
        hessian_vector_product,
        value_and_grad,
        vjp,
    )
    from skmlp.graph.display import GraphDisplay
    from skmlp.graph.errors import TracingError
    from skmlp.graph.functions import (
        cross_entropy,
        log_softmax,
        logistic,
        logsumexp,
        primitive,
        softmax,
        squared_norm,
        unit_step,
    )
    from skmlp.graph.graph import Graph, named, trace
    from skmlp.graph.models import computational_graph
    from skmlp.graph.node import Node
    from skmlp.graph.paths import GraphPath, GraphPaths
    from skmlp.graph.programs.description import describe_program
    from skmlp.graph.trace_table import TraceTable

__all__ = [
    "Graph",
    "GraphDisplay",
    "GraphPath",
    "GraphPaths",
    "Node",
    "TraceTable",
    "TracingError",
    "check_gradient",
    "computational_graph",
    "cross_entropy",
    "describe_program",
    "grad",
    "hessian_vector_product",
    "log_softmax",
    "logistic",
    "logsumexp",
    "named",
    "primitive",
    "softmax",
    "squared_norm",
    "trace",
    "transposed_product",
    "unit_step",
    "value_and_grad",
    "vjp",
]

_PUBLIC = {
    "Graph": ".graph",
    "GraphDisplay": ".display",
    "GraphPath": ".paths",
    "GraphPaths": ".paths",
    "Node": ".node",
    "TraceTable": ".trace_table",
    "TracingError": ".errors",
    "check_gradient": ".check",
    "computational_graph": ".models",
    "cross_entropy": ".functions",
    "describe_program": ".programs.description",
    "grad": ".differentiate",
    "hessian_vector_product": ".differentiate",
    "log_softmax": ".functions",
    "logistic": ".functions",
    "logsumexp": ".functions",
    "named": ".graph",
    "primitive": ".functions",
    "softmax": ".functions",
    "squared_norm": ".functions",
    "trace": ".graph",
    "transposed_product": ".composites",
    "unit_step": ".functions",
    "value_and_grad": ".differentiate",
    "vjp": ".differentiate",
}
if not TYPE_CHECKING:  # otherwise type checkers would accept any name here
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
