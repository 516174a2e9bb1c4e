"""Encodings of class labels as targets of a loss, and weights of classes."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Complex, Number, Real

import numpy as np
import scipy.sparse
from sklearn.utils.class_weight import compute_class_weight

from skmlp import _kernels
from skmlp.base.compat import check_classification_targets, type_of_target
from skmlp.base.rows import dense


def encode_labels(y):
    """Return the sorted classes (K,) and the class index of each row (n,)."""
    if y.ndim == 1 and y.dtype.kind == "i" and len(y):
        smallest, largest = int(y.min()), int(y.max())
        if largest - smallest < len(y):
            # Counting needs no sorting, and integers are always valid labels.
            offsets = y.astype(np.int64, copy=False) - smallest
            present = np.bincount(offsets) > 0
            classes = np.flatnonzero(present) + smallest
            if 2 * len(classes) <= len(y):  # else scikit-learn has to warn of too many
                ranks = np.cumsum(present) - 1
                return classes.astype(y.dtype), ranks[offsets]
    check_classification_targets(y)
    return np.unique(y, return_inverse=True)


def require_two_classes(classes):
    """Raise ValueError if there are fewer than two classes."""
    if len(classes) < 2:
        raise ValueError(
            "The number of classes has to be greater than one; got "
            f"{len(classes)} class. This solver needs samples of at least 2 classes in "
            f"the data, but y contains only one class: {classes.tolist()[0]!r}."
        )


def check_class_weight(class_weight):
    """Raise TypeError or ValueError unless a dict has finite weights of at least zero.

    scikit-learn's `compute_class_weight` omits this check.
    """
    for label, weight in class_weight.items():
        number = weight
        if not isinstance(weight, Number) and np.ndim(weight) == 0:
            number = np.asarray(weight).item()  # of numpy.bool_, or of a 0-d array
        is_complex = isinstance(number, Complex) and not isinstance(number, Real)
        if not isinstance(number, Number) or is_complex:
            raise TypeError(
                f"class_weight[{label!r}] must be a number; got {weight!r} of type "
                f"{type(weight).__name__}."
            )
        try:
            valid = 0 <= float(number) < np.inf
        except OverflowError:
            raise ValueError(
                f"class_weight[{label!r}] is an integer that is too large for a "
                "floating-point number."
            ) from None
        if not valid:
            raise ValueError(
                f"class_weight[{label!r}] must be finite and at least zero; got "
                f"{weight!r}."
            )


def require_weight(class_weight, weights):
    """Raise ValueError unless the sum of weights (n,) is finite and not (nearly) 0."""
    with np.errstate(over="ignore"):
        total = np.sum(weights, dtype=np.float64)
    if not np.any(weights):
        raise ValueError(
            f"class_weight={class_weight} leaves no row a weight above zero."
        )
    if total == np.inf or total < np.finfo(np.float64).smallest_normal:
        extreme = "too small to divide by" if total < 1 else "not finite"
        raise ValueError(
            f"With class_weight={class_weight} the sum of the weights of the rows is "
            f"{extreme}; give weights nearer to 1."
        )


def row_weights(class_weight, classes, y, sample_weight=None, *, dtype=None):
    """Return the weight of each row (n,): its sample weight times its class weight.

    None stands for weights of one, in the arguments and in the result. Their sum has to
    be finite, and not nearly zero, in `dtype` as well.
    """
    if class_weight is None:
        return sample_weight
    if isinstance(class_weight, dict):
        check_class_weight(class_weight)
    weight_of_class = weights_of_classes(class_weight, classes, y, sample_weight)
    row_weight = weight_of_class[np.searchsorted(classes, y)]
    if sample_weight is not None:
        with np.errstate(over="ignore"):
            row_weight = sample_weight * row_weight
    with np.errstate(over="ignore", under="ignore"):  # kernels read them in this type
        in_dtype = row_weight if dtype is None else row_weight.astype(dtype)
    require_weight(class_weight, in_dtype)
    return row_weight


def weights_of_classes(class_weight, classes, y, sample_weight):
    """Return the weight of each class (K,) as scikit-learn does; 0 if it is infinite.

    'balanced' divides by zero for a class whose rows all have the weight zero.
    """
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        weights = compute_class_weight(
            class_weight, classes=classes, y=y, sample_weight=sample_weight
        )
    return np.where(np.isfinite(weights), weights, 0)


def class_weights(class_weight, classes, counts):
    """Return the weight of each class (K,).

    'balanced' is computed from `counts` (K,), the summed weights of the rows of each
    class so far; classes without rows have the weight one.
    """
    if class_weight is None:
        return np.ones(len(classes))
    if class_weight != "balanced":
        if class_weight:
            check_class_weight(class_weight)
        weights = compute_class_weight(class_weight, classes=classes, y=classes)
        if class_weight:
            with np.errstate(over="ignore"):
                require_weight(class_weight, weights * counts)
        return weights
    present = counts > 0
    weights = np.ones(len(counts))
    weights[present] = counts.sum() / (present.sum() * counts[present])
    return weights


def add_class_weight(labels, sample_weight, n_classes, before=None):
    """Return the summed weight of the rows of each class (K,), added to `before`."""
    weights = np.bincount(labels, sample_weight, minlength=n_classes)
    return weights if before is None else weights + before


def n_scores(n_classes):
    """Return the number of scores per row: 1 for two classes, else one per class."""
    return 1 if n_classes == 2 else n_classes


def clip_above_zero(probabilities, scores=None):
    """Return probabilities with the smallest normal number in place of lesser ones.

    Their logarithms are then finite: no finite score means a probability of zero. If
    the probabilities are the softmax of `scores`, both (n, K), those of one row keep
    the order of their logarithms: the smallest normal numbers replace them, one each.
    """
    limits = np.finfo(probabilities.dtype)
    if scores is None or probabilities.min(initial=1) >= 2 * limits.smallest_normal:
        return np.maximum(probabilities, limits.smallest_normal)
    ranks = _ranks(_kernels.log_softmax(scores))
    floor = limits.smallest_normal + ranks * limits.smallest_subnormal
    return np.maximum(probabilities, floor)


def _ranks(values):
    """Return the ranks of numbers in each row (n, K), from 0; equal ones share one."""
    order = np.argsort(values, axis=1)
    ascending = np.take_along_axis(values, order, axis=1)
    ranks = np.zeros_like(values)
    higher = np.cumsum(ascending[:, 1:] > ascending[:, :-1], axis=1)
    np.put_along_axis(ranks, order[:, 1:], higher.astype(values.dtype), axis=1)
    return ranks


def scores_in_range(scores, *, halved=False):
    """Return raw scores of classes (n, K); raise ValueError if some are not numbers.

    With `halved`, infinite and very large scores are scaled into half the range of
    their type, so that their differences are finite.
    """
    largest = np.finfo(scores.dtype).max
    if np.abs(scores).max(initial=0) < largest / 4:
        return scores
    if np.isnan(scores).any():
        raise ValueError(
            f"The scores of some rows overflow in {scores.dtype}: X or the weights are "
            "too large. Scale X (sklearn.preprocessing.StandardScaler) and fit again."
        )
    return np.clip(scores, -largest, largest) / 4 if halved else scores


class Encoding(ABC):
    """Base class: converts labels to targets of a loss, and scores to labels."""

    kind: str
    """Kind of labels: 'binary', 'multiclass', 'multilabel' or 'multioutput'."""

    @property
    @abstractmethod
    def n_outputs(self):
        """Number of scores per row."""

    @abstractmethod
    def same_as(self, other):
        """Return True if another encoding has equal classes."""

    @abstractmethod
    def unknown(self, present):
        """Return the classes of another encoding, `present`, that this one lacks."""

    @abstractmethod
    def encode(self, y, dtype):
        """Return the targets of a loss for labels y, as numbers of type `dtype`."""

    @abstractmethod
    def decode(self, scores):
        """Return the most probable labels given raw scores (n, n_outputs)."""

    @abstractmethod
    def probabilities(self, means, scores=None):
        """Return the probability of each class, given the means of the outputs.

        `scores` are the raw scores, if the means are their softmax.
        """

    @abstractmethod
    def log_probabilities(self, scores):
        """Return the log-probability of each class, finite for finite raw scores."""


@dataclass(frozen=True)
class LabelEncoding(Encoding):
    """Encoding of binary, multiclass or multilabel targets.

    Binary targets are an array (n, 1) of 0 and 1, multiclass targets are class indices
    (n,), and multilabel targets are an array (n, K) of 0 and 1.
    """

    classes: np.ndarray
    kind: str
    sparse: bool = False

    @classmethod
    def from_labels(cls, y):
        """Return the encoding for the classes and the kind of the labels y."""
        if type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in "iub":
            return cls.from_classes(np.unique(y))  # scikit-learn's check is far slower
        kind = type_of_target(y, input_name="y")
        if kind in ("unknown", "continuous", "continuous-multioutput"):
            check_classification_targets(y)  # raises
        if kind == "multilabel-indicator":
            sparse = scipy.sparse.issparse(y)
            return cls(np.arange(y.shape[1]), "multilabel", sparse)
        return cls.from_classes(np.unique(y))

    @classmethod
    def from_classes(cls, classes):
        """Return the encoding of one label per row, with the given sorted classes."""
        return cls(classes, "binary" if len(classes) <= 2 else "multiclass")

    @property
    def n_outputs(self):
        """Number of scores per row."""
        return 1 if self.kind == "binary" else len(self.classes)

    def same_as(self, other):
        """Return True if another encoding has equal classes."""
        several = "multilabel" in (self.kind, other.kind)
        same_kind = self.kind == other.kind or not several
        return same_kind and np.array_equal(self.classes, other.classes)

    def unknown(self, present):
        """Return the classes of another encoding, `present`, that this one lacks."""
        return np.setdiff1d(present.classes, self.classes)

    def encode(self, y, dtype):
        """Return the targets of labels y: (n, 1), (n,) or (n, K), see the class."""
        if self.kind == "multilabel":
            return np.ascontiguousarray(dense(y), dtype=dtype)
        indices = np.searchsorted(self.classes, y)
        if self.kind == "binary":
            return indices.astype(dtype)[:, np.newaxis]
        return indices

    def decode(self, scores):
        """Return the most probable labels given raw scores (n, n_outputs)."""
        if self.kind == "multilabel":
            positive = (scores > 0).astype(int)
            return scipy.sparse.csr_matrix(positive) if self.sparse else positive
        if self.kind == "binary":
            # A single class is predicted whatever the sign of its score.
            indices = np.minimum((scores[:, 0] > 0).astype(int), len(self.classes) - 1)
            return self.classes[indices]
        return self.classes[np.argmax(scores, axis=1)]

    def probabilities(self, means, scores=None):
        """Return probabilities (n, K) given the means of the outputs (n, n_outputs).

        With two classes, the means may also be those of both classes (n, 2).
        """
        if self.kind == "multiclass":
            return clip_above_zero(means, scores)
        if self.kind == "multilabel":
            return _inside_zero_and_one(means)
        if means.shape[1] == 1:
            means = np.hstack([1 - means, means])
        return clip_above_zero(means)

    def log_probabilities(self, scores):
        """Return log-probabilities (n, K) given raw scores; finite for finite ones."""
        if self.kind == "multiclass":
            return _kernels.log_softmax(scores)
        if self.kind == "multilabel":
            # Near one, exactly the logarithm of the probability that is returned.
            p = _kernels.logistic(scores)
            return np.where(
                p > 0.5, np.log(_inside_zero_and_one(p)), _kernels.log_logistic(scores)
            )
        return _kernels.log_logistic(np.hstack([-scores, scores]))


def _inside_zero_and_one(probabilities):
    """Return the probabilities of single labels, none of which are exactly 0 or 1."""
    below_one = 1 - np.finfo(probabilities.dtype).epsneg
    return np.minimum(clip_above_zero(probabilities), below_one)
