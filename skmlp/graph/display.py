"""Draw a computational graph with matplotlib."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Literal

from skmlp.base.optional import MissingExtraError, require
from skmlp.base.plotting import WHITE, inks_on, luminance
from skmlp.base.types import Axes, Figure
from skmlp.graph.any_graph import AnyGraph
from skmlp.graph.brush import Brush, box_of
from skmlp.graph.layout import check_direction, layered
from skmlp.graph.picture import picture_of

__all__ = ["GraphDisplay", "svg_picture"]

# A picture with more shapes is not drawn unless the user asks for it.
_MOST_SHAPES = 150


class GraphDisplay:
    """Picture of a computational graph.

    Inputs and outputs are white, parameters red and operations blue. Arrows lead from
    the operands to the operation. The shapes are placed by a layered layout (Sugiyama,
    Tagawa and Toda 1981), so that neither shapes nor text nor arrows lie on each other.

    Parameters
    ----------
    graph : Graph
        The graph to draw.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the picture.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    shapes_ : list of matplotlib Patch
        Shapes in the order of the graph; constants and the output have their own.
    signs_ : list of matplotlib Text
        Text inside each shape.
    notes_ : list of list of matplotlib Text
        Lines of text beside each shape.
    arrows_ : list of matplotlib FancyArrowPatch
        Arrows from the operands to the operations.
    """

    ax_: Axes
    figure_: Figure
    shapes_: list[Any]
    signs_: list[Any]
    notes_: list[list[Any]]
    arrows_: list[Any]

    def __init__(self, graph: AnyGraph) -> None:
        self.graph = graph

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
        """Draw the graph.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw in; their ticks and frame are removed, and text and lines are
            made smaller until the picture fits. None for a new figure of the size that
            the picture needs.
        values : bool, default=False
            True to write the value beside each variable, such as 'u₃ = 0.73'; the shape
            of arrays with more than three entries.
        derivatives : bool, default=False
            True to write the derivatives of the last backward pass there.
        shapes : bool, default=False
            True to write the shape of the array beside each variable.
        direction : {'right', 'up'}, default='right'
            Direction of the computation.
        operations : dict of str to str, default=None
            Signs to draw instead of the usual ones, by the name of the operation, such
            as ``{"logistic": "$f$"}``. Text between dollar signs is mathtext.

        Returns
        -------
        display : GraphDisplay
            The display itself.

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.
        ValueError
            If `direction` is none of the options, if a sign is no mathtext, or if
            `derivatives` is True and there was no backward pass.
        """
        check_direction(direction)
        if derivatives and not _has_derivatives(self.graph):
            raise ValueError(
                "derivatives=True draws the derivatives of a backward pass, and there "
                "was none: call graph.backward() first."
            )
        require("matplotlib", "a picture of a graph")
        import matplotlib.pyplot as plt

        _check_signs(operations or {})
        picture = picture_of(
            self.graph.nodes,
            self.graph.output,
            values=values,
            derivatives=derivatives,
            shapes=shapes,
            operations=operations,
        )
        self._draw(picture, ax, direction, plt.figure)
        return self

    def _draw(self, picture, ax, direction, new_figure):
        """Draw the picture in axes, or in a figure from `new_figure`."""
        boxes = [box_of(vertex, direction) for vertex in picture.vertices]
        layout = layered(boxes, picture.arrows, direction)
        if ax is None:
            figure = new_figure(figsize=(layout.width, layout.height))
            ax = figure.add_axes((0, 0, 1, 1))
        self.ax_, self.figure_ = ax, ax.figure
        ax.set_axis_off()
        scale = _fit(ax, layout)
        brush = Brush(ax, scale, inks_on(_background(ax)))
        self.arrows_ = [brush.arrow(curve) for curve in layout.curves]
        self.shapes_, self.signs_, self.notes_ = [], [], []
        for vertex, box, centre in zip(
            picture.vertices, boxes, layout.centres, strict=True
        ):
            self.shapes_.append(brush.shape(vertex, box, centre))
            self.signs_.append(brush.sign(vertex, centre))
            self.notes_.append(brush.notes(vertex, box, centre, direction))


def svg_picture(graph: AnyGraph) -> str | None:
    """Return a picture of a graph as SVG on white, as notebooks show it.

    After a backward pass, values and derivatives are written beside the variables.

    Returns
    -------
    svg : str or None
        None if matplotlib is not installed, or for more than 150 shapes; a notebook
        then shows the text of `repr`.
    """
    try:
        require("matplotlib", "a picture of a graph")
    except MissingExtraError:
        return None
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    has_derivatives = _has_derivatives(graph)
    picture = picture_of(
        graph.nodes,
        graph.output,
        values=has_derivatives,
        derivatives=has_derivatives,
    )
    if len(picture.vertices) > _MOST_SHAPES:
        return None

    def new_figure(figsize):
        figure = Figure(figsize=figsize, facecolor=WHITE)
        FigureCanvasSVG(figure)
        return figure

    display = GraphDisplay(graph)
    display._draw(picture, None, "right", new_figure)
    file = io.StringIO()
    display.figure_.savefig(
        file, format="svg", facecolor=WHITE, metadata={"Date": None}
    )
    return file.getvalue()


def _has_derivatives(graph):
    """Return True if there was a backward pass."""
    return any(node.derivative is not None for node in graph.nodes)


def _check_signs(operations):
    """Raise a ValueError unless matplotlib can read all signs of a user."""
    from matplotlib.mathtext import MathTextParser

    for name, sign in operations.items():
        if sign.count("$") >= 2:
            try:
                MathTextParser("path").parse(sign)
            except ValueError as error:
                raise ValueError(
                    f"operations[{name!r}] = {sign!r} is not mathtext that matplotlib "
                    f"can read: {str(error).strip().splitlines()[-1]}"
                ) from None


def _fit(ax, layout):
    """Set the limits of the axes; return the size of a unit in inches, at most 1."""
    figure = ax.figure.figure
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
    window = ax.get_window_extent()
    wide, high = window.width / figure.dpi, window.height / figure.dpi
    scale = min(wide / layout.width, high / layout.height, 1.0)
    ax.set_aspect("equal")
    for set_limits, room, length in (
        (ax.set_xlim, wide, layout.width),
        (ax.set_ylim, high, layout.height),
    ):
        spare = (room / scale - length) / 2
        set_limits(-spare, length + spare)
    return scale


def _background(ax):
    """Return the colour behind the picture: white or black if it is transparent."""
    import matplotlib as mpl
    from matplotlib.colors import to_rgba

    colour = to_rgba(ax.figure.figure.get_facecolor())
    if colour[3] >= 0.5:
        return colour
    return WHITE if luminance(mpl.rcParams["text.color"]) < 0.18 else "black"
