"""Tests that units, offsets and rank of the columns, and float32, change no fit."""

import numpy as np
import pytest
from discriminant_data import DATASETS, DEGENERATE, SOLVERS
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import datasets

from skmlp import LinearDiscriminantAnalysis
from skmlp.discriminant_analysis.class_statistics import (
    ClassStatistics,
    pooled_statistics,
)

STATISTICS = "skmlp.discriminant_analysis.class_statistics"


@pytest.mark.parametrize("offset", [0, 1e6])
def test_products_in_float32_change_coefficients_by_rounding_only(offset, monkeypatch):
    X, y = datasets.make_blobs(4000, 30, centers=4, center_box=(-1, 1), random_state=0)
    X = (X @ np.tri(30) + offset).astype(np.float32)
    double = LinearDiscriminantAnalysis().fit(X.astype(float), y)
    monkeypatch.setattr(f"{STATISTICS}._WORTH_FLOAT32", 0)
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
    monkeypatch.setattr(f"{STATISTICS}._WORTH_FLOAT32", 0)
    X, y = datasets.make_blobs(500, 5, centers=3, random_state=0)
    X = spoil(X.astype(np.float32))
    ours = pooled_statistics(X, y, 3, np.ones(500))
    double = ClassStatistics.from_rows(X, y, 3)
    assert_array_equal(ours.scatter, double.scatter)


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
    known = (column - constant) / (constant * deviation)  # the difference is exact
    expected = LinearDiscriminantAnalysis("svd").fit(np.column_stack([X, known]), y)
    lda = LinearDiscriminantAnalysis(solver).fit(np.column_stack([X, column]), y)
    assert_allclose(
        lda.predict_proba(np.column_stack([X, column])),
        expected.predict_proba(np.column_stack([X, known])),
        # The score of a row is a sum of terms that are larger by 1 / deviation.
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
@pytest.mark.parametrize("solver", ["svd", "eigen"])
def test_transformed_rows_have_unit_covariance_within_classes(solver):
    X, y = DATASETS["digits"]
    projected = LinearDiscriminantAnalysis(solver).fit_transform(X, y)
    again = LinearDiscriminantAnalysis("lsqr").fit(projected, y)
    assert_allclose(again.covariance_, np.eye(9), atol=1e-10)
