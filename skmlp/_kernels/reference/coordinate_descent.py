"""Coordinate descent on the quadratic model of a likelihood, and its derivatives."""

from typing import Any, NamedTuple

from skmlp._kernels.arrays import array_namespace
from skmlp._kernels.reference.links import log_softmax, logistic, softplus

_EXTRAPOLATED = 5  # sweeps


class Columns(NamedTuple):
    """Columns of a dense or a CSC matrix: m columns of n rows.

    Column j is values[j] of `values` (m, n) or, where `indices` is not None, the
    entries starts[j] to stops[j] − 1 of a CSC matrix (values, indices).
    """

    values: Any
    indices: Any
    starts: Any
    stops: Any


class QuadraticModel(NamedTuple):
    """Quadratic model of a log-likelihood of n rows and K outputs.

    The model's value is gᵀΔ + ½·Σᵢₖ cᵢₖ·Dᵢₖ·(Dᵢₖ − Σₘ pᵢₘ·Dᵢₘ), where Δ (m, K) is the
    step of the parameters and D = Σⱼ columnⱼ·Δⱼ (K, n) the step of the scores.
    """

    mean: Any  # p (K, n)
    curvature: Any  # c (K, n)
    gradient: Any  # g (m, K)


class ElasticNet(NamedTuple):
    """The penalties l1 and l2 (m,) and the bounds (m, K) of parameters (m, K)."""

    l1: Any
    l2: Any
    lower: Any
    upper: Any


def coordinate_sweeps(
    columns,
    model,
    penalty,
    parameters,
    step_scores,
    order,
    *,
    share,
    max_sweeps,
    fallen=0.0,
):
    """Minimise a quadratic model plus l1 and l2 penalties by coordinate descent.

    The objective is model + ½·l2·‖θ‖² + l1·‖θ‖₁, within the bounds of θ.

    After a sweep over all coordinates come sweeps over those that are not zero, until a
    sweep lowers the model by at most `share` of its whole decrease so far; then all
    coordinates are visited again. Every five sweeps are extrapolated to their limit by
    Anderson's method, if that lowers the model (Bertrand and Massias 2021).

    Parameters
    ----------
    columns : Columns
    model : QuadraticModel
    penalty : ElasticNet
    parameters : ndarray of shape (m, K)
        θ, changed in place.
    step_scores : ndarray of shape (K, n)
        The step of the scores, D, changed in place.
    order : ndarray of shape (m,)
        The order in which the columns are visited.
    share : float
    max_sweeps : int
        Maximum number of sweeps.
    fallen : float
        Twice the model's decrease in earlier calls.

    Returns
    -------
    sweeps : int
        The number of sweeps.
    last : float
        The decrease in the last sweep over all coordinates, as a share of `fallen`.
    fallen : float
        Twice the model's decrease in this call and before.
    """
    mean, curvature, gradient = model
    l1, l2, lower, upper = penalty
    xp = array_namespace(parameters)
    n_outputs = parameters.shape[1]
    mean_step = (mean * step_scores).sum(axis=0)
    curvatures = {}

    def visit(j, k):
        """Minimise over θ[j, k] alone; return twice the decrease of the objective."""
        rows, x = _column(columns, j)
        c = curvature[k, rows]
        if (j, k) not in curvatures:
            curvatures[j, k] = (c * (1 - mean[k, rows])) @ (x * x)
        second_derivative = curvatures[j, k] + l2[j]
        if not second_derivative > 0:
            return 0.0
        before = parameters[j, k]
        slope = gradient[j, k] + (c * x) @ (step_scores[k, rows] - mean_step[rows])
        slope += l2[j] * before
        after = before - slope / second_derivative
        shrunk = max(abs(after) - l1[j] / second_derivative, 0.0)
        after = -shrunk if after < 0 and shrunk > 0 else shrunk
        after = min(max(after, lower[j, k]), upper[j, k])
        if after != before:
            parameters[j, k] = after
            step_scores[k, rows] += (after - before) * x
            mean_step[rows] += (after - before) * mean[k, rows] * x
        return (after - before) ** 2 * second_derivative

    def extrapolate(active, known):
        """Extrapolate θ if that lowers the objective; return twice the decrease."""
        second_derivatives = xp.asarray(
            [curvatures[entry] + l2[entry[0]] for entry in active]
        )
        weights = _mixing_weights(known, second_derivatives)
        if weights is None:
            return 0.0
        jump, jump_scores = 0 * parameters, 0 * step_scores
        for (j, k), limit in zip(active, weights @ xp.asarray(known[1:]), strict=True):
            limit = min(max(limit, lower[j, k]), upper[j, k])
            jump[j, k] = limit - parameters[j, k]
            rows, x = _column(columns, j)
            jump_scores[k, rows] += jump[j, k] * x
        weighted = curvature * jump_scores
        slope = ((gradient + l2[:, None] * parameters) * jump).sum()
        slope += (weighted * (step_scores - mean_step)).sum()
        second_derivative = (l2[:, None] * jump * jump).sum()
        second_derivative += (
            weighted * (jump_scores - (mean * jump_scores).sum(axis=0))
        ).sum()
        cost = l1[:, None] * (xp.abs(parameters + jump) - xp.abs(parameters))
        change = float(slope + 0.5 * second_derivative + cost.sum())
        if not change < 0:
            return 0.0
        parameters[...] += jump
        step_scores[...] += jump_scores
        mean_step[...] += (mean * jump_scores).sum(axis=0)
        return -2 * change

    everything = [(int(j), k) for j in order for k in range(n_outputs)]
    sweeps, total, last = 0, fallen, 1.0
    while sweeps < max_sweeps:
        fall = sum(visit(j, k) for j, k in everything)
        sweeps, total = sweeps + 1, total + fall
        last = fall / total if total > 0 else 0.0
        if last <= share:
            break
        active = [(j, k) for j, k in everything if parameters[j, k] != 0]
        known = [[parameters[entry] for entry in active]]
        while sweeps < max_sweeps:
            fall = sum(visit(j, k) for j, k in active)
            sweeps, total = sweeps + 1, total + fall
            if fall <= share * total:
                break
            known.append([parameters[entry] for entry in active])
            if len(known) > _EXTRAPOLATED:
                total += extrapolate(active, known)
                known = [[parameters[entry] for entry in active]]
    return sweeps, last, total


def _mixing_weights(known, second_derivatives):
    """Return the weights of Anderson's extrapolation, with sum 1; None if undefined."""
    xp = array_namespace(second_derivatives)
    changes = xp.asarray(known[1:]) - xp.asarray(known[:-1])
    gram = (changes * second_derivatives) @ changes.T
    gram += 1e-12 * xp.max(xp.linalg.diagonal(gram)) * xp.eye(len(gram))
    if not xp.any(gram != 0):
        return None
    weights = xp.linalg.solve(gram, xp.ones((len(gram), 1)))[:, 0]
    total = xp.sum(weights)
    return weights / total if xp.isfinite(total) and total != 0 else None


def _column(columns, j):
    """Return the row indices and the values of a column's entries."""
    values, indices, starts, stops = columns
    if indices is None:
        return slice(None), values[j]
    entries = slice(starts[j], stops[j])
    return indices[entries], values[entries]


def column_products(columns, score_gradient):
    """Return Σᵢ xᵢⱼ·score_gradientₖᵢ of every column and output (m, K)."""
    xp = array_namespace(score_gradient)
    if columns.indices is None:
        return columns.values @ score_gradient.T
    products = [xp.zeros((0, score_gradient.shape[0]))]
    for j in range(len(columns.starts)):
        rows, x = _column(columns, j)
        products.append((score_gradient[:, rows] @ x)[None, :])
    return xp.concat(products, axis=0)


def violations(gradient, parameters, l1, l2, lower, upper):
    """Return the rate at which the objective falls along each coordinate (m, K).

    The objective is a smooth function with that gradient + ½·l2·‖θ‖² + l1·‖θ‖₁, with l1
    and l2 (m,). The rate is the larger one of the rates up and down, within the bounds.
    """
    xp = array_namespace(parameters)
    theta, l1 = parameters, l1[:, None]
    smooth, zero = gradient + l2[:, None] * theta, xp.zeros_like(theta)
    up = xp.where(theta < upper, -smooth - xp.where(theta >= 0, l1, -l1), zero)
    down = xp.where(theta > lower, smooth + xp.where(theta > 0, l1, -l1), zero)
    return xp.maximum(xp.maximum(up, down), zero)


def log_loss(scores, targets, weight, mean, score_gradient):
    """Return the log loss Σᵢ wᵢ·ℓᵢ of scores (K, n); write its means and gradient.

    Several scores go through softmax, one score through the logistic function.
    `targets` (K, n) sum to one over the classes, or are in [0, 1] for one score. `mean`
    (K, n) gets the probabilities, `score_gradient` (K, n) the gradient
    w·(mean − targets).
    """
    xp = array_namespace(scores)
    if scores.shape[0] == 1:
        mean[...] = logistic(scores)
        values = softplus(scores) - targets * scores
    else:
        log_p = log_softmax(scores.T).T
        mean[...] = xp.exp(log_p)
        values = -targets * log_p
    score_gradient[...] = weight * (mean - targets)
    return float(xp.sum(values @ weight))
