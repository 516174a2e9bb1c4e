"""Allowed parameters of a logistic regression, and the loss that they ask for."""

from numbers import Integral, Real

import numpy as np

from skmlp.base.compat import Hidden, Interval
from skmlp.base.label_encoding import n_scores
from skmlp.base.options import StrOptions
from skmlp.logistic_regression.penalty import SOLVERS
from skmlp.losses import ClassifierLoss, Loss
from skmlp.losses.choice import classifier_loss
from skmlp.losses.log_loss import is_log_loss
from skmlp.solvers import Schedule, UpdateRule

__all__ = ["CONSTRAINTS", "check_loss", "loss_of"]

CONSTRAINTS: dict = {
    "penalty": [
        StrOptions({"l1", "l2", "elasticnet"}),
        None,
        Hidden(StrOptions({"deprecated"})),
    ],
    "C": [Interval(Real, 0, None, closed="right")],
    "l1_ratio": [Interval(Real, 0, 1, closed="both"), None],
    "dual": ["boolean"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "fit_intercept": ["boolean"],
    "intercept_scaling": [Interval(Real, 0, None, closed="neither")],
    "class_weight": [dict, StrOptions({"balanced"}), None],
    "random_state": ["random_state"],
    "solver": [StrOptions(UpdateRule.table, SOLVERS), UpdateRule],
    "max_iter": [Interval(Integral, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "n_jobs": [None, Integral],
    "learning_rate": [StrOptions(Schedule.table), Schedule, callable],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "batch_size": [
        StrOptions({"auto"}),
        Interval(Integral, 1, None, closed="left"),
    ],
    "lower_bounds": [Real, "array-like", None],
    "upper_bounds": [Real, "array-like", None],
    "bias_reduction": [StrOptions({"firth"}), None],
    "loss": [StrOptions({"log_loss"}), ClassifierLoss, Loss, tuple, callable],
}
"""Allowed values of the parameters of LogisticRegression: {name: constraints}."""

_KINDS = {1: "binary"}  # number of scores -> kind of the labels; else 'multiclass'
_LINKS = {"binary": ("logistic", "identity"), "multiclass": ("softmax", "identity")}


def loss_of(estimator, n_outputs):
    """Return the Loss of an estimator for a number of scores.

    Raise ValueError if its means are not the probabilities of a logistic regression.
    """
    choice = getattr(estimator, "loss", "log_loss")
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
