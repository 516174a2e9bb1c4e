"""Loss functions of raw scores, each with the inverse link that gives the mean of y.

A loss takes raw scores, not means, and computes the gradient ∂loss/∂scores itself. The
gradient is therefore right for every pair of likelihood and link, canonical or not.

Read `base` and `log_loss`.
"""

from skmlp.losses.base import REGRESSION_LOSSES, ClassifierLoss, CurvedLoss, Loss
from skmlp.losses.deviance import GammaDeviance, PoissonDeviance
from skmlp.losses.focal import BinaryFocalLoss, FocalLoss, MultinomialFocalLoss
from skmlp.losses.function_pair import FunctionPair
from skmlp.losses.gaussian import GaussianNLL
from skmlp.losses.hinge import BinaryHinge, Hinge, MulticlassHinge
from skmlp.losses.log_loss import BinaryLogLoss, LogLoss, MultinomialLogLoss
from skmlp.losses.per_column import PerColumn
from skmlp.losses.plain_function import PlainFunction
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
    "PlainFunction",
    "PoissonDeviance",
    "Quantile",
    "SquaredError",
]
