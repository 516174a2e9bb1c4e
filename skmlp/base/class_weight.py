"""Weights of rows that follow from weights of classes."""

import numpy as np
from sklearn.utils.class_weight import compute_class_weight


def weigh_classes(class_weight, classes, y, sample_weight=None):
    """sᵢ · (weight of the class of row i): one weight a row, or None for all ones."""
    if class_weight is None:
        return sample_weight
    with np.errstate(divide="ignore"):
        weight_of_class = compute_class_weight(
            class_weight, classes=classes, y=y, sample_weight=sample_weight
        )
    # 'balanced' has no weight for a class whose rows have none.
    weight_of_class = np.where(np.isfinite(weight_of_class), weight_of_class, 0)
    row_weight = weight_of_class[np.searchsorted(classes, y)]
    return row_weight if sample_weight is None else sample_weight * row_weight


def class_weights(class_weight, classes, counts):
    """The weight of every class (K,); 'balanced' by the weight of its rows so far."""
    if class_weight != "balanced":
        return compute_class_weight(class_weight, classes=classes, y=classes)
    present = counts > 0
    weights = np.ones(len(counts))
    weights[present] = counts.sum() / (present.sum() * counts[present])
    return weights


def add_class_weight(labels, sample_weight, n_classes, before=None):
    """Return the weight of the rows of every class (K,), with that of rows `before`."""
    weights = np.bincount(labels, sample_weight, minlength=n_classes)
    return weights if before is None else weights + before
