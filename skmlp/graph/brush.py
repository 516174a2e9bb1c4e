"""Shapes, text and arrows of a picture of a graph, with matplotlib."""

import numpy as np

from skmlp.base.plotting import BLUE, RED, WHITE
from skmlp.graph.layout import Box

__all__ = ["Brush", "box_of"]

# Sizes of text in points, and lengths in inches.
_SIGN_SIZE, _CONSTANT_SIZE, _NOTE_SIZE = 13.0, 10.0, 9.5
_RADIUS, _PADDING, _CORNER = 0.19, 0.08, 0.07
_NOTE_GAP, _LINE_HEIGHT = 0.04, 0.165
_POINTS = 72.0  # in an inch

# Handles of a Bézier curve that is a quarter of a circle, to 0.03% of the radius.
_ARC = 0.5523

# The font of formulas, which is much like that of printed mathematics.
_FONT = "stix"


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


def box_of(vertex, direction):
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


class Brush:
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
