"""Second derivatives over all rows, where the kernels know the loss."""

from math import prod

import numpy as np

from skmlp import _kernels

# What a block of rows may take: a quarter of a core's cache.
_BLOCK_BYTES = 2**18
# Rows that take much longer than adding up what they came to.
_RANGE_ROWS = 2048
# Numbers in the largest sum that every thread may have one of: 32 MiB.
_LARGEST_SUM = 2**22


def curvature_sums(fused, parameters):
    """(k, m ≤ k, Σᵢ wᵢ·curvatureₖₘ·[xᵢ, 1][xᵢ, 1]ᵀ) of the pairs of outputs.

    Pairs whose sum is always zero are left out. The network has no hidden layer.
    """
    parameters = _kernels.contiguous(parameters, fused.dtype)
    d, K = fused.network.layer_sizes
    side, n_rows = d + fused.network.has_intercepts, fused.problem.n_rows
    joined = fused.problem.joins_outputs
    pairs = [(k, m) for k in range(K) for m in range(k + 1) if joined or m == k]
    shape = (len(pairs), side, side)
    work = n_rows * prod(shape) // 2

    def fill(sums, row_range, pair_range):
        _kernels.curvature_sums(
            fused.problem,
            parameters,
            sums,
            rows=row_range,
            pairs=pair_range,
            block_rows=min(512, max(128, _BLOCK_BYTES // (8 * side))),
        )

    ranges = _kernels.row_ranges(n_rows, _RANGE_ROWS, work)
    if len(ranges) > 1 and prod(shape) <= _LARGEST_SUM:
        total = _kernels.OrderedSum(shape)

        def work_on(part):
            sums = total.buffer()
            fill(sums, ranges[part], (0, len(pairs)))
            total.add(part, sums)

        fused.run(len(ranges), work_on)
        sums = total.total
    else:
        # A sum of its own for every range of rows would take too much memory, or too
        # long to add: rather all rows, for some pairs at a time.
        sums = np.zeros(shape)
        groups = _kernels.row_ranges(len(pairs), -(-len(pairs) // 8), work)
        fused.run(
            len(groups),
            lambda part: fill(sums, (0, n_rows), groups[part]),
            multiplications=n_rows * side * side,
        )
    for (k, m), triangle in zip(pairs, sums, strict=True):
        yield k, m, triangle + np.tril(triangle, -1).T
