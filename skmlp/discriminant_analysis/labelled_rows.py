"""Rows with the index of their class and their weight, as a fit takes them."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from skmlp.base.label_encoding import encode_labels

__all__ = ["LabelledRows"]


@dataclass(frozen=True)
class LabelledRows:
    """X (n, d), dense or CSR, not copied; a row of weight zero may have any label."""

    X: Any
    classes: np.ndarray  # (K,) of the rows of positive weight
    labels: np.ndarray  # (n,) integers below K
    weights: np.ndarray  # (n,)

    @classmethod
    def of(cls, X, y, weights):
        """Of labels as they come; a label has a class only if a row has weight."""
        present = weights > 0
        if present.all():
            return cls(X, *encode_labels(y), weights)
        classes, found = encode_labels(y[present])
        labels = np.zeros(len(y), np.int64)
        labels[present] = found
        return cls(X, classes, labels, weights)

    @cached_property
    def counts(self):
        """Rows of positive weight in every class (K,)."""
        return np.bincount(self.labels, self.weights > 0, len(self.classes))

    @cached_property
    def n_present(self):
        """Rows of positive weight."""
        return int(np.count_nonzero(self.weights))

    def places(self, label):
        """Where the rows of a class are that have weight."""
        return np.flatnonzero((self.labels == label) & (self.weights > 0))

    def without(self, row):
        """The other rows, and the places of their classes among these."""
        others = replace(self, weights=np.where(self._places == row, 0.0, self.weights))
        kept = np.flatnonzero(others.counts)
        labels = np.searchsorted(kept, self.labels).clip(0, len(kept) - 1)
        return replace(others, classes=self.classes[kept], labels=labels), kept

    @cached_property
    def _places(self):
        return np.arange(len(self.labels))
