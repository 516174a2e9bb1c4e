"""Coordinates across the direction of the edges."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skmlp.graph.coordinates import spread
from skmlp.graph.vertex_order import ordered


def test_a_vertex_stands_between_its_two_operands():
    levels = ordered(3, [(0, 2), (1, 2)])
    across = spread(levels, [0.3] * 3, [0.5] * 3)
    assert across[1] - across[0] >= 0.8  # high of one and low of the other
    assert_allclose(across[2], (across[0] + across[1]) / 2, atol=1e-9)


def test_a_chain_is_straight_and_an_edge_beside_it_as_well():
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)]
    levels = ordered(5, edges)
    across = spread(levels, [0.2] * 5, [0.2] * 5)
    assert_allclose(across[1:4], across[1], atol=1e-6)
    line = levels.lines[0]
    assert_allclose(across[line], across[line[0]], rtol=0, atol=0)


@pytest.mark.parametrize("seed", range(20))
def test_neighbours_in_a_rank_keep_their_order_and_distance(seed):
    rng = np.random.default_rng(seed)
    n = 40
    edges = sorted(
        {tuple(sorted(pair)) for pair in rng.integers(0, n, size=(60, 2)).tolist()}
        - {(k, k) for k in range(n)}
    )
    edges = [(a, b) for a, b in edges if b - a < 12]
    low, high = rng.uniform(0.1, 0.5, size=(2, n))
    levels = ordered(n, edges)
    across = spread(levels, low, high)
    reach_up = [*low, *np.zeros(len(across) - n)]
    reach_down = [*high, *np.zeros(len(across) - n)]
    for rank in levels.ranks:
        for upper, lower in pairwise(rank):
            gap = across[lower] - reach_up[lower] - across[upper] - reach_down[upper]
            assert gap > 0.1
