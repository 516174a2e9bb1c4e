"""Objectives with known minima, for the tests of solvers."""

import numpy as np

from skmlp.objective import ALL_ROWS, Objective, TwiceDifferentiable


class Bowl(TwiceDifferentiable):
    """Quadratic objective ½·(θ − centre)ᵀ A (θ − centre), equal for all rows."""

    n_rows = 20
    A = np.diag([1.0, 3.0, 10.0])
    centre = np.array([1.0, -2.0, 0.5])

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        away = parameters - self.centre
        return 0.5 * away @ self.A @ away, self.A @ away

    def hessian(self, parameters):
        return self.A


class Spread(Objective):
    """Objective that is the mean of ½·(θ − yᵢ)² over rows, minimal at the mean of y."""

    y = np.arange(10.0) ** 2
    n_rows = 10

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        error = parameters - self.y[rows]
        return 0.5 * float(np.mean(error**2)), np.array([np.mean(error)])
