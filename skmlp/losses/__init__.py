"""Likelihoods, as losses on raw scores; each owns its inverse link.

A loss takes scores, not means, so the gradient with respect to the scores is its own
affair and is right for every pair of likelihood and link, canonical or not.
"""

from skmlp.losses.base import ClassifierLoss, CurvedLoss, Loss
from skmlp.losses.deviance import GammaDeviance, PoissonDeviance
from skmlp.losses.focal import BinaryFocalLoss, FocalLoss, MultinomialFocalLoss
from skmlp.losses.function_pair import Columns, FunctionPair
from skmlp.losses.gaussian import GaussianNLL
from skmlp.losses.hinge import BinaryHinge, Hinge, MulticlassHinge
from skmlp.losses.log_loss import BinaryLogLoss, LogLoss, MultinomialLogLoss
from skmlp.losses.per_column import PerColumn
from skmlp.losses.quantile import Quantile
from skmlp.losses.residual import AbsoluteError, Huber, SquaredError

__all__ = [
    "REGRESSION_LOSSES",
    "AbsoluteError",
    "BinaryFocalLoss",
    "BinaryHinge",
    "BinaryLogLoss",
    "ClassifierLoss",
    "CurvedLoss",
    "FocalLoss",
    "FunctionPair",
    "GammaDeviance",
    "GaussianNLL",
    "Hinge",
    "Huber",
    "LogLoss",
    "Loss",
    "MulticlassHinge",
    "MultinomialFocalLoss",
    "MultinomialLogLoss",
    "PerColumn",
    "PoissonDeviance",
    "Quantile",
    "SquaredError",
    "classifier_loss",
    "regressor_loss",
    "tells_probabilities",
]

REGRESSION_LOSSES = ("squared_error", "absolute_error", "huber", "quantile", "poisson")
REGRESSION_LOSSES += ("gamma", "gaussian_nll")


def regressor_loss(choice):
    """A name, a loss or a pair (value, gradient) -> the loss on raw scores."""
    if isinstance(choice, tuple):
        return FunctionPair.of(choice, inverse_link="identity")
    loss = Loss.resolve(choice)
    if loss.takes_labels:
        raise ValueError(
            f"loss={choice!r} is a loss of classes, not of numbers; use one of "
            f"{', '.join(map(repr, REGRESSION_LOSSES))}, or MLPClassifier."
        )
    return loss


def classifier_loss(choice, kind):
    """The same for labels that are 'binary', 'multiclass' or 'multilabel'."""
    several = kind == "multiclass"
    if isinstance(choice, tuple):
        link = "softmax" if several else "logistic"
        loss = FunctionPair.of(choice, inverse_link=link)
    elif isinstance(choice, Loss):
        loss = Loss.resolve(choice)
    else:
        return ClassifierLoss.resolve(choice).of_kind(kind)
    if loss.scores_per_target != 1 or (loss.takes_labels and not several):
        raise ValueError(
            f"loss={choice!r} does not suit {kind} labels, which have one score each; "
            f"use one of {', '.join(map(repr, sorted(ClassifierLoss.table)))}."
        )
    return Columns(loss) if several and not loss.takes_labels else loss


def tells_probabilities(choice):
    """Whether a classifier's scores say how probable each class is, given its loss."""
    if isinstance(choice, Loss):
        return choice.inverse_link != "identity"
    if isinstance(choice, str):
        choice = ClassifierLoss.table.get(choice)
    return getattr(choice, "has_probabilities", True)
