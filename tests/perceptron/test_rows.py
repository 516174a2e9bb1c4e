"""Tests of the rows a perceptron visits: sparse, wide, tiny, held out, weightless."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse
from separable_rows import separable
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

import skmlp
from skmlp import AssociationUnits, Perceptron


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({}, 1.4),
        ({"multi_class": "joint"}, 1.4),
        ({"penalty": "l2"}, 1.4),
        ({"penalty": "l1"}, 2.4),  # what the penalty took from each weight
        ({"average": True}, 3.4),  # the last weights, their sums, their average
    ],
    ids=str,
)
def test_a_wide_fit_holds_few_copies_of_its_weights(settings, most):
    X = scipy.sparse.random(300, 100_000, 1e-4, format="csr", random_state=0)
    y = np.arange(300) % 40
    tracemalloc.start()
    ours = Perceptron(max_iter=2, tol=None, **settings).fit(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    ours.predict(X)
    predicted = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < most * ours.coef_.nbytes
    assert predicted < 0.4 * ours.coef_.nbytes
    np.testing.assert_allclose(
        ours.decision_function(X), X @ ours.coef_.T.copy() + ours.intercept_, rtol=1e-10
    )


def with_int64(X):
    X = X.copy()
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize(
    "estimator",
    [
        Perceptron(),
        Perceptron(average=True, multi_class="joint"),
        AssociationUnits(20, random_state=0),
        skmlp.LogisticRegression(solver="sgd", random_state=0),
        skmlp.LogisticRegressionCV(cv=2),
        skmlp.LinearDiscriminantAnalysis(),
        skmlp.MLPClassifier(max_iter=3, random_state=0),
        skmlp.MLPRegressor(max_iter=3, random_state=0),
    ],
    ids=lambda each: type(each).__name__,
)
def test_indices_of_64_bits_are_those_of_32_bits(estimator, bundled):
    X, y = bundled("iris")
    narrow = scipy.sparse.csr_array(np.where(X > 0, X, 0))
    wide = with_int64(narrow)
    predict = "transform" if isinstance(estimator, AssociationUnits) else "predict"
    calls = ["fit"]
    if not isinstance(estimator, AssociationUnits | skmlp.LogisticRegressionCV):
        calls.append("partial_fit")
    for call in calls:
        settings = {"classes": [0, 1, 2]} if call == "partial_fit" else {}
        if isinstance(estimator, skmlp.MLPRegressor):
            settings = {}
        results = [
            getattr(getattr(clone(estimator), call)(X, y, **settings), predict)(X)
            for X in (narrow, wide)
        ]
        assert abs(results[0] - results[1]).max() == 0


def test_more_columns_than_32_bits_can_number_are_refused():
    X = scipy.sparse.csr_array(([1.0, 2.0], ([0, 1], [0, 2**31])), (2, 2**31 + 1))
    with pytest.raises(ValueError, match="takes at most 2147483647 of each"):
        Perceptron().fit(X, [0, 1])


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("penalty", [None, "l1"])
def test_entries_at_one_place_count_as_their_sum(penalty, average):
    X, y, _ = separable(0, margin=0.3)
    twice = scipy.sparse.csr_array(
        (
            np.repeat(X / 2, 2, axis=1).ravel(),
            np.tile(np.repeat(np.arange(4)[::-1], 2), len(X)),
            np.arange(len(X) + 1) * 8,
        ),
        shape=X.shape,
    )
    settings = {"penalty": penalty, "average": average, "max_iter": 50, "tol": None}
    ours = Perceptron(**settings).fit(twice, y)
    once = Perceptron(**settings).fit(scipy.sparse.csr_array(X[:, ::-1]), y)
    assert twice.nnz == 2 * X.size  # what the user passed has not changed
    np.testing.assert_array_equal(ours.coef_, once.coef_)
    assert ours.margin_ == once.margin_
    assert ours.mistake_bound_ == once.mistake_bound_
    if penalty is None and not average:
        assert once.mistake_bound_ < np.inf


@pytest.mark.parametrize("factor", [2.0**-500, 2.0**400])
def test_the_bound_is_that_of_rows_of_another_size(factor):
    X, y, _ = separable(0, margin=0.3)
    X, y = X - X.mean(axis=0), (X - X.mean(axis=0)) @ [1, 2, 3, 4] > 0
    X = X[np.abs(X @ [1, 2, 3, 4]) > 1]
    y = X @ [1, 2, 3, 4] > 0
    rate = {"eta0": 1 / factor, "fit_intercept": False, "tol": None}
    one = Perceptron(fit_intercept=False, tol=None).fit(X, y)
    other = Perceptron(**rate).fit(factor * X, y)
    assert other.converged_
    assert other.margin_ == pytest.approx(factor * one.margin_, rel=1e-12)
    assert other.mistake_bound_ == pytest.approx(one.mistake_bound_, rel=1e-12)
    assert 0 < other.n_mistakes_ <= other.mistake_bound_


@pytest.mark.parametrize(("dtype", "size"), [(np.float64, 1e-200), (np.float32, 1e-30)])
def test_scores_that_underflow_are_named_and_not_bounded(dtype, size):
    X, y, _ = separable(0, margin=0.3)
    X = (size * X).astype(dtype)
    with pytest.warns(ConvergenceWarning, match="too small for float.*StandardScaler"):
        ours = Perceptron(fit_intercept=False, max_iter=5).fit(X, y)
    assert ours.mistake_bound_ == np.inf
    u = np.longdouble(ours.coef_[0]) / np.abs(ours.coef_).max()
    distances = np.where(y == 1, 1, -1) * (np.longdouble(X) @ u) / np.sqrt(u @ u)
    assert ours.margin_ == pytest.approx(float(distances.min()), rel=1e-4)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_rows_of_weight_zero_are_rows_left_out(early_stopping, bundled):
    X, y = bundled("wine")
    weight = (np.arange(len(y)) % 3 > 0).astype(float)
    settings = {"early_stopping": early_stopping, "max_iter": 20, "tol": None}
    ours = Perceptron(**settings).fit(X, y, sample_weight=weight)
    kept = Perceptron(**settings).fit(X[weight > 0], y[weight > 0])
    np.testing.assert_array_equal(ours.coef_, kept.coef_)
    np.testing.assert_array_equal(ours.mistakes_curve_, kept.mistakes_curve_)
    assert ours.margin_ == kept.margin_
    assert ours.t_ == kept.t_


def test_the_only_row_of_a_class_is_trained_on(bundled):
    X, y = bundled("iris")
    X, y = np.vstack([X, [9, 9, 9, 9]]), np.r_[y, 3]
    with pytest.warns(UserWarning, match=r"1 class\(es\) have one row"):
        ours = Perceptron(early_stopping=True, max_iter=20, tol=None).fit(X, y)
    assert ours.t_ == 1 + ours.n_iter_ * (len(y) - 15)
    assert np.any(ours.coef_[3] != 0)
    with pytest.raises(ValueError, match="needs a class with two rows"):
        Perceptron(early_stopping=True).fit(X[[0, 100]], y[[0, 100]])


def test_weights_that_overflow_beneath_an_l1_penalty_are_an_error(bundled):
    X, y = bundled("iris")
    X = X.astype(np.float32)
    settings = {"penalty": "elasticnet", "eta0": 1e300, "fit_intercept": False}
    for average in (False, True):
        with pytest.raises(ValueError, match=r"overflow occurred at epoch #1"):
            Perceptron(average=average, **settings).fit(X, y)


def test_huge_integers_among_objects_are_refused_by_name():
    X = np.array([[0.0], [1.0], [2.0]])
    with pytest.raises(ValueError, match="Unknown label type"):
        Perceptron().fit(X, np.array([1, 2**70, 2**70], dtype=object))
    with pytest.raises(ValueError, match="too large for a floating-point number"):
        Perceptron().fit(np.array([[10**400], [1], [2]], dtype=object), [0, 1, 1])


@pytest.mark.parametrize("fraction", [0.001, 0.99])
def test_a_validation_fraction_that_leaves_too_few_rows_is_named(fraction, bundled):
    classifier = Perceptron(early_stopping=True, validation_fraction=fraction)
    with pytest.raises(ValueError, match=f"validation_fraction={fraction} leaves too"):
        classifier.fit(*bundled("iris"))
