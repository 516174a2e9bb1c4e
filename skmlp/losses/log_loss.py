"""−log of the probability of the label: the log loss, also of smoothed labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.losses.base import ClassifierLoss, CurvedLoss, LabelKind, Loss, diagonal

__all__ = ["BinaryLogLoss", "LogLoss", "MultinomialLogLoss"]

_SHARE = [Interval(Real, 0, 1, closed="left")]


@dataclass(eq=False, repr=False)
class BinaryLogLoss(CurvedLoss, name="binary_log_loss"):
    """−log Bernoulli(y | logistic(score)), one per output; y is 0 or 1.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        ε in [0, 1): y is taken as (1 − ε)·y + ε/2.
    """

    kernel: ClassVar[str] = "binary_log_loss"
    inverse_link = "logistic"
    _parameter_constraints: ClassVar[dict] = {"label_smoothing": _SHARE}

    label_smoothing: float = 0.0

    @property
    def settings(self) -> tuple[float, ...]:
        """The numbers that its kernel takes."""
        return (self.label_smoothing,)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """log(1 + e^s) − y·s, and logistic(s) − y."""
        xp = array_namespace(scores)
        if self.label_smoothing:
            y = (1 - self.label_smoothing) * y + 0.5 * self.label_smoothing
        values = xp.sum(_kernels.softplus(scores) - y * scores, axis=1)
        return values, self.mean(scores) - y

    def mean(self, scores: Array) -> Array:
        """P(y = 1)."""
        return _kernels.logistic(scores)

    def curvature(self, y: Array, scores: Array) -> Array:
        """p·(1 − p) on the diagonal."""
        p = self.mean(scores)
        return diagonal(p * (1 - p))


@dataclass(eq=False, repr=False)
class MultinomialLogLoss(CurvedLoss, name="multinomial_log_loss"):
    """−log Categorical(y | softmax(scores)); y is the index of the class (n,).

    y may also be a distribution over the classes (n, K): then it is the mean under it.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        ε in [0, 1): y is taken as a distribution with ε/K more on each class, and
        1 − ε times what was there.
    """

    kernel: ClassVar[str] = "multinomial_log_loss"
    inverse_link = "softmax"
    shift_invariant = True
    takes_labels: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict] = {"label_smoothing": _SHARE}

    label_smoothing: float = 0.0

    @property
    def settings(self) -> tuple[float, ...]:
        """The numbers that its kernel takes."""
        return (self.label_smoothing,)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """−log softmax(s)_y, and softmax(s) − one_hot(y)."""
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
        """P(y = k) for each class k."""
        return _kernels.softmax(scores)

    def curvature(self, y: Array, scores: Array) -> Array:
        """diag(p) − p·pᵀ."""
        p = self.mean(scores)
        return diagonal(p) - p[:, :, None] * p[:, None, :]

    def curvature_product(self, y: Array, scores: Array) -> Callable[[Array], Array]:
        """p·(steps − pᵀsteps)."""
        xp = array_namespace(scores)
        p = self.mean(scores)
        return lambda steps: p * (steps - xp.sum(p * steps, axis=1, keepdims=True))


@dataclass(eq=False, repr=False)
class LogLoss(ClassifierLoss, name="log_loss"):
    """−log of the probability of the label; the probabilities follow from the scores.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        ε in [0, 1). Of K classes, a label counts as 1 − ε + ε/K of itself and as ε/K of
        each other one (Szegedy et al. 2016); of a multilabel target, each label by
        itself as 1 − ε/2 or ε/2.

    References
    ----------
    Szegedy, C., Vanhoucke, V., Ioffe, S., Shlens, J. and Wojna, Z. (2016). Rethinking
    the inception architecture for computer vision. CVPR.
    """

    _parameter_constraints: ClassVar[dict] = {"label_smoothing": _SHARE}

    label_smoothing: float = 0.0

    def of_kind(self, kind: LabelKind) -> Loss:
        """Softmax for one of many classes, else the sigmoid of each score."""
        form = MultinomialLogLoss if kind == "multiclass" else BinaryLogLoss
        return form(self.label_smoothing)
