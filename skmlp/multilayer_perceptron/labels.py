"""Labels of a network: the targets that they make, their weights and their loss."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmlp.base.fitted_attributes import check_classes
from skmlp.base.label_encoding import class_weights
from skmlp.base.multioutput_labels import ColumnsEncoding, encoding_of
from skmlp.losses import PerColumn, classifier_loss

__all__ = ["LabelledFit"]

_SEVERAL_LABELS = ("multilabel", "multioutput")


class LabelledFit:
    """The part of a multi-layer perceptron that learns from labels."""

    def _encoding_fitted(self):
        """The encoding of the labels, once fitted."""
        check_is_fitted(self, "coefs_")
        self._check_classes()
        return self._encoding

    def _check_classes(self):
        """Refuse labels in `classes_` that are not as many as were learnt."""
        learnt, found = self._encoding.classes, self.classes_
        if self._encoding.kind != "multioutput":
            check_classes(found, len(learnt))
        elif not isinstance(found, list) or list(map(np.shape, found)) != list(
            map(np.shape, learnt)
        ):
            raise ValueError(
                f"classes_ is not a list of {len(learnt)} arrays with the class labels "
                "of each column of y; assign such a list, or fit again."
            )

    def _targets(self, y, dtype, *, fresh, incremental):
        """Labels -> targets, in the encoding of the first fit."""
        if not fresh and hasattr(self, "classes_"):
            self._check_classes()
        learnt = self._encoding if incremental or not fresh else None
        encoding = present = encoding_of(y, like=learnt)
        if incremental and present.kind == "multilabel" and fresh:
            pass  # the columns are the classes
        elif incremental:
            encoding = self._encoding
            if len(encoding.unknown(present)):
                raise ValueError(
                    "`y` has classes not in `self.classes_`. `self.classes_` has "
                    f"{self.classes_}. 'y' has {present.classes}. Name all classes in "
                    "the first call of partial_fit."
                )
        elif not fresh:
            encoding = self._encoding
            if not present.same_as(encoding):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in "
                    f"the previous call to fit. Previously got {self.classes_}, `y` "
                    f"has {present.classes}. Set warm_start=False."
                )
        self._encoding = encoding
        self.classes_ = encoding.classes
        self.n_outputs_ = encoding.n_outputs
        return encoding.encode(y, dtype)

    def _learn_columns(self, classes):
        """The classes of several labels a row, from the first partial_fit on."""
        encoding = ColumnsEncoding.from_classes(classes)
        if not hasattr(self, "classes_"):
            self._encoding, self.classes_ = encoding, encoding.classes
        elif not encoding.same_as(self._encoding):
            raise ValueError(
                f"classes={classes} is not the same as on the last call to partial_fit,"
                f" which was {self.classes_}."
            )

    def _validation_targets(self, y, dtype):
        """Labels of rows to validate on -> targets, in the encoding of the others."""
        encoding, present = self._encoding, encoding_of(y, like=self._encoding)
        known = not len(encoding.unknown(present))
        if "multilabel" in (encoding.kind, present.kind):  # classes are column numbers
            known = present.same_as(encoding)
        if not known:
            raise ValueError(
                f"y_val has the classes {present.classes}, y has {encoding.classes}; "
                "y_val must have no others."
            )
        return encoding.encode(y, dtype)

    def _update_class_weights(self, targets, sample_weight, *, again):
        """The classes' weights; 'balanced' by the weight of all their rows so far."""
        if self.class_weight is None:
            return
        if self._encoding.kind in _SEVERAL_LABELS:
            raise ValueError(
                "class_weight weighs the one class of a row, but y has several labels "
                "a row; pass sample_weight instead, for example from "
                "sklearn.utils.class_weight.compute_sample_weight."
            )
        counts = np.bincount(
            _indices(targets),
            sample_weight,
            minlength=len(self.classes_),
        )
        self._class_weight_seen = counts + (
            getattr(self, "_class_weight_seen", 0) if again else 0
        )
        self._class_weights = class_weights(
            self.class_weight, self.classes_, self._class_weight_seen
        )

    def _weigh(self, targets, sample_weight):
        """Weights of rows: their own times that of their class."""
        if self.class_weight is None:
            return sample_weight
        labels = _indices(targets)
        weight = self._class_weights[labels]
        weight = weight if sample_weight is None else sample_weight * weight
        if not weight.any():
            raise ValueError(
                f"class_weight={self.class_weight} leaves no row a weight above zero."
            )
        return weight

    def _loss(self):
        """The loss asked for, in its form for the labels at hand."""
        encoding = self._encoding
        if encoding.kind == "multioutput":
            return PerColumn(classifier_loss(self.loss, "multiclass"), encoding.sizes)
        return classifier_loss(self.loss, encoding.kind)

    def _labels_to_stratify(self, targets):
        """The classes; label sets are too many to stand on both sides."""
        return None if self._encoding.kind in _SEVERAL_LABELS else targets.ravel()

    def _score_of(self, scores, y, sample_weight):
        """Accuracy: the share of rows with their label, or all labels, right."""
        # Not by scikit-learn's function, which checks its arguments for far longer.
        if self._encoding.kind == "multilabel":
            right = ((scores > 0) == y).all(axis=1)
        elif self._encoding.kind == "multioutput":
            right = (
                self._encoding.encode(self._encoding.decode(scores), y.dtype) == y
            ).all(axis=1)
        else:
            right = self._encoding.decode(scores) == self._encoding.classes[_indices(y)]
        return float(np.average(right, weights=sample_weight))


def _indices(targets):
    """Targets of one label a row -> class indices (n,)."""
    return targets.ravel().astype(int)
