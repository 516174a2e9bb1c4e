"""Proximal Newton: l1 penalties and bounds, by coordinate descent on working sets."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse
import scipy.special

from skmlp import _kernels
from skmlp.solvers._result import Minimum

__all__ = ["minimize_proximal"]

_SUFFICIENT_DECREASE = 1e-4
_LONGEST_SEARCH = 40
_MOST_SWEEPS = 1000
_SMALLEST_WORKING_SET = 64


def minimize_proximal(
    objective, parameters, *, l1, bounds=None, tol, max_iter, report=None
):
    """Minimise a log loss of linear scores plus (Σⱼ l1ⱼ·|θⱼ|) / Σᵢ sᵢ, within bounds.

    Each step minimises the second-order model of the loss plus the penalty, as it is,
    by coordinate descent, and goes along it as far as the objective falls (Lee, Sun and
    Saunders 2014). Only features of a working set take part: those with weights, and
    those that break the optimality conditions most (Johnson and Guestrin 2015).

    Parameters
    ----------
    objective : EmpiricalRisk
        The smooth part, of a network with no hidden layer and a log loss.
    parameters : ndarray
        Where to start; not changed.
    l1 : ndarray of shape (n_parameters,)
        The l1 strength of every parameter, the same for all outputs of a feature.
    bounds : tuple of ndarray, optional
        Lower and upper bounds (n_parameters,); ±inf for none.
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
    problem = _Problem.of(objective, l1, bounds)
    theta = np.clip(problem.shape(parameters).astype(np.float64), *problem.bounds)
    values, stopped, stalled, target = [], False, False, 0.5 * tol
    while True:
        scores = problem.polish_intercepts(theta, problem.scores(theta))
        value, gradient = problem.value_and_loss_gradient(theta)
        violations = problem.violations(theta, gradient)
        violation = float(violations.max(initial=0.0))
        gap = problem.duality_gap(value, gradient, scores)
        converged = violation <= tol and not gap > tol
        exhausted = len(values) >= max_iter
        if converged or stopped or exhausted or stalled:
            break
        if violation <= tol:
            target /= 10
        chosen = problem.working_set(theta, violations)
        columns = problem.columns(chosen)
        part = _Part(problem, chosen, columns, theta, scores)
        aim, n_steps = max(target, 0.1 * violation), len(values)
        while len(values) < max_iter and not part.stationary(aim):
            stalled = not part.step()
            if stalled:
                break
            values.append(part.value)  # all others are zero
            part.write(theta)
            stopped = report is not None and report(theta.ravel(), values[-1])
            if stopped:
                break
        if len(values) == n_steps:  # stationary already: only rounding is left
            target /= 10
            stalled |= target <= np.finfo(np.float64).eps
    message = "converged" if converged or stopped else "the iterations ran out"
    if stalled and not converged:
        message = "no step lowers the objective"
    return Minimum(
        parameters=theta.ravel(),
        value=value,
        gradient_norm=violation,
        n_iter=len(values),
        converged=converged or stopped,
        message=message,
        values=values,
        duality_gap=None if np.isnan(gap) else gap,
    )


@dataclass(frozen=True)
class _Problem:
    """Mean loss of linear scores, and what every feature's weights cost.

    Parameters are (m, K), a row a feature, with the intercepts as the last row.
    """

    objective: object
    l1: np.ndarray  # (m,), as a share of the mean loss
    l2: np.ndarray  # (m,)
    bounds: tuple  # of (m, K)
    sample_weight: np.ndarray  # (n,), of sum one
    by_columns: object  # dense X, or CSC

    @classmethod
    def of(cls, objective, l1, bounds):
        """Strengths of the sum of losses -> of their mean."""
        network, X = objective.network, objective.X
        K = network.layer_sizes[-1]
        total = objective.total_weight
        weight = objective.sample_weight
        if weight is None:
            weight = np.ones(X.shape[0])
        if bounds is None:
            bounds = (
                np.full(network.n_parameters, -np.inf),
                np.full(network.n_parameters, np.inf),
            )
        return cls(
            objective=objective,
            l1=np.asarray(l1, dtype=np.float64)[::K] / total,
            l2=np.asarray(objective.strengths, dtype=np.float64)[::K] / total,
            bounds=tuple(np.reshape(bound, (-1, K)) for bound in bounds),
            sample_weight=weight.astype(np.float64) / total,
            by_columns=X.tocsc() if scipy.sparse.issparse(X) else X,
        )

    def shape(self, parameters):
        """Flat parameters as (m, K)."""
        return parameters.reshape(-1, self.objective.network.layer_sizes[-1])

    def scores(self, theta):
        """Raw scores, class by class (K, n)."""
        scores = self.objective.scores(theta.ravel())
        return np.ascontiguousarray(scores.T, dtype=np.float64)

    def loss(self, scores):
        """Mean loss, and its gradient by the scores of every row (K, n)."""
        values, gradient = self.objective.loss.value_and_gradient(
            self.objective.y, scores.T
        )
        return float(self.sample_weight @ values), gradient.T * self.sample_weight

    def value_and_loss_gradient(self, theta):
        """The whole objective, and the gradient of its loss alone (m, K)."""
        value, gradient = self.objective.value_and_gradient(theta.ravel())
        value += float(self.l1 @ np.abs(theta).sum(axis=1))
        return value, self.shape(gradient) - self.l2[:, None] * theta

    def violations(self, theta, gradient, rows=slice(None)):
        """How fast the objective falls along each coordinate, up or down (m, K)."""
        lower, upper = (bound[rows] for bound in self.bounds)
        l1, smooth = self.l1[rows, None], gradient + self.l2[rows, None] * theta
        up = smooth + np.where(theta >= 0, l1, -l1)
        down = smooth + np.where(theta > 0, l1, -l1)
        falls = np.maximum(
            np.where(theta < upper, -up, 0), np.where(theta > lower, down, 0)
        )
        return np.maximum(falls, 0)

    @property
    def free_intercepts(self):
        """Whether there are intercepts that nothing holds."""
        held = self.l1[-1] > 0 or self.l2[-1] > 0
        bounded = any(np.isfinite(bound[-1]).any() for bound in self.bounds)
        return self.objective.network.has_intercepts and not held and not bounded

    def polish_intercepts(self, theta, scores):
        """Newton's method on the intercepts alone; the scores after it.

        The duality gap is one of weights at which Σᵢ ∂loss/∂scoreᵢ is zero. Intercepts
        of several classes have the sum zero.
        """
        if not self.free_intercepts:
            return scores
        if len(scores) > 1:  # what all classes share changes no probability
            shared = theta[-1].mean()
            theta[-1] -= shared
            scores = scores - shared
        pull = self.loss(scores)[1]
        for _ in range(10):
            slope = pull.sum(axis=1)
            if np.abs(slope).max() <= np.finfo(float).eps:
                break
            mean, curvature = self.curvature(scores)
            hessian = np.diag(curvature.sum(axis=1)) - curvature @ mean.T
            step = -np.linalg.lstsq(hessian, slope, rcond=1e-12)[0]
            trial = scores + step[:, None]
            trial_pull = self.loss(trial)[1]
            if np.abs(trial_pull.sum(axis=1)).max() >= np.abs(slope).max():
                break
            theta[-1] += step
            scores, pull = trial, trial_pull
        return scores

    def curvature(self, scores):
        """P and s·p, with which the loss's second derivative is diag(s·p) − s·p·pᵀ.

        For one output it is s·p·(1 − p): then (0, s·p·(1 − p)), to the same effect.
        """
        mean = np.ascontiguousarray(self.objective.loss.mean(scores.T).T)
        if len(mean) == 1:
            return np.zeros_like(mean), self.sample_weight * mean * (1 - mean)
        return mean, self.sample_weight * mean

    def working_set(self, theta, violations):
        """Features with weights, those that violate most, and the intercepts."""
        n_features = self.objective.X.shape[1]
        priority = violations[:n_features].max(axis=1)
        support = np.any(theta[:n_features] != 0, axis=1)
        size = max(_SMALLEST_WORKING_SET, 2 * int(support.sum()))
        priority[support] = np.inf
        chosen = np.flatnonzero(priority > 0)
        if len(chosen) > size:
            chosen = np.sort(np.argsort(-priority, kind="stable")[:size])
        if self.objective.network.has_intercepts:
            chosen = np.append(chosen, n_features)
        return chosen

    def columns(self, chosen):
        """The chosen columns of [X, 1], in float64: (values, indices, starts)."""
        n_rows, n_features = self.by_columns.shape
        features = chosen[chosen < n_features]
        ones = len(chosen) - len(features)
        if not scipy.sparse.issparse(self.by_columns):
            values = np.empty((len(chosen), n_rows))
            values[: len(features)] = self.by_columns[:, features].T
            values[len(features) :] = 1
            return values, None, None
        X = self.by_columns[:, features]
        values = np.concatenate([X.data.astype(np.float64), np.ones(ones * n_rows)])
        everyone = np.tile(np.arange(n_rows), ones)
        indices = np.concatenate([X.indices, everyone]).astype(np.int32, copy=False)
        starts = np.append(X.indptr, X.indptr[-1] + n_rows * np.arange(1, ones + 1))
        return values, indices, starts.astype(np.int64)

    def duality_gap(self, value, gradient, scores):
        """The objective less a lower bound of its minimum, or nan under bounds.

        A dual point is c·∂loss/∂scores with the largest c ≤ 1 that the penalty allows;
        there the conjugate of a log loss is minus the entropy of y + c·(p − y). An
        offset adds its product with the dual point.
        """
        if any(np.isfinite(bound).any() for bound in self.bounds):
            return np.nan
        rows = slice(0, len(self.l1) - self.free_intercepts)
        size = np.abs(gradient[rows])
        l1, l2 = self.l1[rows, None], self.l2[rows, None]
        fits = np.divide(l1, size, out=np.ones_like(size), where=size > l1)
        bounds = []
        hard = fits[l2[:, 0] == 0]
        for c in {float(fits.min(initial=1.0)), float(hard.min(initial=1.0))}:
            excess = np.maximum(c * size - l1, 0)
            excess[excess <= 4 * np.finfo(float).eps * l1] = 0
            cost = np.divide(excess**2, 2 * l2, out=np.zeros_like(size), where=l2 > 0)
            bounds.append(self._entropy(scores, c) - float(cost.sum()))
            if self.objective.offset is not None:
                pull = self.loss(scores)[1]
                bounds[-1] += c * float((pull * self.objective.offset.T).sum())
        return max(value - max(bounds), 0.0)

    def _entropy(self, scores, c):
        """Σᵢ sᵢ·H(yᵢ + c·(pᵢ − yᵢ))."""
        loss, y = self.objective.loss, self.objective.y
        p = loss.mean(scores.T)
        q = p - (1 - c) * loss.value_and_gradient(y, scores.T)[1]
        q = np.clip(q, 0, 1)
        entropies = scipy.special.entr(q)
        if q.shape[1] == 1:
            entropies = entropies + scipy.special.entr(1 - q)
        return float(self.sample_weight @ entropies.sum(axis=1))


class _Part:
    """The problem in the features of a working set, all others held."""

    def __init__(self, problem, chosen, columns, theta, scores):
        self.problem, self.chosen, self.arrays = problem, chosen, columns
        values, indices, starts = columns
        self.matrix = values
        if indices is not None:
            shape = (len(chosen), scores.shape[1])
            self.matrix = scipy.sparse.csr_array((values, indices, starts), shape=shape)
        self.theta = theta[chosen]
        self.bounds = tuple(bound[chosen] for bound in problem.bounds)
        self.scores = scores.copy()
        self._evaluated(*problem.loss(self.scores))
        self.first_violation = None

    def _evaluated(self, loss, pull):
        self.loss, self.pull = loss, pull
        self.gradient = np.ascontiguousarray(self.matrix @ pull.T)
        self.value = loss + self._penalty(self.theta)
        self.violation = float(
            self.problem.violations(self.theta, self.gradient, self.chosen).max(
                initial=0.0
            )
        )

    def _penalty(self, theta):
        l1, l2 = self.problem.l1[self.chosen], self.problem.l2[self.chosen]
        return float(
            l1 @ np.abs(theta).sum(axis=1) + 0.5 * l2 @ (theta * theta).sum(axis=1)
        )

    def stationary(self, tol):
        """Whether no coordinate of the working set promises more than tol."""
        if self.first_violation is None:
            self.first_violation = self.violation
        return self.violation <= tol

    def step(self):
        """One proximal Newton step; false where none lowers the objective."""
        problem = self.problem
        mean, curvature = problem.curvature(self.scores)
        theta = self.theta.copy()
        score_step = np.zeros_like(self.scores)
        # Inexact at first, exact in the end: convergence stays superlinear.
        share = min(0.1, self.violation / self.first_violation)
        _kernels.coordinate_sweeps(
            *self.arrays,
            mean,
            curvature,
            self.gradient,
            theta,
            problem.l1[self.chosen],
            problem.l2[self.chosen],
            *self.bounds,
            score_step,
            tol=share * self.violation,
            max_sweeps=_MOST_SWEEPS,
        )
        step = theta - self.theta
        promise = float((self.gradient * step).sum())
        promise += self._penalty(theta) - self._penalty(self.theta)
        rounding = 16 * np.finfo(np.float64).eps * abs(self.value)
        length = 1.0
        for _ in range(_LONGEST_SEARCH):
            trial = self.theta + length * step
            scores = self.scores + length * score_step
            loss, pull = problem.loss(scores)
            change = loss + self._penalty(trial) - self.value
            if change <= _SUFFICIENT_DECREASE * length * promise + rounding:
                break
            length /= 2
        else:
            return False
        before, violation = self.theta, self.violation
        self.theta, self.scores = trial, scores
        self._evaluated(loss, pull)
        return not (
            np.array_equal(before, trial)
            or (change >= -rounding and self.violation >= violation)
        )

    def write(self, theta):
        """Put the working set's parameters where they belong."""
        theta[self.chosen] = self.theta
