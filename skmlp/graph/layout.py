"""Layered drawing of an acyclic graph: ranks, order within ranks, coordinates, curves.

The steps are those of Sugiyama, Tagawa and Toda (1981): the vertices are placed in
ranks so that all edges point forward; edges over several ranks get a vertex without a
box in each rank between; the order within the ranks is changed until few edges cross;
then coordinates are chosen so that edges are short and boxes do not overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from skmlp.base.options import use_one_of
from skmlp.base.types import Array
from skmlp.graph.coordinates import spread
from skmlp.graph.vertex_order import ordered

__all__ = ["Box", "Layout", "check_direction", "layered"]

# Lengths in inches between ranks: the more, the further the edges climb.
_LEAST_RANK_GAP, _MOST_RANK_GAP, _GAP_FOR_CLIMB = 0.4, 1.1, 0.25
_MARGIN = 0.12

# Part of a side over which the ends of several arrows are spread.
_PORTS = 0.62


@dataclass(frozen=True)
class Box:
    """Rectangle of a vertex: its shape, and the text beside it.

    Attributes
    ----------
    left, right, down, up : float
        Distances of the sides from the centre of the shape, in inches.
    half_width, half_height : float
        Half the width and height of the shape, at which edges begin and end.
    corner : float
        Radius of the corners: 0 for a rectangle; half the height of a circle.
    """

    left: float
    right: float
    down: float
    up: float
    half_width: float
    half_height: float
    corner: float


@dataclass(frozen=True)
class Layout:
    """Positions of a layered drawing, in inches from its lower left corner.

    Attributes
    ----------
    centres : array (n_vertices, 2)
        Centres of the shapes.
    curves : list of array (3·k + 1, 2)
        For each edge the points of k cubic Bézier curves, from shape to shape.
    width, height : float
        Size of the whole drawing.
    ranks : array of int (n_vertices,)
        Rank of each vertex, from 0.
    """

    centres: Array
    curves: list[Array]
    width: float
    height: float
    ranks: Array


def check_direction(direction: str) -> None:
    """Raise a ValueError unless `direction` is 'right' or 'up'."""
    if direction not in ("right", "up"):
        complaint = f"direction={direction!r} is unknown"
        raise ValueError(use_one_of(complaint, ("right", "up"), got=direction))


def layered(
    boxes: Sequence[Box], edges: Sequence[tuple[int, int]], direction: str = "right"
) -> Layout:
    """Return a layered drawing of a directed acyclic graph.

    Parameters
    ----------
    boxes : sequence of Box
        Box of each vertex.
    edges : sequence of (int, int)
        Index of the first and of the last vertex of each edge, the first one smaller.
        The edges into a vertex are in the order of its operands, and the drawing keeps
        this order where it costs no crossing. An edge may occur twice.
    direction : {'right', 'up'}, default='right'
        Direction of the edges.

    Raises
    ------
    ValueError
        If an edge does not lead from a smaller to a larger index, or if `direction` is
        none of the options.
    """
    check_direction(direction)
    if any(not 0 <= first < last < len(boxes) for first, last in edges):
        raise ValueError("edges have to lead from a smaller to a larger index.")
    if not boxes:
        return Layout(np.zeros((0, 2)), [], 0.0, 0.0, np.zeros(0, dtype=int))
    turned = [_turned(box, direction) for box in boxes]
    levels = ordered(len(boxes), edges)
    low, high = [box.low for box in turned], [box.high for box in turned]
    across = spread(levels, low, high)
    across += _MARGIN - min(
        across.min(), min(across[v] - low[v] for v in range(len(boxes)))
    )
    starts, ends = _columns(levels, turned, across)
    along = _along(levels, turned, starts)
    curves = [
        _curve(levels, turned, edge, along, across, starts, ends)
        for edge in _ports(levels, turned, edges, across)
    ]
    length = ends[-1] + _MARGIN
    n = len(boxes)
    breadth = max(across.max(), (across[:n] + high).max()) + _MARGIN
    points = [np.column_stack([along[:n], across[:n]]), *curves]
    if direction == "up":
        placed = [each[:, ::-1] for each in points]
        width, height = breadth, length
    else:  # the first vertex of a rank is on top
        placed = [each * [1, -1] + [0, breadth] for each in points]
        width, height = length, breadth
    ranks = np.array([levels.rank_of[v] for v in range(n)])
    return Layout(placed[0], placed[1:], width, height, ranks)


@dataclass(frozen=True)
class _Turned:
    """Box by the direction of the edges: `back` to `front`, and `low` to `high`."""

    back: float
    front: float
    low: float
    high: float
    half_length: float
    half_breadth: float
    corner: float


def _turned(box, direction):
    """Return a box in coordinates along and across the direction of the edges."""
    if direction == "up":
        sides = (box.down, box.up, box.left, box.right)
        return _Turned(*sides, box.half_height, box.half_width, box.corner)
    sides = (box.left, box.right, box.up, box.down)
    return _Turned(*sides, box.half_width, box.half_height, box.corner)


def _columns(levels, boxes, across):
    """Return where the column of each rank starts and ends, along the edges."""
    n = len(boxes)
    climbs = np.zeros(len(levels.ranks))
    for first, last in levels.short_edges:
        rank = levels.rank_of[last]
        climbs[rank] = max(climbs[rank], abs(across[last] - across[first]))
    starts, ends = [], []
    position = _MARGIN
    for rank, level in enumerate(levels.ranks):
        if rank:
            gap = _LEAST_RANK_GAP + _GAP_FOR_CLIMB * climbs[rank]
            position += min(gap, _MOST_RANK_GAP)
        starts.append(position)
        inside = [boxes[v] for v in level if v < n]
        position += max((box.back for box in inside), default=0.0)
        position += max((box.front for box in inside), default=0.0)
        ends.append(position)
    return starts, ends


def _along(levels, boxes, starts):
    """Return the centres of the vertices along the edges, one line for each rank."""
    along = np.zeros(len(levels.rank_of))
    for start, level in zip(starts, levels.ranks, strict=True):
        inside = [boxes[v].back for v in level if v < len(boxes)]
        along[level] = start + max(inside, default=0.0)
    return along


def _ports(levels, boxes, edges, across):
    """Return (chain of vertices, offset of the arrow's end) of each edge.

    Arrows that end at one shape are spread over its side, from that which comes from
    the smallest coordinate to that from the largest.
    """
    ports = [0.0] * len(edges)
    into: dict[int, list[int]] = {}
    for k, (_, last) in enumerate(edges):
        into.setdefault(last, []).append(k)
    for last, arrows in into.items():
        arrows.sort(key=lambda k: (across[levels.chains[k][-2]], k))
        reach = _PORTS * boxes[last].half_breadth
        step = min(2 * reach / max(len(arrows) - 1, 1), 0.9 * reach)
        for place, k in enumerate(arrows):
            ports[k] = step * (place - (len(arrows) - 1) / 2)
        if len(arrows) == 1:  # straight, if the shape is a little higher or lower
            climb = across[levels.chains[arrows[0]][-2]] - across[last]
            ports[arrows[0]] = climb if abs(climb) < reach / 2 else 0.0
    return list(zip(levels.chains, ports, strict=True))


def _curve(levels, boxes, edge, along, across, starts, ends):
    """Return the Bézier points of an edge.

    It is straight within the columns and climbs only between them, where no boxes are.
    """
    chain, port = edge
    first, last = chain[0], chain[-1]
    points = [np.array([along[first] + boxes[first].half_length, across[first]])]
    for here, there in pairwise(chain):
        end = ends[levels.rank_of[here]]
        start = starts[levels.rank_of[there]]
        level = across[there] + (port if there == last else 0.0)
        _go_straight(points, end)
        middle = (end + start) / 2
        points += [np.array([middle, points[-1][1]]), np.array([middle, level])]
        points.append(np.array([start, level]))
    box = boxes[last]
    height = max(abs(port) - (box.half_breadth - box.corner), 0.0)
    inset = box.corner - np.sqrt(max(box.corner**2 - height**2, 0.0))
    _go_straight(points, along[last] - box.half_length + inset)
    return np.array(points)


def _go_straight(points, position):
    """Append a straight piece up to `position`, unless the curve is there already."""
    x, y = points[-1]
    if abs(position - x) > 1e-9:
        step = (position - x) / 3
        points += [np.array([x + k * step, y]) for k in (1, 2, 3)]
