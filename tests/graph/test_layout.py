"""Layered layouts: nothing overlaps, for random graphs of up to 60 vertices."""

from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skmlp.graph.layout import Box, layered


def random_graph(n_vertices, rng):
    boxes = []
    for _ in range(n_vertices):
        half_width, half_height = rng.uniform(0.15, 0.5), rng.uniform(0.15, 0.3)
        more = rng.uniform(0, 0.5, size=4) * (rng.random() < 0.5)
        sides = np.array([half_width, half_width, half_height, half_height]) + more
        corner = rng.choice([0.0, 0.05, min(half_width, half_height)])
        boxes.append(Box(*sides, half_width, half_height, corner))
    edges = [
        (int(first), last)
        for last in range(1, n_vertices)
        for first in last - rng.integers(1, 1 + min(last, 12), size=rng.integers(1, 4))
    ]
    return boxes, edges


def points_of(curve):
    """Return points on the cubic Bézier curves of an edge."""
    t = np.linspace(0, 1, 21)[:, np.newaxis]
    powers = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    return np.vstack(
        [
            sum(
                power * point
                for power, point in zip(powers, curve[k : k + 4], strict=True)
            )
            for k in range(0, len(curve) - 1, 3)
        ]
    )


def distance_to_shape(point, centre, box):
    """Return the distance from a point to a rectangle with round corners."""
    half = np.array([box.half_width, box.half_height]) - box.corner
    outside = np.maximum(np.abs(point - centre) - half, 0)
    if box.corner:
        return abs(np.hypot(*outside) - box.corner)
    return np.abs(np.abs(point - centre) - half).min() + outside.sum()


@pytest.mark.parametrize("direction", ["right", "up"])
@pytest.mark.parametrize("seed", range(15))
def test_boxes_and_edges_do_not_lie_on_each_other(seed, direction):
    rng = np.random.default_rng(seed)
    boxes, edges = random_graph(int(rng.integers(5, 61)), rng)
    layout = layered(boxes, edges, direction)
    sides = np.array([(b.left, b.down, b.right, b.up) for b in boxes])
    low, high = layout.centres - sides[:, :2], layout.centres + sides[:, 2:]
    assert np.all(low >= 0.05)
    assert np.all(high <= [layout.width - 0.05, layout.height - 0.05])
    for a, b in combinations(range(len(boxes)), 2):
        assert np.any((high[a] < low[b]) | (high[b] < low[a]))
    for edge, curve in zip(edges, layout.curves, strict=True):
        points = points_of(curve)
        inside = (points[:, np.newaxis] > low) & (points[:, np.newaxis] < high)
        touched = set(np.flatnonzero(inside.all(axis=2).any(axis=0)).tolist())
        assert touched <= set(edge)
        assert np.all(points >= 0)
        assert np.all(points <= [layout.width, layout.height])


@pytest.mark.parametrize("direction", ["right", "up"])
@pytest.mark.parametrize("seed", range(5))
def test_edges_lead_forward_from_shape_to_shape(seed, direction):
    rng = np.random.default_rng(seed)
    boxes, edges = random_graph(25, rng)
    layout = layered(boxes, edges, direction)
    along = 0 if direction == "right" else 1
    for (first, last), curve in zip(edges, layout.curves, strict=True):
        assert distance_to_shape(curve[0], layout.centres[first], boxes[first]) < 1e-9
        assert distance_to_shape(curve[-1], layout.centres[last], boxes[last]) < 1e-9
        assert np.all(np.diff(points_of(curve)[:, along]) >= -1e-12)
        assert layout.ranks[first] < layout.ranks[last]


def test_the_first_operand_is_on_top_or_at_the_left():
    boxes = [Box(0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2)] * 4
    edges = [(0, 3), (1, 3), (2, 3)]
    right, up = layered(boxes, edges), layered(boxes, edges, "up")
    assert np.all(np.diff(right.centres[:3, 1]) < 0)
    assert_allclose(right.centres[:3, 0], right.centres[0, 0])
    assert np.all(np.diff(up.centres[:3, 0]) > 0)
    assert_allclose(up.centres[:3, 1], up.centres[0, 1])


def test_two_arrows_between_the_same_shapes_are_apart():
    boxes = [Box(0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2)] * 2
    first, second = layered(boxes, [(0, 1), (0, 1)]).curves
    assert abs(first[-1, 1] - second[-1, 1]) > 0.08


def test_a_drawing_without_vertices_is_empty():
    layout = layered([], [])
    assert layout.centres.shape == (0, 2)
    assert layout.curves == []


@pytest.mark.parametrize("edge", [(1, 0), (1, 1), (0, 2)])
def test_edges_that_do_not_lead_to_a_larger_index_are_refused(edge):
    boxes = [Box(0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2)] * 2
    with pytest.raises(ValueError, match="from a smaller to a larger index"):
        layered(boxes, [edge])


def test_an_unknown_direction_is_refused():
    with pytest.raises(ValueError, match=r"direction='rigth' .* mean 'right'"):
        layered([], [], "rigth")
