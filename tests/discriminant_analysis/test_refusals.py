"""Tests of errors and warnings of LinearDiscriminantAnalysis."""

import warnings

import numpy as np
import pytest
from discriminant_data import DATASETS, SOLVERS, assert_close
from numpy.testing import assert_allclose
from sklearn import covariance, datasets

from skmlp import LinearDiscriminantAnalysis


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
    assert_close(zero_weights[2:] - zero_weights[:1], lda.fit(X[kept], y[kept]).coef_)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_refit_that_fails_leaves_the_classes_of_the_last_fit(solver):
    X, y = datasets.load_iris(return_X_y=True)
    lda = LinearDiscriminantAnalysis(solver=solver).fit(X, y)
    before = lda.predict(X)
    with pytest.raises(ValueError, match="priors has shape"):
        lda.set_params(priors=[0.5, 0.5]).fit(X, np.array(["a", "b", "c"])[y])
    np.testing.assert_array_equal(lda.predict(X), before)
