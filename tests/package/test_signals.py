"""Fits that the handler of a signal ends: they raise, and leave the estimator alone."""

import inspect
import warnings

import numpy as np
import pytest
import scipy.sparse
from blas_numbers import numbers
from ticks import Raised, handler_below, needs_timers

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    LogisticRegressionCV,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)

pytestmark = needs_timers
# No fit with these ends before the handler has raised.
SLOW = {"tol": 1e-30, "max_iter": 10**6}
FITS = {
    "Perceptron": Perceptron(tol=None, max_iter=10**6),
    "Perceptron, averaged": Perceptron(tol=None, max_iter=10**6, average=True),
    "Perceptron, l1": Perceptron(penalty="l1", tol=None, max_iter=10**6),
    **{
        f"LDA {solver}": LinearDiscriminantAnalysis(solver=solver)
        for solver in ("svd", "lsqr", "eigen")
    },
    **{
        f"LogisticRegression {solver}": LogisticRegression(solver=solver, **SLOW)
        for solver in ("lbfgs", "newton-cholesky", "newton-cg", "sag", "saga", "adam")
    },
    "LogisticRegression saga, l1": LogisticRegression(
        solver="saga", l1_ratio=1, C=0.01, **SLOW
    ),
    "LogisticRegressionCV": LogisticRegressionCV(
        scoring="accuracy", l1_ratios=(0,), use_legacy_attributes=False, **SLOW
    ),
    **{
        f"MLPClassifier {solver}": MLPClassifier(solver=solver, **SLOW)
        for solver in ("adam", "sgd", "lbfgs")
    },
    "MLPRegressor adam": MLPRegressor(**SLOW),
}


def rows(n_rows, n_features, sparse):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n_rows, n_features)), rng.integers(4, size=n_rows)
    return scipy.sparse.csr_array(X) if sparse else X, y


def same(one, other):
    """Return True if two attributes have the same numbers."""
    if isinstance(one, list):
        return all(map(same, one, other))
    return one is other or np.array_equal(one, other)


# Python ignores what a handler raises in the callback of a weak reference.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("name", FITS)
def test_a_fit_that_a_handler_ends_leaves_the_estimator_as_it_was(name, sparse):
    model = FITS[name]
    if sparse and name.startswith("LDA"):
        pytest.skip("takes dense rows alone")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit = {"max_iter": 2} if hasattr(model, "max_iter") else {}
        slow = model.get_params(deep=False)
        model.set_params(**limit).fit(*rows(60, 5, sparse)).set_params(**slow)
    before, threads = dict(vars(model)), numbers()
    copies = {key: np.copy(x) for key, x in before.items() if isinstance(x, np.ndarray)}
    error = Raised()

    def handle():
        raise error

    fit = inspect.unwrap(type(model).fit)
    with pytest.raises(Raised) as raised, handler_below(fit, handle):
        model.fit(*rows(20_000, 300, sparse))
    assert raised.value is error
    assert numbers() == threads
    assert vars(model).keys() == before.keys()
    for key, value in vars(model).items():
        assert same(value, copies.get(key, before[key])), key
