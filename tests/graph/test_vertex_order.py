"""Ranks of vertices, and orders with few crossings."""

from itertools import combinations, pairwise
from math import comb

import numpy as np
import pytest

from skmlp.graph.vertex_order import crossings, ordered


def random_edges(n_vertices, seed):
    rng = np.random.default_rng(seed)
    edges = []
    for last in range(1, n_vertices):
        for first in rng.integers(max(0, last - 8), last, size=rng.integers(0, 3)):
            edges.append((int(first), last))
    return edges


def crossed(levels):
    """Return the number of crossings, pair of edges by pair of edges."""
    place = {v: k for rank in levels.ranks for k, v in enumerate(rank)}
    total = 0
    for (a, b), (c, d) in combinations(levels.short_edges, 2):
        if levels.rank_of[a] == levels.rank_of[c]:
            total += (place[a] - place[c]) * (place[b] - place[d]) < 0
    return total


@pytest.mark.parametrize("seed", range(20))
def test_every_edge_leads_from_rank_to_rank_and_every_vertex_has_one_place(seed):
    n = 5 + 3 * seed
    edges = random_edges(n, seed)
    levels = ordered(n, edges)
    for edge, chain in zip(edges, levels.chains, strict=True):
        assert (chain[0], chain[-1]) == edge
        assert all(v >= n for v in chain[1:-1])
        for before, after in pairwise(chain):
            assert levels.rank_of[after] == levels.rank_of[before] + 1
    placed = [v for rank in levels.ranks for v in rank]
    assert sorted(placed) == list(range(len(levels.rank_of)))
    assert all(levels.rank_of[v] == k for k, r in enumerate(levels.ranks) for v in r)
    assert all(rank for rank in levels.ranks)


def test_a_vertex_without_operands_stands_just_before_the_one_that_uses_it():
    # 0 → 1 → 2 → 4, and 3 → 4
    levels = ordered(5, [(0, 1), (1, 2), (2, 4), (3, 4)])
    assert levels.rank_of == [0, 1, 2, 2, 3]


def test_all_edges_of_a_vertex_pass_a_rank_as_one_line():
    # 0 → 1 → 2 → 3 → 4, and from 0 to 3 and to 4
    levels = ordered(5, [(0, 1), (1, 2), (2, 3), (0, 3), (3, 4), (0, 4)])
    assert [len(rank) for rank in levels.ranks] == [1, 2, 2, 2, 1]
    assert levels.lines == [[5, 6, 7]]


@pytest.mark.parametrize("seed", range(5))
def test_crossings_are_those_counted_pair_by_pair(seed):
    rng = np.random.default_rng(seed)
    places = [tuple(pair) for pair in rng.integers(0, 6, size=(20, 2)).tolist()]
    by_pair = sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(places, 2))
    assert crossings(places) == by_pair


@pytest.mark.parametrize("seed", range(10))
def test_trees_have_no_crossings_and_keep_the_order_of_operands(seed):
    rng = np.random.default_rng(seed)
    children: list[list[int]] = [[]]
    for v in range(1, 30):
        children[rng.integers(max(0, v - 6), v)].append(v)
        children.append([])
    # Numbered from the leaves to the root, as operands come before their users.
    edges = [
        (29 - child, 29 - v)
        for v, below in reversed(list(enumerate(children)))
        for child in below
    ]
    levels = ordered(30, edges)
    assert crossed(levels) == 0
    place = {v: k for rank in levels.ranks for k, v in enumerate(rank)}
    into: dict[int, list[int]] = {}
    for chain in levels.chains:
        into.setdefault(chain[-1], []).append(place[chain[-2]])
    assert all(places == sorted(places) for places in into.values())


@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 4), (5, 5)])
def test_complete_layers_have_their_least_number_of_crossings(m, n):
    levels = ordered(m + n, [(u, m + v) for v in range(n) for u in range(m)])
    assert crossed(levels) == comb(m, 2) * comb(n, 2)


@pytest.mark.parametrize("seed", range(5))
def test_a_mixed_up_graph_without_crossings_is_untangled(seed):
    rng = np.random.default_rng(seed)
    columns = [rng.permutation(6) + 6 * k for k in range(4)]
    edges = [
        (int(before[row]), int(after[other]))
        for before, after in pairwise(columns)
        for row in range(6)
        for other in {row, max(row - 1, 0)}
    ]
    assert crossed(ordered(24, edges)) == 0


def test_deep_graphs_do_not_reach_the_recursion_limit():
    n = 3000
    levels = ordered(n, [(v, v + 1) for v in range(n - 1)])
    assert len(levels.ranks) == n
