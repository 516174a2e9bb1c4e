"""Warnings of fits that end badly name the columns that are scaled badly."""

import warnings

import pytest
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.exceptions import ConvergenceWarning

from skmlp import LogisticRegression, LogisticRegressionCV
from skmlp.solvers.divergence import Diverged

SOLVERS = ["lbfgs", "newton-cg", "newton-cholesky", "sag", "saga", "sgd", "adam"]


def warnings_of(call):
    """Return the texts of all warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(each.message) for each in caught]


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_fit_that_did_not_converge_names_badly_scaled_columns_only(solver, bundled):
    X, y = load_wine(return_X_y=True, as_frame=True)
    model = LogisticRegression(solver=solver, max_iter=1, random_state=0)
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(X, y)
    text = str(caught[-1].message)
    assert " 4 of 13 columns of X are scaled badly: 'proline' (mean 747," in text
    code = text.splitlines()[-1]
    assert code.startswith(
        "    model = make_pipeline(StandardScaler(), LogisticRegress"
    )
    assert "max_iter=1, random_state=0" in code
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(*bundled("wine"))
    assert not any("scaled" in str(each.message) for each in caught)


def test_cross_validation_names_them_and_itself():
    X, y = load_breast_cancer(return_X_y=True)
    model = LogisticRegressionCV(Cs=[1.0], max_iter=1, cv=2)
    texts = warnings_of(lambda: model.fit(X, y))
    texts = [text for text in texts if text.startswith("lbfgs failed")]
    assert len(texts) == 3  # two folds and the last fit
    for text in texts:
        assert " of 30 columns of X are scaled badly: column " in text
        assert "make_pipeline(StandardScaler(), LogisticRegressionCV(Cs=[1.0], " in text


def test_mini_batches_that_end_no_better_than_a_constant_say_so(rng):
    X = rng.normal(size=(100, 3))
    y = X[:, 0] > 0
    model = LogisticRegression(solver="adam", C=1e9, random_state=0)
    (text,) = warnings_of(lambda: model.fit(1e-6 * X, y))
    assert model.converged_
    assert text.startswith("Training ended at a loss of 0.69")
    assert "3 of 3 columns of X are scaled badly" in text
    assert warnings_of(lambda: model.fit(X, rng.permutation(y))) == []
    assert model.converged_
    # A penalty this strong leaves a constant prediction on every scale.
    model.set_params(C=1e-5)
    assert warnings_of(lambda: model.fit(1e-6 * X, y)) == []
    # Full solvers found their minimum.
    model.set_params(solver="lbfgs", C=1.0)
    assert warnings_of(lambda: model.fit(1e-6 * X, y)) == []


def test_an_error_of_divergence_names_badly_scaled_columns_only(rng):
    X = rng.normal(size=(100, 3))
    model = LogisticRegression(solver="sgd", learning_rate_init=1e300)
    with pytest.raises(Diverged, match="non-finite") as error:
        model.fit(X * [1, 1, 1e100], X[:, 0] > 0)
    assert "1 of 3 columns of X is scaled badly: column 2 (" in str(error.value)
    (text,) = warnings_of(lambda: model.fit(X, X[:, 0] > 0))
    assert text.startswith("Solver produced non-finite parameter weights")
    assert "scaled badly" not in text


def test_parts_of_a_stream_are_told_of_one_scaler(rng):
    X = rng.normal(size=(100, 3))
    y = X[:, 0] > 0
    model = LogisticRegression(solver="sgd", random_state=0)
    model.partial_fit(X, y, classes=[False, True])
    with pytest.raises(Diverged, match="non-finite") as error:
        model.partial_fit(X * [1, 1, 1e200], y)
    text = str(error.value)
    assert "1 of 3 columns of X is scaled badly: column 2 (mean " in text
    assert "Scale all parts of a stream by one StandardScaler, whose partial" in text
    assert "make_pipeline" not in text
