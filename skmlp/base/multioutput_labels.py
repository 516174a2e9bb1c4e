"""Encoding of y with several columns of class labels (multi-output labels)."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse

from skmlp import _kernels
from skmlp.base.compat import type_of_target
from skmlp.base.label_encoding import Encoding, clip_above_zero
from skmlp.base.rows import dense

__all__ = ["ColumnsEncoding", "is_multioutput"]


@dataclass(frozen=True)
class ColumnsEncoding(Encoding):
    """Encoding of T columns of class labels as class indices (n, T)."""

    classes: list
    kind = "multioutput"

    @classmethod
    def from_labels(cls, y):
        """Return the encoding for the classes in each column of y."""
        if y.ndim != 2:
            raise ValueError(
                "y has one label a row, but several columns of labels were learnt."
            )
        y = np.asarray(dense(y))
        return cls([np.unique(column) for column in y.T])

    @classmethod
    def from_classes(cls, classes):
        """Return the encoding with the given classes of each column."""
        return cls([np.unique(column) for column in classes])

    @property
    def sizes(self):
        """Number of classes in each column, a tuple."""
        return tuple(map(len, self.classes))

    @property
    def n_outputs(self):
        """Number of scores per row, the sum of `sizes`."""
        return sum(self.sizes)

    def same_as(self, other):
        """Return True if another encoding has equal classes in every column."""
        return self.sizes == getattr(other, "sizes", None) and all(
            map(np.array_equal, self.classes, other.classes)
        )

    def unknown(self, present):
        """Return unknown classes of `present`, one array per column that has some."""
        if len(present.classes) != len(self.classes):
            raise ValueError(
                f"y has {len(present.classes)} columns of labels; {len(self.classes)} "
                "were learnt."
            )
        missing = map(np.setdiff1d, present.classes, self.classes)
        return [column for column in missing if len(column)]

    def encode(self, y, dtype):
        """Return the class indices of labels y, as numbers of type `dtype` (n, T)."""
        y = np.asarray(dense(y))
        columns = map(np.searchsorted, self.classes, y.T)
        return np.stack(list(columns), axis=1).astype(dtype)

    def decode(self, scores):
        """Return the most probable label of each column (n, T) given raw scores."""
        indices = (np.argmax(own, axis=1) for own in self._columns(scores))
        return np.stack([c[i] for c, i in zip(self.classes, indices, strict=True)], 1)

    def probabilities(self, means, scores=None):
        """Return a list of probabilities (n, n_classes), one array per label column."""
        columns = self._columns(means)
        own_scores = [None] * len(columns) if scores is None else self._columns(scores)
        return list(map(clip_above_zero, columns, own_scores))

    def log_probabilities(self, scores):
        """Return a list of log-probabilities (n, n_classes), one array per column."""
        return [_kernels.log_softmax(own) for own in self._columns(scores)]

    def _columns(self, scores):
        """Return the scores of each label column, a list of arrays."""
        return np.split(scores, np.cumsum(self.sizes)[:-1], axis=1)


def is_multioutput(y):
    """Return True if y has several columns of class labels, not only 0 and 1."""
    kind = type_of_target(y)
    if kind == "multilabel-indicator" and not scipy.sparse.issparse(y):
        return not np.isin(y, (0, 1)).all()
    return kind == "multiclass-multioutput"
