"""Number of scores and weights of classes, by definition and as in scikit-learn."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.class_weight import compute_class_weight

from skmlp import _kernels
from skmlp.base.label_encoding import (
    LabelEncoding,
    add_class_weight,
    class_weights,
    encode_labels,
    n_scores,
    scores_in_range,
)
from skmlp.base.linear_classifier import log_probabilities_of, probabilities_of
from skmlp.base.multioutput_labels import ColumnsEncoding

LABELS = np.array([0, 2, 2, 1, 0, 2, 2])
WEIGHTS = np.array([1, 0.5, 2, 3, 0.25, 1, 0])


def test_two_classes_have_one_score_and_more_have_one_each():
    assert [n_scores(number) for number in (2, 3, 10)] == [1, 3, 10]


def test_weights_of_classes_are_sums_over_their_rows():
    assert_array_equal(add_class_weight(LABELS, WEIGHTS, 4), [1.25, 3, 3.5, 0])
    assert_array_equal(add_class_weight(LABELS, None, 3), [2, 1, 4])


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_weights_of_rows_that_come_in_parts_are_those_of_all_rows(weights):
    seen = None
    for part in (slice(0, 3), slice(3, 4), slice(4, None)):
        own = None if weights is None else weights[part]
        seen = add_class_weight(LABELS[part], own, 3, before=seen)
    assert_allclose(seen, add_class_weight(LABELS, weights, 3), rtol=1e-15)
    balanced = compute_class_weight(
        "balanced", classes=np.arange(3), y=LABELS, sample_weight=weights
    )
    assert_allclose(class_weights("balanced", np.arange(3), seen), balanced, rtol=1e-14)


@pytest.mark.parametrize(
    "y", [LABELS, LABELS - 5, LABELS * 100, LABELS.astype(str), LABELS > 0]
)
def test_labels_are_encoded_as_by_numpy(y):
    classes, labels = encode_labels(y)
    expected, places = np.unique(y, return_inverse=True)
    assert_array_equal(classes, expected)
    assert classes.dtype == y.dtype
    assert_array_equal(labels, places)


# Widths of the scores: probabilities in range, some and nearly all below the smallest
# normal number.
WIDTHS = [1, 60, 3e3, 1e30]
FORMS = {
    "linear": (probabilities_of, log_probabilities_of),
    "one label": (
        lambda scores: LabelEncoding(np.arange(5), "multiclass").probabilities(
            _kernels.softmax(scores), scores
        ),
        LabelEncoding(np.arange(5), "multiclass").log_probabilities,
    ),
    "several columns": (
        lambda scores: ColumnsEncoding([range(5)]).probabilities(
            _kernels.softmax(scores), scores
        )[0],
        lambda scores: ColumnsEncoding([range(5)]).log_probabilities(scores)[0],
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("form", FORMS)
def test_probabilities_and_their_logarithms_have_the_order_of_the_scores(
    form, width, dtype, rng
):
    scores = (width * rng.normal(size=(200, 5))).astype(dtype)
    scores[:, 3] = scores[:, 0]  # a tie
    of_scores, logarithms_of = FORMS[form]
    p, log_p = of_scores(scores), logarithms_of(scores)
    assert p.dtype == log_p.dtype == dtype
    assert_array_equal(np.argsort(p, axis=1), np.argsort(log_p, axis=1))
    ordered = np.take_along_axis(p, np.argsort(scores, axis=1), axis=1)
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert_array_equal(p[:, 3], p[:, 0])
    assert len(np.unique(p[0])) == 4
    assert (p > 0).all()
    assert_allclose(p.sum(axis=1), 1, rtol=1e-6 if dtype == np.float32 else 1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_of_single_labels_are_neither_zero_nor_one(dtype):
    encoding = LabelEncoding(np.arange(3), "multilabel")
    scores = np.array([[-1e30, 1e30, 0], [-90, 90, 3]], dtype=dtype)
    p = encoding.probabilities(_kernels.logistic(scores))
    assert p.min() > 0
    assert p.max() < 1
    assert_allclose(p[:, 2], 1 / (1 + np.exp(-scores[:, 2])), rtol=1e-6)
    log_p = encoding.log_probabilities(scores)
    assert_array_equal(np.argsort(log_p, axis=1), np.argsort(p, axis=1))
    near_one = p > 0.5
    assert_array_equal(log_p[near_one], np.log(p)[near_one])


def test_scores_that_overflow_are_scaled_or_refused():
    scores = np.array([[np.inf, -np.inf, 3], [1e308, -1e308, 0.9e308]])
    scaled = scores_in_range(scores, halved=True)
    assert_array_equal(np.argsort(scaled, axis=1), [[1, 2, 0], [1, 2, 0]])
    assert np.isfinite(np.ptp(scaled, axis=1)).all()
    assert scores_in_range(scores) is scores
    with pytest.raises(ValueError, match=r"overflow in float64.*Scale X"):
        scores_in_range(np.array([[0.0, np.nan]]))
