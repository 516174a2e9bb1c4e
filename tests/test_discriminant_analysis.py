import warnings

import mpmath
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import covariance, datasets, discriminant_analysis
from sklearn.base import clone

from skmlp import LinearDiscriminantAnalysis
from skmlp.base.label_encoding import encode_labels
from skmlp.discriminant_analysis import whitening as within_covariance
from skmlp.discriminant_analysis.class_statistics import ClassStatistics
from skmlp.discriminant_analysis.whitening import pooled_statistics

SOLVERS = ["svd", "lsqr", "eigen"]
DATASETS = {
    name: getattr(datasets, f"load_{name}")(return_X_y=True)
    for name in ("iris", "wine", "breast_cancer", "digits")
}
WIDE = datasets.make_classification(
    40, 90, n_informative=5, n_classes=3, random_state=0
)
VARIANTS = [
    {},
    {"solver": "lsqr"},
    {"solver": "eigen"},
    {"solver": "lsqr", "shrinkage": "auto"},
    {"solver": "lsqr", "shrinkage": 0.3},
    {"solver": "eigen", "shrinkage": "auto"},
    {"solver": "eigen", "shrinkage": 0.3},
    {"solver": "lsqr", "covariance_estimator": covariance.OAS()},
]


# Digits have constant pixels, and the wide set fewer rows than columns.
DEGENERATE = pytest.mark.filterwarnings(
    "ignore::skmlp.discriminant_analysis.CollinearityWarning"
)


def assert_close(ours, theirs, rtol=1e-8):
    assert ours.shape == theirs.shape
    assert_allclose(ours, theirs, rtol=rtol, atol=rtol * np.max(np.abs(theirs)))


@DEGENERATE
@pytest.mark.parametrize("parameters", VARIANTS, ids=str)
@pytest.mark.parametrize("name", DATASETS)
def test_fits_agree_with_scikit_learn(name, parameters):
    X, y = DATASETS[name]
    ours = LinearDiscriminantAnalysis(**parameters)
    theirs = discriminant_analysis.LinearDiscriminantAnalysis(**parameters)
    if name == "digits" and parameters == {"solver": "eigen"}:
        with pytest.raises(np.linalg.LinAlgError):
            theirs.fit(X, y)
        theirs.set_params(solver="lsqr")
    ours.fit(X, y)
    theirs.fit(X, y)
    for attribute in ("coef_", "intercept_", "means_", "priors_"):
        assert_close(getattr(ours, attribute), getattr(theirs, attribute))
    assert_close(ours.decision_function(X), theirs.decision_function(X), rtol=1e-7)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    if ours.solver != "svd":
        assert_close(ours.covariance_, theirs.covariance_)


@DEGENERATE
@pytest.mark.parametrize("name", [*DATASETS, "wide"])
def test_svd_directions_agree_with_scikit_learn(name):
    X, y = DATASETS.get(name, WIDE)
    ours = LinearDiscriminantAnalysis().fit(X, y)
    theirs = discriminant_analysis.LinearDiscriminantAnalysis().fit(X, y)
    assert_close(ours.xbar_, theirs.xbar_)
    assert_close(ours.explained_variance_ratio_, theirs.explained_variance_ratio_)
    assert_close(np.abs(ours.scalings_), np.abs(theirs.scalings_))
    assert_close(np.abs(ours.transform(X)), np.abs(theirs.transform(X)))
    assert_close(ours.coef_, theirs.coef_)


SHRINKAGES = [
    {},
    *({"shrinkage": s} for s in ("auto", "oas", 0, 0.3, 1)),
    *({"shrinkage": s, "shrinkage_target": "identity"} for s in ("auto", "oas")),
    *({"shrinkage": s, "shrinkage_target": "diagonal"} for s in (0.3, 1)),
    {"covariance_estimator": covariance.OAS()},
    {"ddof": 1},
    {"ddof": 1, "shrinkage": "oas"},
]


@pytest.mark.parametrize("shrinkage", SHRINKAGES, ids=str)
@pytest.mark.parametrize("priors", [None, [0.8, 0.1, 0.1], [1 - 2e-9, 1e-9, 1e-9]])
@pytest.mark.parametrize("weighted", [False, True])
def test_solvers_agree_for_any_priors_weights_and_shrinkage(
    priors, weighted, shrinkage
):
    X, y = DATASETS["wine"]
    weights = None
    if weighted:
        # A covariance estimator wants equal weights of the rows of a class.
        shared = "covariance_estimator" in shrinkage
        weights = 1 + y if shared else np.random.default_rng(0).uniform(0, 2, len(y))
    svd, lsqr, eigen = (
        LinearDiscriminantAnalysis(solver, priors=priors, **shrinkage)
        .fit(X, y, sample_weight=weights)
        .predict_proba(X)
        for solver in SOLVERS
    )
    assert_allclose(lsqr, svd, atol=1e-8)
    assert_allclose(eigen, svd, atol=1e-8)


@DEGENERATE
@pytest.mark.parametrize("shrinkage", SHRINKAGES, ids=str)
def test_solvers_agree_with_fewer_rows_than_columns(shrinkage):
    X, y = WIDE
    svd, lsqr, eigen = (
        LinearDiscriminantAnalysis(solver, **shrinkage).fit(X, y).predict_proba(2 * X)
        for solver in SOLVERS
    )
    assert_allclose(lsqr, svd, atol=1e-8)
    assert_allclose(eigen, svd, atol=1e-8)


def conditioned(condition, dtype, seed):
    """Rows of three classes whose covariance has about that condition number."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.standard_normal((5, 5)))[0] * np.geomspace(
        1, condition**-0.5, 5
    )
    y = np.arange(60) % 3
    X = rng.standard_normal((60, 5)) + rng.standard_normal((3, 5))[y]
    return (X @ axes.T).astype(dtype), y


def log_posteriors_at_fifty_digits(X, y, priors, places):
    """Bayes' rule for Gaussian classes of one covariance, straight from the formula."""
    with mpmath.workdps(50):
        points = [mpmath.matrix(x.tolist()) for x in X]
        zero = mpmath.zeros(X.shape[1], 1)
        means = [
            sum((points[i] for i in np.flatnonzero(y == k)), zero) / int(np.sum(y == k))
            for k in range(len(priors))
        ]
        scatter = mpmath.zeros(X.shape[1])
        for x, k in zip(points, y, strict=True):
            scatter += (x - means[k]) * (x - means[k]).T
        precision = (scatter / len(y)) ** -1
        found = []
        for i in places:
            residuals = [points[i] - mean for mean in means]
            densities = [
                prior * mpmath.exp(-(r.T * precision * r)[0] / 2)
                for prior, r in zip(priors, residuals, strict=True)
            ]
            found.append([float(mpmath.log(p / sum(densities))) for p in densities])
        return np.array(found)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("condition", [1, 1e3, 1e6])
@pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_posteriors_follow_bayes_rule_at_fifty_digits(
    dtype, tol, condition, solver, monkeypatch
):
    monkeypatch.setattr(within_covariance, "_LARGE", 0)  # try products in float32
    priors, places = [0.8, 0.15, 0.05], [0, 1, 2, 58]
    for seed in range(3):
        X, y = conditioned(condition, dtype, seed)
        lda = LinearDiscriminantAnalysis(solver, priors=priors).fit(X, y)
        ours = lda.predict_log_proba(X[places])
        expected = log_posteriors_at_fifty_digits(X, y, priors, places)
        assert_allclose(ours, expected, rtol=tol, atol=tol)
        assert ours.dtype == dtype


@pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_posteriors_of_iris_are_those_at_fifty_digits(dtype, tol):
    X, y = DATASETS["iris"]
    X = X.astype(dtype)
    priors = [0.8, 0.15, 0.05]
    lda = LinearDiscriminantAnalysis(priors=priors).fit(X, y)
    expected = log_posteriors_at_fifty_digits(X, y, priors, [0, 70, 133])
    ours = lda.predict_log_proba(X[[0, 70, 133]])
    assert_allclose(ours, expected, rtol=tol, atol=1e-15)


def test_binary_coefficients_are_the_precision_times_the_difference_of_means():
    X, y = DATASETS["breast_cancer"]
    for solver in SOLVERS:
        lda = LinearDiscriminantAnalysis(solver, store_covariance=True).fit(X, y)
        assert lda.coef_.shape == (1, 30)
        difference = lda.means_[1] - lda.means_[0]
        assert_allclose(lda.covariance_ @ lda.coef_[0], difference, rtol=1e-7)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("shrinkage", [None, 0.2])
@pytest.mark.parametrize("n_parts", [2, 7])
def test_partial_fit_over_any_split_is_one_fit(solver, shrinkage, n_parts):
    X, y = DATASETS["wine"]
    weights = np.random.default_rng(0).uniform(0, 2, len(y))
    order = np.random.default_rng(n_parts).permutation(len(y))
    order = np.arange(len(y)) if n_parts == 2 else order
    lda = LinearDiscriminantAnalysis(solver, shrinkage=shrinkage)
    whole = clone(lda).fit(X, y, sample_weight=weights)
    for part in np.array_split(order, n_parts):
        lda.partial_fit(
            X[part], y[part], classes=[0, 1, 2], sample_weight=weights[part]
        )
    for attribute in ("coef_", "intercept_", "means_", "priors_"):
        assert_close(getattr(lda, attribute), getattr(whole, attribute), rtol=1e-10)
    if solver != "lsqr":
        assert_close(lda.transform(X), whole.transform(X), rtol=1e-10)


def test_partial_fit_continues_a_fit():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis().fit(X[::2], y[::2]).partial_fit(X[1::2], y[1::2])
    assert_close(lda.coef_, LinearDiscriminantAnalysis().fit(X, y).coef_, rtol=1e-10)


def test_partial_fit_takes_one_row_at_a_time():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis()
    for i in range(0, 150, 3):
        lda.partial_fit(X[i : i + 1], y[i : i + 1], classes=[0, 1, 2])
    expected = LinearDiscriminantAnalysis().fit(X[::3], y[::3])
    assert_close(lda.coef_, expected.coef_, rtol=1e-10)


def test_a_class_without_rows_so_far_has_probability_zero():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis().partial_fit(X[:100], y[:100], classes=[0, 1, 2])
    two = LinearDiscriminantAnalysis().fit(X[:100], y[:100])
    assert_allclose(lda.predict_proba(X)[:, :2], two.predict_proba(X), atol=1e-12)
    assert_allclose(lda.predict_proba(X)[:, 2], 0, atol=1e-300)
    lda.partial_fit(X[100:], y[100:])
    assert_close(lda.coef_, LinearDiscriminantAnalysis().fit(X, y).coef_, rtol=1e-10)


@pytest.mark.parametrize("parameters", VARIANTS[:-1], ids=str)
def test_integer_weights_are_repetitions_and_zero_weights_removals(parameters):
    X, y = DATASETS["wine"]
    repeats = np.random.default_rng(0).integers(0, 4, len(y))
    ours = LinearDiscriminantAnalysis(**parameters).fit(X, y, sample_weight=repeats)
    theirs = LinearDiscriminantAnalysis(**parameters)
    theirs.fit(X.repeat(repeats, axis=0), y.repeat(repeats))
    assert_close(ours.coef_, theirs.coef_)
    assert_close(ours.intercept_, theirs.intercept_)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_class_of_weight_zero_is_not_there(solver):
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis(solver).fit(X, y, sample_weight=y < 2)
    assert_array_equal(lda.classes_, [0, 1])


@DEGENERATE
@pytest.mark.parametrize("parameters", VARIANTS[:-1], ids=str)
@pytest.mark.parametrize("name", ["digits", "wide"])
@pytest.mark.parametrize("convert", [scipy.sparse.csr_array, scipy.sparse.coo_matrix])
def test_sparse_rows_give_the_same_fit(name, parameters, convert):
    X, y = DATASETS.get(name, WIDE)
    dense = LinearDiscriminantAnalysis(**parameters).fit(X, y)
    sparse = LinearDiscriminantAnalysis(**parameters).fit(convert(X), y)
    assert_close(sparse.coef_, dense.coef_)
    assert_allclose(sparse.predict_proba(convert(X)), dense.predict_proba(X), atol=1e-7)
    if sparse.solver != "lsqr":
        assert_close(sparse.transform(convert(X)), dense.transform(X))


@pytest.mark.parametrize("parameters", VARIANTS, ids=str)
def test_float32_is_kept(parameters):
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis(**parameters, store_covariance=True)
    lda.fit(X.astype(np.float32), y)
    for attribute, value in vars(lda).items():
        if attribute.endswith("_") and attribute != "classes_" and np.ndim(value):
            assert value.dtype == np.float32, attribute
    X32 = X.astype(np.float32)
    assert lda.decision_function(X32).dtype == np.float32
    assert lda.predict_proba(X32).dtype == np.float32
    double = LinearDiscriminantAnalysis(**parameters).fit(X, y)
    assert_allclose(lda.predict_proba(X32), double.predict_proba(X), atol=1e-3)


@pytest.mark.parametrize("offset", [0, 1e6])
def test_products_in_float32_change_coefficients_by_rounding_only(offset, monkeypatch):
    X, y = datasets.make_blobs(4000, 30, centers=4, center_box=(-1, 1), random_state=0)
    X = (X @ np.tri(30) + offset).astype(np.float32)
    double = LinearDiscriminantAnalysis().fit(X.astype(float), y)
    monkeypatch.setattr(within_covariance, "_LARGE", 0)
    ours = LinearDiscriminantAnalysis().fit(X, y)
    in_single = pooled_statistics(X, y, 4, np.ones(4000)).scatter
    assert np.any(in_single != double.statistics_.scatter)
    error = np.linalg.norm(ours.coef_ - double.coef_, axis=1)
    assert np.all(error <= 1e-4 * np.linalg.norm(double.coef_, axis=1))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda X: np.column_stack([X, X.sum(axis=1)]),
        lambda X: np.column_stack([X, X[:, 0] + 1e-3 * X[:, 1]]),
        lambda X: X * np.float32(1e19),
        lambda X: X * np.float32(1e-20),
    ],
    ids=["collinear", "nearly collinear", "overflow", "underflow"],
)
def test_products_in_float32_are_not_used_where_they_lose_a_direction(
    spoil, monkeypatch
):
    monkeypatch.setattr(within_covariance, "_LARGE", 0)
    X, y = datasets.make_blobs(500, 5, centers=3, random_state=0)
    X = spoil(X.astype(np.float32))
    ours = pooled_statistics(X, y, 3, np.ones(500))
    double = ClassStatistics.from_rows(X, y, 3)
    assert_array_equal(ours.scatter, double.scatter)


LABELS = {
    "a few": [2, 0, 2, 0, 1, 1, 0],
    "with gaps": [-5, 0, -5, 0, -5, 0, 0],
    "one": [7, 7, 7],
    "far apart": [10**12, -(10**12), 0, 0, 0, 0],
    "as large as they get": [2**63 - 1, 2**63 - 2, 2**63 - 1, 2**63 - 2],
    "as small as they get": [-(2**63), -(2**63), 1 - 2**63, 1 - 2**63],
    "bytes": np.tile(np.array([-128, 127], np.int8), 200),
    "unsigned": np.array([3, 250, 3, 250, 3], np.uint8),
    "whole floats": [2.0, 0.0, 2.0, 0.0],
    "strings": ["b", "a", "b", "b"],
    "truth values": [True, False, True],
}


@pytest.mark.parametrize("y", LABELS.values(), ids=LABELS)
def test_labels_are_encoded_by_their_rank(y):
    y = np.asarray(y)
    for ours, theirs in zip(
        encode_labels(y), np.unique(y, return_inverse=True), strict=True
    ):
        assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype


def test_many_classes_of_few_rows_are_warned_of():
    X = np.random.default_rng(0).normal(size=(60, 2))
    with pytest.warns(UserWarning, match="unique classes is greater than 50%"):
        LinearDiscriminantAnalysis().fit(X, np.arange(60) % 40)


@DEGENERATE
@pytest.mark.parametrize("solver", SOLVERS)
def test_constant_and_collinear_columns_change_nothing(solver):
    X, y = DATASETS["iris"]
    plain = LinearDiscriminantAnalysis(solver).fit(X, y).predict_proba(X)
    rounded = 0.1 + np.random.default_rng(0).integers(-1, 2, len(y)) * np.spacing(0.1)
    degenerate = np.column_stack([X, X @ [1, 2, 3, 4], np.full(len(y), 1e6), rounded])
    lda = LinearDiscriminantAnalysis(solver).fit(degenerate, y)
    assert_allclose(lda.predict_proba(degenerate), plain, atol=1e-8)
    assert_allclose(lda.coef_[:, 5:], 0, atol=1e-6 * np.max(np.abs(lda.coef_)))


@pytest.mark.parametrize("deviation", [1e-3, 1e-6, 1e-9, 1e-11])
@pytest.mark.parametrize("constant", [1.0, 1e3])
@pytest.mark.parametrize("solver", SOLVERS)
def test_near_constant_columns_do_not_explode(solver, constant, deviation):
    X, y = DATASETS["iris"]
    noise = constant * deviation * np.random.default_rng(0).normal(size=len(y))
    column = constant + noise
    known = (column - constant) / (constant * deviation)  # a difference without error
    expected = LinearDiscriminantAnalysis("svd").fit(np.column_stack([X, known]), y)
    lda = LinearDiscriminantAnalysis(solver).fit(np.column_stack([X, column]), y)
    assert_allclose(
        lda.predict_proba(np.column_stack([X, column])),
        expected.predict_proba(np.column_stack([X, known])),
        # The score of a row adds numbers that are larger by 1 / deviation.
        atol=1e-8 + 100 * np.finfo(float).eps / deviation,
    )


@pytest.mark.parametrize("scale", [1e-100, 1e100])
@pytest.mark.parametrize("solver", SOLVERS)
def test_units_of_the_columns_change_nothing(solver, scale):
    X, y = DATASETS["wine"]
    units = np.where(np.arange(13) % 2, scale, 1.0)
    lda = LinearDiscriminantAnalysis(solver)
    plain = lda.fit(X, y).predict_proba(X)
    assert_allclose(lda.fit(X * units, y).predict_proba(X * units), plain, atol=1e-8)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_common_offset_changes_nothing(solver):
    X, y = DATASETS["iris"]
    rounded = (X + 1e6) - 1e6
    expected = LinearDiscriminantAnalysis().fit(rounded, y).predict_proba(rounded)
    lda = LinearDiscriminantAnalysis(solver).fit(X + 1e6, y)
    assert_allclose(lda.predict_proba(X + 1e6), expected, atol=1e-8)


@DEGENERATE
@pytest.mark.parametrize("parameters", VARIANTS, ids=str)
def test_all_ratios_sum_to_one(parameters):
    if parameters.get("solver") == "lsqr":
        pytest.skip("lsqr finds no directions")
    for X, y in DATASETS.values():
        ratios = LinearDiscriminantAnalysis(**parameters).fit(X, y)
        assert_allclose(ratios.explained_variance_ratio_.sum(), 1, rtol=1e-10)


@DEGENERATE
@pytest.mark.parametrize("solver", ["svd", "eigen"])
def test_transformed_rows_have_unit_covariance_within_classes(solver):
    X, y = DATASETS["digits"]
    projected = LinearDiscriminantAnalysis(solver).fit_transform(X, y)
    again = LinearDiscriminantAnalysis("lsqr").fit(projected, y)
    assert_allclose(again.covariance_, np.eye(9), atol=1e-10)


def test_n_components_leaves_predict_at_full_rank():
    X, y = DATASETS["wine"]
    one = LinearDiscriminantAnalysis(n_components=1).fit(X, y)
    assert one.transform(X).shape == (178, 1)
    assert_array_equal(one.coef_, LinearDiscriminantAnalysis().fit(X, y).coef_)


@DEGENERATE
def test_fewer_directions_than_components_still_name_their_columns():
    X, y = DATASETS["iris"]
    X = np.column_stack([X[:, 0], np.ones(len(y))])
    lda = LinearDiscriminantAnalysis().set_output(transform="pandas").fit(X, y)
    assert list(lda.transform(X).columns) == ["lineardiscriminantanalysis0"]


@pytest.mark.parametrize("solver", SOLVERS)
def test_log_probabilities_are_finite_at_any_distance(solver):
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis(solver).fit(X, y)
    assert np.all(np.isfinite(lda.predict_log_proba(X * 1e6)))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_data_frames_give_their_column_names(frame):
    X, y = DATASETS["iris"]
    table = frame(dict(zip("abcd", X.T, strict=True)))
    labels = np.array(["setosa", "versicolor", "virginica"])[y]
    lda = LinearDiscriminantAnalysis().fit(table, labels)
    assert_array_equal(lda.feature_names_in_, list("abcd"))
    assert_array_equal(lda.classes_, ["setosa", "versicolor", "virginica"])
    assert lda.score(table, labels) == 0.98


def test_fitting_again_forgets_the_attributes_of_another_solver():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis(store_covariance=True).fit(X, y)
    lda.set_params(solver="lsqr").fit(X, y)
    assert not {"scalings_", "xbar_", "explained_variance_ratio_"} & set(vars(lda))
    lda.set_params(solver="svd", store_covariance=False).fit(X, y)
    assert "covariance_" not in vars(lda)


def test_covariance_estimator_is_left_unfitted():
    X, y = DATASETS["iris"]
    estimator = covariance.OAS()
    LinearDiscriminantAnalysis("lsqr", covariance_estimator=estimator).fit(X, y)
    assert not hasattr(estimator, "covariance_")


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"priors": [0.5, 0.5]}, ValueError, r"priors has shape \(2,\).*3 classes"),
        ({"priors": [0.5, 0.7, -0.2]}, ValueError, "priors must be non-negative"),
        ({"priors": [0.5, 0.5, np.nan]}, ValueError, "priors must be finite"),
        ({"priors": [0, 0, 0]}, ValueError, "priors are all zero"),
        ({"n_components": 3}, ValueError, "n_components cannot be larger than min"),
        (
            {"shrinkage": 0.1, "covariance_estimator": covariance.OAS()},
            ValueError,
            "Only one of the two can be set",
        ),
        (
            {"ddof": 1, "covariance_estimator": covariance.OAS()},
            ValueError,
            "chooses its own divisor; leave ddof at 0",
        ),
        ({"ddof": 50}, ValueError, "ddof=50 is too large: .* sum to 150 in 3 classes"),
        ({"shrinkage": "ledoit"}, ValueError, "'shrinkage' parameter"),
        ({"shrinkage_target": "diagonal"}, ValueError, "no effect without shrinkage"),
        (
            {"shrinkage": 1.0, "shrinkage_target": "zero"},
            ValueError,
            "'shrinkage_target' parameter",
        ),
        (
            {"shrinkage": "oas", "store_loo": True},
            ValueError,
            "store_loo=True is not possible.*cross_val_predict",
        ),
        (
            {"solver": "lsqr", "covariance_estimator": datasets},
            ValueError,
            "covariance_estimator",
        ),
    ],
)
def test_errors_name_cause_and_cure(parameters, error, message):
    X, y = DATASETS["iris"]
    with pytest.raises(error, match=message):
        LinearDiscriminantAnalysis(**parameters).fit(X, y)


def test_priors_that_do_not_sum_to_one_are_renormalised_with_a_warning():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis(priors=[2, 1, 1])
    with pytest.warns(UserWarning, match="do not sum to 1"):
        lda.fit(X, y)
    assert_allclose(lda.priors_, [0.5, 0.25, 0.25])


def test_a_prior_of_zero_rules_a_class_out_without_a_warning():
    X, y = DATASETS["iris"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lda = LinearDiscriminantAnalysis(priors=[0, 0.5, 0.5]).fit(X, y)
    assert_allclose(lda.predict_proba(X)[:, 0], 0, atol=1e-300)


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_class_or_no_more_rows_than_classes_is_refused(solver):
    X, y = DATASETS["iris"]
    with pytest.raises(ValueError, match="greater than one; got 1 class"):
        LinearDiscriminantAnalysis(solver).fit(X[:50], y[:50])
    with pytest.raises(ValueError, match="number of samples must be more"):
        LinearDiscriminantAnalysis(solver).fit(X[::50], y[::50])


@pytest.mark.parametrize(
    "parameters", [{"shrinkage": "auto"}, {"covariance_estimator": covariance.OAS()}]
)
def test_partial_fit_refuses_what_needs_all_rows(parameters):
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis("lsqr", **parameters)
    assert not hasattr(lda, "partial_fit")
    with pytest.raises(ValueError, match="need all rows at once; use fit"):
        lda.partial_fit(X, y, classes=[0, 1, 2])


def test_partial_fit_refuses_labels_that_were_not_announced():
    X, y = DATASETS["iris"]
    with pytest.raises(ValueError, match=r"not among the classes: \[2\]"):
        LinearDiscriminantAnalysis().partial_fit(X, y, classes=[0, 1])


@DEGENERATE
def test_partial_fit_refuses_to_continue_a_fit_that_kept_no_covariance():
    X, y = WIDE
    with pytest.raises(ValueError, match="start with partial_fit"):
        LinearDiscriminantAnalysis().fit(X, y).partial_fit(X, y)


def test_lsqr_has_no_transform():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis("lsqr").fit(X, y)
    assert not hasattr(lda, "transform")
    with pytest.raises(NotImplementedError, match="not implemented for 'lsqr'"):
        lda.transform(X)


def test_weights_that_differ_refuse_an_estimator_that_takes_none():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis("lsqr", covariance_estimator=covariance.OAS())
    with pytest.raises(ValueError, match="use shrinkage instead"):
        lda.fit(X, y, sample_weight=1 + X[:, 0])
    kept = y != 1
    zero_weights = lda.fit(X, y, sample_weight=kept).coef_
    assert_close(zero_weights, lda.fit(X[kept], y[kept]).coef_)
