"""Ranks of the vertices of an acyclic graph, and their order within the ranks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

__all__ = ["Levels", "crossings", "ordered"]

_STARTS, _SWEEPS = 6, 12
_MOST_EDGES = 3000  # of all starts together
_MOST_SWAPS = 8

# Cost of two operands in the wrong order, where a crossing of two edges costs 1.
_WRONG_ORDER = 0.1


@dataclass(frozen=True)
class Levels:
    """Vertices of a graph in ranks, with a vertex wherever an edge passes a rank.

    Vertices from `n_vertices` on stand for edges that pass. All edges from one vertex
    share them, so that they leave it as one line that branches.

    Attributes
    ----------
    n_vertices : int
        Number of vertices with a box.
    ranks : list of list of int
        Vertices of each rank in their order.
    rank_of : list of int
        Rank of each vertex.
    chains : list of tuple of int
        The vertices that each edge passes, its ends among them.
    short_edges : list of (int, int)
        Edges from a rank to the next, each once.
    lines : list of list of int
        Vertices without a box that one vertex's edges pass, in the order of the ranks.
    """

    n_vertices: int
    ranks: list[list[int]]
    rank_of: list[int]
    chains: list[tuple[int, ...]]
    short_edges: list[tuple[int, int]]
    lines: list[list[int]]


def ordered(n_vertices: int, edges: Sequence[tuple[int, int]]) -> Levels:
    """Return the vertices of an acyclic graph in ranks, in an order with few crossings.

    Edges lead from a smaller to a larger index.
    """
    rank_of = _ranks(n_vertices, edges)
    passing: dict[tuple[int, int], int] = {}
    chains = []
    for first, last in edges:
        chain = [first]
        for rank in range(rank_of[first] + 1, rank_of[last]):
            if (first, rank) not in passing:
                passing[first, rank] = len(rank_of)
                rank_of.append(rank)
            chain.append(passing[first, rank])
        chains.append((*chain, last))
    short = list(dict.fromkeys(step for chain in chains for step in pairwise(chain)))
    ranks = _first_order(rank_of, short)
    lines: dict[int, list[int]] = {}
    for (first, _), v in sorted(passing.items()):
        lines.setdefault(first, []).append(v)
    levels = Levels(n_vertices, ranks, rank_of, chains, short, list(lines.values()))
    _reduce_crossings(levels)
    return levels


def _ranks(n_vertices, edges):
    """Return the ranks: after all operands, and close to the vertices that use it."""
    operands = [set() for _ in range(n_vertices)]
    users = [set() for _ in range(n_vertices)]
    for first, last in edges:
        operands[last].add(first)
        users[first].add(last)
    ranks = [0] * n_vertices
    for v in range(n_vertices):
        ranks[v] = max((ranks[u] + 1 for u in operands[v]), default=0)
    for _ in range(2):
        for v in reversed(range(n_vertices)):
            if users[v]:
                furthest = [
                    max((ranks[w] for w in users[u] - {v}), default=0)
                    for u in operands[v]
                ]
                choices = range(ranks[v], min(ranks[w] for w in users[v]))
                # Total length of the lines that enter and leave, each counted once.
                ranks[v] = min(
                    choices,
                    key=lambda rank, ends=furthest: (
                        sum(max(rank, end) for end in ends) - rank
                    ),
                )
    least = min(ranks)
    return [rank - least for rank in ranks]


def _first_order(rank_of, short_edges):
    """Return the ranks in the order of a search from the last vertices to the first."""
    operands = [[] for _ in rank_of]
    has_user = [False] * len(rank_of)
    for first, last in short_edges:
        operands[last].append(first)
        has_user[first] = True
    ranks = [[] for _ in range(max(rank_of) + 1)]
    seen = set()
    # By a stack, as a graph may be deeper than Python's recursion limit.
    for root in (v for v, used in enumerate(has_user) if not used):
        stack = [root]
        while stack:
            v = stack.pop()
            if v not in seen:
                seen.add(v)
                ranks[rank_of[v]].append(v)
                stack += reversed(operands[v])
    return ranks


class _Order:
    """Places of the vertices in their ranks, and the costs of changing them."""

    def __init__(self, levels):
        self.ranks = levels.ranks
        self.before = [[] for _ in levels.rank_of]
        self.after = [[] for _ in levels.rank_of]
        for first, last in levels.short_edges:
            self.before[last].append(first)
            self.after[first].append(last)
        self.preferred: dict[tuple[int, int], int] = {}
        ends: dict[int, list[int]] = {}
        for chain in levels.chains:
            ends.setdefault(chain[-1], []).append(chain[-2])
        for operands in ends.values():
            for pair in combinations(dict.fromkeys(operands), 2):
                self.preferred[pair] = self.preferred.get(pair, 0) + 1
        self.place = [0] * len(levels.rank_of)
        for rank in self.ranks:
            self.set_places(rank)

    def set_places(self, rank):
        """Record the places of the vertices of a rank."""
        for place, v in enumerate(rank):
            self.place[v] = place

    def cost(self):
        """Return the number of crossings, and some more for operands out of order."""
        total = sum(
            crossings(
                [(self.place[u], self.place[v]) for u in rank for v in self.after[u]]
            )
            for rank in self.ranks
        )
        wrong = sum(
            count
            for (u, v), count in self.preferred.items()
            if self.place[u] > self.place[v]
        )
        return total + _WRONG_ORDER * wrong

    def sort_rank(self, rank, neighbours, is_reversed):
        """Sort a rank by the mean places of the neighbours on one side.

        Vertices with one mean keep their order, or reverse it.
        """
        means = {
            v: sum(self.place[w] for w in neighbours[v]) / len(neighbours[v])
            if neighbours[v]
            else self.place[v]
            for v in rank
        }
        if is_reversed:
            rank.reverse()
        rank.sort(key=means.__getitem__)
        self.set_places(rank)

    def swap_neighbours(self):
        """Swap neighbours in a rank as long as this lowers the cost."""
        for _ in range(_MOST_SWAPS):
            has_changed = False
            for rank in self.ranks:
                for k in range(len(rank) - 1):
                    u, v = rank[k : k + 2]
                    if self._pair_cost(v, u) < self._pair_cost(u, v) - 1e-9:
                        rank[k], rank[k + 1] = v, u
                        self.place[u], self.place[v] = k + 1, k
                        has_changed = True
            if not has_changed:
                return

    def _pair_cost(self, u, v):
        """Return the cost of having u just before v."""
        crossed = 0
        for neighbours in (self.before, self.after):
            places = [self.place[w] for w in neighbours[v]]
            for w in neighbours[u]:
                here = self.place[w]
                crossed += sum(there < here for there in places)
        return crossed + _WRONG_ORDER * self.preferred.get((v, u), 0)


def _reduce_crossings(levels):
    """Change the order in the ranks, in place, to the best one that was found.

    The search begins at the given order, then at random ones, until no edges cross.
    """
    order = _Order(levels)
    random = np.random.default_rng(0)  # one graph is always drawn in one way
    best, least = [list(rank) for rank in order.ranks], np.inf
    n_edges = len(levels.short_edges)
    for _ in range(max(1, min(_STARTS, _MOST_EDGES // max(n_edges, 1)))):
        for cost in _improvements(order):
            if cost < least:
                best, least = [list(rank) for rank in order.ranks], cost
        if least < 1:
            break
        for rank in order.ranks:
            random.shuffle(rank)
            order.set_places(rank)
    for rank, found in zip(order.ranks, best, strict=True):
        rank[:] = found


def _improvements(order):
    """Sort the ranks by their neighbours, to and fro; yield the cost of each order."""
    order.swap_neighbours()
    yield order.cost()
    for sweep in range(_SWEEPS):
        is_forward, is_reversed = sweep % 2 == 0, sweep % 4 >= 2
        neighbours = order.before if is_forward else order.after
        for rank in order.ranks[1:] if is_forward else reversed(order.ranks[:-1]):
            order.sort_rank(rank, neighbours, is_reversed)
        order.swap_neighbours()
        yield order.cost()


def crossings(places: Sequence[tuple[int, int]]) -> int:
    """Return how many pairs of edges cross, from their places in two ranks."""
    if len(places) < 2:
        return 0
    left, right = np.array(places).T
    crossed = (left[:, np.newaxis] < left) & (right[:, np.newaxis] > right)
    return int(np.count_nonzero(crossed))
