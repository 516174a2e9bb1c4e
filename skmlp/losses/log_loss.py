"""Log loss: minus the log-probability of the label, optionally of smoothed labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy.special import entr

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.compat import Interval
from skmlp.base.component import is_own
from skmlp.base.options import use_one_of
from skmlp.base.types import Array
from skmlp.losses.base import ClassifierLoss, CurvedLoss, LabelKind, Loss, diagonal
from skmlp.losses.one_hot import OneHotTargets
from skmlp.losses.plain_function import loss_of_functions

__all__ = ["BinaryLogLoss", "LogLoss", "MultinomialLogLoss"]
__all__ += ["classifier_loss", "is_log_loss"]

_SHARE = [Interval(Real, 0, 1, closed="left")]


@dataclass(eq=False, repr=False)
class BinaryLogLoss(CurvedLoss, name="binary_log_loss"):
    """Log loss of targets y of 0 and 1, with one score per target.

        ℓ = log(1 + e^s) − y·s = −log P(y), with P(y = 1) = logistic(s)

    Parameters
    ----------
    label_smoothing : float, default=0.0
        ε in [0, 1): y is replaced by (1 − ε)·y + ε/2.
    """

    kernel: ClassVar[str] = "binary_log_loss"
    inverse_link = "logistic"
    _parameter_constraints: ClassVar[dict] = {"label_smoothing": _SHARE}

    label_smoothing: float = 0.0

    @property
    def settings(self) -> tuple[float, ...]:
        """Values of the hyperparameters, passed to the compiled kernel of the loss."""
        return (self.label_smoothing,)

    @property
    def is_cross_entropy(self) -> bool:
        """True without label smoothing."""
        return self.label_smoothing == 0

    def unsmoothed(self) -> Loss:
        """Return the loss with ``label_smoothing=0``."""
        return replace(self, label_smoothing=0.0) if self.label_smoothing else self

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        if self.label_smoothing:
            y = (1 - self.label_smoothing) * y + 0.5 * self.label_smoothing
        return np.sum(np.logaddexp(0, scores) - y * scores, axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient logistic(s) − y."""
        xp = array_namespace(scores)
        if self.label_smoothing:
            y = (1 - self.label_smoothing) * y + 0.5 * self.label_smoothing
        values = xp.sum(_kernels.softplus(scores) - y * scores, axis=1)
        return values, self.mean(scores) - y

    def mean(self, scores: Array) -> Array:
        """Return the probability of y = 1 for each target (n, T)."""
        return _kernels.logistic(scores)

    def curvature(self, y: Array, scores: Array) -> Array:
        """Return each row's Hessian (n, K, K), diagonal matrices of p·(1 − p)."""
        p = self.mean(scores)
        return diagonal(p * (1 - p))

    def of_best_constant(
        self, y: Array, sample_weight: Array | None = None
    ) -> float | None:
        """Return the sum over targets of the entropy of their labels."""
        p = np.average(y.astype(np.float64), axis=0, weights=sample_weight)
        p = (1 - self.label_smoothing) * p + 0.5 * self.label_smoothing
        return float(np.sum(entr(p) + entr(1 - p)))


@dataclass(eq=False, repr=False)
class MultinomialLogLoss(CurvedLoss, name="multinomial_log_loss"):
    """Log loss of one class of many; y is the index of each row's class (n,).

        ℓ = −log softmax(scores)_y

    y may also be a distribution over the classes in each row (n, K). The loss is then
    the mean of −log softmax(scores)ₖ over that distribution.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        ε in [0, 1): the distribution of y over K classes is multiplied by 1 − ε, and
        ε/K is added to each class.
    """

    kernel: ClassVar[str] = "multinomial_log_loss"
    inverse_link = "softmax"
    shift_invariant = True
    takes_labels: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict] = {"label_smoothing": _SHARE}

    label_smoothing: float = 0.0

    @property
    def settings(self) -> tuple[float, ...]:
        """Values of the hyperparameters, passed to the compiled kernel of the loss."""
        return (self.label_smoothing,)

    @property
    def is_cross_entropy(self) -> bool:
        """True without label smoothing."""
        return self.label_smoothing == 0

    def unsmoothed(self) -> Loss:
        """Return the loss with ``label_smoothing=0``."""
        return replace(self, label_smoothing=0.0) if self.label_smoothing else self

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        from skmlp.graph import log_softmax

        log_p = log_softmax(scores, axis=1)
        own = log_p[np.arange(len(y)), y] if y.ndim == 1 else np.sum(y * log_p, axis=1)
        smoothing = self.label_smoothing
        return -(1 - smoothing) * own - smoothing * np.mean(log_p, axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient softmax(s) − one_hot(y)."""
        xp = array_namespace(scores)
        log_p = _kernels.log_softmax(scores)
        gradient = xp.exp(log_p)
        kept = 1 - self.label_smoothing
        if y.ndim == 2:
            values = -kept * xp.sum(y * log_p, axis=1)
            gradient -= kept * y
        else:
            chosen = (xp.arange(scores.shape[0]), y)
            values = -kept * log_p[chosen]
            gradient[chosen] -= kept
        if self.label_smoothing:
            values -= self.label_smoothing * xp.mean(log_p, axis=1)
            gradient -= self.label_smoothing / scores.shape[1]
        return values, gradient

    def mean(self, scores: Array) -> Array:
        """Return the probability of each class (n, K)."""
        return _kernels.softmax(scores)

    def curvature(self, y: Array, scores: Array) -> Array:
        """Return each row's Hessian (n, K, K): diag(p) − p·pᵀ, with p = softmax(s)."""
        p = self.mean(scores)
        return diagonal(p) - p[:, :, None] * p[:, None, :]

    def of_best_constant(
        self, y: Array, sample_weight: Array | None = None
    ) -> float | None:
        """Return the entropy of the labels; None if smoothing adds unknown classes."""
        if y.ndim == 2:
            p = np.average(y.astype(np.float64), axis=0, weights=sample_weight)
        elif self.label_smoothing:
            return None
        else:
            sums = np.bincount(y, weights=sample_weight)
            p = sums / sums.sum()
        smoothing = self.label_smoothing
        return float(np.sum(entr((1 - smoothing) * p + smoothing / len(p))))


@dataclass(eq=False, repr=False)
class LogLoss(ClassifierLoss, name="log_loss"):
    """Log loss (cross-entropy), the default loss of classifiers.

        ℓ = −log p, where p is the predicted probability of the label

    Probabilities are the softmax of the scores, or the sigmoid of each score with two
    classes or several labels per row.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        ε in [0, 1). With K classes, the target is 1 − ε + ε/K for the label and ε/K for
        each other class (Szegedy et al. 2016). For multilabel targets, it is 1 − ε/2
        for each label that a row has, and ε/2 for the others.

    References
    ----------
    Szegedy, C., Vanhoucke, V., Ioffe, S., Shlens, J. and Wojna, Z. (2016). Rethinking
    the inception architecture for computer vision. CVPR.
    """

    _parameter_constraints: ClassVar[dict] = {"label_smoothing": _SHARE}

    label_smoothing: float = 0.0

    def of_kind(self, kind: LabelKind) -> Loss:
        """Return the multinomial loss for one of many classes, else the binary loss."""
        form = MultinomialLogLoss if kind == "multiclass" else BinaryLogLoss
        return form(self.label_smoothing)


def is_log_loss(loss: Loss) -> bool:
    """Return True for a log loss of this file itself, not of a subclass."""
    return type(loss) in (BinaryLogLoss, MultinomialLogLoss)


def classifier_loss(
    choice: str | ClassifierLoss | Loss | Callable[..., Any] | tuple[Any, ...],
    kind: LabelKind,
) -> Loss:
    """Return the Loss on raw scores, for labels of a kind, of a name or functions."""
    several = kind == "multiclass"
    if is_own(choice):
        loss = loss_of_functions(choice, "softmax" if several else "logistic")
    elif isinstance(choice, Loss):
        loss = Loss.resolve(choice)
    else:
        loss = ClassifierLoss.resolve(choice).of_kind(kind)
    if loss.scores_per_target != 1 or (loss.takes_labels and not several):
        raise ValueError(
            use_one_of(
                f"loss={choice!r} does not suit {kind} labels, which have one score "
                "each",
                sorted(ClassifierLoss.table),
            )
        )
    return OneHotTargets(loss) if several and not loss.takes_labels else loss
