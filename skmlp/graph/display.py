"""Draw a computational graph with matplotlib."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from skmlp.base.optional import MissingExtraError, require
from skmlp.base.options import use_one_of
from skmlp.base.plotting import BLUE, RED, WHITE, inks_on, luminance
from skmlp.base.types import Axes, Figure
from skmlp.graph.layout import Box, layered
from skmlp.graph.picture import picture_of

if TYPE_CHECKING:
    from matplotlib.patches import FancyArrowPatch, Patch
    from matplotlib.text import Text

    from skmlp.graph.graph import Graph

__all__ = ["GraphDisplay", "draw_graph", "svg_picture"]

# Sizes of text in points, and lengths in inches.
_SIGN_SIZE, _CONSTANT_SIZE, _NOTE_SIZE = 13.0, 10.0, 9.5
_RADIUS, _PADDING, _CORNER = 0.19, 0.08, 0.07
_NOTE_GAP, _LINE_HEIGHT = 0.04, 0.165
_POINTS = 72.0  # in an inch

# Handles of a Bézier curve that is a quarter of a circle, to 0.03% of the radius.
_ARC = 0.5523

# The font of formulas, which is much like that of printed mathematics.
_FONT = "stix"

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
    shapes_: list[Patch]
    signs_: list[Text]
    notes_: list[list[Text]]
    arrows_: list[FancyArrowPatch]

    def __init__(self, graph: Graph) -> None:
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
            True to write the derivatives of the last backward pass beside the variables.
        shapes : bool, default=False
            True to write the shape of the array beside each variable.
        direction : {'right', 'up'}, default='right'
            Direction of the computation.
        operations : dict of str to str, default=None
            Signs to draw instead of the usual ones, by the name of the operation, such
            as ``{"tanh": r"$\\\\varphi$"}``. Text between dollar signs is mathtext.

        Returns
        -------
        display : GraphDisplay
            The display itself.

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.
        ValueError
            If `direction` is none of the options, or if `derivatives` is True and there
            was no backward pass.
        """
        if direction not in ("right", "up"):
            raise ValueError(use_one_of("direction", direction, ("right", "up")))
        if derivatives and self.graph.output.derivative is None:
            raise ValueError(
                "derivatives=True draws the derivatives of a backward pass, and there "
                "was none: call graph.backward() first."
            )
        require("matplotlib", "a picture of a graph")
        import matplotlib.pyplot as plt

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
        boxes = [_box(vertex, direction) for vertex in picture.vertices]
        layout = layered(boxes, picture.arrows, direction)
        if ax is None:
            figure = new_figure(figsize=(layout.width, layout.height))
            ax = figure.add_axes((0, 0, 1, 1))
        self.ax_, self.figure_ = ax, ax.figure
        ax.set_axis_off()
        scale = _fit(ax, layout)
        brush = _Brush(ax, scale, inks_on(_background(ax)))
        self.arrows_ = [brush.arrow(curve) for curve in layout.curves]
        self.shapes_, self.signs_, self.notes_ = [], [], []
        for vertex, box, centre in zip(
            picture.vertices, boxes, layout.centres, strict=True
        ):
            self.shapes_.append(brush.shape(vertex, box, centre))
            self.signs_.append(brush.sign(vertex, centre))
            self.notes_.append(brush.notes(vertex, box, centre, direction))


def draw_graph(
    graph: Graph,
    ax: Axes | None = None,
    *,
    values: bool = False,
    derivatives: bool = False,
    shapes: bool = False,
    direction: Literal["right", "up"] = "right",
    operations: Mapping[str, str] | None = None,
) -> GraphDisplay:
    """Draw a graph and return the display; see `GraphDisplay.plot`."""
    return GraphDisplay(graph).plot(
        ax,
        values=values,
        derivatives=derivatives,
        shapes=shapes,
        direction=direction,
        operations=operations,
    )


def svg_picture(graph: Graph) -> str | None:
    """Return a picture of a graph as SVG on white, as notebooks show it.

    Values and derivatives of numbers are written beside the variables, if there was a
    backward pass.

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

    picture = picture_of(graph.nodes, graph.output)
    if len(picture.vertices) > _MOST_SHAPES:
        return None

    def new_figure(figsize):
        figure = Figure(figsize=figsize, facecolor=WHITE)
        FigureCanvasSVG(figure)
        return figure

    display = GraphDisplay(graph)
    display._draw(picture, None, "right", new_figure)
    file = io.StringIO()
    display.figure_.savefig(file, format="svg", facecolor=WHITE, metadata={"Date": None})
    return file.getvalue()


def _text_size(text, points):
    """Return the width and the height of text in inches; it may have several lines."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=points, math_fontfamily=_FONT)
    sizes = [
        text_to_path.get_text_width_height_descent(line, font, "$" in line)[:2]
        for line in text.split("\n")
    ]
    height = max(sizes[0][1], points * (1.15 * len(sizes) - 0.15))
    return max(width for width, _ in sizes) / _POINTS, height / _POINTS


def _sign_size(vertex):
    """Return the size of the text inside a shape, in points."""
    if vertex.kind == "constant":
        return _CONSTANT_SIZE
    is_word = vertex.kind == "operation" and "$" not in vertex.sign
    return _SIGN_SIZE - 2.5 if is_word else _SIGN_SIZE


def _box(vertex, direction):
    """Return the box of a vertex: a circle, or a longer shape, and the notes.

    Notes are below the shape, or at its right if the graph is drawn upwards: there, no
    arrow begins or ends.
    """
    width, height = _text_size(vertex.sign, _sign_size(vertex))
    if vertex.kind == "constant":
        half_width, half_height, corner = width / 2 + 0.03, height / 2 + 0.01, 0.0
    else:
        half_height = max(_RADIUS, height / 2 + 0.05)
        is_short = width <= 1.4 * _RADIUS and half_height == _RADIUS
        half_width = _RADIUS if is_short else width / 2 + _PADDING
        half_width = max(half_width, half_height)
        is_long_operation = vertex.kind == "operation" and not is_short
        corner = _CORNER if is_long_operation else min(half_width, half_height)
    left = right = half_width
    down = up = half_height
    if vertex.notes:
        wide = max(_text_size(text, _NOTE_SIZE)[0] for _, text in vertex.notes)
        high = _NOTE_GAP + _LINE_HEIGHT * len(vertex.notes)
        if direction == "up":
            right += _NOTE_GAP + wide
            down = up = max(half_height, high / 2)
        else:
            left = right = max(half_width, wide / 2)
            down += high
    return Box(left, right, down, up, half_width, half_height, corner)


def _fit(ax, layout):
    """Set the limits of the axes; return the size of a unit in inches, at most 1."""
    figure = ax.figure.figure
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
    window = ax.get_window_extent()
    wide, high = window.width / figure.dpi, window.height / figure.dpi
    scale = min(wide / layout.width, high / layout.height, 1.0)
    ax.set_aspect("equal", adjustable="datalim")
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


def _outline(box, centre):
    """Return the path of a shape: a circle, or a rectangle with round corners."""
    from matplotlib.path import Path

    # The quarter of a circle from the right to the top, as a Bézier curve.
    arc = box.corner * np.array([[1, 0], [1, _ARC], [_ARC, 1], [0, 1]])
    inner = np.array([box.half_width - box.corner, box.half_height - box.corner])
    turned = [
        arc + inner,
        (arc[::-1] + inner) * [-1, 1],
        (arc + inner) * [-1, -1],
        (arc[::-1] + inner) * [1, -1],
    ]
    points = np.vstack([*turned, [[0, 0]]]) + centre
    corner = [Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    return Path(points, [Path.MOVETO, *corner[1:], *corner * 3, Path.CLOSEPOLY])


class _Brush:
    """Drawing of shapes, text and arrows, all in one scale."""

    def __init__(self, ax, scale, inks):
        self.ax, self.scale, self.inks = ax, scale, inks

    def arrow(self, curve):
        """Draw an arrow along Bézier curves."""
        from matplotlib.patches import ArrowStyle, FancyArrowPatch
        from matplotlib.path import Path

        codes = [Path.MOVETO] + [Path.CURVE4] * (len(curve) - 1)
        patch = FancyArrowPatch(
            path=Path(curve, codes),
            arrowstyle=ArrowStyle("-|>", head_length=0.55, head_width=0.22),
            mutation_scale=10 * self.scale,
            linewidth=1.0 * self.scale,
            color=self.inks.line,
            shrinkA=0,
            shrinkB=0,
            joinstyle="miter",
            capstyle="butt",
            zorder=1,
        )
        return self.ax.add_patch(patch)

    def shape(self, vertex, box, centre):
        """Draw the shape of a vertex; that of a constant is invisible."""
        from matplotlib.patches import PathPatch

        fill = {"parameter": RED, "operation": BLUE, "constant": "none"}
        is_white = vertex.kind in ("input", "output")
        edge = self.inks.text if is_white else "none"
        patch = PathPatch(
            _outline(box, centre),
            facecolor=fill.get(vertex.kind, WHITE),
            edgecolor=edge,
            linewidth=1.2 * self.scale,
            zorder=2,
        )
        return self.ax.add_patch(patch)

    def sign(self, vertex, centre):
        """Write the text inside a shape."""
        colour = {"parameter": WHITE, "operation": WHITE}
        colour |= {"constant": self.inks.soft_text}
        return self._text(
            centre,
            vertex.sign,
            _sign_size(vertex),
            colour.get(vertex.kind, "black"),
            "center",
        )

    def notes(self, vertex, box, centre, direction):
        """Write the lines beside a shape: below it, or at its right."""
        colours = {"derivative": self.inks.accent, "value": self.inks.text}
        colours |= {"symbol": self.inks.text, "shape": self.inks.soft_text}
        x, y = centre
        if direction == "up":
            x += box.half_width + _NOTE_GAP
            y += _LINE_HEIGHT * (len(vertex.notes) - 1) / 2
        else:
            y -= box.half_height + _NOTE_GAP + _LINE_HEIGHT / 2
        align = "left" if direction == "up" else "center"
        return [
            self._text(
                (x, y - k * _LINE_HEIGHT), text, _NOTE_SIZE, colours[role], align
            )
            for k, (role, text) in enumerate(vertex.notes)
        ]

    def _text(self, place, text, points, colour, align):
        """Write text with its middle at a place, or with its left end there."""
        return self.ax.text(
            *place,
            text,
            size=points * self.scale,
            color=colour,
            ha=align,
            va="center",
            multialignment="center",
            linespacing=1.0,
            math_fontfamily=_FONT,
            zorder=3,
        )
