"""Pictures and tables of a graph, as methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from skmlp.base.types import Axes
from skmlp.graph.any_graph import AnyGraph
from skmlp.graph.diagram_text import dot_text, mermaid_text
from skmlp.graph.display import GraphDisplay, svg_picture
from skmlp.graph.node import Node
from skmlp.graph.paths import GraphPaths, paths_between
from skmlp.graph.trace_table import TraceTable
from skmlp.graph.traces import backward_trace, forward_trace

__all__ = ["GraphViews"]


class GraphViews(AnyGraph):
    """Methods of `Graph` that draw it, or return tables of its passes."""

    def forward_trace(self) -> TraceTable:
        """Return the table of the forward pass: operations and their values.

        Returns
        -------
        table : TraceTable
            It prints as aligned text; `to_frame()` returns it as a data frame.
        """
        return forward_trace(self)

    def backward_trace(
        self, of: Node | str | None = None, wrt: Node | str | None = None
    ) -> TraceTable:
        """Return the table of the backward pass.

        A row is ∂ℓ/∂uₖ: the sum over all nodes uⱼ that use uₖ of ∂ℓ/∂uⱼ · ∂uⱼ/∂uₖ.

        Parameters
        ----------
        of : Node or str, default=None
            Node ℓ, or its symbol; None for the output.
        wrt : Node or str, default=None
            Node, or its symbol, to whose derivative the table leads; None for all.

        Returns
        -------
        table : TraceTable
            It prints as aligned text; `to_frame()` returns it as a data frame.

        Raises
        ------
        ValueError
            If there is no such node; if `of` does not depend on `wrt`; or if `of` is an
            array and there was no backward pass with a seed.
        """
        return backward_trace(self, of, wrt)

    def paths(
        self, of: Node | str | None, wrt: Node | str, max_paths: int = 10_000
    ) -> GraphPaths:
        """Return every path from the output to a variable, with its factors ∂uⱼ/∂uₖ.

        The products of the factors add up to the derivative.

        Parameters
        ----------
        of : Node or str or None
            Node ℓ at which the paths begin, or its symbol; None for the output.
        wrt : Node or str
            Node at which the paths end, or its symbol.
        max_paths : int, default=10_000
            The most paths to list.

        Returns
        -------
        paths : GraphPaths
            A sequence of paths, which prints as a table.

        Raises
        ------
        ValueError
            If there is no such node; if there are more than `max_paths` paths; or if
            `of` is an array and there was no backward pass with a seed.
        """
        return paths_between(self, of, wrt, max_paths)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        values: bool = False,
        derivatives: bool = False,
        shapes: bool = False,
        direction: Literal["right", "up"] = "right",
        operations: Mapping[str, str] | None = None,
    ) -> GraphDisplay:
        """Draw the graph with matplotlib; see `GraphDisplay.plot`.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw in; None for a new figure of the size that the picture needs.
        values, derivatives, shapes : bool, default=False
            True to write these beside the variables.
        direction : {'right', 'up'}, default='right'
            Direction of the computation.
        operations : dict of str to str, default=None
            Signs to draw instead of the usual ones, by the name of the operation.

        Returns
        -------
        display : GraphDisplay
            The picture, with the attributes `ax_` and `figure_`.
        """
        return GraphDisplay(self).plot(
            ax,
            values=values,
            derivatives=derivatives,
            shapes=shapes,
            direction=direction,
            operations=operations,
        )

    def to_dot(
        self, *, values: bool = False, direction: Literal["right", "up"] = "right"
    ) -> str:
        """Return the graph in Graphviz's language DOT.

        Parameters
        ----------
        values : bool, default=False
            True to write values into the shapes.
        direction : {'right', 'up'}, default='right'
            Direction of the computation.
        """
        return dot_text(self, values=values, direction=direction)

    def to_mermaid(
        self, *, values: bool = False, direction: Literal["right", "up"] = "right"
    ) -> str:
        """Return the graph as a Mermaid flowchart, which many Markdown pages draw.

        Parameters
        ----------
        values : bool, default=False
            True to write values into the shapes.
        direction : {'right', 'up'}, default='right'
            Direction of the computation.
        """
        return mermaid_text(self, values=values, direction=direction)

    def _repr_svg_(self) -> str | None:
        """Return a picture for notebooks, or None; see `svg_picture`."""
        return svg_picture(self)
