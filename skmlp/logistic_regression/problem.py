"""What a logistic regression is asked to solve: its data, its penalty, its bounds."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils.validation import check_array, check_consistent_length

from skmlp.base.label_encoding import encode_labels
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

__all__ = ["Targets", "attributes_of", "bounds_of", "check_offset", "is_soft", "risk"]

# How far from one a row of probabilities may sum to.
_SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Targets:
    """Classes (K,), the class index of every row, and its distribution if y is soft."""

    classes: np.ndarray
    labels: np.ndarray
    soft: np.ndarray | None = None

    @classmethod
    def of(cls, y, soft_labels):
        """Out of labels (n,), or of probabilities (n, K) in their place or beside."""
        if y.ndim == 2:
            if soft_labels is not None:
                raise ValueError(
                    "y holds a row of probabilities already; give soft_labels or such "
                    "a y, not both."
                )
            return cls(np.arange(y.shape[1]), np.argmax(y, axis=1), _soft(y, "y"))
        classes, labels = encode_labels(y)
        if soft_labels is None:
            return cls(classes, labels)
        soft = check_array(soft_labels, dtype=np.float64, input_name="soft_labels")
        check_consistent_length(y, soft)
        if soft.shape[1] != len(classes):
            raise ValueError(
                f"soft_labels has {soft.shape[1]} columns, but y has {len(classes)} "
                "classes; give one column a class, in sorted order."
            )
        return cls(classes, labels, _soft(soft, "soft_labels"))

    def encoded(self, dtype):
        """The targets of the loss."""
        if len(self.classes) == 2:
            second = self.labels if self.soft is None else self.soft[:, 1]
            return second.astype(dtype)[:, np.newaxis]
        return self.labels if self.soft is None else self.soft.astype(dtype)


def _soft(probabilities, name):
    """The same after a check that every row is a distribution."""
    if probabilities.min() < 0:
        raise ValueError(
            f"Probabilities are non-negative; {name} holds {probabilities.min():g}."
        )
    sums = probabilities.sum(axis=1)
    if np.abs(sums - 1).max() > _SUM_TOLERANCE:
        raise ValueError(
            f"Every row of {name}, as probabilities of the classes, has to sum to one; "
            f"rows sum to {sums.min():g} to {sums.max():g}. Divide the rows by their "
            "sums."
        )
    return probabilities


def is_soft(y):
    """Whether y is a table of probabilities, and not of labels."""
    y = np.asarray(y)
    return y.ndim == 2 and y.shape[1] > 1 and y.dtype.kind == "f"


def check_offset(offset, n_rows, n_outputs, dtype):
    """An offset as (n_rows, n_outputs), or None."""
    if offset is None:
        return None
    offset = check_array(offset, dtype=dtype, ensure_2d=False, input_name="offset")
    expected = "(n_samples,)" if n_outputs == 1 else "(n_samples, n_classes)"
    if offset.shape != (n_rows, n_outputs) and (offset.shape, n_outputs) != (
        (n_rows,),
        1,
    ):
        raise ValueError(
            f"offset has the shape {offset.shape}; expected {expected}, which is "
            f"{(n_rows,) if n_outputs == 1 else (n_rows, n_outputs)}."
        )
    return offset.reshape(n_rows, n_outputs)


def risk(X, targets, *, fit_intercept, sample_weight, offset=None):
    """The mean log loss of a network with no hidden layer, without a penalty yet."""
    n_outputs = 1 if len(targets.classes) == 2 else len(targets.classes)
    return EmpiricalRisk(
        network=Network((X.shape[1], n_outputs), has_intercepts=fit_intercept),
        loss=BinaryLogLoss() if n_outputs == 1 else MultinomialLogLoss(),
        X=X,
        y=targets.encoded(X.dtype),
        sample_weight=sample_weight,
        offset=check_offset(offset, X.shape[0], n_outputs, X.dtype),
    )


def bounds_of(lower, upper, network):
    """Bounds of coef_, as given -> of all parameters, or None where there are none."""
    if lower is None and upper is None:
        return None
    shape = network.layer_sizes[::-1]
    every = []
    for name, bound, none in (
        ("lower_bounds", lower, -np.inf),
        ("upper_bounds", upper, np.inf),
    ):
        try:
            bound = np.asarray(none if bound is None else bound, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(
                f"{name} holds {bound!r}; give a number, or an array of numbers."
            ) from None
        try:
            weights = np.broadcast_to(bound, shape)
        except ValueError:
            raise ValueError(
                f"{name} has the shape {np.shape(bound)}, which does not fit that of "
                f"coef_, {shape}; give a number, one a feature, or one a coefficient."
            ) from None
        if np.isnan(weights).any():
            raise ValueError(f"{name} holds NaN; use inf where there is no bound.")
        if np.any(weights == -none):
            raise ValueError(
                f"{name} holds {-none:g}, which no coefficient can keep to; use "
                f"{none:g} where there is no bound."
            )
        free = np.full(network.n_parameters, none)
        free[: network.n_weights] = weights.T.ravel()
        every.append(free)
    if np.any(every[0] > every[1]):
        raise ValueError(
            "lower_bounds are above upper_bounds for some coefficients; swap them."
        )
    return tuple(every)


def attributes_of(network, parameters, dtype):
    """Flat parameters -> coef_ and intercept_."""
    weights, intercepts = network.unflatten(parameters)
    if intercepts[0] is None:
        intercept = np.zeros(weights[0].shape[1], dtype=dtype)
    else:
        intercept = intercepts[0].astype(dtype)
    return {
        "coef_": np.ascontiguousarray(weights[0].T, dtype=dtype),
        "intercept_": intercept,
    }
