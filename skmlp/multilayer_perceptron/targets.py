"""Targets of a multi-layer perceptron: encoded, weighed, and scored.

`TargetEncoding` is for labels, `NumericTargets` for numbers; both have `encode`,
`weigh`, `loss` and `score`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import scipy.sparse
from sklearn.utils.multiclass import type_of_target

from skmlp.base.class_weight import class_weights
from skmlp.base.label_encoding import Encoding, LabelEncoding
from skmlp.base.multioutput_labels import ColumnsEncoding
from skmlp.base.types import Array
from skmlp.losses import Loss, PerColumn, classifier_loss, regressor_loss

__all__ = ["NumericTargets", "TargetEncoding"]

_SEVERAL_LABELS = ("multilabel", "multioutput")


@dataclass(frozen=True, eq=False)
class TargetEncoding:
    """Labels <-> targets of a loss, with the weights of the classes.

    Parameters
    ----------
    encoding : Encoding
        The classes, and what they are as numbers.
    loss : Loss or None
        What is minimised; None as long as classes are only announced.
    class_weight : dict, 'balanced' or None
        What the estimator was asked for.
    class_weight_seen : ndarray of shape (n_classes,) or None
        Weight of all rows of every class, which 'balanced' goes by.
    weight_of_class : ndarray of shape (n_classes,) or None
        Weight of a row of every class; None: there are no class weights.
    """

    encoding: Encoding
    loss: Loss | None = None
    class_weight: Any = None
    class_weight_seen: Array | None = None
    weight_of_class: Array | None = None

    @classmethod
    def announced(cls, classes) -> TargetEncoding:
        """Return the encoding of classes that will come; nested: of several columns."""
        if isinstance(classes, list | tuple) and len(classes) and np.ndim(classes[0]):
            return cls(ColumnsEncoding.from_classes(classes))
        return cls(LabelEncoding.from_classes(np.asarray(classes)))

    @classmethod
    def learn(cls, y, *, loss, class_weight) -> TargetEncoding:
        """Return the encoding of the classes in y."""
        return cls(_encoding_of(y))._asked_for(loss, class_weight)

    def again(self, y, *, loss, class_weight) -> TargetEncoding:
        """Return the encoding for another fit, whose y must have the same classes."""
        present = _encoding_of(y, like=self.encoding)
        if not present.same_as(self.encoding):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in "
                f"the previous call to fit. Previously got {self.encoding.classes}, "
                f"`y` has {present.classes}. Set warm_start=False."
            )
        return replace(self, class_weight_seen=None)._asked_for(loss, class_weight)

    def part(self, y, *, loss, class_weight) -> TargetEncoding:
        """Return the encoding for some rows of a stream, whose classes are known."""
        present = _encoding_of(y, like=self.encoding)
        if present.kind == "multilabel" and self.loss is None:
            # Nothing was learnt yet: the columns are the classes.
            return replace(self, encoding=present)._asked_for(loss, class_weight)
        if len(self.encoding.unknown(present)):
            raise ValueError(
                "`y` has classes not in `self.classes_`. `self.classes_` has "
                f"{self.encoding.classes}. 'y' has {present.classes}. Name all classes "
                "in the first call of partial_fit."
            )
        return self._asked_for(loss, class_weight)

    def _asked_for(self, loss, class_weight):
        """Return the same encoding with the loss and the class weights asked for."""
        encoding = self.encoding
        if encoding.kind == "multioutput":
            form: Loss = PerColumn(classifier_loss(loss, "multiclass"), encoding.sizes)
        else:
            form = classifier_loss(loss, encoding.kind)
        return replace(self, loss=form, class_weight=class_weight)

    @property
    def n_outputs(self) -> int:
        """Number of scores of a row."""
        return self.encoding.n_outputs

    def encode(self, y, dtype) -> Array:
        """Return labels as the targets of the loss."""
        return self.encoding.encode(y, dtype)

    def encode_validation(self, y, dtype) -> Array:
        """Return labels of rows to validate on as targets."""
        encoding, present = self.encoding, _encoding_of(y, like=self.encoding)
        known = not len(encoding.unknown(present))
        if "multilabel" in (encoding.kind, present.kind):  # classes are column numbers
            known = present.same_as(encoding)
        if not known:
            raise ValueError(
                f"y_val has the classes {present.classes}, y has {encoding.classes}; "
                "y_val must have no others."
            )
        return encoding.encode(y, dtype)

    def counted(self, targets, sample_weight) -> TargetEncoding:
        """Return the encoding with class weights that these rows count for, too."""
        if self.class_weight is None:
            return self
        if self.classes_of_a_row is None:
            raise ValueError(
                "class_weight weighs the one class of a row, but y has several labels "
                "a row; pass sample_weight instead, for example from "
                "sklearn.utils.class_weight.compute_sample_weight."
            )
        classes = self.encoding.classes
        seen = np.bincount(_indices(targets), sample_weight, minlength=len(classes))
        if self.class_weight_seen is not None:
            seen = seen + self.class_weight_seen
        weights = class_weights(self.class_weight, classes, seen)
        return replace(self, class_weight_seen=seen, weight_of_class=weights)

    def weigh(self, targets, sample_weight) -> Array | None:
        """Return the weights of rows in the loss: their own times that of their class.

        None: all ones.
        """
        if self.class_weight is None:
            return sample_weight
        weight = self.weight_of_class[_indices(targets)]
        weight = weight if sample_weight is None else sample_weight * weight
        if not weight.any():
            raise ValueError(
                f"class_weight={self.class_weight} leaves no row a weight above zero."
            )
        return weight

    @property
    def attributes(self) -> dict[str, Any]:
        """Fitted attributes that say what was learnt."""
        return {"classes_": self.encoding.classes}

    @property
    def classes_of_a_row(self) -> Array | None:
        """Classes of which each row has one; None: rows have several labels."""
        several = self.encoding.kind in _SEVERAL_LABELS
        return None if several else self.encoding.classes

    def labels_to_stratify(self, targets) -> Array | None:
        """Return one label for each row; None: sets of labels are too many for it."""
        return None if self.classes_of_a_row is None else targets.ravel()

    def score(self, scores, targets, sample_weight) -> float:
        """Return the accuracy: the share of rows with all their labels right."""
        # Not by scikit-learn's function, which checks its arguments for far longer.
        encoding = self.encoding
        if encoding.kind == "multilabel":
            right = ((scores > 0) == targets).all(axis=1)
        elif encoding.kind == "multioutput":
            predicted = encoding.encode(encoding.decode(scores), targets.dtype)
            right = (predicted == targets).all(axis=1)
        else:
            right = encoding.decode(scores) == encoding.classes[_indices(targets)]
        return float(np.average(right, weights=sample_weight))


@dataclass(frozen=True, eq=False)
class NumericTargets:
    """Numbers as the targets of a loss.

    Parameters
    ----------
    n_targets : int
        Numbers of a row.
    loss : Loss
        What is minimised.
    """

    n_targets: int
    loss: Loss

    @classmethod
    def learn(cls, y, *, loss) -> NumericTargets:
        """Return the targets that y has."""
        return cls(y.reshape(len(y), -1).shape[1], regressor_loss(loss))

    @property
    def n_outputs(self) -> int:
        """Number of scores of a row."""
        return self.n_targets * self.loss.scores_per_target

    def encode(self, y, dtype) -> Array:
        """Return the numbers, one row for each row of X."""
        return y.reshape(len(y), -1).astype(dtype, copy=False)

    def encode_validation(self, y, dtype) -> Array:
        """Return the numbers of rows to validate on, as many for each row."""
        targets = self.encode(y, dtype)
        if targets.shape[1] != self.n_targets:
            raise ValueError(
                f"y_val has {targets.shape[1]} targets a row, y has {self.n_targets}."
            )
        return targets

    def counted(self, targets, sample_weight) -> NumericTargets:
        """Return itself: numbers have no classes to count."""
        return self

    def weigh(self, targets, sample_weight) -> Array | None:
        """Return the weights of rows in the loss: their own."""
        return sample_weight

    classes_of_a_row = None
    attributes: ClassVar[dict[str, Any]] = {}

    def labels_to_stratify(self, targets) -> None:
        """Return None: numbers have no classes that a split keeps in proportion."""
        return

    def score(self, scores, targets, sample_weight) -> float:
        """Return R², the share of the variance of y that is explained."""
        from sklearn.metrics import r2_score

        means = self.loss.mean(scores)
        return r2_score(targets, means, sample_weight=sample_weight)


def _encoding_of(y, like=None):
    """Return the encoding that y asks for.

    `like` is another one, whose kind chunks of y may not show.
    """
    if isinstance(like, ColumnsEncoding) or (y.ndim == 2 and _is_multioutput(y)):
        return ColumnsEncoding.from_labels(y)
    return LabelEncoding.from_labels(y)


def _is_multioutput(y):
    """Return whether the labels in the columns of y are not just there or not."""
    kind = type_of_target(y)
    if kind == "multilabel-indicator" and not scipy.sparse.issparse(y):
        return not np.isin(y, (0, 1)).all()
    return kind == "multiclass-multioutput"


def _indices(targets):
    """Return targets of one label a row as class indices (n,)."""
    return targets.ravel().astype(int)
