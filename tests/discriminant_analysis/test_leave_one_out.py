"""Tests of leave-one-out in closed form against a loop over n fits."""

import time
import warnings

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import datasets
from sklearn.base import clone
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from skmlp import LinearDiscriminantAnalysis
from skmlp.discriminant_analysis import CollinearityWarning

SETS = {
    "iris": datasets.load_iris(return_X_y=True),
    "breast cancer": tuple(
        each[::9] for each in datasets.load_breast_cancer(return_X_y=True)
    ),
    "fewer rows than columns": datasets.make_classification(
        24, 40, n_informative=5, n_classes=3, random_state=0
    ),
    # Digits have pixels that are 0 in all rows, or in all rows but one.
    "digits": tuple(
        each[:180, :25] if each.ndim == 2 else each[:180] // 4
        for each in datasets.load_digits(return_X_y=True)
    ),
}
PARAMETERS = [
    {},
    {"solver": "lsqr", "ddof": 1},
    {"shrinkage": 0.2},
    {"solver": "eigen", "shrinkage": 1.0, "ddof": 1},
    {"shrinkage": 0.0},
]


def loop_over_fits(lda, X, y, weights):
    """Compute the probabilities of every row by a fit without the row."""
    probabilities = []
    for i in range(len(y)):
        others = np.arange(len(y)) != i
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CollinearityWarning)
            fitted = clone(lda).fit(X[others], y[others], weights[others])
        probabilities.append(fitted.predict_proba(X[[i]])[0])
    return np.array(probabilities)


@pytest.mark.filterwarnings("ignore::skmlp.discriminant_analysis.CollinearityWarning")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("prior", [None, 0.7])
@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("name", SETS)
def test_leave_one_out_is_the_loop(name, parameters, prior, weighted):
    X, y = SETS[name]
    n_classes = len(np.unique(y))
    priors = None
    if prior is not None:
        priors = [prior, *[(1 - prior) / (n_classes - 1)] * (n_classes - 1)]
    weights = np.ones(len(y))
    if weighted:
        rng = np.random.default_rng(0)
        weights = rng.uniform(0.5, 2, len(y)) * (rng.uniform(size=len(y)) > 0.1)
    lda = LinearDiscriminantAnalysis(priors=priors, **parameters)
    expected = loop_over_fits(lda, X, y, weights)
    ours = lda.loo_predict_proba(X, y, sample_weight=weights)
    assert_allclose(ours, expected, atol=1e-8)
    assert not hasattr(lda, "coef_")
    right = np.argmax(expected, axis=1) == y
    fitted = lda.set_params(store_loo=True).fit(X, y, sample_weight=weights)
    assert fitted.loo_score_ == pytest.approx(np.average(right, weights=weights))


def test_leave_one_out_is_scikit_learns_cross_validation():
    X, y = SETS["iris"]
    labels = np.array(["setosa", "versicolor", "virginica"])[y]
    lda = LinearDiscriminantAnalysis()
    expected = cross_val_predict(
        lda, X, labels, cv=LeaveOneOut(), method="predict_proba"
    )
    assert_allclose(lda.loo_predict_proba(X, labels), expected, atol=1e-10)
    # Textbooks report three misclassified rows of 150.
    assert lda.set_params(store_loo=True).fit(X, labels).loo_score_ == 0.98


@pytest.mark.parametrize("parameters", [{}, {"shrinkage": 0.3}], ids=str)
def test_sparse_and_single_precision_rows_are_left_out_too(parameters):
    X, y = SETS["iris"]
    lda = LinearDiscriminantAnalysis(**parameters)
    expected = lda.loo_predict_proba(X, y)
    sparse = lda.loo_predict_proba(scipy.sparse.csr_array(X), y)
    assert_allclose(sparse, expected, atol=1e-8)
    single = lda.loo_predict_proba(X.astype(np.float32), y)
    assert single.dtype == np.float32
    assert_allclose(single, expected, atol=1e-4)


@pytest.mark.parametrize("priors", [None, [0.2, 0.2, 0.3, 0.3]])
def test_the_only_row_of_a_class_is_scored_by_the_other_classes(priors):
    X, y = SETS["iris"]
    X, y = np.vstack([X, [[5, 3, 3, 1]]]), np.append(y, 3)
    ours = LinearDiscriminantAnalysis(priors=priors).loo_predict_proba(X, y)
    others = None if priors is None else np.array(priors[:3]) / sum(priors[:3])
    fitted = LinearDiscriminantAnalysis(priors=others).fit(X[:-1], y[:-1])
    assert_allclose(ours[-1, :3], fitted.predict_proba(X[-1:])[0], atol=1e-10)
    assert ours[-1, 3] < 1e-300


def test_what_cannot_be_left_out_is_named():
    X, y = SETS["iris"]
    two = np.flatnonzero(y < 2)[49:]
    with pytest.raises(ValueError, match=r"Without its only row, class .*0.* empty"):
        LinearDiscriminantAnalysis().loo_predict_proba(X[two], y[two])
    few = [0, 1, 50, 100]
    with pytest.raises(ValueError, match=r"Without one row.* no more than the number"):
        LinearDiscriminantAnalysis(shrinkage=0.5).loo_predict_proba(X[few], y[few])
    for parameters in (
        {"shrinkage": "auto"},
        {"shrinkage": 0.1, "shrinkage_target": "diagonal"},
    ):
        lda = LinearDiscriminantAnalysis(**parameters)
        assert not hasattr(lda, "loo_predict_proba")
        with pytest.raises(AttributeError, match=r"cross_val_predict\(lda, X, y"):
            lda.loo_predict_proba(X, y)


def test_leave_one_out_of_many_rows_costs_about_a_fit():
    X, y = datasets.make_blobs(20_000, 30, centers=4, cluster_std=5, random_state=0)
    lda = LinearDiscriminantAnalysis()
    seconds = {}
    for name, run in (
        ("fit", lambda: lda.fit(X, y)),
        ("left out", lambda: lda.loo_predict_proba(X, y)),
    ):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        seconds[name] = min(times)
    # 20,000 fits would take much longer; a busy machine does not fail this limit.
    assert seconds["left out"] < 50 * seconds["fit"]
    fitted = lda.fit(X[1:], y[1:])
    assert_allclose(
        lda.loo_predict_proba(X, y)[:1], fitted.predict_proba(X[:1]), atol=1e-10
    )


def test_a_later_fit_forgets_the_score():
    X, y = SETS["iris"]
    lda = LinearDiscriminantAnalysis(store_loo=True).fit(X, y)
    assert 0 < lda.loo_score_ < 1
    lda.set_params(store_loo=False).fit(X, y)
    assert not hasattr(lda, "loo_score_")
    assert_array_equal(lda.classes_, [0, 1, 2])
