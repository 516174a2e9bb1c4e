"""The weights that one proximal Newton step moves, and the sweeps over them."""

import numpy as np

from skmlp import _kernels
from skmlp.solvers.proximal.support_step import is_small, towards_minimum

_SUFFICIENT_DECREASE = 1e-4
_LONGEST_SEARCH = 40
# Visits of the coordinates before the system of those that are not zero is solved.
_FEW_SWEEPS = 20
_MOST_ROUNDS = 6
_MOST_SWEEPS = 1000
_SLOW = 0.8
# What a model may fall by in its last visit, as a share of all it fell by; less for few
# weights, where steps take longer than visits. The number of rows has no say: rows with
# weights take the same steps as rows that are repeated.
_LARGEST_SHARE = 0.6
_SMALLEST_SHARE = 1e-10
_MANY_WEIGHTS = 200


class WorkingSet:
    """The problem in the features of a working set, with all others fixed.

    Columns are measured from their means where the intercept makes up for it, and the
    last row of `theta` is the score there.
    """

    def __init__(self, problem, chosen, theta, point, shuffle):
        self.problem, self.chosen, self.shuffle = problem, chosen, shuffle
        self.columns, self.means = problem.columns(chosen)
        self.penalty = problem.penalty.of_features(chosen)
        inner = theta[chosen]
        if self.means is not None:
            inner[-1] += self.means @ inner[:-1]
        self.share = _LARGEST_SHARE * min(1.0, inner.size / _MANY_WEIGHTS) ** 2
        self._move(inner, point, self.penalty.value(inner))

    def _move(self, theta, point, cost):
        """Take these parameters, and compute how the objective falls from there."""
        self.theta, self.point, self.cost = theta, point, cost
        self.gradient = _kernels.column_products(*self.columns, point.score_gradient)
        self.value = point.loss + cost
        self.violations = self.penalty.violations(theta, self.gradient)
        self.violation = float(self.violations.max(initial=0.0))

    def step(self):
        """Take a proximal Newton step; return False if none lowers the objective."""
        theta, score_step = self._minimum_of_model()
        step = theta - self.theta
        cost = self.penalty.value(theta)
        promise = float((self.gradient * step).sum()) + cost - self.cost
        rounding = 16 * np.finfo(np.float64).eps * abs(self.value)
        before, value, violation = self.theta, self.value, self.violation
        length = 1.0
        for _ in range(_LONGEST_SEARCH):
            trial = theta
            if length < 1:
                trial = self.theta + length * step
                cost = self.penalty.value(trial)
            point = self.problem.at(self.point.scores + length * score_step)
            change = point.loss + cost - value
            if change <= _SUFFICIENT_DECREASE * length * promise + rounding:
                break
            length /= 2
        else:
            return False
        self._move(trial, point, cost)
        # Inexact at first, exact in the end: convergence stays superlinear. Where it is
        # slow, models that were not minimised far enough may be why.
        ratio = self.violation / violation
        share = 0.3 * self.share if ratio > _SLOW else 0.3 * ratio**2
        self.share = max(min(self.share, share), _SMALLEST_SHARE)
        worse = change >= -rounding and self.violation >= violation
        if worse and self.share > _SMALLEST_SHARE:
            self.share = max(1e-3 * self.share, _SMALLEST_SHARE)
            return True
        return not (worse or np.array_equal(before, trial))

    def is_exact(self):
        """Return whether less is left to gain than the rounding error of the loss.

        It is about half of Σ violation² / curvature; losses are rounded in proportion
        to the scores.
        """
        mean, curvature = self.point.curvature
        values, *positions = self.columns
        second_derivatives = _kernels.column_products(
            values**2, *positions, curvature * (1 - mean)
        )
        second_derivatives += self.penalty.l2[:, None]
        moves = second_derivatives > 0
        gain = 0.5 * float(
            (self.violations[moves] ** 2 / second_derivatives[moves]).sum()
        )
        precision = self.problem.objective.precision * (
            1 + np.abs(self.point.scores).max()
        )
        return bool(gain <= 64 * precision * abs(self.value))

    def _minimum_of_model(self):
        """Return the model's minimum, and the steps of the scores (K, n)."""
        mean, curvature = self.point.curvature
        theta, score_step = self.theta.copy(), np.zeros_like(self.point.scores)
        penalty, order, fallen = self.penalty, self._order(), 0.0
        for remaining in reversed(range(_MOST_ROUNDS)):
            few = remaining and is_small(theta)
            _, last, fallen = _kernels.coordinate_sweeps(
                *self.columns,
                mean,
                curvature,
                self.gradient,
                theta,
                penalty.l1,
                penalty.l2,
                penalty.lower,
                penalty.upper,
                score_step,
                order,
                share=self.share,
                max_sweeps=_FEW_SWEEPS if few else _MOST_SWEEPS,
                fallen=fallen,
            )
            if last <= self.share or not few:
                break
            if is_small(theta):
                towards_minimum(self, theta, score_step)
        return theta, score_step

    def _order(self):
        """The columns, shuffled for every step, with the intercept as the last.

        In one and the same order, or one that has to do with how columns depend on each
        other, coordinate descent takes two or three times as many visits.
        """
        order = np.arange(len(self.chosen))
        n_features = len(order) - self.problem.has_intercepts
        order[:n_features] = self.shuffle(n_features)
        return order

    def write(self, theta):
        """Put the working set's parameters where they belong."""
        theta[self.chosen] = self.theta
        if self.means is not None:
            theta[-1] -= self.means @ self.theta[:-1]
