"""Several labels a row, each one of several classes: a column of y for each."""

from dataclasses import dataclass

import numpy as np

from skmlp import _kernels
from skmlp.base.label_encoding import Encoding, not_zero
from skmlp.base.rows import dense

__all__ = ["ColumnsEncoding"]


@dataclass(frozen=True)
class ColumnsEncoding(Encoding):
    """Columns of class labels <-> class indices (n, T), as numbers."""

    classes: list
    kind = "multioutput"

    @classmethod
    def from_labels(cls, y):
        """The classes in every column."""
        if y.ndim != 2:
            raise ValueError(
                "y has one label a row, but several columns of labels were learnt."
            )
        y = np.asarray(dense(y))
        return cls([np.unique(column) for column in y.T])

    @classmethod
    def from_classes(cls, classes):
        """Out of the classes given for every column."""
        return cls([np.unique(column) for column in classes])

    @property
    def sizes(self):
        """The number of classes in every column."""
        return tuple(map(len, self.classes))

    @property
    def n_outputs(self):
        """The number of scores a row."""
        return sum(self.sizes)

    def same_as(self, other):
        """Whether the classes are the same."""
        return self.sizes == getattr(other, "sizes", None) and all(
            map(np.array_equal, self.classes, other.classes)
        )

    def unknown(self, present):
        """The classes of another encoding that are not among these."""
        if len(present.classes) != len(self.classes):
            raise ValueError(
                f"y has {len(present.classes)} columns of labels; {len(self.classes)} "
                "were learnt."
            )
        missing = map(np.setdiff1d, present.classes, self.classes)
        return [column for column in missing if len(column)]

    def encode(self, y, dtype):
        """Labels -> targets."""
        y = np.asarray(dense(y))
        columns = map(np.searchsorted, self.classes, y.T)
        return np.stack(list(columns), axis=1).astype(dtype)

    def decode(self, scores):
        """Raw scores (n, n_outputs) -> the most probable label of every column."""
        indices = (np.argmax(own, axis=1) for own in self._columns(scores))
        return np.stack([c[i] for c, i in zip(self.classes, indices, strict=True)], 1)

    def probabilities(self, means):
        """One array a column of labels, with one column a class."""
        return [not_zero(own) for own in self._columns(means)]

    def log_probabilities(self, scores):
        """Their logarithms, finite wherever the scores are."""
        return [_kernels.log_softmax(own) for own in self._columns(scores)]

    def _columns(self, scores):
        """The scores of every column of labels."""
        return np.split(scores, np.cumsum(self.sizes)[:-1], axis=1)
