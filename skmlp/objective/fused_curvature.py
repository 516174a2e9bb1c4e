"""Sums of second derivatives over all rows, computed by the compiled kernels."""

from math import prod

import numpy as np

from skmlp import _kernels

# Largest size of a block of rows: a quarter of the cache of a core.
_BLOCK_BYTES = 2**18
# Rows in a range: enough to make adding their sum to the total cheap in comparison.
_RANGE_ROWS = 2048
# Largest number of entries of a sum of which every thread has its own copy: 32 MiB.
_LARGEST_SUM = 2**22

# Kernels of losses whose second derivatives c/curvature.h computes.
_CURVED_KERNELS = (
    "binary_log_loss",
    "multinomial_log_loss",
    "poisson",
    "squared_error",
)


def has_compiled_curvature(loss):
    """Return True if `curvature_sums` computes the second derivatives of a loss."""
    return vars(type(loss)).get("kernel") in _CURVED_KERNELS


def curvature_sums(fused, parameters):
    """Return lower triangles (n_pairs, side, side) of the sums of pairs of outputs.

    The sum of a pair (k, m) with m ≤ k is Σᵢ wᵢ·curvatureₖₘ·[xᵢ, 1][xᵢ, 1]ᵀ. The order
    of the pairs is (0, 0), (1, 0), (1, 1), (2, 0), …, without those of two outputs if
    their sums are zero. The network must have no hidden layers.
    """
    parameters = _kernels.contiguous(parameters, fused.dtype)
    d, K = fused.network.layer_sizes
    side, n_rows = d + fused.network.has_intercepts, fused.problem.n_rows
    n_pairs = K * (K + 1) // 2 if fused.problem.joins_outputs else K
    shape = (n_pairs, side, side)
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
            fill(sums, ranges[part], (0, n_pairs))
            total.add(part, sums)

        fused.run(len(ranges), work_on)
        sums = total.total
    else:
        # One sum per range of rows would take too much memory or time. So threads share
        # the pairs instead, and each takes all rows for its pairs.
        sums = np.zeros(shape)
        groups = _kernels.row_ranges(n_pairs, -(-n_pairs // 8), work)
        fused.run(
            len(groups),
            lambda part: fill(sums, (0, n_rows), groups[part]),
            multiplications=n_rows * side * side,
        )
    return sums
