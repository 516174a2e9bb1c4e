"""Losses that estimators make of their parameter `loss`: a name, object or functions.

A function of the user, or a pair of functions, gets the inverse link of the estimator.
`classifier_loss` is in `log_loss`, beside the default loss of classifiers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from skmlp.base.component import is_own
from skmlp.base.options import use_one_of
from skmlp.base.types import FunctionOrPair
from skmlp.losses.base import ClassifierLoss, Loss
from skmlp.losses.plain_function import loss_of_functions

__all__ = [
    "ClassifierLossChoice",
    "predicts_probabilities",
    "regressor_loss",
    "why_no_probabilities",
]

ClassifierLossChoice: TypeAlias = str | ClassifierLoss | Loss | FunctionOrPair
"""Type of a classifier's `loss`: a name, an object, a function or a pair of them."""


def regressor_loss(choice: str | Loss | Callable[..., Any] | tuple[Any, ...]) -> Loss:
    """Return the Loss for numeric targets; `choice` is a name, a Loss or functions."""
    if is_own(choice):
        return loss_of_functions(choice, "identity")
    loss = Loss.resolve(choice)
    if loss.takes_labels:
        raise ValueError(
            use_one_of(
                f"loss={choice!r} is a loss for classes, not for numbers",
                sorted(Loss.regression_table),
                other="MLPClassifier",
            )
        )
    return loss


def predicts_probabilities(choice: object) -> bool:
    """Return True if a classifier with this loss predicts class probabilities."""
    if isinstance(choice, str) and choice in ClassifierLoss.table:
        choice = ClassifierLoss.table[choice]()
    if isinstance(choice, ClassifierLoss):
        choice = choice.of_kind("binary")
    return not isinstance(choice, Loss) or choice.inverse_link != "identity"


def why_no_probabilities(choice: object) -> str | None:
    """Return why a classifier with this loss has no `predict_proba`, or None."""
    if predicts_probabilities(choice):
        return None
    return (
        f"with loss={choice!r} the scores give no probabilities. Use "
        "loss='log_loss', or wrap the classifier in "
        "sklearn.calibration.CalibratedClassifierCV."
    )
