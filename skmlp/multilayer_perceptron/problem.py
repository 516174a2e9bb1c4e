"""Problem of a multi-layer perceptron: its rows, targets and objective.

`TargetEncoding` is for class labels, `NumericTargets` (in numeric_targets.py) for
numbers; both have the attribute `loss` and the methods `encode`, `weigh` and `score`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skmlp.base.label_encoding import (
    Encoding,
    LabelEncoding,
    add_class_weight,
    class_weights,
)
from skmlp.base.multioutput_labels import ColumnsEncoding, is_multioutput
from skmlp.base.rows import take
from skmlp.base.types import Array
from skmlp.losses import Loss, PerColumn
from skmlp.losses.log_loss import classifier_loss
from skmlp.objective import EmpiricalRisk
from skmlp.solvers.reported_units import AffineUnits, ReportedUnits

__all__ = [
    "EncodedRows",
    "NetworkProblem",
    "TargetEncoding",
    "ValidationArguments",
]

_SEVERAL_LABELS = ("multilabel", "multioutput")


@dataclass(frozen=True)
class EncodedRows:
    """Checked rows: X, y, encoded targets, and sample weights without class weights."""

    X: Any
    y: Any
    targets: Any
    sample_weight: Any

    def take(self, rows):
        """Return the EncodedRows of the row numbers in `rows`."""
        columns = (self.X, self.y, self.targets, self.sample_weight)
        return EncodedRows(*(None if c is None else take(c, rows) for c in columns))


@dataclass(frozen=True)
class ValidationArguments:
    """Arguments X_val, y_val and sample_weight_val of a fit; None if not passed."""

    X_val: Any
    y_val: Any
    sample_weight_val: Any

    def __post_init__(self):
        """Raise ValueError unless X_val and y_val were passed together, or nothing."""
        arguments = vars(self)
        given = [name for name in arguments if arguments[name] is not None]
        missing = [name for name in ("X_val", "y_val") if arguments[name] is None]
        if missing and given:
            raise ValueError(
                f"{' and '.join(given)} came without {' and '.join(missing)}; pass "
                "X_val and y_val together."
            )

    def __bool__(self):
        """Return True if validation data were passed."""
        return self.X_val is not None


@dataclass(frozen=True)
class NetworkProblem:
    """Objective of a network on the training rows, and the data for its validation.

    Parameters
    ----------
    objective : EmpiricalRisk
        Mean loss plus penalty, with the network and the rows.
    targets : TargetEncoding or NumericTargets
        Object that encodes, weighs and scores targets.
    rows : EncodedRows
        All rows that were passed to the fit.
    validation_data : EncodedRows or None
        Validation rows that were passed to the fit, if any.
    validation_fraction : float or None
        Fraction of the rows to hold out; None: hold out none.
    scorer : callable, 'loss' or None
        Score of the validation rows: a function (parameters, EncodedRows) -> float;
        'loss' for minus the loss; or None for the score of `targets`.
    """

    objective: EmpiricalRisk
    targets: Any
    rows: EncodedRows
    validation_data: EncodedRows | None
    validation_fraction: float | None
    scorer: Any

    @property
    def network(self):
        """Network that is trained."""
        return self.objective.network

    @property
    def is_constant(self):
        """True if all training rows have equal targets: there is nothing to learn."""
        targets = self.objective.y
        return bool((targets == targets[:1]).all())

    @property
    def units(self):
        """ReportedUnits of losses and scores; None: they are reported as they are."""
        loss = self.targets.units_of_loss
        if loss is None:
            return None
        by_loss = isinstance(self.scorer, str) and self.scorer == "loss"
        minus_loss = AffineUnits(loss.factor, -loss.offset)
        return ReportedUnits(loss, minus_loss if by_loss else AffineUnits())

    @property
    def row_numbers(self):
        """Numbers of the rows whose weight is above zero, in ascending order."""
        weight = self.objective.sample_weight
        if weight is None:
            return np.arange(self.objective.n_rows)
        return np.flatnonzero(weight > 0)

    @property
    def validates(self):
        """True if there are validation rows, held out or passed to the fit."""
        return self.validation_data is not None or self.validation_fraction is not None

    def risk_of(self, rows):
        """Return the EmpiricalRisk of `rows`, by which quality is measured.

        It has neither the penalty nor the label smoothing of the training.
        """
        return EmpiricalRisk(
            self.network,
            self.objective.loss.unsmoothed(),
            rows.X,
            rows.targets,
            self.targets.weigh(rows.targets, rows.sample_weight, rows.X.dtype),
        )


@dataclass(frozen=True, eq=False)
class TargetEncoding:
    """Class labels as targets of a loss, with the weights of the classes.

    Parameters
    ----------
    encoding : Encoding
        Translation between class labels and numbers.
    loss : Loss or None
        Loss to minimise; None before the first rows of a stream.
    class_weight : dict, 'balanced' or None
        Parameter of the estimator.
    class_weight_seen : ndarray of shape (n_classes,) or None
        Total weight of the rows of each class so far, which 'balanced' uses.
    weight_of_class : ndarray of shape (n_classes,) or None
        Factor for the rows of each class; None: there are no class weights.
    """

    encoding: Encoding
    loss: Loss | None = None
    class_weight: Any = None
    class_weight_seen: Array | None = None
    weight_of_class: Array | None = None

    @classmethod
    def from_classes(cls, classes):
        """Return the encoding of given classes; a nested list: classes per column."""
        if isinstance(classes, list | tuple) and len(classes) and np.ndim(classes[0]):
            return cls(ColumnsEncoding.from_classes(classes))
        return cls(LabelEncoding.from_classes(np.asarray(classes)))

    @classmethod
    def learn(cls, y, *, loss, class_weight):
        """Return the encoding of the classes found in y."""
        return cls(_encoding_of(y)).with_loss_and_class_weight(loss, class_weight)

    def for_warm_start(self, y, *, loss, class_weight):
        """Return the encoding for a new fit; raise if the classes of y differ."""
        present = _encoding_of(y, like=self.encoding)
        if not present.same_as(self.encoding):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in "
                f"the previous call to fit. Previously got {self.encoding.classes}, "
                f"`y` has {present.classes}. Set warm_start=False."
            )
        return replace(self, class_weight_seen=None).with_loss_and_class_weight(
            loss, class_weight
        )

    def for_partial_fit(self, y, *, loss, class_weight):
        """Return the encoding for rows of a stream; raise if y has unknown classes."""
        present = _encoding_of(y, like=self.encoding)
        if present.kind == "multilabel" and self.loss is None:
            # No rows were seen before: the columns of y are the classes.
            return replace(self, encoding=present).with_loss_and_class_weight(
                loss, class_weight
            )
        if "multilabel" in (self.encoding.kind, present.kind):
            self._require_columns(present)
        if len(self.encoding.unknown(present)):
            raise ValueError(
                "`y` has classes not in `self.classes_`. `self.classes_` has "
                f"{self.encoding.classes}. 'y' has {present.classes}. Name all classes "
                "in the first call to partial_fit."
            )
        return self.with_loss_and_class_weight(loss, class_weight)

    def _require_columns(self, present):
        """Raise ValueError unless y has the columns of the earlier rows."""
        if not present.same_as(self.encoding):
            raise ValueError(
                f"`y` has the classes {present.classes}, but {self.encoding.classes} "
                f"were learnt, as {self.encoding.kind} labels; give every part of a "
                "stream the same kind of y, with one column for each label."
            )

    def with_loss_and_class_weight(self, loss, class_weight):
        """Return a copy with the Loss that `loss` means, and with `class_weight`."""
        encoding = self.encoding
        if encoding.kind == "multioutput":
            form: Loss = PerColumn(classifier_loss(loss, "multiclass"), encoding.sizes)
        else:
            form = classifier_loss(loss, encoding.kind)
        return replace(self, loss=form, class_weight=class_weight)

    @property
    def n_outputs(self):
        """Number of raw scores per row."""
        return self.encoding.n_outputs

    def encode(self, y, dtype):
        """Return the labels y, encoded as targets of the loss."""
        return self.encoding.encode(y, dtype)

    def check(self, targets):
        """Let a user-defined loss raise ValueError for targets out of its range."""
        form = getattr(self.loss, "form", self.loss)
        kernel = vars(type(form)).get("kernel")
        if kernel in (None, "loss_program"):  # a loss with another accepts all labels
            self.loss.check_targets(targets)

    def encode_validation(self, y, dtype):
        """Return the labels of validation rows, encoded; raise for unknown classes."""
        encoding, present = self.encoding, _encoding_of(y, like=self.encoding)
        known = type(present) is type(encoding) and not len(encoding.unknown(present))
        if "multilabel" in (encoding.kind, present.kind):  # classes are column numbers
            known = present.same_as(encoding)
        if not known:
            raise ValueError(
                f"y_val has the classes {present.classes}, y has {encoding.classes}; "
                "y_val must have no others."
            )
        return encoding.encode(y, dtype)

    def with_class_weights(self, targets, sample_weight):
        """Return a copy whose class weights take these rows into account."""
        if self.class_weight is None:
            return self
        if self.classes_of_a_row is None:
            raise ValueError(
                "class_weight weighs the one class of a row, but y has several labels "
                "a row; pass sample_weight instead, for example from "
                "sklearn.utils.class_weight.compute_sample_weight."
            )
        classes = self.encoding.classes
        seen = add_class_weight(
            _class_indices(targets), sample_weight, len(classes), self.class_weight_seen
        )
        weights = class_weights(self.class_weight, classes, seen)
        return replace(self, class_weight_seen=seen, weight_of_class=weights)

    def weigh(self, targets, sample_weight, dtype):
        """Return the weights of rows in the loss: sample weight times class weight.

        They have the dtype of X. None: all ones.
        """
        if self.class_weight is None:
            return sample_weight
        weight = self.weight_of_class[_class_indices(targets)]
        if sample_weight is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                weight = sample_weight * weight
        with np.errstate(over="ignore"):
            weight = weight.astype(dtype, copy=False)
        if not np.isfinite(weight).all():
            raise ValueError(
                f"sample_weight times class_weight is not finite in {np.dtype(dtype)}, "
                "the type of X; lower one of them."
            )
        if not weight.any():
            raise ValueError(
                f"class_weight={self.class_weight} leaves no row a weight above zero."
            )
        return weight

    # Losses, scores and predictions are those that the network was trained for.
    units_of_loss = score_factors = None

    @property
    def loss_of_y(self):
        """Loss whose mean is the prediction: that of the training."""
        return self.loss

    @property
    def attributes(self):
        """Fitted attributes of the estimator that the encoding provides."""
        return {"classes_": self.encoding.classes}

    @property
    def classes_of_a_row(self):
        """Classes if each row has exactly one of them; None for several labels."""
        several = self.encoding.kind in _SEVERAL_LABELS
        return None if several else self.encoding.classes

    def labels_to_stratify(self, targets):
        """Return the labels to stratify a split by; None if a row has several."""
        return None if self.classes_of_a_row is None else targets.ravel()

    def score(self, scores, targets, sample_weight):
        """Return the accuracy: the fraction of rows with all labels correct."""
        # scikit-learn's accuracy_score takes far longer, to check its arguments.
        encoding = self.encoding
        if encoding.kind == "multilabel":
            right = ((scores > 0) == targets).all(axis=1)
        elif encoding.kind == "multioutput":
            predicted = encoding.encode(encoding.decode(scores), targets.dtype)
            right = (predicted == targets).all(axis=1)
        else:
            right = encoding.decode(scores) == encoding.classes[_class_indices(targets)]
        return float(np.average(right, weights=sample_weight))


def _encoding_of(y, like=None):
    """Return the Encoding of the classes found in y.

    `like` is an earlier encoding: some rows of y alone may not show its kind.
    """
    if isinstance(like, ColumnsEncoding) or (y.ndim == 2 and is_multioutput(y)):
        return ColumnsEncoding.from_labels(y)
    return LabelEncoding.from_labels(y)


def _class_indices(targets):
    """Return targets of one label per row as class indices (n_samples,)."""
    return targets.ravel().astype(int)
