"""Proximal Newton steps on the features of a working set."""

import numpy as np

from skmlp import _kernels
from skmlp.solvers.proximal.support_step import is_worth_solving, step_on_support

_SUFFICIENT_DECREASE = 1e-4
_MAX_HALVINGS = 40
# Sweeps over the coordinates before the linear system of the nonzero ones is solved.
_SWEEPS_BEFORE_SYSTEM = 20
_MAX_ROUNDS = 6
_MAX_SWEEPS = 1000
# If a step leaves more than this share of the violations, convergence is slow.
_SLOW_RATIO = 0.8
# A model is minimised until a sweep lowers it by at most this share of its whole
# decrease; the share is smaller for few weights, since there a Newton step costs more
# than a sweep. It does not depend on the number of rows: rows with weights have to take
# the same steps as repeated rows.
_MAX_SHARE = 0.6
_MIN_SHARE = 1e-10
_MANY_WEIGHTS = 200


class WorkingSet:
    """The problem restricted to the features of a working set.

    If the columns are centred, the last row of `theta` holds the scores at the means of
    the columns, in place of the intercepts.
    """

    def __init__(self, problem, chosen, theta, point, shuffle):
        self.problem, self.chosen, self.shuffle = problem, chosen, shuffle
        self.columns, self.means = problem.columns(chosen)
        self.penalty = problem.penalty.of_features(chosen)
        inner = theta[chosen]
        if self.means is not None:
            inner[-1] += self.means @ inner[:-1]
        self.share = _MAX_SHARE * min(1.0, inner.size / _MANY_WEIGHTS) ** 2
        self._set_theta(inner, point, self.penalty.value(inner))

    def _set_theta(self, theta, point, cost):
        """Set the parameters, with the loss and the penalty there; update gradients."""
        self.theta, self.point, self.cost = theta, point, cost
        self.gradient = _kernels.column_products(self.columns, point.score_gradient)
        self.value = point.loss + cost
        self.violations = self.penalty.violations(theta, self.gradient)
        self.violation = float(self.violations.max(initial=0.0))

    def step(self):
        """Make a proximal Newton step; return False if none lowers the objective."""
        theta, score_step = self._minimum_of_model()
        step = theta - self.theta
        cost = self.penalty.value(theta)
        predicted_change = float((self.gradient * step).sum()) + cost - self.cost
        rounding = 16 * np.finfo(np.float64).eps * abs(self.value)
        before, value, violation = self.theta, self.value, self.violation
        length = 1.0
        for _ in range(_MAX_HALVINGS):
            trial = theta
            if length < 1:
                trial = self.theta + length * step
                cost = self.penalty.value(trial)
            point = self.problem.loss_at(self.point.scores + length * score_step)
            change = point.loss + cost - value
            if change <= _SUFFICIENT_DECREASE * length * predicted_change + rounding:
                break
            length /= 2
        else:
            return False
        self._set_theta(trial, point, cost)
        # Models are minimised more and more accurately, so that convergence is
        # superlinear. If it is slow, the accuracy may have been too low.
        ratio = self.violation / violation
        share = 0.3 * self.share if ratio > _SLOW_RATIO else 0.3 * ratio**2
        self.share = max(min(self.share, share), _MIN_SHARE)
        no_progress = change >= -rounding and self.violation >= violation
        if no_progress and self.share > _MIN_SHARE:
            self.share = max(1e-3 * self.share, _MIN_SHARE)
            return True
        return not (no_progress or np.array_equal(before, trial))

    def is_at_rounding_limit(self):
        """Return True if the possible decrease is below the rounding error of the loss.

        The possible decrease is about half of Σ violation² / curvature; the rounding
        error grows in proportion to the scores.
        """
        mean, curvature = self.point.curvature
        squares = self.columns._replace(values=self.columns.values**2)
        second_derivatives = _kernels.column_products(squares, curvature * (1 - mean))
        second_derivatives += self.penalty.l2[:, None]
        curved = second_derivatives > 0
        decrease = 0.5 * float(
            (self.violations[curved] ** 2 / second_derivatives[curved]).sum()
        )
        precision = self.problem.objective.precision * (
            1 + np.abs(self.point.scores).max()
        )
        return bool(decrease <= 64 * precision * abs(self.value))

    def _minimum_of_model(self):
        """Minimise the model; return the parameters and the change of scores (K, n)."""
        model = _kernels.QuadraticModel(*self.point.curvature, self.gradient)
        penalty = self.penalty
        elastic_net = _kernels.ElasticNet(
            penalty.l1, penalty.l2, penalty.lower, penalty.upper
        )
        theta, score_step = self.theta.copy(), np.zeros_like(self.point.scores)
        order, fallen = self._order(), 0.0
        for remaining in reversed(range(_MAX_ROUNDS)):
            solves_system = remaining and is_worth_solving(theta)
            _, last, fallen = _kernels.coordinate_sweeps(
                self.columns,
                model,
                elastic_net,
                theta,
                score_step,
                order,
                share=self.share,
                max_sweeps=_SWEEPS_BEFORE_SYSTEM if solves_system else _MAX_SWEEPS,
                fallen=fallen,
            )
            if last <= self.share or not solves_system:
                break
            if is_worth_solving(theta):
                step_on_support(self, theta, score_step)
        return theta, score_step

    def _order(self):
        """Return the indices of the columns in random order, with the intercepts last.

        With one fixed order, or an order related to the correlations of the columns,
        coordinate descent needs two or three times as many sweeps.
        """
        order = np.arange(len(self.chosen))
        n_features = len(order) - self.problem.has_intercepts
        order[:n_features] = self.shuffle(n_features)
        return order

    def write_to(self, theta):
        """Copy the parameters of the working set into `theta` of all features."""
        theta[self.chosen] = self.theta
        if self.means is not None:
            theta[-1] -= self.means @ self.theta[:-1]
