"""Fitted estimators after a further fit that a callback or Ctrl-C interrupted.

tests/multilayer_perceptron/test_base.py has the tests of networks, which lose the last
fit.
"""

import pytest
from failing_callback import Failing
from sklearn.base import clone

from skmlp import LogisticRegression, Perceptron

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


ESTIMATORS = [
    Perceptron(tol=None, max_iter=4),
    Perceptron(tol=None, max_iter=4, average=True, warm_start=True),
    *(
        LogisticRegression(solver=solver, max_iter=4, tol=1e-12)
        for solver in ("lbfgs", "newton-cg", "newton-cholesky", "saga", "sgd", "adam")
    ),
]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_a_refit_that_fails_midway_leaves_the_last_fit(estimator, error, bundled):
    X, y = bundled("iris")
    estimator = clone(estimator).fit(X, y)
    before = vars(estimator).copy()
    estimator.set_callbacks(Failing(error))
    with pytest.raises(error):
        estimator.fit(X, y + 1)
    for name, value in before.items():
        if name != "n_features_in_":
            assert vars(estimator)[name] is value, name
    assert vars(estimator).keys() - before.keys() == {"_skl_callbacks"}
