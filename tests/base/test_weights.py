"""Sample weights and class weights: every estimator refuses the bad ones by name."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
from every_fit import N_ROWS, X, Y, fit, new, over_every_fit, over_every_weighted_fit
from numpy.testing import assert_allclose

from skmlp import LogisticRegression
from skmlp.discriminant_analysis import LinearDiscriminantAnalysis, lda_summary
from skmlp.multilayer_perceptron import MLPClassifier, MLPRegressor

ONES = np.ones(N_ROWS)


def with_entry(value, dtype=float):
    weights = np.ones(N_ROWS, dtype)
    weights[3] = value
    return weights


BAD_SAMPLE_WEIGHTS = {
    "NaN": (with_entry(np.nan), ValueError, "NaN"),
    "infinity": (with_entry(np.inf), ValueError, "infinity"),
    "a negative one": (with_entry(-1), ValueError, "Negative"),
    "NaN for all": (np.nan, ValueError, "NaN"),
    "infinity for all": (np.inf, ValueError, "infinity"),
    "a negative one for all": (-1.0, ValueError, "Negative"),
    "zero for all": (0, ValueError, "non-zero"),
    "all zero": (0 * ONES, ValueError, "non-zero"),
    "0-d": (np.array(2.0), TypeError, "at least 1 dimension"),
    "2-d": (ONES[:, np.newaxis], ValueError, "1D array"),
    "too short": (ONES[:-1], ValueError, "shape"),
    "complex": (ONES + 1j, ValueError, "Complex data"),
    "a list of complex ones": ([1j] * N_ROWS, ValueError, "Complex data"),
    "a complex one for all": (1j, ValueError, "Complex data"),
    "text": (["a"] * N_ROWS, ValueError, "could not convert"),
    "one text": ("balanced", ValueError, "could not convert"),
    "an object that is text": (with_entry("a", object), ValueError, "could not conv"),
    "None": (with_entry(None, object), ValueError, "NaN"),
    "a dict": ({0: 1}, TypeError, "dict"),
    "sparse": (scipy.sparse.csr_array(ONES[np.newaxis]), TypeError, "Sparse data"),
    "dates": (ONES.astype("M8[s]"), TypeError, "must be numbers"),
    "durations": (ONES.astype("m8[s]"), TypeError, "must be numbers"),
    "a huge integer": (with_entry(10**400, object), ValueError, "too large"),
    "a huge integer for all": (10**400, ValueError, "too large"),
    "a sum that overflows": (1e308 * ONES, ValueError, "sum of the weights overflows"),
    "a subnormal sum": (5e-324 * ONES, ValueError, "too small to divide by"),
}
GOOD_SAMPLE_WEIGHTS = {
    "one for all": (2, 2 * ONES),
    "a NumPy number for all": (np.float32(2), 2 * ONES),
    "integers": (np.arange(N_ROWS), np.arange(N_ROWS, dtype=float)),
    "truth values": (Y < 2, (Y < 2).astype(float)),
    "objects": (with_entry(3, object), with_entry(3)),
    "a masked array without its mask": (np.ma.array(ONES, mask=Y > 0), ONES),
}


@pytest.mark.parametrize("case", BAD_SAMPLE_WEIGHTS)
@over_every_fit
def test_bad_sample_weights_are_refused_by_name(name, method, case):
    weights, error, message = BAD_SAMPLE_WEIGHTS[case]
    with pytest.raises(error, match=message) as caught:
        fit(new(name), method, sample_weight=weights)
    assert "sample_weight" in str(caught.value).replace(
        "Sample weights", "sample_weight"
    )


@pytest.mark.parametrize("case", GOOD_SAMPLE_WEIGHTS)
@over_every_fit
def test_sample_weights_that_scikit_learn_accepts_are_accepted(name, method, case):
    given, meant = GOOD_SAMPLE_WEIGHTS[case]
    ours = fit(new(name), method, sample_weight=given)
    expected = fit(new(name), method, sample_weight=meant)
    assert_allclose(ours.predict(X), expected.predict(X))


@pytest.mark.parametrize("case", BAD_SAMPLE_WEIGHTS)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_bad_weights_of_validation_rows_are_refused_by_their_name(estimator, case):
    weights, error, _ = BAD_SAMPLE_WEIGHTS[case]
    network = estimator(hidden_layer_sizes=(3,), max_iter=2)
    with pytest.raises(error, match="sample_weight_val"):
        network.fit(X, Y, X_val=X, y_val=Y, sample_weight_val=weights)


@over_every_fit
def test_a_weight_too_large_for_float32_is_refused_without_a_warning(name, method):
    estimator, X32 = new(name), X.astype(np.float32)
    arguments = {"classes": [0, 1, 2]} if method == "partial_fit" else {}
    if name.startswith(("LinearDisc", "LogisticRegressionCV", "MLPRegressor")):
        pytest.skip("weights are float64")
    with pytest.raises(ValueError, match="sample_weight contains infinity"):
        getattr(estimator, method)(X32, Y, sample_weight=with_entry(1e300), **arguments)


def test_the_summary_of_discriminant_analysis_refuses_negative_weights():
    lda = LinearDiscriminantAnalysis().fit(X, Y)
    with pytest.raises(ValueError, match=r"Negative values in data.*sample_weight"):
        lda_summary(lda, X, Y, with_entry(-1))


BAD_CLASS_WEIGHTS = {
    "NaN": (np.nan, ValueError, "finite and at least zero; got nan"),
    "infinity": (np.inf, ValueError, "finite and at least zero; got inf"),
    "a NumPy NaN": (np.float32("nan"), ValueError, "finite and at least zero"),
    "a negative one": (-1, ValueError, "finite and at least zero; got -1"),
    "a negative Fraction": (Fraction(-1, 2), ValueError, "finite and at least zero"),
    "a decimal NaN": (Decimal("nan"), ValueError, "finite and at least zero"),
    "a huge integer": (10**400, ValueError, "an integer that is too large"),
    "text": ("2", TypeError, "must be a number; got '2' of type str"),
    "None": (None, TypeError, "must be a number; got None"),
    "complex": (1j, TypeError, "must be a number"),
    "a NumPy complex number": (np.complex64(1j), TypeError, "must be a number"),
    "an array": (np.ones(1), TypeError, "must be a number"),
    "a list": ([1.0], TypeError, "must be a number"),
}


@pytest.mark.parametrize("case", BAD_CLASS_WEIGHTS)
@over_every_weighted_fit
def test_bad_class_weights_are_refused_by_name(name, method, case):
    weight, error, message = BAD_CLASS_WEIGHTS[case]
    estimator = new(name, class_weight={0: weight, 1: 1, 2: 1})
    with pytest.raises(error, match=r"class_weight\[0\].*" + message):
        fit(estimator, method)


@over_every_weighted_fit
def test_bad_class_weights_set_after_a_fit_are_refused_as_well(name, method):
    estimator = fit(new(name), method).set_params(class_weight={0: np.nan, 1: 1, 2: 1})
    with pytest.raises(ValueError, match=r"class_weight\[0\].*got nan"):
        fit(estimator, method)


@over_every_weighted_fit
def test_the_class_of_a_bad_weight_is_shown_as_it_is_written(name, method):
    labels = np.array(["a", "b", "c"])[Y]
    estimator = new(name, class_weight={"a": 1, "b": np.nan, "c": 1})
    with pytest.raises(ValueError, match=r"class_weight\['b'\]"):
        fit(estimator, method, y=labels)


@pytest.mark.parametrize("weight", [np.array(2.0), np.float32(2), Decimal(2), 2])
@over_every_weighted_fit
def test_class_weights_of_any_kind_of_number_are_accepted(name, method, weight):
    ours = fit(new(name, class_weight={0: weight, 1: 1, 2: 1}), method)
    expected = fit(new(name, class_weight={0: 2.0, 1: 1.0, 2: 1.0}), method)
    assert_allclose(ours.predict(X), expected.predict(X))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (0, "leaves no row a weight above zero"),
        (1e308, "not finite"),
        (5e-324, "too small to divide by"),
    ],
)
@over_every_weighted_fit
def test_class_weights_without_a_usable_sum_are_refused(name, method, weight, message):
    estimator = new(name, class_weight=dict.fromkeys(range(3), weight))
    with pytest.raises(ValueError, match=r"class_weight=.*" + message):
        fit(estimator, method)


@over_every_weighted_fit
def test_weights_that_only_together_leave_no_row_are_refused(name, method):
    estimator = new(name, class_weight={0: 0, 1: 1, 2: 1})
    with pytest.raises(ValueError, match="leaves no row a weight above zero"):
        fit(estimator, method, sample_weight=(Y == 0).astype(float))


@pytest.mark.parametrize("weight", [1e100, 1e-100])
@over_every_weighted_fit
def test_class_weights_beyond_float32_are_refused_for_its_rows(name, method, weight):
    if not name.startswith(("LogisticRegression", "MLPClassifier")) or "CV" in name:
        pytest.skip("weights are float64")
    estimator = new(name, class_weight=dict.fromkeys(range(3), weight))
    arguments = {"classes": [0, 1, 2]} if method == "partial_fit" else {}
    with pytest.raises(ValueError, match="class_weight"):
        getattr(estimator, method)(X.astype(np.float32), Y, **arguments)


def test_finite_numbers_whose_sum_is_not_a_number_are_accepted_without_a_warning():
    X32 = np.tile(np.array([3e38, -3e38], np.float32), 8)[:, np.newaxis]
    model = LogisticRegression().fit(X32, np.arange(16) % 2)
    assert model.score(X32, np.arange(16) % 2) == 1
