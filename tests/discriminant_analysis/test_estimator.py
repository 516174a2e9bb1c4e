"""Tests of LinearDiscriminantAnalysis: agreement with scikit-learn, and labels."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from discriminant_data import (
    DATASETS,
    DEGENERATE,
    SOLVERS,
    VARIANTS,
    WIDE,
    assert_close,
)
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import covariance, discriminant_analysis
from versions import LIKE_THEIR_SVD, POLARS_WITHOUT_NAMES

from skmlp import LinearDiscriminantAnalysis
from skmlp.base.label_encoding import encode_labels


@DEGENERATE
@pytest.mark.parametrize("parameters", VARIANTS, ids=str)
@pytest.mark.parametrize("name", DATASETS)
def test_fits_agree_with_scikit_learn(name, parameters):
    X, y = DATASETS[name]
    own = {} if "solver" in parameters else LIKE_THEIR_SVD
    ours = LinearDiscriminantAnalysis(**parameters, **own)
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
    ours = LinearDiscriminantAnalysis(**LIKE_THEIR_SVD).fit(X, y)
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
        # A covariance estimator needs equal weights of the rows of a class.
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


def test_binary_coefficients_are_the_precision_times_the_difference_of_means():
    X, y = DATASETS["breast_cancer"]
    for solver in SOLVERS:
        lda = LinearDiscriminantAnalysis(solver, store_covariance=True).fit(X, y)
        assert lda.coef_.shape == (1, 30)
        difference = lda.means_[1] - lda.means_[0]
        assert_allclose(lda.covariance_ @ lda.coef_[0], difference, rtol=1e-7)


@pytest.mark.parametrize("parameters", VARIANTS[:-1], ids=str)
def test_integer_weights_are_repetitions_and_zero_weights_removals(parameters):
    X, y = DATASETS["wine"]
    repeats = np.random.default_rng(0).integers(0, 4, len(y))
    ours = LinearDiscriminantAnalysis(**parameters).fit(X, y, sample_weight=repeats)
    theirs = LinearDiscriminantAnalysis(**parameters)
    theirs.fit(X.repeat(repeats, axis=0), y.repeat(repeats))
    assert_close(ours.coef_, theirs.coef_)
    assert_close(ours.intercept_, theirs.intercept_)


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
@pytest.mark.parametrize("parameters", VARIANTS, ids=str)
def test_all_ratios_sum_to_one(parameters):
    if parameters.get("solver") == "lsqr":
        pytest.skip("lsqr finds no directions")
    for X, y in DATASETS.values():
        ratios = LinearDiscriminantAnalysis(**parameters).fit(X, y)
        assert_allclose(ratios.explained_variance_ratio_.sum(), 1, rtol=1e-10)


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


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_data_frames_give_their_column_names(frame):
    X, y = DATASETS["iris"]
    table = frame(dict(zip("abcd", X.T, strict=True)))
    labels = np.array(["setosa", "versicolor", "virginica"])[y]
    lda = LinearDiscriminantAnalysis().fit(table, labels)
    if frame is pd.DataFrame or not POLARS_WITHOUT_NAMES:
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
