"""Tests of predictions: other priors, rows at any distance, outliers."""

import mpmath
import numpy as np
import pytest
import scipy.sparse
import scipy.spatial.distance
import scipy.stats
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context, datasets
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from versions import needs

from skmlp import LinearDiscriminantAnalysis

SOLVERS = ["svd", "lsqr", "eigen"]
SETS = {
    name: getattr(datasets, f"load_{name}")(return_X_y=True)
    for name in ("iris", "wine", "breast_cancer")
}
METHODS = ["decision_function", "predict_proba", "predict_log_proba", "predict"]


def some_priors(n_classes):
    priors = np.arange(1.0, n_classes + 1)
    return priors / priors.sum()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", SETS)
def test_priors_at_predict_time_are_those_of_a_fit_with_them(name, solver, method):
    X, y = SETS[name]
    priors = some_priors(y.max() + 1)
    lda = LinearDiscriminantAnalysis(solver).fit(X, y)
    expected = LinearDiscriminantAnalysis(solver, priors=priors).fit(X, y)
    ours, theirs = getattr(lda, method)(X, priors=priors), getattr(expected, method)(X)
    if method == "predict":
        assert_array_equal(ours, theirs)
    else:
        assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    # The priors of the fit do not change.
    unchanged = LinearDiscriminantAnalysis(solver).fit(X, y)
    assert_array_equal(getattr(lda, method)(X), getattr(unchanged, method)(X))


def test_priors_move_log_odds_by_the_logarithm_of_their_ratio():
    X, y = SETS["breast_cancer"]
    lda = LinearDiscriminantAnalysis(priors=[0.5, 0.5]).fit(X, y)
    moved = lda.decision_function(X, priors=[0.1, 0.9]) - lda.decision_function(X)
    assert_allclose(moved, np.log(9), rtol=1e-9)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_class_ruled_out_by_the_fit_can_come_back(n_classes):
    X, y = (each[: 50 * n_classes] for each in SETS["iris"])
    priors = [0.0] + [1 / (n_classes - 1)] * (n_classes - 1)
    ruled_out = LinearDiscriminantAnalysis(priors=priors).fit(X, y)
    assert_allclose(ruled_out.predict_proba(X)[:, 0], 0, atol=1e-300)
    equal = LinearDiscriminantAnalysis().fit(X, y)
    ours = ruled_out.predict_proba(X, priors=[1 / n_classes] * n_classes)
    assert_allclose(ours, equal.predict_proba(X), rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ([0.5, 0.5], r"priors has shape \(2,\), but there are 3 classes"),
        ([0.5, 0.7, -0.2], "priors must be non-negative"),
        ([0.5, 0.5, np.nan], "priors must be finite"),
        ([0, 0, 0], "priors are all zero"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_wrong_priors_are_named(method, priors, message):
    lda = LinearDiscriminantAnalysis().fit(*SETS["iris"])
    with pytest.raises(ValueError, match=message):
        getattr(lda, method)(SETS["iris"][0], priors=priors)


def test_priors_at_predict_time_are_renormalised_with_a_warning():
    X, y = SETS["iris"]
    lda = LinearDiscriminantAnalysis().fit(X, y)
    with pytest.warns(UserWarning, match="do not sum to 1"):
        ours = lda.predict_proba(X, priors=[2, 1, 1])
    assert_allclose(ours, lda.predict_proba(X, priors=[0.5, 0.25, 0.25]))


@needs("scikit-learn", "1.8", "does not route the weights of a pipeline's score")
def test_priors_are_routed_as_metadata_through_a_pipeline():
    X, y = SETS["wine"]
    priors = some_priors(3)
    with config_context(enable_metadata_routing=True):
        lda = LinearDiscriminantAnalysis().set_predict_proba_request(priors=True)
        lda.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, lda)
        pipeline.fit(X, y, sample_weight=np.ones(len(y)))
        ours = pipeline.predict_proba(X, priors=priors)
        # Without priors, no routing is needed.
        scores = cross_validate(
            pipeline, X, y, cv=3, params={"sample_weight": np.ones(len(y))}
        )
        assert scores["test_score"].min() > 0.9
    expected = LinearDiscriminantAnalysis(priors=priors).fit(X, y).predict_proba(X)
    assert_allclose(ours, expected, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_log_probabilities_are_finite_as_far_as_numbers_go(n_classes, solver, dtype):
    X, y = (each[: 50 * n_classes] for each in SETS["iris"])
    lda = LinearDiscriminantAnalysis(solver).fit(X.astype(dtype), y)
    largest = np.finfo(dtype).max / 16
    for size in (1e3, 1e10, largest**0.5, largest):
        far = np.vstack([np.eye(4), -np.eye(4), X - X.mean(axis=0)]) * size
        far = np.clip(far, -largest, largest).astype(dtype)
        logs = lda.predict_log_proba(far)
        assert np.all(np.isfinite(logs))
        assert logs.dtype == dtype
        probabilities = lda.predict_proba(far)
        assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
        assert probabilities.min() > 0
        scores = far.astype(np.longdouble) @ lda.coef_.T + lda.intercept_
        best = np.argmax(scores, axis=1) if n_classes > 2 else np.ravel(scores > 0)
        assert_array_equal(np.argmax(logs, axis=1), best)
        sparse = lda.predict_log_proba(scipy.sparse.csr_array(far))
        assert_allclose(sparse, logs, rtol=1e-3)


@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", SETS)
def test_mahalanobis_distances_are_scipys(name, solver, convert):
    X, y = SETS[name]
    lda = LinearDiscriminantAnalysis(solver, store_covariance=True).fit(convert(X), y)
    expected = scipy.spatial.distance.cdist(
        X, lda.means_, "mahalanobis", VI=np.linalg.inv(lda.covariance_)
    )
    assert_allclose(lda.mahalanobis(convert(X)), expected, rtol=1e-6)
    single = lda.fit(X.astype(np.float32), y).mahalanobis(X.astype(np.float32))
    assert single.dtype == np.float32
    assert_allclose(single, expected, rtol=1e-3)


def test_distances_are_those_at_fifty_digits_with_an_offset():
    X, y = SETS["iris"]
    X = X + 1e6
    lda = LinearDiscriminantAnalysis().fit(X, y)
    with mpmath.workdps(50):
        points = [mpmath.matrix(x.tolist()) for x in X]
        zero = mpmath.zeros(4, 1)
        means = [sum(points[50 * k : 50 * k + 50], zero) / 50 for k in range(3)]
        residuals = [x - means[k] for x, k in zip(points, y, strict=True)]
        scatter = sum((r * r.T for r in residuals), mpmath.zeros(4, 4)) / 150
        precision = scatter**-1
        expected = [
            float(mpmath.sqrt(((points[3] - m).T * precision * (points[3] - m))[0]))
            for m in means
        ]
    assert_allclose(lda.mahalanobis(X[3:4])[0], expected, rtol=1e-10)


def test_distances_tell_outliers_that_probabilities_do_not():
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=4000)
    X = rng.standard_normal((4000, 5)) + 3 * np.eye(3, 5)[y]
    lda = LinearDiscriminantAnalysis(ddof=1).fit(X, y)
    squares = lda.mahalanobis(X)[np.arange(4000), y] ** 2
    assert scipy.stats.kstest(squares, scipy.stats.chi2(5).cdf).pvalue > 0.01
    outlier = np.array([[300.0, 0, 0, 0, 0]])
    assert lda.predict_proba(outlier).max() > 0.999
    assert lda.mahalanobis(outlier).min() ** 2 > scipy.stats.chi2(5).isf(1e-6)


def test_a_class_without_rows_is_infinitely_far():
    X, y = SETS["iris"]
    lda = LinearDiscriminantAnalysis().partial_fit(X[:100], y[:100], classes=[0, 1, 2])
    assert np.all(np.isinf(lda.mahalanobis(X)[:, 2]))
    assert np.all(np.isfinite(lda.mahalanobis(X)[:, :2]))
