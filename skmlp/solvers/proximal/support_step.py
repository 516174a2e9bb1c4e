"""A Newton step of the model, restricted to parameters that keep their signs."""

import numpy as np
import scipy.linalg

from skmlp import _kernels

__all__ = ["is_worth_solving", "step_on_support"]

# The linear system may cost as much as about this many sweeps over all coordinates.
_SWEEPS_A_SYSTEM = 40
_JITTER = 1e-12


def is_worth_solving(theta):
    """Return True if a linear system for the nonzero parameters costs little time."""
    return np.count_nonzero(theta) ** 2 <= _SWEEPS_A_SYSTEM * theta.size


def step_on_support(working_set, theta, score_step):
    """Move `theta` of a working set towards the minimum of the model, in place.

    Only parameters of the support move. The step is shortened to end where the first
    parameter becomes zero, if it has an l1 penalty, or reaches a bound. `score_step`,
    the change of the scores (K, n), is updated in place.
    """
    penalty = working_set.penalty
    lower, upper = penalty.lower, penalty.upper
    inside = (theta > lower) & (theta < upper)
    j, k = np.nonzero(inside & ((theta != 0) | (penalty.l1 == 0)[:, None]))
    n_rows = score_step.shape[1]
    if len(j) == 0:
        return
    mean, curvature = working_set.point.curvature
    score_change = curvature * (score_step - (mean * score_step).sum(axis=0))
    model_gradient = working_set.gradient + _kernels.column_products(
        working_set.columns, score_change
    )
    model_gradient += penalty.l2[:, None] * theta + penalty.l1[:, None] * np.sign(theta)
    columns = _dense_columns(working_set.columns, j, n_rows)
    hessian = _hessian(columns, k, mean, curvature)
    diagonal = np.einsum("jj->j", hessian)  # a view
    diagonal += penalty.l2[j]
    scale = np.sqrt(diagonal)
    scale[scale == 0] = 1
    hessian /= scale * scale[:, None]
    diagonal += _JITTER
    right_side = -model_gradient[j, k] / scale
    _, step, failed = scipy.linalg.lapack.dposv(hessian, right_side, lower=1)
    if failed:
        return
    step /= scale
    before = theta[j, k]
    # For parameters with an l1 penalty, zero is a bound, too.
    penalised = penalty.l1[j] > 0
    low, high = lower[j, k], upper[j, k]
    low = np.where(penalised & (before > 0), np.maximum(low, 0), low)
    high = np.where(penalised & (before < 0), np.minimum(high, 0), high)
    limit = np.where(step > 0, high, low)
    with np.errstate(divide="ignore", invalid="ignore"):
        length_to_limit = np.where(step != 0, (limit - before) / step, np.inf)
    length = min(1.0, float(length_to_limit.min()))
    after = np.where(length_to_limit <= length, limit, before + length * step)
    theta[j, k] = after
    for output in range(len(score_step)):
        of_output = k == output
        score_step[output] += (after - before)[of_output] @ columns[of_output]


def _dense_columns(columns, j, n_rows):
    """Return the columns j as the rows of a dense array (len(j), n)."""
    values, indices, starts, stops = columns
    if indices is None:
        return values[j]
    rows = np.zeros((len(j), n_rows))
    for row, column in zip(rows, j, strict=True):
        entries = slice(starts[column], stops[column])
        row[indices[entries]] = values[entries]
    return rows


def _hessian(columns, k, mean, curvature):
    """Return the model's Hessian for pairs (column, output k): (len(k), len(k)).

    For outputs k and m it is Σᵢ xᵢ·cᵢₖ·(δₖₘ − pᵢₘ)·xᵢ.
    """
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
