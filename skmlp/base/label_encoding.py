"""Class labels: as numbers for a loss, their weights, and scores as labels."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skmlp import _kernels
from skmlp.base.rows import dense


def encode_labels(y):
    """Label values -> (sorted classes (K,), the class index of every row (n,))."""
    if y.ndim == 1 and y.dtype.kind == "i" and len(y):
        smallest, largest = int(y.min()), int(y.max())
        if largest - smallest < len(y):
            # Counting takes no sorting, and integers are class labels for certain.
            places = y.astype(np.int64, copy=False) - smallest
            present = np.bincount(places) > 0
            classes = np.flatnonzero(present) + smallest
            if 2 * len(classes) <= len(y):  # else a warning is due: too many classes
                ranks = np.cumsum(present) - 1
                return classes.astype(y.dtype), ranks[places]
    check_classification_targets(y)
    return np.unique(y, return_inverse=True)


def require_two_classes(classes):
    """Raise when there is nothing to tell apart."""
    if len(classes) < 2:
        raise ValueError(
            "The number of classes has to be greater than one; got "
            f"{len(classes)} class. This solver needs samples of at least 2 classes in "
            f"the data, but y contains only one class: {classes[0]!r}."
        )


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
    """Return the summed weight of the rows of every class (K,), `before` added."""
    weights = np.bincount(labels, sample_weight, minlength=n_classes)
    return weights if before is None else weights + before


def n_scores(n_classes):
    """Return the number of scores a row: one tells two classes apart, else one each."""
    return 1 if n_classes == 2 else n_classes


def not_zero(probabilities):
    """Replace probabilities that underflowed by the smallest number above zero.

    No score makes a class impossible, so its logarithm must stay finite.
    """
    return np.maximum(probabilities, np.finfo(probabilities.dtype).smallest_normal)


class Encoding(ABC):
    """Class labels <-> targets of a loss, and scores -> labels and probabilities."""

    kind: str
    """'binary', 'multiclass', 'multilabel' or 'multioutput'."""

    @property
    @abstractmethod
    def n_outputs(self):
        """The number of scores of a row."""

    @abstractmethod
    def same_as(self, other):
        """Return whether another encoding has the same classes."""

    @abstractmethod
    def unknown(self, present):
        """Return the classes of another encoding that this one does not have."""

    @abstractmethod
    def encode(self, y, dtype):
        """Return the targets of labels."""

    @abstractmethod
    def decode(self, scores):
        """Return the most probable labels of raw scores (n, n_outputs)."""

    @abstractmethod
    def probabilities(self, means):
        """Return the probability of every class from the means of the outputs."""

    @abstractmethod
    def log_probabilities(self, scores):
        """Return the logarithms of probabilities, finite wherever the scores are."""


@dataclass(frozen=True)
class LabelEncoding(Encoding):
    """Class labels <-> the targets of a loss, for one kind of classification.

    Binary targets are (n, 1) of 0 and 1; multiclass ones (n,) class indices;
    multilabel ones (n, K) of 0 and 1.
    """

    classes: np.ndarray
    kind: str
    sparse: bool = False

    @classmethod
    def from_labels(cls, y):
        """The encoding that y asks for."""
        kind = type_of_target(y, input_name="y")
        if kind in ("unknown", "continuous", "continuous-multioutput"):
            check_classification_targets(y)  # raises
        if kind == "multilabel-indicator":
            sparse = scipy.sparse.issparse(y)
            return cls(np.arange(y.shape[1]), "multilabel", sparse)
        return cls.from_classes(np.unique(y))

    @classmethod
    def from_classes(cls, classes):
        """The encoding of one label a row, out of the classes given."""
        return cls(classes, "binary" if len(classes) <= 2 else "multiclass")

    @property
    def n_outputs(self):
        """The number of scores a row."""
        return 1 if self.kind == "binary" else len(self.classes)

    def same_as(self, other):
        """Whether the classes are the same."""
        several = "multilabel" in (self.kind, other.kind)
        same_kind = self.kind == other.kind or not several
        return same_kind and np.array_equal(self.classes, other.classes)

    def unknown(self, present):
        """The classes of another encoding that are not among these."""
        return np.setdiff1d(present.classes, self.classes)

    def encode(self, y, dtype):
        """Labels -> targets."""
        if self.kind == "multilabel":
            return np.ascontiguousarray(dense(y), dtype=dtype)
        indices = np.searchsorted(self.classes, y)
        if self.kind == "binary":
            return indices.astype(dtype)[:, np.newaxis]
        return indices

    def decode(self, scores):
        """Raw scores (n, n_outputs) -> the most probable labels."""
        if self.kind == "multilabel":
            positive = (scores > 0).astype(int)
            return scipy.sparse.csr_matrix(positive) if self.sparse else positive
        if self.kind == "binary":
            # With one class only, its score can go either way and it still wins.
            indices = np.minimum((scores[:, 0] > 0).astype(int), len(self.classes) - 1)
            return self.classes[indices]
        return self.classes[np.argmax(scores, axis=1)]

    def probabilities(self, means):
        """The mean of every output -> one column a class."""
        if self.kind == "binary":
            means = np.hstack([1 - means, means])
        return not_zero(means)

    def log_probabilities(self, scores):
        """Log-probability of every class, finite wherever the scores are."""
        if self.kind == "multiclass":
            return _kernels.log_softmax(scores)
        if self.kind == "multilabel":
            # Near one, the logarithm of the very probability that is given.
            p = _kernels.logistic(scores)
            return np.where(p > 0.5, np.log(not_zero(p)), _kernels.log_logistic(scores))
        return _kernels.log_logistic(np.hstack([-scores, scores]))
