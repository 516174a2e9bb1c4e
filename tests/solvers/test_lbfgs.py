"""L-BFGS, without an estimator."""

import numpy as np
from objectives import Bowl

from skmlp.solvers import minimize_lbfgs


def test_lbfgs_evaluates_the_objective_once_at_a_point():
    seen = []

    class Counted(Bowl):
        def value_and_gradient(self, parameters, rows=slice(None)):
            seen.append(parameters.tobytes())
            return super().value_and_gradient(parameters, rows)

    minimum = minimize_lbfgs(
        Counted(), np.full(3, 7.0), tol=1e-9, max_iter=20, function_tol=0.0
    )
    assert minimum.converged
    assert len(seen) == len(set(seen))


def test_lbfgs_without_an_iteration_is_where_it_starts():
    start = np.full(3, 7.0)
    minimum = minimize_lbfgs(Bowl(), start, tol=0.0, max_iter=0, function_tol=0.0)
    np.testing.assert_array_equal(minimum.parameters, start)
    assert (minimum.n_iter, minimum.values, minimum.converged) == (0, [], False)
