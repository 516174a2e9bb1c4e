"""The minimum of a quadratic model among parameters that keep their signs."""

import numpy as np
import scipy.linalg

from skmlp import _kernels

__all__ = ["is_small", "towards_minimum"]

# The system takes as long as some visits of all coordinates.
_WORTH = 40
_JITTER = 1e-12


def is_small(theta):
    """Whether solving for the parameters that are not zero is worth its time."""
    return np.count_nonzero(theta) ** 2 <= _WORTH * theta.size


def towards_minimum(part, theta, score_step):
    """Move θ of a working set, and its scores, to the minimum of the model.

    Only parameters of the support move, and no farther than to where the first of
    them changes its sign or leaves its bounds; there
    it is zero, or at the bound. Both arrays change in place.
    """
    penalty = part.penalty
    lower, upper = penalty.lower, penalty.upper
    inside = (theta > lower) & (theta < upper)
    j, k = np.nonzero(inside & ((theta != 0) | (penalty.l1 == 0)[:, None]))
    n_rows = score_step.shape[1]
    if len(j) == 0:
        return
    mean, curvature = part.point.curvature
    score_change = curvature * (score_step - (mean * score_step).sum(axis=0))
    model_gradient = part.gradient + _kernels.column_products(
        *part.columns, score_change
    )
    model_gradient += penalty.l2[:, None] * theta + penalty.l1[:, None] * np.sign(theta)
    columns = _dense(part.columns, j, n_rows)
    hessian = _hessian(columns, k, mean, curvature)
    diagonal = np.einsum("jj->j", hessian)  # a view
    diagonal += penalty.l2[j]
    scale = np.sqrt(diagonal)
    scale[scale == 0] = 1
    hessian /= scale * scale[:, None]
    diagonal += _JITTER
    goal = -model_gradient[j, k] / scale
    _, step, failed = scipy.linalg.lapack.dposv(hessian, goal, lower=1)
    if failed:
        return
    step /= scale
    before = theta[j, k]
    # Zero is a bound, too, of what has an l1 penalty.
    penalised = penalty.l1[j] > 0
    least = np.where(penalised & (before > 0), np.maximum(lower[j, k], 0), lower[j, k])
    most = np.where(penalised & (before < 0), np.minimum(upper[j, k], 0), upper[j, k])
    limit = np.where(step > 0, most, least)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(step != 0, (limit - before) / step, np.inf)
    length = min(1.0, float(reach.min()))
    after = np.where(reach <= length, limit, before + length * step)
    theta[j, k] = after
    for output in range(len(score_step)):
        of_output = k == output
        score_step[output] += (after - before)[of_output] @ columns[of_output]


def _dense(columns, j, n_rows):
    """Columns j, one a row (|j|, n)."""
    values, indices, starts, stops = columns
    if indices is None:
        return values[j]
    rows = np.zeros((len(j), n_rows))
    for row, column in zip(rows, j, strict=True):
        entries = slice(starts[column], stops[column])
        row[indices[entries]] = values[entries]
    return rows


def _hessian(columns, k, mean, curvature):
    """Σᵢ xᵢ·cᵢₖ·(δₖₘ − pᵢₘ)·xᵢ of every two entries (|k|, |k|)."""
    if len(mean) == 1:
        weighted = columns * (curvature[0] * (1 - mean[0]))
        return scipy.linalg.blas.dgemm(1.0, weighted.T, columns.T, trans_a=True)
    hessian = np.empty((len(k), len(k)))
    for first in np.unique(k):
        rows = np.flatnonzero(k == first)
        for second in np.unique(k[k <= first]):
            others = np.flatnonzero(k == second)
            mixed_curvature = curvature[first] * ((first == second) - mean[second])
            block = scipy.linalg.blas.dgemm(
                1.0,
                (columns[others] * mixed_curvature).T,
                columns[rows].T,
                trans_a=True,
            )
            hessian[np.ix_(others, rows)] = block
            hessian[np.ix_(rows, others)] = block.T
    return hessian
