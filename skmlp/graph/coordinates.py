"""Coordinates of a layered drawing across the direction of its edges."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.optimize import isotonic_regression

from skmlp.base.types import Array
from skmlp.graph.vertex_order import Levels

__all__ = ["spread"]

# Lengths in inches between boxes, and between a box and an edge or two edges.
_BOX_GAP, _EDGE_GAP = 0.2, 0.15

# Weights of edges by the number of their ends without a box: long edges are straight.
_STRAIGHTNESS = (1.0, 2.0, 40.0)
_ROUNDS, _SWEEPS = 8, 8

# Vertices closer than this to a neighbour's level are moved to it.
_CLOSE = 0.08


def spread(levels: Levels, low: Sequence[float], high: Sequence[float]) -> Array:
    """Return coordinates that keep the order in all ranks, and boxes apart.

    They make the weighted sum of the squared climbs of all edges small, and edges over
    several ranks straight where this is possible.

    Parameters
    ----------
    levels : Levels
        Vertices in ranks.
    low, high : sequence of float
        Distances from each vertex with a box to the sides of the box, toward smaller
        and toward larger coordinates.
    """
    places = _Places(levels, low, high)
    for _ in range(_ROUNDS):
        for sweep in range(_SWEEPS):
            places.relax(is_reversed=sweep % 2 == 1)
        places.straighten()
    for _ in range(4):
        places.centre_boxes()
        places.straighten(to_source=True)
    places.level_boxes()
    return places.across


class _Places:
    """Coordinates, and the steps that change them within the order of the ranks."""

    def __init__(self, levels, low, high):
        self.levels = levels
        total = len(levels.rank_of)
        self.neighbours = [[] for _ in range(total)]
        self.source = {last: first for first, last in levels.short_edges}
        for first, last in levels.short_edges:
            n_lines = (first >= levels.n_vertices) + (last >= levels.n_vertices)
            weight = _STRAIGHTNESS[n_lines]
            self.neighbours[first].append((last, weight))
            self.neighbours[last].append((first, weight))
        self.indices = [np.array([v for v, _ in n], dtype=int) for n in self.neighbours]
        self.weights = [np.array([weight for _, weight in n]) for n in self.neighbours]
        self.offsets = [self._offsets(rank, low, high) for rank in levels.ranks]
        self.across = np.zeros(total)
        self.position = np.zeros(total, dtype=int)
        for rank, offset in zip(levels.ranks, self.offsets, strict=True):
            self.across[rank] = offset - offset[-1] / 2
            self.position[rank] = np.arange(len(rank))

    def _offsets(self, rank, low, high):
        """Return the least distances of the vertices of a rank from its first one."""
        n = self.levels.n_vertices
        steps = [0.0]
        for upper, lower in pairwise(rank):
            gap = _BOX_GAP if upper < n and lower < n else _EDGE_GAP
            reach = high[upper] if upper < n else 0.0
            steps.append(reach + gap + (low[lower] if lower < n else 0.0))
        return np.cumsum(steps)

    def relax(self, is_reversed):
        """Move each rank in turn to the best coordinates for those of the others.

        Within a rank this is isotonic regression, because neighbours have a least
        distance.
        """
        ranks = list(zip(self.levels.ranks, self.offsets, strict=True))
        for rank, offset in reversed(ranks) if is_reversed else ranks:
            wanted = np.array([self._wanted([v]) for v in rank])
            pull = np.array([max(self.weights[v].sum(), 1e-3) for v in rank])
            fit = isotonic_regression(wanted - offset, weights=pull)
            self.across[rank] = fit.x + offset

    def _wanted(self, together):
        """Return the mean of all neighbours of vertices that have one coordinate."""
        if len(together) == 1:
            v = together[0]
            total = self.weights[v].sum()
            if total:
                return self.weights[v] @ self.across[self.indices[v]] / total
            return self.across[v]
        inside = set(together)
        pulls = [
            (self.across[w], weight)
            for v in together
            for w, weight in self.neighbours[v]
            if w not in inside
        ]
        total = sum(weight for _, weight in pulls)
        return sum(place * weight for place, weight in pulls) / total

    def _room(self, v):
        """Return the least and the greatest coordinate between the neighbours of v."""
        number = self.levels.rank_of[v]
        rank, offset = self.levels.ranks[number], self.offsets[number]
        k = self.position[v]
        low, high = -np.inf, np.inf
        if k > 0:
            low = self.across[rank[k - 1]] + offset[k] - offset[k - 1]
        if k + 1 < len(rank):
            high = self.across[rank[k + 1]] - offset[k + 1] + offset[k]
        return low, high

    def straighten(self, to_source=False):
        """Give the vertices of long edges one coordinate, as far as there is room.

        It is the mean of the ends of the edges, or the coordinate of their source.
        """
        for line in self.levels.lines:
            start = 0
            while start < len(line):
                end = start + 1
                low, high = self._room(line[start])
                while end < len(line):
                    least, most = self._room(line[end])
                    if max(low, least) > min(high, most):
                        break
                    low, high = max(low, least), min(high, most)
                    end += 1
                together = line[start:end]
                if to_source:
                    wanted = self.across[self.source[line[start]]]
                else:
                    wanted = self._wanted(together)
                self.across[together] = min(max(wanted, low), max(low, high))
                start = end

    def centre_boxes(self):
        """Move every box to the mean of its neighbours, as far as there is room."""
        for v in range(self.levels.n_vertices):
            low, high = self._room(v)
            self.across[v] = min(max(self._wanted([v]), low), max(low, high))

    def level_boxes(self):
        """Move every box to the level of a neighbour that is close to its own."""
        for v in range(self.levels.n_vertices):
            low, high = self._room(v)
            steps = self.across[self.indices[v]] - self.across[v]
            steps = steps[np.abs(steps) < _CLOSE]
            places = self.across[v] + steps[np.argsort(np.abs(steps), kind="stable")]
            inside = places[(places >= low) & (places <= high)]
            if inside.size:
                self.across[v] = inside[0]
