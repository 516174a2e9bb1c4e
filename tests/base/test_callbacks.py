"""Fitted estimators after a further fit that a callback or Ctrl-C interrupted.

tests/multilayer_perceptron/test_base.py has the tests of networks.
"""

import pytest
from failing_callback import Failing
from sklearn.base import clone
from versions import needs_callbacks

from skmlp import LogisticRegression, Perceptron

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


ESTIMATORS = [
    Perceptron(tol=None, max_iter=4),
    Perceptron(tol=None, max_iter=4, average=True, warm_start=True),
    *(
        LogisticRegression(solver=solver, max_iter=4, tol=1e-12)
        for solver in ("lbfgs", "newton-cg", "newton-cholesky", "saga")
    ),
]
BY_MINI_BATCHES = [
    LogisticRegression(solver=solver, max_iter=4, tol=1e-12, random_state=0)
    for solver in ("sgd", "adam", "gd")
]
CASES = [
    *((estimator, RuntimeError) for estimator in ESTIMATORS + BY_MINI_BATCHES),
    *((estimator, KeyboardInterrupt) for estimator in ESTIMATORS),
]


@needs_callbacks
@pytest.mark.parametrize(("estimator", "error"), CASES, ids=str)
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


@needs_callbacks
@pytest.mark.parametrize("estimator", BY_MINI_BATCHES, ids=str)
def test_a_fit_by_mini_batches_keeps_what_it_has_learnt_before_ctrl_c(
    estimator, bundled
):
    X, y = bundled("iris")
    whole = clone(estimator).fit(X, y)
    three = clone(estimator).set_params(max_iter=3).fit(X, y)
    estimator = clone(estimator).set_callbacks(Failing(KeyboardInterrupt, at=3))
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        estimator.fit(X, y)
    assert not estimator.converged_
    assert estimator.n_iter_ == [3]
    assert estimator.loss_curve_ == whole.loss_curve_[:3]
    assert (estimator.coef_ == three.coef_).all()
