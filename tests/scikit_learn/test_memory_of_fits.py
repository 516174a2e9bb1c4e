"""A fit and a prediction keep no reference to X, not even in a cycle."""

import gc
import weakref

import pytest
import scipy.sparse
from versions import older

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)

FITS = {
    "Perceptron": Perceptron(max_iter=5, tol=None),
    "LDA": LinearDiscriminantAnalysis(),
    **{
        f"logistic regression, {solver}": LogisticRegression(solver=solver)
        for solver in ("lbfgs", "newton-cholesky", "saga", "sag")
    },
    "lasso": LogisticRegression(solver="saga", l1_ratio=1.0),
    **{
        f"{network.__name__}, {solver}": network(solver=solver, max_iter=3, tol=0)
        for network in (MLPClassifier, MLPRegressor)
        for solver in ("adam", "sgd", "lbfgs")
    },
    "stopped early": MLPClassifier(early_stopping=True, max_iter=3),
}
# The minimiser of an older SciPy is part of a cycle, with the function and so with X.
IN_A_CYCLE = ("lbfgs", "sag", "saga") if older("scipy", "1.17") else ()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", ["dense", "sparse"])
@pytest.mark.parametrize("name", FITS)
def test_x_is_freed_when_the_caller_frees_it(name, form, rng):
    if name.split(", ")[-1] in IN_A_CYCLE:
        pytest.skip("SciPy before 1.17 frees X at the next garbage collection")
    X, estimator = rng.normal(size=(300, 4)), FITS[name]
    y = (X[:, 0] > 0).astype(int)
    if form == "sparse":
        X = scipy.sparse.csr_matrix(X)
    reference = weakref.ref(X.data if form == "sparse" else X)
    gc.disable()
    try:
        estimator.fit(X, y).predict(X)
        del X
        assert reference() is None
    finally:
        gc.enable()
