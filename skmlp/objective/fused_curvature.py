"""Hessian sums over all rows, computed by the compiled kernels."""

from math import prod

import numpy as np

from skmlp import _kernels

# Largest size of a block of rows: a quarter of the cache of a core.
_BLOCK_BYTES = 2**18
# Rows in a range: enough to make adding their sum to the total cheap in comparison.
_RANGE_ROWS = 2048
# Largest number of entries of a sum of which every thread has its own copy: 32 MiB.
_LARGEST_SUM = 2**22


def curvature_sums(fused, parameters):
    """Yield (k, m, Σᵢ wᵢ·curvatureₖₘ·[xᵢ, 1][xᵢ, 1]ᵀ) for pairs of outputs m ≤ k.

    Pairs with a sum that is always zero are left out. The network must have no hidden
    layers.
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
        # One sum per range of rows would take too much memory or time. So threads share
        # the pairs instead, and each takes all rows for its pairs.
        sums = np.zeros(shape)
        groups = _kernels.row_ranges(len(pairs), -(-len(pairs) // 8), work)
        fused.run(
            len(groups),
            lambda part: fill(sums, (0, n_rows), groups[part]),
            multiplications=n_rows * side * side,
        )
    for (k, m), triangle in zip(pairs, sums, strict=True):
        yield k, m, triangle + np.tril(triangle, -1).T
