"""From a parameter `loss` to the loss that is minimised."""

from typing import Any

from skmlp.losses.base import ClassifierLoss, LabelKind, Loss
from skmlp.losses.function_pair import FunctionPair, InverseLink
from skmlp.losses.one_hot import OneHotTargets

__all__ = [
    "REGRESSION_LOSSES",
    "classifier_loss",
    "regressor_loss",
    "tells_probabilities",
]

REGRESSION_LOSSES: dict[str, type[Loss]] = Loss.regression_table


def regressor_loss(choice: str | Loss | tuple[Any, ...]) -> Loss:
    """A name, a loss or a pair (value, gradient) -> the loss on raw scores."""
    if isinstance(choice, tuple):
        return FunctionPair.of(choice, inverse_link="identity")
    loss = Loss.resolve(choice)
    if loss.takes_labels:
        raise ValueError(
            f"loss={choice!r} is a loss of classes, not of numbers; use one of "
            f"{', '.join(map(repr, sorted(REGRESSION_LOSSES)))}, or MLPClassifier."
        )
    return loss


def classifier_loss(
    choice: str | ClassifierLoss | Loss | tuple[Any, ...], kind: LabelKind
) -> Loss:
    """Return the loss on raw scores of labels of a kind.

    `choice` is a name, a family, a loss, or a pair (value, gradient); kinds are
    'binary', 'multiclass' and 'multilabel'.
    """
    several = kind == "multiclass"
    if isinstance(choice, tuple):
        link: InverseLink = "softmax" if several else "logistic"
        loss = FunctionPair.of(choice, inverse_link=link)
    elif isinstance(choice, Loss):
        loss = Loss.resolve(choice)
    else:
        loss = ClassifierLoss.resolve(choice).of_kind(kind)
    if loss.scores_per_target != 1 or (loss.takes_labels and not several):
        raise ValueError(
            f"loss={choice!r} does not suit {kind} labels, which have one score each; "
            f"use one of {', '.join(map(repr, sorted(ClassifierLoss.table)))}."
        )
    return OneHotTargets(loss) if several and not loss.takes_labels else loss


def tells_probabilities(choice: object) -> bool:
    """Whether a classifier's scores say how probable each class is, given its loss."""
    if isinstance(choice, str) and choice in ClassifierLoss.table:
        choice = ClassifierLoss.table[choice]()
    if isinstance(choice, ClassifierLoss):
        choice = choice.of_kind("binary")
    return not isinstance(choice, Loss) or choice.inverse_link != "identity"
