"""The proximal Newton method: its outer loop over working sets."""

from __future__ import annotations

import numpy as np

from skmlp.base.types import Array, Report
from skmlp.objective import EmpiricalRisk, Penalty
from skmlp.solvers.minimum import Minimum
from skmlp.solvers.proximal.problem import PenalisedLogLoss
from skmlp.solvers.proximal.working_set import WorkingSet

__all__ = ["minimize_proximal"]

# A working set is optimised until its largest violation is this share of what it was.
# If no step is needed for this, the share is divided by 10, down to the second value.
_VIOLATION_SHARE = 0.2
_MIN_VIOLATION_SHARE = 1e-6
# Strengths below this are less than the rounding errors of the gradient of a column of
# moderate size: they belong to columns of extreme size, in units of their own.
_NEGLIGIBLE = np.finfo(np.float64).eps


def minimize_proximal(
    objective: EmpiricalRisk,
    parameters: Array,
    *,
    penalty: Penalty,
    tol: float,
    max_iter: int,
    report: Report | None = None,
) -> Minimum:
    """Minimise a log loss of linear scores plus penalty / Σᵢ sᵢ, within bounds.

    Each step minimises the second-order model of the loss plus the exact penalty by
    coordinate descent, followed by a line search (Lee, Sun and Saunders 2014). First
    models are minimised roughly, later ones accurately (Yuan, Ho and Lin 2012). Only
    features of a working set are optimised: those with weights that are not zero, and
    those that violate the optimality conditions most (Johnson and Guestrin 2015).

    Parameters
    ----------
    objective : EmpiricalRisk
        Log loss of a network without hidden layers. Its own penalty is ignored.
    parameters : ndarray of shape (n_parameters,)
        Starting point; not changed.
    penalty : Penalty
        Strengths, equal for all outputs of a feature, and bounds.
    tol : float
        Stop when the largest absolute entry of the shortest subgradient and, without
        bounds, the duality gap are at most this. The gap is not looked at if the
        penalty of some feature is negligible: it would be small only where the gradient
        is as small as the penalty, below its rounding errors.
    max_iter : int
        Maximum number of proximal Newton steps.
    report : callable, optional
        Called as ``report(parameters, value)`` after every step; the solver stops if it
        returns a true value.

    Returns
    -------
    minimum : Minimum
        Parameters found, and how the solver ended. `duality_gap` is None under bounds,
        and if a penalty is negligible;
        `gradient_norm` is the largest absolute entry of the shortest subgradient.
    """
    penalty = penalty.per_parameter(objective.network)
    problem = PenalisedLogLoss.of(objective.with_l2(penalty.l2), penalty)
    with problem.threads():
        return _minimize(problem, parameters, tol, max_iter, report)


def _minimize(problem, parameters, tol, max_iter, report):
    """Return the Minimum of a PenalisedLogLoss, from flat parameters."""
    penalty = problem.penalty
    theta = problem.as_matrix(parameters).astype(np.float64)
    theta = np.clip(theta, penalty.lower, penalty.upper)
    shuffle = np.random.default_rng(0).permutation
    values, violation_share = [], _VIOLATION_SHARE
    strength = np.maximum(penalty.l1, penalty.l2)
    has_gap = not penalty.bounded
    if np.any((penalty.l1 > 0) & (strength < _NEGLIGIBLE)):
        has_gap = False
    stopped = stalled = at_rounding_limit = False
    scores, scores_are_exact, bound = problem.scores(theta), True, -np.inf
    while True:
        point = problem.polish_intercepts(theta, problem.loss_at(scores))
        gradient = problem.gradient(theta, point)
        violations = penalty.violations(theta, gradient)
        violation = float(violations.max(initial=0.0))
        converged = violation <= tol
        must_end = stopped or stalled or len(values) >= max_iter
        if converged or must_end:
            value = point.loss + penalty.value(theta)
            if has_gap:
                bound = max(bound, problem.lower_bound(gradient, point))
            gap = max(value - bound, 0.0)
            converged = converged and (gap <= tol or not has_gap)
        if converged or must_end:
            if scores_are_exact:
                break
            # Scores summed over steps have rounding errors; the result is computed from
            # scores of the final parameters.
            scores, scores_are_exact = problem.scores(theta), True
            continue
        target = violation_share * violation
        if violation > tol:
            target = max(target, 0.5 * tol)
        elif violation_share == _VIOLATION_SHARE:
            # The gap decreases about as the violations do.
            target = max(target, 0.8 * tol / gap * violation)
        chosen = problem.working_set(theta, violations)
        working_set = WorkingSet(problem, chosen, theta, point, shuffle)
        n_steps = len(values)
        while len(values) < max_iter and working_set.violation > target:
            stalled = not working_set.step()
            if stalled:
                break
            values.append(working_set.value)  # all other weights are zero
            working_set.write_to(theta)
            stopped = report is not None and report(theta.ravel(), values[-1])
            if stopped:
                break
        scores, scores_are_exact = working_set.point.scores, False
        if len(values) == n_steps and not stalled:  # the target is met already
            violation_share *= 0.1
            stalled = violation_share <= _MIN_VIOLATION_SHARE
        at_rounding_limit = stalled and working_set.is_at_rounding_limit()
    converged = converged or stopped or at_rounding_limit
    message = "converged" if converged else "the iterations ran out"
    if stalled and not converged:
        message = "no step lowers the objective"
    return Minimum(
        parameters=theta.ravel(),
        value=value,
        gradient_norm=violation,
        n_iter=len(values),
        converged=converged,
        message=message,
        values=values,
        duality_gap=gap if np.isfinite(gap) else None,
    )
