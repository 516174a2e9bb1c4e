"""Build the problem of a logistic regression: targets, risk, first parameters."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from sklearn.utils.validation import check_array, check_consistent_length

from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.label_encoding import encode_labels, n_scores
from skmlp.base.rows import dense
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.losses.log_loss import classifier_loss, is_log_loss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

__all__ = [
    "ClassTargets",
    "attributes_during_fit",
    "attributes_of",
    "build_risk",
    "check_liblinear",
    "check_loss",
    "check_offset",
    "initial_parameters",
    "is_soft",
    "last_parameters",
    "loss_of",
]

# Largest difference of the sum of a row of probabilities from one.
_SUM_TOLERANCE = 1e-6

_KINDS = {1: "binary"}  # number of scores -> kind of the labels; else 'multiclass'
_LINKS = {"binary": ("logistic", "identity"), "multiclass": ("softmax", "identity")}


@dataclass(frozen=True)
class ClassTargets:
    """Classes, the class index of every row, and probabilities if labels are soft."""

    classes: np.ndarray  # (K,)
    labels: np.ndarray  # (n,): class indices; the most probable class if y is soft
    soft: np.ndarray | None = None  # (n, K): probabilities of the classes

    @classmethod
    def of(cls, y, soft_labels):
        """Return the targets from y: labels (n,), or probabilities (n, K).

        `soft_labels` (n, K) or None: probabilities that are given beside labels.
        """
        if y.ndim == 2:
            if soft_labels is not None:
                raise ValueError(
                    "y already holds probabilities; give them as y or as "
                    "soft_labels, not both."
                )
            return cls(
                np.arange(y.shape[1]),
                np.argmax(y, axis=1),
                _check_distributions(y, "y"),
            )
        classes, labels = encode_labels(y)
        if soft_labels is None:
            return cls(classes, labels)
        soft = check_array(soft_labels, dtype=np.float64, input_name="soft_labels")
        check_consistent_length(y, soft)
        if soft.shape[1] != len(classes):
            raise ValueError(
                f"soft_labels has {soft.shape[1]} columns, but y has {len(classes)} "
                "classes; give one column per class, in sorted order."
            )
        return cls(classes, labels, _check_distributions(soft, "soft_labels"))

    def for_loss(self, dtype):
        """Return y in the form that losses take: (n, 1), (n,) or (n, K)."""
        if len(self.classes) == 2:
            second = self.labels if self.soft is None else self.soft[:, 1]
            return second.astype(dtype)[:, np.newaxis]
        return self.labels if self.soft is None else self.soft.astype(dtype)


def _check_distributions(probabilities, name):
    """Return `probabilities` (n, K); raise ValueError if a row is no distribution."""
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
    """Return True if y is a table of probabilities, not an array of labels."""
    y = np.asarray(y)
    return y.ndim == 2 and y.shape[1] > 1 and y.dtype.kind == "f"


def check_offset(offset, n_rows, n_outputs, dtype):
    """Return `offset` as an array (n_rows, n_outputs), or None if it is None."""
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


def log_loss_of(n_outputs):
    """Return the binary log loss for one output, else the multinomial log loss."""
    return BinaryLogLoss() if n_outputs == 1 else MultinomialLogLoss()


def loss_of(estimator, n_outputs):
    """Return the Loss of an estimator for a number of scores.

    Raise ValueError if its means are not the probabilities of a logistic regression.
    """
    choice = getattr(estimator, "loss", "log_loss")
    if isinstance(choice, str):  # its only name is 'log_loss'
        return log_loss_of(n_outputs)
    kind = _KINDS.get(n_outputs, "multiclass")
    loss = classifier_loss(choice, kind)
    if loss.inverse_link not in _LINKS[kind]:
        link, none = _LINKS[kind]
        raise ValueError(
            f"loss={choice!r} has the inverse link {loss.inverse_link!r}, but the "
            f"probabilities of {kind} labels are those of {link!r}. Use a loss with "
            f"this link, or with {none!r}, which gives no probabilities."
        )
    return loss


def check_loss(estimator, loss, targets, penalty, X):
    """Raise ValueError if the loss does not go with the other parameters and targets.

    Parameters
    ----------
    estimator : LogisticRegression
    loss : Loss
        The loss that `loss_of` returned.
    targets : ClassTargets
    penalty : Penalty
        Penalty of the fit, without bounds.
    X : {ndarray, sparse matrix} of shape (n, d)
    """
    if is_log_loss(loss) and loss.is_cross_entropy:
        return
    refused = {
        "an l1 penalty; use l1_ratio=0": penalty.l1 > 0,
        "solver='liblinear'; use solver='lbfgs'": estimator.solver == "liblinear",
        f"bias_reduction={estimator.bias_reduction!r}; use bias_reduction=None": (
            estimator.bias_reduction is not None
        ),
        "lower_bounds and upper_bounds; leave them at None": not (
            estimator.lower_bounds is None and estimator.upper_bounds is None
        ),
        "soft labels; give one label per row": targets.soft is not None,
    }
    for what, found in refused.items():
        if found:
            raise ValueError(
                f"loss={estimator.loss!r} does not go with {what}, or loss='log_loss'."
            )
    y = targets.for_loss(X.dtype)
    loss.check_targets(y)
    if estimator.solver == "newton-cholesky":
        loss.curvature(y[:1], np.zeros((1, n_scores(len(targets.classes)))))


def build_risk(X, targets, *, fit_intercept, sample_weight, offset=None, loss=None):
    """Return the unpenalised mean loss of a network with no hidden layer.

    `loss` None is the log loss.
    """
    n_outputs = n_scores(len(targets.classes))
    return EmpiricalRisk(
        network=Network((X.shape[1], n_outputs), has_intercepts=fit_intercept),
        loss=log_loss_of(n_outputs) if loss is None else loss,
        X=X,
        y=targets.for_loss(X.dtype),
        sample_weight=sample_weight,
        offset=check_offset(offset, X.shape[0], n_outputs, X.dtype),
    )


def initial_parameters(estimator, network, classes):
    """Return the parameters of the last fit under warm_start, else zeros."""
    if not (estimator.warm_start and hasattr(estimator, "coef_")):
        return np.zeros(network.n_parameters)
    shape = getattr(estimator.coef_, "shape", None)
    expected = network.layer_sizes[::-1]
    if shape != expected or not np.array_equal(estimator.classes_, classes):
        raise ValueError(
            "warm_start=True needs the shape and the classes of the last fit: "
            f"coef_ has the shape {shape} and classes_ is {estimator.classes_}, but X "
            f"and y ask for {expected} and {classes}. Set warm_start=False."
        )
    return last_parameters(estimator, network)


def last_parameters(estimator, network):
    """Return the flat parameters of the last fit, or zeros before the first fit."""
    if not hasattr(estimator, "coef_"):
        return np.zeros(network.n_parameters)
    coef, intercept = fitted_linear(estimator, network.layer_sizes[0])
    intercepts = np.broadcast_to(intercept, coef.shape[:1])
    return network.flatten(
        [dense(coef).T], [intercepts if estimator.fit_intercept else None]
    )


def attributes_of(network, parameters, classes, dtype):
    """Return `classes_`, `coef_` and `intercept_` for flat parameters, as a dict."""
    weights, intercepts = network.unflatten(parameters)
    if intercepts[0] is None:
        intercept = np.zeros(weights[0].shape[1], dtype=dtype)
    else:
        intercept = intercepts[0].astype(dtype)
    return {
        "classes_": classes,
        # In the order of the parameters, whose transpose sparse products read in place.
        "coef_": np.array(weights[0].T, dtype=dtype, order="F"),
        "intercept_": intercept,
    }


def attributes_during_fit(network, parameters, classes, dtype, values):
    """Return the fitted attributes for a callback, as a dict.

    `values` are the objectives after the iterations so far. A fit that goes on has not
    converged, and no gradient norm (NaN) nor duality gap; those of an earlier fit would
    be wrong, and so would its mini-batches for `partial_fit`.
    """
    return {
        **attributes_of(network, parameters.copy(), classes, dtype),
        "n_iter_": np.array([len(values)], dtype=np.int32),
        "converged_": False,
        "gradient_norm_": np.nan,
        "duality_gap_": None,
        "loss_curve_": list(values),
        "_class_weight_seen": None,
        "_training": None,
    }


def check_liblinear(X, classes):
    """Raise ValueError for data that liblinear itself cannot fit."""
    if len(classes) > 2:
        raise ValueError(
            "The 'liblinear' solver does not support multiclass classification "
            f"(n_classes >= 3); y has {len(classes)} classes. Only binary "
            "classification is supported. The type of the target is multiclass. "
            "Use another solver, or wrap the estimator in a OneVsRestClassifier."
        )
    if scipy.sparse.issparse(X) and not X.has_canonical_format:
        X = X.copy()  # X.max() would sort the entries of the matrix of the user
    if X.max() > 1e30:
        raise ValueError(
            "Using the 'liblinear' solver while X contains a maximum value > 1e30 "
            "results in a frozen fit. Please choose another solver or rescale the "
            "input X."
        )
