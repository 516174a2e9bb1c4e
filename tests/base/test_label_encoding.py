"""Number of scores and weights of classes, by definition and as in scikit-learn."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.class_weight import compute_class_weight

from skmlp.base.label_encoding import (
    add_class_weight,
    class_weights,
    encode_labels,
    n_scores,
)

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
