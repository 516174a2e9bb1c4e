"""Proximal Newton: l1 penalties and bounds, by coordinate descent on working sets."""

from __future__ import annotations

import numpy as np

from skmlp.base.types import Array, Report
from skmlp.objective import EmpiricalRisk, Penalty
from skmlp.solvers.minimum import Minimum
from skmlp.solvers.proximal.problem import PenalisedScores
from skmlp.solvers.proximal.working_set import WorkingSet

__all__ = ["minimize_proximal"]

# How much of the violations a working set is left with.
_EFFORT = 0.2
_LEAST_EFFORT = 1e-6


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

    Each step minimises the second-order model of the loss plus the penalty, as it is,
    by coordinate descent, and goes along it as far as the objective falls (Lee, Sun and
    Saunders 2014), at first roughly (Yuan, Ho and Lin 2012). Only features of a working
    set take part: those with weights, and those that break the optimality conditions
    most (Johnson and Guestrin 2015).

    Parameters
    ----------
    objective : EmpiricalRisk
        A log loss of a network with no hidden layer. `penalty` replaces its own.
    parameters : ndarray
        Where to start; not changed.
    penalty : Penalty
        The strengths, the same for all outputs of a feature, and the bounds.
    tol : float
        Stops where no entry of the shortest subgradient is larger than this, and
        neither is the duality gap (which is not looked at under bounds).
    max_iter : int
        At most so many Newton steps.
    report : callable, optional
        Called as ``report(parameters, value)`` after every step; a true answer stops.

    Returns
    -------
    minimum : Minimum
        With `duality_gap`, except under bounds; `gradient_norm` is the largest entry
        of the shortest subgradient.
    """
    penalty = penalty.per_parameter(objective.network)
    problem = PenalisedScores.of(objective.with_l2(penalty.l2), penalty)
    with problem.threads():
        return _minimize(problem, parameters, tol, max_iter, report)


def _minimize(problem, parameters, tol, max_iter, report):
    penalty = problem.penalty
    theta = problem.shape(parameters).astype(np.float64)
    theta = np.clip(theta, penalty.lower, penalty.upper)
    shuffle = np.random.default_rng(0).permutation
    values, effort = [], _EFFORT
    stopped = stalled = exact = False
    scores, fresh, bound = problem.scores(theta), True, -np.inf
    while True:
        point = problem.polish_intercepts(theta, problem.at(scores))
        gradient = problem.gradient(theta, point)
        violations = penalty.violations(theta, gradient)
        violation = float(violations.max(initial=0.0))
        converged = violation <= tol
        ends = stopped or stalled or len(values) >= max_iter
        if converged or ends:
            value = point.loss + penalty.value(theta)
            bound = max(bound, problem.lower_bound(gradient, point))
            gap = max(value - bound, 0.0)
            converged = converged and (penalty.bounded or gap <= tol)
        if converged or ends:
            if fresh:
                break
            # Scores that were added up from steps are rounded; what is said of the end
            # is said of its own.
            scores, fresh = problem.scores(theta), True
            continue
        aim = effort * violation
        if violation > tol:
            aim = max(aim, 0.5 * tol)
        elif effort == _EFFORT:  # the gap shrinks about as the violations do
            aim = max(aim, 0.8 * tol / gap * violation)
        chosen = problem.working_set(theta, violations)
        part = WorkingSet(problem, chosen, theta, point, shuffle)
        n_steps = len(values)
        while len(values) < max_iter and part.violation > aim:
            stalled = not part.step()
            if stalled:
                break
            values.append(part.value)  # all others are zero
            part.write(theta)
            stopped = report is not None and report(theta.ravel(), values[-1])
            if stopped:
                break
        scores, fresh = part.point.scores, False
        if len(values) == n_steps and not stalled:  # it is stationary already
            effort *= 0.1
            stalled = effort <= _LEAST_EFFORT
        exact = stalled and part.is_exact()
    converged = converged or stopped or exact
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
