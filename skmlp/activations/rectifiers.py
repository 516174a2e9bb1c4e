"""Activations that are the identity above zero, or nearly so."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.activations.base import Activation
from skmlp.base.compat import Interval
from skmlp.base.types import Array, Pullback

__all__ = ["ELU", "SELU", "LeakyReLU", "ReLU", "Softplus"]

_NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]


class ReLU(Activation, name="relu"):
    """σ(z) = max(0, z)."""

    kernel: ClassVar[str] = "relu"

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = 1 where z > 0, else 0."""
        positive = z > 0

        def pullback(a_gradient):
            return a_gradient * positive

        return z * positive, pullback


@dataclass(eq=False, repr=False)
class LeakyReLU(Activation, name="leaky_relu"):
    """σ(z) = z where z > 0, else alpha·z (Maas, Hannun and Ng 2013).

    Parameters
    ----------
    alpha : float, default=0.01
        The slope below zero, not negative.
    """

    kernel: ClassVar[str] = "leaky_relu"
    _parameter_constraints: ClassVar[dict] = {"alpha": _NOT_NEGATIVE}

    alpha: float = 0.01

    @property
    def setting(self) -> float:
        """The number that its kernel takes."""
        return self.alpha

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = 1 where z > 0, else alpha."""
        xp = array_namespace(z)
        slope = xp.where(z > 0, xp.ones_like(z), xp.full_like(z, self.alpha))

        def pullback(a_gradient):
            return a_gradient * slope

        return z * slope, pullback


@dataclass(eq=False, repr=False)
class ELU(Activation, name="elu"):
    """σ(z) = z where z > 0, else alpha·(e^z − 1) (Clevert et al. 2016).

    Parameters
    ----------
    alpha : float, default=1.0
        Minus the limit far below zero, not negative.
    """

    kernel: ClassVar[str] = "elu"
    _parameter_constraints: ClassVar[dict] = {"alpha": _NOT_NEGATIVE}

    alpha: float = 1.0

    @property
    def setting(self) -> float:
        """The number that its kernel takes."""
        return self.alpha

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = 1 where z > 0, else σ + alpha."""
        return _exponential_below(z, 1.0, self.alpha)


class SELU(Activation, name="selu"):
    """σ(z) = λ·z where z > 0, else λ·α·(e^z − 1) (Klambauer et al. 2017).

    λ = 1.0507… and α = 1.6733… are such that units keep the mean 0 and the variance 1
    if their inputs have them and the weights come from ``weight_init="lecun_normal"``.
    """

    kernel: ClassVar[str] = "selu"

    scale: ClassVar[float] = 1.0507009873554804934193349852946
    alpha: ClassVar[float] = 1.6732632423543772848170429916717

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = λ where z > 0, else σ + λ·α."""
        return _exponential_below(z, self.scale, self.alpha)


class Softplus(Activation, name="softplus"):
    """σ(z) = log(1 + e^z), a smooth max(0, z) (Dugas et al. 2001)."""

    kernel: ClassVar[str] = "softplus"

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = logistic(z)."""

        def pullback(a_gradient):
            return a_gradient * _kernels.logistic(z)

        return _kernels.softplus(z), pullback


def _exponential_below(z, scale, alpha):
    """scale·z above zero, scale·alpha·(e^z − 1) below."""
    xp = array_namespace(z)
    positive = z > 0
    below = alpha * xp.expm1(xp.where(positive, xp.zeros_like(z), z))
    a = scale * xp.where(positive, z, below)

    def pullback(a_gradient):
        return a_gradient * xp.where(
            positive, xp.full_like(a, scale), a + scale * alpha
        )

    return a, pullback
