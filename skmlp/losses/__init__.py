"""Likelihoods, as losses on raw scores; each owns its inverse link.

A loss takes scores, not means, so the gradient with respect to the scores is its own
affair and is right for every pair of likelihood and link, canonical or not.
"""

from skmlp.losses.base import ClassifierLoss, CurvedLoss, Loss
from skmlp.losses.focal import BinaryFocalLoss, FocalLoss, MultinomialFocalLoss
from skmlp.losses.function_pair import FunctionPair
from skmlp.losses.gaussian import GaussianNLL
from skmlp.losses.hinge import BinaryHinge, Hinge, MulticlassHinge
from skmlp.losses.location import AbsoluteError, Huber, SquaredError
from skmlp.losses.log_loss import BinaryLogLoss, LogLoss, MultinomialLogLoss
from skmlp.losses.per_column import PerColumn
from skmlp.losses.positive import GammaDeviance, PoissonDeviance
from skmlp.losses.quantile import Quantile

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
    return Loss.resolve(choice)


def classifier_loss(choice, kind):
    """The same for labels that are 'binary', 'multiclass' or 'multilabel'."""
    if isinstance(choice, tuple):
        link = "softmax" if kind == "multiclass" else "logistic"
        return FunctionPair.of(choice, inverse_link=link)
    if isinstance(choice, Loss):
        return Loss.resolve(choice)
    return ClassifierLoss.resolve(choice).of_kind(kind)


def tells_probabilities(choice):
    """Whether a classifier's scores say how probable each class is, given its loss."""
    if isinstance(choice, Loss):
        return choice.inverse_link != "identity"
    if isinstance(choice, str):
        choice = ClassifierLoss.table.get(choice)
    return getattr(choice, "has_probabilities", True)
